//! `samc.yaml`: how samc works on the applications below its folder. Options of the command line stand over it.

use indexmap::IndexMap;
use samc_syntax::{Node, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::OneOrMany;

/// The configuration.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The stage of app.yaml, or the environment of samconfig.toml, as with `--stage`.
    pub stage: Option<Spanned<String>>,
    /// The region it is deployed to, as with `--region`.
    pub region: Option<Spanned<String>>,
    /// Values of CloudFormation parameters, as with `--param`.
    pub params: Option<IndexMap<String, Spanned<String>>>,
    /// Values of compile-time variables, as with `--var`.
    pub vars: Option<IndexMap<String, Spanned<String>>>,
    /// Which rules run, and what is done with what they find.
    pub lint: Option<Lint>,
}

/// Which rules run, and what is done with what they find. Rules are named by code or name.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(transform = with_other_spelling)]
pub struct Lint {
    /// The only rules to run, or `ALL`.
    pub select: Option<Spanned<OneOrMany<String>>>,
    /// Rules to leave out.
    pub ignore: Option<Spanned<OneOrMany<String>>>,
    /// Sets of further rules.
    pub profile: Option<Spanned<OneOrMany<Profile>>>,
    /// How severe the findings of a rule are, or `off`.
    pub severity: Option<IndexMap<Spanned<String>, Spanned<Level>>>,
    /// The lowest severity that fails. Default `error`.
    pub deny: Option<Spanned<Deny>>,
    /// The day for what depends on the date, as `2027-01-31`. Default: today.
    #[serde(alias = "as_of")]
    pub as_of: Option<Spanned<String>>,
    /// What is allowed in certain files.
    pub per_path: Option<Vec<Spanned<PerPath>>>,
    /// What is allowed of certain resources.
    pub per_resource: Option<Vec<Spanned<PerResource>>>,
    /// The file of findings that were there before, relative to this file.
    pub baseline: Option<Spanned<String>>,
    /// Rules of one's own: what resources of a type must look like.
    pub policies: Option<Vec<Spanned<Policy>>>,
}

/// Both spellings of a key of several words that the command line has with a hyphen.
fn with_other_spelling(schema: &mut schemars::Schema) {
    if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut)
        && let Some(as_of) = properties.get("as-of").cloned()
    {
        properties.insert("as_of".to_owned(), as_of);
    }
}

/// A set of further rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Advice that not every team follows.
    Strict,
    /// What PCI DSS asks for.
    Pci,
    /// What the HIPAA security rule asks for.
    Hipaa,
    /// What costs money.
    Cost,
}

/// How severe findings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// They stop a build.
    Error,
    /// They are told.
    Warning,
    /// They are worth knowing.
    Info,
    /// They are not told.
    Off,
}

/// The lowest severity that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deny {
    /// Errors only.
    Error,
    /// Warnings as well.
    Warning,
    /// Every finding.
    Info,
}

/// What is allowed in certain files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PerPath {
    /// The files, as patterns relative to this file, such as `legacy/**`.
    pub paths: Spanned<OneOrMany<String>>,
    /// The rules that are allowed.
    pub ignore: Spanned<OneOrMany<String>>,
    /// Why. It has to be there.
    pub reason: Option<Spanned<String>>,
    /// The last day, as `2027-01-31`. Default: for good.
    pub until: Option<Spanned<String>>,
    /// Who decided it.
    pub by: Option<Spanned<String>>,
}

/// What is allowed of certain resources.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PerResource {
    /// The resources, as patterns of logical ids (`Jobs*`) or components (`queues.*`).
    pub resources: Spanned<OneOrMany<String>>,
    /// The rules that are allowed.
    pub ignore: Spanned<OneOrMany<String>>,
    /// Why. It has to be there.
    pub reason: Option<Spanned<String>>,
    /// The last day, as `2027-01-31`. Default: for good.
    pub until: Option<Spanned<String>>,
    /// Who decided it.
    pub by: Option<Spanned<String>>,
}

/// A rule of one's own: resources of a type must fit a JSON Schema.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Its code: one or two capital letters and three digits, such as `X001`, and none of samc's own.
    pub code: Spanned<String>,
    /// Its name in kebab case, such as `team-tag`. Default: made from the code.
    pub name: Option<Spanned<String>>,
    /// The types of resources, as patterns such as `AWS::Lambda::*`.
    pub r#type: Spanned<OneOrMany<String>>,
    /// What their properties must look like: a JSON Schema, or the name of a file with one.
    pub schema: Node,
    /// What is told, instead of what the schema says.
    pub message: Option<Spanned<String>>,
    /// How severe it is. Default `warning`.
    pub severity: Option<Spanned<Deny>>,
    /// What to do.
    pub help: Option<Spanned<String>>,
    /// A page with more about it.
    pub url: Option<Spanned<String>>,
}
