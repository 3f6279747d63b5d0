//! Tables: keys and throughput are arguments rather than lists and maps.

use samc_ir::{Expr, Map};

use super::{given, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Value};
use crate::native::{Site, main, part};

/// `AWS::DynamoDB::Table`.
pub(crate) fn table(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let elsewhere = [
        "KeySchema",
        "ProvisionedThroughput",
        "AttributeDefinitions",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "StreamSpecification",
        "SSESpecification",
    ];
    let mut block = main(context, site, &elsewhere)?;
    keys(context, &mut block, map.get("KeySchema")?)?;
    throughput(context, &mut block, &map)?;
    if let Some(stream) = given(&map, "StreamSpecification") {
        let stream = stream.as_map()?;
        if stream.keys().any(|key| &**key != "StreamViewType") {
            return None;
        }
        block.set("stream_enabled", Value::Bool(true));
        block.set("stream_view_type", context.value(stream.get("StreamViewType")?));
    }
    for definition in map.get("AttributeDefinitions")?.as_list()? {
        let definition = definition.as_map()?;
        let mut inner = Block::new("attribute", &[]);
        inner.set("name", context.value(definition.get("AttributeName")?));
        inner.set("type", context.value(definition.get("AttributeType")?));
        block.push(inner);
    }
    for (key, name) in [
        ("GlobalSecondaryIndexes", "global_secondary_index"),
        ("LocalSecondaryIndexes", "local_secondary_index"),
    ] {
        let Some(list) = given(&map, key) else { continue };
        for index in list.as_list()? {
            let index = index.as_map()?;
            let known = ["IndexName", "KeySchema", "Projection", "ProvisionedThroughput"];
            if index.keys().any(|key| !known.contains(&&**key)) {
                return None;
            }
            let mut inner = Block::new(name, &[]);
            inner.set("name", context.value(index.get("IndexName")?));
            keys(context, &mut inner, index.get("KeySchema")?)?;
            if name == "local_secondary_index" {
                inner
                    .items
                    .retain(|item| !matches!(item, crate::hcl::Item::Argument(n, _) if n == "hash_key"));
            }
            let projection = index.get("Projection")?.as_map()?;
            inner.set("projection_type", context.value(projection.get("ProjectionType")?));
            if let Some(more) = given(projection, "NonKeyAttributes") {
                inner.set("non_key_attributes", context.value(more));
            }
            throughput(context, &mut inner, index)?;
            block.push(inner);
        }
    }
    if let Some(encryption) = given(&map, "SSESpecification") {
        let encryption = encryption.as_map()?;
        // `AES256` is another name of what KMS does not do here.
        if encryption.get("SSEType").is_some_and(|kind| kind.as_str() != Some("KMS")) {
            return None;
        }
        let mut inner = Block::new("server_side_encryption", &[]);
        inner.set("enabled", context.value(encryption.get("SSEEnabled")?));
        if let Some(key) = given(encryption, "KMSMasterKeyId") {
            inner.set("kms_key_arn", context.value(key));
        }
        block.push(inner);
    }
    let mut blocks = vec![block];
    if let Some(stream) = given(&map, "KinesisStreamSpecification") {
        let path = "KinesisStreamSpecification";
        let kind = "aws_dynamodb_kinesis_streaming_destination";
        let mut block = satellite(context, site.plan, kind, "", None);
        block.set("table_name", Value::code(context.attribute(site.plan, "name")));
        part(context, site, path, &mut block, context.within(path, || stream.as_map())?, &[])?;
        blocks.push(block);
    }
    Some(blocks)
}

fn keys(context: &Context<'_>, block: &mut Block, schema: &Expr) -> Option<()> {
    for key in schema.as_list()? {
        let key = key.as_map()?;
        let argument = match key.get("KeyType")?.as_str()? {
            "HASH" => "hash_key",
            "RANGE" => "range_key",
            _ => return None,
        };
        block.set(argument, context.value(key.get("AttributeName")?));
    }
    Some(())
}

fn throughput(context: &Context<'_>, block: &mut Block, map: &Map) -> Option<()> {
    let Some(throughput) = given(map, "ProvisionedThroughput") else { return Some(()) };
    // Wholly there or wholly not, under a condition.
    if let Some((condition, then, otherwise)) = throughput.as_if() {
        for (key, name) in [("ReadCapacityUnits", "read_capacity"), ("WriteCapacityUnits", "write_capacity")]
        {
            let side = |arm: &Expr| match arm.is_no_value() {
                true => Some(Expr::no_value()),
                false => arm.as_map()?.get(key).cloned(),
            };
            let value = Expr::if_else(condition.clone(), side(then)?, side(otherwise)?);
            block.set(name, context.value(&value));
        }
        return Some(());
    }
    let throughput = throughput.as_map()?;
    block.set("read_capacity", context.value(throughput.get("ReadCapacityUnits")?));
    block.set("write_capacity", context.value(throughput.get("WriteCapacityUnits")?));
    Some(())
}
