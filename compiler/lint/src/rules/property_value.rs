//! C232: values of the wrong shape, outside a list of choices, a pattern or a limit.

use samc_base::{Code, Diagnostic, Diagnostics, Severity, nearest, nearest_list};

use super::attribute_value;
use crate::context::{Context, about, named};
use crate::rule::{On, Rule};
use crate::schema::Problem;

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C232", "property-value"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("property_value.md"),
    check,
};

/// Most choices that a help text lists.
const LISTED: usize = 10;

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for violation in context.violations() {
        let resource = violation.resource;
        // Lambda's own rules know more about these two than the schema does.
        let has_rule = resource.resource_type == *"AWS::Lambda::Function"
            && matches!(violation.problem, Problem::Range { .. })
            && matches!(violation.key(), "Timeout" | "MemorySize");
        if has_rule {
            continue;
        }
        let who = named(violation.id, &resource.origin);
        let subject = if violation.path.is_empty() {
            format!("`Properties` of {who}")
        } else {
            format!("`{}` of {who}", violation.place())
        };
        let Some((message, label, help)) = words(&violation.problem, &subject, violation.key()) else {
            continue;
        };
        let mut found = Diagnostic::error(RULE.code, message).at(violation.span, label).help(help);
        if let Problem::NotAllowed { value, allowed } = &violation.problem {
            found = found.respell(violation.span, value, allowed.iter().copied());
        }
        diagnostics.push(about(found, violation.id, &resource.origin, violation.path()));
    }
    attribute_value::check(RULE.code, context, diagnostics);
}

/// Message, label and help.
fn words(problem: &Problem, subject: &str, key: &str) -> Option<(String, String, String)> {
    Some(match problem {
        Problem::Shape { found, wanted } => (
            format!("{subject} is {found} where {wanted} is wanted"),
            found.trim_end_matches(',').to_owned(),
            format!("give it {wanted}"),
        ),
        Problem::Null => (
            format!("{subject} is empty, and CloudFormation takes no empty values"),
            "nothing here".to_owned(),
            format!("give `{key}` a value, or remove the key"),
        ),
        Problem::NotAllowed { value, allowed } => {
            let help = match nearest(value, allowed.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if allowed.len() <= LISTED => format!("there are: {}", allowed.join(", ")),
                None => {
                    let near = nearest_list(value, allowed.iter().copied(), 3).join(", ");
                    format!("the nearest of the {} it takes: {near}", allowed.len())
                }
            };
            (format!("{subject} is `{value}`, which is not one of the values it takes"), String::new(), help)
        }
        Problem::Pattern { value, pattern, why } => (
            match why {
                Some(why) => format!("{subject} is `{value}`, {}", why.words),
                None => format!("{subject} is `{value}`, which does not have the form that AWS asks for"),
            },
            "not of the form".to_owned(),
            match why {
                Some(why) if why.is_of_arn => {
                    "an ARN is `arn:aws:SERVICE:REGION:ACCOUNT:NAME`, such as \
                     `arn:aws:sqs:eu-central-1:111122223333:jobs`; that of a resource of this template is `!GetAtt NAME.Arn`"
                        .to_owned()
                }
                _ => format!("it must match `{pattern}`"),
            },
        ),
        Problem::Format { value, formats } => {
            let whats: Vec<&str> = formats.iter().map(|f| f.what).collect();
            let example = formats.first().map_or("", |f| f.example);
            (
                format!("{subject} is `{value}`, which is not {}", whats.join(" or ")),
                "not of the form".to_owned(),
                format!("refer to a resource with `!Ref` or `!GetAtt`, or write it out, such as `{example}`"),
            )
        }
        Problem::Count { count, limit, most, unit } => {
            let units = |n: u64| match (*unit, n) {
                ("property", 1) => "1 property".to_owned(),
                ("property", n) => format!("{n} properties"),
                (unit, 1) => format!("1 {unit}"),
                (unit, n) => format!("{n} {unit}s"),
            };
            let bound = if *most { "most" } else { "least" };
            (
                format!("{subject} has {}; the {bound} is {limit}", units(*count)),
                units(*count),
                format!("give it at {bound} {}", units(*limit)),
            )
        }
        Problem::Range { value, limit, most } => {
            let bound = if *most { "most" } else { "least" };
            (
                format!("{subject} is {value}; the {bound} is {limit}"),
                format!("at {bound} {limit}"),
                format!("set it to {limit} or {}", if *most { "less" } else { "more" }),
            )
        }
        Problem::Twice { value } => (
            format!("{subject} has {value} a second time, and each item may be there once"),
            "again".to_owned(),
            "remove the repetition".to_owned(),
        ),
        Problem::NoForm { forms } => (
            format!("{subject} has none of the {forms} forms it may have"),
            String::new(),
            format!("look up the forms of `{key}` in the reference of the type"),
        ),
        Problem::Unknown { .. }
        | Problem::ReadOnly { .. }
        | Problem::Refers { .. }
        | Problem::Missing { .. }
        | Problem::NoneOf { .. }
        | Problem::Exclusive { .. }
        | Problem::Without { .. } => return None,
    })
}
