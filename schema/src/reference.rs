//! Every key of app.yaml as a page, from the same types that read the file.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::app_schema;

/// The page, in Markdown: one table for each kind of mapping, in the order in which the kinds are met.
pub fn app_reference() -> String {
    let schema = app_schema();
    let empty = Map::new();
    let definitions = schema.get("definitions").and_then(Value::as_object).unwrap_or(&empty);
    let mut out = String::from(
        "# Every key of app.yaml\n\nGenerated from the types that read the file; [app-yaml.md](app-yaml.md) tells the \
         story and what each becomes.\n",
    );
    table(&mut out, "The file", &schema, definitions);
    let mut order = Vec::new();
    met(&schema, definitions, &mut order);
    for name in order {
        let Some(definition) = definitions.get(&name) else { continue };
        if mapping(definition).is_some() {
            table(&mut out, &name, definition, definitions);
        }
    }
    out
}

/// The names of definitions in the order in which they are met, each before what it uses.
fn met(value: &Value, definitions: &Map<String, Value>, order: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next())
                && !order.iter().any(|n| n == name)
            {
                order.push(name.to_owned());
                if let Some(definition) = definitions.get(name) {
                    met(definition, definitions, order);
                }
            }
            for (key, inner) in object {
                if key != "definitions" {
                    met(inner, definitions, order);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| met(item, definitions, order)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The form of a definition that is a mapping with keys of its own.
fn mapping(definition: &Value) -> Option<&Value> {
    if definition.get("properties").is_some() {
        return Some(definition);
    }
    definition.get("anyOf")?.as_array()?.iter().find(|form| form.get("properties").is_some())
}

fn table(out: &mut String, title: &str, definition: &Value, all: &Map<String, Value>) {
    let Some(form) = mapping(definition) else { return };
    let told = definition.get("description").or(form.get("description")).and_then(Value::as_str);
    // Writing to a text cannot fail.
    let _ = write!(out, "\n## {title}\n\n");
    if let Some(told) = told {
        let _ = write!(out, "{}\n\n", one_line(told));
    }
    let needed: Vec<&str> = form
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    out.push_str("| key | value | what it is |\n|---|---|---|\n");
    for (key, schema) in form.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let told = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let needed = if needed.contains(&key.as_str()) { " Needed." } else { "" };
        let _ = writeln!(out, "| `{key}` | {} | {}{needed} |", value(schema, all), one_line(told));
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// What a value may be, in a few words.
fn value(schema: &Value, all: &Map<String, Value>) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next()) {
        return match all.get(name) {
            Some(definition) if mapping(definition).is_none() => scalar(definition, all),
            _ => format!("[{name}](#{})", name.to_lowercase()),
        };
    }
    if let Some(word) = schema.get("const") {
        return format!("`{}`", plain(word));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(|w| format!("`{}`", plain(w))).collect::<Vec<_>>().join(", ");
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        if let Some(forms) = schema.get(key).and_then(Value::as_array) {
            let mut words: Vec<String> =
                forms.iter().filter(|f| !is_reference(f)).map(|f| value(f, all)).collect();
            words.retain(|w| !w.is_empty());
            words.dedup();
            return words.join(", or ");
        }
    }
    match kind(schema) {
        Some("array") => match schema.get("items").map(|i| value(i, all)) {
            Some(items) if !items.is_empty() => format!("list of {items}"),
            _ => "list".to_owned(),
        },
        Some("object") => match schema.get("additionalProperties").map(|i| value(i, all)) {
            Some(inner) if !inner.is_empty() => format!("{inner} by name"),
            _ => "mapping".to_owned(),
        },
        Some("integer") => format!("whole number{}", range(schema)),
        Some("number") => format!("number{}", range(schema)),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("string") => "text".to_owned(),
        _ => "anything".to_owned(),
    }
}

/// A value without keys: its words, or an example of it.
fn scalar(definition: &Value, all: &Map<String, Value>) -> String {
    let examples = definition.get("examples").and_then(Value::as_array);
    match examples.filter(|e| !e.is_empty()) {
        Some(examples) => {
            let shown: Vec<String> = examples.iter().map(|e| format!("`{}`", plain(e))).collect();
            format!("such as {}", shown.join(", "))
        }
        None => value(definition, all),
    }
}

/// The form that stands for `${...}`, which is possible nearly everywhere.
fn is_reference(form: &Value) -> bool {
    form.get("pattern").and_then(Value::as_str) == Some("\\$\\{")
}

fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.first()?.as_str(),
        _ => None,
    }
}

fn range(schema: &Value) -> String {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => format!(", {least} to {most}"),
        (Some(least), None) if least > 0.0 => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        _ => String::new(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
