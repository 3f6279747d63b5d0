//! The edits of a round: which can be made together, and the texts that they make. All of it costs what sorting
//! the edits costs, and reading each changed text once; only edits that leave text that cannot be read cost more.

use std::collections::BTreeMap;

use samc_base::{Diagnostics, Edit, FileId, SourceMap, Span};
use samc_syntax::ParseOptions;

use super::Texts;

/// The edits that fixes have taken so far, by their places. Edits of one place are in the order in which they are
/// written there.
#[derive(Default)]
pub(super) struct Taken<'a>(BTreeMap<Span, Vec<&'a Edit>>);

/// How a fix stands to those taken before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is one of them.
    Taken,
    /// It changes what one of them changes.
    Busy,
    /// Nothing is in its way.
    Free,
}

impl<'a> Taken<'a> {
    /// Whether the edits of a fix can be made beside those taken.
    pub(super) fn ask(&self, edits: &[Edit]) -> Answer {
        if edits.iter().all(|edit| self.0.get(&edit.span).is_some_and(|all| all.contains(&edit))) {
            return Answer::Taken;
        }
        if edits.iter().all(|edit| self.is_free(edit)) { Answer::Free } else { Answer::Busy }
    }

    /// True where no edit is within reach of this one. Whole new lines can be put at one place one after the other.
    fn is_free(&self, edit: &Edit) -> bool {
        let span = edit.span;
        let before = Span { end: span.start, ..span };
        let left = self.0.range(..before).next_back();
        let mut right = self.0.range(before..);
        if left.is_some_and(|(other, _)| touch(*other, span)) {
            return false;
        }
        match right.next() {
            Some((other, all)) if *other == span && span.is_empty() => {
                all.iter().all(|other| line_of(other).is_some()) && line_of(edit).is_some()
                    // What comes next begins further on.
                    && right.next().is_none_or(|(next, _)| !touch(*next, span))
            }
            Some((other, _)) => !touch(*other, span),
            None => true,
        }
    }

    /// Takes the edits of a fix.
    pub(super) fn take(&mut self, edits: &'a [Edit]) {
        for edit in edits {
            let all = self.0.entry(edit.span).or_default();
            // What is deeper belongs to what stands above, and comes before what ends it.
            let at = all.iter().take_while(|other| line_of(other) >= line_of(edit)).count();
            all.insert(at, edit);
        }
    }

    /// Gives the edits of a fix back.
    pub(super) fn give_back(&mut self, edits: &[Edit]) {
        for edit in edits {
            if let Some(all) = self.0.get_mut(&edit.span) {
                all.retain(|other| !std::ptr::eq(*other, edit));
                if all.is_empty() {
                    self.0.remove(&edit.span);
                }
            }
        }
    }

    /// The files that are changed, with their texts, each in its own way of ending lines.
    pub(super) fn texts(&self, sources: &SourceMap) -> Vec<(FileId, String)> {
        let mut files: Vec<FileId> = self.0.keys().map(|span| span.file).collect();
        files.dedup();
        files.into_iter().map(|file| (file, self.text(file, sources))).collect()
    }

    fn text(&self, file: FileId, sources: &SourceMap) -> String {
        let old = sources.file(file).text();
        let has_returns = old.contains("\r\n");
        let (mut text, mut done) = (String::with_capacity(old.len()), 0);
        for (span, edits) in
            self.0.range(Span { file, start: 0, end: 0 }..).take_while(|(s, _)| s.file == file)
        {
            text.push_str(old.get(done..span.start as usize).unwrap_or_default());
            for edit in edits {
                match has_returns {
                    true => text.push_str(&edit.text.replace('\n', "\r\n")),
                    false => text.push_str(&edit.text),
                }
            }
            done = span.end as usize;
        }
        text.push_str(old.get(done..).unwrap_or_default());
        text
    }
}

/// Leaves out the fixes that make text that cannot be read, and says how many remain. Where all together can be
/// read that is asked once; otherwise each half of them is looked at by itself.
pub(super) fn keep_readable<'a>(
    taken: &mut Taken<'a>,
    fixes: &[&'a [Edit]],
    is_readable: &mut dyn FnMut(&Taken<'a>) -> bool,
) -> usize {
    if fixes.is_empty() || is_readable(taken) {
        return fixes.len();
    }
    let (one, other) = fixes.split_at(fixes.len() / 2);
    other.iter().for_each(|edits| taken.give_back(edits));
    if one.is_empty() {
        return 0;
    }
    let kept = keep_readable(taken, one, is_readable);
    other.iter().for_each(|edits| taken.take(edits));
    kept + keep_readable(taken, other, is_readable)
}

/// Whether each changed file can be read as well as before. `before` has the faults of the files as they are.
pub(super) fn is_readable(
    taken: &Taken<'_>,
    sources: &SourceMap,
    before: &mut BTreeMap<FileId, usize>,
) -> bool {
    taken.texts(sources).into_iter().all(|(file, text)| {
        let after = faults(&text);
        after == 0 || after <= *before.entry(file).or_insert_with(|| faults(sources.file(file).text()))
    })
}

fn faults(text: &str) -> usize {
    let mut map = SourceMap::default();
    let file = map.add("text", text);
    let mut found = Diagnostics::default();
    samc_syntax::parse(map.file(file), &ParseOptions::default(), &mut found);
    found.error_count()
}

/// The texts by the names of the files.
pub(super) fn by_name(texts: Vec<(FileId, String)>, sources: &SourceMap) -> Texts {
    texts.into_iter().map(|(file, text)| (sources.file(file).name().to_owned(), text)).collect()
}

/// True where two edits cannot both be made.
fn touch(a: Span, b: Span) -> bool {
    a.file == b.file && a.start <= b.end && b.start <= a.end
}

/// For an edit that puts whole lines after a line: by how much they are indented.
fn line_of(edit: &Edit) -> Option<usize> {
    let line = edit.text.strip_prefix('\n').filter(|_| edit.span.is_empty())?;
    Some(line.len() - line.trim_start_matches(' ').len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file, and edits that each put a text in place of so many bytes at an offset.
    fn edits(text: &str, all: &[(u32, u32, &str)]) -> (SourceMap, Vec<Vec<Edit>>) {
        let mut sources = SourceMap::default();
        let file = sources.add("template.yaml", text);
        let edit = |(start, length, text): &(u32, u32, &str)| {
            vec![Edit { span: Span::new(file, *start, start + length), text: (*text).to_owned() }]
        };
        (sources, all.iter().map(edit).collect())
    }

    fn made(sources: &SourceMap, all: &[Vec<Edit>]) -> String {
        let mut taken = Taken::default();
        for edits in all {
            if taken.ask(edits) == Answer::Free {
                taken.take(edits);
            }
        }
        taken.texts(sources).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn of_edits_that_touch_the_first_is_made() {
        let (sources, all) =
            edits("abcdef", &[(0, 2, "X"), (1, 2, "no"), (2, 0, "no"), (3, 1, "Y"), (3, 1, "Y")]);
        assert_eq!(made(&sources, &all), "XcYef");
    }

    #[test]
    fn lines_at_one_place_come_one_after_the_other_and_deeper_ones_first() {
        let end = 9;
        let (sources, all) = edits(
            "a:\n  b: 1\n",
            &[(end, 0, "\nc: 2"), (end, 0, "\n  d: 3"), (end, 0, ", e"), (end, 0, "\nf: 4")],
        );
        assert_eq!(made(&sources, &all), "a:\n  b: 1\n  d: 3\nc: 2\nf: 4\n");
    }

    #[test]
    fn text_is_read_once_where_nothing_is_wrong_with_it_and_seldom_otherwise() {
        let places: Vec<(u32, u32, &str)> = (0..1000).map(|n| (n * 2, 1, "y")).collect();
        let (_, all) = edits(&"x ".repeat(1000), &places);
        for bad in [None, Some(613)] {
            let mut taken = Taken::default();
            all.iter().for_each(|edits| taken.take(edits));
            let fixes: Vec<&[Edit]> = all.iter().map(Vec::as_slice).collect();
            let mut asked = 0;
            let kept = keep_readable(&mut taken, &fixes, &mut |taken| {
                asked += 1;
                bad.is_none_or(|bad: usize| taken.ask(&all[bad]) != Answer::Taken)
            });
            assert_eq!(kept, if bad.is_some() { 999 } else { 1000 });
            // Once, or twice for each halving of a thousand.
            assert!(asked <= if bad.is_some() { 21 } else { 1 }, "{asked}");
        }
    }
}
