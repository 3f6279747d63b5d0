//! C230: properties that a resource type does not have, or that only AWS sets.

use samc_base::{Code, Diagnostic, Diagnostics, Severity, nearest};

use crate::context::{Context, a, about, named};
use crate::rule::{On, Rule};
use crate::schema::Problem;

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C230", "unknown-property"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("unknown_property.md"),
    check,
};

/// Most names that a help text lists.
const LISTED: usize = 12;

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for violation in context.violations() {
        let resource = violation.resource;
        let who = named(violation.id, &resource.origin);
        let kind = &resource.resource_type;
        let found = match &violation.problem {
            Problem::Unknown { name, known, pattern: Some(pattern) } if known.is_empty() => {
                let parent = violation.place();
                let parent = parent.strip_suffix(name.as_str()).unwrap_or("").trim_end_matches('.');
                let message = format!("`{name}` is not a name that `{parent}` of {} takes", who);
                Diagnostic::error(RULE.code, message)
                    .at(violation.span, "not of the form")
                    .help(format!("names here must match `{pattern}`"))
            }
            Problem::Unknown { name, known, .. } => {
                let place = violation.place();
                let message = match place.strip_suffix(name.as_str()).filter(|p| !p.is_empty()) {
                    None => format!("{who} is {}, which has no property `{name}`", a(kind)),
                    Some(parent) => {
                        let parent = parent.trim_end_matches('.');
                        format!("`{parent}` of {who}, {}, has no key `{name}`", a(kind))
                    }
                };
                let near = nearest(name, known.iter().copied());
                let label = near.map_or_else(
                    || "not known to CloudFormation".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let diagnostic = Diagnostic::error(RULE.code, message).at(violation.span, label).respell(
                    violation.span,
                    name,
                    known.iter().copied(),
                );
                match near {
                    Some(_) => diagnostic,
                    None if !known.is_empty() && known.len() <= LISTED => {
                        diagnostic.help(format!("there are: {}", known.join(", ")))
                    }
                    None => {
                        diagnostic.help("remove the key, or look up its name in the reference of the type")
                    }
                }
            }
            // Some services take such a value after all, so this alone does not stop a build.
            Problem::ReadOnly { name } => {
                let message = format!("`{name}` of {} is set by AWS; what is given here is not used", who);
                Diagnostic::warning(RULE.code, message)
                    .at(violation.span, "only to be read")
                    .help(format!("remove it; `!GetAtt {}.{name}` reads it", violation.id))
            }
            _ => continue,
        };
        diagnostics.push(about(found, violation.id, &resource.origin, violation.path()));
    }
}
