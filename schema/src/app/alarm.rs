//! `alarms`.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{OneOrMany, component, or_text, shorthand};
use super::function::Names;
use super::scalars::{Duration, Reference};

component! {
    /// An alarm on a metric of a component, or on other alarms (`any`, `all`).
    #[schemars(rename = "Alarm")]
    pub struct Alarm {
        /// The component that is watched, or a part of it such as `work.dlq`.
        pub on: Option<Spanned<Reference>>,
        /// What is measured. Function: errors, throttles, duration-p50, duration-p90, duration-p99,
        /// invocations, concurrency, iterator-age, dead-letters, error-rate (percent). API: 4xx, 5xx, latency-p90,
        /// latency-p99, count. Queue: depth, age, empty-receives. Table: throttles, read-used,
        /// write-used, system-errors. Stream: age, throttles. Topic and bus: failed. Workflow: failed, timed-out,
        /// throttled, duration. A mapping names any other metric of CloudWatch, without `on`.
        pub metric: Option<Spanned<AlarmMetric>>,
        /// A sum on metrics: `100 * errors / calls`, whose names stand under `metrics`.
        pub expression: Option<Spanned<String>>,
        /// Expression: the metrics in it by name, each a component and a metric of it, such as `create errors`.
        pub metrics: Option<IndexMap<String, Spanned<String>>>,
        /// It rings above this number.
        pub over: Option<Spanned<f64>>,
        /// It rings below this number.
        pub under: Option<Spanned<f64>>,
        /// The length of one measurement: 10s, 30s, or a multiple of 1m. Default 1m.
        pub period: Option<Spanned<Duration>>,
        /// How many of the last measurements must be beyond the number: `3 of 5`. Default `1 of 1`.
        pub r#for: Option<Spanned<OfThem>>,
        /// What a missing measurement counts as. Default `ok`.
        pub missing: Option<Spanned<Missing>>,
        /// How one measurement is taken: `sum`, `average`, `maximum`, `minimum`, `sample-count`, or a
        /// percentile such as `p99`. Default: what suits the metric.
        pub statistic: Option<Spanned<String>>,
        /// The topics, by name or ARN, that hear of it.
        pub notify: Option<Spanned<OneOrMany<String>>>,
        /// A word that becomes the tag `severity`.
        pub severity: Option<Spanned<String>>,
        /// What it means and what to do.
        pub describe: Option<Spanned<String>>,
        /// It rings when one of these alarms does.
        pub any: Option<Names>,
        /// It rings when all of these alarms do.
        pub all: Option<Names>,
    }
}

/// A metric: a word that the component has a metric for, or any metric of CloudWatch.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "AlarmMetric", transform = or_text)]
pub struct AlarmMetric {
    /// The word, where it is written alone.
    #[serde(skip)]
    #[schemars(skip)]
    pub word: Option<String>,
    /// The namespace, such as `AWS/EC2`.
    pub namespace: Option<Spanned<String>>,
    /// The name, such as `CPUUtilization`.
    pub name: Option<Spanned<String>>,
    /// The dimensions.
    pub dimensions: Option<IndexMap<String, Spanned<String>>>,
}

shorthand!(AlarmMetric, "the word of a metric, or a mapping with `namespace` and `name`", |text| {
    Some(AlarmMetric { word: Some(text.to_owned()), ..AlarmMetric::default() })
});

/// `3 of 5`: so many of the last so many.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "OfThem", extend("x-text-pattern" = "^ *[1-9][0-9]* of [1-9][0-9]* *$"), transform = or_text)]
pub struct OfThem {
    /// So many of them.
    #[schemars(range(min = 1))]
    pub points: u64,
    /// The last so many.
    #[schemars(range(min = 1))]
    pub of: u64,
}

shorthand!(OfThem, "two numbers such as `3 of 5`", |text| {
    let numbers =
        text.split_once(" of ").and_then(|(n, m)| Some((n.trim().parse().ok()?, m.trim().parse().ok()?)));
    numbers.filter(|(n, m): &(u64, u64)| *n > 0 && n <= m).map(|(points, of)| OfThem { points, of })
});

/// What a missing measurement counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// As a good one.
    Ok,
    /// As a bad one.
    Breach,
    /// As the last one.
    Ignore,
}
