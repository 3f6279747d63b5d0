//! The tables taken from aws-sam-translator: managed policies, policy templates, connectors.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Table;
use super::packages::{Packages, SAM};
use crate::Failure;

/// `name <tab> path <tab> partitions`, sorted by name. Every ARN is made of these.
pub(super) fn managed_policies(packages: &Packages) -> Result<Table, Failure> {
    let input = "samtranslator/internal/data/aws_managed_policies.json";
    let json = packages.json(input)?;
    let mut rows: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (partition, policies) in object(&json, input)? {
        for (name, arn) in object(policies, partition)? {
            let path = arn
                .as_str()
                .and_then(|a| a.strip_prefix(&format!("arn:{partition}:iam::aws:policy/")))
                .and_then(|a| a.strip_suffix(name.as_str()))
                .ok_or_else(|| format!("{arn} is not the usual ARN of {name}"))?;
            rows.entry((name, path)).or_default().push(partition);
        }
    }
    let mut text = String::new();
    for ((name, path), mut partitions) in rows {
        partitions.sort_unstable();
        text += &format!("{name}\t{path}\t{}\n", partitions.join(" "));
    }
    table("managed_policies.txt", input, text)
}

/// `name <tab> parameters <tab> definition as JSON`, sorted by name.
pub(super) fn policy_templates(packages: &Packages) -> Result<Table, Failure> {
    let input = "samtranslator/policy_templates_data/policy_templates.json";
    let json = packages.json(input)?;
    let mut rows = BTreeMap::new();
    for (name, template) in object(&json["Templates"], input)? {
        let parameters: Vec<&str> =
            object(&template["Parameters"], name)?.keys().map(String::as_str).collect();
        rows.insert(name, format!("{}\t{}", parameters.join(" "), template["Definition"]));
    }
    let text = rows.iter().map(|(name, rest)| format!("{name}\t{rest}\n")).collect();
    table("policy_templates.txt", input, text)
}

/// `source <tab> destination <tab> profile as JSON` for pairs of types, then
/// `type <tab><tab> properties as JSON` for single types; each part sorted.
pub(super) fn connectors(packages: &Packages) -> Result<Table, Failure> {
    let input = "samtranslator/model/connector_profiles/profiles.json";
    let json = packages.json(input)?;
    let mut rows = BTreeMap::new();
    for (source, destinations) in object(&json["Permissions"], input)? {
        for (destination, profile) in object(destinations, source)? {
            rows.insert((source.as_str(), destination.as_str()), profile.to_string());
        }
    }
    for (resource_type, properties) in object(&json["CfnResourceProperties"], input)? {
        rows.insert((resource_type, ""), properties.to_string());
    }
    let text = rows.iter().map(|((a, b), json)| format!("{a}\t{b}\t{json}\n")).collect();
    table("connectors.txt", input, text)
}

fn table(file: &'static str, input: &str, text: String) -> Result<Table, Failure> {
    Ok(Table { file, pin: &SAM, inputs: vec![input.into()], as_of: None, contents: text.into_bytes() })
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a serde_json::Map<String, Value>, Failure> {
    value.as_object().ok_or_else(|| format!("{what}: not an object").into())
}
