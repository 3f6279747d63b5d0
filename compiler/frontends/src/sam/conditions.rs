//! Conditions that combine others.

use indexmap::IndexSet;
use samc_ir::{Expr, Function, Str};

use super::expansion::Expansion;

/// How many operands `Fn::Or` and `Fn::And` take at most. Source: CloudFormation template reference.
const MAX_OPERANDS: usize = 10;

/// The condition under which any of several things is there: none where one is always, the one
/// they share, or a new one of the name.
pub(crate) fn shared_condition(ctx: &mut Expansion<'_>, all: &[&Option<Str>], name: &str) -> Option<Str> {
    let mut distinct: IndexSet<Str> = IndexSet::new();
    for condition in all {
        distinct.insert(condition.as_ref()?.clone());
    }
    match distinct.len() {
        0 => None,
        1 => distinct.into_iter().next(),
        _ => {
            let mut names: Vec<&str> = distinct.iter().map(|c| &**c).collect();
            names.sort_unstable();
            for (name, value) in any_of(&names, name) {
                ctx.add_condition(&name, value);
            }
            Some(name.into())
        }
    }
}

/// The conditions that make `name` true where any of `conditions` is: `Fn::Or`, in several steps
/// where there are more than ten. Nothing for fewer than two.
pub(crate) fn any_of(conditions: &[&str], name: &str) -> Vec<(String, Expr)> {
    if conditions.len() < 2 {
        return Vec::new();
    }
    let mut rest: Vec<String> = conditions.iter().map(ToString::to_string).collect();
    let mut made = Vec::new();
    // Each step but the last replaces ten operands by one.
    let mut steps_left = (rest.len() - 2) / (MAX_OPERANDS - 1);
    loop {
        let taken: Vec<Expr> =
            rest.drain(..rest.len().min(MAX_OPERANDS)).map(|c| Expr::call(Function::Condition, c)).collect();
        let or = Expr::call(Function::Or, taken);
        if steps_left == 0 {
            made.push((name.to_owned(), or));
            return made;
        }
        let step = format!("{name}{steps_left}");
        rest.push(step.clone());
        made.push((step, or));
        steps_left -= 1;
    }
}
