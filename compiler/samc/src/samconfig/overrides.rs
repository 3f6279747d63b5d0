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
        .help("write Name=Value with blanks between the pairs, and a value with blanks, or an empty one, in double quotes")
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
        let length = length_of_word(rest);
        let (word, place) = (rest.get(..length).unwrap_or(rest), within(span, text, at, length));
        match pair(word) {
            Some((name, value)) => values.push(Override { name, value, span: place }),
            None => {
                faults.push(malformed(place, &format!("holds `{word}`, which gives no value to a name")));
            }
        }
        at += length.max(1);
    }
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
