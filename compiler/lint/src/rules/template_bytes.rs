//! L111: templates that are too long for CloudFormation.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;

use crate::length;
use crate::rule::{On, Rule};

/// The share of the limit, in percent, from which it is told.
const NEAR: u64 = 90;
/// `"Type":"","Properties":` and the braces and commas around.
const FRAME: u64 = 24;

/// The most compact form counts: no form that is emitted is shorter.
pub(super) static RULE: Rule = Rule {
    code: Code::new("L111", "template-bytes"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("template_bytes.md"),
    check: |context, diagnostics| {
        let Some(most) = limit("stack.template.max").map(|l| l.value) else { return };
        let mut largest = None;
        let mut sum = 0;
        for (id, resource) in &context.graph.resources {
            let own = resource.properties.as_ref().map_or(0, length::of_json)
                + resource.resource_type.len() as u64
                + id.len() as u64
                + FRAME;
            sum += own;
            if largest.as_ref().is_none_or(|(_, _, size)| own > *size) {
                largest = Some((id, resource, own));
            }
        }
        sum += context.graph.sections.values().map(length::of_json).sum::<u64>();
        let Some((id, resource, own)) = largest.filter(|_| sum * 100 > most * NEAR) else { return };
        let message = format!("the template has at least {sum} bytes; CloudFormation takes {most}");
        let found = if sum > most {
            Diagnostic::error(RULE.code, message)
        } else {
            Diagnostic::warning(RULE.code, message)
        };
        diagnostics.push(
            found
                .at(resource.origin.key_span, format!("the largest part: {own} bytes"))
                .help("move code, definitions and text into files, or parts into nested stacks")
                .path(format!("Resources.{id}")),
        );
    },
};
