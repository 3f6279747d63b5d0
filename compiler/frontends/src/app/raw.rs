//! Parts of the file that are taken as they are: nodes as expressions, under YAML 1.2.

use samc_ir::{Expr, Function, Kind, Map};
use samc_syntax::{Entry, Node, NodeKind, Resolved};

/// JSON on one line without blanks.
const COMPACT: samc_ir::JsonStyle = samc_ir::JsonStyle {
    indent: None,
    item_separator: ",",
    key_separator: ":",
    sort_keys: false,
    ascii: false,
};

/// The sections of the file that are taken as they are.
pub(super) const SECTIONS: [&str; 3] = ["resources", "conditions", "mappings"];

/// A node as a value of CloudFormation: tags such as `!Ref` and mappings such as `{Ref: X}` are calls.
/// The reader of documents bounds how deep nodes nest, and with it this recursion.
pub(super) fn expr(node: &Node) -> Expr {
    let function = node.tag.as_ref().and_then(|tag| match tag.text.trim_start_matches('!') {
        "Ref" => Some(Function::Ref),
        "Condition" => Some(Function::Condition),
        name => Function::from_key(&format!("Fn::{name}")).filter(|f| !matches!(f, Function::Other(_))),
    });
    let Some(function) = function else { return value(node, true) };
    let argument = match (&function, &node.kind) {
        (Function::GetAtt, NodeKind::Scalar(scalar)) => match scalar.text.split_once('.') {
            Some((resource, attribute)) => {
                Expr::from(vec![Expr::from(resource), Expr::from(attribute)]).with_span(node.span)
            }
            None => Expr::from(&scalar.text).with_span(node.span),
        },
        (_, NodeKind::Scalar(scalar)) => Expr::from(&scalar.text).with_span(node.span),
        (_, NodeKind::Sequence(_) | NodeKind::Mapping(_)) => value(node, true),
    };
    Expr::new(Kind::Call(function, Box::new(argument)), node.span)
}

/// The statements of a policy, one alone or a list.
pub(super) fn statements(node: &Node) -> Vec<Expr> {
    let given = expr(node);
    match given.kind {
        Kind::List(items) => items,
        _ => vec![given],
    }
}

/// A node as data: nothing in it is a call.
pub(super) fn data(node: &Node) -> Expr {
    value(node, false)
}

fn value(node: &Node, calls: bool) -> Expr {
    let inner = |node: &Node| if calls { expr(node) } else { value(node, false) };
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) => match scalar.yaml12() {
            Resolved::Null => Kind::Null,
            Resolved::Bool(b) => Kind::Bool(b),
            Resolved::Int(i) => Kind::Int(i),
            Resolved::Float(f) => Kind::Float(f),
            Resolved::Text => Kind::String(scalar.text.clone()),
        },
        NodeKind::Sequence(items) => Kind::List(items.iter().map(inner).collect()),
        NodeKind::Mapping(entries) => match call(entries).filter(|_| calls) {
            Some((function, argument)) => Kind::Call(function, Box::new(expr(argument))),
            None => {
                let mut map = Map::new();
                for entry in entries {
                    map.insert_spanned(entry.key.clone(), Some(entry.key_span), inner(&entry.value));
                }
                Kind::Map(map)
            }
        },
    };
    Expr::new(kind, node.span)
}

/// The function that the only key of a mapping names. `Condition` does so only before a text.
fn call(entries: &[Entry]) -> Option<(Function, &Node)> {
    let [only] = entries else { return None };
    let function = Function::from_key(&only.key)?;
    let fits = function != Function::Condition || only.value.as_scalar().is_some();
    fits.then_some((function, &only.value))
}

/// Data as JSON text.
pub(super) fn json(node: &Node) -> String {
    let mut out = String::new();
    samc_ir::write_json(&mut out, &data(node), COMPACT);
    out
}
