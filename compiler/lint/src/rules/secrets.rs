//! S313 and S314: credentials that are written into the template, or shown by its parameters.

mod dynamic;
pub(super) mod looks;

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_ir::{Expr, Map, Resource};

use crate::context::{Context, about};
use crate::query::{Known, flag, items, member, name, name_span, property, text};
use crate::rule::{On, Profile, Rule};

/// A credential in the template.
pub(super) static LITERAL: Rule = Rule {
    code: Code::new("S313", "secret-literal"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("secret_literal.md"),
    check: literal,
};

/// A credential that comes in by a parameter that shows it.
pub(super) static PARAMETER: Rule = Rule {
    code: Code::new("S314", "secret-param"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("secret_parameter.md"),
    check: parameter,
};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

/// The properties that hold a credential.
const PLACES: &[(&str, &str)] = &[
    ("AWS::Amplify::App", "AccessToken"),
    ("AWS::Amplify::App", "OauthToken"),
    ("AWS::DMS::Endpoint", "Password"),
    ("AWS::DocDB::DBCluster", "MasterUserPassword"),
    ("AWS::ElastiCache::ReplicationGroup", "AuthToken"),
    ("AWS::Events::Connection", "AuthParameters.ApiKeyAuthParameters.ApiKeyValue"),
    ("AWS::Events::Connection", "AuthParameters.BasicAuthParameters.Password"),
    ("AWS::Events::Connection", "AuthParameters.OAuthParameters.ClientParameters.ClientSecret"),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey",
    ),
    ("AWS::KinesisFirehose::DeliveryStream", "RedshiftDestinationConfiguration.Password"),
    ("AWS::KinesisFirehose::DeliveryStream", "SnowflakeDestinationConfiguration.PrivateKey"),
    ("AWS::KinesisFirehose::DeliveryStream", "SplunkDestinationConfiguration.HECToken"),
    ("AWS::Lambda::Permission", "EventSourceToken"),
    ("AWS::OpenSearchService::Domain", "AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword"),
    ("AWS::RDS::DBCluster", "MasterUserPassword"),
    ("AWS::RDS::DBInstance", "MasterUserPassword"),
    ("AWS::Redshift::Cluster", "MasterUserPassword"),
    ("AWS::RedshiftServerless::Namespace", "AdminUserPassword"),
    ("AWS::SecretsManager::Secret", "SecretString"),
    ("AWS::Cognito::UserPoolIdentityProvider", "ProviderDetails.client_secret"),
];

/// The properties of a resource that hold a credential, where they are written.
fn places(resource: &Resource) -> impl Iterator<Item = (&'static str, &Expr)> {
    let of_type = PLACES.iter().filter(|(name, _)| resource.resource_type == **name);
    of_type.filter_map(|(_, path)| Some((*path, property(resource, path).value()?)))
}

fn literal(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, resource) in &context.graph.resources {
        for (path, value) in places(resource) {
            let Some(secret) = value.as_str() else { continue };
            // The token of an Alexa skill is its id, which is no secret.
            let is_skill = path == "EventSourceToken" && secret.starts_with("amzn1.");
            if !secret.is_empty() && !is_skill && !looks::is_placeholder(secret) {
                let what = path.rsplit('.').next().unwrap_or(path);
                push(id, resource, value, path, &format!("{what} of {}", name(id, resource)), diagnostics);
            }
        }
        match &*resource.resource_type {
            "AWS::Lambda::Function" => {
                let variables = property(resource, "Environment.Variables").value().and_then(Expr::as_map);
                for (key, value) in variables.into_iter().flat_map(Map::iter) {
                    let Some(secret) = value.as_str() else { continue };
                    let named = looks::names_a_secret(key) && looks::is_random(secret);
                    if looks::is_known_key(secret) || (named && !looks::is_placeholder(secret)) {
                        let path = format!("Environment.Variables.{key}");
                        let what = format!("the variable {key} of {}", name(id, resource));
                        push(id, resource, value, &path, &what, diagnostics);
                    }
                }
            }
            "AWS::SSM::Parameter" => {
                let called = text(resource, "Name").unwrap_or(id);
                let Some(value) = property(resource, "Value").value() else { continue };
                let Some(secret) = value.as_str() else { continue };
                let named = looks::names_a_secret(called) && looks::is_random(secret);
                let meant = !looks::is_placeholder(secret) && !looks::is_placeholder(called);
                if (named || looks::is_known_key(secret)) && meant {
                    push(id, resource, value, "Value", &format!("the value of {called}"), diagnostics);
                }
            }
            _ => {}
        }
    }
}

fn push(
    id: &LogicalId,
    resource: &Resource,
    value: &Expr,
    path: &str,
    what: &str,
    diagnostics: &mut Diagnostics,
) {
    let found = Diagnostic::warning(LITERAL.code, format!("{what} is a credential that the template shows"))
        .at(value.span.or(name_span(resource)), "in plain text")
        .help("keep it in Secrets Manager and write {{resolve:secretsmanager:name:SecretString:key}}");
    diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.Properties.{path}")));
}

fn parameter(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    dynamic::check(PARAMETER.code, context, diagnostics);
    let Some(parameters) = context.graph.parameters() else { return };
    let more = context.wants_more(PARAMETER.code, PROFILES);
    let mut used: FxHashSet<&str> = FxHashSet::default();
    for resource in context.graph.resources.values() {
        used.extend(places(resource).filter_map(|(_, value)| value.as_ref_to()));
    }
    let shown = if more { shown(context) } else { FxHashSet::default() };
    for (id, parameter) in parameters.iter() {
        let hidden = match member(parameter, "NoEcho") {
            Known::Unknown => continue,
            known => flag(known) == Some(true),
        };
        let kind = member(parameter, "Type").value().and_then(Expr::as_str).unwrap_or("String");
        let is_secret = used.contains(&**id) || (more && looks::names_a_secret(id));
        // What is only the name of a parameter in SSM is no secret.
        if !kind.eq_ignore_ascii_case("String") || !(is_secret || (more && hidden)) {
            continue;
        }
        let default =
            member(parameter, "Default").value().filter(|d| d.as_str().is_some_and(|t| !t.is_empty()));
        let key = parameters.key_span(id);
        let (message, at, label, help) = if !hidden {
            (
                format!("the parameter {id} holds a secret, and everybody who sees the stack sees it"),
                key,
                "no NoEcho",
                "add NoEcho: true",
            )
        } else if let Some(default) = default.filter(|_| more) {
            (
                format!("the secret parameter {id} has a default that the template shows"),
                default.span.or(key),
                "in plain text",
                "leave Default out, and change what has been in the repository",
            )
        } else if shown.contains(&**id) {
            (
                format!(
                    "the secret parameter {id} can be read again in outputs, metadata or the environment of a function"
                ),
                key,
                "NoEcho does not reach there",
                "keep it in Secrets Manager and let the function read it",
            )
        } else if more && used.contains(&**id) {
            (
                format!("the secret parameter {id} has to be known and given by whoever deploys"),
                key,
                "a secret that passes through hands",
                "leave it out, and write {{resolve:secretsmanager:name:SecretString:key}} where it is used",
            )
        } else {
            continue;
        };
        let found = Diagnostic::warning(PARAMETER.code, message).at(at, label).help(help);
        diagnostics.push(found.path(format!("Parameters.{id}")));
    }
}

/// The parameters that outputs, metadata and environments show.
fn shown<'g>(context: &Context<'g>) -> FxHashSet<&'g str> {
    let mut found = FxHashSet::default();
    let mut add = |value: &'g Expr| value.walk(&mut |e| found.extend(e.as_ref_to()));
    for output in context.graph.outputs().into_iter().flat_map(Map::values) {
        add(output);
    }
    context.graph.section("Metadata").into_iter().flat_map(Map::values).for_each(&mut add);
    context.graph.resources.values().filter_map(|r| r.attributes.get("Metadata")).for_each(&mut add);
    for (_, function) in context.of_type("AWS::Lambda::Function") {
        items(property(function, "Environment.Variables").value()).for_each(&mut add);
    }
    found
}
