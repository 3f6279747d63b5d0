//! `streams`: Kinesis streams and their consumers.

use samc_base::Span;
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Component as _, Stream, TopicEncryption};

use super::lower::Lower;
use super::names::upper_camel;

/// Lowers one stream.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, stream: &Stream) {
    let owner = ctx.owner("streams", name, span, stream.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
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
    if let Some(encrypt) = stream.encrypt.as_ref().filter(|e| e.value == TopicEncryption::Kms) {
        let key = Expr::from("alias/aws/kinesis").with_span(encrypt.span);
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
