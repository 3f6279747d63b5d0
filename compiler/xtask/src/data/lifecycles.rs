//! The table of resource types whose service AWS has closed, or is about to. cfn-lint has the days in its copies of the schemas.

use std::collections::BTreeSet;

use super::Table;
use super::packages::{CFN_LINT, Packages};
use crate::Failure;

/// `type <tab> state <tab> day`, sorted; the day is empty where none is announced.
pub(super) fn lifecycles(packages: &Packages) -> Result<Table, Failure> {
    let inputs = packages.files("cfnlint/data/schemas/resources", "json")?;
    let mut lines = BTreeSet::new();
    for input in &inputs {
        let schema = packages.json(input)?;
        let lifecycle = &schema["lifecycle"];
        if let (Some(name), Some(state)) = (schema["typeName"].as_str(), lifecycle["status"].as_str()) {
            lines.insert(format!("{name}\t{state}\t{}\n", lifecycle["date"].as_str().unwrap_or("")));
        }
    }
    if lines.is_empty() {
        return Err("no schema says what became of its service".into());
    }
    let contents = lines.into_iter().collect::<String>().into_bytes();
    Ok(Table { file: "lifecycles.txt", pin: &CFN_LINT, inputs, as_of: None, contents })
}
