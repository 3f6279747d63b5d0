//! Mail: identities with their settings, and what is done with what comes in.

use super::{given, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Item, Value};
use crate::native::{Site, main, part};

/// `AWS::SES::EmailIdentity`.
pub(crate) fn identity(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &[])?];
    let parts = [
        ("FeedbackAttributes", "aws_sesv2_email_identity_feedback_attributes"),
        ("MailFromAttributes", "aws_sesv2_email_identity_mail_from_attributes"),
    ];
    for (path, kind) in parts {
        let Some(settings) = given(&map, path) else { continue };
        let mut block = satellite(context, site.plan, kind, "", None);
        block.set("email_identity", Value::code(context.attribute(site.plan, "email_identity")));
        part(context, site, path, &mut block, context.within(path, || settings.as_map())?, &[])?;
        blocks.push(block);
    }
    Some(blocks)
}

/// `AWS::SES::ReceiptRule`: actions are taken in the order that they stand in, which the provider wants in numbers.
pub(crate) fn receipt_rule(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &[])?;
    let mut position = 0;
    for item in &mut block.items {
        if let Item::Block(action) = item
            && action.kind.ends_with("_action")
        {
            position += 1;
            action.set("position", Value::Number(position.to_string()));
        }
    }
    Some(vec![block])
}
