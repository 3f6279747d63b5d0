//! Parameters and outputs.

use samc_ir::{Expr, Map, ResourceGraph};

use crate::names::{Names, kebab, upper_camel};
use crate::text::text;

/// The parameters; those of types that the language has no word for are said by the nearest.
pub(crate) fn params(names: &Names, graph: &ResourceGraph) -> Map {
    let mut params = Map::new();
    for (id, given) in graph.parameters().into_iter().flat_map(Map::iter) {
        let (Some(name), Some(given)) = (names.name(id), given.as_map()) else { continue };
        let mut made = Map::new();
        let kind = given.get("Type").and_then(Expr::as_str).unwrap_or("String");
        let word = match kind {
            "Number" => Some("number"),
            "CommaDelimitedList" => Some("list"),
            "AWS::SSM::Parameter::Value<String>" => Some("ssm"),
            _ if kind.starts_with("List<") => Some("list"),
            _ => None,
        };
        if let Some(word) = word {
            made.insert("type", word);
        }
        let default = if word == Some("ssm") { "ssm" } else { "default" };
        if let Some(value) = given.get("Default").and_then(plain) {
            made.insert(default, value);
        }
        if let Some(values) = given.get("AllowedValues").and_then(Expr::as_list) {
            made.insert("allowed", values.iter().filter_map(plain).collect::<Vec<_>>());
        }
        for (property, key) in [("AllowedPattern", "pattern"), ("Description", "describe")] {
            if let Some(value) = given.get(property).and_then(plain) {
                made.insert(key, value);
            }
        }
        for (property, key) in
            [("MinLength", "min"), ("MinValue", "min"), ("MaxLength", "max"), ("MaxValue", "max")]
        {
            if let Some(n) = given.get(property).and_then(crate::text::number) {
                made.insert(key, Expr::new(samc_ir::Kind::Int(n), None));
            }
        }
        if given.get("NoEcho").and_then(crate::text::truth) == Some(true) {
            made.insert("hidden", true);
        }
        if upper_camel(name) != **id {
            made.insert("id", &**id);
        }
        params.insert(name, made);
    }
    params
}

/// A value as text; `Default: 3` is the text `3` to CloudFormation.
fn plain(value: &Expr) -> Option<Expr> {
    let is_plain = value.as_str().is_some() || value.as_int().is_some() || value.as_bool().is_some();
    let text = match (value.as_str(), value.as_int(), value.as_bool()) {
        (Some(text), _, _) => text.to_owned(),
        (_, Some(n), _) => n.to_string(),
        (_, _, Some(b)) => b.to_string(),
        _ => String::new(),
    };
    is_plain.then(|| text.into())
}

/// The outputs whose values texts can say; the others are given back.
pub(crate) fn outputs<'g>(names: &Names, graph: &'g ResourceGraph) -> (Map, Vec<&'g str>) {
    let (mut outputs, mut left) = (Map::new(), Vec::new());
    for (id, given) in graph.outputs().into_iter().flat_map(Map::iter) {
        let entry = given.as_map();
        let value = entry.and_then(|e| text(names, e.get("Value")?));
        let (Some(entry), Some(value)) = (entry, value) else {
            left.push(&**id);
            continue;
        };
        let name = unique(&outputs, kebab(id));
        let mut made = Map::from([("value", value)]);
        if let Some(text) = entry.get("Description").and_then(Expr::as_str) {
            made.insert("describe", text);
        }
        let export = entry.get("Export").and_then(|e| text(names, e.as_map()?.get("Name")?));
        if let Some(export) = export {
            made.insert("export", export);
        }
        if upper_camel(&name) != **id {
            made.insert("id", &**id);
        }
        outputs.insert(name, made);
    }
    (outputs, left)
}

fn unique(taken: &Map, name: String) -> String {
    let mut n = 2;
    let mut candidate = name.clone();
    while taken.contains_key(&candidate) {
        candidate = format!("{}-{n}", &name[..name.len().min(36)]);
        n += 1;
    }
    candidate
}
