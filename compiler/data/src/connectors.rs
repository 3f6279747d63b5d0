//! SAM's connectors: what a resource of one type needs so that it may use one of another type.

use crate::lines;

const TABLE: &str = include_str!("../tables/connectors.txt");

/// The profile for a pair of CloudFormation types as JSON: `{"Type": …, "Properties": {…}}`, with
/// `%{Source.Arn}` and the like where values of the two resources belong.
pub fn profile(source: &str, destination: &str) -> Option<&'static str> {
    if destination.is_empty() { None } else { json(source, destination) }
}

/// What a connector reads from a resource of a type, as JSON: `{"Inputs": …, "Outputs": …}`, with
/// `%{logicalId}` where the resource's id belongs.
pub fn resource_properties(resource_type: &str) -> Option<&'static str> {
    json(resource_type, "")
}

/// The types that may be a source, sorted.
pub fn sources() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    pairs().filter_map(move |(source, _)| (std::mem::replace(&mut last, source) != source).then_some(source))
}

/// The types that may be the destination of a source, sorted.
pub fn destinations(source: &str) -> impl Iterator<Item = &'static str> {
    pairs().filter(move |(s, _)| *s == source).map(|(_, destination)| destination)
}

fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?)).filter(|(_, destination)| !destination.is_empty())
    })
}

fn json(first: &str, second: &str) -> Option<&'static str> {
    lines::find(TABLE, |line| {
        let mut fields = line.split('\t');
        let found = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        found.cmp(&(first, second))
    })
    .and_then(|line| line.splitn(3, '\t').nth(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_and_properties_are_json() {
        let profile = profile("AWS::Lambda::Function", "AWS::DynamoDB::Table").unwrap();
        let json: serde_json::Value = serde_json::from_str(profile).unwrap();
        assert_eq!(json["Type"], "AWS_IAM_ROLE_MANAGED_POLICY");
        assert!(resource_properties("AWS::Lambda::Function").is_some());
        assert!(super::profile("AWS::Lambda::Function", "").is_none());
    }

    #[test]
    fn every_pair_is_found() {
        assert!(sources().all(|s| destinations(s).all(|d| profile(s, d).is_some())));
        assert!(destinations("AWS::Lambda::Function").any(|d| d == "AWS::SQS::Queue"));
        assert!(sources().count() > 5);
    }
}
