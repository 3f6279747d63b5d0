//! L112: policies that are longer than IAM takes.

use indexmap::IndexMap;
use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;
use samc_ir::Expr;

use crate::length;
use crate::policy::Kind;
use crate::rule::{On, Rule};

/// White space does not count; what is put in at deployment counts as nothing here.
pub(super) static RULE: Rule = Rule {
    code: Code::new("L112", "iam-policy-size"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("iam_policy_size.md"),
    check: |context, diagnostics| {
        // The policies inside of a role share one limit.
        let mut sums: IndexMap<(&str, &str), (u64, usize)> = IndexMap::new();
        let documents = context.documents();
        // Of those under conditions, two may exclude each other.
        for (number, document) in documents.iter().enumerate().filter(|(_, d)| !d.conditional) {
            let which = match (&*document.resource.resource_type, document.kind) {
                ("AWS::IAM::Role", Kind::Trust) => "iam.policy.trust",
                ("AWS::IAM::Role", Kind::Identity) => "iam.policy.role",
                ("AWS::IAM::User", _) => "iam.policy.user",
                ("AWS::IAM::Group", _) => "iam.policy.group",
                ("AWS::IAM::ManagedPolicy", _) => "iam.policy.managed",
                ("AWS::IAM::Policy" | "AWS::IAM::RolePolicy", _) => "iam.policy.role",
                _ => continue,
            };
            let length = length::of_json(&Expr::from(document.map.clone()));
            let (sum, largest) = sums.entry((document.id.as_str(), which)).or_insert((0, number));
            *sum += length;
            if documents.get(*largest).is_some_and(|l| length::of_json(&Expr::from(l.map.clone())) < length) {
                *largest = number;
            }
        }
        for ((_, which), (length, number)) in sums {
            let (Some(most), Some(document)) = (limit(which), documents.get(number)) else { continue };
            if length <= most.value {
                continue;
            }
            let what = if document.kind == Kind::Trust { "trust policy" } else { "policies" };
            // The limit of trust policies can be raised; that of the others cannot.
            let raised = limit("iam.policy.trust.max").filter(|_| document.kind == Kind::Trust);
            let severity =
                if raised.is_some_and(|r| length <= r.value) { Severity::Warning } else { Severity::Error };
            let more = raised.map_or_else(String::new, |r| format!(", {} where it was asked for", r.value));
            let message = format!(
                "the {what} of {} have at least {length} characters; IAM takes {}{more}",
                document.name(),
                most.value
            );
            let found = Diagnostic::new(severity, RULE.code, message).help(
                "name fewer actions and resources, or move statements to an AWS::IAM::ManagedPolicy of their own",
            );
            diagnostics.push(document.at(found, None, "the longest part"));
        }
    },
};
