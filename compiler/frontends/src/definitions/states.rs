//! State machines in Amazon States Language: states that are named and not there, and states that
//! nothing leads to. Source: the specification at states-language.net, and the checks that Step
//! Functions makes when a machine is created.

use std::collections::BTreeSet;

use samc_base::{Diagnostic, Diagnostics, codes, nearest};
use samc_syntax::{Entry, Node};

use super::{Owner, is_call, literal};

/// The types of states.
const TYPES: [&str; 8] = ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

/// The types of states after which another one comes, or `End`.
const GOING_ON: [&str; 5] = ["Task", "Pass", "Wait", "Parallel", "Map"];

/// Checks a machine, with the machines within it.
pub fn check(definition: &Node, owner: Owner<'_>, found: &mut Diagnostics) {
    machine(definition, "", owner, found);
}

fn machine(node: &Node, path: &str, owner: Owner<'_>, found: &mut Diagnostics) {
    if is_call(node) {
        return;
    }
    let Some(states) = states_of(node, path, owner, found) else { return };
    let names: Vec<&str> = states.iter().map(|state| &*state.key).collect();
    // With a target that is only known later, no state can be called unreachable.
    let mut is_certain = states.iter().all(|s| !is_call(&s.value) && !s.key.starts_with("Fn::"));
    let mut reached = BTreeSet::new();
    let start = node.get("StartAt");
    match start {
        Some(start) => is_certain &= target(start, "StartAt", &names, path, owner, found, &mut reached),
        None => owner.report(
            found,
            &format!("{path}.StartAt"),
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("the state machine {} does not say where it starts", owner.id),
            )
            .at(node.span.part(0, 1), "no StartAt here")
            .help("add `StartAt` with the name of the first state"),
        ),
    }
    for state in states {
        is_certain &= transitions(state, &names, path, owner, found, &mut reached);
    }
    if !is_certain || start.is_none() {
        return;
    }
    for state in states.iter().filter(|state| !reached.contains(&*state.key)) {
        owner.report(
            found,
            &format!("{path}.States.{}", state.key),
            Diagnostic::error(
                codes::UNREACHABLE_STATE,
                format!("nothing leads to the state `{}` of {}", state.key, owner.id),
            )
            .at(state.key_span, "never reached")
            .help("Step Functions refuses such a machine: let a `Next` lead here, or take the state out"),
        );
    }
}

/// The states of a machine, or a finding that it has none.
fn states_of<'n>(
    node: &'n Node,
    path: &str,
    owner: Owner<'_>,
    found: &mut Diagnostics,
) -> Option<&'n [Entry]> {
    let wrong = |code, message: String, label: &str, span| {
        Diagnostic::error(code, message)
            .at(span, label)
            .help("a machine is a mapping with `StartAt` and `States`")
    };
    let at = node.span.part(0, 1);
    let finding = if node.as_mapping().is_none() {
        let message =
            format!("the definition of {} is {}, and must be a mapping", owner.id, node.kind_name());
        wrong(codes::WRONG_TYPE, message, "no state machine", at)
    } else {
        match node.entry("States") {
            Some(states) if is_call(&states.value) => return None,
            Some(states) => match states.value.as_mapping() {
                Some(entries) if !entries.is_empty() => return Some(entries),
                _ => wrong(
                    codes::WRONG_TYPE,
                    format!("States of {} holds no state", owner.id),
                    "no states here",
                    states.key_span,
                ),
            },
            None => wrong(
                codes::MISSING_PROPERTY,
                format!("the state machine {} has no States", owner.id),
                "no States here",
                at,
            ),
        }
    };
    owner.report(found, path, finding);
    None
}

/// Notes where a state leads, and checks it and the machines in it. False where it leads somewhere
/// that is not known yet.
fn transitions<'n>(
    state: &'n Entry,
    names: &[&str],
    path: &str,
    owner: Owner<'_>,
    found: &mut Diagnostics,
    reached: &mut BTreeSet<&'n str>,
) -> bool {
    let (node, path) = (&state.value, format!("{path}.States.{}", state.key));
    if is_call(node) {
        return false;
    }
    check_type(state, &path, owner, found);
    let mut is_certain = true;
    for key in ["Next", "Default"] {
        if let Some(next) = node.get(key) {
            is_certain &= target(next, key, names, &path, owner, found, reached);
        }
    }
    for key in ["Choices", "Catch"] {
        let Some(list) = node.get(key) else { continue };
        is_certain &= !is_call(list);
        for (index, item) in list.as_sequence().unwrap_or_default().iter().enumerate() {
            is_certain &= !is_call(item);
            if let Some(next) = item.get("Next") {
                let path = format!("{path}.{key}[{index}]");
                is_certain &= target(next, "Next", names, &path, owner, found, reached);
            }
        }
    }
    for (index, branch) in node.get("Branches").and_then(Node::as_sequence).into_iter().flatten().enumerate()
    {
        machine(branch, &format!("{path}.Branches[{index}]"), owner, found);
    }
    for key in ["ItemProcessor", "Iterator"] {
        if let Some(inner) = node.get(key) {
            machine(inner, &format!("{path}.{key}"), owner, found);
        }
    }
    is_certain
}

/// The type of a state, and that it says what comes after it.
fn check_type(state: &Entry, path: &str, owner: Owner<'_>, found: &mut Diagnostics) {
    let node = &state.value;
    let Some(kind) = node.get("Type") else {
        let finding =
            Diagnostic::error(codes::MISSING_PROPERTY, format!("the state `{}` has no Type", state.key))
                .at(state.key_span, "of no type")
                .help(format!("one of {}", TYPES.join(", ")));
        owner.report(found, path, finding);
        return;
    };
    let Some(name) = literal(kind) else { return };
    if !TYPES.contains(&name) {
        let finding = Diagnostic::error(
            codes::INVALID_VALUE,
            format!("`{name}`, the Type of the state `{}`, is no type of state", state.key),
        );
        let finding = match nearest(name, TYPES) {
            Some(near) => finding.at(kind.span, format!("did you mean `{near}`?")),
            None => finding.at(kind.span, "not a type").help(format!("one of {}", TYPES.join(", "))),
        };
        owner.report(found, &format!("{path}.Type"), finding);
    } else if GOING_ON.contains(&name) && node.get("Next").is_none() && node.get("End").is_none() {
        let finding = Diagnostic::error(
            codes::MISSING_PROPERTY,
            format!("the state `{}` does not say what comes after it", state.key),
        )
        .at(state.key_span, "neither Next nor End")
        .help("name the next state with `Next`, or write `End: true`");
        owner.report(found, path, finding);
    }
}

/// Notes the state that a value names. False where the value is not known yet.
fn target<'n>(
    value: &'n Node,
    key: &str,
    names: &[&str],
    path: &str,
    owner: Owner<'_>,
    found: &mut Diagnostics,
    reached: &mut BTreeSet<&'n str>,
) -> bool {
    let Some(name) = literal(value) else { return false };
    reached.insert(name);
    if !names.contains(&name) {
        let finding = Diagnostic::error(
            codes::UNKNOWN_STATE,
            format!("{key} leads to `{name}`, which is no state of {}", owner.id),
        );
        let finding = match nearest(name, names.iter().copied()) {
            Some(near) => finding.at(value.span, format!("did you mean `{near}`?")),
            None => finding
                .at(value.span, "no such state")
                .help("states are named as their keys under `States` of the same machine, letter for letter"),
        };
        owner.report(found, &format!("{path}.{key}"), finding);
        // The state that is meant would be called unreachable.
        return false;
    }
    true
}
