//! The language of app.yaml, format 1: one file that says what an application is.

mod alarm;
mod api;
mod compliance;
mod dashboard;
mod deploy;
mod encryption;
mod forms;
mod function;
mod grants;
mod messaging;
mod network;
mod overrides;
mod read;
mod scalars;
mod storage;
mod top;
mod trigger;
mod unsupported;
mod userpool;
mod workflow;

use std::borrow::Borrow;

use indexmap::IndexMap;
use samc_base::Span;
use samc_syntax::Spanned;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

pub use alarm::{Alarm, AlarmMetric, Missing, OfThem};
pub use api::{
    Api, ApiType, Authorizer, Cache, Domain, Endpoint, Jwt, Quota, RouteTarget, Throttle, UsagePlan,
};
pub use compliance::{Compliance, ComplianceMode, DataClass, DataKind, Framework, Waiver};
pub use dashboard::{Dashboard, Widget};
pub use deploy::{Deploy, Strategy};
pub use encryption::{BucketEncryption, Key, QueueEncryption, Rotation, TableEncryption, TopicEncryption};
pub use forms::{Any, Common, Component, Off, OneOrMany, Tags, When};
pub use function::{
    Arch, Build, Caller, Code, Concurrency, Cors, Function, FunctionAlarms, FunctionUrl, Image, Layer,
    LogClass, LogFormat, LogLevel, LogMetric, Logs, Mount, Names, Retry, Role, S3Place, UrlAuth,
};
pub use grants::{Effect, Grants, RawStatement, Target, Targets};
pub use messaging::{
    Buffer, Bus, BusRule, Dedup, DurationOrFalse, FirehoseFormat, FirehoseTo, Queue, QueueDlq, RuleTarget,
    Shards, Stream, StreamType, Subscription, Topic,
};
pub use network::{Nat, Vpc, VpcCreate, VpcImport};
pub use overrides::Override;
pub use read::{Declared, Kind, Read, SECTIONS, declared, diagnostics_of_sections, read};
pub(crate) use scalars::ROUTE_PATTERN;
pub use scalars::{Duration, LogicalName, METHODS, Name, Percent, Rate, Reference, Retention, Route, Size};
pub use storage::{
    Archive, Billing, Bucket, ImportFormat, Index, LockMode, ObjectLock, Projection, Replicate, StorageClass,
    Table, TableClass, TableImport, TableStream, Website,
};
pub use top::{
    Defaults, Export, External, ExternalKind, Generate, Layout, Output, Param, ParamType, Rotate, Secret,
    StackOutput, Var,
};
pub use trigger::{Broker, FilterOn, StartingPosition, TRIGGER_KEYS, Trigger, TriggerRetry, UserMoment, Via};
pub use userpool::{
    Attribute, AuthFlow, IdentityProvider, Mfa, Password, ProviderType, SignIn, Tokens, Userpool,
    UserpoolClient, Verified,
};
pub use workflow::{Choice, Step, StepRetry, Workflow, WorkflowLogs, WorkflowType};

/// One file.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename = "App", deny_unknown_fields, rename_all = "kebab-case")]
pub struct App {
    /// The version of the language: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: Option<Spanned<u64>>,
    /// The name of the application. The stack is called `<app>-<stage>`, and everything in it carries
    /// the tag `samc:app`.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9-]{0,39}$"))]
    pub app: Spanned<Name>,
    /// What it is for, at most 1024 characters.
    pub description: Option<Spanned<String>>,
    /// Files with modules that are a part of the application: paths relative to this file, in which `*`
    /// stands for any name.
    pub include: Option<Vec<Spanned<String>>>,
    /// How many stacks it becomes. Default `one`.
    pub layout: Option<Spanned<Layout>>,
    /// The regions it may be deployed to. Left out: any.
    pub regions: Option<Vec<Spanned<String>>>,
    /// What holds for every function that does not say otherwise.
    pub defaults: Option<Defaults>,
    /// Constants, used as `${vars.name}`. Stages and `--var` may set them otherwise.
    pub vars: Option<IndexMap<Name, Var>>,
    /// Values that whoever deploys chooses, used as `${params.name}`. They become parameters of the template.
    pub params: Option<Components<Param>>,
    /// Secrets, used as `${secrets.name}`.
    pub secrets: Option<Components<Secret>>,
    /// Functions by name.
    pub functions: Option<Components<Function>>,
    /// Queues by name.
    pub queues: Option<Components<Queue>>,
    /// Topics by name.
    pub topics: Option<Components<Topic>>,
    /// Buckets by name.
    pub buckets: Option<Components<Bucket>>,
    /// Tables by name.
    pub tables: Option<Components<Table>>,
    /// Streams by name.
    pub streams: Option<Components<Stream>>,
    /// Event buses by name.
    pub buses: Option<Components<Bus>>,
    /// APIs by name. Left out, with routes in the file: an HTTP API called `api`.
    pub apis: Option<Components<Api>>,
    /// Workflows by name.
    pub workflows: Option<Components<Workflow>>,
    /// Pools of users by name.
    pub userpools: Option<Components<Userpool>>,
    /// Keys of KMS by name, for `encrypt`.
    pub keys: Option<Components<Key>>,
    /// Networks by name, for `vpc` of functions.
    pub vpcs: Option<Components<Vpc>>,
    /// Layers by name.
    pub layers: Option<Components<Layer>>,
    /// Roles by name.
    pub roles: Option<Components<Role>>,
    /// Alarms by name.
    pub alarms: Option<Components<Alarm>>,
    /// Dashboards by name.
    pub dashboards: Option<Components<Dashboard>>,
    /// Things that exist already, by the name they have in this file.
    pub external: Option<Components<External>>,
    /// Resources of CloudFormation as they are, by logical id; used as `${raw.LogicalId}`.
    pub resources: Option<IndexMap<String, Any>>,
    /// Conditions of CloudFormation as they are, by name, for `Condition` and `Fn::If` in `resources` and
    /// `overrides`.
    pub conditions: Option<IndexMap<String, Any>>,
    /// Mappings of CloudFormation as they are, by name, for `Fn::FindInMap` in `resources` and `overrides`.
    pub mappings: Option<IndexMap<String, Any>>,
    /// Changes to the finished resources, in order, for what the language has no key for.
    pub overrides: Option<Vec<Spanned<Override>>>,
    /// Outputs of the stack by name.
    pub outputs: Option<Components<Output>>,
    /// Tags of every resource that can have some.
    pub tags: Option<Tags>,
    /// What all of it must comply with: a list of programmes such as `[pci]`, or a mapping.
    pub compliance: Option<Spanned<Compliance>>,
    /// What is otherwise in a stage, by the stage's name: the shape of the whole file, in which `null`
    /// takes a key out and `name+` adds to a list. The first stage is the default of `samc build`.
    pub stages: Option<IndexMap<Name, Any>>,
}

/// Things by name, in the order of the file, each with its place.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Components<T>(pub IndexMap<ComponentKey, T>);

impl<T> Default for Components<T> {
    fn default() -> Self {
        Components(IndexMap::new())
    }
}

impl<T: JsonSchema> JsonSchema for Components<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}ByName", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z0-9-]{0,39}$"},
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}

/// A name as a key, with its place.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct ComponentKey(pub Spanned<Name>);

impl ComponentKey {
    /// The name.
    pub fn name(&self) -> &Name {
        &self.0.value
    }

    /// Where it is written.
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }
}

impl PartialEq for ComponentKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.value == other.0.value
    }
}

impl Eq for ComponentKey {}

impl std::hash::Hash for ComponentKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.value.hash(state);
    }
}

impl Borrow<str> for ComponentKey {
    fn borrow(&self) -> &str {
        self.0.value.as_str()
    }
}
