//! L115 and L119: rules and filters with more than EventBridge and Lambda take.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;

use crate::length;
use crate::query::{at_name, at_property, at_value, items, member, name, property};
use crate::rule::{On, Rule};

/// Targets and rules have quotas that can be raised, patterns a limit that cannot.
pub(super) static EVENTS: Rule = Rule {
    code: Code::new("L115", "events-limits"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("events_limits.md"),
    check: |context, diagnostics| {
        let bound = |name: &str| limit(name).map_or(u64::MAX, |l| l.value);
        // How many rules each bus has, by how it is named.
        let mut buses: Vec<(Option<&samc_ir::Expr>, u64)> = Vec::new();
        for (id, rule) in context.of_type("AWS::Events::Rule") {
            let (targets, most) =
                (items(rule.property("Targets")).count() as u64, bound("events.targets.rule"));
            if targets > most {
                let message = format!("{} has {targets} targets; a rule has {most}", name(id, rule));
                let found = Diagnostic::error(EVENTS.code, message)
                    .help("write a second rule with the same pattern, or send to a topic that fans out");
                diagnostics.push(at_property(found, id, rule, "Targets", format!("at most {most}")));
            }
            if let Some(pattern) = property(rule, "EventPattern").value() {
                let (length, most) = (length::of_json(pattern), bound("events.pattern.max"));
                if length > most {
                    let message = format!(
                        "the pattern of {} has at least {length} characters; EventBridge takes {most}",
                        name(id, rule)
                    );
                    let found = Diagnostic::error(EVENTS.code, message)
                        .help("use prefix or wildcard matchers, or several rules");
                    diagnostics.push(at_property(found, id, rule, "EventPattern", "too long"));
                }
            }
            let bus = rule.property("EventBusName");
            let at = buses.iter().position(|(key, _)| *key == bus).unwrap_or_else(|| {
                buses.push((bus, 0));
                buses.len() - 1
            });
            let Some((_, count)) = buses.get_mut(at) else { continue };
            *count += 1;
            let count = *count;
            let most = bound("events.rules.bus");
            if count == most + 1 {
                let message = format!("a bus has more than {most} rules of this template; a bus has {most}");
                let found = Diagnostic::warning(EVENTS.code, message)
                    .help("have the quota raised before the deployment, or take another bus");
                diagnostics.push(at_name(found, id, rule, format!("rule {count}")));
            }
        }
    },
};

/// Filters of event source mappings.
pub(super) static FILTER: Rule = Rule {
    code: Code::new("L119", "esm-filter"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("esm_filter.md"),
    check: |context, diagnostics| {
        let bound = |name: &str| limit(name).map_or(u64::MAX, |l| l.value);
        let (quota, most, longest) =
            (bound("esm.filters.quota"), bound("esm.filters.max"), bound("esm.filter.pattern.max"));
        for (id, mapping) in context.of_type("AWS::Lambda::EventSourceMapping") {
            let filters = property(mapping, "FilterCriteria.Filters").value();
            let count = items(filters).count() as u64;
            if count > quota {
                let severity = if count > most { Severity::Error } else { Severity::Warning };
                let message = format!(
                    "{} has {count} filters; a mapping has {quota}, {most} where that was asked for",
                    name(id, mapping)
                );
                let found = Diagnostic::new(severity, FILTER.code, message)
                    .help("put several values into one filter: the items of a list are alternatives");
                diagnostics.push(at_property(found, id, mapping, "FilterCriteria.Filters", "too many"));
            }
            for filter in items(filters) {
                let Some(pattern) = member(filter, "Pattern").value() else { continue };
                let length = length::of_text(pattern);
                if length > longest {
                    let message = format!(
                        "a filter of {} has at least {length} characters; Lambda takes {longest}",
                        name(id, mapping)
                    );
                    let found = Diagnostic::error(FILTER.code, message)
                        .help("use prefix matchers, or filter in the function");
                    let place = ("FilterCriteria.Filters", pattern.span);
                    diagnostics.push(at_value(found, id, mapping, place, "too long"));
                }
            }
        }
    },
};
