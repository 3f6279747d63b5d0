//! `dashboards`.

use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{component, or_text, shorthand};

component! {
    /// A dashboard of CloudWatch. The word `auto` stands for one row for each function, API, queue and table.
    #[serde(remote = "Self")]
    #[schemars(rename = "Dashboard", extend("x-text-words" = ["auto"]), transform = or_text)]
    pub struct Dashboard {
        /// Whether it begins with a row for each function, API, queue, table and workflow. Default false.
        pub auto: Option<Spanned<bool>>,
        /// What it shows, in the order of the file.
        pub widgets: Option<Vec<Spanned<Widget>>>,
        /// Its physical name. Default `<app>-<stage>-<name>`.
        pub name: Option<Spanned<String>>,
    }
}

shorthand!(Dashboard, "`auto`, or a mapping with `widgets`", |text| {
    (text == "auto").then(|| Dashboard {
        auto: Some(true.into()),
        widgets: None,
        name: None,
        id: None,
        was: None,
        only: None,
        not: None,
        when: None,
        tags: None,
        protect: None,
        note: None,
        compliance: None,
    })
});

/// A part of a dashboard: one of `metrics`, `text` and `logs`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Widget {
    /// What stands above it.
    pub title: Option<Spanned<String>>,
    /// Curves: a component and a metric of it, such as `create errors` or `work.dlq depth`.
    pub metrics: Option<Vec<Spanned<String>>>,
    /// Text in Markdown.
    pub text: Option<Spanned<String>>,
    /// A query of CloudWatch Logs Insights on the logs of `of`.
    pub logs: Option<Spanned<String>>,
    /// The functions whose logs are asked. Default: all.
    pub of: Option<super::Names>,
    /// Its width in 24ths of the page, 1 to 24. Default 12.
    #[schemars(range(min = 1, max = 24))]
    pub width: Option<Spanned<u64>>,
    /// Its height, 1 to 1000. Default 6.
    #[schemars(range(min = 1, max = 1000))]
    pub height: Option<Spanned<u64>>,
}
