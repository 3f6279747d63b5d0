//! What OpenAPI 3 has elsewhere than Swagger, and other finishing touches of a body.

use samc_ir::Expr;

use super::body::{Body, Edited, Fault, is_version_3};
use super::deployment::python_text;
use super::py27::{Dict, Py, PyKind};

/// Moves definitions to where OpenAPI 3 wants them. A body that says `swagger` stays as it is.
pub(super) fn finish(body: &mut Body, version: Option<&Expr>) -> Edited {
    if body.doc.get("swagger").is_some_and(|s| !matches!(s.kind, PyKind::None)) {
        return Ok(());
    }
    let own = body.doc.get("openapi").filter(|v| !matches!(v.kind, PyKind::None)).map(Py::to_python_text);
    let version = match version {
        None => own,
        Some(version) => Some(python_text(version)),
    };
    if !version.is_some_and(|v| is_version_3(&v)) {
        return Ok(());
    }
    move_to_components(body, "securityDefinitions", "securitySchemes")?;
    move_to_components(body, "definitions", "schemas")?;
    finish_options(body)
}

fn move_to_components(body: &mut Body, from: &str, to: &str) -> Edited {
    let clock = body.clock;
    if body.doc.get_truthy(from).is_none() {
        return Ok(());
    }
    let moved = body.doc.get(from).cloned();
    let components = body.section("components")?;
    if let Some(moved) = moved {
        components.insert(to, moved, clock);
    }
    body.doc.remove(from, clock);
    Ok(())
}

/// `options` methods: OpenAPI 3 has no `consumes` and `produces`, and describes headers by schemas.
fn finish_options(body: &mut Body) -> Edited {
    let clock = body.clock;
    let Some(paths) = body.doc.get_mut("paths").filter(|p| p.is_truthy()) else { return Ok(()) };
    let span = paths.span;
    let Some(paths) = paths.as_dict_mut() else { return Err(Fault::new("paths must be a mapping", span)) };
    for path in paths.keys(clock) {
        let Some(item) = paths.get_mut(&path.text) else { continue };
        if !item.is_map() {
            return Err(Fault::new(
                format!("the path {} must be a mapping of methods", path.text),
                item.span,
            ));
        }
        let Some(options) = item.as_dict_mut().and_then(|i| i.get_mut("options")).filter(|o| o.is_truthy())
        else {
            continue;
        };
        let span = options.span;
        let Some(options) = options.as_dict_mut() else {
            return Err(Fault::new(format!("the method options of {} must be a mapping", path.text), span));
        };
        options.remove("produces", clock);
        options.remove("consumes", clock);
        let Some(responses) = options.get_mut("responses") else { continue };
        describe_headers(responses, &path.text, clock)?;
    }
    Ok(())
}

fn describe_headers(responses: &mut Py, path: &str, clock: super::py27::Clock) -> Edited {
    let fault = |what: &str, span| {
        Err(Fault::new(format!("{what} of the method options of {path} must be a mapping"), span))
    };
    let span = responses.span;
    if matches!(responses.kind, PyKind::None) {
        return Ok(());
    }
    let Some(responses) = responses.as_dict_mut() else { return fault("the responses", span) };
    let Some(ok) = responses.get_mut("200").filter(|r| !matches!(r.kind, PyKind::None)) else {
        return Ok(());
    };
    let span = ok.span;
    let Some(ok) = ok.as_dict_mut() else { return fault("the response 200", span) };
    let Some(headers) = ok.get_mut("headers").filter(|h| h.is_truthy()) else { return Ok(()) };
    let span = headers.span;
    let Some(headers) = headers.as_dict_mut() else { return fault("the headers", span) };
    for name in headers.keys(clock) {
        if let Some(header) = headers.get_mut(&name.text) {
            let inner = std::mem::replace(header, PyKind::None.into());
            let mut wrapped = Dict::new(clock);
            wrapped.insert("schema", inner, clock);
            *header = wrapped.into();
        }
    }
    Ok(())
}

/// Notes in the body that the API has no endpoint of its own, where each version has it.
pub(super) fn disable_endpoint(body: &mut Body, value: &Expr) -> Edited {
    let clock = body.clock;
    let value = Py::written(value, clock);
    let is_3 = body.doc.get_truthy("openapi").is_some_and(|v| is_version_3(&v.to_python_text()));
    if !is_3 {
        return set_disabled(&mut body.doc, value, clock);
    }
    let servers = body.doc.get_or_insert_with("servers", clock, || vec![Py::from(Dict::new(clock))].into());
    let span = servers.span;
    let Some(servers) = servers.as_list_mut() else { return Err(Fault::new("servers must be a list", span)) };
    for server in servers {
        let span = server.span;
        match server.as_dict_mut() {
            Some(server) => set_disabled(server, value.clone(), clock)?,
            None => return Err(Fault::new("each of servers must be a mapping", span)),
        }
    }
    Ok(())
}

fn set_disabled(dict: &mut Dict, value: Py, clock: super::py27::Clock) -> Edited {
    let name = "x-amazon-apigateway-endpoint-configuration";
    let configuration = dict.get_or_insert_with(name, clock, || PyKind::Map(Vec::new()).into());
    let span = configuration.span;
    match &mut configuration.kind {
        PyKind::Dict(dict) => dict.insert("disableExecuteApiEndpoint", value, clock),
        PyKind::Map(entries) => entries.push(("disableExecuteApiEndpoint".into(), value)),
        _ => return Err(Fault::new(format!("{name} must be a mapping"), span)),
    }
    Ok(())
}
