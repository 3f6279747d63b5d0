//! L117 and L120: APIs with more routes, and authorizers with a longer memory, than API Gateway gives.

use indexmap::IndexMap;
use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;

use crate::numbers::number_of;
use crate::query::{at_name, at_property, name};
use crate::rule::{On, Rule};

/// The share of the quota, in percent, from which it is told.
const NEAR: u64 = 80;

/// The quota can be raised, which takes days.
pub(super) static ROUTES: Rule = Rule {
    code: Code::new("L117", "api-routes"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("api_routes.md"),
    check: |context, diagnostics| {
        let Some(most) = limit("apigateway.routes.max").map(|l| l.value) else { return };
        let mut counts: IndexMap<&str, u64> = IndexMap::new();
        for route in &context.application().routes {
            *counts.entry(route.api.as_str()).or_default() += 1;
        }
        for (api, count) in counts.into_iter().filter(|(_, count)| count * 100 >= most * NEAR) {
            let Some((id, api)) = context.graph.resources.get_key_value(api) else { continue };
            let message =
                format!("{} has {count} routes; an API has {most} unless more was asked for", name(id, api));
            let found = Diagnostic::warning(ROUTES.code, message)
                .help("split the API, use a greedy path ({proxy+}), or have the quota raised in time");
            diagnostics.push(at_name(found, id, api, format!("{count} routes")));
        }
    },
};

/// How long an authorizer's answer is kept.
pub(super) static AUTHORIZER: Rule = Rule {
    code: Code::new("L120", "apigw-authorizer-ttl"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("authorizer_ttl.md"),
    check: |context, diagnostics| {
        let Some(most) = limit("apigateway.authorizer.ttl.max").map(|l| i128::from(l.value)) else { return };
        const KEY: &str = "AuthorizerResultTtlInSeconds";
        for kind in ["AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"] {
            for (id, authorizer) in context.of_type(kind) {
                let Some(ttl) = number_of(authorizer, KEY).filter(|n| !(0..=most).contains(&n.value)) else {
                    continue;
                };
                let message = format!(
                    "the answers of {} are kept for {} s; API Gateway takes 0 to {most}",
                    name(id, authorizer),
                    ttl.value
                );
                let found = Diagnostic::error(AUTHORIZER.code, message)
                    .help(format!("set {KEY} to {}", ttl.value.clamp(0, most)));
                diagnostics.push(at_property(found, id, authorizer, KEY, format!("0 to {most}")));
            }
        }
        for (id, api) in &context.graph.resources {
            let Some(body) = api.property("Body") else { continue };
            body.walk(&mut |value| {
                let ttl = value.as_map().and_then(|m| m.get("authorizerResultTtlInSeconds"));
                let Some(number) = ttl.and_then(crate::numbers::number) else { return };
                if (0..=most).contains(&number.value) {
                    return;
                }
                let message = format!(
                    "the answers of an authorizer of {} are kept for {} s; API Gateway takes 0 to {most}",
                    name(id, api),
                    number.value
                );
                let found = Diagnostic::error(AUTHORIZER.code, message)
                    .help(format!("set it to {}", number.value.clamp(0, most)));
                let place = ("Body", number.span);
                diagnostics.push(crate::query::at_value(found, id, api, place, format!("0 to {most}")));
            });
        }
    },
};
