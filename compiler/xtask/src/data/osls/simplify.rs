//! A part of the schema in the few words that the table has: those of JSON Schema without what says the same twice,
//! and without the shapes of intrinsic functions, which may stand in the place of any value.

use serde_json::{Map, Value, json};

/// Keywords that hold one part.
const ONE: [&str; 2] = ["items", "additionalProperties"];
/// Keywords that hold parts by key.
const BY_KEY: [&str; 2] = ["properties", "patternProperties"];
/// Keywords that hold a list of parts.
const LISTS: [&str; 2] = ["anyOf", "allOf"];
/// Keywords that are kept as they are.
const KEPT: [&str; 8] =
    ["type", "required", "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength"];

/// The simplified part.
pub(super) fn part(schema: &Value) -> Value {
    let Some(schema) = schema.as_object() else { return schema.clone() };
    if is_call(schema) {
        return json!({"type": "call"});
    }
    let mut out = Map::new();
    for key in KEPT {
        // No least length and no required keys ask for nothing; that a text is not empty is asked of nearly all.
        let asks = |value: &&Value| match key {
            "minLength" => **value != json!(0) && **value != json!(1),
            "minItems" => **value != json!(0),
            "required" => **value != json!([]),
            _ => true,
        };
        if let Some(value) = schema.get(key).filter(asks) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(value) = schema.get("const") {
        out.insert("enum".to_owned(), json!([value]));
    } else if let Some(values) = schema.get("enum") {
        out.insert("enum".to_owned(), values.clone());
        if is_runtimes(values) {
            // Which runtimes there are is a table of its own, and younger than osls.
            out = Map::from_iter([("type".to_owned(), json!("string"))]);
        }
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        set_pattern(&mut out, pattern);
    } else if let Some(written) = schema.get("regexp").and_then(Value::as_str) {
        set_regexp(&mut out, written);
    }
    for key in BY_KEY {
        let Some(parts) = schema.get(key).and_then(Value::as_object).filter(|parts| !parts.is_empty()) else {
            continue;
        };
        let parts = parts.iter().map(|(name, value)| {
            // A name that must not begin with something: what is left out here is told at deployment.
            let name = if key == "patternProperties" && name.contains("(?!") { "." } else { name };
            (name.to_owned(), part(value))
        });
        out.insert(key.to_owned(), parts.collect::<Map<_, _>>().into());
    }
    for key in ONE {
        match schema.get(key) {
            // Lists with a part for each place are arguments of intrinsic functions.
            Some(Value::Bool(true) | Value::Array(_)) | None => {}
            Some(value) => {
                out.insert(key.to_owned(), part(value));
            }
        }
    }
    if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
        out.insert("allOf".to_owned(), all.iter().map(part).collect::<Vec<_>>().into());
    }
    let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    let choices = choices.map(|choices| alternatives(choices)).unwrap_or_default();
    match choices.as_slice() {
        [] => {}
        // Where one fits anything, all of them say nothing.
        _ if choices.iter().any(|choice| choice.as_object().is_some_and(Map::is_empty)) => {}
        [one] if out.is_empty() => return one.clone(),
        _ => {
            out.insert("anyOf".to_owned(), choices.into());
        }
    }
    out.into()
}

/// The alternatives without those inside of others, without calls beside values, and with single values together.
fn alternatives(choices: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    for choice in choices {
        let choice = part(choice);
        match choice.get("anyOf").and_then(Value::as_array) {
            Some(inner) if choice.as_object().is_some_and(|object| object.len() == 1) => {
                all.extend(inner.clone())
            }
            _ => all.push(choice),
        }
    }
    if all.iter().any(|choice| choice["type"] != "call") {
        all.retain(|choice| choice["type"] != "call");
    }
    // The place that osls holds for events that plugins define.
    all.retain(|choice| choice["required"] != json!(["__schemaWorkaround__"]));
    // A key without a value is as if it were not there.
    all.retain(|choice| choice["type"] != "null");
    let mut out: Vec<Value> = Vec::new();
    for choice in all {
        if out.contains(&choice) {
            continue;
        }
        let more = choice["enum"].as_array().cloned().unwrap_or_default();
        let there = out.iter_mut().find(|there| together(there, &choice));
        match there.and_then(|there| there["enum"].as_array_mut()) {
            Some(values) => values.extend(more),
            None => out.push(choice),
        }
    }
    out
}

/// True for two parts that only list values, in the same way.
fn together(one: &Value, other: &Value) -> bool {
    let only_values = |part: &Value| {
        let keys = part
            .as_object()
            .map(|part| part.keys().all(|key| ["type", "enum", "anyCase"].contains(&key.as_str())));
        keys == Some(true) && part.get("enum").is_some()
    };
    only_values(one)
        && only_values(other)
        && one.get("anyCase") == other.get("anyCase")
        && one.get("type") == other.get("type")
}

/// True for the shape of an intrinsic function, or of several.
fn is_call(schema: &Map<String, Value>) -> bool {
    let is_function = |key: &String| key == "Ref" || key.starts_with("Fn::");
    match (schema.get("properties").and_then(Value::as_object), schema.get("anyOf").and_then(Value::as_array))
    {
        (Some(properties), _) if properties.len() == 1 => {
            properties.keys().all(is_function) && !schema.contains_key("patternProperties")
        }
        (None, Some(choices)) => choices.iter().all(|choice| choice.as_object().is_some_and(is_call)),
        _ => false,
    }
}

fn is_runtimes(values: &Value) -> bool {
    values.as_array().is_some_and(|values| values.contains(&json!("provided.al2023")))
}

/// Patterns that look ahead are left out: what they forbid is told at deployment.
fn set_pattern(out: &mut Map<String, Value>, pattern: &str) {
    if !pattern.contains("(?!") {
        out.insert("pattern".to_owned(), pattern.into());
    }
}

/// A pattern of a few words in any letter case is a list of values.
fn set_regexp(out: &mut Map<String, Value>, written: &str) {
    let Some((pattern, flags)) = written.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) else {
        return;
    };
    let inner = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    let inner =
        inner.map(|inner| inner.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(')')).unwrap_or(inner));
    let words: Option<Vec<String>> =
        inner.map(|inner| inner.split('|').map(|word| word.replace("\\*", "*")).collect());
    let is_word = |word: &String| {
        word == "*" || word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    match words.filter(|words| flags == "i" && words.iter().all(is_word)) {
        Some(words) => {
            out.insert("anyCase".to_owned(), true.into());
            out.insert("enum".to_owned(), words.into());
        }
        None if flags == "i" => set_pattern(out, &format!("(?i){pattern}").replace("\\/", "/")),
        None => set_pattern(out, &pattern.replace("\\/", "/")),
    }
}

/// The word for a part that is nothing but a type.
pub(super) fn word(part: &Value) -> Option<&str> {
    let object = part.as_object()?;
    match object.len() {
        0 => Some("any"),
        1 => object.get("type")?.as_str(),
        _ => None,
    }
}

/// Each part inside of a part, with the step that leads to it.
pub(super) fn parts_of(part: &Value, visit: &mut dyn FnMut(&str, &Value)) {
    parts_of_mut(&mut part.clone(), &mut |step, inner| visit(step, inner));
}

/// The same, to be changed.
pub(super) fn parts_of_mut(part: &mut Value, visit: &mut dyn FnMut(&str, &mut Value)) {
    let Some(object) = part.as_object_mut() else { return };
    for key in BY_KEY {
        for (name, inner) in object.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten() {
            visit(if key == "properties" { name } else { "*" }, inner);
        }
    }
    for (key, step) in ONE.into_iter().zip(["", "*"]) {
        if let Some(inner) = object.get_mut(key) {
            visit(step, inner);
        }
    }
    for key in LISTS {
        for inner in object.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            visit("", inner);
        }
    }
}
