//! The table of AWS's managed policies that allow every action of a service on every resource.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Table;
use super::packages::{MOTO, Packages};
use crate::Failure;

/// `name <tab> services`, sorted by name; services are in small letters with blanks between them, and a star
/// stands for all of them. Statements under conditions do not count.
pub(super) fn wide_policies(packages: &Packages) -> Result<Table, Failure> {
    let input = "moto/iam/aws_managed_policies.py";
    let text = String::from_utf8(packages.read(input)?)?;
    // The document is JSON in one raw text of the module.
    let json = text.split("\"\"\"").nth(1).ok_or("wide_policies: no text in the module")?;
    let json: Value = serde_json::from_str(json)?;
    let mut wide: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, facts) in json.as_object().ok_or("wide_policies: not an object")? {
        for statement in one_or_many(&facts["Document"]["Statement"]) {
            let every = one_or_many(&statement["Resource"]).any(|resource| resource == "*");
            if statement["Effect"] != "Allow" || !every || !statement["Condition"].is_null() {
                continue;
            }
            for action in one_or_many(&statement["Action"]).filter_map(Value::as_str) {
                let service = if action == "*" { Some("*") } else { action.strip_suffix(":*") };
                wide.entry(name).or_default().extend(service.map(str::to_ascii_lowercase));
            }
        }
    }
    let mut contents = String::new();
    for (name, mut services) in wide.into_iter().filter(|(_, services)| !services.is_empty()) {
        services.sort();
        services.dedup();
        contents.push_str(&format!("{name}\t{}\n", services.join(" ")));
    }
    let inputs = vec![input.into()];
    Ok(Table { file: "wide_policies.txt", pin: &MOTO, inputs, as_of: None, contents: contents.into_bytes() })
}

/// The items of a list, or the one value in place of a list.
fn one_or_many(value: &Value) -> impl Iterator<Item = &Value> {
    let one = if value.is_array() || value.is_null() { None } else { Some(value) };
    value.as_array().into_iter().flatten().chain(one)
}
