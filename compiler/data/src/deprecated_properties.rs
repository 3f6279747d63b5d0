//! Properties that the reference of CloudFormation calls deprecated or legacy, and what it names instead.

const TABLE: &str = include_str!("../tables/deprecated_properties.txt");

/// The deprecated properties of a type: path of keys, and what to write instead.
pub fn of(resource_type: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(move |line| {
        let mut fields = line.split('\t');
        if fields.next()? != resource_type {
            return None;
        }
        Some((fields.next()?, fields.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn every_line_can_be_read() {
        let types: Vec<&str> = super::TABLE.lines().filter_map(|l| l.split('\t').next()).collect();
        assert!(types.iter().all(|t| of(t).next().is_some()));
        assert!(of("AWS::S3::Bucket").any(|(path, _)| path == "AccessControl"));
        assert_eq!(of("AWS::SQS::Queue").next(), None);
    }
}
