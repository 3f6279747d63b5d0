//! Properties that may name a local file or folder, which packaging puts where a service reads it.

use crate::lines;

const TABLE: &str = include_str!("../tables/local_paths.txt");

/// True where the property of a resource type may be a local path in place of what its schema says.
/// Properties within properties have `/` between them.
pub fn may_be_local(resource_type: &str, property: &str) -> bool {
    lines::find(TABLE, |line| line.split_once('\t').unwrap_or_default().cmp(&(resource_type, property)))
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_may_be_local_and_names_may_not() {
        assert!(may_be_local("AWS::Lambda::Function", "Code"));
        assert!(!may_be_local("AWS::Lambda::Function", "Role"));
        for line in TABLE.lines() {
            let (resource_type, property) = line.split_once('\t').unwrap();
            assert!(may_be_local(resource_type, property), "{line}");
        }
    }
}
