//! "Did you mean": the nearest of a set of names.

/// The candidate nearest to `wanted`, if it is near enough to be a slip of the keyboard: at most
/// two edits (a swap of neighbours counts as one), or the same name in other letter case.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wanted.chars().count();
    let limit = if length <= 2 { 1 } else { 2 };
    candidates
        .into_iter()
        // What differs more in length cannot be near; most candidates are put aside by this alone.
        .filter(|c| *c != wanted && c.chars().count().abs_diff(length) <= limit)
        .map(|c| (distance(wanted, c), c))
        .filter(|(d, c)| *d <= limit && *d < c.chars().count())
        .min_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)))
        .map(|(_, c)| c)
}

/// The candidate nearest to `wanted` where it is certainly what was meant: near, and no other as near.
pub fn nearest_certain<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const SHORTEST: usize = 3;
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = nearest(wanted, candidates.iter().copied()).filter(|_| wanted.chars().count() >= SHORTEST)?;
    let best = distance(wanted, near);
    // Two slips in a short word may as well be another word.
    let is_slip = best <= 1 || wanted.chars().count() >= 6;
    let is_only = candidates.iter().all(|c| *c == near || *c == wanted || distance(wanted, c) > best);
    (is_slip && is_only).then_some(near)
}

/// The `count` candidates nearest to `wanted`, nearest first, however far they are.
pub fn nearest_list<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    // No name is longer than this, and the time grows with the length.
    let wanted = wanted.char_indices().nth(100).map_or(wanted, |(end, _)| &wanted[..end]);
    let mut all: Vec<_> = candidates.into_iter().map(|c| (distance(wanted, c), c)).collect();
    all.sort();
    all.dedup();
    all.into_iter().take(count).map(|(_, c)| c).collect()
}

/// Edit distance with swaps of neighbours, letter case ignored but for a tie-break of one.
fn distance(a: &str, b: &str) -> usize {
    let a_chars: Vec<char> = a.to_lowercase().chars().collect();
    let b_chars: Vec<char> = b.to_lowercase().chars().collect();
    if a_chars == b_chars {
        return usize::from(a != b);
    }
    let (n, m) = (a_chars.len(), b_chars.len());
    let mut rows = vec![vec![0usize; m + 1]; n + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=n {
        for j in 1..=m {
            let same = usize::from(a_chars[i - 1] != b_chars[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a_chars[i - 1] == b_chars[j - 2] && a_chars[i - 2] == b_chars[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[n][m]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        assert_eq!(nearest("Runtme", ["Role", "Runtime", "Timeout"]), Some("Runtime"));
        assert_eq!(nearest("timeuot", ["timeout", "runtime"]), Some("timeout"));
        assert_eq!(nearest("runtime", ["Runtime"]), Some("Runtime"));
        assert_eq!(nearest("Bucket", ["Runtime", "Timeout"]), None);
        assert_eq!(nearest("x", ["y"]), None);
    }

    #[test]
    fn what_may_be_either_of_two_is_not_certain() {
        assert_eq!(nearest_certain("Runtme", ["Role", "Runtime", "Timeout"]), Some("Runtime"));
        assert_eq!(nearest_certain("Timeot", ["Timeout", "Timeost"]), None);
        assert_eq!(nearest_certain("kye", ["key"]), Some("key"));
        assert_eq!(nearest_certain("mode", ["node", "modes"]), None);
        assert_eq!(nearest_certain("rate", ["role"]), None);
    }
}
