//! `HttpApi` events that name a REST API. The transform lets them be, and writes an HTTP API's kind of
//! route into the body; API Gateway then refuses `$default`, or answers otherwise than is meant.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map};

use super::body::{Body, Edited, INTEGRATION};
use super::py27::{Dict, Py, Text};
use super::report_fault;
use crate::sam::events::{Event, LambdaTarget};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::http::body::{ANY, DEFAULT_PATH, method_name, parameters};

/// The route as it enters the body.
struct Route {
    path: Text,
    method: Text,
    uri: Text,
    condition: Option<Py>,
    /// Keys of the integration that the event sets.
    settings: Map,
    security: Option<Expr>,
}

/// Adds the route of an event to the body of a REST API, and tells whether it needs a permission of its
/// own: one for `$default` holds for every route of the same function.
pub(crate) fn add(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    api: &LogicalId,
    (path, method): (&str, &str),
    security: Option<Expr>,
) -> Result<bool> {
    ctx.warn(
        Diagnostic::warning(
            codes::HTTP_EVENT_OF_REST_API,
            format!("the event {} is of type HttpApi, and {api} is a REST API", event.key),
        )
        .at(event.get("ApiId").and_then(|id| id.span).or(event.span), "not an AWS::Serverless::HttpApi")
        .help("make it an Api event, or the API an AWS::Serverless::HttpApi"),
    );
    let Some(body) = ctx.rest.apis.get_mut(api).and_then(|api| api.body.as_mut()) else { return Ok(true) };
    if !body.is_open_api() {
        let message =
            format!("DefinitionBody of {api} is not a document of OpenAPI 3 with `openapi` and `paths`");
        return Err(
            ctx.report(Diagnostic::error(codes::INVALID_DEFINITION, message).at(event.span, "asks for one"))
        );
    }
    let function = match &target.alias {
        Some(alias) => format!("${{{alias}}}"),
        None => format!("${{{}.Arn}}", target.function),
    };
    let uri = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{function}/invocations"
    );
    let mut settings = Map::new();
    for (name, key) in
        [("TimeoutInMillis", "timeoutInMillis"), ("PayloadFormatVersion", "payloadFormatVersion")]
    {
        if let Some(value) = event.get(name).filter(|value| value.is_truthy()) {
            settings.insert(key, value.clone());
        }
    }
    let method = method_name(method);
    let route = Route {
        // What the transform fills in itself is plain text to Python 2.7.
        path: Text { text: path.into(), unicode: path != DEFAULT_PATH },
        method: Text { text: method.as_str().into(), unicode: method != ANY },
        uri: Text { text: uri.into(), unicode: target.alias.is_none() },
        condition: target.attributes.get("Condition").map(|condition| Py::written(condition, 0)),
        settings,
        security,
    };
    let edited = body.edit(|body| {
        let covered = path != DEFAULT_PATH && is_default_of(body, &target.function)?;
        route.enter(body)?;
        Ok(!covered)
    });
    report_fault(ctx, edited)
}

/// Whether the route for everything else leads to this function.
fn is_default_of(body: &mut Body, function: &str) -> Edited<bool> {
    let (path, method) = (Text::unicode(DEFAULT_PATH), Text::unicode(ANY));
    if !body.has_integration(&path, &method)? {
        return Ok(false);
    }
    let wanted = format!("${{{function}.Arn}}");
    let mut all = true;
    body.for_method(&path, &method, &mut |definition, _| {
        let uri = definition.get(INTEGRATION).and_then(|i| i.get("uri")).and_then(|uri| uri.get("Fn::Sub"));
        all &= uri.is_some_and(|text| text.to_python_text().contains(&wanted));
        Ok(())
    })?;
    Ok(all)
}

impl Route {
    fn enter(&self, body: &mut Body) -> Edited {
        if !body.has_integration(&self.path, &self.method)? {
            body.set_method(&self.path, &self.method, self.condition.as_ref(), &|definition, clock| {
                let uri = Py::from(Dict::of(clock, [("Fn::Sub", self.uri.clone().into())]));
                let uri = match &self.condition {
                    Some(condition) => Py::conditional(condition.clone(), uri),
                    None => uri,
                };
                let mut integration = Dict::new(clock);
                integration.insert("type", "aws_proxy", clock);
                integration.insert("httpMethod", "POST", clock);
                integration.insert("payloadFormatVersion", "2.0", clock);
                integration.insert("uri", uri, clock);
                definition.insert(INTEGRATION, integration, clock);
                if &*self.path.text == DEFAULT_PATH && &*self.method.text == ANY {
                    definition.insert("isDefaultRoute", true, clock);
                }
                definition.get_or_insert_with("responses", clock, || Dict::new(clock).into());
            })?;
        }
        body.for_method(&self.path, &self.method, &mut |definition, clock| {
            if let Some(security) = &self.security {
                definition.insert("security", Py::made(&Expr::from(vec![security.clone()])), clock);
            }
            if let Some(integration) = definition.get_mut(INTEGRATION).and_then(Py::as_dict_mut) {
                for (key, value) in self.settings.iter() {
                    integration.insert(&**key, Py::written(value, clock), clock);
                }
            }
            let names = parameters(&self.path.text);
            if !names.is_empty() && !definition.contains("parameters") {
                let all: Vec<Py> = names
                    .into_iter()
                    .map(|name| {
                        let mut parameter = Dict::new(clock);
                        parameter.insert("name", Text::unicode(name), clock);
                        parameter.insert("in", "path", clock);
                        parameter.insert("required", true, clock);
                        parameter.into()
                    })
                    .collect();
                definition.insert("parameters", all, clock);
            }
            Ok(())
        })
    }
}
