//! The policies AWS manages, by name, with their ARNs in each partition.

use crate::lines;

const TABLE: &str = include_str!("../tables/managed_policies.txt");

/// The ARN of a managed policy in a partition such as `aws` or `aws-cn`; none where the table of
/// that partition does not have the name. Isolated regions' partitions have no table.
pub fn arn(partition: &str, name: &str) -> Option<String> {
    let line = lines::find(TABLE, lines::by_first(name))?;
    let mut fields = line.split('\t').skip(1);
    let (path, partitions) = (fields.next()?, fields.next()?);
    partitions
        .split(' ')
        .any(|p| p == partition)
        .then(|| format!("arn:{partition}:iam::aws:policy/{path}{name}"))
}

/// The names that exist in some partition, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.split('\t').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_their_path_and_partition() {
        assert_eq!(
            arn("aws", "AWSLambdaBasicExecutionRole").as_deref(),
            Some("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
        );
        assert_eq!(
            arn("aws-cn", "AmazonS3FullAccess").as_deref(),
            Some("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess")
        );
        assert_eq!(arn("aws", "NoSuchPolicy"), None);
        assert_eq!(arn("aws-iso", "AmazonS3FullAccess"), None);
    }

    #[test]
    fn every_name_is_found() {
        assert!(names().count() > 1000);
        assert!(
            names().all(|n| ["aws", "aws-cn", "aws-us-gov", "aws-eusc"].iter().any(|p| arn(p, n).is_some()))
        );
    }
}
