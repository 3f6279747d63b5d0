//! `queues`: a queue, its dead-letter queue, and the policy that lets services send to it.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Component as _, Dedup, Kind, Queue, QueueEncryption, Reference};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::Component;
use super::role::document;
use super::{encryption, index, raw};

/// Receipts before a message goes to the dead-letter queue.
const AFTER: i64 = 5;
/// How long a dead-letter queue keeps messages, in seconds: 14 days, the most there is.
const DEAD_RETENTION: u64 = 14 * 86_400;
/// True where a queue has a dead-letter queue of its own.
pub(super) fn has_own_dlq(queue: &Queue) -> bool {
    queue.dlq.as_ref().is_none_or(|d| !d.value.is_off && d.value.queue.is_none())
}

/// Lowers one queue.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, queue: &Queue) {
    let owner = ctx.owner("queues", name, span, queue.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let mut properties = Map::new();
    put_common(ctx, &owner, queue, &mut properties);
    ctx.put_name(&owner, &mut properties, "QueueName", queue.name.as_ref());
    put_visibility(ctx, &owner, name, queue, &mut properties);
    let mut seconds =
        |key: &str, path: &str, given: &Option<Spanned<samc_schema::app::Duration>>, least, most| {
            if let Some(given) = given {
                let value = ctx.seconds(&owner, path, given, least, most);
                properties.insert(key, Expr::new(ExprKind::Int(value.into()), given.span));
            }
        };
    seconds("MessageRetentionPeriod", "retain", &queue.retain, "1m", "14d");
    seconds("DelaySeconds", "delay", &queue.delay, "0s", "15m");
    if let Some(size) = &queue.max_size {
        let bytes = ctx.size(&owner, "max-size", size, "1KB", "1MB").bytes();
        properties.insert("MaximumMessageSize", Expr::new(ExprKind::Int(bytes.into()), size.span));
    }
    if let Some(dedup) = &queue.dedup {
        let is_content = dedup.value == Dedup::Content;
        properties.insert("ContentBasedDeduplication", Expr::from(is_content).with_span(dedup.span));
    }
    if let Some(redrive) = redrive(ctx, &owner, name, queue) {
        properties.insert("RedrivePolicy", redrive);
    }
    if let Some(policy) = &queue.policy {
        ctx.queue_senders.entry(id.clone()).or_default().extend(raw::statements(policy));
    }
    ctx.add_main(&id, "AWS::SQS::Queue", properties, &owner);
    lower_own_dlq(ctx, &owner, name, queue);
}

/// What a queue and its dead-letter queue have in common.
fn put_common(ctx: &mut Lower<'_>, owner: &Owner, queue: &Queue, properties: &mut Map) {
    let is_fifo = queue.fifo.as_ref().is_some_and(|f| f.value);
    if is_fifo {
        let span = queue.fifo.as_ref().and_then(|f| f.span);
        properties.insert("FifoQueue", Expr::from(true).with_span(span));
    } else if let Some(dedup) = &queue.dedup {
        let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, "`dedup` is for fifo queues")
            .at(dedup.span, "has no effect here")
            .help("write `fifo: true`, or leave it out");
        ctx.report(owner, "dedup", finding);
    }
    if let Some(encrypt) = &queue.encrypt {
        match &encrypt.value {
            QueueEncryption::Sqs => {
                properties.insert("SqsManagedSseEnabled", Expr::from(true).with_span(encrypt.span));
            }
            QueueEncryption::Kms => {
                properties.insert("KmsMasterKeyId", Expr::from("alias/aws/sqs").with_span(encrypt.span));
            }
            QueueEncryption::Key(key) => {
                if let Some(arn) = encryption::key(ctx, owner, "encrypt", key, encrypt.span) {
                    properties.insert("KmsMasterKeyId", arn);
                }
            }
        }
    }
}

/// As given, or long enough for the slowest function that the queue triggers.
fn put_visibility(ctx: &mut Lower<'_>, owner: &Owner, name: &str, queue: &Queue, properties: &mut Map) {
    if let Some(given) = &queue.visibility {
        let value = ctx.seconds(owner, "visibility", given, "0s", "12h");
        properties.insert("VisibilityTimeout", Expr::new(ExprKind::Int(value.into()), given.span));
        return;
    }
    if let Some(longest) = ctx.listeners.hidden.get(name).copied() {
        let seconds = longest.min(12 * 3600);
        properties.insert("VisibilityTimeout", Expr::new(ExprKind::Int(seconds.into()), None));
    }
}

fn redrive(ctx: &mut Lower<'_>, owner: &Owner, name: &str, queue: &Queue) -> Option<Expr> {
    let dlq = queue.dlq.as_ref();
    if dlq.is_some_and(|d| d.value.is_off) {
        return None;
    }
    let span = dlq.and_then(|d| d.span);
    let target = match dlq.and_then(|d| d.value.queue.as_ref()) {
        Some(other) => {
            let reference = Reference { name: other.value.to_string(), part: None };
            let reference = Spanned::new(reference, other.span.or(span));
            let found = ctx.component_of(owner, "dlq", &reference, &[Kind::Queue], "`dlq`")?;
            ctx.needed(owner, "dlq", &reference, &found, "arn")?
        }
        None => ctx.components.get(&format!("{name}.dlq"))?.attribute("arn")?,
    };
    let after = match dlq.and_then(|d| d.value.after.as_ref()) {
        Some(after) => ctx.number(owner, "dlq.after", after, 1, 1000),
        None => AFTER.into(),
    };
    Some(Expr::from([("deadLetterTargetArn", target), ("maxReceiveCount", after)]).with_span(span))
}

fn lower_own_dlq(ctx: &mut Lower<'_>, owner: &Owner, name: &str, queue: &Queue) {
    let Some(id) = ctx.components.get(&format!("{name}.dlq")).map(|c| c.id.clone()) else { return };
    let retain = queue.dlq.as_ref().and_then(|d| d.value.retain.as_ref());
    let seconds = match retain {
        Some(given) => ctx.seconds(owner, "dlq.retain", given, "1m", "14d"),
        None => DEAD_RETENTION,
    };
    let retention = Expr::new(ExprKind::Int(seconds.into()), retain.and_then(|r| r.span));
    let mut properties = Map::from([("MessageRetentionPeriod", retention)]);
    // What is wrong with these keys was said of the queue itself.
    let mut own = queue.clone();
    own.dedup = None;
    put_common(ctx, owner, &own, &mut properties);
    ctx.add_main(&id, "AWS::SQS::Queue", properties, owner);
}

/// Lets a service send to a queue on behalf of one resource.
pub(super) fn let_send(ctx: &mut Lower<'_>, queue: &Component, service: &str, source: Expr) {
    sender(ctx, queue, service, "ArnEquals", source);
}

/// As [`let_send`], for all resources whose ARN matches a pattern.
pub(super) fn let_send_like(ctx: &mut Lower<'_>, queue: &Component, service: &str, pattern: Expr) {
    sender(ctx, queue, service, "ArnLike", pattern);
}

fn sender(ctx: &mut Lower<'_>, queue: &Component, service: &str, operator: &str, source: Expr) {
    // The policy of a queue that exists already is its owner's.
    if queue.external.is_some() {
        return;
    }
    encryption::let_use(ctx, queue, service);
    let statement = Expr::from([
        ("Effect", Expr::from("Allow")),
        ("Principal", Expr::from([("Service", service)])),
        ("Action", Expr::from("sqs:SendMessage")),
        ("Resource", Expr::get_att(&queue.id, "Arn")),
        ("Condition", Expr::from([(operator, Expr::from([("aws:SourceArn", source)]))])),
    ]);
    let statements = ctx.queue_senders.entry(queue.id.clone()).or_default();
    if !statements.contains(&statement) {
        statements.push(statement);
    }
}

/// Makes the policies of queues that services send to.
pub(super) fn policies(ctx: &mut Lower<'_>) {
    for (id, statements) in std::mem::take(&mut ctx.queue_senders) {
        let origin = ctx.template.resources.get(&id).map(|r| r.origin.clone()).unwrap_or_default();
        let owner = Owner { origin, ..Owner::default() };
        let policy = index::derived(ctx, &id, "Policy");
        let mut properties = Map::from([("Queues", Expr::from(vec![Expr::reference(&id)]))]);
        properties.insert("PolicyDocument", document(statements));
        ctx.add(&policy, "AWS::SQS::QueuePolicy", properties, &owner);
    }
}
