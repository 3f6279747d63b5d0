//! `lint.per-path` and `lint.per-resource` of samc.yaml.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use samc_base::{Diagnostic, Diagnostics, Span, codes};
use samc_schema::app::OneOrMany;
use samc_syntax::Spanned;

use super::{Allow, Scope, Words};
use crate::config::Loaded;
use crate::policies;

const FORM: &str = "add `reason: ...`, and `until: 2027-01-31` where it is for a time";

/// Everything that the configuration allows.
pub(crate) fn of_config(loaded: &Loaded, found: &mut Diagnostics) -> Vec<Allow> {
    let mut allows = Vec::new();
    let Some(lint) = &loaded.config.lint else { return allows };
    let own = policies::codes_of(loaded);
    let mut take = |words: Entry<'_>, patterns: &Spanned<OneOrMany<String>>, are_paths: bool, path: &str| {
        let Some(globs) = globs(patterns, are_paths, path, found) else { return };
        let scope = if are_paths { Scope::Paths(globs) } else { Scope::Resources(globs) };
        let Some(span) = words.span else { return };
        let rules = words.ignore.value.items(words.ignore.span);
        let words = Words {
            rules: rules.into_iter().map(|rule| (rule.value.as_str(), rule.span)).collect(),
            reason: words.reason.map(|reason| reason.value.as_str()),
            until: words.until.map(|until| (until.value.as_str(), until.span)),
            has_owner: words.has_owner,
            span,
        };
        // That a rule does not exist was told when the configuration was read.
        let is_known = |(name, _): &(&str, Option<Span>)| {
            crate::config::rule_named(name).is_some()
                || own.iter().any(|code| code.id() == *name || code.name() == *name)
        };
        if words.rules.iter().all(is_known) {
            allows.extend(words.judge(scope, &own, FORM, found));
        }
    };
    for entry in lint.per_path.iter().flatten() {
        let (value, span) = (&entry.value, entry.span);
        let (reason, until) = (value.reason.as_ref(), value.until.as_ref());
        let words = Entry { ignore: &value.ignore, reason, until, has_owner: value.by.is_some(), span };
        take(words, &value.paths, true, "lint.per-path");
    }
    for entry in lint.per_resource.iter().flatten() {
        let (value, span) = (&entry.value, entry.span);
        let (reason, until) = (value.reason.as_ref(), value.until.as_ref());
        let words = Entry { ignore: &value.ignore, reason, until, has_owner: value.by.is_some(), span };
        take(words, &value.resources, false, "lint.per-resource");
    }
    allows
}

/// What both kinds of entry have.
struct Entry<'a> {
    ignore: &'a Spanned<OneOrMany<String>>,
    reason: Option<&'a Spanned<String>>,
    until: Option<&'a Spanned<String>>,
    has_owner: bool,
    span: Option<Span>,
}

/// Patterns, in which `*` stays within one folder of a path and `**` does not.
fn globs(
    patterns: &Spanned<OneOrMany<String>>,
    are_paths: bool,
    path: &str,
    found: &mut Diagnostics,
) -> Option<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns.value.items(patterns.span) {
        match GlobBuilder::new(pattern.value).literal_separator(are_paths).build() {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => {
                found.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        format!("`{}` is not a pattern: {}", pattern.value, error.kind()),
                    )
                    .at(pattern.span, "not a pattern")
                    .help("`*` stands for any characters, `**` also for folders, `[ab]` for one of some")
                    .path(path),
                );
                return None;
            }
        }
    }
    set.build().ok()
}
