//! `workflows`.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{Any, OneOrMany, component};
use super::grants::Grants;
use super::scalars::{Duration, Reference};
use super::trigger::Trigger;

component! {
    /// A workflow (Step Functions): a definition in the language of Amazon States, or `steps`.
    #[schemars(rename = "Workflow")]
    pub struct Workflow {
        /// The definition: the path of a file (JSON or YAML), or the definition itself. `${name}` in it
        /// stands for components, and what its states use it may use.
        pub definition: Option<Spanned<Any>>,
        /// What it does, one step after the other, in place of `definition`.
        pub steps: Option<Vec<Spanned<Step>>>,
        /// `standard` (the default: exactly once, up to a year) or `express` (cheap and short, up to 5 minutes).
        pub r#type: Option<Spanned<WorkflowType>>,
        /// What starts it: the triggers `schedule` and `event`. Routes of APIs name it themselves.
        pub on: Option<Spanned<OneOrMany<Trigger>>>,
        /// What it may do, beside what its steps need.
        pub can: Option<Grants>,
        /// What it logs: `off`, `errors` (the default) or `all`.
        pub logs: Option<Spanned<WorkflowLogs>>,
        /// Whether runs are traced with X-Ray. Default false.
        pub tracing: Option<Spanned<bool>>,
        /// How long one run may take. Default: as long as its type allows.
        pub timeout: Option<Spanned<Duration>>,
        /// The role under `roles`, or the ARN of one. Default: a role of its own.
        pub role: Option<Spanned<String>>,
        /// What it is for.
        pub description: Option<Spanned<String>>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
    }
}

/// The type of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkflowType {
    /// Exactly once, up to a year, with a history.
    Standard,
    /// At least once, up to five minutes.
    Express,
}

/// What a workflow logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkflowLogs {
    /// Nothing.
    Off,
    /// What failed.
    Errors,
    /// Everything.
    All,
}

/// A step of a workflow. One key says what it does: `run`, `wait`, `choose`, `each`, `both`, `send`,
/// `publish`, `put`, `get`, `start`, `fail`, `succeed` or `pass`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// Runs a function with the data so far.
    pub run: Option<Spanned<Reference>>,
    /// Waits so long.
    pub wait: Option<Spanned<Duration>>,
    /// Goes on at another step where a condition holds.
    pub choose: Option<Vec<Spanned<Choice>>>,
    /// Choose: the step to go on at where none holds. Default: the next.
    pub r#else: Option<Spanned<String>>,
    /// Does steps for each item of a list: `$.items`.
    pub each: Option<Spanned<String>>,
    /// Each: the steps.
    pub r#do: Option<Vec<Spanned<Step>>>,
    /// Each: how many at once. Default 0: as many as there are.
    pub parallel: Option<Spanned<u64>>,
    /// Does several lists of steps at once, and goes on when all are done.
    pub both: Option<Vec<Vec<Spanned<Step>>>>,
    /// Sends a message to a queue.
    pub send: Option<Spanned<Reference>>,
    /// Publishes to a topic or a bus.
    pub publish: Option<Spanned<Reference>>,
    /// Puts an item into a table; `item` says which.
    pub put: Option<Spanned<Reference>>,
    /// Gets an item from a table; `key` says which.
    pub get: Option<Spanned<Reference>>,
    /// Starts another workflow, and does not wait for it.
    pub start: Option<Spanned<Reference>>,
    /// Ends the run as failed, with this cause.
    pub fail: Option<Spanned<String>>,
    /// Ends the run as a success.
    pub succeed: Option<Spanned<bool>>,
    /// Gives these data on, and does nothing else.
    pub pass: Option<Spanned<Any>>,

    /// The name of the step, at most 80 characters. Default: what it does.
    pub name: Option<Spanned<String>>,
    /// Run, send, publish and start: what is handed over. `$.x` under a key that ends in `.$` stands for
    /// data. Default: all data.
    pub input: Option<Spanned<Any>>,
    /// Put: the item, in plain form. A text `$.x` stands for data.
    pub item: Option<Spanned<Any>>,
    /// Get: the key of the item, in plain form. A text `$.x` stands for data.
    pub key: Option<Spanned<Any>>,
    /// Where the result is put into the data: `$.x`. Default: in place of all data; for `send`, `publish`
    /// and `put` nowhere.
    pub save: Option<Spanned<String>>,
    /// How long it may take.
    pub timeout: Option<Spanned<Duration>>,
    /// How often it is tried again when it fails.
    pub retry: Option<StepRetry>,
    /// The step to go on at when it failed for good; the error is under `$.error`.
    pub catch: Option<Spanned<String>>,
    /// The step to go on at. Default: the next.
    pub then: Option<Spanned<String>>,
}

/// A condition, and the step to go on at where it holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Choice {
    /// The condition: `$.total > 100`, `$.state == "paid" and not $.late`, `exists $.coupon`.
    pub r#if: Spanned<String>,
    /// The name of the step.
    pub go: Spanned<String>,
}

/// How often a step is tried again.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepRetry {
    /// Tries after the first. Default 3.
    pub attempts: Option<Spanned<u64>>,
    /// How long before the first of them. Default 2s.
    pub interval: Option<Spanned<Duration>>,
    /// By what the time grows each time, at least 1. Default 2.
    pub backoff: Option<Spanned<f64>>,
    /// The errors it is for. Default: all.
    pub errors: Option<Vec<Spanned<String>>>,
}
