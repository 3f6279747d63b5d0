//! Modules in place of applications, and keys of triggers that belong to another kind.

use samc_base::{Diagnostic, Diagnostics, codes, nearest};
use samc_syntax::{Node, NodeKind};

use super::trigger::TRIGGER_KEYS;

/// Sections at the top.
pub(super) const SECTIONS: &[&str] = &["module"];

/// Takes out what cannot be built, and reports it; and keys of triggers that their kind does not have.
pub(super) fn take_out(root: &mut Node, diagnostics: &mut Diagnostics) {
    sections(root, diagnostics);
    if let Some(function) = child(root, "defaults").and_then(|defaults| child(defaults, "function")) {
        component(function, "defaults.function", diagnostics);
    }
    for section in ["functions", "workflows"] {
        let Some(NodeKind::Mapping(members)) = child(root, section).map(|n| &mut n.kind) else { continue };
        for member in members {
            let path = format!("{section}.{}", member.key);
            component(&mut member.value, &path, diagnostics);
        }
    }
}

fn component(node: &mut Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(on) = child(node, "on") else { return };
    let path = format!("{path}.on");
    match &mut on.kind {
        NodeKind::Sequence(items) => {
            items.iter_mut().enumerate().for_each(|(i, t)| trigger(t, &format!("{path}[{i}]"), diagnostics));
            items.retain(|t| t.as_mapping().is_none_or(|entries| !entries.is_empty()));
        }
        NodeKind::Mapping(_) => {
            trigger(on, &path, diagnostics);
            if on.as_mapping().is_some_and(<[_]>::is_empty) {
                on.kind = NodeKind::Sequence(Vec::new());
            }
        }
        NodeKind::Scalar(_) => {}
    }
}

/// Takes out a trigger of a kind that cannot be built, leaving an empty mapping, and the keys that
/// its kind does not have.
fn trigger(node: &mut Node, path: &str, diagnostics: &mut Diagnostics) {
    let span = node.span;
    let NodeKind::Mapping(entries) = &mut node.kind else { return };
    let kinds: Vec<_> =
        TRIGGER_KEYS.iter().filter(|(kind, _)| entries.iter().any(|e| &*e.key == *kind)).collect();
    let [(kind, fields)] = kinds.as_slice() else {
        let words: Vec<&str> = TRIGGER_KEYS.iter().map(|(kind, _)| *kind).collect();
        let finding = match kinds.as_slice() {
            [] => {
                let near = entries.iter().find_map(|e| nearest(&e.key, words.iter().copied()));
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("one of {} says which kind it is", words.join(", ")),
                };
                Diagnostic::error(
                    codes::MISSING_PROPERTY,
                    format!("`{path}` does not say which kind of trigger it is"),
                )
                .at(entries.first().map_or(span, |e| e.key_span), "no key here names a kind of trigger")
                .help(help)
            }
            [first, second, ..] => {
                let place = |kind: &str| entries.iter().find(|e| &*e.key == kind).map(|e| e.key_span);
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("`{path}` is a trigger of two kinds: `{}` and `{}`", first.0, second.0),
                )
                .at(place(second.0), "excludes the other")
                .label(place(first.0), "the first kind")
                .help("write a list of two triggers")
            }
            [_] => return,
        };
        diagnostics.push(finding.path(path));
        entries.clear();
        return;
    };
    entries.retain(|entry| {
        let key = &*entry.key;
        let allowed = || fields.iter().copied().chain([*kind, "only", "not"]);
        if allowed().any(|k| k == key) {
            return true;
        }
        let help = match nearest(key, allowed()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its keys are {}", allowed().collect::<Vec<_>>().join(", ")),
        };
        diagnostics.push(
            Diagnostic::error(codes::UNKNOWN_PROPERTY, format!("a trigger `{kind}` has no key `{key}`"))
                .at(entry.key_span, "not a key of this trigger")
                .respell(entry.key_span, key, allowed())
                .help(help)
                .path(path),
        );
        false
    });
}

/// A module is a part of an application, and not one by itself.
fn sections(root: &mut Node, diagnostics: &mut Diagnostics) {
    let NodeKind::Mapping(entries) = &mut root.kind else { return };
    entries.retain(|entry| {
        let is_module = SECTIONS.contains(&&*entry.key);
        if is_module {
            diagnostics.push(
                Diagnostic::error(codes::UNSUPPORTED, "a module is not built by itself")
                    .at(entry.key_span, "this file is a module")
                    .help("build the application that has it under `include`, or begin the file with `app:`")
                    .path(entry.key.to_string()),
            );
        }
        !is_module
    });
}

fn child<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.kind {
        NodeKind::Mapping(entries) => entries.iter_mut().find(|e| &*e.key == key).map(|e| &mut e.value),
        NodeKind::Scalar(_) | NodeKind::Sequence(_) => None,
    }
}
