//! Values as YAML, with short tags for intrinsic functions.

use samc_ir::{Expr, Function, Kind};
use samc_syntax::Writer;

/// Writes a value, with short tags for the functions of CloudFormation where they say the same.
pub fn value(writer: &mut Writer, expr: &Expr) {
    match &expr.kind {
        Kind::Null => writer.null(),
        Kind::Bool(b) => writer.bool(*b),
        Kind::Int(i) => writer.int(*i),
        Kind::Float(f) => writer.float(*f),
        Kind::String(s) => writer.string(s),
        Kind::Asset(asset) => match &asset.place {
            Some(place) => value(writer, place),
            None => writer.string(&asset.path),
        },
        Kind::List(items) => {
            writer.begin_list();
            items.iter().for_each(|item| value(writer, item));
            writer.end();
        }
        Kind::Map(map) => {
            writer.begin_map();
            for (key, item) in map.iter() {
                writer.key(key);
                value(writer, item);
            }
            writer.end();
        }
        Kind::Call(function, argument) => call(writer, function, argument),
    }
}

/// A call with its short tag where that says the same, else as a map of one key. A tag on a tag is
/// not YAML, and readers take a scalar under a tag for text.
fn call(writer: &mut Writer, function: &Function, argument: &Expr) {
    let tag = match (function, &argument.kind) {
        (Function::Transform | Function::Other(_), _) => None,
        (_, Kind::Call(..)) => None,
        (Function::GetAtt, Kind::List(parts)) => {
            if let [Kind::String(resource), Kind::String(attribute)] =
                [parts.first(), parts.get(1)].map(|p| p.map_or(Kind::Null, |p| p.kind.clone()))
                && parts.len() == 2
                && !resource.contains('.')
            {
                writer.tag("!GetAtt");
                writer.string(&format!("{resource}.{attribute}"));
                return;
            }
            Some("!GetAtt")
        }
        (Function::GetAtt, _) => None,
        (_, Kind::String(_) | Kind::List(_)) => Some(short(function)),
        (Function::Base64, Kind::Map(_)) => None,
        _ => None,
    };
    match tag {
        Some(tag) => {
            writer.tag(tag);
            value(writer, argument);
        }
        None => {
            writer.begin_map();
            writer.key(function.key());
            value(writer, argument);
            writer.end();
        }
    }
}

/// The short tag of a function.
fn short(function: &Function) -> &'static str {
    match function {
        Function::Ref => "!Ref",
        Function::Condition => "!Condition",
        Function::GetAtt => "!GetAtt",
        Function::Sub => "!Sub",
        Function::Join => "!Join",
        Function::If => "!If",
        Function::FindInMap => "!FindInMap",
        Function::ImportValue => "!ImportValue",
        Function::Select => "!Select",
        Function::Split => "!Split",
        Function::Base64 => "!Base64",
        Function::Equals => "!Equals",
        Function::And => "!And",
        Function::Or => "!Or",
        Function::Not => "!Not",
        Function::GetAZs => "!GetAZs",
        Function::Cidr => "!Cidr",
        Function::Transform | Function::Other(_) => "!Transform",
    }
}
