//! C220: parts of an API that belong to another API, and deployments that may come before the methods.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Expr, Resource, references};

use crate::context::Context;
use crate::query::{at_property, name, property, text};
use crate::rule::{On, Rule};

/// API Gateway refuses to put together what is not of one API.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C220", "apigw-wiring"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("api_wiring.md"),
    check: |context, diagnostics| {
        parts(context, diagnostics);
        authorizers(context, diagnostics);
        early(context, diagnostics);
    },
};

/// A type, the property that names its API, and the properties that name other parts of the same API.
type Row = (&'static str, &'static str, &'static [&'static str]);

/// Source: the reference of the types, where these properties are described.
const PARTS: &[Row] = &[
    ("AWS::ApiGateway::BasePathMapping", "RestApiId", &["Stage"]),
    ("AWS::ApiGateway::Method", "RestApiId", &["AuthorizerId", "RequestValidatorId", "ResourceId"]),
    ("AWS::ApiGateway::Resource", "RestApiId", &["ParentId"]),
    ("AWS::ApiGateway::Stage", "RestApiId", &["DeploymentId"]),
    ("AWS::ApiGatewayV2::ApiMapping", "ApiId", &["Stage"]),
    ("AWS::ApiGatewayV2::IntegrationResponse", "ApiId", &["IntegrationId"]),
    ("AWS::ApiGatewayV2::Route", "ApiId", &["AuthorizerId", "Target"]),
    ("AWS::ApiGatewayV2::RouteResponse", "ApiId", &["RouteId"]),
    ("AWS::ApiGatewayV2::Stage", "ApiId", &["DeploymentId"]),
];

fn parts(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, resource) in &context.graph.resources {
        let Some((_, key, others)) = PARTS.iter().find(|(name, ..)| resource.resource_type == **name) else {
            continue;
        };
        let Some(own) = api(context, resource, key) else { continue };
        for place in *others {
            let Some(value) = property(resource, place).value() else { continue };
            let mut part = None;
            references::each(value, false, &mut |r| {
                part = part.or(context.graph.resources.get_key_value(r.name));
            });
            let Some((part_id, part)) = part else { continue };
            let is_part = part.resource_type.starts_with("AWS::ApiGateway");
            let Some(other) = api(context, part, key).filter(|other| is_part && *other != own) else {
                continue;
            };
            let message = format!(
                "{} is of the API {}, and {} that it names is of {}",
                name(id, resource),
                shown(own),
                name(part_id, part),
                shown(other)
            );
            let found = Diagnostic::error(RULE.code, message).help("name the same API in both");
            let here = property(resource, key).value().and_then(|v| v.span);
            let there = property(part, key).value().and_then(|v| v.span);
            // A deployment is made for its stages, so it is the one that is wrong.
            let found = if *place == "DeploymentId" {
                let found = found.label(here, format!("used for {}", shown(own)));
                at_property(found, part_id, part, key, format!("of {}", shown(other)))
            } else {
                let found = found
                    .label(here, format!("of {}", shown(own)))
                    .label(there, format!("of {}", shown(other)));
                at_property(found, id, resource, place, "of another API")
            };
            diagnostics.push(found);
        }
    }
}

/// A way of authorization, and the types of authorizers that it is for.
/// Source: the reference of AWS::ApiGateway::Method and AWS::ApiGatewayV2::Route.
const AUTHORIZATION: &[(&str, &str, &str, &[&str])] = &[
    ("AWS::ApiGateway::Method", "Type", "CUSTOM", &["TOKEN", "REQUEST"]),
    ("AWS::ApiGateway::Method", "Type", "COGNITO_USER_POOLS", &["COGNITO_USER_POOLS"]),
    ("AWS::ApiGatewayV2::Route", "AuthorizerType", "CUSTOM", &["REQUEST"]),
    ("AWS::ApiGatewayV2::Route", "AuthorizerType", "JWT", &["JWT"]),
];

/// Methods and routes whose authorizer is of another kind than they say.
fn authorizers(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, resource) in &context.graph.resources {
        let Some(kind) = text(resource, "AuthorizationType") else { continue };
        let row = AUTHORIZATION.iter().find(|(of, _, way, _)| resource.resource_type == **of && *way == kind);
        let Some((_, key, _, fitting)) = row else { continue };
        let named = property(resource, "AuthorizerId").value().and_then(Expr::as_ref_to);
        let Some((other_id, other)) = named.and_then(|id| context.graph.resources.get_key_value(id)) else {
            continue;
        };
        let Some(given) = text(other, key).filter(|given| !fitting.contains(given)) else { continue };
        let message = format!(
            "{} asks for authorization by {kind}, and {} is an authorizer of the type {given}",
            name(id, resource),
            name(other_id, other)
        );
        let found = Diagnostic::error(RULE.code, message)
            .label(property(other, key).value().and_then(|v| v.span), format!("of the type {given}"))
            .help(format!("an authorizer for {kind} is of the type {}", fitting.join(" or ")));
        diagnostics.push(at_property(found, id, resource, "AuthorizationType", format!("by {kind}")));
    }
}

/// What a part says which API it is of, where that can be compared: written out, or a resource of the template.
fn api<'g>(context: &Context<'g>, part: &'g Resource, key: &str) -> Option<&'g Expr> {
    let value = property(part, key).value()?;
    let is_known = value.as_str().is_some_and(|text| !text.contains("{{"))
        || value.as_ref_to().is_some_and(|id| context.graph.resources.contains_key(id));
    is_known.then_some(value)
}

fn shown(api: &Expr) -> String {
    format!("`{}`", api.as_str().or(api.as_ref_to()).unwrap_or("?"))
}

/// A deployment is a picture of the API: where nothing makes it wait for the methods, it may be taken before them.
fn early(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut with_methods = FxHashSet::default();
    for (_, method) in context.of_type("AWS::ApiGateway::Method") {
        with_methods.extend(property(method, "RestApiId").value().and_then(Expr::as_ref_to));
    }
    for (id, deployment) in context.of_type("AWS::ApiGateway::Deployment") {
        let api = property(deployment, "RestApiId").value().and_then(Expr::as_ref_to);
        let Some(api) = api.filter(|api| with_methods.contains(api)) else { continue };
        let described = |r: &Resource| ["Body", "BodyS3Location"].iter().any(|key| r.property(key).is_some());
        let waits = deployment.attributes.get("DependsOn").is_some_and(Expr::is_truthy);
        let mut refers = false;
        if let Some(properties) = &deployment.properties {
            references::each(properties, false, &mut |r| refers |= r.name != api);
        }
        if waits || refers || context.graph.resources.get(api).is_none_or(described) {
            continue;
        }
        let message = format!(
            "{} waits for no method of {api}: made before them, it has none, or CloudFormation fails on it",
            name(id, deployment)
        );
        let found =
            Diagnostic::warning(RULE.code, message).help("name the methods in DependsOn of the deployment");
        diagnostics.push(at_property(found, id, deployment, "RestApiId", "no DependsOn"));
    }
}
