//! `topics`: a topic, its subscribers that are no functions, and its policy.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Component as _, Dedup, FilterOn, Kind, Subscription, Topic, TopicEncryption};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::{Component, upper_camel};
use super::role::document;
use super::{encryption, index, queue, raw};

/// Lowers one topic.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, topic: &Topic) {
    let owner = ctx.owner("topics", name, span, topic.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let mut properties = Map::new();
    ctx.put_name(&owner, &mut properties, "TopicName", topic.name.as_ref());
    ctx.put_name(&owner, &mut properties, "DisplayName", topic.display.as_ref());
    if let Some(fifo) = topic.fifo.as_ref().filter(|f| f.value) {
        properties.insert("FifoTopic", Expr::from(true).with_span(fifo.span));
    }
    if let Some(dedup) = &topic.dedup {
        let is_content = dedup.value == Dedup::Content;
        properties.insert("ContentBasedDeduplication", Expr::from(is_content).with_span(dedup.span));
    }
    match topic.encrypt.as_ref().map(|e| (&e.value, e.span)) {
        Some((TopicEncryption::Kms, span)) => {
            properties.insert("KmsMasterKeyId", Expr::from("alias/aws/sns").with_span(span));
        }
        Some((TopicEncryption::Key(key), span)) => {
            if let Some(arn) = encryption::key(ctx, &owner, "encrypt", key, span) {
                properties.insert("KmsMasterKeyId", arn);
            }
        }
        Some((TopicEncryption::None, _)) | None => {}
    }
    if let Some(policy) = &topic.policy {
        ctx.topic_senders.entry(id.clone()).or_default().extend(raw::statements(policy));
    }
    ctx.add_main(&id, "AWS::SNS::Topic", properties, &owner);
    for (i, subscription) in topic.subscribe.iter().flatten().enumerate() {
        subscribe(ctx, &owner, &id, &format!("subscribe[{i}]"), subscription);
    }
}

fn subscribe(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    topic: &samc_base::LogicalId,
    path: &str,
    given: &Spanned<Subscription>,
) {
    let subscription = &given.value;
    let mut properties = Map::from([("TopicArn", Expr::reference(topic))]);
    let words = match (&subscription.queue, &subscription.email, &subscription.url, &subscription.sms) {
        (Some(name), None, None, None) => {
            let Some(found) = ctx.component_of(owner, path, name, &[Kind::Queue], "a subscription") else {
                return;
            };
            let Some(arn) = ctx.needed(owner, path, name, &found, "arn") else { return };
            properties.insert("Protocol", "sqs");
            properties.insert("Endpoint", arn);
            queue::let_send(ctx, &found, "sns.amazonaws.com", Expr::reference(topic));
            name.value.to_string()
        }
        (None, Some(to), None, None) => endpoint(ctx, owner, path, "email", to, &mut properties),
        (None, None, Some(to), None) => endpoint(ctx, owner, path, "https", to, &mut properties),
        (None, None, None, Some(to)) => endpoint(ctx, owner, path, "sms", to, &mut properties),
        _ => {
            let message = format!("`{}` must name one subscriber", owner.at(path));
            let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
                .at(given.span, "one of `queue`, `email`, `url` and `sms`");
            ctx.report(owner, path, finding);
            return;
        }
    };
    if let Some(filter) = &subscription.filter {
        properties.insert("FilterPolicy", raw::data(filter));
    }
    if let Some(on) = subscription.filter_on {
        let scope = if on == FilterOn::Body { "MessageBody" } else { "MessageAttributes" };
        properties.insert("FilterPolicyScope", scope);
    }
    if let Some(raw) = subscription.raw.as_ref().filter(|r| r.value) {
        properties.insert("RawMessageDelivery", Expr::from(true).with_span(raw.span));
    }
    let id = ctx.fresh_id(&format!("{topic}To{}", upper_camel(&words)), "Subscription");
    ctx.add(&id, "AWS::SNS::Subscription", properties, owner);
}

/// A subscriber outside of AWS; gives the word for its logical id.
fn endpoint(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    protocol: &str,
    to: &Spanned<String>,
    properties: &mut Map,
) -> String {
    let value = ctx.text(owner, path, to);
    properties.insert("Protocol", protocol);
    properties.insert("Endpoint", value);
    protocol.to_owned()
}

/// Lets a service publish to a topic on behalf of one resource.
pub(super) fn let_publish(ctx: &mut Lower<'_>, topic: &Component, service: &str, source: Expr) {
    if topic.external.is_some() {
        return;
    }
    encryption::let_use(ctx, topic, service);
    let statement = Expr::from([
        ("Effect", Expr::from("Allow")),
        ("Principal", Expr::from([("Service", service)])),
        ("Action", Expr::from("sns:Publish")),
        ("Resource", Expr::reference(&topic.id)),
        ("Condition", Expr::from([("ArnEquals", Expr::from([("aws:SourceArn", source)]))])),
    ]);
    ctx.topic_senders.entry(topic.id.clone()).or_default().push(statement);
}

/// Makes the policies of topics that services publish to.
pub(super) fn policies(ctx: &mut Lower<'_>) {
    for (id, statements) in std::mem::take(&mut ctx.topic_senders) {
        let origin = ctx.template.resources.get(&id).map(|r| r.origin.clone()).unwrap_or_default();
        let owner = Owner { origin, ..Owner::default() };
        let policy = index::derived(ctx, &id, "Policy");
        let mut properties = Map::from([("Topics", Expr::from(vec![Expr::reference(&id)]))]);
        properties.insert("PolicyDocument", document(statements));
        ctx.add(&policy, "AWS::SNS::TopicPolicy", properties, &owner);
    }
}
