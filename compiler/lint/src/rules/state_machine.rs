//! C224, L116 and O609: state machines that Step Functions refuses, that stop midway, or that leave no trace.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::{Code, Diagnostic, Diagnostics, Severity, Span, nearest};
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
        // What SAM made a text of was looked at where it was read, and the text has no place.
        if machine.span.is_none() {
            continue;
        }
        let mut problems = Vec::new();
        match &machine.definition {
            Err(problem) => problems.push(Problem::of(
                None,
                format!("is no JSON: {problem}"),
                "write the definition as JSON",
            )),
            Ok(_) => machine.scopes(&mut |scope| check_scope(scope, &mut problems)),
        }
        let places = machine.resource.property(machine.property).map(places_of_states).unwrap_or_default();
        for Problem { state, what, help } in problems {
            let message = format!("the definition of {} {what}", name(machine.id, machine.resource));
            let found = Diagnostic::error(LANGUAGE.code, message).help(help);
            let span = state.and_then(|state| places.get(state.as_str()).copied()).or(machine.span);
            let label = if span == machine.span { "this definition" } else { "this state" };
            diagnostics.push(at_value(found, machine.id, machine.resource, (machine.property, span), label));
        }
    }
}

/// What is wrong with a definition, and the state that it is wrong with.
struct Problem {
    state: Option<String>,
    what: String,
    help: String,
}

impl Problem {
    fn of(state: Option<&str>, what: String, help: impl Into<String>) -> Problem {
        Problem { state: state.map(str::to_owned), what, help: help.into() }
    }
}

type Problems = Vec<Problem>;

/// Where the states of a definition that is no text are written; their names differ throughout a machine.
fn places_of_states(definition: &Expr) -> FxHashMap<&str, Span> {
    let mut found = FxHashMap::default();
    definition.walk(&mut |value| {
        let states = value.as_map().and_then(|map| map.get("States")).and_then(Expr::as_map);
        for entry in states.into_iter().flat_map(samc_ir::Map::entries) {
            if let Some(span) = entry.key_span {
                found.entry(&*entry.key).or_insert(span);
            }
        }
    });
    found
}

fn check_scope(scope: &Value, problems: &mut Problems) {
    let Some(states) = scope.get("States").and_then(Value::as_object).filter(|s| !s.is_empty()) else {
        let help = "add States with at least one state";
        problems.push(Problem::of(None, "has no States".to_owned(), help));
        return;
    };
    // What a macro or a loop adds is not to be seen yet.
    if states.keys().any(|name| name.starts_with("Fn::")) {
        return;
    }
    let mut reached: FxHashSet<&str> = FxHashSet::default();
    match scope.get("StartAt").and_then(Value::as_str) {
        None => {
            let help = "add StartAt with the name of the first state";
            problems.push(Problem::of(None, "has no StartAt".to_owned(), help));
            return;
        }
        Some(start) if start.contains("${") => return,
        Some(start) if !states.contains_key(start) => {
            let what = format!("starts at `{start}`, which is no state of it");
            let help = meant(start, states).unwrap_or_else(|| "name one of the states in StartAt".to_owned());
            problems.push(Problem::of(None, what, help));
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
            // The state that is meant would be called lost.
            is_certain &= states.contains_key(target);
            if states.contains_key(target) && reached.insert(target) {
                open.push(target);
            }
        }
    }
    let lost: Vec<&String> = states.keys().filter(|name| !reached.contains(name.as_str())).collect();
    for name in lost.into_iter().filter(|_| is_certain) {
        let what = format!("never comes to the state `{name}`");
        let help = "name it in the Next of another state, or take it out";
        problems.push(Problem::of(Some(name), what, help));
    }
}

/// The state whose name is nearly this.
fn meant(name: &str, states: &Map<String, Value>) -> Option<String> {
    nearest(name, states.keys().map(String::as_str)).map(|near| format!("did you mean {near}?"))
}

fn check_state(name: &str, state: &Value, states: &Map<String, Value>, problems: &mut Problems) {
    let mut push = |what: String, help: String| problems.push(Problem::of(Some(name), what, help));
    let kind = state.get("Type").and_then(Value::as_str).unwrap_or("");
    if !TYPES.contains(&kind) {
        if !kind.contains("${") && state.is_object() {
            let says = if kind.is_empty() { "no Type".to_owned() } else { format!("the Type `{kind}`") };
            let help = match nearest(kind, TYPES) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", TYPES.join(", ")),
            };
            push(format!("has a state `{name}` with {says}"), help);
        }
        return;
    }
    for target in targets(state).filter(|t| !t.contains("${") && !states.contains_key(*t)) {
        let help = meant(target, states).unwrap_or_else(|| "name a state of the same scope".to_owned());
        push(format!("leads from `{name}` to `{target}`, which is no state beside it"), help);
    }
    let (next, end) = (state.get("Next").is_some(), state.get("End").is_some());
    if !matches!(kind, "Choice" | "Succeed" | "Fail") && next == end {
        let says = if next { "both Next and End" } else { "neither Next nor End" };
        let help = "say with Next or End what comes after it".to_owned();
        push(format!("has a state `{name}` with {says}"), help);
    }
    let needs: &[&str] = match kind {
        "Task" => &["Resource"],
        "Choice" => &["Choices"],
        "Parallel" => &["Branches"],
        "Map" => &["ItemProcessor", "Iterator"],
        "Wait" => &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
        _ => &[],
    };
    if !needs.is_empty() && needs.iter().all(|key| state.get(key).is_none()) {
        let help = match needs {
            [_] => "a state of this type needs it",
            _ => "a state of this type needs one of them",
        };
        push(format!("has a {kind} state `{name}` without {}", needs.join(" or ")), help.to_owned());
    }
    let rows = [("Catch", &["ErrorEquals", "Next"][..]), ("Retry", &["ErrorEquals"]), ("Choices", &["Next"])];
    for (key, wanted) in rows {
        for row in state.get(key).and_then(Value::as_array).into_iter().flatten().filter(|r| r.is_object()) {
            for missing in wanted.iter().filter(|wanted| row.get(**wanted).is_none()) {
                let what = format!("has an entry of {key} in the state `{name}` without {missing}");
                push(what, "each entry needs it".to_owned());
            }
        }
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
