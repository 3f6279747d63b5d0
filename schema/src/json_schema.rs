//! The JSON Schema of app.yaml, for editors.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::app::{App, TRIGGER_KEYS};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::manifest::Manifest;

/// The schema of app.yaml, as draft 07, which editors know.
pub fn app_schema() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<App>();
    let mut value = schema.to_value();
    without_null(&mut value);
    ignore_extensions(&mut value);
    take_constants(&mut value);
    let definitions = value.get("definitions").cloned().unwrap_or_default();
    inline_scalars(&mut value, &definitions);
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

/// The schema of `manifest.json` of the local target, as draft 07.
pub fn manifest_schema() -> Value {
    let mut value = SchemaSettings::draft07().into_generator().into_root_schema_for::<Manifest>().to_value();
    without_null(&mut value);
    value
}

/// The schema of samc.yaml, as draft 07.
pub fn config_schema() -> Value {
    let mut value = SchemaSettings::draft07().into_generator().into_root_schema_for::<Config>().to_value();
    without_null(&mut value);
    if let Some(top) = value.as_object_mut() {
        top.insert("title".to_owned(), json!("samc.yaml"));
    }
    value
}

/// A schema of draft 07 in the words of draft 2020-12: definitions are `$defs`, and the rest that is used here is
/// the same in both (JSON Schema 2020-12, release notes, "Migrating from older drafts").
pub fn in_draft_2020_12(mut schema: Value) -> Value {
    refer_to_defs(&mut schema);
    if let Some(top) = schema.as_object_mut() {
        top.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        if let Some(definitions) = top.remove("definitions") {
            top.insert("$defs".to_owned(), definitions);
        }
    }
    schema
}

fn refer_to_defs(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(refer_to_defs),
        Value::Object(object) => {
            if let Some(Value::String(to)) = object.get_mut("$ref")
                && let Some(name) = to.strip_prefix("#/definitions/")
            {
                *to = format!("#/$defs/{name}");
            }
            object.values_mut().for_each(refer_to_defs);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
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
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        take_constants_of_several(kinds.clone(), object);
        return;
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
            } else if !object.contains_key("enum") {
                // Any scalar is a text where every text will do: `PORT: 8080`, an account's number.
                object.insert("type".to_owned(), json!(["string", "number", "boolean"]));
            }
        }
        _ => {}
    }
    if let Some(Value::Array(arms)) = object.remove("oneOf") {
        let words = |key: &str| arms.iter().filter_map(|arm| arm.get(key).cloned()).collect::<Vec<_>>();
        // Descriptions of words stand beside them, so that a key keeps its own.
        let words = json!({"enum": words("const"), "enumDescriptions": words("description")});
        object.insert("anyOf".to_owned(), json!([words, {"type": "string", "pattern": REFERENCE}]));
    }
}

/// Puts definitions without keys of their own in the place of references to them, where the reference has a
/// description: an editor shows the one that it meets last, and what the key is for says more than what a
/// duration is.
fn inline_scalars(value: &mut Value, definitions: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| inline_scalars(item, definitions)),
        Value::Object(object) => {
            for (key, inner) in object.iter_mut() {
                if key != "definitions" {
                    inline_scalars(inner, definitions);
                }
            }
            if let Some(Value::Object(all)) = object.get_mut("definitions") {
                all.values_mut().for_each(|definition| inline_scalars(definition, definitions));
            }
            let target = match object.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([only]) if object.contains_key("description") => {
                    only.get("$ref").and_then(Value::as_str)
                }
                _ => None,
            };
            let found = target.and_then(|t| definitions.get(t.rsplit('/').next()?)?.as_object()).cloned();
            let Some(found) = found.filter(|f| !has_keys(f)) else { return };
            object.remove("allOf");
            for (key, inner) in found {
                object.entry(key).or_insert(inner);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// True for a mapping with keys of its own, or a form that is one.
fn has_keys(definition: &Map<String, Value>) -> bool {
    let forms = ["anyOf", "allOf"].into_iter().filter_map(|key| definition.get(key)?.as_array()).flatten();
    definition.contains_key("properties")
        || forms.into_iter().any(|form| form.get("properties").is_some() || form.get("if").is_some())
}

/// The same for a value that may be of several types.
fn take_constants_of_several(mut kinds: Vec<Value>, object: &mut Map<String, Value>) {
    let takes_text = kinds.iter().any(|kind| kind == "string");
    let pattern = match (takes_text, object.get("pattern").and_then(Value::as_str)) {
        (true, Some(pattern)) => format!("{pattern}|{REFERENCE}"),
        (true, None) => {
            for other in ["number", "boolean"] {
                if !kinds.iter().any(|kind| kind == other) {
                    kinds.push(other.into());
                }
            }
            object.insert("type".to_owned(), kinds.into());
            return;
        }
        (false, _) if kinds.iter().any(|kind| kind != "object" && kind != "array" && kind != "null") => {
            kinds.push("string".into());
            object.insert("type".to_owned(), kinds.into());
            REFERENCE.to_owned()
        }
        (false, _) => return,
    };
    object.insert("pattern".to_owned(), pattern.into());
}

/// A trigger: a route as text, or a mapping of which one key says which others there may be.
///
/// Each kind is a branch that knows its keys alone, so that an editor offers these and refuses others; the
/// last branch is for a mapping that does not say its kind yet.
pub(crate) fn trigger(schema: &mut Schema) {
    let mut properties = match schema.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    schema.remove("additionalProperties");
    let pick = |properties: &Map<String, Value>, names: &[&str]| -> Value {
        names.iter().filter_map(|n| Some(((*n).to_owned(), properties.get(*n)?.clone()))).collect()
    };
    let mut branches: Vec<Value> = TRIGGER_KEYS
        .iter()
        .map(|(kind, fields)| {
            let names: Vec<&str> =
                [*kind].into_iter().chain(fields.iter().copied()).chain(["only", "not"]).collect();
            let own = pick(&properties, &names);
            json!({
                "if": {"required": [kind]},
                "then": {"properties": own, "additionalProperties": false},
            })
        })
        .collect();
    let kinds: Vec<&str> = TRIGGER_KEYS.iter().map(|(kind, _)| *kind).collect();
    let required: Vec<Value> = kinds.iter().map(|kind| json!({"required": [kind]})).collect();
    branches.push(json!({
        "if": {"type": "object", "not": {"anyOf": required}},
        "then": {
            "properties": pick(&properties, &kinds),
            "additionalProperties": false,
            "minProperties": 1,
        },
    }));
    properties.clear();
    schema.insert("type".to_owned(), json!(["string", "object"]));
    schema.insert("pattern".to_owned(), json!(crate::app::ROUTE_PATTERN));
    schema.insert("allOf".to_owned(), Value::Array(branches));
}
