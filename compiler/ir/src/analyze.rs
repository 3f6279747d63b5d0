//! From a graph to the view of its application.

mod grants;
mod routes;
mod triggers;

use samc_base::LogicalId;

use crate::application::{Application, AssetUse, Code, Component, ComponentKind, FunctionView};
use crate::expr::{Asset, AssetKind, Expr, Kind, Str};
use crate::graph::{Resource, ResourceGraph};
use crate::references::{self, Use};

const FUNCTION: &str = "AWS::Lambda::Function";

/// Looks at a graph as an application.
pub fn analyze(graph: &ResourceGraph) -> Application {
    let mut found = Application::default();
    for (id, resource) in &graph.resources {
        if resource.resource_type == *FUNCTION {
            found.functions.push(function(graph, id, resource));
        }
        if let Some(kind) = kind_of(resource) {
            found.components.push(Component { id: id.clone(), kind });
        }
        if let Some(properties) = &resource.properties {
            properties.walk(&mut |e| {
                if let Kind::Asset(asset) = &e.kind {
                    let Asset { path, kind, .. } = &**asset;
                    found.assets.push(AssetUse { path: path.clone(), kind: *kind, resource: id.clone() });
                }
            });
        }
    }
    routes::find(graph, &mut found.routes);
    triggers::find(graph, &mut found.triggers);
    grants::find(graph, &mut found.grants);
    found
}

fn kind_of(resource: &Resource) -> Option<ComponentKind> {
    Some(match &*resource.resource_type {
        "AWS::ApiGateway::RestApi" => ComponentKind::RestApi,
        "AWS::ApiGatewayV2::Api" => match resource.property("ProtocolType").and_then(Expr::as_str) {
            Some("WEBSOCKET") => ComponentKind::WebSocketApi,
            _ => ComponentKind::HttpApi,
        },
        "AWS::AppSync::GraphQLApi" => ComponentKind::GraphQlApi,
        "AWS::StepFunctions::StateMachine" => ComponentKind::StateMachine,
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => ComponentKind::Table,
        "AWS::S3::Bucket" => ComponentKind::Bucket,
        "AWS::SQS::Queue" => ComponentKind::Queue,
        "AWS::SNS::Topic" => ComponentKind::Topic,
        "AWS::Kinesis::Stream" => ComponentKind::Stream,
        "AWS::Events::EventBus" => ComponentKind::EventBus,
        "AWS::Cognito::UserPool" => ComponentKind::UserPool,
        "AWS::Scheduler::Schedule" => ComponentKind::Schedule,
        "AWS::Events::Rule" if resource.property("ScheduleExpression").is_some() => ComponentKind::Schedule,
        _ => return None,
    })
}

fn function(graph: &ResourceGraph, id: &LogicalId, resource: &Resource) -> FunctionView {
    let text = |key: &str| resource.property(key).and_then(Expr::as_shared).cloned();
    // A number may be written as text; without one, the service has a default of its own.
    let number = |key: &str, default: u32| match resource.property(key) {
        None => Some(default),
        Some(value) if value.is_no_value() => Some(default),
        Some(value) => match &value.kind {
            Kind::Int(n) => u32::try_from(*n).ok(),
            Kind::String(text) => text.parse().ok(),
            _ => None,
        },
    };
    FunctionView {
        id: id.clone(),
        source: resource.origin.source.clone().unwrap_or_else(|| id.clone()),
        code: code(resource.property("Code")),
        runtime: text("Runtime"),
        handler: text("Handler"),
        timeout_seconds: number("Timeout", 3),
        memory_mib: number("MemorySize", 128),
        role: resource.property("Role").and_then(|role| first_of(graph, role, |r| r == "AWS::IAM::Role")),
        environment: environment(graph, resource),
        span: resource.origin.key_span,
    }
}

fn code(code: Option<&Expr>) -> Code {
    let Some(code) = code else { return Code::Unknown };
    match &code.kind {
        Kind::Asset(asset) if asset.kind == AssetKind::FunctionCode => Code::Local(asset.path.clone()),
        Kind::String(path) => Code::Local(path.clone()),
        Kind::Map(map) if map.contains_key("ZipFile") => Code::Inline,
        Kind::Map(map) if map.contains_key("ImageUri") => Code::Image,
        Kind::Map(map) if map.contains_key("S3Bucket") => Code::Bucket,
        _ => Code::Unknown,
    }
}

fn environment(graph: &ResourceGraph, resource: &Resource) -> Vec<(Str, Option<LogicalId>)> {
    let variables = resource.property("Environment").and_then(|e| e.as_map()?.get("Variables")?.as_map());
    let named = |value| first_of(graph, value, |_| true);
    variables
        .into_iter()
        .flat_map(crate::Map::iter)
        .map(|(name, value)| (name.clone(), named(value)))
        .collect()
}

/// Calls `visit` for every resource of the graph that a value refers to.
fn each_resource<'g>(
    graph: &'g ResourceGraph,
    value: &Expr,
    visit: &mut dyn FnMut(&'g LogicalId, &'g Resource),
) {
    references::each(value, false, &mut |r| {
        if matches!(r.used, Use::Value | Use::Attribute(_))
            && let Some((id, resource)) = graph.resources.get_key_value(r.name)
        {
            visit(id, resource);
        }
    });
}

/// The first resource that a value refers to whose type is wanted.
pub fn first_of(graph: &ResourceGraph, value: &Expr, wanted: impl Fn(&str) -> bool) -> Option<LogicalId> {
    let mut found = None;
    each_resource(graph, value, &mut |id, resource| {
        if found.is_none() && wanted(&resource.resource_type) {
            found = Some(id.clone());
        }
    });
    found
}

/// The function that a value leads to, by way of an alias or a version if need be.
pub fn function_of(graph: &ResourceGraph, value: &Expr) -> Option<LogicalId> {
    let mut found = None;
    each_resource(graph, value, &mut |id, resource| {
        if found.is_some() {
            return;
        }
        found = match &*resource.resource_type {
            FUNCTION => Some(id.clone()),
            "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
                resource.property("FunctionName").and_then(|f| first_of(graph, f, |t| t == FUNCTION))
            }
            _ => None,
        };
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::TriggerKind;
    use crate::{Map, Origin, validate};
    use samc_base::Diagnostics;

    fn add(graph: &mut ResourceGraph, id: &str, kind: &str, properties: Map) {
        graph.resources.insert(id.into(), Resource::new(kind, properties, Origin::default()));
    }

    fn map<const N: usize>(entries: [(&str, Expr); N]) -> Map {
        entries.into()
    }

    #[test]
    fn an_application_is_seen_through_its_resources() {
        let mut graph = ResourceGraph::default();
        let variables = map([("TABLE", Expr::reference("Orders")), ("STAGE", "prod".into())]);
        let worker = map([
            ("Code", map([("ZipFile", "x".into())]).into()),
            ("Role", Expr::get_att("WorkerRole", "Arn")),
            ("Timeout", "30".into()),
            ("Environment", map([("Variables", variables.into())]).into()),
        ]);
        add(&mut graph, "Worker", FUNCTION, worker);
        let statement = map([
            ("Effect", "Allow".into()),
            ("Action", vec!["dynamodb:GetItem".into()].into()),
            ("Resource", Expr::get_att("Orders", "Arn")),
        ]);
        let document = map([("Statement", vec![statement.into()].into())]);
        let policy = map([("PolicyName", "P".into()), ("PolicyDocument", document.into())]);
        add(&mut graph, "WorkerRole", "AWS::IAM::Role", map([("Policies", vec![policy.into()].into())]));
        add(&mut graph, "Orders", "AWS::DynamoDB::Table", Map::new());
        add(&mut graph, "Jobs", "AWS::SQS::Queue", Map::new());
        let mapping = map([
            ("FunctionName", Expr::reference("Live")),
            ("EventSourceArn", Expr::get_att("Jobs", "Arn")),
        ]);
        add(&mut graph, "Poller", "AWS::Lambda::EventSourceMapping", mapping);
        add(&mut graph, "Live", "AWS::Lambda::Alias", map([("FunctionName", Expr::reference("Worker"))]));
        let uri =
            Expr::sub("arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${Worker.Arn}/invocations");
        let integration = map([("uri", uri)]);
        let get = map([("x-amazon-apigateway-integration", integration.into())]);
        let methods =
            map([("get", get.into()), ("options", Map::new().into()), ("parameters", vec![].into())]);
        let body = map([("paths", map([("/orders", methods.into())]).into())]);
        add(&mut graph, "Api", "AWS::ApiGateway::RestApi", map([("Body", body.into())]));

        let view = analyze(&validate(graph, &mut Diagnostics::default()));
        let worker = view.function("Worker").unwrap();
        assert_eq!(
            (worker.timeout_seconds, worker.memory_mib, &worker.code),
            (Some(30), Some(128), &Code::Inline)
        );
        assert_eq!(worker.environment, [("TABLE".into(), Some("Orders".into())), ("STAGE".into(), None)]);
        let grants: Vec<_> = view.grants_of(worker).collect();
        assert_eq!((grants.len(), &*grants[0].resources[0]), (1, "Orders"));
        let trigger = &view.triggers[0];
        assert_eq!((trigger.kind, trigger.source.as_deref()), (TriggerKind::Poll, Some("Jobs")));
        assert_eq!(trigger.function, "Worker");
        let route = &view.routes[0];
        assert_eq!(
            (&*route.method, &*route.path, route.function.as_deref()),
            ("GET", "/orders", Some("Worker"))
        );
        let counts = view.counts();
        assert_eq!(counts, [(1, "function"), (1, "route"), (1, "REST API"), (1, "table"), (1, "queue")],);
    }
}
