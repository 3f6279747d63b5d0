//! L109 and L110: templates with more parts than CloudFormation takes.

use indexmap::IndexMap;
use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;
use samc_ir::Expr;

use crate::rule::{On, Rule};

/// The share of a limit, in percent, from which it is told.
const NEAR: usize = 80;
/// How many of the largest contributors are named.
const NAMED: usize = 3;

/// The rule about resources.
pub(super) static RESOURCES: Rule = Rule {
    code: Code::new("L109", "stack-resources"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("stack_resources.md"),
    check: |context, diagnostics| {
        let Some(most) = limit("stack.resources.max").and_then(|l| usize::try_from(l.value).ok()) else {
            return;
        };
        let resources = &context.graph.resources;
        let count = resources.len();
        if count * 100 < most * NEAR {
            return;
        }
        let mut made: IndexMap<&str, usize> = IndexMap::new();
        for (id, resource) in resources {
            *made.entry(resource.origin.source.as_deref().unwrap_or(id)).or_default() += 1;
        }
        made.sort_by(|_, a, _, b| b.cmp(a));
        let largest: Vec<String> = made.iter().take(NAMED).map(|(id, n)| format!("{id} ({n})")).collect();
        let message =
            format!("the template makes {count} resources; CloudFormation takes {most} in one stack");
        let found = if count > most {
            Diagnostic::error(RESOURCES.code, message)
        } else {
            Diagnostic::warning(RESOURCES.code, message)
        };
        let place = resources.get_index(most.min(count.saturating_sub(1))).map(|(_, r)| &r.origin);
        let label = if count > most {
            format!("the resource after the {most}th")
        } else {
            "the last of them".to_owned()
        };
        diagnostics.push(
            found
                .at(place.and_then(|o| o.key_span), label)
                .help(format!("move parts into nested stacks; most are made for {}", largest.join(", ")))
                .path("Resources"),
        );
    },
};

/// The rule about other sections.
pub(super) static SECTIONS: Rule = Rule {
    code: Code::new("L110", "stack-sections"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("stack_sections.md"),
    check: |context, diagnostics| {
        let description = context.graph.sections.get("Description").filter(|d| d.as_str().is_some());
        let long = description
            .and_then(|d| Some((d, d.as_str()?.len() as u64, limit("stack.description.max")?.value)));
        if let Some((at, bytes, most)) = long.filter(|(_, bytes, most)| bytes > most) {
            let message =
                format!("the description of the template has {bytes} bytes; CloudFormation takes {most}");
            diagnostics.push(
                Diagnostic::error(SECTIONS.code, message)
                    .at(at.span, "too long")
                    .help("say it in a file beside the template, or in comments")
                    .path("Description"),
            );
        }
        for (section, name) in
            [("Parameters", "parameters"), ("Outputs", "outputs"), ("Mappings", "mappings")]
        {
            let most = limit(&format!("stack.{name}.max")).and_then(|l| usize::try_from(l.value).ok());
            let map = context.graph.sections.get(section).and_then(Expr::as_map);
            let (Some(most), Some(map)) = (most, map) else { continue };
            if map.len() <= most {
                continue;
            }
            let place = map.entries().get(most).and_then(|entry| entry.key_span);
            let message = format!("the template has {} {name}; CloudFormation takes {most}", map.len());
            diagnostics.push(
                Diagnostic::error(SECTIONS.code, message)
                    .at(place, format!("one more than {most}"))
                    .help("group values, or move parts into nested stacks")
                    .path(section),
            );
        }
    },
};
