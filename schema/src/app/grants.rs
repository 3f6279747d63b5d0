//! `can`: what a function may do to which component.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{Any, OneOrMany, or_text, shorthand};
use super::scalars::{Name, Reference};

/// One or several targets of a verb.
pub type Targets = Spanned<OneOrMany<Target>>;

/// What something may do, by verb: each verb names the components it may do it to, and becomes exactly
/// the IAM actions of that verb for the kind of component.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grants {
    /// Read items of tables, objects of buckets (and their list), values of secrets and parameters.
    pub read: Option<Targets>,
    /// Read items of tables by key or query, without scans.
    pub query: Option<Targets>,
    /// Put and change items of tables, objects of buckets, values of secrets and parameters.
    pub write: Option<Targets>,
    /// Delete items of tables or objects of buckets.
    pub delete: Option<Targets>,
    /// Read objects of buckets, without listing them.
    pub get: Option<Targets>,
    /// List the objects of buckets.
    pub list: Option<Targets>,
    /// Send messages to queues.
    pub send: Option<Targets>,
    /// Receive and delete messages of queues. A function with the trigger `queue` may already.
    pub receive: Option<Targets>,
    /// Delete all messages of queues at once.
    pub purge: Option<Targets>,
    /// Publish messages to topics or events to buses.
    pub publish: Option<Targets>,
    /// Put records into streams.
    pub put: Option<Targets>,
    /// Invoke functions.
    pub invoke: Option<Targets>,
    /// Call APIs that authorize by IAM.
    pub call: Option<Targets>,
    /// Start workflows.
    pub start: Option<Targets>,
    /// Run express workflows and wait for their result.
    pub run: Option<Targets>,
    /// Look at runs of workflows.
    pub watch: Option<Targets>,
    /// Stop runs of workflows.
    pub stop: Option<Targets>,
    /// Tell workflows that wait for it how a task ended.
    pub resume: Option<Targets>,
    /// Send messages to those who are connected to WebSocket APIs.
    pub push: Option<Targets>,
    /// Make and change users of pools.
    pub manage: Option<Targets>,
    /// Encrypt with keys. Whoever writes to something that is encrypted with a key may already.
    pub encrypt: Option<Targets>,
    /// Decrypt with keys. Whoever reads something that is encrypted with a key may already.
    pub decrypt: Option<Targets>,
    /// Send mail (SES) from identities: addresses, domains or ARNs.
    pub mail: Option<Spanned<OneOrMany<String>>>,
    /// Statements of IAM as they are, for what no verb says.
    pub aws: Option<Vec<Spanned<RawStatement>>>,
}

impl Grants {
    /// The verbs that are set, with their targets.
    pub fn verbs(&self) -> impl Iterator<Item = (&'static str, &Targets)> {
        [
            ("read", &self.read),
            ("query", &self.query),
            ("write", &self.write),
            ("delete", &self.delete),
            ("get", &self.get),
            ("list", &self.list),
            ("send", &self.send),
            ("receive", &self.receive),
            ("purge", &self.purge),
            ("publish", &self.publish),
            ("put", &self.put),
            ("invoke", &self.invoke),
            ("call", &self.call),
            ("start", &self.start),
            ("run", &self.run),
            ("watch", &self.watch),
            ("stop", &self.stop),
            ("resume", &self.resume),
            ("push", &self.push),
            ("manage", &self.manage),
            ("encrypt", &self.encrypt),
            ("decrypt", &self.decrypt),
        ]
        .into_iter()
        .filter_map(|(verb, targets)| Some((verb, targets.as_ref()?)))
    }
}

/// A component that a verb is about, whole or in part. Its name alone stands for the whole.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Target", extend("x-text-pattern" = "^([a-z][a-z0-9-]{0,39}/)?[a-z][a-z0-9-]{0,39}(\\.[a-z][a-z0-9-]{0,39})?$"), transform = or_text)]
pub struct Target {
    /// The component.
    pub name: Spanned<Reference>,
    /// Of a bucket: only objects whose keys begin so.
    pub prefix: Option<Spanned<String>>,
    /// Of a table: only this index.
    pub index: Option<Spanned<Name>>,
    /// Of a table: only items whose partition key is this text.
    pub items: Option<Spanned<String>>,
    /// A `Condition` of IAM as it is.
    pub r#where: Option<Any>,
}

shorthand!(Target, "the name of a component, or a mapping with `name`", |text| {
    Reference::parse(text).map(|name| Target {
        name: name.into(),
        prefix: None,
        index: None,
        items: None,
        r#where: None,
    })
});

/// A statement of IAM.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawStatement {
    /// The actions, such as `ses:SendEmail`.
    pub actions: Vec<Spanned<String>>,
    /// The ARNs of the resources; `${...}` may name components.
    pub resources: Vec<Spanned<String>>,
    /// A `Condition` of IAM as it is.
    pub r#where: Option<Any>,
    /// `allow` (the default) or `deny`.
    pub effect: Option<Effect>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It allows.
    Allow,
    /// It forbids, whatever else allows.
    Deny,
}
