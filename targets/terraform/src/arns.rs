//! ARNs that a template spells out and the provider tells: `aws_lambda_function.x.invoke_arn` in place of a text
//! of five parts.

use std::borrow::Cow;

use samc_ir::{Expr, Kind};

use crate::context::{Context, How};
use crate::hcl::{Part, Value};

/// A piece of a text that is put together.
#[derive(Debug, Clone)]
pub(crate) enum Bit<'e> {
    /// Characters.
    Text(Cow<'e, str>),
    /// What stands for characters.
    Value(Cow<'e, Expr>),
}

impl<'e> Bit<'e> {
    /// A value of the template as a piece.
    pub(crate) fn of(expr: &'e Expr) -> Bit<'e> {
        match &expr.kind {
            Kind::String(text) => Bit::Text(Cow::Borrowed(text)),
            _ => Bit::Value(Cow::Borrowed(expr)),
        }
    }
}

/// An ARN that the provider tells.
struct Told {
    value: Value,
    /// How many pieces are read, after the one it begins in.
    bits: usize,
    /// How many bytes of the next piece.
    bytes: usize,
}

impl Context<'_> {
    /// The pieces of a text in Terraform.
    pub(crate) fn parts(&self, bits: Vec<Bit<'_>>) -> Vec<Part> {
        let bits = merged(bits);
        let mut parts = Vec::with_capacity(bits.len());
        let (mut at, mut from) = (0, 0);
        while let Some(bit) = bits.get(at) {
            at += 1;
            let text = match bit {
                Bit::Text(text) => &text[std::mem::take(&mut from)..],
                Bit::Value(expr) => {
                    parts.push(self.part(expr));
                    continue;
                }
            };
            let begin = text.rfind("arn:");
            match begin.and_then(|begin| Some((begin, self.told_arn(&text[begin..], bits.get(at..)?)?))) {
                Some((begin, told)) => {
                    parts.push(Part::Lit(text[..begin].to_owned()));
                    parts.push(Part::Value(told.value));
                    (at, from) = (at + told.bits, told.bytes);
                }
                None => parts.push(Part::Lit(text.to_owned())),
            }
        }
        parts
    }

    /// The attribute that holds the ARN which begins with `start` and goes on with `bits`.
    fn told_arn(&self, start: &str, bits: &[Bit<'_>]) -> Option<Told> {
        let mut said = start.to_owned();
        for (i, bit) in bits.iter().enumerate() {
            let expr = match bit {
                Bit::Text(text) => {
                    said.push_str(text);
                    continue;
                }
                Bit::Value(expr) => expr,
            };
            let (name, attribute) = match (expr.as_ref_to(), expr.as_get_att()) {
                (Some(name), _) if name.starts_with("AWS::") => {
                    said.push_str(&format!("${{{name}}}"));
                    continue;
                }
                (Some(name), _) => (name, "Ref"),
                (None, Some(pair)) => pair,
                (None, None) => return None,
            };
            let plan = self.plans.get(name)?;
            let How::Native(mapping) = plan.how else { return None };
            // The partition is nearly always written out, and the provider knows the one it is in.
            let said =
                said.strip_prefix("arn:${AWS::Partition}:").or_else(|| said.strip_prefix("arn:aws:"))?;
            let after = match bits.get(i + 1) {
                Some(Bit::Text(after)) => after.as_ref(),
                Some(Bit::Value(_)) | None => "",
            };
            let own = format!("${{{attribute}}}");
            return mapping.arns.iter().find_map(|(arn, attribute)| {
                let ending = arn.strip_prefix(said)?.strip_prefix(own.as_str())?;
                let value = || self.told(plan, attribute);
                after.starts_with(ending).then(|| Told { value: value(), bits: i + 1, bytes: ending.len() })
            });
        }
        None
    }
}

/// The pieces with no two texts beside each other.
fn merged(bits: Vec<Bit<'_>>) -> Vec<Bit<'_>> {
    let mut all: Vec<Bit<'_>> = Vec::with_capacity(bits.len());
    for bit in bits {
        match (all.last_mut(), bit) {
            (Some(Bit::Text(before)), Bit::Text(text)) => before.to_mut().push_str(&text),
            (_, bit) => all.push(bit),
        }
    }
    all
}
