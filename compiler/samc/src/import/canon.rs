//! One form for each value, so that two ways to say the same are equal.

use std::fmt::Write;

use rustc_hash::FxHashMap;
use samc_ir::substitution::{Piece, pieces};
use samc_ir::{Expr, Function, Kind, Map};

/// Logical ids of the one graph, and those of the other that stand for the same.
pub(super) type Ids = FxHashMap<String, String>;

/// The form of a value, in which `ids` are renamed.
pub(super) fn canon(value: &Expr, ids: &Ids) -> String {
    let mut out = String::new();
    write(&mut out, value, ids);
    out
}

fn write(out: &mut String, value: &Expr, ids: &Ids) {
    if let Some(text) = text(value, ids) {
        match serde_json::from_str::<serde_json::Value>(&text) {
            // A text that holds JSON is compared as data.
            Ok(mut json @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) => {
                json.sort_all_objects();
                let _ = write!(out, "json:{json}");
            }
            _ => {
                let _ = write!(out, "{text:?}");
            }
        }
        return;
    }
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::List(items) => {
            out.push('[');
            for item in items.iter().filter(|i| !i.is_no_value()) {
                write(out, item, ids);
                out.push(',');
            }
            out.push(']');
        }
        Kind::Map(map) => {
            let mut entries: Vec<(&str, &Expr)> =
                map.iter().filter(|(_, v)| !v.is_no_value()).map(|(k, v)| (&**k, v)).collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (key, value) in entries {
                let _ = write!(out, "{key:?}:");
                write(out, single(key, value), ids);
                out.push(',');
            }
            out.push('}');
        }
        Kind::Call(function, argument) => {
            let _ = write!(out, "{}(", function.key());
            write(out, argument, ids);
            out.push(')');
        }
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {}
    }
}

/// In policies a list of one is the same as its item.
fn single<'e>(key: &str, value: &'e Expr) -> &'e Expr {
    const LISTS: [&str; 8] =
        ["Action", "NotAction", "Resource", "NotResource", "Service", "AWS", "Statement", "DependsOn"];
    match value.as_list() {
        Some([only]) if LISTS.contains(&key) => only,
        _ => value,
    }
}

/// A value that becomes text: literals, references, and what joins them.
fn text(value: &Expr, ids: &Ids) -> Option<String> {
    let renamed = |id: &str| ids.get(id).cloned().unwrap_or_else(|| id.to_owned());
    match &value.kind {
        Kind::String(text) => Some(text.replace("${", "$${")),
        Kind::Asset(asset) => Some(asset.path.trim_start_matches("./").trim_end_matches('/').to_owned()),
        Kind::Bool(b) => Some(b.to_string()),
        Kind::Int(n) => Some(n.to_string()),
        Kind::Float(f) => Some(f.to_string()),
        Kind::Call(Function::Ref, _) => Some(format!("${{{}}}", renamed(value.as_ref_to()?))),
        Kind::Call(Function::GetAtt, _) => {
            let (id, attribute) = value.as_get_att()?;
            Some(format!("${{{}.{attribute}}}", renamed(id)))
        }
        Kind::Call(Function::Sub, _) => {
            let (template, variables) = value.as_sub()?;
            sub(template, variables, ids)
        }
        Kind::Call(Function::Join, argument) => {
            let [delimiter, Expr { kind: Kind::List(parts), .. }] = argument.as_list()? else { return None };
            let parts: Option<Vec<String>> = parts.iter().map(|p| text(p, ids)).collect();
            Some(parts?.join(delimiter.as_str()?))
        }
        Kind::Call(..) | Kind::Null | Kind::List(_) | Kind::Map(_) => None,
    }
}

fn sub(template: &str, variables: Option<&Map>, ids: &Ids) -> Option<String> {
    let mut out = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(plain) if plain.contains("${") => return None,
            Piece::Text(plain) => out.push_str(plain),
            Piece::Literal(name) => {
                let _ = write!(out, "$${{{name}}}");
            }
            Piece::Name(name) => match variables.and_then(|v| v.get(name)) {
                Some(value) => out.push_str(&text(value, ids)?),
                None => {
                    let (id, attribute) =
                        name.split_once('.').map_or((name, ""), |(id, _)| (id, &name[id.len()..]));
                    let id = ids.get(id).map_or(id, String::as_str);
                    let _ = write!(out, "${{{id}{attribute}}}");
                }
            },
        }
    }
    Some(out)
}

/// A value in which logical ids are renamed.
pub(super) fn renamed(value: &Expr, ids: &Ids) -> Expr {
    let mut value = value.clone();
    value.walk_mut(&mut |e| {
        let Kind::Call(function, argument) = &mut e.kind else { return };
        match (function, &mut argument.kind) {
            (Function::Ref, Kind::String(id)) => {
                if let Some(new) = ids.get(&**id) {
                    *id = new.as_str().into();
                }
            }
            (Function::GetAtt, Kind::List(parts)) => {
                if let Some(Kind::String(id)) = parts.first_mut().map(|p| &mut p.kind)
                    && let Some(new) = ids.get(&**id)
                {
                    *id = new.as_str().into();
                }
            }
            _ => {}
        }
    });
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_say_the_same_are_equal() {
        let none = Ids::default();
        let same = |a: &Expr, b: &Expr| canon(a, &none) == canon(b, &none);
        assert!(same(&Expr::sub("${Q.Arn}"), &Expr::get_att("Q", "Arn")));
        assert!(same(&Expr::join("", vec!["a".into(), Expr::reference("P")]), &Expr::sub("a${P}")));
        assert!(same(&"5".into(), &5.into()));
        assert!(same(&r#"{"a": [1]}"#.into(), &r#"{"a":[1]}"#.into()));
        assert!(!same(&Expr::sub("${Q}"), &Expr::from("${Q}")));
        let policy = |action: Expr| Expr::from([("Action", action)]);
        assert!(same(&policy("a:B".into()), &policy(vec![Expr::from("a:B")].into())));
        let ids: Ids = [("Old".to_owned(), "New".to_owned())].into_iter().collect();
        assert_eq!(canon(&Expr::reference("Old"), &ids), canon(&Expr::reference("New"), &none));
    }
}
