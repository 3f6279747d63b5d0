//! L101, L102 and L103: functions that may run longer, or have more or less memory or disk, than Lambda gives.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_data::limits::limit;
use samc_ir::Resource;

use crate::context::{Context, about};
use crate::numbers::{Number, number_of, seconds};
use crate::rule::{On, Rule};

/// The rule about time.
pub(super) static TIMEOUT: Rule = Rule {
    code: Code::new("L101", "lambda-timeout-range"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("lambda_timeout_range.md"),
    check: |context, diagnostics| {
        each(context, diagnostics, "Timeout", "lambda.timeout", |id, number, limit, most| {
            let (is, limit_is) = (seconds(number.value), seconds(limit as i128));
            let found = if most {
                let message = format!("{id} may run {is}; Lambda stops every function at {limit_is}");
                Diagnostic::error(TIMEOUT.code, message)
                    .at(number.span, format!("at most {limit}"))
                    .help("split the work, or hand it to a state machine")
            } else {
                let message = format!("{id} may run {is}; the least is {limit_is}");
                Diagnostic::error(TIMEOUT.code, message)
                    .at(number.span, format!("at least {limit}"))
                    .help("give it the seconds that its work takes")
            };
            found.path(format!("Resources.{id}.Properties.Timeout"))
        });
    },
};

/// The rule about memory.
pub(super) static MEMORY: Rule = Rule {
    code: Code::new("L102", "lambda-memory-range"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("lambda_memory_range.md"),
    check: |context, diagnostics| {
        each(context, diagnostics, "MemorySize", "lambda.memory", |id, number, limit, most| {
            let (verb, bound) = if most { ("at most", "most") } else { ("at least", "least") };
            let message = format!("{id} has {} MB of memory; the {bound} is {limit} MB", number.value);
            Diagnostic::error(MEMORY.code, message)
                .at(number.span, format!("{verb} {limit}"))
                .help(format!("set it to {limit} or {}", if most { "less" } else { "more" }))
        });
    },
};

/// The rule about `/tmp`.
pub(super) static DISK: Rule = Rule {
    code: Code::new("L103", "lambda-ephemeral-range"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("lambda_ephemeral_range.md"),
    check: |context, diagnostics| {
        let name = "EphemeralStorage.Size";
        each(context, diagnostics, name, "lambda.ephemeral", |id, number, limit, most| {
            let (verb, bound) = if most { ("at most", "most") } else { ("at least", "least") };
            let message = format!("{id} has {} MB under /tmp; the {bound} is {limit} MB", number.value);
            Diagnostic::error(DISK.code, message)
                .at(number.span, format!("{verb} {limit}"))
                .help(format!("set it to {limit} or {}", if most { "less" } else { "more" }))
        });
    },
};

/// Looks at a number of every function. With a pool of instances of its own a function may have more.
fn each(
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
    property: &str,
    name: &str,
    found: impl Fn(&str, &Number, u64, bool) -> Diagnostic,
) {
    let bound = |suffix: &str| limit(&format!("{name}.{suffix}")).map(|l| l.value);
    let (Some(least), Some(most), Some(most_managed)) = (bound("min"), bound("max"), bound("max.managed"))
    else {
        return;
    };
    for (id, resource) in &context.graph.resources {
        if resource.resource_type != *"AWS::Lambda::Function" {
            continue;
        }
        let (first, inner) = property.split_once('.').map_or((property, None), |(a, b)| (a, Some(b)));
        let number = match inner {
            None => number_of(resource, first),
            Some(inner) => {
                resource.property(first).and_then(|v| v.as_map()?.get(inner)).and_then(crate::numbers::number)
            }
        };
        let Some(number) = number else { continue };
        let most = if is_managed(resource) { most_managed } else { most };
        let (limit, is_most) = match number.value {
            value if value > i128::from(most) => (most, true),
            value if value < i128::from(least) => (least, false),
            _ => continue,
        };
        let path = format!("Resources.{id}.Properties.{property}");
        let name = resource.origin.source.as_deref().unwrap_or(id);
        diagnostics.push(about(found(name, &number, limit, is_most), id, &resource.origin, path));
    }
}

fn is_managed(resource: &Resource) -> bool {
    resource.property("CapacityProviderConfig").is_some()
}
