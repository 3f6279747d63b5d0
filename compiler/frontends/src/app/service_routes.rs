//! Routes that lead to a service rather than a function, as parts of the API's OpenAPI document.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Api, Kind, Reference, Route, RouteTarget};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::Component;
use super::role;
use super::text::{Part, join};

/// The status that is answered when a service took a request on, and when it did not.
const TAKEN: &str = "202";
const REFUSED: &str = "502";

/// Adds the paths of service routes to a document, and gives the statements of the role they need.
pub(super) fn paths(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    api: &Api,
    found: &Component,
    role: &Expr,
) -> (Map, Vec<Expr>) {
    let mut paths = Map::new();
    let mut statements = Vec::new();
    for (route, to) in api.routes.iter().flatten() {
        if to.value.function.is_some() {
            continue;
        }
        let path = format!("routes.{}", route.value);
        let mut service =
            Service { ctx, owner, path: &path, is_rest: found.flag, role, statements: &mut statements };
        let Some(mut operation) = service.operation(route, to) else { continue };
        if let Some(security) = security(&to.value) {
            operation.insert("security", security);
        }
        let method = match route.value.method.as_str() {
            "ANY" => "x-amazon-apigateway-any-method".to_owned(),
            method => method.to_lowercase(),
        };
        let item = paths.get_or_insert_with(route.value.path.as_str(), || Map::new().into());
        if let Some(item) = item.as_map_mut() {
            item.insert_spanned(method, route.span, Expr::from(operation).with_span(to.span.or(route.span)));
        }
    }
    (paths, statements)
}

/// Who may call, where the route says otherwise than the API.
fn security(to: &RouteTarget) -> Option<Expr> {
    let mut all = Vec::new();
    if let Some(auth) = &to.auth {
        let scopes: Vec<Expr> =
            to.scopes.iter().flatten().map(|s| Expr::from(s.value.as_str()).with_span(s.span)).collect();
        let name = match auth.value.as_str() {
            "none" => "NONE",
            "iam" => "AWS_IAM",
            name => name,
        };
        all.push(Expr::from(Map::from([(name, scopes)])).with_span(auth.span));
    }
    if to.key.as_ref().is_some_and(|k| k.value) {
        all.push(Map::from([("api_key", Expr::from(Vec::<Expr>::new()))]).into());
    }
    (!all.is_empty()).then(|| all.into())
}

struct Service<'s, 'a> {
    ctx: &'s mut Lower<'a>,
    owner: &'s Owner,
    path: &'s str,
    is_rest: bool,
    role: &'s Expr,
    statements: &'s mut Vec<Expr>,
}

impl Service<'_, '_> {
    fn operation(&mut self, route: &Spanned<Route>, to: &Spanned<RouteTarget>) -> Option<Map> {
        let target = &to.value;
        let given = [
            target.queue.is_some(),
            target.topic.is_some(),
            target.bus.is_some(),
            target.workflow.is_some(),
            target.url.is_some(),
            target.mock.is_some(),
        ];
        if given.into_iter().filter(|g| *g).count() != 1 {
            let message = format!("the route `{}` must lead to one thing", route.value);
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                .at(to.span.or(route.span), "one of function, queue, topic, bus, workflow, url and mock");
            self.ctx.report(self.owner, self.path, finding);
            return None;
        }
        if let Some(status) = &target.mock {
            return self.mock(status);
        }
        if let Some(url) = &target.url {
            return Some(self.passed_on(route, url));
        }
        let (name, kind) = target
            .queue
            .as_ref()
            .map(|n| (n, Kind::Queue))
            .or(target.topic.as_ref().map(|n| (n, Kind::Topic)))
            .or(target.bus.as_ref().map(|n| (n, Kind::Bus)))
            .or(target.workflow.as_ref().map(|n| (n, Kind::Workflow)))?;
        let found = self.ctx.component_of(self.owner, self.path, name, &[kind], "a route")?;
        let integration =
            if self.is_rest { self.rest(route, name, &found) } else { self.http(route, name, &found) };
        let integration = integration?;
        let mut responses = Map::from([(TAKEN, Expr::from([("description", "Taken on")]))]);
        if self.is_rest {
            responses.insert(REFUSED, Map::from([("description", "Not taken on")]));
        } else {
            responses = Map::from([("default", Expr::from([("description", "What the service answers")]))]);
        }
        Some(Map::from([
            ("responses", Expr::from(responses)),
            ("x-amazon-apigateway-integration", integration.into()),
        ]))
    }

    fn not_here(&mut self, what: &str, span: Option<samc_base::Span>, help: &str) {
        let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, format!("{what} is for REST APIs"))
            .at(span, "not for HTTP APIs")
            .help(help);
        self.ctx.report(self.owner, self.path, finding);
    }

    /// An answer that nobody is asked for.
    fn mock(&mut self, status: &Spanned<u64>) -> Option<Map> {
        if !self.is_rest {
            self.not_here("`mock`", status.span, "write `type: rest`, or let a function answer");
            return None;
        }
        self.ctx.number(self.owner, self.path, status, 100, 599);
        let code = status.value.to_string();
        let request = Map::from([("application/json", format!("{{\"statusCode\": {code}}}"))]);
        let answer = Map::from([("default", Expr::from([("statusCode", code.as_str())]))]);
        let integration = Map::from([
            ("type", Expr::from("mock")),
            ("requestTemplates", request.into()),
            ("responses", answer.into()),
        ]);
        let responses = Map::from([(code, Expr::from([("description", "Answered by itself")]))]);
        Some(Map::from([
            ("responses", Expr::from(responses)),
            ("x-amazon-apigateway-integration", integration.into()),
        ]))
    }

    /// A request that is passed on to another address.
    fn passed_on(&mut self, route: &Spanned<Route>, url: &Spanned<String>) -> Map {
        let uri = self.ctx.text(self.owner, self.path, url);
        let mut integration = Map::from([("type", Expr::from("http_proxy")), ("uri", uri)]);
        integration.insert("httpMethod", route.value.method.as_str());
        if !self.is_rest {
            integration.insert("payloadFormatVersion", "1.0");
        }
        let responses = Map::from([("default", Expr::from([("description", "What the address answers")]))]);
        Map::from([
            ("responses", Expr::from(responses)),
            ("x-amazon-apigateway-integration", integration.into()),
        ])
    }

    fn allow(&mut self, actions: &[&str], found: &Component) {
        let mut statements = Vec::new();
        statements.extend(found.attribute("arn").map(|arn| role::allow(actions, vec![arn])));
        statements.extend(
            found.key.clone().map(|key| role::allow(&["kms:Decrypt", "kms:GenerateDataKey"], vec![key])),
        );
        for statement in statements {
            if !self.statements.contains(&statement) {
                self.statements.push(statement);
            }
        }
    }

    /// The integration of an HTTP API. Source: "AWS service integrations for HTTP APIs" in the guide of
    /// API Gateway.
    fn http(&mut self, route: &Spanned<Route>, name: &Spanned<Reference>, found: &Component) -> Option<Map> {
        let body = Expr::from("$request.body");
        let (subtype, action, parameters) = match found.kind {
            Kind::Queue => {
                let url = self.ctx.needed(self.owner, self.path, name, found, "url")?;
                ("SQS-SendMessage", "sqs:SendMessage", Map::from([("QueueUrl", url), ("MessageBody", body)]))
            }
            Kind::Bus => {
                let bus = self.ctx.needed(self.owner, self.path, name, found, "name")?;
                let mut event = Map::from([("Detail", body), ("EventBusName", bus)]);
                event.insert("DetailType", route.value.to_string());
                event.insert("Source", self.ctx.name.as_str());
                ("EventBridge-PutEvents", "events:PutEvents", event)
            }
            Kind::Workflow => {
                let arn = self.ctx.needed(self.owner, self.path, name, found, "arn")?;
                let parameters = Map::from([("StateMachineArn", arn), ("Input", body)]);
                match found.flag {
                    true => ("StepFunctions-StartSyncExecution", "states:StartSyncExecution", parameters),
                    false => ("StepFunctions-StartExecution", "states:StartExecution", parameters),
                }
            }
            _ => {
                self.not_here(
                    "a route to a topic",
                    name.span,
                    "write `type: rest`, or let the route lead to a bus or a queue",
                );
                return None;
            }
        };
        self.allow(&[action], found);
        Some(Map::from([
            ("type", Expr::from("aws_proxy")),
            ("integrationSubtype", Expr::from(subtype)),
            ("credentials", self.role.clone()),
            ("payloadFormatVersion", Expr::from("1.0")),
            ("connectionType", Expr::from("INTERNET")),
            ("requestParameters", parameters.into()),
        ]))
    }

    /// The integration of a REST API: the call of the service as it is on the wire. Source: each service's
    /// API reference.
    fn rest(&mut self, route: &Spanned<Route>, name: &Spanned<Reference>, found: &Component) -> Option<Map> {
        let uri =
            |rest: &str| Expr::sub(format!("arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{rest}"));
        let text = |text: &str| Part::Text(text.to_owned());
        let quoted = |value: &str| Expr::from(format!("'{value}'"));
        let form = "application/x-www-form-urlencoded";
        let json = "application/x-amz-json-1.0";
        let (uri, action, target, content, template) = match found.kind {
            Kind::Queue => {
                let queue = self.ctx.needed(self.owner, self.path, name, found, "name")?;
                let path = join(vec![Part::Value(uri("sqs:path/${AWS::AccountId}/")), Part::Value(queue)]);
                let template = vec![text("Action=SendMessage&MessageBody=$util.urlEncode($input.body)")];
                (path, "sqs:SendMessage", None, form, template)
            }
            Kind::Topic => {
                let arn = self.ctx.needed(self.owner, self.path, name, found, "arn")?;
                let template = vec![
                    text("Action=Publish&TopicArn=$util.urlEncode('"),
                    Part::Value(arn),
                    text("')&Message=$util.urlEncode($input.body)"),
                ];
                (uri("sns:path//"), "sns:Publish", None, form, template)
            }
            Kind::Bus => {
                let bus = self.ctx.needed(self.owner, self.path, name, found, "name")?;
                let head = format!(
                    "{{\"Entries\":[{{\"Source\":\"{}\",\"DetailType\":\"{}\",\"Detail\":\"$util.escapeJavaScript($input.body)\",\"EventBusName\":\"",
                    self.ctx.name, route.value
                );
                let template = vec![text(&head), Part::Value(bus), text("\"}]}")];
                let target = Some("AWSEvents.PutEvents");
                (
                    uri("events:action/PutEvents"),
                    "events:PutEvents",
                    target,
                    "application/x-amz-json-1.1",
                    template,
                )
            }
            _ => {
                let arn = self.ctx.needed(self.owner, self.path, name, found, "arn")?;
                let template = vec![
                    text("{\"input\":\"$util.escapeJavaScript($input.body)\",\"stateMachineArn\":\""),
                    Part::Value(arn),
                    text("\"}"),
                ];
                let (call, action) = match found.flag {
                    true => ("states:action/StartSyncExecution", "states:StartSyncExecution"),
                    false => ("states:action/StartExecution", "states:StartExecution"),
                };
                (uri(call), action, None, json, template)
            }
        };
        self.allow(&[action], found);
        let mut headers = Map::from([("integration.request.header.Content-Type", quoted(content))]);
        if let Some(target) = target {
            headers.insert("integration.request.header.X-Amz-Target", quoted(target));
        }
        let status = |code: &str| Expr::from([("statusCode", code)]);
        Some(Map::from([
            ("type", Expr::from("aws")),
            ("httpMethod", Expr::from("POST")),
            ("uri", uri),
            ("credentials", self.role.clone()),
            ("passthroughBehavior", Expr::from("never")),
            ("requestParameters", headers.into()),
            ("requestTemplates", Map::from([("application/json", join(template))]).into()),
            ("responses", Map::from([("2\\d{2}", status(TAKEN)), ("default", status(REFUSED))]).into()),
        ]))
    }
}
