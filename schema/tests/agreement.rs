//! What the JSON Schema takes and what the reader of app.yaml takes is the same: files with one random
//! change, each asked of both.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the cases of the repository"
)]

use std::path::Path;

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{Node, NodeKind, ParseOptions, Resolved, parse};
use serde_json::{Map, Value, json};

/// Files with a change each.
const CHANGES: usize = 2_000;

/// A row of numbers that looks random and is the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

fn json_of(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.to_string(), json_of(&e.value))).collect())
        }
        NodeKind::Sequence(items) => Value::Array(items.iter().map(json_of).collect()),
        NodeKind::Scalar(scalar) => match scalar.yaml12() {
            Resolved::Null => Value::Null,
            Resolved::Bool(b) => b.into(),
            Resolved::Int(i) => i64::try_from(i).map_or(Value::Null, Value::from),
            Resolved::Float(f) => f.into(),
            Resolved::Text => scalar.text.to_string().into(),
        },
    }
}

fn tree(text: &str) -> Node {
    let file = SourceFile::new(FileId(0), "app.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{text}");
    document.root
}

/// The good files of the project, without what is gone before the types are read.
fn specs() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut specs = Vec::new();
    for place in ["examples", "tests/cases/app"] {
        let mut folders: Vec<_> = std::fs::read_dir(root.join(place)).unwrap().flatten().collect();
        folders.sort_by_key(|f| f.file_name());
        for folder in folders {
            let name = folder.file_name().to_string_lossy().into_owned();
            let Ok(text) = std::fs::read_to_string(folder.path().join("app.yaml")) else { continue };
            if name.starts_with("wrong") || text.contains("${vars.") {
                continue;
            }
            let mut value = json_of(&tree(&text));
            // Names such as `orders/events` are those of the included module, which the driver joins first.
            if value.get("include").is_some() {
                continue;
            }
            value.as_object_mut().unwrap().retain(|key, _| key != "stages" && key != "resources");
            specs.push((name, value));
        }
    }
    specs
}

/// The paths to all values, as JSON pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let path = format!("{at}/{}", escaped(key));
                pointers(inner, &path, found);
                found.push(path);
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                let path = format!("{at}/{i}");
                pointers(inner, &path, found);
                found.push(path);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Changes one thing, and says what.
fn change(value: &mut Value, numbers: &mut Numbers) -> String {
    let mut all = Vec::new();
    pointers(value, "", &mut all);
    let path = all[numbers.below(all.len())].clone();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let kind = numbers.below(4);
    if let Some(Value::Object(object)) = value.pointer_mut(parent)
        && kind < 2
    {
        if kind == 0 {
            object.remove(&key);
            return format!("without {path}");
        }
        // The place of a key says nothing to either.
        let inner = object.remove(&key).unwrap();
        let renamed = match numbers.below(3) {
            0 => format!("{key}x"),
            1 => key.chars().rev().collect(),
            _ => key.to_uppercase(),
        };
        object.insert(renamed.clone(), inner);
        return format!("{path} renamed to {renamed}");
    }
    let values = [
        json!(5),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(true),
        json!(false),
        json!("x"),
        json!("Some Text"),
        json!("30s"),
        json!("5MB"),
        json!("GET /a"),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"x": 1}),
        json!(123_456_789),
    ];
    let new = values[numbers.below(values.len())].clone();
    let told = format!("{path} = {new}");
    *value.pointer_mut(&path).unwrap() = new;
    told
}

/// Ranges of numbers are checked where a component becomes resources, not by the reader.
fn without_ranges(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("maximum");
            if object.get("minimum").is_some_and(|least| least != 0) {
                object.insert("minimum".to_owned(), json!(0));
            }
            object.values_mut().for_each(without_ranges);
        }
        Value::Array(items) => items.iter_mut().for_each(without_ranges),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What the reader says.
fn findings(value: &Value) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    samc_schema::app::read(&tree(&value.to_string()), &mut diagnostics);
    diagnostics.iter().map(|d| format!("{}: {}", d.code(), d.message)).collect()
}

#[test]
fn the_schema_and_the_reader_agree() {
    let mut schema = samc_schema::app_schema();
    without_ranges(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let specs = specs();
    assert!(specs.len() > 12, "only {} files", specs.len());
    let mut numbers = Numbers(0x5eed_5eed_5eed_5eed);
    let (mut taken, mut differ) = (0, Map::new());
    for n in 0..CHANGES {
        let (name, spec) = &specs[n % specs.len()];
        let mut changed = spec.clone();
        let told = change(&mut changed, &mut numbers);
        let found = findings(&changed);
        let faults: Vec<String> =
            validator.iter_errors(&changed).map(|e| format!("{}: {e}", e.instance_path())).collect();
        if found.is_empty() {
            taken += 1;
        }
        // Names that two components share are no matter of form.
        let found: Vec<&String> = found.iter().filter(|f| !f.starts_with("E122")).collect();
        if found.is_empty() != faults.is_empty() {
            let said =
                if faults.is_empty() { format!("reader: {found:?}") } else { format!("schema: {faults:?}") };
            differ.insert(format!("{name}: {told}"), said.into());
        }
    }
    assert!(taken > CHANGES / 10, "only {taken} of {CHANGES} files are still right");
    assert!(differ.is_empty(), "{} of {CHANGES} differ: {:#}", differ.len(), Value::Object(differ));
}
