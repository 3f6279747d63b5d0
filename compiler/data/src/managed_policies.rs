//! The policies AWS manages, by name, with their ARNs in each partition.

use crate::lines;

const TABLE: &str = include_str!("../tables/managed_policies.txt");
const WIDE: &str = include_str!("../tables/wide_policies.txt");

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

/// The services of which a managed policy allows every action on every resource, as actions name them; `*`
/// for all services.
pub fn wide(name: &str) -> impl Iterator<Item = &'static str> {
    let line = lines::find(WIDE, lines::by_first(name));
    line.and_then(|line| line.split('\t').nth(1)).into_iter().flat_map(|services| services.split(' '))
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

    #[test]
    fn wide_policies_are_told_by_name() {
        let of = |name: &str| wide(name).collect::<Vec<_>>();
        assert_eq!(of("AdministratorAccess"), ["*"]);
        assert_eq!(of("AmazonSQSFullAccess"), ["sqs"]);
        assert_eq!(of("AWSLambdaBasicExecutionRole"), Vec::<&str>::new());
        let names: Vec<&str> = WIDE.lines().filter_map(|line| line.split('\t').next()).collect();
        assert!(names.is_sorted() && names.iter().all(|name| wide(name).next().is_some()));
    }
}
