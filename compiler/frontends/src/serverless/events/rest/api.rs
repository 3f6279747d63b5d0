//! The REST API itself. Source: lib/rest-api.js and lib/validate.js of the events `api-gateway` of osls 3.77.1.

use samc_base::{Span, codes, nearest};
use samc_ir::{Expr, Kind, Map};

use super::Api;
use crate::serverless::names::REST_API;
use crate::serverless::output::Output;
use crate::serverless::value::{given, given_at, listed, set, tags};

/// The kinds of endpoints a REST API can have.
/// Source: AWS::ApiGateway::RestApi EndpointConfiguration in the CloudFormation guide, November 2025.
const ENDPOINT_TYPES: [&str; 3] = ["EDGE", "REGIONAL", "PRIVATE"];

impl Api<'_> {
    /// What an API of another stack needs, and what cannot be set on it. False where nothing can be made on it.
    pub(super) fn check(&self, out: &mut Output<'_>) -> bool {
        let Some(id) = self.external() else { return true };
        let has_root = given(self.settings, "restApiRootResourceId").is_some();
        if !has_root {
            out.error(
                codes::MISSING_PROPERTY,
                &self.origin,
                "`restApiId` names an API of another stack, and its root resource is not named",
                id.span,
                "`restApiRootResourceId` missing",
                "add `restApiRootResourceId`, the id of the resource `/` of that API, beside `restApiId`",
            );
        }
        for (section, key) in [("tracing", "apiGateway"), ("logs", "restApi")] {
            let section_map = self.service.provider.get(section).and_then(Expr::as_map);
            let entry = section_map.and_then(|map| map.entry(key)).filter(|entry| !entry.value.is_null());
            let Some(entry) = entry else { continue };
            out.error(
                codes::EXCLUSIVE_PROPERTIES,
                &self.origin,
                format!("`provider.{section}.{key}` cannot be set on an API of another stack, which `restApiId` names"),
                entry.key_span.or(entry.value.span),
                "belongs to the stack of the API",
                "set it where the API is made, or take out `restApiId`",
            );
        }
        has_root
    }

    /// The stage becomes a part of the address, and has the letters that API Gateway allows there.
    pub(super) fn check_stage(&self, out: &mut Output<'_>) {
        let stage = &self.service.stage;
        let is_allowed = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
        if stage.is_empty() || !stage.chars().all(is_allowed) {
            out.error(
                codes::INVALID_VALUE,
                &self.origin,
                format!("the stage `{stage}` cannot be one of a REST API"),
                self.service.provider.get("stage").and_then(|stage| stage.span),
                "not a name of a stage",
                "name the stage with letters, digits, `-` and `_`",
            );
        }
    }

    fn name(&self) -> Expr {
        let service = self.service;
        let usual = || match given(self.settings, "shouldStartNameWithService") {
            Some(_) => service.prefix(),
            None => format!("{}-{}", service.stage, service.name),
        };
        given(&service.provider, "apiName").cloned().unwrap_or_else(|| usual().into())
    }

    /// Adds the API, unless it is one of another stack.
    pub(super) fn make(&self, out: &mut Output<'_>) {
        if self.external().is_some() {
            return;
        }
        let settings = self.settings;
        let some = |key: &str| settings.get(key).filter(|value| !value.is_null());
        let mut properties = Map::from([("Name", self.name())]);
        set(&mut properties, "BinaryMediaTypes", given(settings, "binaryMediaTypes").map(listed).as_ref());
        set(&mut properties, "DisableExecuteApiEndpoint", some("disableDefaultEndpoint"));
        properties.insert("EndpointConfiguration", self.endpoint_configuration(out));
        set(&mut properties, "SecurityPolicy", given_at(settings, &["endpoint", "securityPolicy"]));
        if let Some(mode) = given_at(settings, &["endpoint", "accessMode"]) {
            properties.insert("EndpointAccessMode", upper(mode));
        }
        if let Some(map) = given(&self.service.provider, "tags").and_then(Expr::as_map) {
            properties.insert("Tags", tags(map));
        }
        let policy = given(settings, "resourcePolicy").filter(|policy| match &policy.kind {
            Kind::List(statements) => !statements.is_empty(),
            Kind::Map(statement) => !statement.is_empty(),
            _ => true,
        });
        // An empty text takes away a policy that the API had before.
        let policy = policy.map_or_else(
            || "".into(),
            |statement| Expr::from([("Version", "2012-10-17".into()), ("Statement", statement.clone())]),
        );
        properties.insert("Policy", policy);
        if let Some(source) = given(settings, "apiKeySourceType") {
            properties.insert("ApiKeySourceType", upper(source));
        }
        set(&mut properties, "MinimumCompressionSize", some("minimumCompressionSize"));
        set(&mut properties, "Description", given(settings, "description"));
        out.add(REST_API, "AWS::ApiGateway::RestApi", properties, &self.origin);
    }

    fn endpoint_configuration(&self, out: &mut Output<'_>) -> Map {
        let provider = &self.service.provider;
        let Some(given_type) = given(provider, "endpointType") else {
            return Map::from([("Types", vec![Expr::from("EDGE")])]);
        };
        let wanted = upper(given_type);
        let is_known = wanted.as_str().is_none_or(|wanted| ENDPOINT_TYPES.contains(&wanted));
        if !is_known {
            let text = given_type.as_str().unwrap_or_default();
            let near = wanted.as_str().and_then(|wanted| nearest(wanted, ENDPOINT_TYPES));
            let help = near.map_or_else(
                || "use edge, regional or private".to_owned(),
                |near| format!("did you mean {near}?"),
            );
            let message = format!("`endpointType` is `{text}`, and must be edge, regional or private");
            self.wrong(message, given_type.span, "not a type of endpoints", &help, out);
        }
        let mut configuration = Map::from([("Types", vec![wanted.clone()])]);
        if let Some(ids) = given(provider, "vpcEndpointIds") {
            if is_known && wanted.as_str().is_some_and(|wanted| wanted != "PRIVATE") {
                let message = format!(
                    "`vpcEndpointIds` are for private APIs, and this one is {}",
                    wanted.as_str().unwrap_or_default().to_lowercase()
                );
                let help = "set `endpointType: PRIVATE`, or take out `vpcEndpointIds`";
                self.wrong(message, ids.span, "only for private APIs", help, out);
            }
            configuration.insert("VpcEndpointIds", listed(ids));
        }
        configuration
    }

    fn wrong(&self, message: String, at: Option<Span>, label: &str, help: &str, out: &mut Output<'_>) {
        out.error(codes::INVALID_VALUE, &self.origin, message, at, label, help);
    }
}

/// Text in capitals; anything else as it is.
pub(super) fn upper(value: &Expr) -> Expr {
    match value.as_str() {
        Some(text) => Expr::from(text.to_uppercase()).with_span(value.span),
        None => value.clone(),
    }
}
