//! Nodes read as expressions: scalars by a schema of YAML, tags as functions.

use samc_ir::{Expr, Function, Kind, Map};
use samc_syntax::{Entry, Node, NodeKind, Resolved, Scalar, Style, Tag};

/// What plain text stands for, by a schema of YAML.
type Scalars = fn(&str) -> Resolved;

/// Reads a node as AWS's tools do, by YAML 1.1. Tags of intrinsic functions become calls; `!GetAtt a.b` is
/// split at its first dot. The reader of documents bounds how deep nodes nest, and with it this recursion.
pub fn read_expr(node: &Node) -> Expr {
    read(node, samc_syntax::yaml11)
}

/// The same by YAML 1.2, as the Serverless Framework reads its files: `no` and `on` are text.
pub fn read_expr_of_yaml12(node: &Node) -> Expr {
    read(node, samc_syntax::yaml12)
}

fn read(node: &Node, scalars: Scalars) -> Expr {
    let Some(tag) = &node.tag else { return untagged(node, scalars) };
    if let Some(core) = core_tag(tag) {
        return by_core_tag(node, core, scalars);
    }
    let name = tag.text.trim_start_matches('!');
    let span = tag.span.to(node.span);
    let function = match name {
        "Ref" => Function::Ref,
        "Condition" => Function::Condition,
        _ => match Function::from_key(&format!("Fn::{name}")) {
            Some(function) => function,
            None => return untagged(node, scalars),
        },
    };
    let argument = match (&function, &node.kind) {
        (Function::GetAtt, NodeKind::Scalar(scalar)) => get_att(node, scalar),
        // Under a tag a scalar is the text that is written.
        (_, NodeKind::Scalar(scalar)) => Expr::from(&scalar.text).with_span(node.span),
        (_, NodeKind::Sequence(_) | NodeKind::Mapping(_)) => untagged(node, scalars),
    };
    Expr::new(Kind::Call(function, Box::new(argument)), span)
}

/// The part of a core schema tag after `!!`, such as `str`.
fn core_tag(tag: &Tag) -> Option<&str> {
    tag.text.strip_prefix("!!").or_else(|| tag.text.strip_prefix("tag:yaml.org,2002:"))
}

fn by_core_tag(node: &Node, core: &str, scalars: Scalars) -> Expr {
    match (core, &node.kind) {
        ("str" | "binary" | "timestamp", NodeKind::Scalar(scalar)) => {
            Expr::from(&scalar.text).with_span(node.span)
        }
        (_, NodeKind::Scalar(scalar)) => Expr::new(resolve(&scalar.text, scalars), node.span),
        _ => untagged(node, scalars),
    }
}

fn get_att(node: &Node, scalar: &Scalar) -> Expr {
    let (resource, attribute) = match scalar.text.split_once('.') {
        Some((resource, attribute)) => (resource, Some(attribute)),
        None => (&*scalar.text, None),
    };
    let at = |text: &str| Expr::from(text).with_span(node.span);
    Expr::from(std::iter::once(at(resource)).chain(attribute.map(at)).collect::<Vec<_>>())
        .with_span(node.span)
}

fn untagged(node: &Node, scalars: Scalars) -> Expr {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => resolve(&scalar.text, scalars),
        NodeKind::Scalar(scalar) => Kind::String(scalar.text.clone()),
        NodeKind::Sequence(items) => Kind::List(items.iter().map(|n| read(n, scalars)).collect()),
        NodeKind::Mapping(entries) => mapping(entries, scalars),
    };
    Expr::new(kind, node.span)
}

/// A mapping, or the call that its only key names. `Condition` names a call only where its value is
/// text: elsewhere it is a key of IAM statements and the like.
fn mapping(entries: &[Entry], scalars: Scalars) -> Kind {
    if let [only] = entries
        && let Some(function) = Function::from_key(&only.key)
    {
        let argument = read(&only.value, scalars);
        if function != Function::Condition || argument.as_str().is_some() {
            return Kind::Call(function, Box::new(argument));
        }
        let mut map = Map::new();
        map.insert_spanned(only.key.clone(), Some(only.key_span), argument);
        return Kind::Map(map);
    }
    let mut map = Map::new();
    for entry in entries {
        map.insert_spanned(entry.key.clone(), Some(entry.key_span), read(&entry.value, scalars));
    }
    Kind::Map(map)
}

fn resolve(text: &str, scalars: Scalars) -> Kind {
    match scalars(text) {
        Resolved::Null => Kind::Null,
        Resolved::Bool(b) => Kind::Bool(b),
        Resolved::Int(i) => Kind::Int(i),
        Resolved::Float(f) => Kind::Float(f),
        Resolved::Text => Kind::String(text.into()),
    }
}

/// An expression from JSON text, such as samc's own tables hold; `null` for text that is not JSON.
pub fn expr_from_json(json: &str) -> Expr {
    serde_json::from_str::<serde_json::Value>(json).map_or_else(|_| Expr::null(), from_value)
}

fn from_value(value: serde_json::Value) -> Expr {
    use serde_json::Value;
    match value {
        Value::Null => Expr::null(),
        Value::Bool(b) => b.into(),
        Value::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(i), _) => i.into(),
            (None, Some(u)) => Kind::Int(u.into()).into(),
            (None, None) => n.as_f64().unwrap_or_default().into(),
        },
        Value::String(s) => s.into(),
        Value::Array(items) => items.into_iter().map(from_value).collect::<Vec<_>>().into(),
        Value::Object(entries) => {
            if entries.len() == 1
                && let Some((key, value)) = entries.iter().next()
                && let Some(function) = Function::from_key(key)
                && (function != Function::Condition || value.is_string())
            {
                return Expr::call(function, from_value(value.clone()));
            }
            entries.into_iter().map(|(k, v)| (k, from_value(v))).collect::<Map>().into()
        }
    }
}
