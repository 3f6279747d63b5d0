//! `GatewayResponses`: what API Gateway answers itself.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::deployment::python_text;
use super::py27::{Clock, Dict, Py, PyKind, Text};
use super::{RestApi, editable, report_fault};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::properties::{Property, Shape, check};

const PROPERTIES: &[Property] = &[
    Property::optional("ResponseParameters", Shape::Map),
    Property::pass("ResponseTemplates"),
    Property::pass("StatusCode"),
];

/// The groups of response parameters, with the prefix of each.
const GROUPS: [(&str, &str); 3] = [
    ("Headers", "gatewayresponse.header."),
    ("Paths", "gatewayresponse.path."),
    ("QueryStrings", "gatewayresponse.querystring."),
];

/// Adds the answers to the body.
pub(super) fn add(ctx: &mut Expansion<'_>, properties: &Map, api: &mut RestApi) -> Result {
    let Some(given) = properties.get("GatewayResponses").filter(|r| r.is_truthy()) else { return Ok(()) };
    let span = properties.key_span("GatewayResponses").or(given.span);
    let Some(responses) = given.as_map() else {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, "GatewayResponses must be a mapping written out")
                .at(given.span.or(span), "not a mapping of kinds of answers")
                .path(format!("{}.GatewayResponses", ctx.current.path)),
        ));
    };
    for entry in responses.entries() {
        check_response(ctx, &entry.key, &entry.value)?;
    }
    let body = editable(ctx, api, "GatewayResponses", span)?;
    let edited = body.edit(|body| {
        let clock = body.clock;
        let mut order = match Py::written(given, clock).kind {
            PyKind::Dict(dict) => *dict,
            _ => Dict::new(clock),
        };
        let mut made = Dict::new(clock);
        for name in order.keys(clock) {
            if let Some(response) = responses.get(&name.text).and_then(Expr::as_map) {
                made.insert(name, response_of(response, clock), clock);
            }
        }
        let there = body.section("x-amazon-apigateway-gateway-responses")?;
        for name in made.keys(clock) {
            if let Some(response) = made.get(&name.text).cloned() {
                there.insert(name, response, clock);
            }
        }
        Ok(())
    });
    report_fault(ctx, edited)
}

fn check_response(ctx: &mut Expansion<'_>, name: &str, response: &Expr) -> Result {
    let path = format!("{}.GatewayResponses.{name}", ctx.current.path);
    let Some(map) = response.as_map() else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("the gateway response {name} is {}, and must be a mapping", response.kind_name()),
            )
            .at(response.span, "not a mapping")
            .path(path),
        ));
    };
    check(ctx, map, PROPERTIES, &format!("the gateway response {name}"))?;
    let parameters = map.get("ResponseParameters").filter(|p| p.is_truthy());
    if let Some(computed) = parameters.filter(|p| p.is_call()) {
        return Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("ResponseParameters of the gateway response {name} must be a mapping written out"),
            )
            .at(computed.span, "not known when the API is made")
            .path(format!("{path}.ResponseParameters")),
        ));
    }
    for entry in parameters.and_then(Expr::as_map).into_iter().flat_map(Map::entries) {
        let known = GROUPS.iter().any(|(group, _)| *group == &*entry.key);
        if !known || entry.value.as_map().is_none() {
            let message = match known {
                true => format!("{} of the gateway response {name} must be a mapping", entry.key),
                false => format!("`{}` is not a group of response parameters", entry.key),
            };
            return Err(ctx.report(
                Diagnostic::error(codes::INVALID_VALUE, message)
                    .at(entry.key_span, "Headers, Paths or QueryStrings, each a mapping")
                    .path(path),
            ));
        }
    }
    let status = map.get("StatusCode").filter(|s| s.is_truthy());
    if let Some(status) = status {
        let text = python_text(status);
        if text.is_empty() || text.len() > 3 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ctx.report(
                Diagnostic::error(codes::INVALID_VALUE, "StatusCode of a gateway response must be a number")
                    .at(status.span, "not a status code")
                    .path(path),
            ));
        }
    }
    Ok(())
}

fn response_of(response: &Map, clock: Clock) -> Dict {
    let mut parameters = Dict::new(clock);
    let given = response.get("ResponseParameters").and_then(Expr::as_map);
    for (group, prefix) in GROUPS {
        let Some(values) = given.and_then(|g| g.get(group)) else { continue };
        if let PyKind::Dict(mut values) = Py::written(values, clock).kind {
            for name in values.keys(clock) {
                if let Some(value) = values.get(&name.text).cloned() {
                    parameters.insert(Text::unicode(format!("{prefix}{}", name.text)), value, clock);
                }
            }
        }
    }
    let templates = response.get("ResponseTemplates").filter(|t| t.is_truthy());
    let mut made = Dict::new(clock);
    made.insert("responseParameters", parameters, clock);
    made.insert(
        "responseTemplates",
        templates.map_or_else(|| Dict::new(clock).into(), |t| Py::written(t, clock)),
        clock,
    );
    if let Some(status) = response.get("StatusCode").filter(|s| !s.is_null()) {
        let value = Text::from(python_text(status));
        if !value.text.is_empty() {
            made.insert("statusCode", value, clock);
        }
    }
    made
}
