//! O601 and K903: logs that nobody ever deletes.

use rustc_hash::FxHashSet;
use samc_base::{Applicability, Change, Code, Diagnostic, LogicalId, Put, Severity, What};
use samc_ir::{Matter, Resource};

use crate::context::Context;
use crate::query::{at_name, at_property, member, name, property};
use crate::rule::{On, Profile, Rule};
use crate::text::{Part, parts};

/// Without a log group in the template Lambda makes one that keeps everything and outlives the stack.
pub(super) static FUNCTION: Rule = Rule {
    code: Code::new("O601", "log-retention"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("log_retention.md"),
    check: |context, diagnostics| {
        let groups = Groups::of(context);
        for (id, function) in context.functions() {
            let logging = context.of_function(function, "LoggingConfig");
            if logging.is_some_and(|l| !member(l, "LogGroup").is_absent()) || groups.has(id, function) {
                continue;
            }
            let message = format!(
                "the logs of {} are kept forever: Lambda makes its log group at the first call, without a \
                 limit, and outside of the stack",
                name(id, function)
            );
            let help = match function.origin.advice_on(Matter::Logs) {
                Some(advice) => advice.to_owned(),
                None => format!(
                    "add an AWS::Logs::LogGroup named /aws/lambda/${{{id}}} with RetentionInDays, or name one in \
                     LoggingConfig"
                ),
            };
            let found = Diagnostic::warning(FUNCTION.code, message).help(help);
            let found = match function.origin.source.as_ref().is_none_or(|source| source == id) {
                true => found.change(log_group(id, function)),
                false => found,
            };
            diagnostics.push(at_name(found, id, function, "no log group"));
        }
    },
};

/// A log group of the template without a limit.
pub(super) static FOREVER: Rule = Rule {
    code: Code::new("K903", "log-forever"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Cost]),
    page: include_str!("log_forever.md"),
    check: |context, diagnostics| {
        for (id, group) in context.of_type("AWS::Logs::LogGroup") {
            if property(group, "RetentionInDays").is_absent() {
                let is_own = group.origin.source.as_ref().is_none_or(|source| source == id);
                let of = if is_own { "" } else { "the log group of " };
                let message =
                    format!("{of}{} keeps its lines forever, and they are paid for", name(id, group));
                let found = Diagnostic::new(Severity::Warning, FOREVER.code, message)
                    .help("set RetentionInDays, such as 30")
                    .change(Change {
                        message: format!("set RetentionInDays to {DAYS}"),
                        applicability: Applicability::Safe,
                        what: What::Property {
                            resource: name(id, group).to_owned(),
                            resource_type: group.resource_type.to_string(),
                            path: vec!["RetentionInDays".to_owned()],
                            value: Put::Number(DAYS),
                        },
                    });
                diagnostics.push(at_property(found, id, group, "RetentionInDays", "no RetentionInDays"));
            }
        }
    },
};

/// The days for which logs are kept by what a fix writes: a month, in which most faults are looked into.
const DAYS: i128 = 30;

/// A log group for a function, under the condition of the function.
fn log_group(id: &LogicalId, function: &Resource) -> Change {
    let group = format!("{id}LogGroup");
    let mut body = vec![("Type".to_owned(), Put::Text("AWS::Logs::LogGroup".to_owned()))];
    if let Some(condition) = function.attributes.get("Condition").and_then(|c| c.as_str()) {
        body.push(("Condition".to_owned(), Put::Text(condition.to_owned())));
    }
    let properties = vec![
        ("LogGroupName".to_owned(), Put::Sub(format!("/aws/lambda/${{{id}}}"))),
        ("RetentionInDays".to_owned(), Put::Number(DAYS)),
    ];
    body.push(("Properties".to_owned(), Put::Map(properties)));
    Change {
        message: format!("add {group}, which keeps its logs for {DAYS} days"),
        applicability: Applicability::Safe,
        what: What::Resource { id: group, body: Put::Map(body) },
    }
}

/// The names of the log groups that a template has.
pub(super) struct Groups<'g> {
    names: FxHashSet<Vec<Part<'g>>>,
    /// True where a name is decided at deployment and may be any function's.
    unknown: bool,
}

impl<'g> Groups<'g> {
    pub(super) fn of(context: &Context<'g>) -> Groups<'g> {
        let groups = context.of_type("AWS::Logs::LogGroup");
        let names: FxHashSet<_> = groups.filter_map(|(_, g)| g.property("LogGroupName")).map(parts).collect();
        let unknown = context.of_type("AWS::Logs::LogGroup").any(|(_, group)| {
            group.property("LogGroupName").is_some_and(|name| parts(name).contains(&Part::Unknown))
        });
        Groups { names, unknown }
    }

    /// True where one of them is, or may be, the group of this function.
    pub(super) fn has(&self, id: &LogicalId, function: &Resource) -> bool {
        self.unknown || group_names(id, function).iter().any(|name| self.names.contains(name))
    }
}

/// How the name of a function's log group may be written.
pub(crate) fn group_names<'g>(id: &'g LogicalId, function: &'g Resource) -> Vec<Vec<Part<'g>>> {
    let prefix = || vec![Part::Text("/aws/lambda/".to_owned())];
    let mut names = vec![[prefix(), vec![Part::Ref(id)]].concat()];
    if let Some(own) = function.property("FunctionName") {
        let mut name = prefix();
        for part in parts(own) {
            match (part, name.last_mut()) {
                (Part::Text(more), Some(Part::Text(text))) => text.push_str(&more),
                (part, _) => name.push(part),
            }
        }
        names.push(name);
    }
    names
}
