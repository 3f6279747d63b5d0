//! The table of Lambda runtimes and their dates.

use super::Table;
use super::packages::{CFN_LINT, Packages};
use crate::Failure;

/// `name <tab> deprecated <tab> no create from <tab> no update from <tab> successor`, sorted by
/// name; a field is empty where nothing is announced.
pub(super) fn runtimes(packages: &Packages) -> Result<Table, Failure> {
    let input = "cfnlint/data/AdditionalSpecs/LmbdRuntimeLifecycle.json";
    let json = packages.json(input)?;
    let mut lines: Vec<String> = json
        .as_object()
        .ok_or("runtimes: not an object")?
        .iter()
        .map(|(name, facts)| {
            let field = |key: &str| facts[key].as_str().unwrap_or("").to_owned();
            let fields = ["deprecated", "create-block", "update-block", "successor"].map(field);
            format!("{name}\t{}\n", fields.join("\t"))
        })
        .collect();
    lines.sort();
    let contents = lines.concat().into_bytes();
    Ok(Table { file: "runtimes.txt", pin: &CFN_LINT, inputs: vec![input.into()], as_of: None, contents })
}
