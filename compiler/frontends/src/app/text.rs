//! `${...}` in texts: the parts of a text, and the expression that they make.

use samc_base::Span;
use samc_ir::{Expr, Map};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// Text that stands for itself.
    Literal(String),
    /// What stands between `${` and `}`, and where in the text the `$` is, in bytes.
    Reference { path: &'a str, offset: usize },
}

/// Takes a text apart. `$${` stands for `${` itself. The error is the place of a `${` without an end or
/// without content.
pub(super) fn segments(text: &str) -> Result<Vec<Segment<'_>>, usize> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = 0;
    while let Some(found) = text.get(rest..).and_then(|t| t.find("${")) {
        let at = rest + found;
        let before = &text[rest..at];
        if let Some(before) = before.strip_suffix('$') {
            literal.push_str(before);
            literal.push_str("${");
            rest = at + 2;
            continue;
        }
        literal.push_str(before);
        let end = text[at..].find('}').map(|e| at + e).ok_or(at)?;
        let path = text[at + 2..end].trim();
        if path.is_empty() || path.contains(['$', '{', '\n', ' ']) {
            return Err(at);
        }
        if !literal.is_empty() {
            parts.push(Segment::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Segment::Reference { path, offset: at });
        rest = end + 1;
    }
    literal.push_str(text.get(rest..).unwrap_or_default());
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Segment::Literal(literal));
    }
    Ok(parts)
}

/// The place of a reference inside a text, where the text is written as it is; else that of the whole text.
pub(super) fn place(span: Option<Span>, text: &str, offset: usize, len: usize) -> Option<Span> {
    let span = span?;
    let before = match (span.len() as usize).checked_sub(text.len()) {
        Some(0) => 0,
        // Quotes.
        Some(2) => 1,
        _ => return Some(span),
    };
    Some(span.part((offset + before) as u32, len as u32))
}

/// A part of a text once its references are resolved.
pub(super) enum Part {
    /// Text.
    Text(String),
    /// A value.
    Value(Expr),
}

/// Puts the parts of a text together: a text, the value alone, or `Fn::Sub`.
pub(super) fn join(parts: Vec<Part>) -> Expr {
    let mut parts = merge(parts);
    match parts.as_slice() {
        [] => return Expr::from(""),
        [_] => match parts.remove(0) {
            Part::Text(text) => return text.into(),
            Part::Value(value) => return value,
        },
        _ => {}
    }
    let mut text = String::new();
    let mut variables = Map::new();
    for part in parts {
        match part {
            Part::Text(literal) => text.push_str(&literal.replace("${", "${!")),
            Part::Value(value) => match in_sub(&value) {
                Some(inner) => text.push_str(&inner),
                None => {
                    let name = format!("Part{}", variables.len() + 1);
                    text.push_str(&format!("${{{name}}}"));
                    variables.insert(name, value);
                }
            },
        }
    }
    if variables.is_empty() { Expr::sub(text) } else { Expr::sub_with(text, variables) }
}

/// Joins neighbouring texts.
fn merge(parts: Vec<Part>) -> Vec<Part> {
    let mut merged: Vec<Part> = Vec::new();
    for part in parts {
        let part = match part {
            Part::Value(value) => match value.as_str() {
                Some(text) => Part::Text(text.to_owned()),
                None => Part::Value(value),
            },
            text @ Part::Text(_) => text,
        };
        match (merged.last_mut(), part) {
            (Some(Part::Text(last)), Part::Text(more)) => last.push_str(&more),
            (_, part) => merged.push(part),
        }
    }
    merged
}

/// How a value is written inside `Fn::Sub`, if it can be.
fn in_sub(value: &Expr) -> Option<String> {
    if let Some(name) = value.as_ref_to() {
        return Some(format!("${{{name}}}"));
    }
    if let Some((resource, attribute)) = value.as_get_att() {
        return Some(format!("${{{resource}.{attribute}}}"));
    }
    match value.as_sub() {
        Some((text, None)) => Some(text.to_owned()),
        _ => None,
    }
}

/// A value followed by a text, such as an ARN and `/*`.
pub(super) fn followed_by(value: Expr, text: &str) -> Expr {
    let span = value.span;
    join(vec![Part::Value(value), Part::Text(text.to_owned())]).with_span(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_apart() {
        let reference = |path, offset| Segment::Reference { path, offset };
        assert_eq!(segments("plain"), Ok(vec![Segment::Literal("plain".into())]));
        assert_eq!(segments(""), Ok(vec![Segment::Literal(String::new())]));
        assert_eq!(segments("${a.b}"), Ok(vec![reference("a.b", 0)]));
        assert_eq!(
            segments("x ${a} $${b} $1"),
            Ok(vec![Segment::Literal("x ".into()), reference("a", 2), Segment::Literal(" ${b} $1".into())])
        );
        assert_eq!(segments("ab ${c"), Err(3));
        assert_eq!(segments("${}"), Err(0));
        assert_eq!(segments("${a ${b}}"), Err(0));
    }

    #[test]
    fn parts_come_together() {
        let value = |e: Expr| Part::Value(e);
        assert_eq!(join(vec![value(Expr::reference("A"))]), Expr::reference("A"));
        assert_eq!(
            join(vec![value(Expr::get_att("A", "Arn")), Part::Text("/${x}/*".into())]),
            Expr::sub("${A.Arn}/${!x}/*")
        );
        assert_eq!(join(vec![value("a".into()), Part::Text("b".into())]), Expr::from("ab"));
    }
}
