//! `Policies` of functions and state machines: managed policies, statements and policy templates.

use samc_base::{Diagnostic, codes, nearest, nearest_list};
use samc_data::policy_templates;
use samc_ir::{Expr, Function, Kind, Map};

use super::expansion::{Expansion, Result};

/// What one entry of `Policies` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyKind {
    /// A name or ARN of a managed policy, or an intrinsic function that gives one.
    Managed,
    /// A policy document.
    Statement,
    /// A SAM policy template with its parameters.
    Template,
    /// Anything else.
    Unknown,
}

/// One entry of `Policies`, with templates already replaced by documents.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Managed policy or statement.
    pub(crate) kind: PolicyKind,
    /// The entry.
    pub(crate) value: Expr,
}

/// Reads `Policies`: a single entry or a list.
pub(crate) fn read(ctx: &mut Expansion<'_>, policies: Option<&Expr>) -> Result<Vec<Policy>> {
    let Some(policies) = policies.filter(|p| p.is_truthy()) else { return Ok(Vec::new()) };
    let entries = match &policies.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(policies),
    };
    let mut result = Ok(());
    let mut read = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        match read_one(ctx, entry, index) {
            Ok(policy) => read.push(policy),
            Err(reported) => result = Err(reported),
        }
    }
    result.map(|()| read)
}

fn read_one(ctx: &mut Expansion<'_>, entry: &Expr, index: usize) -> Result<Policy> {
    match kind_of(ctx, entry)? {
        PolicyKind::Template => {
            let value = match entry.as_if() {
                Some((condition, then, otherwise)) => {
                    let then = fill_unless_absent(ctx, then)?;
                    let otherwise = fill_unless_absent(ctx, otherwise)?;
                    Expr::if_else(condition.clone(), then, otherwise).with_span(entry.span)
                }
                None => fill(ctx, entry)?,
            };
            // A filled template is a document like any other.
            Ok(Policy { kind: PolicyKind::Statement, value })
        }
        PolicyKind::Unknown => Err(unknown(ctx, entry, index)),
        kind => Ok(Policy { kind, value: entry.clone() }),
    }
}

fn kind_of(ctx: &mut Expansion<'_>, entry: &Expr) -> Result<PolicyKind> {
    Ok(match &entry.kind {
        Kind::String(_) => PolicyKind::Managed,
        Kind::Call(Function::If, _) => return kind_of_if(ctx, entry),
        Kind::Call(..) => PolicyKind::Managed,
        Kind::Map(map) if map.contains_key("Statement") => PolicyKind::Statement,
        Kind::Map(map) if map.len() == 1 && map.keys().all(|k| policy_templates::template(k).is_some()) => {
            PolicyKind::Template
        }
        _ => PolicyKind::Unknown,
    })
}

fn kind_of_if(ctx: &mut Expansion<'_>, entry: &Expr) -> Result<PolicyKind> {
    let Some((_, then, otherwise)) = entry.as_if() else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::INTRINSIC_ARGUMENTS,
                "Fn::If takes a list of three: the condition, the value if it is true, the value if not",
            )
            .at(entry.span, "not a list of three"),
        ));
    };
    let (first, second) = (kind_of(ctx, then)?, kind_of(ctx, otherwise)?);
    if first == second || otherwise.is_no_value() {
        return Ok(first);
    }
    if then.is_no_value() {
        return Ok(second);
    }
    Err(ctx.report(
        Diagnostic::error(
            codes::POLICY_KINDS_MIXED,
            "the two values of this Fn::If are policies of different kinds, such as a managed policy and a statement",
        )
        .at(entry.span, "both values must be of one kind")
        .help("make two entries, each with its own Fn::If and AWS::NoValue"),
    ))
}

fn fill_unless_absent(ctx: &mut Expansion<'_>, entry: &Expr) -> Result<Expr> {
    if entry.is_no_value() { Ok(entry.clone()) } else { fill(ctx, entry) }
}

/// The document of a policy template with its parameters put in.
fn fill(ctx: &mut Expansion<'_>, entry: &Expr) -> Result<Expr> {
    let used = entry.as_map().and_then(|m| m.entries().first());
    let Some((used, template)) = used.and_then(|e| Some((e, policy_templates::template(&e.key)?))) else {
        return Ok(entry.clone());
    };
    let name = &used.key;
    let empty = Map::new();
    let values = match &used.value.kind {
        Kind::Map(values) => values,
        // A template without parameters may be followed by anything with keys, but not by nothing.
        Kind::Call(..) if template.parameters.is_empty() => &empty,
        _ => {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::POLICY_TEMPLATE_PARAMETERS,
                    format!("the parameters of {name} are {}, and must be a mapping", used.value.kind_name()),
                )
                .at(used.value.span.or(used.key_span), "not a mapping")
                .help(parameters_help(name, &template.parameters)),
            ));
        }
    };
    let missing: Vec<_> = template.parameters.iter().filter(|p| !values.contains_key(p)).copied().collect();
    if !missing.is_empty() {
        let finding = Diagnostic::error(
            codes::POLICY_TEMPLATE_PARAMETERS,
            format!("the policy template {name} needs a value for {}", missing.join(", ")),
        );
        let slip = values.entries().iter().find_map(|e| Some((e, nearest(&e.key, missing.iter().copied())?)));
        return Err(ctx.report(match slip {
            Some((written, near)) => finding
                .at(written.key_span.or(used.key_span), format!("did you mean `{near}`?"))
                .help(parameters_help(name, &template.parameters)),
            None => finding
                .at(used.key_span, format!("{} is missing", missing.join(", ")))
                .help(parameters_help(name, &template.parameters)),
        }));
    }
    let mut document = crate::template::expr_from_json(template.definition);
    put_in(&mut document, values, &template.parameters);
    Ok(document.with_span(entry.span))
}

fn parameters_help(name: &str, parameters: &[&str]) -> String {
    match parameters {
        [] => format!("write `- {name}: {{}}`"),
        _ => {
            let all: Vec<_> = parameters.iter().map(|p| format!("{p}: ...")).collect();
            format!("write `- {name}: {{{}}}`", all.join(", "))
        }
    }
}

/// Replaces each `Ref` of a template's own parameter; what is put in is not looked at again.
fn put_in(expr: &mut Expr, values: &Map, parameters: &[&str]) {
    if let Some(value) = expr.as_ref_to().filter(|r| parameters.contains(r)).and_then(|r| values.get(r)) {
        *expr = value.clone();
        return;
    }
    match &mut expr.kind {
        Kind::List(items) => items.iter_mut().for_each(|e| put_in(e, values, parameters)),
        Kind::Map(map) => map.values_mut().for_each(|e| put_in(e, values, parameters)),
        Kind::Call(_, argument) => put_in(argument, values, parameters),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Asset(_) => {}
    }
}

fn unknown(ctx: &mut Expansion<'_>, entry: &Expr, index: usize) -> samc_base::Reported {
    let finding = Diagnostic::error(
        codes::UNKNOWN_POLICY,
        format!("entry {} of Policies is not a policy that SAM knows", index + 1),
    );
    let only_key = entry.as_map().filter(|m| m.len() == 1).and_then(|m| m.entries().first());
    let finding = match only_key {
        Some(e) => match nearest(&e.key, policy_templates::names()) {
            Some(near) => finding.at(e.key_span, format!("did you mean `{near}`?")),
            None => finding.at(e.key_span, "no policy template of this name").help(format!(
                "the nearest names are {}",
                nearest_list(&e.key, policy_templates::names(), 3).join(", ")
            )),
        },
        None => finding.at(entry.span, "neither a name, nor a document with Statement, nor a policy template").help(
            "give a managed policy's name or ARN, a document with `Statement`, or a policy template such as \
             `- SQSPollerPolicy: {QueueName: ...}`",
        ),
    };
    ctx.report(finding)
}
