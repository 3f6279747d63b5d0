//! What families of events have in common: the permission to call the function, and what is told about an event
//! that is incomplete.

use samc_base::codes;
use samc_ir::{Expr, Map, Resource};

use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::text;

/// Lets a service call a function; `source` is the ARN of what may call it.
pub(super) fn permission(
    (function, event): (&Function, &Event),
    id: String,
    principal: impl Into<Expr>,
    source: Option<Expr>,
    out: &mut Output<'_>,
) {
    let mut properties = Map::from([
        ("FunctionName", function.target()),
        ("Action", "lambda:InvokeFunction".into()),
        ("Principal", principal.into()),
    ]);
    if let Some(source) = source {
        properties.insert("SourceArn", source);
    }
    let resource = out.add(id, "AWS::Lambda::Permission", properties, &event.origin);
    wait_for_alias(function, resource);
}

/// Makes a resource wait for the alias of the function it calls, where there is one.
pub(super) fn wait_for_alias(function: &Function, resource: &mut Resource) {
    if let Some(alias) = function.target_depends_on() {
        resource.attributes.insert("DependsOn", vec![alias]);
    }
}

/// The ARN of something of a service in this account and region, by its last parts.
pub(super) fn in_account(service: &str, last: Vec<Expr>) -> Expr {
    let mut parts = vec![
        "arn".into(),
        Expr::reference("AWS::Partition"),
        service.into(),
        Expr::reference("AWS::Region"),
        Expr::reference("AWS::AccountId"),
    ];
    parts.extend(last);
    Expr::join(":", parts)
}

/// The settings an event cannot do without, in the order of their names. None where one is missing, which is
/// reported with the form that `example` shows.
pub(super) fn required<'a, const N: usize>(
    (function, event): (&Function, &'a Event),
    names: [&str; N],
    example: &str,
    out: &mut Output<'_>,
) -> Option<[&'a Expr; N]> {
    let missing: Vec<&str> = names.iter().copied().filter(|name| event.setting(name).is_none()).collect();
    if missing.is_empty() {
        let mut settings = names.iter().filter_map(|name| event.setting(name));
        let all = [(); N].map(|()| settings.next());
        return all.iter().all(Option::is_some).then(|| all.map(|setting| setting.unwrap_or(&event.value)));
    }
    let kind = article(&event.kind);
    out.error(
        codes::MISSING_PROPERTY,
        &event.origin,
        format!("{kind} event of {} has no {}", function.key, missing.join(" and no ")),
        event.value.span,
        "incomplete",
        &format!("write it as `{example}`"),
    );
    None
}

/// A setting as text, also where it is written as a number. None where it is no text, such as a call of an intrinsic function, which is reported.
pub(super) fn as_text(
    (function, event): (&Function, &Event),
    name: &str,
    value: &Expr,
    help: &str,
    out: &mut Output<'_>,
) -> Option<String> {
    let text = text(value);
    if text.is_none() {
        out.error(
            codes::WRONG_TYPE,
            &event.origin,
            format!(
                "{name} of {} event of {} is {}, and must be text",
                article(&event.kind),
                function.key,
                value.kind_name()
            ),
            value.span,
            "not text",
            help,
        );
    }
    text
}

/// A kind with its article.
pub(super) fn article(kind: &str) -> String {
    // These begin with a vowel as they are spoken.
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u'])
        || ["http", "httpApi", "s3", "sns", "sqs", "msk"].contains(&kind);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
