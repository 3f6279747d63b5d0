//! Dynamic references: `{{resolve:ssm:…}}` and its kin.

use crate::context::Context;
use crate::hcl::{Part, Value};

impl Context<'_> {
    /// A text from its pieces, with what `{{resolve:…}}` asks for in place of the words.
    pub(crate) fn dynamic(&self, parts: Vec<Part>) -> Value {
        let Value::Text(parts) = Value::template(parts) else { return Value::Null };
        let begins = |part: &Part| matches!(part, Part::Lit(text) if text.contains("{{resolve:"));
        if !parts.iter().any(begins) {
            return simple(parts);
        }
        let mut done: Vec<Part> = Vec::new();
        let mut inner: Option<Vec<Part>> = None;
        for part in parts {
            let Part::Lit(text) = part else {
                inner.as_mut().unwrap_or(&mut done).push(part);
                continue;
            };
            let mut rest = text.as_str();
            loop {
                if let Some(words) = &mut inner {
                    let Some(end) = rest.find("}}") else {
                        words.push(Part::Lit(rest.to_owned()));
                        break;
                    };
                    words.push(Part::Lit(rest[..end].to_owned()));
                    rest = &rest[end + 2..];
                    done.push(self.resolved(inner.take().unwrap_or_default()));
                } else {
                    let Some(start) = rest.find("{{resolve:") else {
                        done.push(Part::Lit(rest.to_owned()));
                        break;
                    };
                    done.push(Part::Lit(rest[..start].to_owned()));
                    rest = &rest[start + "{{resolve:".len()..];
                    inner = Some(Vec::new());
                }
            }
        }
        if let Some(words) = inner {
            done.push(Part::Lit("{{resolve:".to_owned()));
            done.extend(words);
        }
        match Value::template(done) {
            Value::Text(parts) => simple(parts),
            other => other,
        }
    }

    /// One reference, from what stands between `{{resolve:` and `}}`.
    fn resolved(&self, words: Vec<Part>) -> Part {
        let mut fields: Vec<Vec<Part>> = vec![Vec::new()];
        for word in words.iter().cloned() {
            match word {
                Part::Lit(text) => {
                    for (i, piece) in text.split(':').enumerate() {
                        if i > 0 {
                            fields.push(Vec::new());
                        }
                        if let Some(field) = fields.last_mut() {
                            field.push(Part::Lit(piece.to_owned()));
                        }
                    }
                }
                Part::Value(value) => {
                    if let Some(field) = fields.last_mut() {
                        field.push(Part::Value(value));
                    }
                }
            }
        }
        let fields: Vec<Value> = fields.into_iter().map(|f| text(Value::template(f))).collect();
        let service = fields.first().and_then(Value::as_literal).unwrap_or("").to_owned();
        match (service.as_str(), &fields[1..]) {
            ("ssm" | "ssm-secure", [name, rest @ ..]) if rest.len() <= 1 => {
                let name = joined(std::iter::once(name).chain(rest));
                let wish = wish(&name, "parameter");
                let address = self.named_lookup("aws_ssm_parameter", &wish, ("name", name), Vec::new());
                let field = if service == "ssm" { "insecure_value" } else { "value" };
                Part::Value(Value::code(format!("{address}.{field}")))
            }
            ("secretsmanager", rest @ [_, ..]) => {
                // The id may be an ARN, which has colons of its own.
                let at =
                    rest.iter().position(|f| f.as_literal() == Some("SecretString")).unwrap_or(rest.len());
                let at = if rest[0].as_literal() == Some("arn") && at == rest.len() { at.min(7) } else { at };
                let id = joined(rest[..at.max(1)].iter());
                let wish = wish(&id, "secret");
                let field = |i: usize| rest.get(at + i).filter(|f| f.as_literal() != Some(""));
                let mut more = Vec::new();
                if let Some(stage) = field(2) {
                    more.push(("version_stage", stage.clone()));
                }
                if let Some(version) = field(3) {
                    more.push(("version_id", version.clone()));
                }
                let address =
                    self.named_lookup("aws_secretsmanager_secret_version", &wish, ("secret_id", id), more);
                let whole = format!("{address}.secret_string");
                Part::Value(Value::code(match field(1) {
                    Some(key) => format!("jsondecode({whole})[{}]", crate::hcl::line(key)),
                    None => whole,
                }))
            }
            _ => {
                let mut all = vec![Part::Lit("{{resolve:".to_owned())];
                all.extend(words);
                all.push(Part::Lit("}}".to_owned()));
                Part::Value(Value::template(all))
            }
        }
    }
}

/// What a lookup is called after.
fn wish(name: &Value, otherwise: &str) -> String {
    let text = name.as_literal().map(|text| text.trim_start_matches('/').to_owned());
    text.filter(|text| text.len() <= 60).unwrap_or_else(|| otherwise.to_owned())
}

/// Fields with the colons between them.
fn joined<'v>(fields: impl Iterator<Item = &'v Value>) -> Value {
    let mut parts = Vec::new();
    for (i, field) in fields.enumerate() {
        if i > 0 {
            parts.push(Part::Lit(":".to_owned()));
        }
        parts.push(Part::Value(field.clone()));
    }
    text(Value::template(parts))
}

fn text(value: Value) -> Value {
    match value {
        Value::Text(parts) => simple(parts),
        other => other,
    }
}

/// A text that is nothing but one value is that value.
pub(crate) fn simple(mut parts: Vec<Part>) -> Value {
    if let [Part::Value(_)] = parts.as_slice()
        && let Some(Part::Value(value)) = parts.pop()
    {
        return value;
    }
    Value::Text(parts)
}
