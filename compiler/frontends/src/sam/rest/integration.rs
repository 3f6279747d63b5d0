//! What `Api` events of functions and state machines add to an API.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map};

use super::body::{Body, Edited, Fault, INTEGRATION, method_name};
use super::event_auth::{add_method_auth, check_auth};
use super::implicit::IMPLICIT;
use super::py27::{Dict, Py, PyKind, Text};
use super::request::Request;
use super::{RestApi, policy};
use crate::sam::events::{Event, LambdaTarget};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;
use crate::sam::ids::hash_text;
use crate::sam::state_machine;

/// The API an event belongs to.
pub(super) struct Api {
    pub(super) id: Option<LogicalId>,
    /// Its properties; none for an API of another template or of plain CloudFormation.
    pub(super) properties: Map,
    /// The stage, as it shows in the ids of permissions.
    suffix: String,
    /// True where the author named the stage; the transform names that of the implicit API.
    names_stage: bool,
}

impl Api {
    /// The stage as resource policies of its functions' events have it.
    fn stage(&self) -> Py {
        Text { text: self.suffix.as_str().into(), unicode: self.names_stage }.into()
    }
}

/// Notes the name of a function behind an API: it is part of what names the deployment.
pub(crate) fn note_function_name(ctx: &mut Expansion<'_>, properties: &Map) {
    let Some(name) = properties.get("FunctionName").filter(|n| n.is_truthy()) else { return };
    let name = ctx.resolve(name);
    let text = match name.as_str() {
        Some(text) => text.to_owned(),
        None => {
            let mut value = Py::written(&name, 0);
            value.sync(0);
            value.to_python_text()
        }
    };
    let events = properties.get("Events").and_then(Expr::as_map);
    for event in events.into_iter().flat_map(Map::values).filter_map(Expr::as_map) {
        let is_api = event.get("Type").and_then(Expr::as_str) == Some("Api");
        let api = event
            .get("Properties")
            .and_then(Expr::as_map)
            .and_then(|p| p.get("RestApiId"))
            .filter(|_| is_api);
        if let Some(api) = api.and_then(|a| a.as_ref_to().or_else(|| a.as_str())) {
            ctx.rest.function_names.entry(api.into()).or_default().push_str(&text);
        }
    }
}

fn find_api(ctx: &mut Expansion<'_>, event: &Event) -> Result<Api> {
    let given = event.get("RestApiId").cloned().unwrap_or_else(Expr::null);
    let Some(id) = given.as_ref_to().or_else(|| given.as_str()).map(LogicalId::from) else {
        return Ok(Api {
            id: None,
            properties: Map::new(),
            suffix: "AllStages".to_owned(),
            names_stage: false,
        });
    };
    let resource = ctx.source.get(&id).or_else(|| ctx.output.get(&id)).cloned();
    let Some(resource) = resource else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::UNKNOWN_REFERENCE,
                format!("RestApiId of the event {} must name a resource of this template", event.key),
            )
            .at(given.span.or(event.span), "not here"),
        ));
    };
    let properties = resource.properties_map().cloned().unwrap_or_default();
    let suffix = match properties.get("StageName").map(|s| (s, s.as_str())) {
        Some((stage, Some(""))) => {
            let origin = resource.origin.clone();
            let span = stage.span;
            return Err(ctx.within(origin, |ctx| {
                ctx.report(
                    Diagnostic::error(codes::INVALID_VALUE, format!("StageName of {id} is empty"))
                        .at(span, "must be a name"),
                )
            }));
        }
        Some((_, Some(name))) => name.to_owned(),
        _ => "Stage".to_owned(),
    };
    let names_stage = id != IMPLICIT && properties.get("StageName").is_some_and(|s| s.as_str().is_some());
    Ok(Api { id: Some(id), properties, suffix, names_stage })
}

/// The permission of an API to call a function, and the integration in its body.
pub(crate) fn add_function_event(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
) -> Result<Vec<Generated>> {
    let api = find_api(ctx, event)?;
    let text = |name: &str| event.get(name).and_then(Expr::as_str).unwrap_or_default().to_owned();
    let (path, method) = (Text::unicode(text("Path")), text("Method").to_lowercase());
    let permission = permission(ctx, event, target, &api, &path.text, &method);
    let Some(id) = api.id.clone() else { return Ok(vec![permission]) };
    let auth = event.get("Auth").filter(|a| a.is_truthy()).cloned();
    let merges = api.properties.get("MergeDefinitions").is_some_and(Expr::is_truthy);
    let manages = ctx.rest.apis.get(&id).is_some_and(|a| a.managed);
    if (manages || merges) && ctx.rest.apis.get(&id).is_some_and(|a| a.body.is_some()) {
        let request = Request::read(ctx, event, &api)?;
        check_auth(ctx, event, &api, auth.as_ref(), &method)?;
        let integration = Integration::new(ctx, event, target, &api);
        let stage = api.stage();
        let edit = |body: &mut Body| -> Edited {
            let name = method_name(&method);
            if body.has_integration(&path, &name)? {
                return Err(duplicate(&path, &method, event));
            }
            integration.add(body, &path, &name)?;
            if let Some(auth) = &auth {
                add_method_auth(body, &path, &name, auth, &api, &stage)?;
            }
            request.add(body, &path, &name)
        };
        if merges && !manages {
            merge(ctx, &id, event, &path, &method, edit)?;
        } else {
            edit_body(ctx, &id, event, edit)?;
        }
    }
    override_auth(ctx, event, &api, &id, auth.as_ref(), &path, &method)?;
    Ok(vec![permission])
}

fn duplicate(path: &Text, method: &str, event: &Event) -> Fault {
    Fault::new(
        format!("the event {} defines {} {} a second time", event.key, method.to_uppercase(), path.text),
        event.span,
    )
}

/// Edits the body of an API on behalf of an event.
fn edit_body(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    event: &Event,
    edit: impl FnOnce(&mut Body) -> Edited,
) -> Result {
    let Some(body) = ctx.rest.apis.get_mut(id).and_then(|a| a.body.as_mut()) else { return Ok(()) };
    let edited = body.edit(edit);
    event_fault(ctx, edited, event)
}

fn event_fault(ctx: &mut Expansion<'_>, edited: Edited, event: &Event) -> Result {
    edited.map_err(|fault| {
        ctx.report(
            Diagnostic::error(codes::INVALID_DEFINITION, fault.message).at(fault.span.or(event.span), "here"),
        )
    })
}

fn permission(
    ctx: &Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    api: &Api,
    path: &str,
    method: &str,
) -> Generated {
    let path = path.strip_suffix('/').filter(|p| !p.is_empty()).unwrap_or(path);
    let path = policy::with_stars(path);
    let method = if method == "any" { "*".to_owned() } else { method.to_uppercase() };
    let partition = ctx.options.partition();
    let arn = format!(
        "arn:{partition}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{method}{path}"
    );
    let api_id = event.get("RestApiId").cloned().unwrap_or_else(Expr::null);
    let variables = Map::from([("__ApiId__", api_id), ("__Stage__", Expr::from("*"))]);
    let is_plain = !api.suffix.is_empty() && api.suffix.chars().all(char::is_alphanumeric);
    let suffix = if is_plain { api.suffix.clone() } else { hash_text(&api.suffix) };
    crate::sam::events::permission::invoke(
        ctx,
        format!("{}Permission{suffix}", event.id),
        target,
        "apigateway.amazonaws.com",
        crate::sam::events::permission::Restriction {
            source_arn: Some(Expr::sub_with(arn, variables)),
            ..Default::default()
        },
    )
}

/// The integration with a function.
struct Integration {
    uri: Text,
    condition: Option<Py>,
    credentials: Option<Py>,
    streams: bool,
    timeout: Option<Expr>,
}

impl Integration {
    fn new(ctx: &Expansion<'_>, event: &Event, target: &LambdaTarget, api: &Api) -> Self {
        let streams = event.get("ResponseTransferMode").and_then(Expr::as_str) == Some("RESPONSE_STREAM");
        let (version, call) = match streams {
            true => ("2021-11-15", "response-streaming-invocations"),
            false => ("2015-03-31", "invocations"),
        };
        let function = match &target.alias {
            Some(alias) => format!("${{{alias}}}"),
            None => format!("${{{}.Arn}}", target.function),
        };
        let uri = format!(
            "arn:{}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/{function}/{call}",
            ctx.options.partition()
        );
        Integration {
            uri: Text { text: uri.into(), unicode: target.alias.is_none() },
            condition: target.attributes.get("Condition").map(|c| Py::written(c, 0)),
            credentials: credentials(ctx, event, api),
            streams,
            timeout: event.get("TimeoutInMillis").filter(|t| t.is_truthy()).cloned(),
        }
    }

    fn add(&self, body: &mut Body, path: &Text, method: &Text) -> Edited {
        body.set_method(path, method, self.condition.as_ref(), &|definition, clock| {
            let uri = Py::from(Dict::of(clock, [("Fn::Sub", self.uri.clone().into())]));
            let uri = match &self.condition {
                Some(condition) => Py::conditional(condition.clone(), uri),
                None => uri,
            };
            let mut integration = Dict::new(clock);
            integration.insert("type", "aws_proxy", clock);
            integration.insert("httpMethod", "POST", clock);
            integration.insert("uri", uri, clock);
            if self.streams {
                integration.insert("responseTransferMode", "STREAM", clock);
            }
            if let Some(credentials) = &self.credentials {
                integration.insert("credentials", credentials.clone(), clock);
            }
            definition.insert(INTEGRATION, integration, clock);
            definition.get_or_insert_with("responses", clock, || Dict::new(clock).into());
        })?;
        let Some(timeout) = &self.timeout else { return Ok(()) };
        body.for_method(path, method, &mut |definition, clock| {
            if let Some(integration) = definition.get_mut(INTEGRATION).and_then(Py::as_dict_mut) {
                integration.insert("timeoutInMillis", Py::written(timeout, clock), clock);
            }
            Ok(())
        })
    }
}

/// With whose rights API Gateway calls the function where callers sign with IAM.
fn credentials(ctx: &Expansion<'_>, event: &Event, api: &Api) -> Option<Py> {
    let auth = event.get("Auth").filter(|a| a.is_truthy()).and_then(Expr::as_map);
    let of_api = api.properties.get("Auth").and_then(Expr::as_map);
    let of = |map: Option<&Map>, name: &str| map.and_then(|m| m.get(name)).cloned();
    let is_iam = |value: Option<Expr>| value.is_some_and(|v| v.as_str() == Some("AWS_IAM"));
    let by_default = auth.is_none() && is_iam(of(of_api, "DefaultAuthorizer"));
    if !by_default && !is_iam(of(auth, "Authorizer")) {
        return None;
    }
    let role = [of(auth, "InvokeRole"), of(of_api, "InvokeRole")]
        .into_iter()
        .flatten()
        .map(|role| if role.is_truthy() { role } else { "NONE".into() })
        .next();
    match role {
        Some(role) if role.as_str() == Some("NONE") => None,
        Some(role) if role.as_str() != Some("CALLER_CREDENTIALS") => Some(Py::written(&role, 0)),
        _ => Some(Py::from(format!("arn:{}:iam::*:user/*", ctx.options.partition()))),
    }
}

/// An event may set the security of a method whose definition the author wrote.
fn override_auth(
    ctx: &mut Expansion<'_>,
    event: &Event,
    api: &Api,
    id: &LogicalId,
    auth: Option<&Expr>,
    path: &Text,
    method: &str,
) -> Result {
    let Some(map) = auth.and_then(Expr::as_map) else { return Ok(()) };
    let is_set = |name: &str| map.get(name).is_some_and(Expr::is_truthy);
    if !is_set("OverrideApiAuth") || ctx.rest.apis.get(id).is_none_or(|a| a.body.is_none()) {
        return Ok(());
    }
    if !["Authorizer", "ApiKeyRequired", "ResourcePolicy"].into_iter().any(is_set) {
        return Err(ctx.report(
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!(
                    "OverrideApiAuth of the event {} needs Authorizer, ApiKeyRequired or ResourcePolicy",
                    event.key
                ),
            )
            .at(map.key_span("OverrideApiAuth"), "overrides with nothing"),
        ));
    }
    check_auth(ctx, event, api, auth, method)?;
    let stage = api.stage();
    let name = method_name(method);
    edit_body(ctx, id, event, |body| match auth {
        Some(auth) => add_method_auth(body, path, &name, auth, api, &stage),
        None => Ok(()),
    })
}

/// Merges what an event makes into the definition the author wrote.
fn merge(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    event: &Event,
    path: &Text,
    method: &str,
    edit: impl FnOnce(&mut Body) -> Edited,
) -> Result {
    let mut generated = Body::skeleton();
    let edited = generated.edit(edit);
    event_fault(ctx, edited, event)?;
    let clock = generated.clock;
    let normal = method_name(method);
    let made = generated
        .doc
        .get("paths")
        .and_then(Py::as_dict)
        .and_then(|p| p.get(&path.text))
        .and_then(|p| p.get(&normal.text))
        .cloned();
    let Some(RestApi { body: Some(body), .. }) = ctx.rest.apis.get_mut(id) else { return Ok(()) };
    if body.path_count() == 0 {
        // Without paths of the author's the transform merges into a map that it then forgets.
        return Ok(());
    }
    let merged = (|| {
        let paths = body.section("paths")?;
        let item = paths.get_or_insert_with(path.clone(), clock, || Dict::plain(clock, Vec::new()).into());
        let span = item.span;
        let mut entries: Vec<(Text, Py)> = match item.get(method).map(|m| m.kind.clone()) {
            None | Some(PyKind::None) => Vec::new(),
            Some(PyKind::Dict(dict)) => dict.ordered().cloned().collect(),
            Some(PyKind::Map(entries)) => entries,
            Some(_) => {
                return Err(Fault::new(
                    format!("the method {method} of {} must be a mapping", path.text),
                    span,
                ));
            }
        };
        let added: Vec<(Text, Py)> = match made.map(|m| m.kind) {
            Some(PyKind::Dict(dict)) => dict.ordered().cloned().collect(),
            Some(PyKind::Map(entries)) => entries,
            _ => Vec::new(),
        };
        for (key, value) in added {
            match entries.iter_mut().find(|(k, _)| k.text == key.text) {
                Some((_, there)) => *there = value,
                None => entries.push((key, value)),
            }
        }
        let value = Py::from(Dict::plain(clock, entries));
        match &mut item.kind {
            PyKind::Dict(dict) => dict.insert(Text::unicode(method), value, clock),
            PyKind::Map(list) => match list.iter_mut().find(|(k, _)| &*k.text == method) {
                Some((_, there)) => *there = value,
                None => list.push((Text::unicode(method), value)),
            },
            _ => return Err(Fault::new(format!("the path {} must be a mapping", path.text), span)),
        }
        Ok(())
    })();
    event_fault(ctx, merged, event)
}

/// The role and the integration with which an API starts a state machine.
pub(crate) fn add_state_machine_event(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &state_machine::Target,
) -> Result<Vec<Generated>> {
    let api = find_api(ctx, event)?;
    let text = |name: &str| event.get(name).and_then(Expr::as_str).unwrap_or_default().to_owned();
    let (path, method) = (Text::unicode(text("Path")), text("Method").to_lowercase());
    let role = target.role(ctx, event, "apigateway.amazonaws.com");
    let Some(id) = api.id.clone() else { return Ok(vec![role]) };
    if !ctx.rest.apis.get(&id).is_some_and(|a| a.managed && a.body.is_some()) {
        return Ok(vec![role]);
    }
    let auth = event.get("Auth").filter(|a| a.is_truthy()).cloned();
    check_auth(ctx, event, &api, auth.as_ref(), &method)?;
    let condition = target.attributes.get("Condition").map(|c| Py::written(c, 0));
    let input = match event.get("UnescapeMappingTemplate").is_some_and(Expr::is_truthy) {
        true => r#""$util.escapeJavaScript($input.json('$')).replaceAll("\\'","'")""#,
        false => r#""$util.escapeJavaScript($input.json('$'))""#,
    };
    let template = format!("{{\"input\": {input}, \"stateMachineArn\": \"${{{}}}\"}}", target.id);
    let credentials = Expr::get_att(&role.id, "Arn");
    // Unlike with functions, the stage is not that of the API, but what the event itself says.
    let stage = event.get("Stage").map_or(PyKind::None.into(), |s| Py::written(s, 0));
    edit_body(ctx, &id, event, |body| {
        let name = method_name(&method);
        if body.has_integration(&path, &name)? {
            return Err(duplicate(&path, &method, event));
        }
        body.set_method(&path, &name, condition.as_ref(), &|definition, clock| {
            let uri = Py::map_of(
                "Fn::Sub",
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution",
            );
            let uri = match &condition {
                Some(condition) => Py::conditional(condition.clone(), uri),
                None => uri,
            };
            let answers = |key: &str, values: [&str; 2]| {
                let mut made = Dict::new(clock);
                for (code, value) in ["200", "400"].into_iter().zip(values) {
                    made.insert(code, Dict::of(clock, [(key, value.into())]), clock);
                }
                made
            };
            let mut integration = Dict::new(clock);
            integration.insert("type", "aws", clock);
            integration.insert("httpMethod", "POST", clock);
            integration.insert("uri", uri, clock);
            integration.insert("responses", answers("statusCode", ["200", "400"]), clock);
            integration.insert("credentials", Py::made(&credentials), clock);
            let body_template = Py::map_of("Fn::Sub", template.as_str());
            integration.insert("requestTemplates", Py::map_of("application/json", body_template), clock);
            definition.insert(INTEGRATION, integration, clock);
            definition.get_or_insert_with("responses", clock, || {
                answers("description", ["OK", "Bad Request"]).into()
            });
        })?;
        match &auth {
            Some(auth) => add_method_auth(body, &path, &name, auth, &api, &stage),
            None => Ok(()),
        }
    })?;
    Ok(vec![role])
}
