//! Models and parameters of the requests of an `Api` event.

use samc_base::{Diagnostic, codes};
use samc_ir::Expr;

use super::body::{Body, Edited, INTEGRATION};
use super::integration::Api;
use super::models;
use super::py27::{Clock, Dict, Py, PyKind, Text};
use crate::sam::events::Event;
use crate::sam::expansion::{Expansion, Result};

/// `RequestModel` and `RequestParameters` of an event, checked.
pub(super) struct Request {
    model: Option<(String, Option<Expr>)>,
    validator: Option<(bool, bool)>,
    parameters: Vec<Parameter>,
}

struct Parameter {
    name: String,
    required: Expr,
    caching: bool,
}

impl Request {
    /// Reads both, and reports what the API has no model for.
    pub(super) fn read(ctx: &mut Expansion<'_>, event: &Event, api: &Api) -> Result<Request> {
        let mut request = Request { model: None, validator: None, parameters: Vec::new() };
        let fail = |ctx: &mut Expansion<'_>, name: &str, at: Option<&Expr>, message: String| {
            let at = at.and_then(|a| a.span).or(event.properties.key_span(name));
            Err(ctx.report(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    format!("{name} of the event {}: {message}", event.key),
                )
                .at(at, "here"),
            ))
        };
        if let Some(model) = event.get("RequestModel").filter(|m| m.is_truthy()).and_then(Expr::as_map)
            && let Some(name) = model.get("Model").filter(|m| m.is_truthy())
        {
            let Some(text) = name.as_str().filter(|n| models::is_model(&api.properties, n)) else {
                return fail(
                    ctx,
                    "RequestModel",
                    Some(name),
                    "the API has no such model in Models".to_owned(),
                );
            };
            request.model =
                Some((text.to_lowercase(), model.get("Required").filter(|r| !r.is_null()).cloned()));
            let of = |name: &str| model.get(name).filter(|v| !v.is_null());
            let (validate_body, validate_parameters) = (of("ValidateBody"), of("ValidateParameters"));
            if validate_body.is_some() || validate_parameters.is_some() {
                let flag = |v: Option<&Expr>| v.map_or(Some(false), Expr::as_bool);
                match (flag(validate_body), flag(validate_parameters)) {
                    (Some(body), Some(parameters)) => request.validator = Some((body, parameters)),
                    _ => {
                        let at = validate_body.or(validate_parameters);
                        let message = "ValidateBody and ValidateParameters must be true or false".to_owned();
                        return fail(ctx, "RequestModel", at, message);
                    }
                }
            }
        }
        for parameter in event.get("RequestParameters").and_then(Expr::as_list).unwrap_or_default() {
            let entry = parameter.as_map().and_then(|m| m.entries().first());
            let (name, settings) = match (parameter.as_str(), entry) {
                (Some(name), _) => (name.to_owned(), None),
                (None, Some(entry)) => (entry.key.to_string(), Some(&entry.value)),
                (None, None) => {
                    let message =
                        "each must be text, or a mapping from it to Required and Caching".to_owned();
                    return fail(ctx, "RequestParameters", Some(parameter), message);
                }
            };
            let known = ["querystring", "path", "header"]
                .iter()
                .any(|k| name.starts_with(&format!("method.request.{k}.")));
            if !known {
                let message =
                    format!("`{name}` must begin with method.request.querystring., .path. or .header.");
                return fail(ctx, "RequestParameters", Some(parameter), message);
            }
            let map = settings.map(|s| s.as_map());
            let bad = map
                .is_some_and(|m| m.is_none_or(|m| m.keys().any(|k| !matches!(&**k, "Required" | "Caching"))));
            if bad {
                let message = format!("`{name}` takes Required and Caching");
                return fail(ctx, "RequestParameters", Some(parameter), message);
            }
            let of = |name: &str| map.flatten().and_then(|m| m.get(name)).cloned();
            request.parameters.push(Parameter {
                name,
                required: of("Required").unwrap_or_else(|| false.into()),
                caching: of("Caching").is_some_and(|c| c.is_truthy()),
            });
        }
        Ok(request)
    }

    /// Adds them to a method.
    pub(super) fn add(&self, body: &mut Body, path: &Text, method: &Text) -> Edited {
        let is_swagger = body.doc.get("swagger").is_some_and(|s| !matches!(s.kind, PyKind::None));
        if let Some((model, required)) = &self.model {
            let name = Text::unicode(model.as_str());
            body.for_method(path, method, &mut |definition, clock| {
                let required = required.as_ref().map(|r| Py::written(r, clock));
                if is_swagger {
                    let mut parameter = Dict::new(clock);
                    parameter.insert("in", "body", clock);
                    parameter.insert("name", name.clone(), clock);
                    parameter.insert("schema", Py::map_of("$ref", format!("#/definitions/{model}")), clock);
                    if let Some(required) = required {
                        parameter.insert("required", required, clock);
                    }
                    push_parameter(definition, parameter, clock);
                } else {
                    let schema =
                        Py::map_of("schema", Py::map_of("$ref", format!("#/components/schemas/{model}")));
                    let mut entries = vec![("content".into(), Py::map_of("application/json", schema))];
                    entries.extend(required.map(|r| ("required".into(), r)));
                    definition.insert("requestBody", PyKind::Map(entries), clock);
                }
                Ok(())
            })?;
        }
        if let Some((validate_body, validate_parameters)) = self.validator {
            let name = match (validate_body, validate_parameters) {
                (true, true) => "body-and-params",
                (true, false) => "body-only",
                (false, true) => "params-only",
                (false, false) => "no-validation",
            };
            let clock = body.clock;
            let validators = body.section("x-amazon-apigateway-request-validators")?;
            if validators.get_truthy(name).is_none() {
                let mut validator = Dict::new(clock);
                validator.insert("validateRequestBody", validate_body, clock);
                validator.insert("validateRequestParameters", validate_parameters, clock);
                validators.insert(name, validator, clock);
            }
            body.for_method(path, method, &mut |definition, clock| {
                definition.insert("x-amazon-apigateway-request-validator", name, clock);
                Ok(())
            })?;
        }
        if self.parameters.is_empty() {
            return Ok(());
        }
        body.for_method(path, method, &mut |definition, clock| {
            for parameter in &self.parameters {
                let place = parameter.name.replace("method.request.", "");
                let (location, name) = place.split_once('.').unwrap_or((&place, ""));
                let mut made = Dict::new(clock);
                let location = match location {
                    "querystring" => Text::from("query"),
                    other => Text::unicode(other),
                };
                made.insert("in", location, clock);
                made.insert("name", Text::unicode(name), clock);
                made.insert("required", Py::written(&parameter.required, clock), clock);
                made.insert("type", "string", clock);
                push_parameter(definition, made, clock);
                if parameter.caching
                    && let Some(integration) = definition.get_mut(INTEGRATION).and_then(Py::as_dict_mut)
                {
                    let keys =
                        integration.get_or_insert_with("cacheKeyParameters", clock, || Vec::new().into());
                    if let Some(keys) = keys.as_list_mut() {
                        keys.push(Text::unicode(parameter.name.as_str()).into());
                    }
                }
            }
            Ok(())
        })
    }
}

fn push_parameter(definition: &mut Dict, parameter: Dict, clock: Clock) {
    let parameters = definition.get_or_insert_with("parameters", clock, || Vec::new().into());
    if let Some(parameters) = parameters.as_list_mut() {
        parameters.push(parameter.into());
    }
}
