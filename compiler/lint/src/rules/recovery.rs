//! R519: tables from which nothing comes back.

use samc_base::{Code, Diagnostic, Severity};

use crate::query::{at_property, flag, name, property};
use crate::rule::{On, Profile, Rule};

/// A wrong line of code can empty a table in seconds.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R519", "pitr"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("recovery.md"),
    check: |context, diagnostics| {
        const PATH: &str = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled";
        for (id, table) in context.of_type("AWS::DynamoDB::Table") {
            // Where P409 looks at backups, it says the same.
            if flag(property(table, PATH)) != Some(false)
                || context.has_profile(Profile::Pci)
                || context.has_profile(Profile::Hipaa)
            {
                continue;
            }
            let message = format!("what a fault deletes from {} is gone for good", name(id, table));
            let found = Diagnostic::warning(RULE.code, message)
                .help("set PointInTimeRecoveryEnabled to true in PointInTimeRecoverySpecification");
            diagnostics.push(at_property(found, id, table, PATH, "no point-in-time recovery"));
        }
    },
};
