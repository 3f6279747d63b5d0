//! C231: properties that must be there, or must not be there together.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use super::table_definition;
use crate::context::{Context, about, named};
use crate::rule::{On, Rule};
use crate::schema::Problem;

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C231", "required-property"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("required_property.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for violation in context.violations() {
        let resource = violation.resource;
        let name = named(violation.id, &resource.origin);
        let subject = if violation.path.is_empty() {
            format!("{name} ({})", resource.resource_type)
        } else {
            format!("`{}` of {name}", violation.place())
        };
        let found = match &violation.problem {
            Problem::Missing { name } => {
                Diagnostic::error(RULE.code, format!("{subject} has no `{name}`, which must be there"))
                    .at(violation.span, format!("needs `{name}`"))
                    .help(format!("add `{name}`"))
            }
            Problem::NoneOf { names } => {
                let list = list(names, "or");
                Diagnostic::error(RULE.code, format!("{subject} has none of {list}, and needs one of them"))
                    .at(violation.span, "needs one of them")
                    .help(format!("add {list}"))
            }
            Problem::Exclusive { names } => {
                let list = list(names, "and");
                Diagnostic::error(RULE.code, format!("{subject} has {list}, which exclude each other"))
                    .at(violation.span, "has both")
                    .help("keep one of them and remove the rest")
            }
            Problem::Without { name, other } => {
                Diagnostic::error(RULE.code, format!("{subject} has `{name}` without `{other}`"))
                    .at(violation.span, format!("needs `{other}`"))
                    .help(format!("add `{other}`, or remove `{name}`"))
            }
            _ => continue,
        };
        diagnostics.push(about(found, violation.id, &resource.origin, violation.path()));
    }
    // Of tables the schema asks for less than DynamoDB does.
    table_definition::undefined(RULE.code, context, diagnostics);
}

/// `a`, `b` or `c`.
fn list(names: &[&str], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} {word} {last}", others.join(", ")),
    }
}
