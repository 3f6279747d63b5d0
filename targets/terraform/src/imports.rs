//! What Terraform asks for to take a resource over: the table in `tables/imports.toml`.
//!
//! A text there has holes: `{name}` is the value of an argument, `{id}` what the service knows the resource
//! by, `{@account}`, `{@region}` and `{@partition}` where the stack is. Behind a name, `/1` takes a piece
//! between slashes, `:1` and `|1` the same between colons and bars (counted from the end where negative),
//! and `~7` drops characters at the end.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

/// How resources of one type are imported.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Import {
    /// The id; the first of these counts whose arguments are there.
    #[serde(default)]
    pub(crate) id: Vec<String>,
    /// The values of arguments that CloudFormation made up.
    #[serde(default)]
    pub(crate) made: BTreeMap<String, String>,
    /// Why there is no id.
    #[serde(default)]
    pub(crate) cannot: Option<String>,
}

static TABLE: &str = include_str!("../tables/imports.toml");

/// How a type of the provider is imported.
pub(crate) fn of(kind: &str) -> Option<&'static Import> {
    static ROWS: OnceLock<FxHashMap<String, Import>> = OnceLock::new();
    ROWS.get_or_init(|| toml::from_str(TABLE).unwrap_or_default()).get(kind)
}

/// A hole of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hole<'t> {
    /// What is put there.
    pub(crate) name: &'t str,
    steps: Vec<(char, i32)>,
}

impl Hole<'_> {
    /// What is put there, from the whole value.
    pub(crate) fn cut(&self, value: &str) -> Option<String> {
        let mut text = value.to_owned();
        for (sign, number) in &self.steps {
            text = if *sign == '~' {
                let keep = text.chars().count().checked_sub(usize::try_from(*number).ok()?)?;
                text.chars().take(keep).collect()
            } else {
                let pieces: Vec<&str> = text.split(*sign).collect();
                let at = match usize::try_from(*number) {
                    Ok(at) => at,
                    Err(_) => pieces.len().checked_sub(usize::try_from(number.unsigned_abs()).ok()?)?,
                };
                (*pieces.get(at)?).to_owned()
            };
        }
        (!text.is_empty()).then_some(text)
    }
}

/// A piece of a text of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Characters.
    Text(&'t str),
    /// A value.
    Hole(Hole<'t>),
}

/// The pieces of a text; none where it is not of the form.
pub(crate) fn pieces(mut text: &str) -> Option<Vec<Piece<'_>>> {
    let mut found = Vec::new();
    while let Some((before, rest)) = text.split_once('{') {
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        let (inner, after) = rest.split_once('}')?;
        let end = inner.find(['/', ':', '|', '~']).unwrap_or(inner.len());
        let (name, mut steps_text) = inner.split_at(end);
        let mut steps = Vec::new();
        while let Some(sign) = steps_text.chars().next() {
            let rest = &steps_text[sign.len_utf8()..];
            let end = rest.find(['/', ':', '|', '~']).unwrap_or(rest.len());
            steps.push((sign, rest[..end].parse().ok()?));
            steps_text = &rest[end..];
        }
        found.push(Piece::Hole(Hole { name, steps }));
        text = after;
    }
    if !text.is_empty() {
        found.push(Piece::Text(text));
    }
    Some(found)
}

/// Every row.
#[cfg(test)]
pub(crate) fn all() -> Result<BTreeMap<String, Import>, toml::de::Error> {
    toml::from_str(TABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, value: &str) -> Option<String> {
        match pieces(text)?.as_slice() {
            [Piece::Hole(hole)] => hole.cut(value),
            _ => None,
        }
    }

    #[test]
    fn a_hole_takes_its_piece() {
        let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:stack-Key-a1b2c3";
        assert_eq!(cut("{id:6~7}", secret).as_deref(), Some("stack-Key"));
        assert_eq!(cut("{id/-1}", "https://sqs/1/jobs").as_deref(), Some("jobs"));
        assert_eq!(cut("{id|-1}", "bus|rule").as_deref(), Some("rule"));
        assert_eq!(cut("{id/1:0}", "arn:x:task-definition/web:7").as_deref(), Some("web"));
        assert_eq!(cut("{id/3}", "a/b"), None);
        assert_eq!(cut("{id~9}", "short"), None);
    }

    #[test]
    fn every_row_can_be_read_and_says_one_thing() -> Result<(), toml::de::Error> {
        let rows = all()?;
        for (kind, row) in &rows {
            assert_ne!(row.id.is_empty(), row.cannot.is_none(), "{kind}");
            for text in row.id.iter().chain(row.made.values()) {
                assert!(pieces(text).is_some(), "{kind}: {text}");
            }
        }
        assert!(rows.len() > 200);
        Ok(())
    }
}
