//! P415: findings of the rules of programmes that are allowed without an owner or an end.

use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity, Span};
use samc_ir::{Expr, Map};

use crate::context::{Context, about};
use crate::query::items;
use crate::rule::{On, Profile, Rule};

/// Who looks at an application for a programme asks who decided on an exception and until when it holds.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P415", "waiver-missing"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("waiver.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for waiver in context.waivers() {
        let rules: Vec<&str> = waiver.rules.iter().copied().filter(|rule| is_of_programme(rule)).collect();
        if let Some(found) = judge(&rules.join(", "), waiver.has_owner, waiver.has_end, Some(waiver.span)) {
            diagnostics.push(found);
        }
    }
    for allow in allowed(context.graph.section("Metadata")) {
        of_metadata(allow).into_iter().for_each(|found| diagnostics.push(found));
    }
    for (id, resource) in &context.graph.resources {
        // What is made from a resource has its metadata, which are told where they are written.
        if resource.origin.source.as_ref().is_some_and(|source| source != id) {
            continue;
        }
        for allow in allowed(resource.attributes.get("Metadata").and_then(Expr::as_map)) {
            if let Some(found) = of_metadata(allow) {
                diagnostics.push(in_resource(found, id, &resource.origin));
            }
        }
    }
}

fn in_resource(found: Diagnostic, id: &LogicalId, origin: &samc_ir::Origin) -> Diagnostic {
    about(found, id, origin, format!("Resources.{id}.Metadata.samc.allow"))
}

/// What is allowed under `Metadata: {samc: {allow}}`.
fn allowed(metadata: Option<&Map>) -> impl Iterator<Item = &Expr> {
    items(metadata.and_then(|m| m.get("samc")?.as_map()?.get("allow")))
}

fn of_metadata(allow: &Expr) -> Option<Diagnostic> {
    let map = allow.as_map()?;
    let rule = map.get("rule")?.as_str()?;
    let known = super::RULES
        .iter()
        .map(|rule| rule.code)
        .find(|code| code.id().eq_ignore_ascii_case(rule) || code.name().eq_ignore_ascii_case(rule))?;
    let rule = if is_of_programme(known.id()) { known.id() } else { "" };
    judge(rule, map.get("by").is_some(), map.get("until").is_some(), allow.span)
}

/// The rules that programmes ask for have codes of their own range.
fn is_of_programme(rule: &str) -> bool {
    rule.starts_with('P')
}

fn judge(rules: &str, has_owner: bool, has_end: bool, span: Option<Span>) -> Option<Diagnostic> {
    if rules.is_empty() || has_owner && has_end {
        return None;
    }
    let missing = match (has_owner, has_end) {
        (false, false) => "nobody who decided it, and no end",
        (false, true) => "nobody who decided it",
        _ => "no end",
    };
    Some(
        Diagnostic::warning(RULE.code, format!("{rules} is allowed with {missing}"))
            .at(span, "an exception to a programme")
            .help(
                "say who decided it (`by: team`, in a comment `@team`), and until when (`until: 2027-01-31`)",
            ),
    )
}
