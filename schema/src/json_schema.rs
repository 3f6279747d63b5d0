//! The JSON Schema of app.yaml, for editors.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::app::{App, TRIGGER_KEYS};
use crate::diagnostic::Diagnostic;

/// The schema of app.yaml, as draft 07, which editors know.
pub fn app_schema() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<App>();
    let mut value = schema.to_value();
    without_null(&mut value);
    ignore_extensions(&mut value);
    take_constants(&mut value);
    if let Some(top) = value.as_object_mut() {
        top.insert("title".to_owned(), json!("app.yaml"));
        top.insert("description".to_owned(), json!("An application, compiled by samc. Format 1."));
    }
    value
}

/// The schema of one finding of `--message-format json`, as draft 07.
pub fn diagnostic_schema() -> Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<Diagnostic<'_>>().to_value()
}

/// A key may be left out; that its value may be `null` is of no use in an editor.
fn without_null(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(object) => {
            object.values_mut().for_each(without_null);
            without_null_type(object);
            for key in ["anyOf", "oneOf"] {
                without_null_arm(object, key);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_null_type(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|w| !w.is_null());
    }
}

fn without_null_arm(object: &mut Map<String, Value>, key: &str) {
    let Some(Value::Array(arms)) = object.get_mut(key) else { return };
    let before = arms.len();
    arms.retain(|arm| {
        arm.get("type").is_none_or(|t| t != "null") || arm.as_object().is_some_and(|a| a.len() > 1)
    });
    if before == arms.len() {
        return;
    }
    if let [Value::Object(_)] = arms.as_slice()
        && let Some(Value::Array(mut arms)) = object.remove(key)
        && let Some(Value::Object(only)) = arms.pop()
    {
        // Words beside a reference are not read in draft 07, unless it stands in `allOf`.
        if only.contains_key("$ref") && !object.is_empty() {
            object.insert("allOf".to_owned(), json!([only]));
        } else {
            only.into_iter().for_each(|(k, v)| {
                object.entry(k).or_insert(v);
            });
        }
    }
}

/// Keys that begin with `x-` may stand in every mapping that is otherwise closed.
fn ignore_extensions(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(ignore_extensions),
        Value::Object(object) => {
            object.values_mut().for_each(ignore_extensions);
            let is_closed = object.get("additionalProperties") == Some(&Value::Bool(false));
            if is_closed && !object.contains_key("patternProperties") {
                object.insert("patternProperties".to_owned(), json!({"^x-": true}));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The pattern of a text that holds a constant or another reference.
const REFERENCE: &str = "\\$\\{";

/// Wherever a number, a word or a text of a certain form is wanted, `${vars.x}` may stand for it.
fn take_constants(value: &mut Value) {
    let object = match value {
        Value::Array(items) => return items.iter_mut().for_each(take_constants),
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
    };
    object.remove("format").filter(|f| !f.is_string()).into_iter().for_each(|f| {
        // A property called `format`.
        object.insert("format".to_owned(), f);
    });
    for (key, inner) in object.iter_mut() {
        if key != "propertyNames" {
            take_constants(inner);
        }
    }
    let kind = object.get("type").and_then(Value::as_str).map(str::to_owned);
    match kind.as_deref() {
        Some(kind @ ("integer" | "number" | "boolean")) => {
            object.insert("type".to_owned(), json!([kind, "string"]));
            object.insert("pattern".to_owned(), json!(REFERENCE));
        }
        Some("string") => {
            if let Some(pattern) = object.get("pattern").and_then(Value::as_str) {
                let either = format!("{pattern}|{REFERENCE}");
                object.insert("pattern".to_owned(), json!(either));
            }
        }
        _ => {}
    }
    if let Some(Value::Array(arms)) = object.get_mut("oneOf") {
        arms.push(json!({"type": "string", "pattern": REFERENCE}));
    }
}

/// A trigger: a route as text, or a mapping of which one key says which others there may be.
pub(crate) fn trigger(schema: &mut Schema) {
    let conditions: Vec<Value> = TRIGGER_KEYS
        .iter()
        .map(|(kind, fields)| {
            let mut names = vec![*kind, "only", "not"];
            names.extend(*fields);
            json!({"if": {"required": [kind]}, "then": {"propertyNames": {
                "anyOf": [{"enum": names}, {"pattern": "^x-"}]
            }}})
        })
        .collect();
    let kinds: Vec<Value> = TRIGGER_KEYS.iter().map(|(kind, _)| json!({"required": [kind]})).collect();
    schema.insert("allOf".to_owned(), Value::Array(conditions));
    schema.insert("anyOf".to_owned(), Value::Array(kinds));
    crate::app::or_route(schema);
}
