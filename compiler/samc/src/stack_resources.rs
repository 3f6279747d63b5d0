//! What is in a stack, as `aws cloudformation describe-stack-resources` or `list-stack-resources` prints it.

use samc_base::{Diagnostic, codes};
use samc_target::terraform::{ImportedStack, StackResource};
use serde_json::Value;

/// The longest list that `describe-stack-resources` gives, whatever is in the stack.
const DESCRIBED: usize = 100;

/// Reads the file with the resources of a stack.
///
/// Fails where it cannot be read, is no such list, is the list of another stack or only a part of one.
pub fn read(stack: &str, file: &str) -> Result<ImportedStack, Diagnostic> {
    let text = crate::input::read(file).map_err(|no_text| no_text.diagnostic)?;
    parse(stack, &text).map_err(|why| {
        Diagnostic::error(codes::CANNOT_READ, format!("{file} does not hold the resources of the stack {stack}: {why}"))
            .help(format!("write it with `aws cloudformation list-stack-resources --stack-name {stack} --output json > {file}`"))
    })
}

fn parse(stack: &str, text: &str) -> Result<ImportedStack, String> {
    let root: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let described = root.get("StackResources").and_then(Value::as_array);
    let listed = root.get("StackResourceSummaries").and_then(Value::as_array);
    let entries = described
        .or(listed)
        .ok_or("it has neither `StackResources` nor `StackResourceSummaries`, which these commands print")?;
    if root.get("NextToken").is_some_and(|token| !token.is_null()) {
        return Err("it is one page of several (`NextToken`)".to_owned());
    }
    if described.is_some_and(|all| all.len() >= DESCRIBED) {
        return Err(format!(
            "`describe-stack-resources` stops after {DESCRIBED} resources; `list-stack-resources` tells all"
        ));
    }
    let mut made = ImportedStack { name: stack.to_owned(), ..ImportedStack::default() };
    for (i, entry) in entries.iter().enumerate() {
        let word = |key: &str| entry.get(key).and_then(Value::as_str);
        if let Some(other) = word("StackName").filter(|name| *name != stack) {
            return Err(format!("it is about the stack {other}"));
        }
        if let Some(arn) = word("StackId") {
            made.arn = Some(arn.to_owned());
        }
        let (Some(id), Some(kind)) = (word("LogicalResourceId"), word("ResourceType")) else {
            return Err(format!("entry {} has no `LogicalResourceId` or no `ResourceType`", i + 1));
        };
        // What is gone, or never came to be, has nothing to take over.
        if matches!(word("ResourceStatus"), Some("DELETE_COMPLETE" | "CREATE_FAILED")) {
            continue;
        }
        let Some(physical_id) = word("PhysicalResourceId").filter(|id| !id.is_empty()) else { continue };
        let resource = StackResource { physical_id: physical_id.to_owned(), resource_type: kind.to_owned() };
        made.resources.insert(id.to_owned(), resource);
    }
    if made.resources.is_empty() {
        return Err("there is nothing in it".to_owned());
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"{"StackName": "shop", "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
        "LogicalResourceId": "Jobs", "PhysicalResourceId": "https://sqs/1/jobs", "ResourceType": "AWS::SQS::Queue"}"#;

    #[test]
    fn both_commands_are_understood() {
        for key in ["StackResources", "StackResourceSummaries"] {
            let made = parse("shop", &format!(r#"{{"{key}": [{ENTRY}]}}"#)).unwrap_or_default();
            assert_eq!(made.resources["Jobs"].physical_id, "https://sqs/1/jobs");
            assert!(made.arn.is_some());
        }
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let gone = ENTRY.replace("\"Jobs\"", "\"Old\", \"ResourceStatus\": \"DELETE_COMPLETE\"");
        let made = parse("shop", &format!(r#"{{"StackResources": [{ENTRY}, {gone}]}}"#)).unwrap_or_default();
        assert_eq!(made.resources.len(), 1);
    }

    #[test]
    fn each_fault_is_told() {
        let many = vec![ENTRY; DESCRIBED].join(", ");
        let faults = [
            ("shop", "no".to_owned(), "it is no JSON"),
            ("shop", "{}".to_owned(), "it has neither `StackResources`"),
            ("shop", r#"{"StackResources": []}"#.to_owned(), "there is nothing in it"),
            (
                "shop",
                r#"{"StackResources": [{"ResourceType": "x"}]}"#.to_owned(),
                "entry 1 has no `LogicalResourceId`",
            ),
            ("other", format!(r#"{{"StackResources": [{ENTRY}]}}"#), "it is about the stack shop"),
            (
                "shop",
                format!(r#"{{"StackResourceSummaries": [{ENTRY}], "NextToken": "x"}}"#),
                "it is one page",
            ),
            (
                "shop",
                format!(r#"{{"StackResources": [{many}]}}"#),
                "`describe-stack-resources` stops after 100",
            ),
        ];
        for (stack, text, start) in faults {
            let why = parse(stack, &text).err().unwrap_or_default();
            assert!(why.starts_with(start), "{why}");
        }
    }
}
