//! `parameter_overrides`: texts of `Name=Value` pairs, mappings, lists of them, and files with them.
//!
//! The quoting is SAM CLI's: a value with blanks stands in double quotes, a backslash takes what
//! follows it literally, and the older form `ParameterKey=Name,ParameterValue=Value` is read too.
//! Source: aws-sam-cli 1.170, the type of its option `--parameter-overrides`.

use std::path::{Path, PathBuf};

use samc_base::{Diagnostic, Diagnostics, SourceMap, Span, codes};
use samc_syntax::{Entry, Node, NodeKind, Style};

use super::Override;

/// What a text that names a file begins with.
const FILE: &str = "file://";

/// The key of a mapping that names further files.
const INCLUDE: &str = "$include";

/// Reads values, from files as well.
pub(super) struct Reader<'r> {
    /// The files of the run.
    pub(super) sources: &'r mut SourceMap,
    /// What is wrong with values that cannot be read.
    pub(super) found: &'r mut Diagnostics,
    /// The values so far.
    pub(super) values: Vec<Override>,
    /// The files being read, the innermost last.
    pub(super) files: Vec<PathBuf>,
}

impl Reader<'_> {
    /// Reads what a node gives.
    pub(super) fn read(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Scalar(scalar) => match scalar.text.trim().strip_prefix(FILE) {
                Some(path) => self.file(path, node.span),
                None => self.pairs(&scalar.text, node.span),
            },
            NodeKind::Sequence(items) => items.iter().for_each(|item| self.read(item)),
            NodeKind::Mapping(entries) => entries.iter().for_each(|entry| self.entry(entry)),
        }
    }

    fn entry(&mut self, entry: &Entry) {
        if &*entry.key == INCLUDE {
            return self.read(&entry.value);
        }
        let value = match &entry.value.kind {
            NodeKind::Scalar(_) => Some(text_of(&entry.value)),
            // A parameter that is a list takes its items with commas between them.
            NodeKind::Sequence(items) => {
                let all: Option<Vec<String>> = items
                    .iter()
                    .map(|item| item.as_scalar().map(|_| text_of(item).trim().to_owned()))
                    .collect();
                all.map(|mut all| {
                    all.retain(|item| !item.is_empty());
                    all.join(",")
                })
            }
            NodeKind::Mapping(_) => None,
        };
        match value {
            Some(value) => {
                self.values.push(Override { name: entry.key.to_string(), value, span: entry.key_span });
            }
            None => {
                let what = entry.value.kind_name();
                let message = format!("gives {what} to `{}`, and a parameter takes text", entry.key);
                self.found.push(malformed(entry.value.span, &message));
            }
        }
    }

    /// Reads a file of values. Its path is seen from the current folder, or from the file that
    /// names it.
    fn file(&mut self, written: &str, span: Span) {
        let folder = self.files.last().and_then(|file| file.parent()).unwrap_or(Path::new(""));
        let path = folder.join(written);
        let name = path.display().to_string();
        if self.files.contains(&path) {
            self.found.push(malformed(span, &format!("reads `{name}` while it is being read")));
            return;
        }
        let text = match crate::input::read(&name) {
            Ok(text) => text,
            Err(no_text) => {
                self.found.push(no_text.diagnostic.at(span, "named here"));
                return;
            }
        };
        if let Some(root) = super::parse(&name, text, self.sources, self.found) {
            self.files.push(path);
            self.read(&root);
            self.files.pop();
        }
    }

    /// Reads `Name=Value Other="with blanks"`.
    fn pairs(&mut self, text: &str, span: Span) {
        let mut at = 0;
        loop {
            at += text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
            let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { return };
            let length = length_of_word(rest);
            let (word, place) = (rest.get(..length).unwrap_or(rest), within(span, text, at, length));
            match pair(word) {
                Some((name, value)) => self.values.push(Override { name, value, span: place }),
                None => {
                    let message = format!("holds `{word}`, which gives no value to a name");
                    self.found.push(malformed(place, &message));
                }
            }
            at += length.max(1);
        }
    }
}

/// A scalar as SAM CLI turns it to text: truth values come from Python.
fn text_of(node: &Node) -> String {
    let Some(scalar) = node.as_scalar() else { return String::new() };
    match &*scalar.text {
        "null" | "~" if scalar.style == Style::Plain => String::new(),
        "true" | "True" | "TRUE" if scalar.style == Style::Plain => "True".to_owned(),
        "false" | "False" | "FALSE" if scalar.style == Style::Plain => "False".to_owned(),
        text => text.to_owned(),
    }
}

fn malformed(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error(codes::MALFORMED_CONFIG, format!("parameter_overrides {what}"))
        .at(span, "not Name=Value")
        .help("write Name=Value with blanks between the pairs, and a value with blanks, or an empty one, in double quotes")
}

/// How many bytes there are up to the next blank that is neither quoted nor taken literally.
fn length_of_word(text: &str) -> usize {
    let mut quoted = false;
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => return index,
            _ => {}
        }
    }
    text.len()
}

/// Name and value of one pair.
fn pair(word: &str) -> Option<(String, String)> {
    let (name, value) = match word.strip_prefix("ParameterKey=") {
        Some(rest) => rest.split_once(",ParameterValue=")?,
        None => word.split_once('=')?,
    };
    let quotes = ['"', '\''].into_iter();
    let name = quotes.fold(name, |name, quote| {
        name.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(name)
    });
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    Some((name.to_owned(), value_of(value)?)).filter(|_| fits)
}

/// A value without its quotes and backslashes: all of it in double quotes, or none of it. SAM CLI
/// drops what stands beside a quoted part, and refuses an empty value without quotes.
fn value_of(raw: &str) -> Option<String> {
    let inner = raw.strip_prefix('"').map(|rest| rest.strip_suffix('"'));
    let text = match inner {
        Some(inner) => inner?,
        None => raw,
    };
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            // Only blanks and quotes lose their backslash; in `C:\temp` it is meant.
            '\\' => match characters.next()? {
                next @ (' ' | '"' | '\'') => value.push(next),
                next => value.extend(['\\', next]),
            },
            '"' => return None,
            c => value.push(c),
        }
    }
    if inner.is_some() {
        return Some(value);
    }
    let single = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    Some(single.map_or_else(|| value.clone(), str::to_owned)).filter(|_| !text.is_empty())
}

/// The place of a part of a text that stands in the file as it is, quoted or not.
fn within(span: Span, text: &str, offset: usize, length: usize) -> Span {
    let quote = match (span.len() as usize).checked_sub(text.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return span,
    };
    span.part((quote + offset) as u32, length as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let (mut sources, mut found) = (SourceMap::default(), Diagnostics::default());
        let span = Span::new(sources.add("samconfig.toml", text), 0, text.len() as u32);
        let mut reader =
            Reader { sources: &mut sources, found: &mut found, values: Vec::new(), files: Vec::new() };
        reader.pairs(text, span);
        let mut values: Vec<_> = reader.values.into_iter().map(|v| (v.name, v.value)).collect();
        values.extend(found.iter().map(|_| ("FAULT".to_owned(), String::new())));
        values
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn the_quoting_is_that_of_sam_cli() {
        assert_eq!(read("A=1 B=2"), owned(&[("A", "1"), ("B", "2")]));
        assert_eq!(read(r#"A="x y" B=a\ b C="q\"r""#), owned(&[("A", "x y"), ("B", "a b"), ("C", "q\"r")]));
        assert_eq!(read(r#""A"="1" 'B'='2'"#), owned(&[("A", "1"), ("B", "2")]));
        assert_eq!(read(r#"A=x=y B="""#), owned(&[("A", "x=y"), ("B", "")]));
        for wrong in ["A=", r#"A=x"y z""#, r#"A="x"#, r#"A="x"y"#, "=x", "A"] {
            assert_eq!(read(wrong), owned(&[("FAULT", "")]), "{wrong}");
        }
        assert_eq!(
            read(r#"ParameterKey=A,ParameterValue=1,2 ParameterKey="B",ParameterValue="c d""#),
            owned(&[("A", "1,2"), ("B", "c d")])
        );
        assert_eq!(read("A=1\n  B=2 \n"), owned(&[("A", "1"), ("B", "2")]));
        assert_eq!(read("A B=2"), owned(&[("B", "2"), ("FAULT", "")]));
        assert_eq!(read("A='x y'"), owned(&[("A", "'x"), ("FAULT", "")]));
    }
}
