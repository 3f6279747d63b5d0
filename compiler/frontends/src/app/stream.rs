//! `streams`: Kinesis streams and their consumers.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Component as _, Stream, StreamType, TopicEncryption};

use super::lower::Lower;
use super::names::upper_camel;
use super::{encryption, firehose};

/// Lowers one stream.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, stream: &Stream) {
    let owner = ctx.owner("streams", name, span, stream.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    if stream.r#type.as_ref().is_some_and(|t| t.value == StreamType::Firehose) {
        firehose::lower(ctx, &owner, &id, stream);
        return;
    }
    if let Some(to) = &stream.to {
        let finding = Diagnostic::error(
            codes::EXCLUSIVE_PROPERTIES,
            format!("`{}` is for streams that are delivered", owner.at("to")),
        )
        .at(to.bucket.span, "functions read this stream")
        .help("add `type: firehose`, or leave it out");
        ctx.report(&owner, "to", finding);
    }
    let mut properties = Map::new();
    ctx.put_name(&owner, &mut properties, "Name", stream.name.as_ref());
    let shards = stream.shards.as_ref();
    let place = shards.and_then(|s| s.span);
    let mode = match shards.and_then(|s| s.value.count) {
        Some(count) => {
            properties.insert("ShardCount", Expr::new(ExprKind::Int(count.into()), place));
            "PROVISIONED"
        }
        None => "ON_DEMAND",
    };
    let mode = Expr::from(mode).with_span(place);
    properties.insert("StreamModeDetails", Map::from([("StreamMode", mode)]));
    if let Some(retain) = &stream.retain {
        let hours = ctx.seconds(&owner, "retain", retain, "24h", "365d") / 3600;
        properties.insert("RetentionPeriodHours", Expr::new(ExprKind::Int(hours.into()), retain.span));
    }
    let key = match stream.encrypt.as_ref().map(|e| (&e.value, e.span)) {
        Some((TopicEncryption::Kms, span)) => Some(Expr::from("alias/aws/kinesis").with_span(span)),
        Some((TopicEncryption::Key(key), span)) => encryption::key(ctx, &owner, "encrypt", key, span),
        Some((TopicEncryption::None, _)) | None => None,
    };
    if let Some(key) = key {
        properties
            .insert("StreamEncryption", Expr::from([("EncryptionType", Expr::from("KMS")), ("KeyId", key)]));
    }
    ctx.add_main(&id, "AWS::Kinesis::Stream", properties, &owner);
    for consumer in stream.consumers.iter().flatten() {
        let text = consumer.value.as_str();
        let made = ctx.fresh_id(&format!("{id}{}", upper_camel(text)), "Consumer");
        let mut properties = Map::from([("StreamARN", Expr::get_att(&id, "Arn"))]);
        properties.insert("ConsumerName", Expr::from(text).with_span(consumer.span));
        ctx.add(&made, "AWS::Kinesis::StreamConsumer", properties, &owner);
    }
}
