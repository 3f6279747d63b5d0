//! `userpools`.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Components;
use super::forms::component;
use super::scalars::Duration;

component! {
    /// A pool of users (Cognito): who they are, how they sign in, and which programs they sign in with.
    #[derive(Default)]
    #[schemars(rename = "Userpool")]
    pub struct Userpool {
        /// What they sign in with. Default `email`.
        pub sign_in: Option<Vec<Spanned<SignIn>>>,
        /// Whether a second factor is asked for: `none` (the default), `optional` or `required`.
        pub mfa: Option<Spanned<Mfa>>,
        /// What a password must be.
        pub password: Option<Password>,
        /// Whether people may sign up by themselves. Default true.
        pub self_signup: Option<Spanned<bool>>,
        /// What is verified with a code. Default: the addresses and numbers they sign in with.
        pub verify: Option<Vec<Spanned<Verified>>>,
        /// Attributes of their own beside the standard ones, by name.
        pub attributes: Option<IndexMap<String, Spanned<Attribute>>>,
        /// The programs that they sign in with, by name.
        pub clients: Option<Components<UserpoolClient>>,
        /// Groups of users by name, with what each is for.
        pub groups: Option<IndexMap<String, Spanned<String>>>,
        /// The beginning of the address of the sign-in pages: `https://<domain>.auth.<region>.amazoncognito.com`.
        pub domain: Option<Spanned<String>>,
        /// Other places that know users, by name.
        pub providers: Option<Components<IdentityProvider>>,
        /// Its physical name. Default `<app>-<stage>-<name>`.
        pub name: Option<Spanned<String>>,
    }
}

/// What users sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// Their address.
    Email,
    /// Their telephone number.
    Phone,
    /// A name they choose.
    Username,
}

/// What is verified with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verified {
    /// The address.
    Email,
    /// The telephone number.
    Phone,
}

/// Whether a second factor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mfa {
    /// Never.
    None,
    /// From those who set one up.
    Optional,
    /// From everybody.
    Required,
}

/// What a password must be.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Password {
    /// The fewest characters, 6 to 99. Default 12.
    #[schemars(range(min = 6, max = 99))]
    pub min: Option<Spanned<u64>>,
    /// Whether it needs a small letter. Default true.
    pub lowercase: Option<Spanned<bool>>,
    /// Whether it needs a capital letter. Default true.
    pub uppercase: Option<Spanned<bool>>,
    /// Whether it needs a digit. Default true.
    pub numbers: Option<Spanned<bool>>,
    /// Whether it needs another character. Default false.
    pub symbols: Option<Spanned<bool>>,
    /// How long one that an administrator gave holds, 1d to 365d. Default 7d.
    pub temporary: Option<Spanned<Duration>>,
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attribute {
    /// Text.
    String,
    /// A whole number.
    Number,
    /// True or false.
    Boolean,
    /// A date and time.
    Date,
}

/// A program that users sign in with.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UserpoolClient {
    /// The ways to sign in: `srp`, `password`, `admin`, `custom`, `refresh`, `user`. Default `srp` and `refresh`.
    pub flows: Option<Vec<Spanned<AuthFlow>>>,
    /// Whether it has a secret, as programs on servers have. Default false.
    pub secret: Option<Spanned<bool>>,
    /// The addresses that sign-in pages may lead back to.
    pub callbacks: Option<Vec<Spanned<String>>>,
    /// The addresses that they may lead to after signing out.
    pub logout: Option<Vec<Spanned<String>>>,
    /// OAuth scopes. Default, with `callbacks`: `openid`, `email` and `profile`.
    pub scopes: Option<Vec<Spanned<String>>>,
    /// How long tokens hold.
    pub tokens: Option<Tokens>,
    /// The providers that users of it may come from. Default: the pool alone.
    pub providers: Option<Vec<Spanned<String>>>,
}

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthFlow {
    /// With a password that never leaves the device.
    Srp,
    /// With a password.
    Password,
    /// With a password, by a server with rights of its own.
    Admin,
    /// As functions decide.
    Custom,
    /// With a refresh token.
    Refresh,
    /// By choosing among the ways there are.
    User,
}

/// How long tokens hold.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tokens {
    /// Access tokens, 5m to 1d. Default 1h.
    pub access: Option<Spanned<Duration>>,
    /// Identity tokens, 5m to 1d. Default 1h.
    pub id: Option<Spanned<Duration>>,
    /// Refresh tokens, 1h to 3650d. Default 30d.
    pub refresh: Option<Spanned<Duration>>,
}

/// Another place that knows users.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdentityProvider {
    /// What it is.
    pub r#type: Spanned<ProviderType>,
    /// What Cognito must know of it, such as `client_id` or `MetadataURL`. `${secrets.x}` may stand in it.
    pub details: IndexMap<String, Spanned<String>>,
    /// Attributes of the pool and those of the provider that they come from.
    pub attributes: Option<IndexMap<String, Spanned<String>>>,
}

/// What a provider of identities is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum ProviderType {
    Saml,
    Oidc,
    Google,
    Facebook,
    Apple,
    Amazon,
}
