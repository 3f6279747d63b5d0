//! The rules, one a file, each with its page.

mod api_timeout;
mod api_wiring;
mod async_failure;
mod attribute_value;
mod audit_trail;
mod backup;
mod bucket_public;
mod cognito_strength;
mod cold_start;
mod concurrency;
mod cycle;
mod data_flow;
mod dead_letters;
mod delivery_failure;
mod dlq_unreachable;
mod duplicate_identifier;
mod env_grant;
mod esm_failure;
mod event_access;
mod event_loop;
mod event_source;
mod firewall;
mod function_access;
mod iam_escalation;
mod iam_excluding;
mod iam_policy_shape;
mod iam_trust_open;
mod iam_wide;
mod key_grant;
mod key_rotation;
mod lambda_environment;
mod lambda_permission;
mod lambda_range;
mod log_payload;
mod log_retention;
mod logins;
mod open_entry;
mod origin_access;
mod permission_grants;
mod posture;
mod profile_encryption;
mod property_value;
mod queue_redrive;
mod reference;
mod required_property;
mod resource_policy_open;
mod retired;
mod runtime_dates;
mod schedule_expression;
mod schedule_overlap;
mod secrets;
mod shared_role;
mod sqs_visibility;
mod stack_size;
mod stateful_deletion;
mod table_definition;
mod template_keys;
mod tls_minimum;
mod tls_policy;
mod transit;
mod unknown_property;
mod unknown_type;
mod unused;
mod waiver;

use samc_base::Code;

use crate::rule::Rule;

/// Every rule, in the order of their codes.
pub static RULES: &[&Rule] = &[
    &api_timeout::RULE,
    &sqs_visibility::FLOOR,
    &env_grant::RULE,
    &key_grant::RULE,
    &event_access::PERMISSION,
    &dlq_unreachable::RULE,
    &event_access::STREAM,
    &function_access::INTERFACE,
    &function_access::FILES,
    &lambda_environment::RESERVED_NAME,
    &schedule_expression::RULE,
    &lambda_permission::RULE,
    &api_wiring::RULE,
    &table_definition::ATTRIBUTES,
    &table_definition::THROUGHPUT,
    &iam_policy_shape::RULE,
    &reference::RULE,
    &unknown_property::RULE,
    &required_property::RULE,
    &property_value::RULE,
    &cycle::RULE,
    &unused::RULE,
    &duplicate_identifier::RULE,
    &unknown_type::RULE,
    &template_keys::RULE,
    &runtime_dates::DEPRECATED,
    &runtime_dates::BLOCKED,
    &runtime_dates::SOON_OVER,
    &retired::RULE,
    &cold_start::RULE,
    &log_retention::FOREVER,
    &lambda_range::TIMEOUT,
    &lambda_range::MEMORY,
    &lambda_range::DISK,
    &lambda_environment::SIZE,
    &stack_size::RESOURCES,
    &stack_size::SECTIONS,
    &event_source::BATCH,
    &event_source::WINDOW,
    &concurrency::BUDGET,
    &log_retention::FUNCTION,
    &profile_encryption::RULE,
    &data_flow::FLOW,
    &data_flow::ESCAPE,
    &key_rotation::RULE,
    &posture::NETWORK,
    &audit_trail::RULE,
    &backup::RULE,
    &firewall::RULE,
    &logins::MFA,
    &logins::ROTATION,
    &transit::RULE,
    &log_payload::RULE,
    &waiver::RULE,
    &posture::POLICY,
    &sqs_visibility::FACTOR,
    &event_loop::RULE,
    &async_failure::RULE,
    &esm_failure::RULE,
    &delivery_failure::TARGET,
    &delivery_failure::SUBSCRIPTION,
    &queue_redrive::RULE,
    &dead_letters::RETENTION,
    &dead_letters::RECEIVES,
    &concurrency::SOURCE,
    &schedule_overlap::RULE,
    &stateful_deletion::RULE,
    &iam_wide::ADMIN,
    &iam_wide::ACTION,
    &iam_wide::RESOURCE,
    &iam_escalation::RULE,
    &iam_excluding::RULE,
    &iam_trust_open::RULE,
    &shared_role::RULE,
    &permission_grants::PUBLIC,
    &permission_grants::SOURCE,
    &open_entry::URL,
    &open_entry::API,
    &open_entry::CORS,
    &secrets::LITERAL,
    &secrets::PARAMETER,
    &bucket_public::RULE,
    &resource_policy_open::RULE,
    &tls_policy::RULE,
    &tls_minimum::RULE,
    &origin_access::RULE,
    &cognito_strength::RULE,
    &data_flow::TAINT,
];

/// The code of unknown types, which speaks in place of the front end's own word about them.
pub(crate) const UNKNOWN_TYPE: Code = unknown_type::RULE.code;

/// The rules that follow flagged data wherever they come to.
pub(crate) const FOLLOW_DATA: &[Code] =
    &[data_flow::FLOW.code, data_flow::ESCAPE.code, data_flow::TAINT.code];

/// The rules that ask for what the controls of app.yaml set or demand themselves.
pub(crate) const COVERED_BY_CONTROLS: &[&Rule] = &[
    &profile_encryption::RULE,
    &posture::NETWORK,
    &audit_trail::RULE,
    &backup::RULE,
    &firewall::RULE,
    &logins::MFA,
    &transit::RULE,
    &log_payload::RULE,
    &tls_policy::RULE,
];

/// The rules for data that need care, whatever the programme.
pub(crate) const ABOUT_DATA: &[Code] =
    &[data_flow::FLOW.code, data_flow::ESCAPE.code, data_flow::TAINT.code, profile_encryption::RULE.code];
