//! Code and schemas of AppSync: written in the template, in a local file, or in a bucket.

use samc_base::{Diagnostic, codes};
use samc_ir::{Asset, AssetKind, Expr, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::properties::{Property, Shape, section};

/// `Runtime` of functions and resolvers.
const RUNTIME: &[Property] =
    &[Property::required("Name", Shape::Any), Property::required("Version", Shape::Any)];

/// A place: a local path becomes a file to be packaged, anything else stays as it is.
pub(super) fn location(uri: &Expr) -> Expr {
    match uri.as_shared() {
        Some(text) if !text.contains("://") => {
            Expr::from(Asset::new(text.clone(), AssetKind::File)).with_span(uri.span)
        }
        _ => uri.clone(),
    }
}

/// Where the code of `name` is; false where the author gives none.
pub(super) fn copy_code(ctx: &mut Expansion<'_>, name: &str, settings: &Map, made: &mut Map) -> Result<bool> {
    let set = |key: &str| settings.get(key).filter(|value| value.is_truthy());
    match (set("InlineCode"), set("CodeUri")) {
        (Some(_), Some(_)) => Err(ctx.report(
            Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, format!("{name} has both InlineCode and CodeUri"))
                .at(settings.key_span("CodeUri"), "one of the two")
                .label(settings.key_span("InlineCode"), "and the other"),
        )),
        (Some(code), None) => {
            made.insert_spanned("Code", settings.key_span("InlineCode"), code.clone());
            Ok(true)
        }
        (None, Some(uri)) => {
            made.insert_spanned("CodeS3Location", settings.key_span("CodeUri"), location(uri));
            Ok(true)
        }
        (None, None) => Ok(false),
    }
}

/// The runtime of `name`, which code needs.
pub(super) fn copy_runtime(ctx: &mut Expansion<'_>, name: &str, settings: &Map, made: &mut Map) -> Result {
    let Some(runtime) = section(ctx, settings, "Runtime", RUNTIME)? else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("{name} does not say the Runtime of its code"),
            )
            .at(ctx.current.key_span, "Runtime is missing here")
            .help("write `Runtime: {Name: APPSYNC_JS, Version: 1.0.0}`"),
        ));
    };
    let value = |key: &str| runtime.get(key).cloned().unwrap_or_else(Expr::null);
    made.insert("Runtime", Map::from([("Name", value("Name")), ("RuntimeVersion", value("Version"))]));
    Ok(())
}
