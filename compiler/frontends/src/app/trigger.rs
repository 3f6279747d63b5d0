//! `on`: triggers as SAM events, each with exactly the rights it needs.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{
    Duration, FilterOn, Function, Kind, OneOrMany, Rate, Reference, StartingPosition, Trigger, Workflow,
};
use samc_syntax::{Node, NodeKind, Spanned};

use super::lower::{Lower, Owner};
use super::names::upper_camel;
use super::role::{self, Statements};
use super::{
    bucket_trigger, encryption, event_trigger, grants, other_triggers, raw, routes, userpool, websocket,
};

/// Rights to read the stream of a table. Source: what Lambda's event source mapping calls.
const READ_TABLE_STREAM: &[&str] =
    &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];
/// Rights to read a stream.
const READ_STREAM: &[&str] = &[
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:SubscribeToShard",
];

/// The name of a component in a trigger.
pub(super) type Name = Spanned<Reference>;

/// The function whose triggers are lowered.
pub(super) struct Target<'a> {
    /// The component.
    pub(super) owner: &'a Owner,
    /// Its name.
    pub(super) name: &'a str,
    /// Its logical id.
    pub(super) id: &'a LogicalId,
    /// The action by which it is run, and the ARN that it is on.
    pub(super) action: (&'static str, Expr),
    /// What its role may do.
    pub(super) statements: &'a mut Statements,
    /// The events so far.
    pub(super) events: Map,
}

impl Target<'_> {
    /// Adds an event under a name made from `words`.
    pub(super) fn add(&mut self, words: &str, kind: &str, properties: Map, span: Option<Span>) {
        let wanted = upper_camel(words);
        let wanted = if wanted.is_empty() { kind.to_owned() } else { wanted };
        let mut key = wanted.clone();
        let mut n = 2;
        while self.events.contains_key(&key) {
            key = format!("{wanted}{n}");
            n += 1;
        }
        let event =
            Expr::from([("Type", Expr::from(kind).with_span(span)), ("Properties", properties.into())]);
        self.events.insert_spanned(key, span, event.with_span(span));
    }
}

/// Lowers all triggers of a function, those that APIs declare for it included.
pub(super) fn lower_all(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    (name, id): (&str, &LogicalId),
    function: &Function,
    statements: &mut Statements,
) -> Map {
    let action = ("lambda:InvokeFunction", Expr::get_att(id, "Arn"));
    let mut target = Target { owner, name, id, action, statements, events: Map::new() };
    let items = function.on.as_ref().map(|on| on.value.items(on.span)).unwrap_or_default();
    let is_list = function.on.as_ref().is_some_and(|on| matches!(on.value, OneOrMany::Many(_)));
    for (i, trigger) in items.iter().enumerate() {
        let path = if is_list { format!("on[{i}]") } else { "on".to_owned() };
        let (value, span) = (trigger.value, trigger.span);
        if let Some(route) = &value.route {
            let route = Spanned::new(route.value.clone(), route.span.or(span));
            routes::from_trigger(ctx, &mut target, &path, &route, value);
        } else if let Some(rate) = &value.schedule {
            schedule(ctx, &mut target, &path, rate, value);
        } else if let Some(name) = &value.queue {
            queue(ctx, &mut target, &path, name, value);
        } else if let Some(name) = &value.topic {
            topic(ctx, &mut target, &path, name, value);
        } else if let Some(name) = &value.stream {
            stream(ctx, &mut target, &path, name, value);
        } else if let Some(name) = &value.bucket {
            bucket_trigger::lower(ctx, &mut target, &path, name, value);
        } else if let Some(pattern) = &value.event {
            event_trigger::lower(ctx, &mut target, &path, &pattern.value, value);
        } else if let Some(message) = &value.message {
            websocket::from_trigger(ctx, &mut target, &path, message, value);
        } else if let Some(moment) = &value.user {
            userpool::from_trigger(ctx, &mut target, &path, moment, value);
        } else {
            other_triggers::lower(ctx, &mut target, &path, value);
        }
    }
    routes::from_apis(ctx, &mut target);
    target.events
}

/// Lowers the triggers of a workflow: schedules and events.
pub(super) fn of_workflow(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    (name, id): (&str, &LogicalId),
    workflow: &Workflow,
) -> Map {
    let mut statements = Statements::default();
    let action = ("states:StartExecution", Expr::reference(id));
    let mut target = Target { owner, name, id, action, statements: &mut statements, events: Map::new() };
    let items = workflow.on.as_ref().map(|on| on.value.items(on.span)).unwrap_or_default();
    let is_list = workflow.on.as_ref().is_some_and(|on| matches!(on.value, OneOrMany::Many(_)));
    for (i, trigger) in items.iter().enumerate() {
        let path = if is_list { format!("on[{i}]") } else { "on".to_owned() };
        let value = trigger.value;
        if let Some(rate) = &value.schedule {
            schedule(ctx, &mut target, &path, rate, value);
        } else if let Some(pattern) = &value.event {
            event_trigger::lower(ctx, &mut target, &path, &pattern.value, value);
        } else {
            let finding = Diagnostic::error(
                codes::WRONG_KIND,
                format!("the workflow {name} is started by schedules and events, and by routes that name it"),
            )
            .at(trigger.span, "does not start a workflow")
            .help("use `schedule` or `event`; or write `routes: {POST /path: {workflow: NAME}}` in an API");
            ctx.report(owner, &path, finding);
        }
    }
    target.events
}

/// Batches, filters and whether it runs, of what Lambda polls beside queues and streams.
pub(super) fn common_of_pollers(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    trigger: &Trigger,
    properties: &mut Map,
) {
    let batch = number(ctx, owner, &format!("{path}.batch"), &trigger.batch, (1, 10_000));
    put(properties, "BatchSize", batch);
    let wait = seconds(ctx, owner, &format!("{path}.wait"), &trigger.wait, ("0s", "5m"));
    put(properties, "MaximumBatchingWindowInSeconds", wait);
    filter(properties, trigger);
    enabled(properties, trigger);
}

fn put(properties: &mut Map, key: &str, value: Option<Expr>) {
    if let Some(value) = value {
        properties.insert(key, value);
    }
}

/// A number with its place, checked against its range.
fn number(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    given: &Option<Spanned<u64>>,
    range: (u64, u64),
) -> Option<Expr> {
    given.as_ref().map(|n| ctx.number(owner, path, n, range.0, range.1))
}

/// Seconds with their place, checked against their range.
fn seconds(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    given: &Option<Spanned<Duration>>,
    range: (&str, &str),
) -> Option<Expr> {
    given.as_ref().map(|d| {
        let seconds = ctx.seconds(owner, path, d, range.0, range.1);
        Expr::new(ExprKind::Int(seconds.into()), d.span)
    })
}

fn enabled(properties: &mut Map, trigger: &Trigger) {
    if let Some(enabled) = trigger.enabled.as_ref() {
        properties.insert("Enabled", Expr::from(enabled.value).with_span(enabled.span));
    }
}

/// `State` of rules and schedules.
pub(super) fn state(properties: &mut Map, trigger: &Trigger) {
    if let Some(enabled) = trigger.enabled.as_ref() {
        let state = if enabled.value { "ENABLED" } else { "DISABLED" };
        properties.insert("State", Expr::from(state).with_span(enabled.span));
    }
}

/// `RetryPolicy` of rules and schedules.
pub(super) fn retry(ctx: &mut Lower<'_>, owner: &Owner, path: &str, trigger: &Trigger, properties: &mut Map) {
    let Some(retry) = &trigger.retry else { return };
    let mut policy = Map::new();
    let attempts = number(ctx, owner, &format!("{path}.retry.attempts"), &retry.attempts, (0, 185));
    put(&mut policy, "MaximumRetryAttempts", attempts);
    let age = seconds(ctx, owner, &format!("{path}.retry.max-age"), &retry.max_age, ("1m", "1d"));
    put(&mut policy, "MaximumEventAgeInSeconds", age);
    if !policy.is_empty() {
        properties.insert("RetryPolicy", policy);
    }
}

fn schedule(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    rate: &Spanned<Rate>,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let expression = Expr::from(rate.value.expression()).with_span(rate.span);
    if trigger.rule.as_ref().is_some_and(|r| r.value) {
        by_rule(ctx, target, path, expression, trigger);
        return;
    }
    let mut properties = Map::from([("ScheduleExpression", expression)]);
    if let Some(zone) = &trigger.timezone {
        let value = ctx.text(owner, path, zone);
        properties.insert("ScheduleExpressionTimezone", value);
    }
    if let Some(window) = trigger.window.as_ref() {
        let seconds = ctx.seconds(owner, &format!("{path}.window"), window, "1m", "1d");
        let minutes = Expr::new(ExprKind::Int((seconds / 60).into()), window.span);
        let window = [("Mode", Expr::from("FLEXIBLE")), ("MaximumWindowInMinutes", minutes)];
        properties.insert("FlexibleTimeWindow", Expr::from(window));
    }
    if let Some(input) = &trigger.input {
        properties.insert("Input", Expr::from(raw::json(&input.value)).with_span(input.span));
    }
    state(&mut properties, trigger);
    retry(ctx, owner, path, trigger, &mut properties);
    // A physical name would be the same in every stage of the account.
    properties.insert("OmitName", true);
    if let Some(dlq) = &trigger.dlq
        && let Some(found) = ctx.component_of(owner, path, dlq, &[Kind::Queue], "`dlq` of a schedule")
        && let Some(arn) = ctx.needed(owner, path, dlq, &found, "arn")
    {
        // The scheduler takes on this role both to invoke the function and to send what failed.
        let mut statements = vec![
            role::allow(&[target.action.0], vec![target.action.1.clone()]),
            role::allow(&["sqs:SendMessage"], vec![arn.clone()]),
        ];
        statements.extend(encryption::to_send(&found));
        let role =
            role::for_service(ctx, owner, target.id, "ScheduleRole", "scheduler.amazonaws.com", statements);
        properties.insert("RoleArn", Expr::get_att(&role, "Arn"));
        properties.insert("DeadLetterConfig", Expr::from([("Arn", arn)]));
    }
    target.add("schedule", "ScheduleV2", properties, rate.span);
}

/// A schedule that a rule of the default bus keeps.
fn by_rule(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, expression: Expr, trigger: &Trigger) {
    let owner = target.owner;
    let span = expression.span;
    let others = [
        ("timezone", trigger.timezone.as_ref().map(|t| t.span)),
        ("window", trigger.window.as_ref().map(|w| w.span)),
    ];
    for (key, place) in others {
        let Some(place) = place else { continue };
        let finding =
            Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, format!("a rule of EventBridge has no `{key}`"))
                .at(place, "for EventBridge Scheduler only")
                .help("leave out `rule: true`");
        ctx.report(owner, path, finding);
    }
    let mut properties = Map::from([("Schedule", expression)]);
    if let Some(input) = &trigger.input {
        properties.insert("Input", Expr::from(raw::json(&input.value)).with_span(input.span));
    }
    state(&mut properties, trigger);
    retry(ctx, owner, path, trigger, &mut properties);
    if let Some(dlq) = &trigger.dlq
        && let Some(queue) = ctx.component_of(owner, path, dlq, &[Kind::Queue], "`dlq` of a schedule")
        && let Some(arn) = ctx.needed(owner, path, dlq, &queue, "arn")
    {
        let rules = Expr::sub("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/");
        super::queue::let_send_like(
            ctx,
            &queue,
            "events.amazonaws.com",
            super::text::followed_by(rules, "*"),
        );
        properties.insert("DeadLetterConfig", Expr::from([("Arn", arn)]));
    }
    target.add("schedule", "Schedule", properties, span);
}

fn queue(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, name: &Name, trigger: &Trigger) {
    let owner = target.owner;
    let Some(found) =
        ctx.component_of(owner, &format!("{path}.queue"), name, &[Kind::Queue], "a queue trigger")
    else {
        return;
    };
    let Some(arn) = ctx.needed(owner, path, name, &found, "arn") else { return };
    let mut properties = Map::from([("Queue", arn.clone())]);
    let batch = trigger.batch.as_ref().map_or(10, |b| b.value);
    let size = number(ctx, owner, &format!("{path}.batch"), &trigger.batch, (1, 10_000));
    properties.insert("BatchSize", size.unwrap_or_else(|| 10.into()));
    if batch > 10 && trigger.wait.as_ref().is_none_or(|w| w.value.seconds() == 0) {
        let message = format!("a batch of {batch} messages needs time to gather");
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(trigger.batch.as_ref().and_then(|b| b.span), "more than 10 need `wait`")
            .help("add `wait: 1s` or more");
        ctx.report(owner, path, finding);
    }
    let wait = seconds(ctx, owner, &format!("{path}.wait"), &trigger.wait, ("0s", "5m"));
    put(&mut properties, "MaximumBatchingWindowInSeconds", wait);
    let copies = number(ctx, owner, &format!("{path}.concurrency"), &trigger.concurrency, (2, 1000));
    if let Some(copies) = copies {
        properties.insert("ScalingConfig", Expr::from([("MaximumConcurrency", copies)]));
    }
    partial(&mut properties, trigger);
    filter(&mut properties, trigger);
    enabled(&mut properties, trigger);
    target.statements.own.push(role::allow(grants::RECEIVE, vec![arn]).with_span(name.span));
    decrypt(target, &found, name);
    target.add(&name.value.to_string(), "SQS", properties, name.span);
}

/// What is encrypted with a key is read by whoever may use the key.
fn decrypt(target: &mut Target<'_>, found: &super::names::Component, name: &Name) {
    if let Some(key) = &found.key {
        target.statements.own.push(role::allow(&["kms:Decrypt"], vec![key.clone()]).with_span(name.span));
    }
}

fn partial(properties: &mut Map, trigger: &Trigger) {
    if trigger.partial.as_ref().is_none_or(|p| p.value) {
        properties.insert("FunctionResponseTypes", vec![Expr::from("ReportBatchItemFailures")]);
    }
}

/// Patterns of event source mappings, as JSON texts.
fn filter(properties: &mut Map, trigger: &Trigger) {
    let Some(filter) = &trigger.filter else { return };
    let patterns = match &filter.value.kind {
        NodeKind::Sequence(items) => items.iter().collect(),
        NodeKind::Mapping(_) | NodeKind::Scalar(_) => vec![&filter.value],
    };
    let one = |node: &Node| Expr::from([("Pattern", Expr::from(raw::json(node)).with_span(node.span))]);
    let filters: Vec<Expr> = patterns.into_iter().map(one).collect();
    properties.insert("FilterCriteria", Map::from([("Filters", Expr::from(filters))]));
}

fn topic(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, name: &Name, trigger: &Trigger) {
    let owner = target.owner;
    let Some(found) =
        ctx.component_of(owner, &format!("{path}.topic"), name, &[Kind::Topic], "a topic trigger")
    else {
        return;
    };
    let Some(arn) = ctx.needed(owner, path, name, &found, "arn") else { return };
    let mut properties = Map::from([("Topic", arn.clone())]);
    if let Some(filter) = &trigger.filter {
        properties.insert("FilterPolicy", raw::data(&filter.value));
    }
    if let Some(on) = &trigger.filter_on {
        let scope = match on.value {
            FilterOn::Attributes => "MessageAttributes",
            FilterOn::Body => "MessageBody",
        };
        properties.insert("FilterPolicyScope", Expr::from(scope).with_span(on.span));
    }
    if let Some(dlq) = &trigger.dlq
        && let Some(queue) = ctx.component_of(owner, path, dlq, &[Kind::Queue], "`dlq` of a topic trigger")
        && let Some(queue_arn) = ctx.needed(owner, path, dlq, &queue, "arn")
    {
        super::queue::let_send(ctx, &queue, "sns.amazonaws.com", arn);
        properties.insert("RedrivePolicy", Expr::from([("deadLetterTargetArn", queue_arn)]));
    }
    target.add(&name.value.to_string(), "SNS", properties, name.span);
}

fn stream(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, name: &Name, trigger: &Trigger) {
    let owner = target.owner;
    let kinds = [Kind::Stream, Kind::Table];
    let Some(found) = ctx.component_of(owner, &format!("{path}.stream"), name, &kinds, "a stream trigger")
    else {
        return;
    };
    let is_table = found.kind == Kind::Table;
    if is_table && !found.flag && found.external.is_none() {
        let finding = Diagnostic::error(
            codes::TABLE_WITHOUT_STREAM,
            format!("{} is a table without a stream, so that its changes trigger nothing", name.value),
        )
        .at(name.span.or(owner.origin.key_span), "wants its changes")
        .label(found.span, "declared here, without `stream`")
        .help("add `stream: new` to the table, or `old`, `both` or `keys`");
        ctx.report(owner, path, finding);
        return;
    }
    let attribute = if is_table { "stream-arn" } else { "arn" };
    let Some(arn) = ctx.needed(owner, path, name, &found, attribute) else { return };
    let position = match trigger.from.as_ref().map(|f| f.value) {
        Some(StartingPosition::Start) => "TRIM_HORIZON",
        Some(StartingPosition::Latest) | None => "LATEST",
    };
    let mut properties = Map::from([("Stream", arn.clone())]);
    let from_span = trigger.from.as_ref().and_then(|f| f.span);
    properties.insert("StartingPosition", Expr::from(position).with_span(from_span));
    let batch = number(ctx, owner, &format!("{path}.batch"), &trigger.batch, (1, 10_000));
    properties.insert("BatchSize", batch.unwrap_or_else(|| 100.into()));
    let wait = seconds(ctx, owner, &format!("{path}.wait"), &trigger.wait, ("0s", "5m"));
    put(&mut properties, "MaximumBatchingWindowInSeconds", wait);
    let parallel = number(ctx, owner, &format!("{path}.parallel"), &trigger.parallel, (1, 10));
    put(&mut properties, "ParallelizationFactor", parallel);
    let retries = number(ctx, owner, &format!("{path}.retries"), &trigger.retries, (0, 10_000));
    put(&mut properties, "MaximumRetryAttempts", retries);
    let age = seconds(ctx, owner, &format!("{path}.max-age"), &trigger.max_age, ("1m", "7d"));
    put(&mut properties, "MaximumRecordAgeInSeconds", age);
    let window = seconds(ctx, owner, &format!("{path}.window"), &trigger.window, ("0s", "15m"));
    put(&mut properties, "TumblingWindowInSeconds", window);
    if let Some(split) = &trigger.split_on_error {
        properties.insert("BisectBatchOnFunctionError", Expr::from(split.value).with_span(split.span));
    }
    partial(&mut properties, trigger);
    filter(&mut properties, trigger);
    enabled(&mut properties, trigger);
    let dead_letters = [Kind::Queue, Kind::Topic];
    if let Some(dlq) = &trigger.dlq
        && let Some(dead) = ctx.component_of(owner, path, dlq, &dead_letters, "`dlq` of a stream trigger")
        && let Some(dead_arn) = ctx.needed(owner, path, dlq, &dead, "arn")
    {
        let (kind, action) =
            if dead.kind == Kind::Queue { ("SQS", "sqs:SendMessage") } else { ("SNS", "sns:Publish") };
        target.statements.own.push(role::allow(&[action], vec![dead_arn.clone()]).with_span(dlq.span));
        target.statements.own.extend(encryption::to_send(&dead));
        let failure = Expr::from([("Type", Expr::from(kind)), ("Destination", dead_arn)]);
        properties.insert("DestinationConfig", Expr::from([("OnFailure", failure)]));
    }
    let actions = if is_table { READ_TABLE_STREAM } else { READ_STREAM };
    target.statements.own.push(role::allow(actions, vec![arn]).with_span(name.span));
    decrypt(target, &found, name);
    target.add(&name.value.to_string(), if is_table { "DynamoDB" } else { "Kinesis" }, properties, name.span);
}
