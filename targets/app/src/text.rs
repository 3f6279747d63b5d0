//! Values of CloudFormation as texts of app.yaml, with `${...}` for references.

use samc_ir::substitution::{Piece, pieces};
use samc_ir::{Expr, Function, Kind};

use crate::names::Names;

/// The text that stands for a value; none where only an intrinsic function says it.
pub(crate) fn text(names: &Names, value: &Expr) -> Option<String> {
    match &value.kind {
        Kind::String(text) => Some(literal(text)),
        Kind::Int(n) => Some(n.to_string()),
        Kind::Bool(b) => Some(b.to_string()),
        Kind::Float(f) => Some(f.to_string()),
        Kind::Call(function, argument) => call(names, function, argument, value),
        Kind::Asset(asset) => Some(literal(&asset.path)),
        Kind::Null | Kind::List(_) | Kind::Map(_) => None,
    }
}

/// `${` in a text stands for itself.
fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

fn call(names: &Names, function: &Function, argument: &Expr, whole: &Expr) -> Option<String> {
    match function {
        Function::Ref => names.reference(argument.as_str()?),
        Function::GetAtt => {
            let (id, attribute) = whole.as_get_att()?;
            names.attribute(id, attribute)
        }
        Function::Sub => {
            let (template, variables) = whole.as_sub()?;
            substitute(template, |name| match variables.and_then(|v| v.get(name)) {
                Some(value) => text(names, value),
                None => match name.split_once('.') {
                    Some((id, attribute)) => names.attribute(id, attribute),
                    None => names.reference(name),
                },
            })
        }
        Function::Join => {
            let [delimiter, Expr { kind: Kind::List(parts), .. }] = argument.as_list()? else { return None };
            let parts: Option<Vec<String>> = parts.iter().map(|p| text(names, p)).collect();
            Some(parts?.join(&literal(delimiter.as_str()?)))
        }
        _ => None,
    }
}

/// A template of `Fn::Sub` with each `${...}` put in other words.
fn substitute(template: &str, word: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    for piece in pieces(template) {
        match piece {
            // A `${` without an end is no text of app.yaml.
            Piece::Text(plain) if plain.contains("${") => return None,
            Piece::Text(plain) => out.push_str(plain),
            Piece::Literal(name) => {
                out.push_str("$${");
                out.push_str(name);
                out.push('}');
            }
            Piece::Name(name) => out.push_str(&word(name)?),
        }
    }
    Some(out)
}

/// Seconds as app.yaml writes them: the largest unit that fits.
pub(crate) fn duration(seconds: i128) -> String {
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds >= length && seconds % length == 0 {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

/// The data that a JSON text holds.
pub(crate) fn json(text: &str) -> Option<Expr> {
    serde_json::from_str(text).ok().map(data)
}

fn data(value: serde_json::Value) -> Expr {
    use serde_json::Value;
    match value {
        Value::Null => Expr::null(),
        Value::Bool(b) => b.into(),
        Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(n), _) => Expr::new(Kind::Int(i128::from(n)), None),
            (None, Some(f)) => Expr::new(Kind::Float(f), None),
            (None, None) => n.to_string().into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => items.into_iter().map(data).collect::<Vec<Expr>>().into(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, data(value))).collect::<samc_ir::Map>().into()
        }
    }
}

/// A whole number, also where it is written as text.
pub(crate) fn number(value: &Expr) -> Option<i128> {
    value.as_int().or_else(|| value.as_str()?.parse().ok())
}

/// A truth value, also where it is written as text.
pub(crate) fn truth(value: &Expr) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Role;

    #[test]
    fn values_become_texts() {
        let mut names = Names::default();
        names.add("Jobs", Role::Queue);
        names.add("Stage", Role::Param);
        let sub = Expr::sub("arn:${AWS::Partition}:x:${Stage}/${Jobs.Arn}/${!literal}");
        assert_eq!(
            text(&names, &sub).as_deref(),
            Some("arn:${partition}:x:${params.stage}/${jobs.arn}/$${literal}")
        );
        let join = Expr::join("-", vec!["a".into(), Expr::reference("Jobs")]);
        assert_eq!(text(&names, &join).as_deref(), Some("a-${jobs.url}"));
        assert_eq!(text(&names, &Expr::reference("Nobody")), None);
        assert_eq!(text(&names, &Expr::from("${x}")).as_deref(), Some("$${x}"));
    }

    #[test]
    fn durations_take_the_largest_unit() {
        assert_eq!([duration(90), duration(120), duration(86_400), duration(0)], ["90s", "2m", "1d", "0s"]);
    }
}
