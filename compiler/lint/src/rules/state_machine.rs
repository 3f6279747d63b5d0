//! C224, L116 and O609: state machines that Step Functions refuses, that stop midway, or that leave no trace.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_data::limits::limit;
use samc_ir::Expr;
use serde_json::{Map, Value};

use crate::context::Context;
use crate::length;
use crate::machine::{Machine, machines};
use crate::query::{Known, at_property, at_value, name, property, text};
use crate::rule::{On, Profile, Rule};

/// What is written as text is seen by nobody before the deployment.
pub(super) static LANGUAGE: Rule = Rule {
    code: Code::new("C224", "sfn-asl"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("sfn_asl.md"),
    check: language,
};

/// Sizes and times.
pub(super) static SIZE: Rule = Rule {
    code: Code::new("L116", "sfn-definition-size"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("sfn_definition_size.md"),
    check: size,
};

/// The history of an express machine is in its log or nowhere.
pub(super) static LOGGING: Rule = Rule {
    code: Code::new("O609", "sfn-logging"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("sfn_logging.md"),
    check: |context, diagnostics| {
        for (id, machine) in context.of_type("AWS::StepFunctions::StateMachine") {
            let off = match property(machine, "LoggingConfiguration") {
                Known::Absent => true,
                Known::Unknown => continue,
                Known::Is(_) => match property(machine, "LoggingConfiguration.Level") {
                    Known::Absent => true,
                    level => level.value().and_then(Expr::as_str) == Some("OFF"),
                },
            };
            if !off {
                continue;
            }
            let express = text(machine, "StateMachineType") == Some("EXPRESS");
            let (severity, message) = if express {
                let who = name(id, machine);
                (
                    Severity::Warning,
                    format!("nothing is left of a run of {who}: an express machine has no history"),
                )
            } else {
                let who = name(id, machine);
                (
                    Severity::Info,
                    format!("the runs of {who} can be seen for 90 days, and searched by nobody: no log"),
                )
            };
            let found = Diagnostic::new(severity, LOGGING.code, message)
                .help("add LoggingConfiguration with Level: ERROR and a log group as its destination");
            diagnostics.push(at_property(found, id, machine, "LoggingConfiguration.Level", "no log"));
        }
    },
};

/// Source: the Amazon States Language, "States".
const TYPES: [&str; 8] = ["Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait"];

fn language(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for machine in machines(context) {
        // A definition that is no text is checked where it is read; the text made of it has no place.
        if machine.property != "DefinitionString" || machine.span.is_none() {
            continue;
        }
        let mut problems = Vec::new();
        match &machine.definition {
            Err(problem) => problems.push((format!("is no JSON: {problem}"), "write the definition as JSON")),
            Ok(_) => machine.scopes(&mut |scope| check_scope(scope, &mut problems)),
        }
        for (problem, help) in problems {
            let message = format!("the definition of {} {problem}", name(machine.id, machine.resource));
            let found = Diagnostic::error(LANGUAGE.code, message).help(help);
            let place = (machine.property, machine.span);
            diagnostics.push(at_value(found, machine.id, machine.resource, place, "this definition"));
        }
    }
}

type Problems = Vec<(String, &'static str)>;

fn check_scope(scope: &Value, problems: &mut Problems) {
    let Some(states) = scope.get("States").and_then(Value::as_object).filter(|s| !s.is_empty()) else {
        problems.push(("has no States".to_owned(), "add States with at least one state"));
        return;
    };
    let mut reached: FxHashSet<&str> = FxHashSet::default();
    match scope.get("StartAt").and_then(Value::as_str) {
        None => {
            problems.push(("has no StartAt".to_owned(), "add StartAt with the name of the first state"));
            return;
        }
        Some(start) if !states.contains_key(start) => {
            problems.push((
                format!("starts at `{start}`, which is no state of it"),
                "name one of the states in StartAt",
            ));
            return;
        }
        Some(start) => reached.insert(start),
    };
    let mut is_certain = true;
    for (name, state) in states {
        check_state(name, state, states, problems);
    }
    // From the start on, as far as it goes.
    let mut open: Vec<&str> = reached.iter().copied().collect();
    while let Some(state) = open.pop().and_then(|name| states.get(name)) {
        for target in targets(state) {
            is_certain &= !target.contains("${");
            if states.contains_key(target) && reached.insert(target) {
                open.push(target);
            }
        }
    }
    let lost: Vec<&String> = states.keys().filter(|name| !reached.contains(name.as_str())).collect();
    for name in lost.into_iter().filter(|_| is_certain) {
        problems.push((
            format!("never comes to the state `{name}`"),
            "name it in the Next of another state, or take it out",
        ));
    }
}

fn check_state(name: &str, state: &Value, states: &Map<String, Value>, problems: &mut Problems) {
    let kind = state.get("Type").and_then(Value::as_str).unwrap_or("");
    if !TYPES.contains(&kind) {
        if !kind.contains("${") {
            let says = if kind.is_empty() { "no Type".to_owned() } else { format!("the Type `{kind}`") };
            let help = "there are Task, Pass, Choice, Wait, Succeed, Fail, Parallel and Map";
            problems.push((format!("has a state `{name}` with {says}"), help));
        }
        return;
    }
    for target in targets(state).filter(|t| !t.contains("${") && !states.contains_key(*t)) {
        problems.push((
            format!("leads from `{name}` to `{target}`, which is no state beside it"),
            "name a state of the same scope",
        ));
    }
    let (next, end) = (state.get("Next").is_some(), state.get("End").is_some());
    if !matches!(kind, "Choice" | "Succeed" | "Fail") && next == end {
        let says = if next { "both Next and End" } else { "neither Next nor End" };
        problems
            .push((format!("has a state `{name}` with {says}"), "say with Next or End what comes after it"));
    }
    let needs = match kind {
        "Task" => "Resource",
        "Choice" => "Choices",
        "Parallel" => "Branches",
        _ => return,
    };
    if state.get(needs).is_none() {
        problems
            .push((format!("has a {kind} state `{name}` without {needs}"), "a state of this type needs it"));
    }
}

/// The states that come after one.
fn targets(state: &Value) -> impl Iterator<Item = &str> {
    let own = ["Next", "Default"].into_iter().filter_map(|key| state.get(key));
    let rows = ["Choices", "Catch"].into_iter().filter_map(|key| state.get(key)?.as_array()).flatten();
    own.chain(rows.filter_map(|row| row.get("Next"))).filter_map(Value::as_str)
}

fn size(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let bound = |name: &str| limit(name).map_or(u64::MAX, |l| l.value);
    let (most, longest) = (bound("states.definition.max"), bound("states.express.max"));
    for machine in machines(context) {
        let who = name(machine.id, machine.resource);
        let mut push = |message: String, help: &str, label: &str| {
            let found = Diagnostic::error(SIZE.code, message).help(help);
            let place = (machine.property, machine.span);
            diagnostics.push(at_value(found, machine.id, machine.resource, place, label));
        };
        let value = machine.resource.property(machine.property);
        let bytes = value.map_or(0, length::of_json);
        if bytes > most {
            let message =
                format!("the definition of {who} has at least {bytes} bytes; Step Functions takes {most}");
            push(message, "move parts into a state machine of their own", "too long");
        }
        if machine.is_express() {
            let waits = waits_of(&machine, longest);
            for (state, seconds) in waits {
                let message = format!(
                    "{who} waits {seconds} s in `{state}`; an express machine is stopped after {longest} s"
                );
                push(message, "make it a STANDARD machine, or wait for less", "waits too long");
            }
        }
    }
}

/// The states that wait longer than an express machine runs.
fn waits_of(machine: &Machine<'_>, longest: u64) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    machine.states(&mut |name, state| {
        let is_wait = state.get("Type").and_then(Value::as_str) == Some("Wait");
        let seconds = state.get("Seconds").and_then(Value::as_u64);
        found.extend(seconds.filter(|s| is_wait && *s > longest).map(|s| (name.to_owned(), s)));
    });
    found
}
