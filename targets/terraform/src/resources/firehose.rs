//! Delivery streams, which name the kind of their destination.

use crate::context::Context;
use crate::hcl::{Block, Item, Value};
use crate::native::{Site, main};
use crate::reason::Reason;

/// `AWS::KinesisFirehose::DeliveryStream`.
pub(crate) fn stream(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &[])?;
    let kinds: Vec<&str> = block
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Block(inner)
                if inner.kind != "kinesis_source_configuration"
                    && inner.kind != "msk_source_configuration" =>
            {
                inner.kind.strip_suffix("_configuration")
            }
            Item::Block(_) | Item::Argument(..) => None,
        })
        .collect();
    let [kind] = kinds.as_slice() else {
        return context.lacks(Reason::Missing("destination".to_owned()));
    };
    let kind = Value::text(*kind);
    block.items.insert(1, Item::Argument("destination".to_owned(), kind));
    Some(vec![block])
}
