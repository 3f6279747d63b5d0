//! User pools, whose second factors are settings apart in the provider.

use super::{given, properties};
use crate::context::Context;
use crate::hcl::{Block, Value};
use crate::native::{Site, main};
use crate::reason::Reason;

/// `AWS::Cognito::UserPool`: a factor in `EnabledMfas` is a block of its own. Messages are a factor wherever there
/// are settings for them, since the provider sends them with the other factors.
pub(crate) fn user_pool(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &["EnabledMfas"])?;
    let map = properties(site.resource)?;
    let Some(factors) = given(&map, "EnabledMfas") else { return Some(vec![block]) };
    let lacks = || context.lacks(Reason::Property("EnabledMfas".to_owned()));
    let Some(factors) = factors.as_list() else { return lacks() };
    let mut sends_messages = false;
    for factor in factors.iter().filter(|factor| !factor.is_no_value()) {
        match factor.as_str() {
            Some("SOFTWARE_TOKEN_MFA") => {
                let mut inner = Block::new("software_token_mfa_configuration", &[]);
                inner.set("enabled", Value::Bool(true));
                block.push(inner);
            }
            Some("SMS_MFA") => sends_messages = true,
            _ => return lacks(),
        }
    }
    if sends_messages != block.has("sms_configuration") {
        return lacks();
    }
    Some(vec![block])
}
