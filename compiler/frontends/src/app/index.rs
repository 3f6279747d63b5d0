//! Names get their logical ids, and the components are lowered in their order.

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Diagnostic, Diagnostics, LogicalId, Span, codes};
use samc_ir::{Expr, ResourceGraph};
use samc_schema::app::{
    ApiType, App, Component as _, Components, Declared, Function, Kind, OneOrMany, Read, StreamType, Trigger,
    Via, WorkflowType,
};
use samc_syntax::Spanned;

use super::listeners::{self, Listeners};
use super::lower::{Lower, Owner};
use super::names::{Component, upper_camel};
use super::text::{Part, followed_by, join};
use super::{
    alarm, api, bucket, bus, compliance, dashboard, encryption, external, function, layer, network, queue,
    role, stream, table, top, topic, userpool, workflow,
};
use crate::{Files, Options, sam};

/// Lowers what was read to a SAM template.
pub(super) fn lower(
    read: &Read,
    stage: &str,
    production: bool,
    filtered: IndexMap<String, Declared>,
    (options, files): (&Options, &dyn Files),
    diagnostics: &mut Diagnostics,
) -> sam::Template {
    let app = &read.app;
    let mut ctx = Lower {
        options,
        diagnostics,
        app,
        name: app.app.value.as_str().to_owned(),
        stage: stage.to_owned(),
        production,
        components: IndexMap::new(),
        broken: FxHashSet::default(),
        partial: &read.partial,
        defaults: read.defaults,
        said_of_defaults: FxHashSet::default(),
        filtered,
        listeners: Listeners::default(),
        params: IndexMap::new(),
        secrets: IndexMap::new(),
        queue_senders: IndexMap::new(),
        topic_senders: IndexMap::new(),
        conditions: conditions(app),
        networks: IndexMap::new(),
        key_users: IndexMap::new(),
        files,
        template: ResourceGraph::default(),
        taken: app.resources.iter().flat_map(|r| r.keys().cloned()).collect(),
    };
    top::head(&mut ctx);
    name_components(&mut ctx, read);
    top::params(&mut ctx);
    top::name_secrets(&mut ctx);
    external::describe(&mut ctx);
    describe(&mut ctx);
    encryption::describe(&mut ctx);
    network::describe(&mut ctx);
    break_bucket_circles(&mut ctx);
    break_workflow_circles(&mut ctx);
    ctx.listeners = listeners::collect(&ctx);
    each(&mut ctx, &app.functions, function::lower);
    api::lower_all(&mut ctx);
    each(&mut ctx, &app.tables, table::lower);
    each(&mut ctx, &app.buckets, bucket::lower);
    each(&mut ctx, &app.queues, queue::lower);
    each(&mut ctx, &app.topics, topic::lower);
    each(&mut ctx, &app.streams, stream::lower);
    each(&mut ctx, &app.buses, bus::lower);
    each(&mut ctx, &app.workflows, workflow::lower);
    each(&mut ctx, &app.userpools, userpool::lower);
    each(&mut ctx, &app.vpcs, network::lower);
    each(&mut ctx, &app.layers, layer::lower);
    each(&mut ctx, &app.roles, role::lower);
    top::secrets(&mut ctx);
    each(&mut ctx, &app.alarms, alarm::lower);
    each(&mut ctx, &app.dashboards, dashboard::lower);
    refuse_without_tls(&mut ctx);
    queue::policies(&mut ctx);
    topic::policies(&mut ctx);
    each(&mut ctx, &app.keys, encryption::lower);
    top::resources(&mut ctx);
    top::outputs(&mut ctx);
    sam::Template::from(ctx.template)
}

/// Lets nobody send to queues and topics without TLS where compliance asks for that.
fn refuse_without_tls(ctx: &mut Lower<'_>) {
    for name in compliance::tls_only(ctx.app) {
        for part in [name.clone(), format!("{name}.dlq")] {
            let Some(found) = ctx.components.get(&part).cloned() else { continue };
            let Some(arn) = found.attribute("arn") else { continue };
            let is_queue = found.kind == Kind::Queue;
            let statement = Expr::from([
                ("Sid", Expr::from("TlsOnly")),
                ("Effect", Expr::from("Deny")),
                ("Principal", Expr::from("*")),
                ("Action", Expr::from(if is_queue { "sqs:*" } else { "sns:Publish" })),
                ("Resource", arn),
                ("Condition", Expr::from([("Bool", Expr::from([("aws:SecureTransport", "false")]))])),
            ]);
            let senders = if is_queue { &mut ctx.queue_senders } else { &mut ctx.topic_senders };
            senders.entry(found.id).or_default().push(statement);
        }
    }
}

fn each<T>(
    ctx: &mut Lower<'_>,
    components: &Option<Components<T>>,
    lower: fn(&mut Lower<'_>, &str, Option<Span>, &T),
) {
    for (key, component) in components.iter().flat_map(|c| &c.0) {
        lower(ctx, key.name().as_str(), key.span(), component);
    }
}

/// The conditions that components are made under.
fn conditions(app: &App) -> FxHashMap<String, String> {
    let mut conditions = FxHashMap::default();
    macro_rules! collect {
        ($($section:ident)*) => {$(
            for (key, component) in app.$section.iter().flat_map(|c| &c.0) {
                if let Some(when) = component.common().when {
                    conditions.insert(key.name().to_string(), super::lower::condition_id(&when.value));
                }
            }
        )*};
    }
    collect!(functions queues topics buckets tables streams buses apis layers roles alarms);
    collect!(workflows userpools keys vpcs);
    conditions
}

/// The names as which the components of a kind were known before.
fn earlier(app: &App) -> FxHashMap<String, String> {
    let mut names = FxHashMap::default();
    macro_rules! collect {
        ($($section:ident)*) => {$(
            for (key, component) in app.$section.iter().flat_map(|c| &c.0) {
                if let Some(was) = component.common().was {
                    names.insert(key.name().to_string(), was.value.to_string());
                }
            }
        )*};
    }
    collect!(functions queues topics buckets tables streams buses apis layers roles alarms);
    collect!(workflows userpools keys vpcs);
    names
}

/// The logical ids that components are given, by their names.
fn given_ids(app: &App) -> FxHashMap<String, Spanned<String>> {
    let mut ids = FxHashMap::default();
    macro_rules! collect {
        ($($section:ident)*) => {$(
            for (key, component) in app.$section.iter().flat_map(|c| &c.0) {
                if let Some(id) = component.common().id {
                    ids.insert(key.name().to_string(), Spanned::new(id.value.to_string(), id.span));
                }
            }
        )*};
    }
    collect!(functions queues topics buckets tables streams buses apis layers roles alarms);
    collect!(workflows userpools keys vpcs);
    ids
}

/// Claims a logical id that the author gives; one that something else has is told.
pub(super) fn claim(ctx: &mut Lower<'_>, owner: &Owner, path: &str, id: &str, span: Option<Span>) {
    if !ctx.taken.insert(id.to_owned()) {
        let finding = Diagnostic::error(codes::INVALID_VALUE, format!("the logical id {id} is used twice"))
            .at(span, "something else has it")
            .help("give one of them another `id`");
        ctx.report(owner, path, finding);
    }
}

/// Claims the logical ids that are given, before others are made from names.
fn claim_ids(ctx: &mut Lower<'_>, given: &FxHashMap<String, Spanned<String>>, read: &Read) {
    for name in read.declared.keys() {
        let Some(id) = given.get(name.as_str()) else { continue };
        claim(ctx, &Owner::default(), "id", &id.value, id.span);
    }
}

/// Gives every declared name its logical id, and notes those that could not be read.
fn name_components(ctx: &mut Lower<'_>, read: &Read) {
    let app = ctx.app;
    let earlier = earlier(app);
    let given = given_ids(app);
    claim_ids(ctx, &given, read);
    macro_rules! holds {
        ($section:ident, $name:expr) => {
            app.$section.as_ref().is_some_and(|c| c.0.contains_key($name))
        };
    }
    for (name, declared) in &read.declared {
        let name = name.as_str();
        let is_read = match declared.kind {
            Kind::Function => holds!(functions, name),
            Kind::Queue => holds!(queues, name),
            Kind::Topic => holds!(topics, name),
            Kind::Bucket => holds!(buckets, name),
            Kind::Table => holds!(tables, name),
            Kind::Stream => holds!(streams, name),
            Kind::Bus => holds!(buses, name),
            Kind::Api => holds!(apis, name),
            Kind::Layer => holds!(layers, name),
            Kind::Role => holds!(roles, name),
            Kind::Alarm => holds!(alarms, name),
            Kind::Workflow => holds!(workflows, name),
            Kind::Userpool => holds!(userpools, name),
            Kind::Key => holds!(keys, name),
            Kind::Vpc => holds!(vpcs, name),
            Kind::External => holds!(external, name),
            Kind::Secret | Kind::Client | Kind::Dashboard => true,
        };
        if !is_read {
            ctx.broken.insert(name.to_owned());
            continue;
        }
        if declared.kind == Kind::External {
            continue;
        }
        let source = earlier.get(name).map_or(name, String::as_str);
        let id = match given.get(name) {
            Some(id) => LogicalId::new(id.value.as_str()),
            None => ctx.fresh_id(&upper_camel(source), declared.kind.suffix()),
        };
        ctx.components.insert(name.to_owned(), Component::new(declared.kind, id, Some(declared.span)));
    }
    let has_routes = triggers(app).any(|(_, _, t)| t.value.route.is_some());
    if app.apis.is_none() && has_routes && !ctx.components.contains_key(api::IMPLICIT) {
        let id = ctx.fresh_id("Api", "Api");
        ctx.components.insert(api::IMPLICIT.to_owned(), Component::new(Kind::Api, id, None));
    }
}

/// Notes what others need to know of a component.
fn describe(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (key, found) in app.tables.iter().flat_map(|c| &c.0) {
        if let Some(component) = ctx.components.get_mut(key.name().as_str()) {
            component.has_indexes = found.indexes.as_ref().is_some_and(|i| !i.0.is_empty());
            component.flag = found.stream.is_some();
        }
    }
    for (key, found) in app.queues.iter().flat_map(|c| &c.0) {
        let name = key.name().as_str();
        if queue::has_own_dlq(found)
            && let Some(owner) = ctx.components.get(name)
        {
            let wanted = format!("{}Dlq", owner.id);
            let span = owner.span;
            let id = ctx.fresh_id(&wanted, "Queue");
            ctx.components.insert(format!("{name}.dlq"), Component::new(Kind::Queue, id, span));
        }
    }
    for (key, found) in app.streams.iter().flat_map(|c| &c.0) {
        if let Some(component) = ctx.components.get_mut(key.name().as_str()) {
            component.flag = found.r#type.as_ref().is_some_and(|t| t.value == StreamType::Firehose);
        }
    }
    for (key, found) in app.workflows.iter().flat_map(|c| &c.0) {
        if let Some(component) = ctx.components.get_mut(key.name().as_str()) {
            component.flag = found.r#type.as_ref().is_some_and(|t| t.value == WorkflowType::Express);
        }
    }
    for (key, pool) in app.userpools.iter().flat_map(|c| &c.0) {
        let name = key.name().as_str();
        let Some(owner) = ctx.components.get(name).map(|c| c.id.clone()) else { continue };
        for client in pool.clients.iter().flat_map(|c| c.0.keys()) {
            let wanted = format!("{owner}{}", upper_camel(client.name().as_str()));
            let id = ctx.fresh_id(&wanted, "Client");
            let component = Component::new(Kind::Client, id, client.span());
            ctx.components.insert(format!("{name}.{}", client.name()), component);
        }
    }
    for (key, found) in app.apis.iter().flat_map(|c| &c.0) {
        let kind = found.r#type.as_ref().map_or(ApiType::Http, |t| t.value);
        let owner = Owner::default();
        let stage = match &found.stage_name {
            Some(stage) if stage.value == "$default" && kind == ApiType::Http => None,
            Some(stage) => Some(ctx.text(&owner, "stage-name", stage)),
            None if kind != ApiType::Http => Some(Expr::from(ctx.stage.as_str())),
            None => None,
        };
        let address = found.domain.as_ref().map(|domain| {
            let scheme = if kind == ApiType::Websocket { "wss://" } else { "https://" };
            let mut parts =
                vec![Part::Text(scheme.to_owned()), Part::Value(ctx.text(&owner, "domain", &domain.name))];
            if let Some(path) = &domain.path {
                parts.push(Part::Text(format!("/{}", path.value.trim_matches('/'))));
            }
            join(parts)
        });
        if let Some(component) = ctx.components.get_mut(key.name().as_str()) {
            component.flag = kind == ApiType::Rest;
            component.is_websocket = kind == ApiType::Websocket;
            component.stage = stage;
            component.address = address;
        }
    }
}

/// Every trigger of every function.
pub(super) fn triggers(app: &App) -> impl Iterator<Item = (&str, &Function, Spanned<&Trigger>)> {
    app.functions.iter().flat_map(|c| &c.0).flat_map(|(key, function)| {
        let items = function.on.as_ref().map(|on| on.value.items(on.span)).unwrap_or_default();
        items.into_iter().map(move |t| (key.name().as_str(), function, t))
    })
}

/// A bucket that invokes a function which names the bucket would wait for the function, and the
/// function for the bucket. Such a bucket gets a name that is known beforehand.
fn break_bucket_circles(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    let mut circular: Vec<String> = Vec::new();
    for (function, _, trigger) in triggers(app) {
        let Some(bucket) = &trigger.value.bucket else { continue };
        let is_direct = trigger.value.via.as_ref().is_none_or(|v| v.value == Via::Direct);
        let name = bucket.value.to_string();
        if is_direct && !circular.contains(&name) && names_in_turn(app, function, &name) {
            circular.push(name);
        }
    }
    for (key, bucket) in app.buckets.iter().flat_map(|b| &b.0) {
        let name = key.name().to_string();
        if bucket.replicate.is_some() && !circular.contains(&name) {
            circular.push(name);
        }
    }
    for name in circular {
        let given = app.buckets.as_ref().and_then(|b| b.0.get(name.as_str())).and_then(|b| b.name.clone());
        let physical = match given {
            Some(given) => ctx.text(&Owner::default(), "name", &given),
            None => physical_bucket_name(&ctx.name, &ctx.stage, &name),
        };
        if let Some(component) = ctx.components.get_mut(&name).filter(|c| c.kind == Kind::Bucket) {
            component.physical = Some(physical);
        }
    }
}

/// A workflow that runs a function which names the workflow is a circle too, and gets a name as well.
fn break_workflow_circles(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (key, workflow) in app.workflows.iter().flat_map(|w| &w.0) {
        let name = key.name().to_string();
        let functions = workflow::functions_of(ctx, workflow);
        if !functions.iter().any(|function| names_in_turn(app, function, &name)) {
            continue;
        }
        let physical = match &workflow.name {
            Some(given) => ctx.text(&Owner::default(), "name", given),
            None => Expr::from(format!("{}-{}-{name}", ctx.name, ctx.stage)),
        };
        if let Some(component) = ctx.components.get_mut(&name) {
            component.physical = Some(physical);
        }
    }
}

/// True where a function, or one that it names, names the component.
fn names_in_turn(app: &App, function: &str, wanted: &str) -> bool {
    let mut queue = vec![function.to_owned()];
    let mut seen: FxHashSet<String> = FxHashSet::default();
    while let Some(name) = queue.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(function) = app.functions.as_ref().and_then(|f| f.0.get(name.as_str())) else { continue };
        let named = named_by(app, function);
        if named.iter().any(|n| n == wanted) {
            return true;
        }
        queue.extend(named);
    }
    false
}

/// The names in `can`, `env`, `retry` and `dlq` of a function, and in the defaults.
fn named_by(app: &App, function: &Function) -> Vec<String> {
    let mut names = Vec::new();
    let defaults = app.defaults.as_ref();
    let default_function = defaults.and_then(|d| d.function.as_ref());
    let grants = [function.can.as_ref(), defaults.and_then(|d| d.can.as_ref())];
    for grants in grants.into_iter().flatten() {
        for (_, targets) in grants.verbs() {
            let items = match &targets.value {
                OneOrMany::One(one) => vec![&**one],
                OneOrMany::Many(many) => many.iter().map(|m| &m.value).collect(),
            };
            names.extend(items.into_iter().map(|t| t.name.value.to_string()));
        }
        for raw in grants.aws.iter().flatten() {
            raw.value.resources.iter().for_each(|r| named_in(&r.value, &mut names));
        }
    }
    let env = [
        function.env.as_ref(),
        defaults.and_then(|d| d.env.as_ref()),
        default_function.and_then(|f| f.env.as_ref()),
    ];
    for value in env.into_iter().flatten().flat_map(IndexMap::values) {
        named_in(&value.value, &mut names);
    }
    names.extend(function.dlq.iter().map(|d| d.value.to_string()));
    let retry = function.retry.iter().flat_map(|r| [&r.on_failure, &r.on_success]);
    names.extend(retry.flatten().map(|r| r.value.to_string()));
    names
}

fn named_in(text: &str, names: &mut Vec<String>) {
    for part in super::text::segments(text).unwrap_or_default() {
        if let super::text::Segment::Reference { path, .. } = part {
            names.push(path.split('.').next().unwrap_or(path).to_owned());
        }
    }
}

/// `<app>-<stage>-<bucket>-<account>-<region>`, in at most 63 characters: an account has 12, and the
/// longest name of a region 14.
fn physical_bucket_name(app: &str, stage: &str, bucket: &str) -> Expr {
    const ROOM: usize = 63 - 1 - 12 - 1 - 14;
    const DIGEST: usize = 8;
    let mut prefix = format!("{app}-{stage}-{bucket}");
    if prefix.len() > ROOM {
        use sha1::Digest;
        let digest = sha1::Sha1::digest(prefix.as_bytes());
        let hex: String = digest.iter().take(DIGEST / 2).map(|b| format!("{b:02x}")).collect();
        prefix.truncate(ROOM - DIGEST - 1);
        prefix = format!("{}-{hex}", prefix.trim_end_matches('-'));
    }
    followed_by(Expr::sub(format!("{prefix}-${{AWS::AccountId}}-${{AWS::Region}}")), "")
}

/// The logical id of something made for another.
pub(super) fn derived(ctx: &mut Lower<'_>, owner: &LogicalId, suffix: &str) -> LogicalId {
    ctx.fresh_id(&format!("{owner}{suffix}"), "2")
}
