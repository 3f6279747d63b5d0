//! New entries as text, in the style of what is around them.

use samc_base::{Put, SourceFile};
use samc_syntax::is_plain_text;

/// How an entry is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// On lines of its own, the key so many blanks in.
    Block { indent: usize },
    /// On lines of its own between braces, as JSON is usually laid out.
    Lines { indent: usize, quoted: bool },
    /// On one line between braces.
    Flow { quoted: bool },
}

/// How many lines of a file are looked at for its step: it shows at the top, and a file has many changes.
const LINES: usize = 200;

/// Writes in one form.
pub(super) struct Writing {
    form: Form,
    /// The blanks that one level takes.
    step: usize,
}

impl Writing {
    /// In a form, with the step that a file has.
    pub(super) fn of(form: Form, file: &SourceFile) -> Writing {
        let lines = file.text().lines().take(LINES);
        let indents = lines.filter(|line| !line.trim_start().starts_with(['#', '-']));
        let indents =
            indents.filter(|line| !line.trim().is_empty()).map(|l| l.len() - l.trim_start_matches(' ').len());
        let step = indents.filter(|n| *n > 0).min().unwrap_or(2);
        Writing { form, step }
    }

    /// A key with its value; none where a value cannot be written so.
    pub(super) fn entry(&self, (key, value): &(String, Put)) -> Option<String> {
        self.entry_in(self.form, key, value)
    }

    fn entry_in(&self, form: Form, key: &str, value: &Put) -> Option<String> {
        Some(match (form, value) {
            (Form::Block { indent }, Put::Map(entries)) => {
                let inner = indent + self.step;
                let mut out = format!("{key}:");
                for (key, value) in entries {
                    let entry = self.entry_in(Form::Block { indent: inner }, key, value)?;
                    out.push_str(&format!("\n{}{entry}", " ".repeat(inner)));
                }
                out
            }
            (Form::Block { .. }, Put::Sub(text)) if is_plain_text(text) => format!("{key}: !Sub {text}"),
            (Form::Block { .. }, value) => format!("{key}: {}", scalar(value, false)?),
            (Form::Lines { indent, quoted }, Put::Map(entries)) => {
                let inner = indent + self.step;
                let mut parts = Vec::new();
                for (key, value) in entries {
                    let entry = self.entry_in(Form::Lines { indent: inner, quoted }, key, value)?;
                    parts.push(format!("\n{}{entry}", " ".repeat(inner)));
                }
                format!("{}: {{{}\n{}}}", name(key, quoted), parts.join(","), " ".repeat(indent))
            }
            (Form::Flow { quoted }, Put::Map(entries)) => {
                let mut parts = Vec::new();
                for (key, value) in entries {
                    parts.push(self.entry_in(form, key, value)?);
                }
                format!("{}: {{{}}}", name(key, quoted), parts.join(", "))
            }
            (Form::Lines { quoted, .. } | Form::Flow { quoted }, value) => {
                format!("{}: {}", name(key, quoted), scalar(value, quoted)?)
            }
        })
    }

    /// A value alone, in place of another: its text without quotes.
    pub(super) fn value(&self, value: &Put) -> Option<String> {
        match value {
            Put::Text(text) => Some(text.clone()),
            Put::Number(number) => Some(number.to_string()),
            Put::Sub(_) | Put::Map(_) => None,
        }
    }
}

fn name(key: &str, quoted: bool) -> String {
    if quoted { format!("\"{key}\"") } else { key.to_owned() }
}

/// A value that is no mapping. In JSON a call is a mapping with one key.
fn scalar(value: &Put, quoted: bool) -> Option<String> {
    let json = |text: &str| serde_json::to_string(text).ok();
    match value {
        Put::Number(number) => Some(number.to_string()),
        Put::Text(text) if !quoted && is_plain_text(text) => Some(text.clone()),
        Put::Text(text) => json(text),
        Put::Sub(text) if quoted => Some(format!("{{\"Fn::Sub\": {}}}", json(text)?)),
        // Braces end a plain text between braces.
        Put::Sub(text) => Some(format!("!Sub {}", json(text)?)),
        Put::Map(_) => None,
    }
}
