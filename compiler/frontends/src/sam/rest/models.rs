//! `Models` of an API.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::body::Fault;
use super::py27::{Py, PyKind, Text};
use super::{RestApi, editable, openapi, report_fault};
use crate::sam::expansion::{Expansion, Result};

/// Adds the models to the body, under names in lower case.
pub(super) fn add(ctx: &mut Expansion<'_>, properties: &Map, api: &mut RestApi) -> Result {
    let Some(models) = properties.get("Models").filter(|m| m.is_truthy()) else { return Ok(()) };
    let span = properties.key_span("Models").or(models.span);
    let version = properties.get("OpenApiVersion").filter(|v| v.is_truthy());
    let bad =
        models.as_map().map_or(Some(models), |m| m.values().find(|v| v.as_map().is_none() && !v.is_call()));
    let body = editable(ctx, api, "Models", span)?;
    if let Some(bad) = bad {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, "each of Models must be a mapping: a JSON Schema")
                .at(bad.span.or(span), "not a mapping"),
        ));
    }
    let edited = body.edit(|body| {
        let clock = body.clock;
        let PyKind::Dict(mut written) = Py::written(models, clock).kind else { return Ok(()) };
        let definitions = body.section("definitions")?;
        for name in written.keys(clock) {
            let Some(schema) = written.get(&name.text).cloned() else { continue };
            if !schema.get("type").is_some_and(Py::is_truthy) {
                return Err(Fault::new(format!("the model {} needs a type", name.text), schema.span));
            }
            definitions.insert(Text::unicode(name.text.to_lowercase()), schema, clock);
        }
        Ok(())
    });
    report_fault(ctx, edited)?;
    let finished = openapi::finish(body_of(api), version);
    report_fault(ctx, finished)
}

/// The body, which [`editable`] has seen.
fn body_of(api: &mut RestApi) -> &mut super::Body {
    api.body.get_or_insert_with(super::Body::skeleton)
}

/// The model that a method's request names, for checks of events.
pub(super) fn is_model(properties: &Map, name: &str) -> bool {
    properties.get("Models").and_then(Expr::as_map).and_then(|m| m.get(name)).is_some_and(Expr::is_truthy)
}
