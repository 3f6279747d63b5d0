//! `Cors`: an `options` method for every path.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Kind, Map};

use super::body::{Fault, INTEGRATION};
use super::py27::{Clock, Dict, Py};
use super::{RestApi, editable, report_fault};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::properties::{Property, Shape, check};

const PROPERTIES: &[Property] = &[
    Property::optional("AllowMethods", Shape::Any),
    Property::optional("AllowHeaders", Shape::Any),
    Property::optional("AllowOrigin", Shape::Any),
    Property::optional("MaxAge", Shape::Any),
    Property::optional("AllowCredentials", Shape::Any),
];

/// What a browser is told, each as the author wrote it.
struct Settings {
    origin: Expr,
    headers: Option<Expr>,
    methods: Option<Expr>,
    max_age: Option<Expr>,
    credentials: bool,
}

/// Adds the methods that answer a browser's preflight.
pub(super) fn add(ctx: &mut Expansion<'_>, properties: &Map, api: &mut RestApi) -> Result {
    let Some(cors) = properties.get("Cors").filter(|c| c.is_truthy()) else { return Ok(()) };
    let span = properties.key_span("Cors").or(cors.span);
    let settings = read(ctx, cors)?;
    let body = editable(ctx, api, "Cors", span)?;
    let edited = body.edit(|body| {
        let mut done = FxHashSet::default();
        let paths = body.path_names();
        for path in paths {
            let name = if &*path.text == "/" { "/" } else { path.text.trim_end_matches('/') };
            if !done.insert(name.to_owned()) {
                continue;
            }
            // The methods are gathered for the first arm of a conditional path, and hold for all.
            let mut methods = settings.methods.clone();
            body.for_items(&path, &mut |item, clock| {
                if item.contains("options") {
                    return Ok(());
                }
                if !settings.origin.is_truthy() {
                    return Err(Fault::new("Cors needs AllowOrigin", settings.origin.span));
                }
                let methods = methods.get_or_insert_with(|| allowed_methods(item, clock).into());
                item.insert("options", options_method(&settings, methods, clock), clock);
                Ok(())
            })?;
        }
        Ok(())
    });
    report_fault(ctx, edited)
}

fn read(ctx: &mut Expansion<'_>, cors: &Expr) -> Result<Settings> {
    let any = || Expr::from("'*'");
    let map = match &cors.kind {
        Kind::Map(map) => map,
        Kind::String(_) | Kind::Call(..) => {
            return Ok(Settings {
                origin: cors.clone(),
                headers: None,
                methods: None,
                max_age: None,
                credentials: false,
            });
        }
        _ => {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("Cors is {}, and must be text or a mapping", cors.kind_name()),
                )
                .at(cors.span, "neither of the two"),
            ));
        }
    };
    check(ctx, map, PROPERTIES, "Cors")?;
    let given = |name: &str| map.get(name).filter(|v| !v.is_null()).cloned();
    let origin =
        if map.contains_key("AllowOrigin") { given("AllowOrigin").unwrap_or_else(Expr::null) } else { any() };
    let credentials = map.get("AllowCredentials").and_then(Expr::as_bool) == Some(true);
    if credentials && origin.as_str() == Some("'*'") {
        return Err(ctx.report(
            Diagnostic::error(
                codes::INVALID_VALUE,
                "browsers refuse credentials for any origin: AllowCredentials needs an AllowOrigin other than `'*'`",
            )
            .at(map.key_span("AllowCredentials"), "needs a definite origin")
            .label(map.key_span("AllowOrigin"), "any origin"),
        ));
    }
    Ok(Settings {
        origin,
        headers: given("AllowHeaders").filter(Expr::is_truthy),
        methods: given("AllowMethods").filter(Expr::is_truthy),
        max_age: given("MaxAge"),
        credentials,
    })
}

/// The methods of a path in single quotes, as API Gateway wants static values.
fn allowed_methods(item: &mut Dict, clock: Clock) -> String {
    let mut methods: BTreeSet<String> = BTreeSet::new();
    if item.contains("x-amazon-apigateway-any-method") {
        methods.extend(["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"].map(str::to_owned));
    } else {
        methods.extend(item.keys(clock).iter().map(|k| k.text.to_uppercase()));
        methods.insert("OPTIONS".to_owned());
    }
    format!("'{}'", methods.into_iter().collect::<Vec<_>>().join(","))
}

fn options_method(settings: &Settings, methods: &Expr, clock: Clock) -> Dict {
    let value = |expr: &Expr| match settings.methods.as_ref() {
        // What samc gathered itself is not the author's text.
        None if std::ptr::eq(expr, methods) => Py::made(expr),
        _ => Py::written(expr, clock),
    };
    let origin = match settings.origin.span {
        None => Py::made(&settings.origin),
        Some(_) => Py::written(&settings.origin, clock),
    };
    let header = |name: &str| format!("method.response.header.Access-Control-{name}");
    let typed = |kind: &str| Py::map_of("type", kind);
    let mut parameters = Dict::of(clock, [(header("Allow-Origin").as_str(), origin)]);
    let mut headers = Dict::of(clock, [("Access-Control-Allow-Origin", typed("string"))]);
    let mut set = |name: &str, value: Py, kind: &str| {
        parameters.insert(header(name), value, clock);
        headers.insert(format!("Access-Control-{name}"), typed(kind), clock);
    };
    if let Some(allowed) = &settings.headers {
        set("Allow-Headers", value(allowed), "string");
    }
    set("Allow-Methods", value(methods), "string");
    if let Some(age) = &settings.max_age {
        set("Max-Age", value(age), "integer");
    }
    if settings.credentials {
        set("Allow-Credentials", "'true'".into(), "string");
    }
    let json = || Py::from(vec![Py::from("application/json")]);
    let mut default = Dict::new(clock);
    default.insert("statusCode", "200", clock);
    default.insert("responseParameters", parameters, clock);
    default.insert("responseTemplates", Py::map_of("application/json", "{}\n"), clock);
    let mut responses = Dict::new(clock);
    responses.insert("default", default, clock);
    let mut integration = Dict::new(clock);
    integration.insert("type", "mock", clock);
    integration.insert(
        "requestTemplates",
        Py::map_of("application/json", "{\n  \"statusCode\" : 200\n}\n"),
        clock,
    );
    integration.insert("responses", responses, clock);
    let mut ok = Dict::new(clock);
    ok.insert("description", "Default response for CORS method", clock);
    ok.insert("headers", headers, clock);
    let mut answers = Dict::new(clock);
    answers.insert("200", ok, clock);
    let mut method = Dict::new(clock);
    method.insert("summary", "CORS support", clock);
    method.insert("consumes", json(), clock);
    method.insert("produces", json(), clock);
    method.insert(INTEGRATION, integration, clock);
    method.insert("responses", answers, clock);
    method
}
