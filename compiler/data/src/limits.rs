//! Numbers that AWS's services set: limits, defaults, recommendations.

use crate::lines;

const TABLE: &str = include_str!("../tables/limits.txt");
const SOURCE: &str = include_str!("../tables/limits.source.toml");

/// A number with its unit, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The number.
    pub value: u64,
    /// Its unit: `s`, `MB`, `times`.
    pub unit: &'static str,
    /// A page of AWS's documentation, or a service model.
    pub source: &'static str,
}

/// A limit by name, such as `lambda.timeout.max`.
pub fn limit(name: &str) -> Option<Limit> {
    let line = lines::find(TABLE, lines::by_first(name))?;
    let mut fields = line.split('\t').skip(1);
    Some(Limit { value: fields.next()?.parse().ok()?, unit: fields.next()?, source: fields.next()? })
}

/// The names there are, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.split('\t').next())
}

/// The day on which the table held, as `YYYY-MM-DD`.
pub fn as_of() -> &'static str {
    lines::as_of(SOURCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_found() {
        assert!(names().all(|name| limit(name).is_some()));
        assert_eq!(limit("lambda.timeout.max").map(|l| (l.value, l.unit)), Some((900, "s")));
        assert_eq!(limit("lambda.timeout"), None);
    }
}
