//! `vpcs`.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::component;

component! {
    /// A network that functions run in: one that exists (`import`), or one that is made (`create`).
    #[schemars(rename = "Vpc")]
    pub struct Vpc {
        /// It exists already.
        pub import: Option<VpcImport>,
        /// It is made.
        pub create: Option<VpcCreate>,
        /// What functions in it may connect to: ports such as `443`, or `PORT CIDR` such as
        /// `5432 10.0.0.0/8`, or `all`. Default `all` for an own network's security group.
        pub allow: Option<Vec<Spanned<String>>>,
    }
}

/// A network that exists: where functions run in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VpcImport {
    /// Its id; needed for a security group of its own, where `security-groups` is left out.
    pub id: Option<Spanned<String>>,
    /// The ids of subnets, or `ssm:/path` where an id stands in the parameter store.
    pub subnets: Vec<Spanned<String>>,
    /// The ids of security groups, or `ssm:/path`.
    pub security_groups: Option<Vec<Spanned<String>>>,
}

/// A network that is made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VpcCreate {
    /// Its addresses, with a prefix of 16 to 24 bits. Default `10.0.0.0/16`.
    pub cidr: Option<Spanned<String>>,
    /// In how many zones it lies, 1 to 3. Default 2.
    #[schemars(range(min = 1, max = 3))]
    pub zones: Option<Spanned<u64>>,
    /// How functions reach the internet: not at all (`none`, the default), by `one` gateway, or by one in
    /// `each` zone.
    pub nat: Option<Spanned<Nat>>,
    /// The services of AWS that are reached without the internet, such as `s3`, `dynamodb`, `sqs` or `secretsmanager`.
    pub endpoints: Option<Vec<Spanned<String>>>,
}

/// How functions in a network reach the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    /// Not at all.
    None,
    /// By one gateway for all zones.
    One,
    /// By a gateway in each zone.
    Each,
}
