//! The JSON Schema of app.yaml: what is committed is what the types give, and the examples fit it.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the repository, and writes the schema where it is told to"
)]

use std::path::{Path, PathBuf};

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{Node, NodeKind, ParseOptions, Resolved, parse};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The files of schemas and the texts they are to have.
fn generated() -> [(&'static str, String); 5] {
    let text = |schema: Value| format!("{schema:#}\n");
    [
        ("app.schema.json", text(samc_schema::app_schema())),
        ("config.schema.json", text(samc_schema::config_schema())),
        ("diagnostics.schema.json", text(samc_schema::diagnostic_schema())),
        ("manifest.schema.json", text(samc_schema::manifest_schema())),
        ("../docs/app-yaml-keys.md", samc_schema::app_reference()),
    ]
}

/// Compares with the committed files; `SAMC_UPDATE=1` writes it.
#[test]
fn the_committed_schema_is_what_the_types_give() {
    for (name, wanted) in generated() {
        let path = folder().join(name);
        if std::env::var_os("SAMC_UPDATE").is_some_and(|v| v != "0") {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "schema/{name} is out of date: run this test with SAMC_UPDATE=1");
    }
}

#[test]
fn every_key_is_described() {
    fn visit(value: &Value, path: &str, faults: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                if let Some(properties) = object.get("properties").and_then(Value::as_object) {
                    for (key, schema) in properties {
                        let told = schema.get("description").and_then(Value::as_str).unwrap_or("");
                        if told.len() < 8 {
                            faults.push(format!("{path}.{key}"));
                        }
                    }
                }
                for (key, inner) in object {
                    visit(inner, &format!("{path}.{key}"), faults);
                }
            }
            Value::Array(items) => items.iter().for_each(|i| visit(i, path, faults)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut faults = Vec::new();
    visit(&samc_schema::app_schema(), "app", &mut faults);
    visit(&samc_schema::diagnostic_schema(), "diagnostics", &mut faults);
    visit(&samc_schema::config_schema(), "config", &mut faults);
    assert!(faults.is_empty(), "without a description: {faults:#?}");
}

/// A document as JSON, under YAML 1.2.
fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.to_string(), json(&e.value))).collect())
        }
        NodeKind::Sequence(items) => Value::Array(items.iter().map(json).collect()),
        NodeKind::Scalar(scalar) => match scalar.yaml12() {
            Resolved::Null => Value::Null,
            Resolved::Bool(b) => b.into(),
            Resolved::Int(i) => i64::try_from(i).map_or(Value::Null, Value::from),
            Resolved::Float(f) => f.into(),
            Resolved::Text => scalar.text.to_string().into(),
        },
    }
}

fn document(text: &str) -> Value {
    let file = SourceFile::new(FileId(0), "app.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{text}");
    json(&document.root)
}

fn faults(text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(&samc_schema::app_schema()).unwrap();
    validator.iter_errors(&document(text)).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn the_examples_fit_the_schema() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder().join("../examples")).unwrap().flatten() {
        let Ok(text) = std::fs::read_to_string(entry.path().join("app.yaml")) else { continue };
        count += 1;
        assert_eq!(faults(&text), Vec::<String>::new(), "{:?}", entry.path());
    }
    assert!(count >= 3, "only {count} examples");
}

#[test]
fn slips_do_not_fit_the_schema() {
    let fits = "app: a\nfunctions: {f: {handler: a.b, runtime: python3.13, x-note: 1, on: [GET /a, {queue: q, batch: 5}]}}";
    assert_eq!(faults(fits), Vec::<String>::new());
    for wrong in [
        "functions: {}",
        "app: Big",
        "app: a\nfunctons: {}",
        "app: a\nfunctions: {f: {handlr: a.b}}",
        "app: a\nfunctions: {f: {handler: a.b, timeout: 10}}",
        "app: a\nfunctions: {f: {handler: a.b, on: {queue: q, timezone: UTC}}}",
        "app: a\nfunctions: {f: {handler: a.b, on: {}}}",
        "app: a\nqueues: {Q: {}}",
        "app: a\nqueues: {q: {dlq: {after: 0}}}",
    ] {
        assert!(!faults(wrong).is_empty(), "{wrong}");
    }
}

#[test]
fn the_reference_names_every_key() {
    fn keys(value: &Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                let properties = object.get("properties").and_then(Value::as_object);
                found.extend(properties.into_iter().flat_map(|p| p.keys().cloned()));
                object.values().for_each(|inner| keys(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|i| keys(i, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let page = |name: &str| std::fs::read_to_string(folder().join("../docs").join(name)).unwrap();
    // The page of all keys is made from the types; the other must name every section at least.
    let (told, generated) = (page("app-yaml.md"), page("app-yaml-keys.md"));
    for section in samc_schema::app::SECTIONS {
        assert!(
            told.contains(&format!("`{}`", section.0)),
            "docs/app-yaml.md does not tell of {}",
            section.0
        );
    }
    let reference = format!("{told} {generated}");
    let words: std::collections::BTreeSet<&str> =
        reference.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).collect();
    let mut found = std::collections::BTreeSet::new();
    keys(&samc_schema::app_schema(), &mut found);
    let missing: Vec<&String> = found.iter().filter(|k| !words.contains(k.as_str())).collect();
    assert!(missing.is_empty(), "docs/app-yaml.md does not name {missing:?}");
}

#[test]
fn a_finding_fits_its_schema() {
    use samc_schema::diagnostic::{Applicability, Diagnostic, Edit, Fix, Label, Severity, Span};
    let span = |length| Span {
        file: "app.yaml",
        line: 14,
        column: 9,
        end_line: 14,
        end_column: 13,
        offset: 310,
        length,
    };
    let mut finding = Diagnostic {
        severity: Severity::Warning,
        code: "W001",
        name: "scalar-meaning",
        message: "a sentence",
        resource: None,
        path: None,
        span: None,
        labels: vec![Label { span: span(4), message: "here" }],
        help: None,
        fixes: Vec::new(),
        url: None,
    };
    let schema = jsonschema::validator_for(&samc_schema::diagnostic_schema()).unwrap();
    let fits = |finding: &Diagnostic| schema.is_valid(&serde_json::to_value(finding).unwrap());
    assert!(fits(&finding));
    let edits = vec![Edit { offset: 310, length: 4, text: "'6m'" }];
    finding.fixes.push(Fix { message: "put quotes around it", applicability: Applicability::Safe, edits });
    (finding.span, finding.resource, finding.path) = (Some(span(4)), Some("Jobs"), Some("queues.jobs"));
    assert!(fits(&finding));
    let mut wrong = serde_json::to_value(&finding).unwrap();
    wrong["severity"] = "fatal".into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn both_drafts_say_the_same() {
    for seven in [samc_schema::app_schema(), samc_schema::config_schema(), samc_schema::manifest_schema()] {
        let later = samc_schema::in_draft_2020_12(seven.clone());
        assert!(jsonschema::meta::is_valid(&seven) && jsonschema::meta::is_valid(&later));
        // What the drafts say in different words is nowhere in it.
        let text = later.to_string();
        for word in ["\"additionalItems\"", "\"items\":[", "\"dependencies\":{\"", "#/definitions/"] {
            assert!(!text.contains(word), "{word}");
        }
    }
    let validator =
        jsonschema::draft202012::new(&samc_schema::in_draft_2020_12(samc_schema::app_schema())).unwrap();
    let fits = |text: &str| validator.is_valid(&document(text));
    assert!(fits("app: a\nfunctions: {f: {handler: a.b, runtime: python3.13, on: GET /}}\n"));
    assert!(!fits("app: a\nfunctions: {f: {handler: a.b, runtime: python3.13, memry: 1GB}}\n"));
}

#[test]
fn configurations_fit_their_schema() {
    let validator = jsonschema::validator_for(&samc_schema::config_schema()).unwrap();
    let text = "region: eu-central-1
params: {Size: 3}
lint:
  select: ALL
  ignore: [R501]
  profile: [strict, pci]
  severity: {R501: error, log-forever: off}
  deny: warning
  as_of: 2026-11-23
  per-path: [{paths: 'old/**', ignore: R501, reason: to be retired, until: 2027-01-31}]
  per-resource: [{resources: [Jobs*, queues.*], ignore: [R501], reason: measured, by: payments}]
  baseline: lint.json
  policies:
    - {code: X001, type: AWS::Lambda::*, schema: {required: [Tags]}, message: without tags, severity: error}
    - {code: X002, type: [AWS::S3::Bucket], schema: bucket.schema.json}
";
    // `off` and numbers are text to who reads the file by its types.
    let text = text.replace("off}", "'off'}").replace("Size: 3", "Size: '3'");
    let faults: Vec<String> = validator.iter_errors(&document(&text)).map(|e| e.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    for wrong in
        ["lnt: {}", "lint: {deny: fatal}", "lint: {per-path: [{paths: x}]}", "lint: {policies: [{code: X1}]}"]
    {
        assert!(!validator.is_valid(&document(wrong)), "{wrong}");
    }
}
