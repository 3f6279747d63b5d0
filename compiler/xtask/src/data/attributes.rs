//! Which attributes `Fn::GetAtt` may ask for. Mostly the properties that AWS sets; for some older
//! types every property, or a few more. Which ones is written down in cfn-lint's Python source, in
//! two literals that are read here without running it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::packages::Packages;
use crate::Failure;

pub(super) struct Exceptions {
    /// Types of which every property is an attribute.
    all: BTreeSet<String>,
    /// Types with attributes beside those AWS sets.
    more: BTreeMap<String, Vec<String>>,
}

impl Exceptions {
    pub(super) const INPUT: &str = "cfnlint/schema/_getatts.py";

    pub(super) fn read(packages: &Packages) -> Result<Exceptions, Failure> {
        let source = String::from_utf8(packages.read(Self::INPUT)?)?;
        let mut more: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut current = String::new();
        for (text, is_key) in quoted(literal(&source, "\n_exceptions = {", "\n}")?) {
            if is_key {
                current = text.to_owned();
            } else {
                more.entry(current.clone()).or_default().push(text.to_owned());
            }
        }
        let all = quoted(literal(&source, "\n_all_property_types = [", "\n]")?);
        let all = all.into_iter().map(|(text, _)| text.to_owned()).collect();
        Ok(Exceptions { all, more })
    }

    /// The attributes of a type, with dots; `*` stands for any text.
    pub(super) fn attributes(&self, name: &str, schema: &Value) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if self.all.contains(name) {
            collect(schema, schema, String::new(), &mut found, 0);
            return found;
        }
        found.extend(self.more.get(name).into_iter().flatten().cloned());
        if name == "AWS::CloudFormation::Stack" {
            found.insert("Outputs.*".to_owned());
            return found;
        }
        let read_only = schema["readOnlyProperties"].as_array().map_or(&[][..], Vec::as_slice);
        for pointer in read_only.iter().filter_map(|p| p.as_str()?.strip_prefix("/properties/")) {
            match (name, pointer) {
                ("AWS::ServiceCatalog::CloudFormationProvisionedProduct", "Outputs") => {
                    found.insert("Outputs.*".to_owned())
                }
                _ => found.insert(pointer.replace('/', ".")),
            };
        }
        if name == "AWS::CloudFormation::CustomResource" {
            found.insert("*".to_owned());
        }
        found
    }
}

/// Every property whose value is not a mapping, by its path; lists only of plain values.
fn collect(schema: &Value, node: &Value, path: String, found: &mut BTreeSet<String>, depth: usize) {
    if depth > 8 {
        return;
    }
    if let Some(pointer) = node["$ref"].as_str().and_then(|r| r.strip_prefix('#')) {
        if let Some(target) = schema.pointer(pointer) {
            collect(schema, target, path, found, depth + 1);
        }
        return;
    }
    let is = |name: &str| match &node["type"] {
        Value::Array(names) => names.iter().any(|n| n == name),
        one => one == name,
    };
    if path.is_empty() || is("object") {
        for (name, property) in node["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            collect(schema, property, path, found, depth + 1);
        }
    } else if !(is("array") && matches!(node["items"]["type"].as_str(), Some("object" | "array"))) {
        found.insert(path);
    }
}

/// The text between two marks.
fn literal<'a>(source: &'a str, start: &str, end: &str) -> Result<&'a str, Failure> {
    let missing = || format!("{}: {} is not there", Exceptions::INPUT, start.trim());
    let (_, rest) = source.split_once(start).ok_or_else(missing)?;
    Ok(rest.split_once(end).ok_or_else(missing)?.0)
}

/// The texts in double quotes, and whether a colon follows.
pub(super) fn quoted(literal: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut rest = literal;
    while let Some((_, after)) = rest.split_once('"') {
        let Some((text, after)) = after.split_once('"') else { break };
        found.push((text, after.starts_with(':')));
        rest = after;
    }
    found
}
