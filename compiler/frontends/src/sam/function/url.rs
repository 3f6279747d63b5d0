//! `FunctionUrlConfig`: a function's own URL.

use samc_base::{Diagnostic, LogicalId, codes, nearest};
use samc_ir::{Expr, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::intrinsics::is_intrinsic_like;
use crate::sam::properties::{Property, Shape, check};

/// The URL, and for a public one the permissions to call it.
pub(super) fn generate(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    alias: Option<&LogicalId>,
    properties: &Map,
    passthrough: &Map,
) -> Result<Vec<Generated>> {
    let Some(config) = properties.get("FunctionUrlConfig").filter(|c| c.is_truthy()) else {
        return Ok(Vec::new());
    };
    let Some(config) = config.as_map() else {
        // An intrinsic function in place of the mapping gives a URL without any property.
        return Ok(vec![url(ctx, id, alias, &Map::new(), passthrough)]);
    };
    check_auth_type(ctx, properties, config)?;
    check_cors(ctx, config)?;
    let mut generated = vec![url(ctx, id, alias, config, passthrough)];
    if config.get("AuthType").and_then(Expr::as_str) == Some("NONE") {
        generated.push(permission(
            ctx,
            &format!("{id}UrlPublicPermissions"),
            "lambda:InvokeFunctionUrl",
            alias.unwrap_or(id),
            ("FunctionUrlAuthType", "NONE".into()),
            passthrough,
        ));
        generated.push(permission(
            ctx,
            &format!("{id}URLInvokeAllowPublicAccess"),
            "lambda:InvokeFunction",
            alias.unwrap_or(id),
            ("InvokedViaFunctionUrl", true.into()),
            passthrough,
        ));
    }
    Ok(generated)
}

fn url(
    ctx: &Expansion<'_>,
    id: &LogicalId,
    alias: Option<&LogicalId>,
    config: &Map,
    passthrough: &Map,
) -> Generated {
    let mut made = Map::from([("TargetFunctionArn", Expr::reference(alias.unwrap_or(id)))]);
    copy(config, "AuthType", &mut made);
    if config.get("Cors").is_some_and(Expr::is_truthy) {
        copy(config, "Cors", &mut made);
    }
    copy(config, "InvokeMode", &mut made);
    Generated::new(format!("{id}Url"), "AWS::Lambda::Url", made, ctx.current.clone()).attributes(passthrough)
}

fn permission(
    ctx: &Expansion<'_>,
    id: &str,
    action: &str,
    target: &LogicalId,
    extra: (&str, Expr),
    passthrough: &Map,
) -> Generated {
    let properties = Map::from([
        ("Action", Expr::from(action)),
        ("FunctionName", Expr::reference(target)),
        ("Principal", Expr::from("*")),
        (extra.0, extra.1),
    ]);
    Generated::new(id, "AWS::Lambda::Permission", properties, ctx.current.clone()).attributes(passthrough)
}

fn check_auth_type(ctx: &mut Expansion<'_>, properties: &Map, config: &Map) -> Result {
    let path = format!("{}.FunctionUrlConfig.AuthType", ctx.current.path);
    match config.entry("AuthType").map(|e| (&e.value, e)) {
        Some((value, _)) if is_intrinsic_like(value) => Ok(()),
        Some((value, _)) if value.as_str().is_some_and(|t| t == "AWS_IAM" || t == "NONE") => Ok(()),
        Some((value, entry)) if value.is_truthy() => {
            let near = value.as_str().and_then(|t| nearest(t, ["AWS_IAM", "NONE"]));
            let label = near.map_or_else(|| "AWS_IAM or NONE".to_owned(), |n| format!("did you mean `{n}`?"));
            Err(ctx.report(
                Diagnostic::error(codes::INVALID_VALUE, "AuthType of a function URL must be AWS_IAM or NONE")
                    .at(value.span.or(entry.key_span), label)
                    .path(path),
            ))
        }
        _ => Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, "a function URL needs AuthType: AWS_IAM or NONE")
                .at(properties.key_span("FunctionUrlConfig"), "AuthType is missing")
                .help("AWS_IAM lets only signed calls through; NONE makes the function public")
                .path(path),
        )),
    }
}

fn check_cors(ctx: &mut Expansion<'_>, config: &Map) -> Result {
    const TABLE: &[Property] = &[
        Property::optional("AllowOrigins", Shape::List),
        Property::optional("AllowMethods", Shape::List),
        Property::optional("AllowCredentials", Shape::Bool),
        Property::optional("AllowHeaders", Shape::List),
        Property::optional("ExposeHeaders", Shape::List),
        Property::optional("MaxAge", Shape::Int),
    ];
    let Some(entry) = config.entry("Cors").filter(|e| e.value.is_truthy() && !e.value.is_call()) else {
        return Ok(());
    };
    match entry.value.as_map() {
        Some(cors) => {
            let mut result = check(ctx, cors, TABLE, "FunctionUrlConfig.Cors");
            for empty in cors.entries().iter().filter(|e| e.value.is_null()) {
                result = Err(ctx.report(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!("`{}` of a function URL has no value", empty.key),
                    )
                    .at(empty.key_span, "nothing follows")
                    .help("give it a value, or remove the key")
                    .path(format!("{}.FunctionUrlConfig.Cors.{}", ctx.current.path, empty.key)),
                ));
            }
            result
        }
        None => Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("Cors of a function URL is {}, and must be a mapping", entry.value.kind_name()),
            )
            .at(entry.value.span.or(entry.key_span), "not a mapping")
            .path(format!("{}.FunctionUrlConfig.Cors", ctx.current.path)),
        )),
    }
}
