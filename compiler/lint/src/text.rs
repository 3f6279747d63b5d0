//! Texts that are put together: their parts, so that two of them can be compared before deployment.

use samc_ir::substitution::{Piece, pieces};
use samc_ir::{Expr, Function, Kind};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Part<'g> {
    /// As written.
    Text(String),
    /// `Ref`, or `${Name}`.
    Ref(&'g str),
    /// `Fn::GetAtt`, or `${Name.Attribute}`.
    Attribute(&'g str, &'g str),
    /// Anything else.
    Unknown,
}

/// The parts of a value that is a text once it is deployed. Neighbouring pieces of plain text are one part.
pub(crate) fn parts(value: &Expr) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect<'g>(value: &'g Expr, found: &mut Vec<Part<'g>>) {
    match &value.kind {
        Kind::String(text) => push(Part::Text(text.to_string()), found),
        Kind::Int(number) => push(Part::Text(number.to_string()), found),
        Kind::Call(Function::Ref, _) => push(value.as_ref_to().map_or(Part::Unknown, Part::Ref), found),
        Kind::Call(Function::GetAtt, _) => {
            push(value.as_get_att().map_or(Part::Unknown, |(id, name)| Part::Attribute(id, name)), found);
        }
        Kind::Call(Function::Sub, _) => match value.as_sub() {
            Some((text, variables)) => substitution(text, variables, found),
            None => push(Part::Unknown, found),
        },
        Kind::Call(Function::Join, argument) => join(argument, found),
        _ => push(Part::Unknown, found),
    }
}

fn push<'g>(part: Part<'g>, found: &mut Vec<Part<'g>>) {
    if let (Part::Text(more), Some(Part::Text(text))) = (&part, found.last_mut()) {
        text.push_str(more);
    } else {
        found.push(part);
    }
}

fn substitution<'g>(text: &'g str, variables: Option<&'g samc_ir::Map>, found: &mut Vec<Part<'g>>) {
    for piece in pieces(text) {
        match piece {
            Piece::Text(plain) => push_text(plain, found),
            Piece::Literal(name) => push_text(&format!("${{{name}}}"), found),
            Piece::Name(name) => match variables.and_then(|v| v.get(name)) {
                Some(value) => collect(value, found),
                None => push(
                    name.split_once('.').map_or(Part::Ref(name), |(id, a)| Part::Attribute(id, a)),
                    found,
                ),
            },
        }
    }
}

fn join<'g>(argument: &'g Expr, found: &mut Vec<Part<'g>>) {
    let parts = argument.as_list().unwrap_or_default();
    let (Some(delimiter), Some(items)) =
        (parts.first().and_then(Expr::as_str), parts.get(1).and_then(Expr::as_list))
    else {
        push(Part::Unknown, found);
        return;
    };
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            push_text(delimiter, found);
        }
        collect(item, found);
    }
}

fn push_text(text: &str, found: &mut Vec<Part<'_>>) {
    if !text.is_empty() {
        push(Part::Text(text.to_owned()), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_and_a_substitution_have_the_same_parts() {
        let sub = Expr::sub("/aws/lambda/${Fn}-x");
        let join = Expr::join("", vec!["/aws/".into(), "lambda/".into(), Expr::reference("Fn"), "-x".into()]);
        assert_eq!(parts(&sub), parts(&join));
        assert_eq!(
            parts(&Expr::sub("${A.Arn}${!B}")),
            [Part::Attribute("A", "Arn"), Part::Text("${B}".into())]
        );
    }
}
