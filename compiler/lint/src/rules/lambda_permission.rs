//! C219: permissions for one service with the ARN of another.

use samc_base::{Code, Diagnostic, Severity};
use samc_ir::{Expr, Function, Kind};

use crate::context::about;
use crate::rule::{On, Rule};

/// Principals, with the services in the ARNs that they come with.
const SERVICES: &[(&str, &[&str])] = &[
    ("apigateway.amazonaws.com", &["execute-api", "apigateway"]),
    ("events.amazonaws.com", &["events"]),
    ("iot.amazonaws.com", &["iot"]),
    ("logs.amazonaws.com", &["logs"]),
    ("s3.amazonaws.com", &["s3"]),
    ("sns.amazonaws.com", &["sns"]),
    ("sqs.amazonaws.com", &["sqs"]),
    ("scheduler.amazonaws.com", &["scheduler"]),
    ("cognito-idp.amazonaws.com", &["cognito-idp"]),
    ("elasticloadbalancing.amazonaws.com", &["elasticloadbalancing"]),
    ("secretsmanager.amazonaws.com", &["secretsmanager"]),
];

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C219", "permission-principal"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("permission_principal.md"),
    check: |context, diagnostics| {
        for (id, resource) in context.of_type("AWS::Lambda::Permission") {
            let (Some(principal), Some(arn)) =
                (resource.property("Principal"), resource.property("SourceArn"))
            else {
                continue;
            };
            let Some((name, services)) =
                principal.as_str().and_then(|p| SERVICES.iter().find(|(name, _)| *name == p))
            else {
                continue;
            };
            let Some(service) = service_of(arn) else { continue };
            if services.contains(&service.as_str()) {
                continue;
            }
            let source = resource.origin.source.as_deref().unwrap_or(id);
            let message =
                format!("{source} lets {name} call on behalf of an ARN of {service}, which never happens");
            let found = Diagnostic::error(RULE.code, message)
                .at(arn.span.or(resource.origin.key_span), format!("an ARN of {service}"))
                .label(principal.span, "the service that may call")
                .help(match SERVICES.iter().find(|(_, s)| s.contains(&service.as_str())) {
                    Some((right, _)) => format!("the principal for it is {right}"),
                    None => "name the service that the ARN belongs to, or its ARN".to_owned(),
                });
            let path = format!("Resources.{id}.Properties.SourceArn");
            diagnostics.push(about(found, id, &resource.origin, path));
        }
    },
};

/// The service in an ARN that is written out, or begins so in an `Fn::Sub` or `Fn::Join`.
fn service_of(arn: &Expr) -> Option<String> {
    let text = match &arn.kind {
        Kind::String(text) => text.to_string(),
        Kind::Call(Function::Sub, argument) => {
            let text = argument.as_str().or_else(|| argument.as_list()?.first()?.as_str())?;
            // Colons inside of variables are none of the ARN's.
            text.replace("${AWS::", "${")
        }
        Kind::Call(Function::Join, argument) => {
            let [separator, parts] = argument.as_list()? else { return None };
            let parts: Option<Vec<&str>> =
                parts.as_list()?.iter().take(3).map(|p| p.as_str().or(Some("?"))).collect();
            parts?.join(separator.as_str()?)
        }
        _ => return None,
    };
    let mut parts = text.split(':');
    let (Some("arn"), Some(_), Some(service)) = (parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    let is_plain = !service.is_empty() && service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_plain.then(|| service.to_owned())
}
