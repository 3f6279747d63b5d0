//! `Auth` of an API: authorizers, the default one, API keys and resource policies.

use indexmap::IndexMap;
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Str};

use super::authorizer::Authorizer;
use super::body::{Body, Edited, Fault};
use super::implicit::IMPLICIT;
use super::py27::{Clock, Dict, Py, PyKind, Text};
use super::{RestApi, editable, openapi, policy, report_fault};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;
use crate::sam::properties::{Property, check};

const PROPERTIES: &[Property] = &[
    Property::pass("Authorizers"),
    Property::pass("DefaultAuthorizer"),
    Property::pass("InvokeRole"),
    Property::pass("AddDefaultAuthorizerToCorsPreflight"),
    Property::pass("AddApiKeyRequiredToCorsPreflight"),
    Property::pass("ApiKeyRequired"),
    Property::pass("ResourcePolicy"),
    Property::pass("UsagePlan"),
];

/// Authorizers by name, in Python 2.7's order.
type Authorizers = IndexMap<Text27, Authorizer>;

/// The name of an authorizer: the author's, or one of the transform's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Text27(Str, bool);

/// Adds everything that `Auth` asks for to the body.
pub(super) fn add(ctx: &mut Expansion<'_>, id: &LogicalId, properties: &Map, api: &mut RestApi) -> Result {
    let Some(auth) = properties.get("Auth").filter(|a| a.is_truthy()) else { return Ok(()) };
    let span = properties.key_span("Auth").or(auth.span);
    editable(ctx, api, "Auth", span)?;
    let Some(settings) = auth.as_map() else {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, format!("Auth of {id} must be a mapping written out"))
                .at(auth.span.or(span), "not known when the API is made")
                .path(format!("{}.Auth", ctx.current.path)),
        ));
    };
    check(ctx, settings, PROPERTIES, "Auth of an API")?;
    let default = settings.get("DefaultAuthorizer").filter(|d| d.is_truthy());
    let authorizers = read_authorizers(ctx, settings, default)?;
    let default = check_default(ctx, default, &authorizers)?;
    let resource_policy = settings.get("ResourcePolicy").filter(|p| p.is_truthy());
    if let Some(policy) = resource_policy.filter(|p| p.as_map().is_none()) {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, format!("ResourcePolicy of {id} must be a mapping"))
                .at(policy.span, "not a mapping"),
        ));
    }
    let stage = properties.get("StageName").cloned().unwrap_or_else(Expr::null);
    // The stage of the implicit API is named by the transform.
    let stage = if id == IMPLICIT { Py::made(&stage) } else { Py::written(&stage, 0) };
    let body = editable(ctx, api, "Auth", span)?;
    let is_on = |name: &str| settings.get(name).is_none_or(|v| v.is_truthy());
    let definitions: Vec<(Text, Dict)> = authorizers
        .iter()
        .map(|(name, a)| (Text { text: name.0.clone(), unicode: name.1 }, a.definition(ctx, body.clock + 1)))
        .collect();
    let edited = body.edit(|body| {
        if !definitions.is_empty() {
            let clock = body.clock;
            let there = body.security_definitions()?;
            for (name, definition) in definitions {
                there.insert(name, definition, clock);
            }
            if let Some(default) = &default {
                for path in body.path_names() {
                    add_default(
                        body,
                        &path,
                        default,
                        &authorizers,
                        is_on("AddDefaultAuthorizerToCorsPreflight"),
                    )?;
                }
            }
        }
        if settings.get("ApiKeyRequired").is_some_and(Expr::is_truthy) {
            define_api_key(body)?;
            for path in body.path_names() {
                require_api_key(body, &path, is_on("AddApiKeyRequiredToCorsPreflight"))?;
            }
        }
        if let Some(resource_policy) = resource_policy {
            let mut policy = policy::Policy::of(body);
            let paths = body.path_names();
            for path in &paths {
                policy.add(body, resource_policy, path, &stage)?;
            }
            let has_custom = policy.add_custom(body, resource_policy);
            // Statements are about paths: without any there is nothing to put.
            if has_custom || !paths.is_empty() {
                policy.put(body);
            }
        }
        Ok(())
    });
    report_fault(ctx, edited)?;
    if let Some(body) = api.body.as_mut() {
        let finished = openapi::finish(body, properties.get("OpenApiVersion").filter(|v| v.is_truthy()));
        report_fault(ctx, finished)?;
    }
    Ok(())
}

fn read_authorizers(ctx: &mut Expansion<'_>, settings: &Map, default: Option<&Expr>) -> Result<Authorizers> {
    let mut order = Dict::new(0);
    let mut read: IndexMap<Str, Authorizer> = IndexMap::new();
    if default.and_then(Expr::as_str) == Some("AWS_IAM") {
        order.insert(Text::unicode("AWS_IAM"), PyKind::None, 0);
        read.insert("AWS_IAM".into(), Authorizer::iam());
    }
    if let Some(given) = settings.get("Authorizers").filter(|a| a.is_truthy()) {
        let Some(map) = given.as_map() else {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("Authorizers is {}, and must be a mapping", given.kind_name()),
                )
                .at(given.span, "not a mapping")
                .path(format!("{}.Auth.Authorizers", ctx.current.path)),
            ));
        };
        let PyKind::Dict(mut written) = Py::written(given, 0).kind else { return Ok(Authorizers::new()) };
        for name in written.keys(0) {
            let Some(value) = map.get(&name.text) else { continue };
            let authorizer = Authorizer::read(ctx, &name.text, value)?;
            read.insert(name.text.clone(), authorizer);
            order.insert(name, PyKind::None, 0);
        }
    }
    let names = order.keys(0);
    Ok(names
        .into_iter()
        .filter_map(|n| Some((Text27(n.text.clone(), n.unicode), read.shift_remove(&n.text)?)))
        .collect())
}

fn check_default(
    ctx: &mut Expansion<'_>,
    default: Option<&Expr>,
    authorizers: &Authorizers,
) -> Result<Option<Str>> {
    let Some(default) = default.filter(|_| !authorizers.is_empty()) else { return Ok(None) };
    let path = format!("{}.Auth.DefaultAuthorizer", ctx.current.path);
    let Some(name) = default.as_shared() else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                "DefaultAuthorizer must be the name of an authorizer as text",
            )
            .at(default.span, "not text")
            .path(path),
        ));
    };
    if &**name != "AWS_IAM" && !authorizers.keys().any(|k| k.0 == *name) {
        let names: Vec<&str> = authorizers.keys().map(|k| &*k.0).collect();
        let near = samc_base::nearest(name, names.iter().copied());
        let label =
            near.map_or_else(|| "not among Authorizers".to_owned(), |n| format!("did you mean `{n}`?"));
        return Err(ctx.report(
            Diagnostic::error(
                codes::UNKNOWN_REFERENCE,
                format!("DefaultAuthorizer `{name}` is not defined in Authorizers"),
            )
            .at(default.span, label)
            .path(path),
        ));
    }
    Ok(Some(name.clone()))
}

fn security(definition: &Dict, path: &Text, method: &str) -> Edited<Vec<Py>> {
    let Some(given) = definition.get("security") else { return Ok(Vec::new()) };
    let PyKind::List(list) = &given.kind else {
        return Err(Fault::new(format!("security of {method} {} must be a list", path.text), given.span));
    };
    match list.iter().find(|s| !s.is_map()) {
        None => Ok(list.clone()),
        Some(bad) => Err(Fault::new(
            format!("each of security of {method} {} must be a mapping", path.text),
            bad.span.or(given.span),
        )),
    }
}

fn names_of(security: &Py) -> Vec<Str> {
    match &security.kind {
        PyKind::Dict(dict) => dict.ordered().map(|(k, _)| k.text.clone()).collect(),
        PyKind::Map(entries) => entries.iter().map(|(k, _)| k.text.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Gives each method of a path the default authorizer, unless it has one or wants none.
fn add_default(
    body: &mut Body,
    path: &Text,
    default: &Str,
    authorizers: &Authorizers,
    preflight: bool,
) -> Edited {
    let mut uses_iam = false;
    let scopes = authorizers.iter().find(|(n, _)| n.0 == *default).and_then(|(_, a)| a.scopes().cloned());
    body.for_methods(path, &mut |method, definition, clock| {
        if !preflight && method == "options" {
            return Ok(());
        }
        let is_authorizer =
            |s: &Py| names_of(s).iter().any(|n| &**n == "AWS_IAM" || authorizers.keys().any(|k| k.0 == *n));
        let (own, mut others): (Vec<Py>, Vec<Py>) =
            security(definition, path, method)?.into_iter().partition(is_authorizer);
        let none = others.iter().position(|s| names_of(s).iter().any(|n| &**n == "NONE"));
        let added = match none {
            Some(index) => {
                others.remove(index);
                Vec::new()
            }
            None if !own.is_empty() => own,
            None => {
                let mut entry = Dict::new(clock);
                let list = scopes.as_ref().map_or_else(|| Vec::new().into(), |s| Py::written(s, clock));
                entry.insert(Text::unicode(default.clone()), list, clock);
                vec![entry.into()]
            }
        };
        others.extend(added);
        if !others.is_empty() {
            uses_iam |= others[0].get("AWS_IAM").is_some();
            definition.insert("security", others, clock);
        }
        Ok(())
    })?;
    if uses_iam {
        define_iam(body)?;
    }
    Ok(())
}

/// Asks each method of a path for an API key, unless it says that it needs none.
fn require_api_key(body: &mut Body, path: &Text, preflight: bool) -> Edited {
    body.for_methods(path, &mut |method, definition, clock| {
        let existing = security(definition, path, method)?;
        let is_key = |s: &Py| names_of(s).iter().any(|n| matches!(&**n, "api_key" | "api_key_false"));
        let (keys, mut others): (Vec<Py>, Vec<Py>) = existing.iter().cloned().partition(is_key);
        let refused = keys.iter().any(|s| s.get("api_key_false").is_some());
        if !refused && (method != "options" || preflight) {
            let mut entry = Dict::new(clock);
            entry.insert("api_key", Vec::new(), clock);
            others.push(entry.into());
        }
        if others != existing {
            definition.insert("security", others, clock);
        }
        Ok(())
    })
}

/// Defines API keys as a way in, unless they are defined.
pub(super) fn define_api_key(body: &mut Body) -> Edited {
    define(body, "api_key", |entry, clock| {
        for (key, value) in [("type", "apiKey"), ("name", "x-api-key"), ("in", "header")] {
            entry.insert(key, value, clock);
        }
    })
}

/// Defines IAM as a way in, unless it is defined.
pub(super) fn define_iam(body: &mut Body) -> Edited {
    define(body, "AWS_IAM", |entry, clock| {
        let pairs = [
            ("x-amazon-apigateway-authtype", "awsSigv4"),
            ("type", "apiKey"),
            ("name", "Authorization"),
            ("in", "header"),
        ];
        for (key, value) in pairs {
            entry.insert(key, value, clock);
        }
    })
}

fn define(body: &mut Body, name: &str, fill: impl FnOnce(&mut Dict, Clock)) -> Edited {
    let clock = body.clock;
    let there = body.security_definitions()?;
    if !there.contains(name) {
        let mut entry = Dict::new(clock);
        fill(&mut entry, clock);
        there.insert(name, entry, clock);
    }
    Ok(())
}

/// Permissions of API Gateway to ask the authorizers' functions.
pub(super) fn permissions(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    passthrough: &Map,
) -> Result<Vec<Generated>> {
    let Some(settings) = properties.get("Auth").and_then(Expr::as_map) else { return Ok(Vec::new()) };
    let authorizers = read_authorizers(ctx, settings, None)?;
    let partition = ctx.options.partition();
    let arn = format!(
        "arn:{partition}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/authorizers/*"
    );
    Ok(authorizers
        .iter()
        .filter_map(|(name, authorizer)| {
            let properties = Map::from([
                ("Action", Expr::from("lambda:InvokeFunction")),
                ("FunctionName", authorizer.function_to_permit()?.clone()),
                ("Principal", Expr::from("apigateway.amazonaws.com")),
                ("SourceArn", Expr::sub_with(arn.as_str(), Map::from([("__ApiId__", Expr::reference(id))]))),
            ]);
            let permission_id = format!("{id}{}AuthorizerPermission", name.0);
            let permission =
                Generated::new(permission_id, "AWS::Lambda::Permission", properties, ctx.current.clone());
            Some(permission.attributes(passthrough))
        })
        .collect())
}
