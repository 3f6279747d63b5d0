//! R515: who waits gives up before who is waited for.

use indexmap::IndexSet;
use rustc_hash::FxHashMap;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Expr, Resource, function_of, references};
use serde_json::Value;

use super::function_defaults::seconds_of;
use crate::context::Context;
use crate::machine::{Machine, machines, variable};
use crate::numbers::seconds;
use crate::query::{at_property, at_value, member, name, property};
use crate::rights::{Answer, Rights};
use crate::rule::{On, Profile, Rule};

/// The work goes on, is paid for, and is often started once more.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R515", "timeout-chain"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("timeout_chain.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    states(context, diagnostics);
    // Whether a function waits for another is not to be seen; that it may call it is.
    if context.wants_more(RULE.code, &[Profile::Strict]) {
        callers(context, diagnostics);
    }
}

fn states(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for machine in machines(context) {
        let mut tasks = Vec::new();
        machine.states(&mut |state, body| {
            if let Some(limit) = body.get("TimeoutSeconds").and_then(Value::as_i64) {
                tasks.extend(called(body).map(|target| (state.to_owned(), limit, target.to_owned())));
            }
        });
        for (state, limit, target) in tasks {
            let Some((id, function)) = function_named(context, &machine, &target) else { continue };
            let Some(time) = seconds_of(function).filter(|time| *time > i128::from(limit)) else { continue };
            let message = format!(
                "the state `{state}` of {} gives up after {}, while {} may work for {}",
                name(machine.id, machine.resource),
                seconds(i128::from(limit)),
                name(id, function),
                seconds(time)
            );
            let found = Diagnostic::warning(RULE.code, message)
                .label(property(function, "Timeout").value().and_then(|t| t.span), format!("{time} s"))
                .help(format!(
                    "set TimeoutSeconds of the state to {time} or more, or the function's Timeout to less"
                ));
            let place = (machine.property, machine.span);
            diagnostics.push(at_value(found, machine.id, machine.resource, place, "this machine"));
        }
    }
}

/// The variable that names the function of a task.
fn called(state: &Value) -> Option<&str> {
    let resource = state.get("Resource")?;
    variable(resource).or_else(|| {
        resource.as_str().filter(|r| r.ends_with(":lambda:invoke"))?;
        let parameters = state.get("Parameters").or_else(|| state.get("Arguments"))?;
        variable(parameters.get("FunctionName")?)
    })
}

/// The function that a variable of a definition stands for.
fn function_named<'g>(
    context: &Context<'g>,
    machine: &Machine<'g>,
    name: &str,
) -> Option<(&'g samc_base::LogicalId, &'g Resource)> {
    let given = property(machine.resource, "DefinitionSubstitutions").value();
    let given: Option<&Expr> = given.and_then(|g| member(g, name).value());
    let id = match given {
        Some(value) => function_of(context.graph, value)?,
        None => name.into(),
    };
    let found = context.graph.resources.get_key_value(&id)?;
    (found.1.resource_type == *"AWS::Lambda::Function").then_some(found)
}

fn callers(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let functions = &context.application().functions;
    let times: FxHashMap<&str, i128> = functions
        .iter()
        .filter_map(|view| Some((view.id.as_str(), seconds_of(context.graph.resources.get(&view.id)?)?)))
        .collect();
    for view in functions {
        let Some((id, function)) = context.graph.resources.get_key_value(&view.id) else { continue };
        let (Some(own), Some(rights)) = (times.get(id.as_str()), Rights::of(context, view)) else { continue };
        // Only what its statements name is asked for, and of that only what takes longer.
        for other_id in named_by(&rights).into_iter().filter(|other| *other != id.as_str()) {
            let Some(time) = times.get(other_id).filter(|time| *time > own) else { continue };
            let (answer, statement) = rights.may("lambda", &["lambda:InvokeFunction"], other_id);
            let Some((other_id, called)) = context.graph.resources.get_key_value(other_id) else { continue };
            if answer != Answer::Yes || statement.is_none_or(|s| s.every_resource().is_some()) {
                continue;
            }
            let message = format!(
                "{} is stopped after {}, while {}, which it may call, may work for {}",
                name(id, function),
                seconds(*own),
                name(other_id, called),
                seconds(*time)
            );
            let found = Diagnostic::warning(RULE.code, message)
                .label(called.origin.key_span, format!("may work for {time} s"))
                .help("give the caller more time than the called, or call it as an event");
            diagnostics.push(at_property(found, id, function, "Timeout", format!("{own} s")));
        }
    }
}

/// The names that statements have under `Resource`, each once, in the order of the statements.
fn named_by<'g>(rights: &Rights<'_, 'g>) -> IndexSet<&'g str> {
    let mut names = IndexSet::new();
    for statement in rights.statements() {
        for resource in statement.items("Resource") {
            references::each(resource, false, &mut |r| {
                names.insert(r.name);
            });
        }
    }
    names
}
