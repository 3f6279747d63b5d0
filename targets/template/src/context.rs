//! What a template sees: the application as JSON.

use samc_base::{LogicalId, SourceMap, Span};
use samc_ir::application::{Code, Component, ComponentKind, FunctionView, Route, TriggerKind};
use samc_ir::{Application, JsonStyle, ResourceGraph, ValidGraph};
use samc_target::Options;
use serde_json::{Map, Value, json};

/// The application of a graph.
pub(crate) fn of(graph: &ValidGraph, options: &Options) -> Value {
    let application = samc_ir::analyze(graph);
    let about = &options.about;
    json!({
        "app": {
            "name": about.name,
            "stage": about.stage,
            "stages": stages(&about.stages),
            "region": about.region,
            "spec": about.spec,
            "description": section(graph, "Description"),
        },
        "functions": functions(&application, graph, &options.sources),
        "components": components(&application, graph, &options.sources),
        "routes": routes(&application),
        "edges": edges(&application, graph),
        "resources": resources(graph, &options.sources),
        "parameters": entries(section(graph, "Parameters")),
        "outputs": entries(section(graph, "Outputs")),
    })
}

/// The stages in their order, each with the one before it.
fn stages(names: &[String]) -> Vec<Value> {
    let before = std::iter::once(None).chain(names.iter().map(Some));
    names
        .iter()
        .zip(before)
        .map(|(name, before)| json!({"name": name, "before": before, "production": name.starts_with("prod")}))
        .collect()
}

/// A section of the template as JSON; null where there is none.
fn section(graph: &ResourceGraph, name: &str) -> Value {
    graph.sections.get(name).map_or(Value::Null, value)
}

fn value(expr: &samc_ir::Expr) -> Value {
    serde_json::from_str(&expr.to_json(JsonStyle::PRETTY)).unwrap_or_default()
}

/// A mapping as a list with the keys as `name`, which is what `{{#each}}` likes.
fn entries(section: Value) -> Value {
    let Value::Object(map) = section else { return json!([]) };
    let with_name = |(name, inner): (String, Value)| {
        let mut entry = Map::new();
        entry.insert("name".to_owned(), name.into());
        if let Value::Object(inner) = inner {
            entry.extend(inner);
        }
        Value::Object(entry)
    };
    map.into_iter().map(with_name).collect()
}

fn place(span: Option<Span>, sources: &SourceMap) -> Value {
    let Some(span) = span else { return Value::Null };
    let file = sources.file(span.file);
    let name = file.name().rsplit(['/', '\\']).next().unwrap_or_default();
    json!({"file": name, "line": file.line_column(span.start).line})
}

/// What the author calls a resource.
fn name_of<'g>(graph: &'g ResourceGraph, id: &'g LogicalId) -> &'g str {
    graph.resources.get(id).and_then(|r| r.origin.source.as_ref()).unwrap_or(id).as_str()
}

fn functions(application: &Application, graph: &ResourceGraph, sources: &SourceMap) -> Vec<Value> {
    let function = |f: &FunctionView| {
        let triggers: Vec<Value> = application
            .triggers
            .iter()
            .filter(|t| t.function == f.id)
            .map(|t| json!({"kind": word(t.kind), "source": t.source.as_ref().map(|s| name_of(graph, s))}))
            .collect();
        let routes: Vec<Value> = application
            .routes
            .iter()
            .filter(|r| r.function.as_ref() == Some(&f.id))
            .map(|r| json!({"method": r.method, "path": r.path, "api": name_of(graph, &r.api)}))
            .collect();
        let grants: Vec<Value> = application
            .grants_of(f)
            .map(|g| {
                let resources: Vec<&str> = g.resources.iter().map(|r| name_of(graph, r)).collect();
                let actions: Vec<&str> = g.actions.iter().map(|a| &**a).collect();
                json!({"actions": actions, "resources": resources, "all": g.all_resources})
            })
            .collect();
        let environment: Vec<&str> = f.environment.iter().map(|(name, _)| &**name).collect();
        json!({
            "id": f.id.as_str(),
            "name": f.source.as_str(),
            "handler": f.handler.as_deref(),
            "runtime": f.runtime.as_deref(),
            "timeout": f.timeout_seconds,
            "memory": f.memory_mib,
            "code": match &f.code {
                Code::Local(path) => Value::from(&**path),
                Code::Inline | Code::Bucket | Code::Image | Code::Unknown => Value::Null,
            },
            "environment": environment,
            "triggers": triggers,
            "routes": routes,
            "can": grants,
            "source": place(f.span, sources),
        })
    };
    application.functions.iter().map(function).collect()
}

fn components(application: &Application, graph: &ResourceGraph, sources: &SourceMap) -> Vec<Value> {
    let component = |c: &Component| {
        let span = graph.resources.get(&c.id).and_then(|r| r.origin.key_span);
        json!({
            "id": c.id.as_str(),
            "name": name_of(graph, &c.id),
            "kind": kind(c.kind),
            "source": place(span, sources),
        })
    };
    application.components.iter().map(component).collect()
}

/// The word of a kind, such as `http-api`.
fn kind(kind: ComponentKind) -> String {
    kind.words().0.to_lowercase().replace(' ', "-")
}

fn word(kind: TriggerKind) -> &'static str {
    match kind {
        TriggerKind::Poll => "poll",
        TriggerKind::Bucket => "bucket",
        TriggerKind::Topic => "topic",
        TriggerKind::Event => "event",
        TriggerKind::Schedule => "schedule",
        TriggerKind::Log => "log",
        TriggerKind::UserPool => "user-pool",
        TriggerKind::Device => "device",
        TriggerKind::Step => "step",
        TriggerKind::Url => "url",
    }
}

fn routes(application: &Application) -> Vec<Value> {
    let route = |r: &Route| {
        json!({
            "api": r.api.as_str(),
            "method": r.method,
            "path": r.path,
            "function": r.function.as_ref().map(LogicalId::as_str),
        })
    };
    application.routes.iter().map(route).collect()
}

/// Who leads to whom, each pair once: what starts a function, and what a function may touch.
fn edges(application: &Application, graph: &ResourceGraph) -> Vec<Value> {
    let mut edges: Vec<Value> = Vec::new();
    let mut add = |from: &LogicalId, to: &LogicalId, label: &str| {
        let edge = json!({"from": from.as_str(), "to": to.as_str(), "label": label});
        if from != to && !edges.contains(&edge) {
            edges.push(edge);
        }
    };
    for route in &application.routes {
        if let Some(function) = &route.function {
            add(&route.api, function, &format!("{} {}", route.method, route.path));
        }
    }
    for trigger in &application.triggers {
        let from = trigger.source.as_ref().unwrap_or(&trigger.resource);
        add(from, &trigger.function, word(trigger.kind));
    }
    for function in &application.functions {
        for grant in application.grants_of(function) {
            let verb = grant.actions.first().and_then(|a| a.split_once(':')).map_or("", |(_, verb)| verb);
            for resource in &grant.resources {
                let is_shown = application.components.iter().any(|c| c.id == *resource)
                    || application.functions.iter().any(|f| f.id == *resource);
                if is_shown && graph.resources.contains_key(resource) {
                    add(&function.id, resource, verb);
                }
            }
        }
    }
    edges
}

fn resources(graph: &ResourceGraph, sources: &SourceMap) -> Vec<Value> {
    let resource = |(id, r): (&LogicalId, &samc_ir::Resource)| {
        json!({
            "id": id.as_str(),
            "type": r.resource_type.as_str(),
            "name": name_of(graph, id),
            "properties": r.properties.as_ref().map_or(Value::Null, value),
            "source": place(r.origin.key_span.or(r.origin.span), sources),
        })
    };
    graph.resources.iter().map(resource).collect()
}
