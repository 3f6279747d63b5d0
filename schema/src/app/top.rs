//! What stands at the top of the file beside the kinds of component: parameters, secrets, outputs,
//! defaults, and things that exist already.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{Any, Tags, or_scalar, or_text, shorthand};
use super::function::{Function, Logs};
use super::grants::Grants;
use super::scalars::{Duration, LogicalName, Name};

/// What holds for every function that does not say otherwise.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Defaults {
    /// Keys of functions. Lists of layers and tags are added to, everything else is replaced.
    pub function: Option<Function>,
    /// What every function may do, beside its own `can`.
    pub can: Option<Grants>,
    /// Environment variables of every function.
    pub env: Option<IndexMap<String, Spanned<String>>>,
    /// Logs of every function; a duration stands for how long they are kept.
    pub logs: Option<Logs>,
    /// Tags of every component.
    pub tags: Option<Tags>,
    /// The network under `vpcs` that every function runs in, unless it says otherwise.
    pub vpc: Option<Spanned<Name>>,
}

/// A value that whoever deploys chooses. A text or number stands for `default`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Param", transform = or_scalar)]
pub struct Param {
    /// What it is: `string` (the default), `number`, `list` (of texts), `ssm` (a value in the parameter
    /// store, looked up at deployment) or `secret-ssm` (a secret there, never shown).
    pub r#type: Option<Spanned<ParamType>>,
    /// The value where none is given.
    #[schemars(with = "Option<Scalar>")]
    pub default: Option<Spanned<String>>,
    /// Types `ssm` and `secret-ssm`: the path in the parameter store.
    pub ssm: Option<Spanned<String>>,
    /// The values allowed.
    pub allowed: Option<Vec<Spanned<String>>>,
    /// A regular expression that the whole value must match.
    pub pattern: Option<Spanned<String>>,
    /// Number: the least value. String: the fewest characters.
    pub min: Option<Spanned<f64>>,
    /// Number: the greatest value. String: the most characters.
    pub max: Option<Spanned<f64>>,
    /// Whether consoles hide it. Default false.
    pub hidden: Option<Spanned<bool>>,
    /// What it is for.
    pub describe: Option<Spanned<String>>,
    /// Its name in the template. Default: made from its name here.
    pub id: Option<Spanned<LogicalName>>,
}

shorthand!(Param, "a default value, or a mapping", |text| {
    Some(Param { default: Some(text.to_owned().into()), ..Param::default() })
});

/// How many stacks an application becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// All of it in one.
    One,
    /// A nested stack for each module.
    PerModule,
    /// Tables, buckets and user pools in a nested stack of their own.
    StatefulApart,
}

/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParamType {
    /// Text.
    String,
    /// A number.
    Number,
    /// Texts, with commas between them.
    List,
    /// A value in the parameter store.
    Ssm,
    /// A secret in the parameter store.
    SecretSsm,
}

/// A secret (Secrets Manager). The word `generate` stands for one that is made up.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Secret", extend("x-text-words" = ["generate"]), transform = or_text)]
pub struct Secret {
    /// It is made up once, at the first deployment.
    pub generate: Option<Generate>,
    /// It exists already: its name or ARN.
    pub import: Option<Spanned<String>>,
    /// It is changed again and again by a function.
    pub rotate: Option<Rotate>,
    /// The key under `keys`, or the ARN of one, that it is encrypted with. Default: the key that AWS manages.
    pub encrypt: Option<Spanned<String>>,
    /// What it is for.
    pub describe: Option<Spanned<String>>,
    /// The name it had before; the logical id is still made from that one.
    pub was: Option<Spanned<Name>>,
    /// The stages in which it exists. Left out: all.
    pub only: Option<Vec<Name>>,
    /// The stages in which it does not exist.
    pub not: Option<Vec<Name>>,
    /// Its physical name. Default: CloudFormation names it.
    pub name: Option<Spanned<String>>,
}

shorthand!(Secret, "`generate`, or a mapping with `generate` or `import`", |text| {
    (text == "generate").then(|| Secret { generate: Some(Generate::default()), ..Secret::default() })
});

/// How a secret is made up.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generate {
    /// Characters, 1 to 4096. Default 32.
    #[schemars(range(min = 1, max = 4096))]
    pub length: Option<Spanned<u64>>,
    /// Characters it must not hold.
    pub exclude: Option<Spanned<String>>,
    /// A JSON text that it is put into; needs `key`.
    pub template: Option<Spanned<String>>,
    /// The key in the template under which it is put.
    pub key: Option<Spanned<String>>,
}

/// How a secret is changed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rotate {
    /// How often, in whole days, 1d to 1000d.
    pub every: Spanned<Duration>,
    /// The function that does it.
    pub function: Spanned<Name>,
}

/// An output of the stack. A text stands for `value`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Output", transform = or_text)]
pub struct Output {
    /// The value; `${...}` names components.
    pub value: Spanned<String>,
    /// What it is.
    pub describe: Option<Spanned<String>>,
    /// Whether other stacks may import it: `true` under `<stack>-<name>`, or a name.
    pub export: Option<Spanned<Export>>,
    /// Its name in the template. Default: made from its name here.
    pub id: Option<Spanned<LogicalName>>,
}

shorthand!(Output, "a text, or a mapping with `value`", |text| {
    Some(Output { value: text.to_owned().into(), describe: None, export: None, id: None })
});

/// Whether an output is exported, and how: `true`, or a name.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
#[schemars(rename = "Export", transform = export_schema)]
pub struct Export {
    /// The name; none for the one that follows from the stack and the output.
    #[serde(skip)]
    pub name: Option<String>,
    /// True for `export: false`.
    #[serde(skip)]
    pub is_off: bool,
}

shorthand!(Export, "`true` or a name", |text| Some(match text {
    "true" => Export::default(),
    "false" => Export { name: None, is_off: true },
    name => Export { name: Some(name.to_owned()), is_off: false },
}));

fn export_schema(schema: &mut schemars::Schema) {
    let description = schema.get("description").cloned();
    *schema = schemars::json_schema!({"type": ["boolean", "string"]});
    if let Some(description) = description {
        schema.insert("description".to_owned(), description);
    }
}

/// Something that exists already and is neither made nor changed: its kind, and one of `arn`, `name`,
/// `id`, `ssm`, `import` and `stack` to find it by.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct External {
    /// What it is.
    pub kind: Spanned<ExternalKind>,
    /// Its ARN.
    pub arn: Option<Spanned<String>>,
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// Its id: of an API, or the address of a queue.
    pub id: Option<Spanned<String>>,
    /// The path in the parameter store where its ARN stands.
    pub ssm: Option<Spanned<String>>,
    /// The export of another stack that holds its ARN.
    pub import: Option<Spanned<String>>,
    /// The output of another stack that holds its ARN.
    pub stack: Option<StackOutput>,
    /// Further attributes, such as `url` or `stream-arn`.
    pub attrs: Option<IndexMap<String, Spanned<String>>>,
    /// The stages in which it may be used. Left out: all.
    pub only: Option<Vec<Name>>,
    /// The stages in which it may not be used.
    pub not: Option<Vec<Name>>,
    /// A note for people; nothing is made of it.
    pub note: Option<String>,
}

/// An output of another stack in the same account and region. The stack must export it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StackOutput {
    /// The name of the stack.
    pub name: Spanned<String>,
    /// The name of the output.
    pub output: Spanned<String>,
}

/// The kinds of thing that may exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum ExternalKind {
    Function,
    Queue,
    Topic,
    Bucket,
    Table,
    Stream,
    Bus,
    Secret,
    Role,
    Layer,
    Key,
    Userpool,
    Workflow,
    Api,
}

/// A compile-time constant: text, a number, true or false, or a list of such.
pub type Var = Any;

/// A text, a number, true or false, each of which is taken as text.
struct Scalar;

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": ["string", "number", "boolean"]})
    }
}
