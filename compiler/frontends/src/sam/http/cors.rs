//! `CorsConfiguration` of HTTP APIs, as the extension of the body.

use samc_base::{Diagnostic, LogicalId, codes, nearest};
use samc_ir::{Expr, Kind, Map};

use super::needs_body;
use crate::sam::expansion::{Expansion, Result};

/// The key of the body that holds the configuration.
const EXTENSION: &str = "x-amazon-apigateway-cors";

/// Keys of `CorsConfiguration`, with their names in the body.
const CORS: [(&str, &str); 6] = [
    ("AllowOrigins", "allowOrigins"),
    ("AllowHeaders", "allowHeaders"),
    ("AllowMethods", "allowMethods"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowCredentials", "allowCredentials"),
];

/// Puts the CORS configuration into the body.
pub(super) fn configure(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    body: Option<&mut Expr>,
) -> Result {
    let Some(written) = properties.get("CorsConfiguration").filter(|c| c.is_truthy()) else { return Ok(()) };
    let written = ctx.resolve(written);
    if !written.is_truthy() {
        return Ok(());
    }
    let mut wanted = Map::new();
    if written.as_bool().is_some() {
        wanted.insert("allowOrigins", vec![Expr::from("*")]);
    } else if let Some(map) = written.as_map() {
        for entry in map.entries() {
            let Some((key, name)) = CORS.iter().find(|(key, _)| *key == &*entry.key) else {
                let finding = Diagnostic::error(
                    codes::UNKNOWN_PROPERTY,
                    format!("`{}` is not a key of CorsConfiguration", entry.key),
                );
                let keys = CORS.iter().map(|(key, _)| *key);
                let label = match nearest(&entry.key, keys.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", keys.collect::<Vec<_>>().join(", ")),
                };
                return Err(ctx.report(finding.at(entry.key_span, label)));
            };
            let is_given = match *key {
                "MaxAge" => !entry.value.is_null(),
                "AllowCredentials" => entry.value.as_bool() == Some(true),
                _ => entry.value.is_truthy(),
            };
            if is_given {
                wanted.insert_spanned(*name, entry.key_span, entry.value.clone());
            }
        }
        let is_star = wanted
            .get("allowOrigins")
            .and_then(Expr::as_list)
            .is_some_and(|l| matches!(l, [one] if one.as_str() == Some("*")));
        if is_star && wanted.contains_key("allowCredentials") {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("{id} allows credentials from every origin, which browsers refuse"),
                )
                .at(map.key_span("AllowCredentials"), "not together with the origin `*`")
                .help("name the origins"),
            ));
        }
    } else if !written.is_call() {
        let message =
            format!("CorsConfiguration of {id} is {}, and must be true or a mapping", written.kind_name());
        let at = written.span.or(properties.key_span("CorsConfiguration"));
        return Err(ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(at, "neither of the two")));
    }
    let body = needs_body(ctx, id, properties, "CorsConfiguration", body)?;
    let computed =
        if written.is_call() { Some(&written) } else { written.as_map().and_then(computed_origins) };
    if let Some(computed) = computed {
        warn_of_lost_keys(ctx, id, written.as_map());
        body.insert(EXTENSION, in_lower_case(computed));
        return Ok(());
    }
    let there = body.get_or_insert_with(EXTENSION, || Map::new().into());
    let kind = there.kind_name();
    let at = there.span.or(properties.key_span("CorsConfiguration"));
    let Some(there) = there.as_map_mut() else {
        let message = format!(
            "CorsConfiguration of {id} adds to `{EXTENSION}` of the body, which is {kind} and must be a mapping"
        );
        return Err(ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(at, "not a mapping")));
    };
    there.extend(wanted.entries().iter().cloned());
    Ok(())
}

/// The origins, where they are an intrinsic function.
fn computed_origins(written: &Map) -> Option<&Expr> {
    written.get("AllowOrigins").filter(|origins| origins.is_call())
}

/// The transform takes origins that are computed for the whole configuration: what stands beside them
/// is gone, and browsers are told nothing of it.
fn warn_of_lost_keys(ctx: &mut Expansion<'_>, id: &LogicalId, written: Option<&Map>) {
    let Some(written) = written else { return };
    let lost: Vec<&str> = written.keys().map(|key| &**key).filter(|key| *key != "AllowOrigins").collect();
    let at = written.key_span("AllowOrigins");
    let message = match lost.as_slice() {
        [] => format!(
            "AllowOrigins of {id} is computed at deployment, and SAM puts it in place of the whole CORS configuration"
        ),
        lost => format!(
            "AllowOrigins of {id} is computed at deployment, and SAM drops {} beside it",
            lost.join(", ")
        ),
    };
    ctx.warn(
        Diagnostic::warning(codes::CORS_COMPUTED, message)
            .at(at, "becomes the whole configuration")
            .help("make the whole CorsConfiguration an `Fn::If` between two complete ones, or write the origins out"),
    );
}

/// A configuration with its keys as the body has them, wherever they stand.
fn in_lower_case(value: &Expr) -> Expr {
    let mut made = value.clone();
    match &mut made.kind {
        Kind::Map(map) => {
            let mut renamed = Map::new();
            for entry in std::mem::take(map) {
                let key = CORS
                    .iter()
                    .find(|(key, _)| *key == &*entry.key)
                    .map_or(entry.key.clone(), |(_, name)| (*name).into());
                renamed.insert_spanned(key, entry.key_span, in_lower_case(&entry.value));
            }
            *map = renamed;
        }
        Kind::List(items) => items.iter_mut().for_each(|item| *item = in_lower_case(item)),
        Kind::Call(_, argument) => **argument = in_lower_case(argument),
        _ => {}
    }
    made
}
