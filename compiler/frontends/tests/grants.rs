//! Every verb on every kind: the actions and resources that the role of a function gets, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_frontends::{NoFiles, Options, app};
use samc_ir::Expr;
use samc_syntax::{ParseOptions, parse};

const VERBS: [&str; 22] = [
    "read", "query", "write", "delete", "get", "list", "send", "receive", "purge", "publish", "put",
    "invoke", "call", "start", "run", "watch", "stop", "resume", "push", "manage", "encrypt", "decrypt",
];

/// A component of each kind, called `x`.
const KINDS: [(&str, &str); 24] = [
    ("table", "tables: {x: id}"),
    ("table with indexes", "tables: {x: {key: id, indexes: {by: {key: a}}}}"),
    ("table with a key", "tables: {x: {key: id, encrypt: k}}\nkeys: {k: {}}"),
    ("bucket", "buckets: {x: {}}"),
    ("bucket with a key", "buckets: {x: {encrypt: k}}\nkeys: {k: {}}"),
    ("queue", "queues: {x: {}}"),
    ("queue with a key", "queues: {x: {encrypt: k}}\nkeys: {k: {}}"),
    ("topic", "topics: {x: {}}"),
    ("stream", "streams: {x: {}}"),
    ("delivered stream", "streams: {x: {type: firehose, to: {bucket: b}}}\nbuckets: {b: {}}"),
    ("bus", "buses: {x: {}}"),
    (
        "function",
        "functions: {x: {handler: a.b, runtime: python3.13}, f: {handler: a.b, runtime: python3.13, can: {VERB: x}}}",
    ),
    ("HTTP API", "apis: {x: {}}"),
    ("REST API", "apis: {x: {type: rest}}"),
    ("WebSocket API", "apis: {x: {type: websocket}}"),
    ("workflow", "workflows: {x: {steps: [{wait: 1s}]}}"),
    ("express workflow", "workflows: {x: {type: express, steps: [{wait: 1s}]}}"),
    ("user pool", "userpools: {x: {}}"),
    ("key", "keys: {x: {}}"),
    ("secret", "secrets: {x: generate}"),
    ("parameter", "params: {x: {type: ssm, ssm: /a/b}}"),
    ("network", "vpcs: {x: {create: {}}}"),
    ("external bucket", "external: {x: {kind: bucket, name: given}}"),
    ("external workflow", "external: {x: {kind: workflow, name: given}}"),
];

/// The statements beyond those for logs, or the codes of the findings.
fn granted(kind: &str, verb: &str) -> Result<Vec<String>, Vec<String>> {
    let function = format!("functions: {{f: {{handler: a.b, runtime: python3.13, can: {{{verb}: x}}}}}}");
    let text = match kind.contains("VERB") {
        true => format!("app: a\n{}\n", kind.replace("VERB", verb)),
        false => format!("app: a\n{kind}\n{function}\n"),
    };
    let file = SourceFile::new(FileId(0), "app.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    let template = app::lower(&document, &Options::default(), &NoFiles, &mut diagnostics).unwrap();
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|d| d.message.contains("cannot be done") || d.message.contains("nothing is called"))
        .map(|d| d.code().id().to_owned())
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut statements = Vec::new();
    for id in ["FRole", "FPolicy"] {
        let Some(resource) = template.resources.get(id) else { continue };
        let policies = resource.property("Policies").and_then(Expr::as_list);
        let documents: Vec<&Expr> = match policies {
            Some(policies) => {
                policies.iter().map(|p| p.as_map().unwrap().get("PolicyDocument").unwrap()).collect()
            }
            None => vec![resource.property("PolicyDocument").unwrap()],
        };
        for document in documents {
            statements.extend(document.as_map().unwrap().get("Statement").unwrap().as_list().unwrap());
        }
    }
    Ok(statements.iter().map(|s| shown(s)).filter(|s| !s.contains("logs:PutLogEvents")).collect())
}

fn shown(value: &Expr) -> String {
    let style = samc_ir::JsonStyle {
        indent: None,
        item_separator: ", ",
        key_separator: ": ",
        sort_keys: false,
        ascii: false,
    };
    let map = value.as_map().unwrap();
    let part = |key: &str| {
        let mut out = String::new();
        map.get(key).into_iter().for_each(|v| samc_ir::write_json(&mut out, v, style));
        out
    };
    format!("{} on {} {}", part("Action"), part("Resource"), part("Condition")).trim_end().to_owned()
}

#[test]
fn every_verb_gives_exactly_its_actions() {
    let mut out = String::new();
    let mut count = 0;
    for (name, kind) in KINDS {
        out.push_str(&format!("{name}\n"));
        for verb in VERBS {
            let Ok(statements) = granted(kind, verb) else { continue };
            count += 1;
            assert!(!statements.is_empty(), "{verb} on a {name} grants nothing");
            out.push_str(&format!("  {verb}\n"));
            for statement in statements {
                assert!(!statement.contains("on \"*\""), "{verb} on a {name}: {statement}");
                assert!(!statement.contains(":*\", \""), "{verb} on a {name}: {statement}");
                out.push_str(&format!("    {statement}\n"));
            }
        }
    }
    assert!(count > 40, "only {count} pairs");
    insta::assert_snapshot!(out);
}

#[test]
fn a_verb_that_a_kind_does_not_have_is_told() {
    for (name, kind) in KINDS {
        let refused = VERBS.iter().filter(|verb| granted(kind, verb).is_err()).count();
        assert!(refused >= VERBS.len() - 6, "a {name} takes {} verbs", VERBS.len() - refused);
    }
}
