//! The rules, one a file, each with its page.

mod alarm;
mod api_limits;
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
mod concurrency_setting;
mod cycle;
mod data_flow;
mod dead_letters;
mod delivery_failure;
mod deprecated_property;
mod dlq_no_effect;
mod dlq_unreachable;
mod duplicate_identifier;
mod env_grant;
mod esm_failure;
mod event_access;
mod event_limits;
mod event_loop;
mod event_pattern;
mod event_source;
mod firewall;
mod function_access;
mod function_code;
mod function_defaults;
mod grant_use;
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
mod log_group;
mod log_payload;
mod log_retention;
mod logins;
mod mapping_source;
mod name_length;
mod network_way;
mod open_entry;
mod origin_access;
mod permission_grants;
mod policy_size;
mod posture;
mod profile_encryption;
mod property_value;
mod queue_properties;
mod queue_redrive;
mod recovery;
mod reference;
mod required_property;
mod resource_policy_open;
mod retired;
mod runtime_dates;
mod schedule_expression;
mod schedule_overlap;
mod secrets;
mod service_scope;
mod shared_role;
mod sqs_visibility;
mod stack_size;
mod stage_settings;
mod state_machine;
mod stateful_deletion;
mod statelessness;
mod string_reference;
mod table_definition;
mod template_bytes;
mod template_keys;
mod timeout_chain;
mod tls_minimum;
mod tls_policy;
mod transit;
mod unknown_property;
mod unknown_type;
mod unused;
mod waiver;
mod worst_case;

use samc_base::Code;

pub(crate) use log_retention::group_names;

use crate::rule::Rule;

/// Every rule, in the order of their codes.
pub static RULES: &[&Rule] = &[
    &api_timeout::RULE,
    &sqs_visibility::FLOOR,
    &env_grant::RULE,
    &grant_use::RULE,
    &key_grant::RULE,
    &event_access::PERMISSION,
    &dlq_unreachable::RULE,
    &event_access::STREAM,
    &function_access::INTERFACE,
    &network_way::EGRESS,
    &function_access::FILES,
    &function_code::IMAGE,
    &lambda_environment::RESERVED_NAME,
    &mapping_source::PROPERTIES,
    &schedule_expression::RULE,
    &event_pattern::RULE,
    &lambda_permission::RULE,
    &api_wiring::RULE,
    &table_definition::ATTRIBUTES,
    &table_definition::THROUGHPUT,
    &queue_properties::PROPERTIES,
    &state_machine::LANGUAGE,
    &iam_policy_shape::RULE,
    &string_reference::RULE,
    &concurrency_setting::LATEST,
    &dlq_no_effect::RULE,
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
    &deprecated_property::RULE,
    &cold_start::RULE,
    &function_defaults::MEMORY,
    &function_defaults::SNAPSTART,
    &function_defaults::ARM,
    &worst_case::RULE,
    &concurrency_setting::IDLE,
    &log_retention::FOREVER,
    &network_way::NAT,
    &queue_properties::POLL,
    &lambda_range::TIMEOUT,
    &lambda_range::MEMORY,
    &lambda_range::DISK,
    &lambda_environment::SIZE,
    &function_code::INLINE_SIZE,
    &function_code::LAYERS,
    &name_length::RULE,
    &stack_size::RESOURCES,
    &stack_size::SECTIONS,
    &template_bytes::RULE,
    &policy_size::RULE,
    &event_source::BATCH,
    &event_source::WINDOW,
    &event_limits::EVENTS,
    &state_machine::SIZE,
    &api_limits::ROUTES,
    &concurrency::BUDGET,
    &event_limits::FILTER,
    &api_limits::AUTHORIZER,
    &log_retention::FUNCTION,
    &log_group::ORPHAN,
    &alarm::MISSING,
    &alarm::ACTION,
    &stage_settings::TRACING,
    &stage_settings::ACCESS,
    &function_defaults::STRUCTURED,
    &log_group::PERMISSION,
    &state_machine::LOGGING,
    &profile_encryption::RULE,
    &data_flow::FLOW,
    &data_flow::ESCAPE,
    &service_scope::RULE,
    &key_rotation::RULE,
    &posture::NETWORK,
    &audit_trail::RULE,
    &log_group::RETENTION,
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
    &mapping_source::READERS,
    &schedule_overlap::RULE,
    &concurrency_setting::ZERO,
    &function_defaults::TIMEOUT,
    &timeout_chain::RULE,
    &stateful_deletion::RULE,
    &mapping_source::PARTIAL,
    &stage_settings::THROTTLE,
    &recovery::RULE,
    &statelessness::RULE,
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
pub(crate) const FOLLOW_DATA: &[Code] = &[
    data_flow::FLOW.code,
    data_flow::ESCAPE.code,
    data_flow::TAINT.code,
    log_group::RETENTION.code,
    service_scope::RULE.code,
];

/// The rules that ask for what the controls of app.yaml set or demand themselves.
pub(crate) const COVERED_BY_CONTROLS: &[&Rule] = &[
    &log_group::RETENTION,
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

/// The code of values that a schema does not take: what a rule about one such value says is better.
pub(crate) const PROPERTY_VALUE: Code = property_value::RULE.code;
