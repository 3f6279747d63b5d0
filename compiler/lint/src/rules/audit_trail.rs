//! P407: doors and stores that do not write down who came.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_ir::{Expr, Resource};

use super::stage_settings::made_for;
use crate::context::Context;
use crate::query::{Known, at_property, flag, member, name, property, text};
use crate::rule::{On, Profile, Rule};

/// After an incident the first question is who called what, and when.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P407", "audit-trail"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("audit_trail.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let logs = log_buckets(context);
    for (id, resource) in &context.graph.resources {
        match &*resource.resource_type {
            "AWS::ApiGateway::Stage" => stage(context, id, resource, "AccessLogSetting", diagnostics),
            "AWS::ApiGatewayV2::Stage" => stage(context, id, resource, "AccessLogSettings", diagnostics),
            "AWS::AppSync::GraphQLApi" => {
                let wanted =
                    "add LogConfig with FieldLogLevel: ERROR and the ARN of a role that may write logs";
                missing(id, resource, "LogConfig", "its requests", wanted, diagnostics);
                silent_graph(id, resource, diagnostics);
            }
            "AWS::CloudFront::Distribution" => {
                let wanted = "add Logging with the domain name of a bucket";
                missing(id, resource, "DistributionConfig.Logging", "its requests", wanted, diagnostics);
            }
            "AWS::S3::Bucket" if !logs.contains(id.as_str()) => {
                let wanted = "add LoggingConfiguration with a bucket for logs";
                missing(
                    id,
                    resource,
                    "LoggingConfiguration",
                    "who reads and changes it",
                    wanted,
                    diagnostics,
                );
            }
            "AWS::OpenSearchService::Domain" | "AWS::Elasticsearch::Domain" => {
                let audit = property(resource, "LogPublishingOptions.AUDIT_LOGS");
                let on = audit.value().map_or(Some(false), |a| flag(member(a, "Enabled")));
                if matches!(audit, Known::Unknown) || on != Some(false) {
                    continue;
                }
                let message = format!("{} does not record who reads and changes it", name(id, resource));
                let found = Diagnostic::warning(RULE.code, message)
                    .help("switch AUDIT_LOGS on in LogPublishingOptions");
                diagnostics.push(at_property(found, id, resource, "LogPublishingOptions", "no audit log"));
            }
            _ => {}
        }
    }
}

fn missing(
    id: &LogicalId,
    resource: &Resource,
    path: &str,
    what: &str,
    help: &str,
    diagnostics: &mut Diagnostics,
) {
    if property(resource, path).is_absent() {
        let message = format!("{} does not record {what}", name(id, resource));
        let found = Diagnostic::warning(RULE.code, message).help(help);
        diagnostics.push(at_property(found, id, resource, path, "no log"));
    }
}

/// A GraphQL API that logs its requests without who sent them and what they asked for.
fn silent_graph(id: &LogicalId, api: &Resource, diagnostics: &mut Diagnostics) {
    let no_fields = text(api, "LogConfig.FieldLogLevel") == Some("NONE");
    if no_fields && flag(property(api, "LogConfig.ExcludeVerboseContent")) == Some(true) {
        let message = format!("{} records neither who asked nor for what", name(id, api));
        let found = Diagnostic::warning(RULE.code, message)
            .help("set FieldLogLevel to ERROR, or leave ExcludeVerboseContent out");
        diagnostics.push(at_property(found, id, api, "LogConfig.FieldLogLevel", "no fields, no headers"));
    }
}

/// The stage of an API: its access log needs a place and a format.
fn stage(context: &Context<'_>, id: &LogicalId, stage: &Resource, path: &str, diagnostics: &mut Diagnostics) {
    let settings = property(stage, path);
    let has = |key: &str| settings.value().is_none_or(|s| !member(s, key).is_absent());
    let (message, label) = match settings {
        Known::Unknown => return,
        Known::Absent => ("does not record its requests", "no access log"),
        Known::Is(value) if value.is_call() => return,
        Known::Is(_) if !has("DestinationArn") => {
            ("does not say where to record its requests", "no DestinationArn")
        }
        Known::Is(_) if !has("Format") => ("says where to record its requests, but not what", "no Format"),
        Known::Is(_) => return,
    };
    // An API that functions have without its being written is known by the name that SAM gives it.
    let who = made_for(context, id, stage).map_or(name(id, stage), |(api, _)| api);
    let message = format!("the stage of {who} {message}");
    let found = Diagnostic::warning(RULE.code, message)
        .help(format!("give {path} a DestinationArn, such as a log group's, and a Format"));
    diagnostics.push(at_property(found, id, stage, path, label).resource(who));
}

/// The buckets that logs go to, which would only record themselves.
fn log_buckets<'g>(context: &Context<'g>) -> FxHashSet<&'g str> {
    let mut found = FxHashSet::default();
    let mut add = |value: Option<&'g Expr>| {
        if let Some(value) = value {
            value.walk(&mut |e| found.extend(e.as_ref_to().or(e.as_get_att().map(|(id, _)| id))));
        }
    };
    for (_, bucket) in context.of_type("AWS::S3::Bucket") {
        add(property(bucket, "LoggingConfiguration.DestinationBucketName").value());
    }
    for (_, distribution) in context.of_type("AWS::CloudFront::Distribution") {
        add(property(distribution, "DistributionConfig.Logging.Bucket").value());
    }
    for (_, trail) in context.of_type("AWS::CloudTrail::Trail") {
        add(property(trail, "S3BucketName").value());
    }
    found
}
