//! The forms of names and addresses that AWS makes, such as the ARN of a role.

use crate::lines;

const TABLE: &str = include_str!("../tables/formats.txt");

/// A form, by the name that schemas have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// A regular expression that the whole text fits.
    pub pattern: &'static str,
    /// What it is in words: `the ARN of a role`.
    pub what: &'static str,
    /// One of them.
    pub example: &'static str,
}

/// The form of a name such as `AWS::IAM::Role.Arn`.
pub fn format(name: &str) -> Option<Format> {
    let line = lines::find(TABLE, lines::by_first(name))?;
    let mut fields = line.split('\t').skip(1);
    Some(Format { pattern: fields.next()?, what: fields.next()?, example: fields.next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_read() {
        let names: Vec<&str> = TABLE.lines().filter_map(|l| l.split('\t').next()).collect();
        assert!(names.is_sorted() && names.iter().all(|name| format(name).is_some()), "{names:?}");
        assert_eq!(format("AWS::SNS::Topic.Arn").map(|f| f.what), Some("the ARN of a topic"));
        assert_eq!(format("date-time"), None);
    }
}
