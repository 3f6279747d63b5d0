//! Tables of text: sorted lines of fields between tabs, searched by halving without an index.

use std::cmp::Ordering;

/// The fields of the line whose first fields compare equal, or none.
///
/// `compare` tells how a line stands to the one wanted. The lines must be sorted by it.
pub(crate) fn find(table: &'static str, compare: impl Fn(&str) -> Ordering) -> Option<&'static str> {
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let middle = low + (high - low) / 2;
        // A line starts after the line break before the middle; halving by bytes ends up in long
        // lines more often, which costs nothing. Line breaks are one byte, so every cut is sound.
        let start =
            table.as_bytes()[low..middle].iter().rposition(|b| *b == b'\n').map_or(low, |i| low + i + 1);
        let end =
            table.as_bytes()[start..].iter().position(|b| *b == b'\n').map_or(table.len(), |i| start + i);
        let line = table.get(start..end)?;
        match compare(line) {
            Ordering::Equal => return Some(line),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

/// How the first field of a line stands to a name.
pub(crate) fn by_first<'n>(name: &'n str) -> impl Fn(&str) -> Ordering + 'n {
    move |line| line.split('\t').next().unwrap_or("").cmp(name)
}

/// The day on which a table held, from what stands beside it; empty where that says nothing.
pub(crate) fn as_of(source: &'static str) -> &'static str {
    let line = source.lines().find_map(|line| line.strip_prefix("as_of = \""));
    line.and_then(|rest| rest.strip_suffix('"')).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_others_are_not() {
        const TABLE: &str = "a\t1\nab\t2\nb\t3 with a long tail that halving lands in often\nc\t4\n";
        for name in ["a", "ab", "b", "c"] {
            assert!(find(TABLE, by_first(name)).is_some_and(|l| l.starts_with(&format!("{name}\t"))));
        }
        for name in ["", "0", "aa", "abc", "bb", "d"] {
            assert_eq!(find(TABLE, by_first(name)), None);
        }
        assert_eq!(find("", by_first("a")), None);
    }
}
