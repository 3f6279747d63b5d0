//! P409: stores from which nothing comes back once it is deleted.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::{Context, about};
use crate::query::{Known, at_property, flag, items, member, name, name_span, property};
use crate::rule::{On, Profile, Rule};

/// A wrong deployment or a wrong line of code can empty a table in seconds.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P409", "backup"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("backup.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    const RECOVERY: &str = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled";
    for (id, table) in context.of_type("AWS::DynamoDB::Table") {
        if flag(property(table, RECOVERY)) == Some(false) {
            let message = format!("what is deleted from {} is gone", name(id, table));
            let found = Diagnostic::warning(RULE.code, message)
                .help("set PointInTimeRecoveryEnabled to true in PointInTimeRecoverySpecification");
            diagnostics.push(at_property(found, id, table, RECOVERY, "no point-in-time recovery"));
        }
    }
    for (id, table) in context.of_type("AWS::DynamoDB::GlobalTable") {
        // Recovery is set for each region; a table is lost where one has none.
        let replicas = property(table, "Replicas").value();
        let open = items(replicas).find(|r| !r.is_call() && flag(member(r, RECOVERY)) == Some(false));
        if let Some(replica) = open {
            let region = member(replica, "Region").value().and_then(|r| r.as_str()).unwrap_or("one region");
            let message = format!("what is deleted from {} is gone: {region} keeps nothing", name(id, table));
            let at = member(replica, RECOVERY).value().and_then(|v| v.span).or(replica.span);
            let found = Diagnostic::warning(RULE.code, message)
                .at(at.or(name_span(table)), "no point-in-time recovery")
                .help("set PointInTimeRecoveryEnabled to true in every replica");
            diagnostics.push(about(found, id, &table.origin, format!("Resources.{id}.Properties.Replicas")));
        }
    }
    for (id, bucket) in context.of_type("AWS::S3::Bucket") {
        let status = property(bucket, "VersioningConfiguration.Status");
        let off = match status {
            Known::Absent => true,
            Known::Unknown => false,
            Known::Is(value) => value.as_str() == Some("Suspended"),
        };
        if off {
            let message = format!("what is deleted from {} or written over is gone", name(id, bucket));
            let found = Diagnostic::warning(RULE.code, message).help(
                "set VersioningConfiguration.Status to Enabled, with a lifecycle rule for old versions",
            );
            diagnostics.push(at_property(found, id, bucket, "VersioningConfiguration.Status", "no versions"));
        }
    }
}
