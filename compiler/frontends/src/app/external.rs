//! Things that exist already: never made, never changed, usable by name.

use indexmap::IndexMap;
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Function};
use samc_schema::app::{External, ExternalKind, Kind};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::Component;
use super::text::{Part, join};

/// Notes the attributes of every external thing.
pub(super) fn describe(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (key, external) in app.external.iter().flat_map(|c| &c.0) {
        let name = key.name().as_str();
        let mut owner = Owner::default();
        owner.origin.path = format!("external.{name}");
        owner.origin.key_span = key.span();
        owner.origin.source = Some(LogicalId::new(name));
        let attributes = attributes(ctx, &owner, external);
        if attributes.is_empty() {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("`external.{name}` does not say how to find it"),
            )
            .at(key.span(), "nothing here finds it")
            .help("give `arn`, `name`, `id`, `ssm`, `import` or `stack`");
            ctx.report(&owner, "", finding);
        }
        let (kind, _) = service(external.kind.value);
        let mut component = Component::new(kind, LogicalId::new(name), key.span());
        component.flag = attributes.contains_key("stream-arn");
        component.external = Some(attributes);
        ctx.components.insert(name.to_owned(), component);
    }
}

/// The kind it counts as, and the service and path of its ARN before its name.
fn service(kind: ExternalKind) -> (Kind, Option<(&'static str, &'static str)>) {
    match kind {
        ExternalKind::Function => (Kind::Function, Some(("lambda", "function:"))),
        ExternalKind::Queue => (Kind::Queue, Some(("sqs", ""))),
        ExternalKind::Topic => (Kind::Topic, Some(("sns", ""))),
        ExternalKind::Bucket => (Kind::Bucket, Some(("s3", ""))),
        ExternalKind::Table => (Kind::Table, Some(("dynamodb", "table/"))),
        ExternalKind::Stream => (Kind::Stream, Some(("kinesis", "stream/"))),
        ExternalKind::Bus => (Kind::Bus, Some(("events", "event-bus/"))),
        ExternalKind::Role => (Kind::Role, Some(("iam", "role/"))),
        // Their ARNs end in parts that nobody can guess.
        ExternalKind::Workflow => (Kind::Workflow, Some(("states", "stateMachine:"))),
        ExternalKind::Secret => (Kind::Secret, None),
        ExternalKind::Key => (Kind::Key, None),
        ExternalKind::Userpool => (Kind::Userpool, None),
        ExternalKind::Api => (Kind::Api, None),
        ExternalKind::Layer => (Kind::Layer, None),
    }
}

fn attributes(ctx: &mut Lower<'_>, owner: &Owner, external: &External) -> IndexMap<String, Expr> {
    let mut found = IndexMap::new();
    let mut put = |ctx: &mut Lower<'_>, key: &str, value: &Option<Spanned<String>>| {
        if let Some(value) = value {
            found.insert(key.to_owned(), ctx.text(owner, key, value));
        }
    };
    put(ctx, "arn", &external.arn);
    put(ctx, "name", &external.name);
    put(ctx, "id", &external.id);
    if let Some(path) = &external.ssm {
        found.insert(
            "arn".to_owned(),
            Expr::from(format!("{{{{resolve:ssm:{}}}}}", path.value)).with_span(path.span),
        );
    }
    if let Some(import) = &external.import {
        let name = ctx.text(owner, "import", import);
        found.insert("arn".to_owned(), Expr::call(Function::ImportValue, name).with_span(import.span));
    }
    if let Some(stack) = &external.stack {
        let parts = vec![
            Part::Value(ctx.text(owner, "stack.name", &stack.name)),
            Part::Text("-".to_owned()),
            Part::Value(ctx.text(owner, "stack.output", &stack.output)),
        ];
        found.insert(
            "arn".to_owned(),
            Expr::call(Function::ImportValue, join(parts)).with_span(stack.output.span),
        );
    }
    for (key, value) in external.attrs.iter().flatten() {
        let value = ctx.text(owner, "attrs", value);
        found.insert(key.clone(), value);
    }
    let (kind, arn) = service(external.kind.value);
    if let (false, Some(name), Some((service, path))) = (found.contains_key("arn"), found.get("name"), arn) {
        let head = match service {
            "s3" => "arn:${AWS::Partition}:s3:::".to_owned(),
            "iam" => format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{path}"),
            _ => format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{path}"),
        };
        let value = join(vec![Part::Value(Expr::sub(head)), Part::Value(name.clone())]);
        found.insert("arn".to_owned(), value);
    }
    // The name stands at the end of the ARN, where the ARN is written out.
    let tail = found.get("arn").and_then(Expr::as_str).filter(|a| a.starts_with("arn:")).and_then(|arn| {
        let separators: &[char] = match kind {
            Kind::Bucket | Kind::Queue | Kind::Topic | Kind::Function => &[':'],
            _ => &[':', '/'],
        };
        arn.rsplit(separators).next().map(str::to_owned)
    });
    if let (false, Some(tail)) = (found.contains_key("name"), tail) {
        found.insert("name".to_owned(), tail.into());
    }
    // The ARN of an API is made from its id.
    if kind == Kind::Api
        && let (false, Some(id)) = (found.contains_key("arn"), found.get("id"))
    {
        let head = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:";
        let value = join(vec![Part::Value(Expr::sub(head)), Part::Value(id.clone())]);
        found.insert("arn".to_owned(), value);
    }
    if kind == Kind::Queue
        && let (false, Some(id)) = (found.contains_key("url"), found.get("id"))
    {
        found.insert("url".to_owned(), id.clone());
    }
    found
}
