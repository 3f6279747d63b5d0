//! Files of environment variables.

use std::path::Path;

use indexmap::IndexMap;
use samc_schema::manifest::Manifest;
use serde_json::Value;

/// The key of SAM CLI's files under which the variables of all functions stand.
const ALL: &str = "Parameters";

/// Environment variables, of all functions and of some.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Environment {
    all: IndexMap<String, String>,
    functions: IndexMap<String, IndexMap<String, String>>,
}

/// Reads a file: `NAME=value` lines, or the JSON that SAM CLI takes with `--env-vars`.
pub(super) fn read(file: &Path) -> Result<Environment, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
    parse(&text).map_err(|why| format!("{name} holds no environment variables: {why}"))
}

fn parse(text: &str) -> Result<Environment, String> {
    if text.trim_start().starts_with('{') {
        return json(text);
    }
    let mut environment = Environment::default();
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = item.map_err(|error| error.to_string())?;
        environment.all.insert(name, value);
    }
    Ok(environment)
}

/// Texts are variables of all functions; an object is about the function of its name.
fn json(text: &str) -> Result<Environment, String> {
    let file: IndexMap<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut environment = Environment::default();
    for (name, value) in file {
        match value {
            Value::Object(object) => {
                let mut own = IndexMap::new();
                for (key, value) in object {
                    own.insert(key.clone(), scalar(&value).ok_or(format!("{name}.{key} is no text"))?);
                }
                match name.as_str() {
                    ALL => environment.all.extend(own),
                    _ => drop(environment.functions.insert(name, own)),
                }
            }
            other => {
                let value = scalar(&other).ok_or(format!("{name} is neither a text nor an object"))?;
                environment.all.insert(name, value);
            }
        }
    }
    Ok(environment)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl Environment {
    /// Sets the variables; they win over what the functions have.
    pub(super) fn apply(&self, manifest: &mut Manifest) {
        for (id, function) in &mut manifest.functions {
            let own = self.functions.iter().filter(|(name, _)| {
                [id.as_str(), function.source.as_str(), function.name.as_str()].contains(&name.as_str())
            });
            let own = own.flat_map(|(_, variables)| variables);
            for (name, value) in self.all.iter().chain(own) {
                function.environment.insert(name.clone(), value.clone());
                function.unknown_environment.shift_remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(text: &str) -> Vec<(String, String)> {
        let mut manifest = Manifest::default();
        let function = samc_schema::manifest::Function { source: "create".to_owned(), ..Default::default() };
        manifest.functions.insert("CreateFunction".to_owned(), function);
        parse(text).unwrap().apply(&mut manifest);
        manifest.functions["CreateFunction"].environment.clone().into_iter().collect()
    }

    #[test]
    fn files_come_in_two_forms() {
        let set = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        assert_eq!(environment("# a\nA=1\nexport B=\"x y\" # c\n"), set(&[("A", "1"), ("B", "x y")]));
        let sam = r#"{"Parameters": {"A": "1", "B": 2}, "create": {"B": true}, "other": {"C": "3"}}"#;
        assert_eq!(environment(sam), set(&[("A", "1"), ("B", "true")]));
        assert_eq!(environment(r#"{"A": "1"}"#), set(&[("A", "1")]));
        assert!(parse("A=1\nnothing here\n").is_err());
        assert!(parse(r#"{"A": ["1"]}"#).unwrap_err().contains("A is neither"));
    }
}
