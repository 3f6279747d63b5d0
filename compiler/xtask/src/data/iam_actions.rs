//! The table of actions that IAM policies can name.

use super::Table;
use super::packages::{CFN_LINT, Packages};
use crate::Failure;

/// `service <tab> actions on named resources <tab> actions on every resource alone`, sorted by service;
/// actions are in small letters with blanks between them.
pub(super) fn iam_actions(packages: &Packages) -> Result<Table, Failure> {
    let input = "cfnlint/data/AdditionalSpecs/Policies.json";
    let json = packages.json(input)?;
    let mut lines: Vec<String> = Vec::new();
    for (service, facts) in json.as_object().ok_or("policies: not an object")? {
        let actions = facts["Actions"].as_object().ok_or("policies: a service without actions")?;
        let (mut narrow, mut wide): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for (action, about) in actions {
            let has_resources = about["Resources"].as_array().is_some_and(|r| !r.is_empty());
            if has_resources { &mut narrow } else { &mut wide }.push(action);
        }
        narrow.sort_unstable();
        wide.sort_unstable();
        lines.push(format!("{service}\t{}\t{}\n", narrow.join(" "), wide.join(" ")));
    }
    lines.sort();
    let contents = lines.concat().into_bytes();
    Ok(Table { file: "iam_actions.txt", pin: &CFN_LINT, inputs: vec![input.into()], as_of: None, contents })
}
