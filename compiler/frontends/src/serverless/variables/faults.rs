//! What is said about variables.

use samc_base::{Diagnostic, Diagnostics, Reported, Span, codes, nearest};
use samc_syntax::{Scalar, Style};

use super::cells::{Id, Misspelt, Pending};
use super::output::NODES;
use super::resolver::{BYTES, Missing, Resolver, Site};
use super::sources::{self, Ask};
use super::syntax::Call;

/// The place of bytes of a scalar's text; the whole scalar where it is written otherwise than it reads.
pub(super) fn part(span: Span, scalar: &Scalar, start: usize, end: usize) -> Span {
    let quotes = match scalar.style {
        Style::Plain => 0,
        Style::SingleQuoted | Style::DoubleQuoted => 1,
        Style::Literal | Style::Folded => return span,
    };
    if span.len() as usize != scalar.text.len() + 2 * quotes {
        return span;
    }
    span.part((start + quotes) as u32, end.saturating_sub(start) as u32)
}

fn help(finding: Diagnostic, help: &str) -> Diagnostic {
    if help.is_empty() { finding } else { finding.help(help) }
}

fn error(
    resolver: &mut Resolver<'_>,
    site: &Site,
    code: samc_base::Code,
    what: &str,
    label: &str,
    to_do: &str,
) -> Reported {
    let message = format!("`{}` in {} {what}", site.text, site.pending.name);
    resolver.found.report(help(Diagnostic::error(code, message).at(site.span, label), to_do))
}

/// A text whose variables are wrong.
pub(super) fn misspelt(found: &mut Diagnostics, misspelt: &Misspelt) -> Reported {
    let Misspelt { span, text, name, fault } = misspelt;
    let scalar = Scalar { text: text.clone(), style: guess(*span, text) };
    let at = part(*span, &scalar, fault.at, fault.at + 1);
    let message = format!("the variable in {name} {}", fault.what);
    found.report(Diagnostic::error(codes::VARIABLE_SYNTAX, message).at(at, "here").help(fault.help))
}

/// The style by which the text is as long as its place.
fn guess(span: Span, text: &str) -> Style {
    if span.len() as usize == text.len() { Style::Plain } else { Style::DoubleQuoted }
}

/// No source has a value.
pub(super) fn unresolved(resolver: &mut Resolver<'_>, site: &Site, missing: &[Missing]) -> Reported {
    let whys: Vec<&str> = missing.iter().map(|m| m.why.as_str()).collect();
    let what = format!("has no value: {}", whys.join(", and "));
    let mut to_do =
        missing.iter().map(|m| m.help.as_str()).find(|h| !h.is_empty()).unwrap_or_default().to_owned();
    let inner = site.text.trim_start_matches('$');
    let inner = inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(inner);
    if missing.len() == 1 && !to_do.starts_with("did you mean") {
        let or = if to_do.is_empty() { "" } else { "; or " };
        to_do.push_str(&format!("{or}write a value to fall back to: ${{{inner}, 'value'}}"));
    }
    error(resolver, site, codes::VARIABLE_UNRESOLVED, &what, "no value", &to_do)
}

/// A value that only AWS knows was passed over.
pub(super) fn tell_fallback(resolver: &mut Resolver<'_>, site: &Site, missing: &[Missing]) {
    for one in missing.iter().filter(|one| one.is_told) {
        let message = format!("`{}` in {} takes its fallback: {}", site.text, site.pending.name, one.why);
        let finding = Diagnostic::warning(codes::LOOKUP_FALLBACK, message).at(site.span, "falls back");
        resolver.found.push(finding.help(one.help.as_str()));
    }
}

/// CloudFormation looks a value up, and knows no fallback.
pub(super) fn fallback_not_taken(resolver: &mut Resolver<'_>, site: &Site, to_do: &str) {
    let message = format!(
        "the fallback of `{}` in {} is never taken: CloudFormation looks the parameter up when the stack is \
         deployed, and the deployment fails where it is not there",
        site.text, site.pending.name
    );
    let finding =
        Diagnostic::warning(codes::LOOKUP_FALLBACK, message).at(site.span, "looked up at deployment");
    resolver.found.push(finding.help(to_do));
}

/// A source of that name is not known.
pub(super) fn unknown_source(resolver: &mut Resolver<'_>, call: &Call, site: &Site) -> Reported {
    let to_do = match nearest(&call.name, sources::names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = sources::names().collect();
            let all = names.join(", ");
            format!("the sources are {all}; those of plugins are not run, and --var gives the value of one")
        }
    };
    let what = format!("has a source `{}`, which is none", call.name);
    error(resolver, site, codes::VARIABLE_SYNTAX, &what, "no such source", &to_do)
}

/// A source that cannot be asked so.
pub(super) fn misused(resolver: &mut Resolver<'_>, site: &Site, what: &str, to_do: &str) -> Reported {
    error(resolver, site, codes::VARIABLE_SYNTAX, what, "cannot be asked for", to_do)
}

/// A value that does not fit.
pub(super) fn unusable(resolver: &mut Resolver<'_>, site: &Site, what: &str, to_do: &str) -> Reported {
    error(resolver, site, codes::VARIABLE_VALUE, what, "cannot be used", to_do)
}

/// What a file of code would give.
pub(super) fn code(resolver: &mut Resolver<'_>, ask: &Ask<'_>, path: &str) -> Reported {
    let what = format!("would be what the program `{path}` gives, and samc runs none to compile");
    let to_do = format!(
        "write the values into a YAML or JSON file and name that, or give this one with --var '{}=VALUE'",
        ask.written()
    );
    error(resolver, ask.site, codes::VARIABLE_UNRESOLVED, &what, "a program", &to_do)
}

/// The value of a stage that is no name.
pub(super) fn no_stage(
    resolver: &mut Resolver<'_>,
    site: Option<&Site>,
    stage: &str,
    id: Option<Id>,
) -> Reported {
    let message = format!("`{stage}` is no name of a stage");
    let at = id.map(|id| resolver.cells.get(id).span).or(site.map(|site| site.span));
    let finding = Diagnostic::error(codes::VARIABLE_VALUE, message).at(at, "the stage");
    resolver.found.report(finding.help("it has letters, digits and hyphens"))
}

/// A value in the middle of a text that is none.
pub(super) fn no_text(
    resolver: &mut Resolver<'_>,
    pending: &Pending,
    at: Span,
    kind: &str,
    value: Id,
) -> Reported {
    let target = resolver.cells.get(value).span;
    let message = format!("the variable in the text of {} is {kind}, which no text can hold", pending.name);
    let mut finding = Diagnostic::error(codes::VARIABLE_VALUE, message).at(at, format!("{kind} in a text"));
    if target != at && !target.contains(at) {
        finding = finding.label(target, "the value");
    }
    resolver.found.report(finding.help(
        "let the variable stand alone as the whole value, or name a part of it: ${self:custom.mapping.key}",
    ))
}

/// The number of the account in a text that `Fn::Sub` would change otherwise too.
pub(super) fn account_beside_other(resolver: &mut Resolver<'_>, pending: &Pending, at: Span) -> Reported {
    let message = format!(
        "the text of {} has the number of the account in it, and with it `${{` that `Fn::Sub` would change too",
        pending.name
    );
    resolver.found.report(
        Diagnostic::error(codes::VARIABLE_VALUE, message)
            .at(at, "known only when the stack is deployed")
            .help("write the whole as !Sub with ${AWS::AccountId}, or give the number with --var aws:accountId=NUMBER"),
    )
}

/// What is known only at deployment decides what another variable is.
pub(super) fn late(resolver: &mut Resolver<'_>, site: &Site, what: &str) -> Reported {
    let what = format!("depends on {what}, which is known only when the stack is deployed");
    unusable(
        resolver,
        site,
        &what,
        "give the value with --var 'SOURCE:ADDRESS=VALUE', as the source is written",
    )
}

/// A value that depends on itself; `id` is open already.
pub(super) fn cycle(resolver: &mut Resolver<'_>, id: Id) -> Reported {
    let from = resolver.open.iter().position(|open| *open == id).unwrap_or_default();
    let links: Vec<(String, Span)> = resolver.open[from..]
        .iter()
        .filter_map(|open| {
            let cell = resolver.cells.get(*open);
            match &cell.content {
                super::cells::Content::Variable(pending, _) => Some((pending.name.clone(), cell.span)),
                _ => None,
            }
        })
        .collect();
    let Some((first, at)) = links.first().cloned() else {
        return resolver.found.report(Diagnostic::error(codes::VARIABLE_CYCLE, "a variable needs itself"));
    };
    let mut names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
    names.push(&first);
    names.dedup();
    let message = format!("{first} needs itself: {}", names.join(" → "));
    let needs = |index: usize| links.get(index + 1).map_or(first.as_str(), |(name, _)| name.as_str());
    let mut finding = Diagnostic::error(codes::VARIABLE_CYCLE, message).at(at, format!("needs {}", needs(0)));
    for (index, (_, span)) in links.iter().enumerate().skip(1) {
        finding = finding.label(*span, format!("needs {}", needs(index)));
    }
    resolver.found.report(finding.help("write one of the values out"))
}

/// A value with itself inside.
pub(super) fn contains_itself(resolver: &mut Resolver<'_>, at: Span, value: Span) -> Reported {
    resolver.found.report(
        Diagnostic::error(codes::VARIABLE_CYCLE, "this variable puts a value into itself")
            .at(at, "would contain itself without end")
            .label(value, "the value")
            .help("name the part of it that is meant: ${file(path):key}"),
    )
}

/// Variables that lead to variables too many times.
pub(super) fn too_deep(resolver: &mut Resolver<'_>, id: Id) -> Reported {
    let at = resolver.cells.get(id).span;
    resolver.found.report(
        Diagnostic::error(codes::TOO_DEEP, "variables lead to variables more than 150 times")
            .at(at, "too deep from here")
            .help("name the value itself rather than a variable that leads to it"),
    )
}

/// A tree that is too deep with what variables put in.
pub(super) fn nests_too_deep(resolver: &mut Resolver<'_>, at: Span, limit: usize) -> Reported {
    let message = format!("with what its variables put in, the document nests deeper than {limit} levels");
    resolver.found.report(Diagnostic::error(codes::TOO_DEEP, message).at(at, "too deep here"))
}

/// More than variables may add.
pub(super) fn too_large(resolver: &mut Resolver<'_>, at: Span) -> Reported {
    let message = format!(
        "variables make the document too large: they add more than {NODES} values or {BYTES} bytes of text"
    );
    resolver.found.report(
        Diagnostic::error(codes::ALIAS_BUDGET, message)
            .at(at, "the limit is reached here")
            .help("take variables out that put in what holds such variables itself"),
    )
}
