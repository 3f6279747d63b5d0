//! The rules, one a file, each with its page.

mod attribute_value;
mod cycle;
mod lambda_range;
mod property_value;
mod reference;
mod required_property;
mod sqs_visibility;
mod template_keys;
mod unknown_property;
mod unknown_type;

use samc_base::Code;

use crate::rule::Rule;

/// Every rule, in the order of their codes.
pub static RULES: &[&Rule] = &[
    &sqs_visibility::FLOOR,
    &reference::RULE,
    &unknown_property::RULE,
    &required_property::RULE,
    &property_value::RULE,
    &cycle::RULE,
    &unknown_type::RULE,
    &lambda_range::TIMEOUT,
    &lambda_range::MEMORY,
    &sqs_visibility::FACTOR,
    &template_keys::RULE,
];

/// The code of unknown types, which speaks in place of the front end's own word about them.
pub(crate) const UNKNOWN_TYPE: Code = unknown_type::RULE.code;
