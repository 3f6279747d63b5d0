//! Lambda's runtimes, and the days on which AWS stops supporting, creating and updating them.

use crate::lines;

const TABLE: &str = include_str!("../tables/runtimes.txt");
const SOURCE: &str = include_str!("../tables/runtimes.source.toml");

/// A runtime. Days are `YYYY-MM-DD`, so that they compare as text; none where AWS has announced
/// nothing. AWS moves the later two now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runtime {
    /// The identifier, such as `python3.13`.
    pub name: &'static str,
    /// From this day on there are no more fixes.
    pub deprecated: Option<&'static str>,
    /// From this day on no function can be created with it.
    pub block_create: Option<&'static str>,
    /// From this day on no function with it can be updated.
    pub block_update: Option<&'static str>,
    /// The identifier to move to, once it is deprecated.
    pub successor: Option<&'static str>,
}

/// The runtime of an identifier.
pub fn runtime(name: &str) -> Option<Runtime> {
    lines::find(TABLE, lines::by_first(name)).and_then(read)
}

/// Every runtime that there is or was, sorted by identifier.
pub fn all() -> impl Iterator<Item = Runtime> {
    TABLE.lines().filter_map(read)
}

fn read(line: &'static str) -> Option<Runtime> {
    let mut fields = line.split('\t');
    let name = fields.next()?;
    let mut field = || fields.next().filter(|f| !f.is_empty());
    let (deprecated, block_create, block_update, successor) = (field(), field(), field(), field());
    Some(Runtime { name, deprecated, block_create, block_update, successor })
}

/// The day on which the table held, as `YYYY-MM-DD`.
pub fn as_of() -> &'static str {
    lines::as_of(SOURCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_has_its_dates() {
        let old = runtime("nodejs14.x").unwrap();
        assert_eq!((old.deprecated, old.successor), (Some("2023-12-04"), Some("nodejs24.x")));
        assert!(runtime("python3.13").unwrap().block_update.is_some());
        assert_eq!(runtime("cobol"), None);
    }

    #[test]
    fn every_date_is_one() {
        for found in all() {
            assert_eq!(runtime(found.name), Some(found));
            for date in [found.deprecated, found.block_create, found.block_update].into_iter().flatten() {
                assert!(date.len() == 10 && date.starts_with("20"), "{found:?}");
            }
        }
    }
}
