//! O602, O608 and P408: log groups of nobody, functions that cannot write, and logs that are kept too short.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Expr, Matter};

use super::log_retention::group_names;
use crate::context::Context;
use crate::numbers::number_of;
use crate::query::{Known, at_property, name, outline, property};
use crate::rights::{Answer, Rights};
use crate::rule::{On, Profile, Rule};
use crate::text::{Part, parts};

const PREFIX: &str = "/aws/lambda/";

/// Lambda makes another group beside it, without a limit.
pub(super) static ORPHAN: Rule = Rule {
    code: Code::new("O602", "orphan-log-group"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("orphan_log_group.md"),
    check: |context, diagnostics| {
        let functions: Vec<_> = context.functions().collect();
        // A function that names a group writes there, and no longer to the group that is called like it.
        let owned: FxHashSet<Vec<Part<'_>>> = functions
            .iter()
            .flat_map(|(id, f)| match property(f, "LoggingConfig.LogGroup") {
                Known::Absent => group_names(id, f),
                Known::Is(group) => vec![parts(group)],
                Known::Unknown => [group_names(id, f), vec![vec![Part::Unknown]]].concat(),
            })
            .collect();
        // Functions whose names are not known may be the owner of any group.
        let is_unnamed = |f: &samc_ir::Resource| {
            f.property("FunctionName").is_some_and(|n| parts(n).contains(&Part::Unknown))
        };
        if functions.is_empty() || context.open || functions.iter().any(|(_, f)| is_unnamed(f)) {
            return;
        }
        let referred: FxHashSet<&str> = functions.iter().flat_map(|(_, f)| references(f)).collect();
        for (id, group) in context.of_type("AWS::Logs::LogGroup") {
            let Some(value) = property(group, "LogGroupName").value() else { continue };
            let own = parts(value);
            let for_functions = matches!(own.first(), Some(Part::Text(text)) if text.starts_with(PREFIX));
            // A name that is put together with parameters may well be that of a function outside.
            let is_known = own.iter().all(|part| match part {
                Part::Text(_) => true,
                Part::Ref(name) => name.starts_with("AWS::") || context.graph.resources.contains_key(*name),
                Part::Attribute(..) | Part::Unknown => false,
            });
            if !for_functions || !is_known || referred.contains(id.as_str()) || owned.contains(&own) {
                continue;
            }
            // A group that is called like no function here may be for one of another stack.
            let strict = context.wants_more(ORPHAN.code, &[Profile::Strict]);
            let any = || functions.first().copied().filter(|_| strict);
            let Some((meant, function)) = nearest(&functions, &own).or_else(any) else { continue };
            let message = format!(
                "{} is the log group of no function: {} writes to {}",
                name(id, group),
                name(meant, function),
                group_of(function)
            );
            let found = Diagnostic::warning(ORPHAN.code, message)
                .label(function.origin.key_span, "this function, for example")
                .help(format!("name the group !Sub '{PREFIX}${{{meant}}}', or set LogGroup in LoggingConfig of the function"));
            diagnostics.push(at_property(found, id, group, "LogGroupName", "no function writes here"));
        }
    },
};

/// What a function refers to.
fn references(function: &samc_ir::Resource) -> Vec<&str> {
    let mut names = Vec::new();
    if let Some(properties) = &function.properties {
        samc_ir::references::each(properties, false, &mut |r| names.push(r.name));
    }
    names
}

/// The group that a function writes to, as far as it is known.
fn group_of(function: &samc_ir::Resource) -> String {
    if let Known::Is(group) = property(function, "LoggingConfig.LogGroup") {
        let group = outline(group).or_else(|| group.as_ref_to().map(str::to_owned));
        return group.unwrap_or_else(|| "the group in its LoggingConfig".to_owned());
    }
    let name = function.property("FunctionName").and_then(outline);
    format!("{PREFIX}{}", name.unwrap_or_else(|| "the name that CloudFormation makes for it".to_owned()))
}

/// The function that the name of a group was likely written for: its id or name is in it.
fn nearest<'g>(
    functions: &[(&'g samc_base::LogicalId, &'g samc_ir::Resource)],
    group: &[Part<'_>],
) -> Option<(&'g samc_base::LogicalId, &'g samc_ir::Resource)> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    let texts: Vec<String> =
        group.iter().filter_map(|p| if let Part::Text(t) = p { Some(plain(t)) } else { None }).collect();
    let is_in = |word: &str| texts.iter().any(|t| t.contains(&plain(word)));
    let named = |function: &&samc_ir::Resource| {
        function.property("FunctionName").and_then(Expr::as_str).is_some_and(is_in)
    };
    functions.iter().find(|(id, f)| is_in(name(id, f)) || is_in(id) || named(f)).copied()
}

/// It runs, and nobody can see what it does.
pub(super) static PERMISSION: Rule = Rule {
    code: Code::new("O608", "log-permission"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("log_permission.md"),
    check: |context, diagnostics| {
        for view in &context.application().functions {
            let Some((id, function)) = context.graph.resources.get_key_value(&view.id) else { continue };
            let Some(rights) = Rights::of(context, view) else { continue };
            let (answer, _) = rights.may("logs", &["logs:PutLogEvents", "logs:CreateLogStream"], id);
            // A right on a group that is named in any way is taken for the right one.
            let named = rights
                .statements()
                .iter()
                .any(|s| s.actions().any(|(a, _)| a == "*" || a.to_ascii_lowercase().starts_with("logs:")));
            if answer != Answer::No || named {
                continue;
            }
            let role = view.role.as_ref().and_then(|r| context.graph.resources.get(r));
            let message = format!(
                "{} may not write its log: no policy of its role has logs:PutLogEvents",
                name(id, function)
            );
            let found = Diagnostic::warning(PERMISSION.code, message);
            let found = match function.origin.advice_on(Matter::Logs) {
                Some(advice) => found.help(advice),
                None => found
                    .label(role.and_then(|r| r.origin.key_span), "the role")
                    .help("add the managed policy service-role/AWSLambdaBasicExecutionRole to the role"),
            };
            diagnostics.push(at_property(found, id, function, "Role", "cannot write"));
        }
    },
};

/// Days that programmes ask for. Source: PCI DSS 4.0.1, 10.5.1; 45 CFR 164.316(b)(2)(i).
const KEPT: [(Profile, i128, &str); 2] =
    [(Profile::Pci, 365, "PCI DSS (10.5.1)"), (Profile::Hipaa, 2192, "HIPAA (164.316)")];

/// What happened must still be there when somebody asks.
pub(super) static RETENTION: Rule = Rule {
    code: Code::new("P408", "log-retention-min"),
    level: Severity::Error,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("log_retention_min.md"),
    check: retention,
};

fn retention(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let flow = crate::flow::Flow::of(context);
    let marks: FxHashMap<&str, _> = flow.marks().map(|mark| (mark.0, mark)).collect();
    // The functions that are marked, by what their groups are called and by what they refer to.
    let mut by_name: FxHashMap<Vec<Part<'_>>, usize> = FxHashMap::default();
    let mut by_reference: FxHashMap<&str, usize> = FxHashMap::default();
    let functions = context.of_type("AWS::Lambda::Function");
    let marked: Vec<_> = functions.filter(|(id, _)| marks.contains_key(id.as_str())).collect();
    for (index, (id, function)) in marked.iter().enumerate() {
        for group in group_names(id, function) {
            by_name.entry(group).or_insert(index);
        }
        for target in references(function) {
            by_reference.entry(target).or_insert(index);
        }
    }
    for (id, group) in context.of_type("AWS::Logs::LogGroup") {
        let Some(days) = number_of(group, "RetentionInDays") else { continue };
        // Of which function it is, or what sends its log there.
        let named = group.property("LogGroupName").and_then(|own| by_name.get(&parts(own)));
        let owner = named.into_iter().chain(by_reference.get(id.as_str())).min();
        let owner = owner.and_then(|index| marked.get(*index)).map(|(id, _)| id.as_str());
        let mark = marks.get(id.as_str()).or_else(|| marks.get(owner?)).copied();
        for (profile, least, programme) in KEPT {
            let flagged = mark.as_ref().is_some_and(|(_, mark)| mark.is_of(profile));
            if days.value >= least || !(flagged || context.has_profile(profile)) {
                continue;
            }
            let message = format!(
                "{} forgets after {} days what {programme} wants to be kept for {least}",
                name(id, group),
                days.value
            );
            let mut found = Diagnostic::new(Severity::Error, RETENTION.code, message)
                .help(format!("set RetentionInDays to {least} or more, or send the lines to a bucket that keeps them and allow this finding"));
            if let (true, Some((marked, _))) = (flagged, &mark) {
                found = flow.path(context, marked, found);
            }
            diagnostics.push(at_property(
                found,
                id,
                group,
                "RetentionInDays",
                format!("{} days", days.value),
            ));
            break;
        }
    }
}
