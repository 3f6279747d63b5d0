//! The actions that IAM policies can name, and which of them can be narrowed to named resources.
//!
//! Names are compared in small letters, as IAM does.

use crate::lines;

const TABLE: &str = include_str!("../tables/iam_actions.txt");

/// The actions of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    narrow: &'static str,
    wide: &'static str,
}

/// The service of a prefix in small letters, such as `dynamodb`.
pub fn service(prefix: &str) -> Option<Service> {
    let mut fields = lines::find(TABLE, lines::by_first(prefix))?.split('\t').skip(1);
    Some(Service { narrow: fields.next()?, wide: fields.next()? })
}

impl Service {
    /// The actions that take the ARN of a resource, in small letters.
    pub fn on_resources(self) -> impl Iterator<Item = &'static str> {
        self.narrow.split(' ').filter(|a| !a.is_empty())
    }

    /// The actions that are for every resource or none, in small letters.
    pub fn on_all(self) -> impl Iterator<Item = &'static str> {
        self.wide.split(' ').filter(|a| !a.is_empty())
    }

    /// Every action.
    pub fn actions(self) -> impl Iterator<Item = &'static str> {
        self.on_resources().chain(self.on_all())
    }
}

/// The prefixes of services, sorted.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.split('\t').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_found_and_told_apart() {
        let table = service("dynamodb").unwrap();
        assert!(table.on_resources().any(|a| a == "getitem"));
        assert!(table.on_all().any(|a| a == "listtables"));
        assert!(table.actions().all(|a| a != "getitems"));
        assert_eq!(service("dynamo"), None);
        assert!(prefixes().all(|p| service(p).is_some_and(|s| s.actions().next().is_some() || p != "s3")));
    }
}
