//! The C library under a runtime, which says which wheels and programs it can load.

use crate::lines;

const TABLE: &str = include_str!("../tables/glibc.txt");

/// That of the systems of today's runtimes, for those that the table does not have yet.
const LATEST: u32 = 34;

/// The minor version of the C library under a runtime such as `python3.13`: 34 is glibc 2.34.
pub fn minor_version(runtime: &str) -> u32 {
    let line = lines::find(TABLE, lines::by_first(runtime));
    line.and_then(|line| line.split('\t').nth(1)?.parse().ok()).unwrap_or(LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_runtimes_have_an_old_library() {
        assert_eq!(
            ["python3.11", "python3.12", "python3.8", "python3.99"].map(minor_version),
            [26, 34, 26, 34]
        );
    }
}
