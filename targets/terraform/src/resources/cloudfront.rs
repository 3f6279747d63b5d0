//! Distributions of CloudFront: the provider wants said what CloudFormation takes as it is.

use super::properties;
use crate::context::Context;
use crate::hcl::{Block, Item, Value};
use crate::native::{Site, main};

/// `AWS::CloudFront::Distribution`.
pub(crate) fn distribution(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    properties(site.resource)?;
    let mut block = main(context, site, &[])?;
    for item in &mut block.items {
        let Item::Block(inner) = item else { continue };
        match inner.kind.as_str() {
            "default_cache_behavior" | "ordered_cache_behavior" => cookies(inner),
            "origin" => without_identity(inner),
            _ => {}
        }
    }
    if !block.has("restrictions") {
        let mut everywhere = Block::new("geo_restriction", &[]);
        everywhere.set("restriction_type", Value::text("none"));
        let mut restrictions = Block::new("restrictions", &[]);
        restrictions.push(everywhere);
        block.push(restrictions);
    }
    if !block.has("viewer_certificate") {
        let mut certificate = Block::new("viewer_certificate", &[]);
        certificate.set("cloudfront_default_certificate", Value::Bool(true));
        block.push(certificate);
    }
    Some(vec![block])
}

/// No cookies are forwarded where nothing is said of them.
fn cookies(behavior: &mut Block) {
    for item in &mut behavior.items {
        if let Item::Block(values) = item
            && values.kind == "forwarded_values"
            && !values.has("cookies")
        {
            let mut cookies = Block::new("cookies", &[]);
            cookies.set("forward", Value::text("none"));
            values.push(cookies);
        }
    }
}

/// An origin in S3 without an identity is one that says nothing of identities.
fn without_identity(origin: &mut Block) {
    origin.items.retain(|item| match item {
        Item::Block(inner) if inner.kind == "s3_origin_config" => {
            inner.get("origin_access_identity").is_some_and(|identity| identity.as_literal() != Some(""))
        }
        Item::Block(_) | Item::Argument(..) => true,
    });
}
