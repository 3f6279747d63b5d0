//! Services that AWS has in scope of programmes such as PCI DSS, by the first two parts of their types.

use crate::lines;

const TABLE: &str = include_str!("../tables/scopes.txt");
const SOURCE: &str = include_str!("../tables/scopes.source.toml");

/// True where the service of a resource type is on the list of a programme (`hipaa` or `pci`).
pub fn is_in_scope(resource_type: &str, programme: &str) -> bool {
    let mut parts = resource_type.splitn(3, "::");
    let service = format!("{}::{}", parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let line = lines::find(TABLE, lines::by_first(&service));
    line.and_then(|l| l.split('\t').nth(1)).is_some_and(|all| all.split(' ').any(|p| p == programme))
}

/// The day on which the list held, as `YYYY-MM-DD`.
pub fn as_of() -> &'static str {
    lines::as_of(SOURCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_their_types() {
        assert!(is_in_scope("AWS::DynamoDB::Table", "pci") && is_in_scope("AWS::SQS::Queue", "hipaa"));
        assert!(
            !is_in_scope("AWS::Lightsail::Instance", "pci") && !is_in_scope("AWS::SQS::Queue", "fedramp")
        );
        assert_eq!(as_of().len(), 10);
    }
}
