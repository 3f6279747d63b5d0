//! R504: readers of streams that one bad record stops.

use samc_base::{Code, Diagnostic, Severity};

use crate::query::{at_property, name, property};
use crate::rule::{On, Profile, Rule};

/// A record that always fails holds up its shard until it is too old.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R504", "esm-failure"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("esm_failure.md"),
    check: |context, diagnostics| {
        for (id, mapping) in context.of_type("AWS::Lambda::EventSourceMapping") {
            // Only streams have a position to start from; what a queue could not deliver is its own affair.
            let is_stream = !property(mapping, "StartingPosition").is_absent();
            if !is_stream || !property(mapping, "DestinationConfig.OnFailure").is_absent() {
                continue;
            }
            let retries = property(mapping, "MaximumRetryAttempts").is_absent()
                && property(mapping, "MaximumRecordAgeInSeconds").is_absent();
            let message = if retries {
                format!(
                    "a record that {} cannot handle is tried until it is too old, and holds up those after it",
                    name(id, mapping)
                )
            } else {
                format!("a record that {} gives up on is lost without a trace", name(id, mapping))
            };
            let found = Diagnostic::warning(RULE.code, message).help(
                "set DestinationConfig.OnFailure to a queue or topic, and MaximumRetryAttempts; \
                 BisectBatchOnFunctionError sets apart the one record that fails",
            );
            diagnostics.push(at_property(
                found,
                id,
                mapping,
                "DestinationConfig",
                "no OnFailure destination",
            ));
        }
    },
};
