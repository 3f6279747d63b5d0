//! `functions`: an `AWS::Serverless::Function` with a role and a log group of its own.

use indexmap::IndexMap;
use samc_base::{Diagnostic, LogicalId, Span, codes, nearest, nearest_list};
use samc_data::runtimes;
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{
    Build, Component as _, Cors, Function, FunctionUrl, Grants, Kind, Reference, Retry, UrlAuth,
};
use samc_syntax::Spanned;

use super::grants::{self, Injected};
use super::lower::{Lower, Owner};
use super::names::{Component, upper_snake};
use super::role::{self, Statements};
use super::{deploy, encryption, function_alarms, image, index, logs, network, trigger};

/// The timeout of a function that names none, in seconds.
const TIMEOUT: u64 = 10;
/// The memory of a function that names none, in MB.
const MEMORY: i64 = 256;
/// Environment variables of one function together, in bytes. Source: Lambda's quotas.
const ENVIRONMENT_BYTES: usize = 4096;

/// The kinds that may hear of failures and successes.
const DESTINATIONS: [Kind; 4] = [Kind::Queue, Kind::Topic, Kind::Bus, Kind::Function];

/// A function with the defaults of the file in the places where it says nothing.
pub(super) fn effective(ctx: &Lower<'_>, own: &Function) -> Function {
    let mut function = own.clone();
    let Some(defaults) = &ctx.app.defaults else { return function };
    if let Some(base) = defaults.function.clone() {
        macro_rules! or {
            ($($field:ident)*) => {$(
                if function.$field.is_none() {
                    function.$field = base.$field;
                }
            )*};
        }
        or!(handler code build runtime arch memory timeout disk inject on can role boundary concurrency retry dlq url);
        or!(logs tracing snapstart description vpc deploy alias alarms mount);
        function.env = union(base.env, function.env);
        function.layers = match (base.layers, function.layers) {
            (Some(mut base), own) => {
                base.extend(own.unwrap_or_default());
                Some(base)
            }
            (None, own) => own,
        };
        function.tags = union(base.tags, function.tags);
    }
    function.env = union(defaults.env.clone(), function.env);
    function.logs = match (defaults.logs.clone(), function.logs) {
        (Some(base), Some(own)) => Some(logs::over(base, own)),
        (base, own) => own.or(base),
    };
    function
}

fn union<T>(
    base: Option<IndexMap<String, T>>,
    own: Option<IndexMap<String, T>>,
) -> Option<IndexMap<String, T>> {
    match (base, own) {
        (Some(mut base), Some(own)) => {
            base.extend(own);
            Some(base)
        }
        (base, own) => own.or(base),
    }
}

/// The timeout of a function, in seconds.
pub(super) fn timeout(function: &Function) -> u64 {
    function.timeout.as_ref().map_or(TIMEOUT, |t| t.value.seconds())
}

/// Lowers one function.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, own: &Function) {
    let function = effective(ctx, own);
    let owner = ctx.owner("functions", name, span, function.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let mut properties = match &function.image {
        Some(given) => {
            let mut properties = image::code(ctx, &owner, &id, &function, given);
            about(ctx, &owner, &function, &mut properties);
            properties
        }
        None => code(ctx, &owner, &function),
    };
    limits(ctx, &owner, &function, &mut properties);
    let mut statements = Statements::default();
    let log_group = logs::for_function(ctx, &owner, &id, function.logs.as_ref(), &mut properties);
    statements.own.push(role::allow(
        &["logs:CreateLogStream", "logs:PutLogEvents"],
        vec![Expr::get_att(&log_group, "Arn")],
    ));
    if function.image.is_none() {
        layers(ctx, &owner, &function, &mut properties);
    }
    network::for_function(ctx, &owner, &function, &mut properties, &mut statements);
    // The deployment names the hook, and the hook the deployment.
    statements.apart.extend(deploy::hook_rights(ctx, name));
    concurrency(ctx, &owner, &function, &mut properties);
    if function.tracing.as_ref().is_some_and(|t| t.value) {
        properties.insert("Tracing", "Active");
        statements
            .own
            .push(role::allow(&["xray:PutTraceSegments", "xray:PutTelemetryRecords"], vec![Expr::from("*")]));
    }
    if let Some(url) = &function.url {
        let value = function_url(ctx, &owner, &url.value).with_span(url.span);
        properties.insert("FunctionUrlConfig", value);
    }
    if let Some(alias) = &function.alias {
        let value = ctx.text(&owner, "alias", alias);
        properties.insert("AutoPublishAlias", value);
    }
    deploy::for_function(ctx, &owner, &id, &function, &mut properties);
    function_alarms::lower(ctx, &owner, &id, &function);
    retry(ctx, &owner, &function, &mut properties, &mut statements);
    dead_letters(ctx, &owner, &function, &mut properties, &mut statements);

    let mut injected = Injected::default();
    let defaults: Option<&Grants> = ctx.app.defaults.as_ref().and_then(|d| d.can.as_ref());
    for (can, path) in [(defaults, "can"), (function.can.as_ref(), "can")] {
        if let Some(can) = can {
            grants::lower(ctx, &owner, path, can, &mut statements, &mut injected);
        }
    }
    let events = trigger::lower_all(ctx, &owner, (name, &id), &function, &mut statements);
    environment(ctx, &owner, name, &function, &injected, &mut properties);
    if !events.is_empty() {
        properties.insert("Events", events);
    }
    role::for_function(ctx, &owner, &id, &function, statements, &mut properties);
    callers(ctx, &owner, &id, &function);
    let metadata = match &function.image {
        Some(given) => image::metadata(ctx, &owner, &given.value),
        None => function.build.as_ref().map(|b| build_metadata(&b.value)),
    };
    let resource = ctx.add(&id, "AWS::Serverless::Function", properties, &owner);
    if let Some(metadata) = metadata {
        resource.attributes.insert("Metadata", metadata);
    }
}

/// `build`, where packaging looks for it.
pub(super) fn build_metadata(build: &Build) -> Expr {
    let mut made = Map::new();
    let text = |t: &Spanned<String>| Expr::from(t.value.as_str()).with_span(t.span);
    if let Some(command) = &build.command {
        made.insert("command", text(command));
    }
    if let Some(method) = &build.method {
        made.insert("method", Expr::from(method.value.name()).with_span(method.span));
    }
    if let Some(minify) = &build.minify {
        made.insert("minify", Expr::from(minify.value).with_span(minify.span));
    }
    if let Some(target) = &build.target {
        made.insert("target", text(target));
    }
    if let Some(external) = &build.external {
        made.insert("external", external.iter().map(text).collect::<Vec<_>>());
    }
    if let Some(exclude) = &build.exclude {
        made.insert("exclude", exclude.iter().map(text).collect::<Vec<_>>());
    }
    Expr::from([("samc", Map::from([("build", made)]))])
}

/// Lets others than its triggers invoke a function.
fn callers(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, function: &Function) {
    for caller in function.callers.iter().flatten() {
        let action = match &caller.value.action {
            Some(action) => ctx.text(owner, "callers.action", action),
            None => "lambda:InvokeFunction".into(),
        };
        let principal = ctx.text(owner, "callers.principal", &caller.value.principal);
        let mut properties =
            Map::from([("Action", action), ("FunctionName", Expr::reference(id)), ("Principal", principal)]);
        let rest = [("SourceArn", &caller.value.source), ("SourceAccount", &caller.value.account)];
        for (key, given) in rest {
            if let Some(given) = given {
                let value = ctx.text(owner, "callers", given);
                properties.insert(key, value);
            }
        }
        let permission = ctx.fresh_id(&format!("{id}Caller"), "");
        ctx.add(&permission, "AWS::Lambda::Permission", properties, owner);
    }
}

/// Handler, runtime and where the code lies.
fn code(ctx: &mut Lower<'_>, owner: &Owner, function: &Function) -> Map {
    let mut properties = Map::new();
    match &function.handler {
        Some(handler) => {
            let value = ctx.text(owner, "handler", handler);
            properties.insert("Handler", value);
        }
        None => missing(ctx, owner, "handler", "add `handler: file.function`"),
    }
    properties.insert("CodeUri", location(ctx, owner, function));
    match &function.runtime {
        Some(runtime) => {
            check_runtime(ctx, owner, runtime);
            properties.insert("Runtime", Expr::from(runtime.value.as_str()).with_span(runtime.span));
        }
        None => missing(ctx, owner, "runtime", "add it here, or for all functions under `defaults.function`"),
    }
    about(ctx, owner, function, &mut properties);
    properties
}

/// What functions and images have in common.
fn about(ctx: &mut Lower<'_>, owner: &Owner, function: &Function, properties: &mut Map) {
    if let Some(arch) = &function.arch {
        properties.insert("Architectures", vec![Expr::from(arch.value.as_str()).with_span(arch.span)]);
    }
    if let Some(description) = &function.description {
        let value = ctx.text(owner, "description", description);
        properties.insert("Description", value);
    }
    ctx.put_name(owner, properties, "FunctionName", function.name.as_ref());
}

/// `CodeUri`: a local path, or a place in S3.
fn location(ctx: &mut Lower<'_>, owner: &Owner, function: &Function) -> Expr {
    let Some(code) = &function.code else { return Expr::from(".") };
    match (&code.value.zip, &code.value.s3) {
        (Some(path), None) => {
            let path = Spanned::new(path.value.clone(), path.span.or(code.span));
            ctx.text(owner, "code", &path)
        }
        (None, Some(place)) => {
            let bucket = ctx.text(owner, "code.s3.bucket", &place.bucket);
            let key = ctx.text(owner, "code.s3.key", &place.key);
            let mut map = Map::from([("Bucket", bucket), ("Key", key)]);
            if let Some(version) = &place.version {
                let version = ctx.text(owner, "code.s3.version", version);
                map.insert("Version", version);
            }
            Expr::from(map).with_span(code.span)
        }
        _ => {
            let message = format!("`{}` must say one place", owner.at("code"));
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                .at(code.span, "one of `zip` and `s3`");
            ctx.report(owner, "code", finding);
            Expr::from(".")
        }
    }
}

fn missing(ctx: &mut Lower<'_>, owner: &Owner, key: &str, help: &str) {
    let finding =
        Diagnostic::error(codes::MISSING_PROPERTY, format!("`{}` needs the key `{key}`", owner.origin.path))
            .at(owner.origin.key_span, format!("`{key}` is missing in here"))
            .help(help);
    ctx.report(owner, key, finding);
}

fn check_runtime(ctx: &mut Lower<'_>, owner: &Owner, runtime: &Spanned<String>) {
    if runtimes::runtime(&runtime.value).is_some() {
        return;
    }
    let known: Vec<&str> = runtimes::all()
        .filter(|r| r.block_create.is_none_or(|d| d > ctx.options.today.as_str()))
        .map(|r| r.name)
        .collect();
    let help = match nearest(&runtime.value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the nearest runtimes are {}", nearest_list(&runtime.value, known, 3).join(", ")),
    };
    let finding =
        Diagnostic::error(codes::INVALID_VALUE, format!("Lambda has no runtime `{}`", runtime.value))
            .at(runtime.span, "not a runtime")
            .help(help);
    ctx.report(owner, "runtime", finding);
}

/// Memory, timeout and disk.
fn limits(ctx: &mut Lower<'_>, owner: &Owner, function: &Function, properties: &mut Map) {
    let memory = match &function.memory {
        Some(memory) => {
            let size = ctx.size(owner, "memory", memory, "128MB", "10240MB");
            Expr::new(ExprKind::Int(size.megabytes().into()), memory.span)
        }
        None => MEMORY.into(),
    };
    properties.insert("MemorySize", memory);
    let timeout = match &function.timeout {
        Some(timeout) => {
            let seconds = ctx.seconds(owner, "timeout", timeout, "1s", "15m");
            Expr::new(ExprKind::Int(seconds.into()), timeout.span)
        }
        None => Expr::new(ExprKind::Int(TIMEOUT.into()), None),
    };
    properties.insert("Timeout", timeout);
    if let Some(disk) = &function.disk {
        let size = ctx.size(owner, "disk", disk, "512MB", "10GB");
        let value = Expr::new(ExprKind::Int(size.megabytes().into()), disk.span);
        properties.insert("EphemeralStorage", Expr::from([("Size", value)]));
    }
}

fn layers(ctx: &mut Lower<'_>, owner: &Owner, function: &Function, properties: &mut Map) {
    let Some(layers) = function.layers.as_ref().filter(|l| !l.is_empty()) else { return };
    if let Some(sixth) = layers.get(5) {
        let finding = Diagnostic::error(
            codes::INVALID_VALUE,
            format!("`{}` has {} layers, and a function takes at most 5", owner.origin.path, layers.len()),
        )
        .at(sixth.span, "the sixth");
        ctx.report(owner, "layers", finding);
    }
    let mut values = Vec::new();
    for layer in layers {
        if layer.value.starts_with("arn:") || layer.value.contains("${") {
            values.push(ctx.text(owner, "layers", layer));
            continue;
        }
        let Some(reference) = reference(ctx, owner, "layers", layer) else { continue };
        let Some(found) = ctx.component_of(owner, "layers", &reference, &[Kind::Layer], "`layers`") else {
            continue;
        };
        values.extend(ctx.needed(owner, "layers", &reference, &found, "arn"));
    }
    properties.insert("Layers", values);
}

/// A text that must be a name.
pub(super) fn reference(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    text: &Spanned<String>,
) -> Option<Spanned<Reference>> {
    let reference = Reference::parse(&text.value).map(|r| Spanned::new(r, text.span));
    if reference.is_none() {
        let finding = Diagnostic::error(
            codes::INVALID_VALUE,
            format!("`{}` takes a name or an ARN, and got `{}`", owner.at(path), text.value),
        )
        .at(text.span, "neither a name nor an ARN");
        ctx.report(owner, path, finding);
    }
    reference
}

/// Copies that are reserved or kept warm, and snapshots: both need a published version.
fn concurrency(ctx: &mut Lower<'_>, owner: &Owner, function: &Function, properties: &mut Map) {
    let mut publish = None;
    if let Some(concurrency) = &function.concurrency {
        if let Some(reserved) = &concurrency.value.reserved {
            let span = reserved.span.or(concurrency.span);
            properties.insert(
                "ReservedConcurrentExecutions",
                Expr::new(ExprKind::Int(reserved.value.into()), span),
            );
        }
        if let Some(provisioned) = &concurrency.value.provisioned {
            let count = ctx.number(owner, "concurrency.provisioned", provisioned, 1, 1_000_000);
            properties.insert(
                "ProvisionedConcurrencyConfig",
                Expr::from([("ProvisionedConcurrentExecutions", count)]),
            );
            publish = provisioned.span.or(concurrency.span);
            properties.insert("AutoPublishAlias", Expr::from("live").with_span(publish));
        }
    }
    if let Some(snapstart) = function.snapstart.as_ref().filter(|s| s.value && function.image.is_none()) {
        properties
            .insert("SnapStart", Expr::from([("ApplyOn", "PublishedVersions")]).with_span(snapstart.span));
        properties.insert("AutoPublishAlias", Expr::from("live").with_span(publish.or(snapstart.span)));
    }
}

fn function_url(ctx: &mut Lower<'_>, owner: &Owner, url: &FunctionUrl) -> Expr {
    let auth = match url.auth.as_ref().map(|a| a.value) {
        Some(UrlAuth::Public) => "NONE",
        Some(UrlAuth::Iam) | None => "AWS_IAM",
    };
    let mut config =
        Map::from([("AuthType", Expr::from(auth).with_span(url.auth.as_ref().and_then(|a| a.span)))]);
    if url.stream.as_ref().is_some_and(|s| s.value) {
        config.insert("InvokeMode", "RESPONSE_STREAM");
    }
    if let Some(cors) = url.cors.as_ref().filter(|c| !c.is_off) {
        config.insert("Cors", cors_config(ctx, owner, "url.cors", cors));
    }
    config.into()
}

/// The settings that HTTP APIs and addresses of functions have the same names for.
pub(super) fn cors_config(ctx: &mut Lower<'_>, owner: &Owner, path: &str, cors: &Cors) -> Expr {
    let mut config = Map::new();
    let mut list =
        |ctx: &mut Lower<'_>, key: &str, given: &Option<Vec<Spanned<String>>>, default: &[&str]| {
            let values: Vec<Expr> = match given {
                Some(values) => values.iter().map(|v| ctx.text(owner, path, v)).collect(),
                None => default.iter().map(|d| Expr::from(*d)).collect(),
            };
            if !values.is_empty() {
                config.insert(key, values);
            }
        };
    list(ctx, "AllowOrigins", &cors.origins, &["*"]);
    list(ctx, "AllowMethods", &cors.methods, &["*"]);
    list(ctx, "AllowHeaders", &cors.headers, &["*"]);
    list(ctx, "ExposeHeaders", &cors.expose, &[]);
    if let Some(age) = &cors.max_age {
        let seconds = ctx.seconds(owner, path, age, "0s", "1d");
        config.insert("MaxAge", Expr::new(ExprKind::Int(seconds.into()), age.span));
    }
    if let Some(credentials) = cors.credentials.as_ref().filter(|c| c.value) {
        if cors.origins.is_none() {
            let finding = Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!("`{}` sends credentials to every origin, which browsers refuse", owner.at(path)),
            )
            .at(credentials.span, "needs `origins`")
            .help("name the origins that may send credentials");
            ctx.report(owner, path, finding);
        }
        config.insert("AllowCredentials", true);
    }
    config.into()
}

/// What happens to asynchronous calls that fail, and to results.
fn retry(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    function: &Function,
    properties: &mut Map,
    statements: &mut Statements,
) {
    let Some(retry) = &function.retry else { return };
    let Retry { attempts, max_age, on_failure, on_success } = retry;
    let mut config = Map::new();
    if let Some(attempts) = attempts {
        let value = ctx.number(owner, "retry.attempts", attempts, 0, 2);
        config.insert("MaximumRetryAttempts", value);
    }
    if let Some(age) = max_age {
        let seconds = ctx.seconds(owner, "retry.max-age", age, "60s", "6h");
        config.insert("MaximumEventAgeInSeconds", Expr::new(ExprKind::Int(seconds.into()), age.span));
    }
    let mut destinations = Map::new();
    for (key, path, target) in
        [("OnFailure", "retry.on-failure", on_failure), ("OnSuccess", "retry.on-success", on_success)]
    {
        let Some(target) = target else { continue };
        let Some(found) = ctx.component_of(owner, path, target, &DESTINATIONS, &format!("`{path}`")) else {
            continue;
        };
        let Some(arn) = ctx.needed(owner, path, target, &found, "arn") else { continue };
        let kind = match found.kind {
            Kind::Queue => "SQS",
            Kind::Topic => "SNS",
            Kind::Bus => "EventBridge",
            _ => "Lambda",
        };
        destinations.insert(key, Expr::from([("Type", Expr::from(kind)), ("Destination", arn.clone())]));
        deliver(&found, arn, statements);
    }
    if !destinations.is_empty() {
        config.insert("DestinationConfig", destinations);
    }
    if !config.is_empty() {
        properties.insert("EventInvokeConfig", config);
    }
}

/// Lets the function send to where its results go.
fn deliver(found: &Component, arn: Expr, statements: &mut Statements) {
    let action = match found.kind {
        Kind::Queue => "sqs:SendMessage",
        Kind::Topic => "sns:Publish",
        Kind::Bus => "events:PutEvents",
        _ => "lambda:InvokeFunction",
    };
    let statement = role::allow(&[action], vec![arn]);
    statements.own.extend(encryption::to_send(found));
    // A function that hears of this one may name it in turn.
    if found.kind == Kind::Function {
        statements.apart.push(statement)
    } else {
        statements.own.push(statement)
    }
}

fn dead_letters(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    function: &Function,
    properties: &mut Map,
    statements: &mut Statements,
) {
    let Some(dlq) = &function.dlq else { return };
    let items = function.on.as_ref().map(|on| on.value.items(on.span)).unwrap_or_default();
    let is_polled = |t: &samc_schema::app::Trigger| t.queue.is_some() || t.stream.is_some();
    if !items.is_empty() && items.iter().all(|t| is_polled(t.value)) {
        let finding = Diagnostic::error(
            codes::DLQ_OF_POLLER,
            format!(
                "`dlq` of {} would never be used: its triggers are polled, not asynchronous calls",
                owner.origin.path
            ),
        )
        .at(dlq.span, "for asynchronous calls only")
        .label(function.on.as_ref().and_then(|on| on.span), "queues and streams are polled")
        .help("put `dlq` on the trigger of a stream, or on the queue");
        ctx.report(owner, "dlq", finding);
        return;
    }
    let Some(found) = ctx.component_of(owner, "dlq", dlq, &[Kind::Queue, Kind::Topic], "`dlq`") else {
        return;
    };
    let Some(arn) = ctx.needed(owner, "dlq", dlq, &found, "arn") else { return };
    let kind = if found.kind == Kind::Queue { "SQS" } else { "SNS" };
    properties
        .insert("DeadLetterQueue", Expr::from([("Type", Expr::from(kind)), ("TargetArn", arn.clone())]));
    deliver(&found, arn, statements);
}

/// Environment variables: what the targets of `can` are called, then what is written.
fn environment(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    name: &str,
    function: &Function,
    injected: &Injected,
    properties: &mut Map,
) {
    let mut variables = Map::new();
    if function.inject.as_ref().is_none_or(|i| i.value) {
        for (target, suffix, value) in &injected.values {
            if target != name {
                variables.insert(format!("{}_{suffix}", upper_snake(target)), value.clone());
            }
        }
    }
    let mut bytes = 0;
    for (key, value) in function.env.iter().flatten() {
        let fits = key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !fits {
            let finding = Diagnostic::error(
                codes::INVALID_VALUE,
                format!("`{key}` cannot be the name of an environment variable"),
            )
            .at(value.span, "under that name")
            .help("a name is a letter, then letters, digits and underscores");
            ctx.report(owner, "env", finding);
        }
        bytes += key.len() + value.value.len();
        let value = ctx.text(owner, &format!("env.{key}"), value);
        variables.insert(key.as_str(), value);
    }
    if bytes > ENVIRONMENT_BYTES {
        let finding = Diagnostic::error(
            codes::INVALID_VALUE,
            format!(
                "the environment of {} has {bytes} bytes, and takes at most {ENVIRONMENT_BYTES}",
                owner.origin.path
            ),
        )
        .at(owner.origin.key_span, "too large an environment");
        ctx.report(owner, "env", finding);
    }
    if !variables.is_empty() {
        properties.insert("Environment", Expr::from([("Variables", Expr::from(variables))]));
    }
}

/// The logical id of something made for a function.
pub(super) fn part(ctx: &mut Lower<'_>, id: &LogicalId, suffix: &str) -> LogicalId {
    index::derived(ctx, id, suffix)
}
