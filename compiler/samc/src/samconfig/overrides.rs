//! `parameter_overrides`: one text of `Name=Value` pairs, a list of them, or a mapping.
//!
//! The quoting is SAM CLI's: a value with blanks stands in double quotes, a backslash takes what
//! follows it literally, and the older form `ParameterKey=Name,ParameterValue=Value` is read too.

use samc_base::{Diagnostic, Span, codes};
use samc_syntax::{Node, NodeKind};

use super::Override;

/// The values, and what is wrong with those that cannot be read.
pub(super) fn read(node: &Node) -> (Vec<Override>, Vec<Diagnostic>) {
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    match &node.kind {
        NodeKind::Scalar(scalar) => pairs(&scalar.text, node.span, &mut values, &mut faults),
        NodeKind::Sequence(items) => {
            for item in items {
                match item.as_scalar() {
                    Some(scalar) => pairs(&scalar.text, item.span, &mut values, &mut faults),
                    None => mapping(item, &mut values, &mut faults),
                }
            }
        }
        NodeKind::Mapping(_) => mapping(node, &mut values, &mut faults),
    }
    (values, faults)
}

fn mapping(node: &Node, values: &mut Vec<Override>, faults: &mut Vec<Diagnostic>) {
    let Some(entries) = node.as_mapping() else {
        faults.push(malformed(node.span, "is a list within the list"));
        return;
    };
    for entry in entries {
        match entry.value.as_scalar() {
            Some(scalar) => values.push(Override {
                name: entry.key.to_string(),
                value: scalar.text.to_string(),
                span: entry.key_span,
            }),
            None => faults.push(malformed(
                entry.value.span,
                &format!("gives {} to `{}`, and a parameter takes text", entry.value.kind_name(), entry.key),
            )),
        }
    }
}

fn malformed(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error(codes::MALFORMED_CONFIG, format!("parameter_overrides {what}"))
        .at(span, "not Name=Value")
        .help("write Name=Value pairs with blanks between them, and a value with blanks in double quotes")
}

/// Reads `Name=Value Other="with blanks"`.
fn pairs(text: &str, span: Span, values: &mut Vec<Override>, faults: &mut Vec<Diagnostic>) {
    if let Some(path) = text.trim().strip_prefix("file://") {
        faults.push(
            malformed(span, &format!("names the file `{path}`, which samc does not read from here"))
                .help(format!("give it on the command line: --params {path}")),
        );
        return;
    }
    let mut at = 0;
    loop {
        at += text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { return };
        let (word, length) = word(rest, ' ');
        let place = within(span, text, at, length);
        match pair(&word, rest.get(..length).unwrap_or(rest)) {
            Some((name, value)) => values.push(Override { name, value, span: place }),
            None => {
                let shown = rest.get(..length).unwrap_or(rest);
                faults.push(malformed(place, &format!("holds `{shown}`, which gives no value to a name")));
            }
        }
        at += length.max(1);
    }
}

/// The text up to the delimiter, quotes and backslashes carried out, and how many bytes it takes.
fn word(text: &str, delimiter: char) -> (String, usize) {
    let (mut word, mut quoted) = (String::new(), false);
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                // Only blanks and quotes lose their backslash; in `C:\temp` it is meant.
                Some((_, next)) if next == ' ' || next == '"' => word.push(next),
                Some((_, next)) => word.extend(['\\', next]),
                None => word.push('\\'),
            },
            '"' => quoted = !quoted,
            c if !quoted && (c == delimiter || c.is_whitespace()) => return (word, index),
            c => word.push(c),
        }
    }
    (word, text.len())
}

/// Name and value of one pair, without single quotes around the whole of either.
fn pair(word: &str, raw: &str) -> Option<(String, String)> {
    let unquoted = |text: &str| {
        let inner = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
        inner.unwrap_or(text).to_owned()
    };
    let (name, value) = match raw.strip_prefix("ParameterKey=") {
        Some(rest) => {
            let (name, length) = self::word(rest, ',');
            let value = rest.get(length..)?.strip_prefix(",ParameterValue=")?;
            (name, self::word(value, ' ').0)
        }
        None => word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))?,
    };
    let name = unquoted(&name);
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    fits.then(|| (name, unquoted(&value)))
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
        let span = Span::new(samc_base::FileId(0), 0, text.len() as u32);
        let (mut values, mut faults) = (Vec::new(), Vec::new());
        pairs(text, span, &mut values, &mut faults);
        let mut found: Vec<_> = values.into_iter().map(|v| (v.name, v.value)).collect();
        found.extend(faults.into_iter().map(|_| ("FAULT".to_owned(), String::new())));
        found
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn the_quoting_is_that_of_sam_cli() {
        assert_eq!(read("A=1 B=2"), owned(&[("A", "1"), ("B", "2")]));
        assert_eq!(read(r#"A="x y" B=a\ b C="q\"r""#), owned(&[("A", "x y"), ("B", "a b"), ("C", "q\"r")]));
        assert_eq!(read(r#""A"="1" 'B'='2'"#), owned(&[("A", "1"), ("B", "2")]));
        assert_eq!(read("A=x=y B="), owned(&[("A", "x=y"), ("B", "")]));
        assert_eq!(
            read(r#"ParameterKey=A,ParameterValue=1,2 ParameterKey="B",ParameterValue="c d""#),
            owned(&[("A", "1,2"), ("B", "c d")])
        );
        assert_eq!(read("A=1\n  B=2 \n"), owned(&[("A", "1"), ("B", "2")]));
        assert_eq!(read("A B=2"), owned(&[("B", "2"), ("FAULT", "")]));
        assert_eq!(read("A='x y'"), owned(&[("A", "'x"), ("FAULT", "")]));
    }
}
