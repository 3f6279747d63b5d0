//! Parts of the language that this version cannot build yet, said as such rather than as unknown keys;
//! and keys of triggers that belong to another kind.

use samc_base::{Diagnostic, Diagnostics, codes, nearest};
use samc_syntax::{Node, NodeKind};

use super::trigger::TRIGGER_KEYS;

/// Sections at the top.
pub(super) const SECTIONS: &[&str] = &[
    "module",
    "include",
    "layout",
    "workflows",
    "userpools",
    "dashboards",
    "vpcs",
    "keys",
    "overrides",
    "compliance",
];

/// Keys of components, by section.
const KEYS: &[(&str, &[&str])] = &[
    ("functions", &["image", "vpc", "deploy", "mount", "build", "alarms"]),
    ("buckets", &["public", "website", "object-lock", "replicate"]),
    ("tables", &["replicas", "import"]),
    ("streams", &["type", "to"]),
    ("buses", &["schema-discovery"]),
    ("apis", &["domain", "usage-plans", "openapi", "cache", "waf", "models", "vpc-endpoints"]),
    ("layers", &["build", "share-with"]),
    ("roles", &[]),
    ("alarms", &["expression"]),
    ("secrets", &["kms"]),
    ("external", &["stack"]),
    ("queues", &[]),
    ("topics", &[]),
];

const LOGS: &[&str] = &["encrypt", "metrics", "to"];
const VERBS: &[&str] = &["start", "run", "watch", "stop", "resume", "push", "manage", "encrypt", "decrypt"];
const TRIGGERS: &[&str] =
    &["message", "user", "log", "alarm", "kafka", "mq", "iot", "alb", "alexa", "config-rule", "deploy-hook"];
const TRIGGER_FIELDS: &[&str] = &["models", "params", "cors", "timeout", "proxy", "raw", "fan-out"];

/// Takes out what cannot be built, and reports it.
pub(super) fn take_out(root: &mut Node, diagnostics: &mut Diagnostics) {
    keys(root, "", SECTIONS, diagnostics);
    if let Some(defaults) = child(root, "defaults") {
        keys(defaults, "defaults", &["vpc"], diagnostics);
        if let Some(can) = child(defaults, "can") {
            keys(can, "defaults.can", VERBS, diagnostics);
        }
        if let Some(function) = child(defaults, "function") {
            self::function(function, "defaults.function", diagnostics);
        }
        if let Some(logs) = child(defaults, "logs") {
            keys(logs, "defaults.logs", LOGS, diagnostics);
        }
    }
    for (section, names) in KEYS {
        let Some(NodeKind::Mapping(members)) = child(root, section).map(|n| &mut n.kind) else { continue };
        for member in members {
            let path = format!("{section}.{}", member.key);
            keys(&mut member.value, &path, &["compliance"], diagnostics);
            match *section {
                "functions" => function(&mut member.value, &path, diagnostics),
                "roles" => {
                    if let Some(can) = child(&mut member.value, "can") {
                        keys(can, &format!("{path}.can"), VERBS, diagnostics);
                    }
                }
                "apis" => {
                    websocket(&mut member.value, &path, diagnostics);
                    keys(&mut member.value, &path, names, diagnostics);
                }
                _ => keys(&mut member.value, &path, names, diagnostics),
            }
        }
    }
}

fn function(node: &mut Node, path: &str, diagnostics: &mut Diagnostics) {
    let names = KEYS.iter().find(|(s, _)| *s == "functions").map_or(&[][..], |(_, names)| names);
    keys(node, path, names, diagnostics);
    if let Some(logs) = child(node, "logs") {
        keys(logs, &format!("{path}.logs"), LOGS, diagnostics);
    }
    if let Some(can) = child(node, "can") {
        keys(can, &format!("{path}.can"), VERBS, diagnostics);
    }
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
    let NodeKind::Mapping(entries) = &mut node.kind else { return };
    if let Some(entry) = entries.iter().find(|e| TRIGGERS.contains(&&*e.key)) {
        // Streams and alarms are both triggers and keys; only the kinds are in the list.
        diagnostics.push(unsupported(&format!("the trigger `{}`", entry.key), entry.key_span, path));
        entries.clear();
        return;
    }
    let kinds: Vec<_> =
        TRIGGER_KEYS.iter().filter(|(kind, _)| entries.iter().any(|e| &*e.key == *kind)).collect();
    let [(kind, fields)] = kinds.as_slice() else {
        if entries.is_empty() {
            return;
        }
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
                .at(entries.first().map(|e| e.key_span), "no key here names a kind of trigger")
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
        if TRIGGER_FIELDS.contains(&key) {
            diagnostics.push(unsupported(&format!("`{key}` of a trigger `{kind}`"), entry.key_span, path));
            return false;
        }
        let help = match nearest(key, allowed()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its keys are {}", allowed().collect::<Vec<_>>().join(", ")),
        };
        diagnostics.push(
            Diagnostic::error(codes::UNKNOWN_PROPERTY, format!("a trigger `{kind}` has no key `{key}`"))
                .at(entry.key_span, "not a key of this trigger")
                .help(help)
                .path(path),
        );
        false
    });
}

fn websocket(api: &mut Node, path: &str, diagnostics: &mut Diagnostics) {
    let NodeKind::Mapping(entries) = &mut api.kind else { return };
    entries.retain(|entry| {
        let is_websocket =
            &*entry.key == "type" && entry.value.as_scalar().is_some_and(|s| &*s.text == "websocket");
        if is_websocket {
            diagnostics.push(unsupported("the type `websocket`", entry.value.span, path));
        }
        !is_websocket
    });
}

fn keys(node: &mut Node, path: &str, names: &[&str], diagnostics: &mut Diagnostics) {
    let NodeKind::Mapping(entries) = &mut node.kind else { return };
    entries.retain(|entry| {
        let found = names.contains(&&*entry.key);
        if found {
            let whole = if path.is_empty() { entry.key.to_string() } else { format!("{path}.{}", entry.key) };
            diagnostics.push(unsupported(&format!("`{}`", entry.key), entry.key_span, &whole));
        }
        !found
    });
}

fn unsupported(what: &str, span: samc_base::Span, path: &str) -> Diagnostic {
    Diagnostic::error(codes::UNSUPPORTED, format!("{what} is not supported by this version of samc"))
        .at(span, "cannot be built yet")
        .help("leave it out, or write what it stands for under `resources`")
        .path(path)
}

fn child<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.kind {
        NodeKind::Mapping(entries) => entries.iter_mut().find(|e| &*e.key == key).map(|e| &mut e.value),
        NodeKind::Scalar(_) | NodeKind::Sequence(_) => None,
    }
}
