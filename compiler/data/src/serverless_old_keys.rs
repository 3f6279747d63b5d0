//! Keys of a serverless.yml that the Framework calls deprecated or does not read any more.

const TABLE: &str = include_str!("../tables/serverless_old_keys.txt");

/// A key of old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The keys to it between dots; `*` for any.
    pub path: &'static str,
    /// The name of the deprecation, by which `disabledDeprecations` silences it.
    pub code: &'static str,
    /// True where it has an effect still.
    pub is_read: bool,
    /// True where any value of it is told, and not only one that is true.
    pub is_any: bool,
    /// What to do, as an order.
    pub to_do: &'static str,
}

/// Every key, sorted by its path.
pub fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let (path, code, effect) = (fields.next()?, fields.next()?, fields.next()?);
        let (is_read, is_any) = (effect.starts_with("read"), effect.ends_with("any"));
        Some(Row { path, code, is_read, is_any, to_do: fields.next()? })
    })
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn every_line_can_be_read() {
        assert_eq!(rows().count(), super::TABLE.lines().count());
        assert!(rows().is_sorted_by_key(|row| row.path));
        assert!(rows().all(|row| !row.to_do.is_empty()));
    }
}
