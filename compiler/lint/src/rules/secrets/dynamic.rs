//! Dynamic references, `{{resolve:…}}`: how they are written, and where CloudFormation looks them up.
//!
//! Source: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".

use samc_base::{Code, Diagnostic, Diagnostics, Span};
use samc_ir::{Expr, Kind, Map};

use crate::context::{Context, about};
use crate::query::name;

const OPEN: &str = "{{resolve:";

/// The properties that take a secure string of the parameter store.
/// Source: "Get a secure string value from Systems Manager Parameter Store", in the same guide.
const SECURE: &[(&str, &str)] = &[
    ("AWS::DirectoryService::MicrosoftAD", "Password"),
    ("AWS::DirectoryService::SimpleAD", "Password"),
    ("AWS::ElastiCache::ReplicationGroup", "AuthToken"),
    ("AWS::IAM::User", "LoginProfile.Password"),
    ("AWS::KinesisFirehose::DeliveryStream", "RedshiftDestinationConfiguration.Password"),
    ("AWS::OpsWorks::App", "AppSource.Password"),
    ("AWS::OpsWorks::Stack", "CustomCookbooksSource.Password"),
    ("AWS::OpsWorks::Stack", "RdsDbInstances.DbPassword"),
    ("AWS::RDS::DBCluster", "MasterUserPassword"),
    ("AWS::RDS::DBInstance", "MasterUserPassword"),
    ("AWS::Redshift::Cluster", "MasterUserPassword"),
];

/// Tells of references that are not looked up, or that the deployment fails on.
pub(super) fn check(code: Code, context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, resource) in &context.graph.resources {
        let Some(properties) = &resource.properties else { continue };
        each(properties, "", &mut |path, reference, span| {
            let takes_secure =
                SECURE.iter().any(|(of, key)| resource.resource_type == **of && *key == keys_of(path));
            let problem = malformed(reference).or_else(|| {
                (reference.starts_with("ssm-secure:") && !takes_secure).then(|| Problem {
                    what: format!("is a secure string, which CloudFormation does not look up in {path}"),
                    help: "keep it in Secrets Manager, or let the code read the parameter",
                })
            });
            let Some(problem) = problem else { return };
            let message = format!("`{{{{resolve:{reference}}}}}` of {} {}", name(id, resource), problem.what);
            let found = Diagnostic::warning(code, message).at(span, "not looked up").help(problem.help);
            let path = format!("Resources.{id}.Properties.{path}");
            diagnostics.push(about(found, id, &resource.origin, path));
        });
    }
    for (id, output) in context.graph.outputs().into_iter().flat_map(Map::iter) {
        each(output, "", &mut |path, reference, span| {
            let is_secret = ["secretsmanager:", "ssm-secure:"].iter().any(|s| reference.starts_with(s));
            let problem = malformed(reference).or_else(|| {
                is_secret.then(|| Problem {
                    what: "is looked up in properties of resources alone".to_owned(),
                    help: "take it out: an output shows its value to everybody who sees the stack",
                })
            });
            let Some(problem) = problem else { return };
            let message = format!("`{{{{resolve:{reference}}}}}` in the output {id} {}", problem.what);
            let found = Diagnostic::warning(code, message).at(span, "not looked up").help(problem.help);
            diagnostics.push(found.path(format!("Outputs.{id}.{path}")));
        });
    }
}

struct Problem {
    what: String,
    help: &'static str,
}

/// The path without the numbers of items.
fn keys_of(path: &str) -> String {
    path.split('.').filter(|key| key.parse::<usize>().is_err()).collect::<Vec<_>>().join(".")
}

/// Calls `visit` with the path and the inner text of every reference whose text is known.
fn each(value: &Expr, path: &str, visit: &mut dyn FnMut(&str, &str, Option<Span>)) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match &value.kind {
        Kind::String(text) => {
            for rest in text.split(OPEN).skip(1) {
                // What is put in at deployment may be anything.
                if let Some((reference, _)) = rest.split_once("}}").filter(|(r, _)| !r.contains("${")) {
                    visit(path, reference, value.span);
                }
            }
        }
        Kind::List(items) => {
            items.iter().enumerate().for_each(|(i, item)| each(item, &below(&i.to_string()), visit));
        }
        Kind::Map(map) => map.iter().for_each(|(key, inner)| each(inner, &below(key), visit)),
        // The parts of a text that is put together are no whole references, but those of a condition are.
        Kind::Call(samc_ir::Function::If, argument) => {
            argument.as_list().into_iter().flatten().for_each(|arm| each(arm, path, visit));
        }
        _ => {}
    }
}

/// What is wrong with the form of a reference.
fn malformed(reference: &str) -> Option<Problem> {
    let (service, rest) = reference.split_once(':').unwrap_or((reference, ""));
    let problem = |what: String, help| Some(Problem { what, help });
    match service {
        "ssm" | "ssm-secure" => {
            let (parameter, version) = match rest.rsplit_once(':') {
                // A parameter that is shared has an ARN.
                Some((arn, last)) if rest.starts_with("arn:") && last.contains('/') => (arn, None),
                Some((parameter, version)) => (parameter, Some(version)),
                None => (rest, None),
            };
            let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-/:".contains(c);
            if parameter.is_empty() || !parameter.chars().all(is_name) {
                return problem(
                    "names no parameter".to_owned(),
                    "names of parameters have letters, digits and `_.-/`",
                );
            }
            match version {
                Some(version) if !version.chars().all(|c| c.is_ascii_digit()) || version.is_empty() => {
                    problem(
                        format!("has the version `{version}`, which is no number"),
                        "write {{resolve:ssm:name:1}}, or leave the version out for the newest",
                    )
                }
                _ => None,
            }
        }
        "secretsmanager" => {
            let mut parts: Vec<&str> = rest.split(':').collect();
            if rest.starts_with("arn:") {
                // An ARN has seven parts.
                parts.drain(1..parts.len().min(7));
            }
            let secret = parts.first().is_none_or(|secret| secret.is_empty());
            match parts.get(1) {
                _ if secret => problem(
                    "names no secret".to_owned(),
                    "write {{resolve:secretsmanager:name:SecretString:key}}",
                ),
                Some(form) if !form.is_empty() && *form != "SecretString" => problem(
                    format!("asks for `{form}`, and a secret has SecretString alone"),
                    "write {{resolve:secretsmanager:name:SecretString:key}}",
                ),
                _ if parts.len() > 5 => problem(
                    "has more parts than there are".to_owned(),
                    "they are secret, SecretString, key, version stage and version id",
                ),
                _ => None,
            }
        }
        other => problem(
            format!("asks `{other}`, which CloudFormation does not know"),
            "there are ssm, ssm-secure and secretsmanager",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::malformed;

    #[test]
    fn references_have_the_form_of_their_service() {
        for sound in [
            "ssm:/app/name",
            "ssm:name:12",
            "ssm:arn:aws:ssm:us-east-1:123456789012:parameter/shared",
            "ssm-secure:pw:1",
            "secretsmanager:db",
            "secretsmanager:db:SecretString:password",
            "secretsmanager:db:SecretString:password:AWSPREVIOUS",
            "secretsmanager:db::password",
            "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3",
            "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3:SecretString:password",
        ] {
            assert!(
                malformed(sound).is_none(),
                "{sound}: {}",
                malformed(sound).map_or_else(String::new, |p| p.what)
            );
        }
        for wrong in [
            "ssm:",
            "ssm:a b",
            "ssm:name:latest",
            "secretsmanager:",
            "secretsmanager:db:String:x",
            "vault:x",
            "ssm",
        ] {
            assert!(malformed(wrong).is_some(), "{wrong}");
        }
    }
}
