//! The table of properties that may name a local file, which packaging uploads. cfn-lint has them in
//! a literal of its Python source, which is read here without running it.

use super::Table;
use super::attributes::quoted;
use super::packages::{CFN_LINT, Packages};
use crate::Failure;

/// `type <tab> property`, sorted; a path of properties has `/` between them.
pub(super) fn local_paths(packages: &Packages) -> Result<Table, Failure> {
    let input = "cfnlint/helpers.py";
    let source = String::from_utf8(packages.read(input)?)?;
    let (_, rest) = source.split_once("\nTEMPLATED_PROPERTY_CFN_PATHS").ok_or("the list is not there")?;
    let (literal, _) = rest.split_once("\n)").ok_or("the list does not end")?;
    let mut lines: Vec<String> = quoted(literal)
        .into_iter()
        .filter_map(|(path, _)| {
            let (resource_type, property) = path.strip_prefix("Resources/")?.split_once("/Properties/")?;
            Some(format!("{resource_type}\t{property}\n"))
        })
        .collect();
    lines.sort();
    if lines.is_empty() {
        return Err("the list of local paths is empty".into());
    }
    let contents = lines.concat().into_bytes();
    Ok(Table { file: "local_paths.txt", pin: &CFN_LINT, inputs: vec![input.into()], as_of: None, contents })
}
