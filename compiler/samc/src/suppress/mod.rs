//! What is allowed of the findings of rules, in three forms: comments, `Metadata` of templates and resources,
//! and the configuration. Each needs a reason; one that allows nothing, or whose day has passed, is told.

mod comment;
mod configured;
mod metadata;

use std::path::Path;

use globset::GlobSet;
use rustc_hash::FxHashSet;
use samc_base::{Diagnostic, Diagnostics, SourceMap, Span, codes, nearest};
use samc_lint::{RULES, Waiver};
use samc_syntax::{Document, Node};

use crate::config::{self, Loaded};
use crate::policies;

/// Something that is allowed.
#[derive(Debug, Clone)]
pub(crate) struct Allow {
    /// The codes of rules.
    rules: Vec<&'static str>,
    /// The last day, as `YYYY-MM-DD`.
    until: Option<String>,
    /// Whether it says who decided it.
    has_owner: bool,
    /// Where it is written.
    span: Span,
    scope: Scope,
    /// Rules that it kept from speaking.
    used: Vec<&'static str>,
    /// True once something was looked at that it is about.
    concerned: bool,
}

/// What something allowed is about.
#[derive(Debug, Clone)]
enum Scope {
    /// A part of the text.
    Place(Span),
    /// A resource, with all that is made from it.
    Resource { name: String, span: Span },
    /// The whole document.
    Document,
    /// Files, as seen from the folder of the configuration.
    Paths(GlobSet),
    /// Logical ids and components.
    Resources(GlobSet),
}

/// What findings are seen against.
pub(crate) struct View<'a> {
    pub(crate) document: &'a Document,
    pub(crate) sources: &'a SourceMap,
    /// The folder of the configuration; patterns of paths are relative to it.
    pub(crate) folder: &'a Path,
    pub(crate) today: &'a str,
    /// The names of resources and components: as the author wrote them, and as they are deployed.
    pub(crate) names: &'a [String],
}

impl View<'_> {
    /// The name of a file as it is seen from the folder of the configuration.
    fn path_of(&self, finding: &Diagnostic) -> String {
        let file = finding.span().map_or(self.document.file, |span| span.file);
        config::seen_from(self.folder, self.sources.file(file).name())
    }

    /// What a finding is about, in every way that a pattern may say it.
    fn names_of(&self, finding: &Diagnostic) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(name) = &finding.resource {
            names.push(name.clone());
            for section in self.document.root.as_mapping().unwrap_or_default() {
                if section.value.as_mapping().is_some_and(|m| m.iter().any(|e| *e.key == **name)) {
                    names.push(format!("{}.{name}", section.key));
                }
            }
        }
        let path = finding.path.as_deref().unwrap_or_default();
        names.extend(path.strip_prefix("Resources.").and_then(|p| p.split('.').next()).map(str::to_owned));
        names
    }
}

impl Allow {
    fn covers(&self, finding: &Diagnostic, view: &View<'_>) -> bool {
        match &self.scope {
            Scope::Place(place) => finding.span().is_some_and(|span| place.contains(span)),
            Scope::Resource { name, span } => {
                finding.resource.as_deref() == Some(name) || finding.span().is_some_and(|s| span.contains(s))
            }
            Scope::Document => true,
            Scope::Paths(globs) => globs.is_match(view.path_of(finding)),
            Scope::Resources(globs) => view.names_of(finding).iter().any(|name| globs.is_match(name)),
        }
    }

    /// Notes whether a document has anything that this is about.
    fn look(&mut self, view: &View<'_>) {
        let name = || config::seen_from(view.folder, view.sources.file(view.document.file).name());
        self.concerned |= match &self.scope {
            Scope::Place(_) | Scope::Resource { .. } | Scope::Document => true,
            Scope::Paths(globs) => globs.is_match(name()),
            Scope::Resources(globs) => view.names.iter().any(|name| globs.is_match(name)),
        };
    }

    fn is_over(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|day| day < today)
    }

    /// Where it is written, with the rules that it kept from speaking.
    pub(crate) fn uses(&self) -> impl Iterator<Item = (Span, &'static str)> {
        self.used.iter().map(|rule| (self.span, *rule))
    }
}

/// What a document itself allows: comments and `Metadata`. What is wrong with them is told.
pub(crate) fn of_document(
    document: &Document,
    sources: &SourceMap,
    config: Option<&Loaded>,
    found: &mut Diagnostics,
) -> Vec<Allow> {
    let own = config.map(policies::codes_of).unwrap_or_default();
    let mut allows = comment::all(document, sources, &own, found);
    allows.extend(metadata::all(document, &own, found));
    allows
}

pub(crate) use configured::of_config;

/// What the rule about waivers sees of what is allowed: what stands in `Metadata` it reads itself.
pub(crate) fn waivers(allows: &[Allow]) -> Vec<Waiver> {
    let is_elsewhere = |allow: &&Allow| !matches!(allow.scope, Scope::Resource { .. } | Scope::Document);
    allows
        .iter()
        .filter(is_elsewhere)
        .map(|allow| Waiver {
            rules: allow.rules.clone(),
            has_owner: allow.has_owner,
            has_end: allow.until.is_some(),
            span: allow.span,
        })
        .collect()
}

/// Takes out what is allowed.
pub(crate) fn take_out(found: &mut Diagnostics, view: &View<'_>, allows: &mut [Allow]) {
    for allow in allows.iter_mut() {
        allow.look(view);
    }
    if allows.is_empty() {
        return;
    }
    found.retain(|finding| {
        let id = finding.code().id();
        let mut is_kept = true;
        for allow in allows.iter_mut().filter(|a| a.rules.contains(&id)) {
            if allow.covers(finding, view) {
                allow.used.push(id);
                is_kept &= allow.is_over(view.today);
            }
        }
        is_kept
    });
}

/// Tells of what is no longer in force, and of what allows nothing although its rule ran.
pub(crate) fn tell(allows: &[Allow], today: &str, ran: impl Fn(&str) -> bool, found: &mut Diagnostics) {
    for allow in allows {
        if allow.is_over(today) {
            let day = allow.until.as_deref().unwrap_or_default();
            found.push(
                Diagnostic::warning(codes::ALLOW_EXPIRED, format!("this allowed until {day}, which is over"))
                    .at(allow.span, "no longer in force")
                    .help("mend what it allowed, or give it another day and say why"),
            );
            continue;
        }
        for rule in allow.rules.iter().filter(|rule| !allow.used.contains(*rule)) {
            if allow.concerned && ran(rule) {
                let message = format!("{rule} finds nothing here that would have to be allowed");
                let help = match allow.scope {
                    Scope::Place(_) => "take it out, or put it above the entry that it is about",
                    _ => "take it out",
                };
                found.push(
                    Diagnostic::warning(codes::ALLOW_UNUSED, message)
                        .at(allow.span, "allows nothing")
                        .help(help),
                );
            }
        }
    }
}

/// True for rules that a run of the given settings looks at everywhere.
pub(crate) fn runs(options: &samc_lint::Options, rule: &str) -> bool {
    RULES.iter().any(|r| r.code.id() == rule && options.takes(r))
}

/// What is read of something allowed, in any form.
struct Words<'a> {
    rules: Vec<(&'a str, Option<Span>)>,
    reason: Option<&'a str>,
    until: Option<(&'a str, Option<Span>)>,
    has_owner: bool,
    span: Span,
}

impl Words<'_> {
    /// Checks the words; what is wrong with them is told, and allows nothing.
    fn judge(
        self,
        scope: Scope,
        own: &[samc_base::Code],
        form: &str,
        found: &mut Diagnostics,
    ) -> Option<Allow> {
        let mut malformed = |span: Option<Span>, message: String, help: String| {
            found.push(
                Diagnostic::warning(codes::ALLOW_MALFORMED, message)
                    .at(span.unwrap_or(self.span), "allows nothing")
                    .help(help),
            );
            None
        };
        if self.reason.is_none_or(|reason| reason.trim().is_empty()) {
            return malformed(None, "what is allowed needs a reason".to_owned(), form.to_owned());
        }
        let mut rules = Vec::new();
        for (name, span) in self.rules {
            let is_own = |code: &&samc_base::Code| code.id() == name || code.name() == name;
            match config::rule_named(name).or_else(|| own.iter().find(is_own).copied()) {
                Some(code) => rules.push(code.id()),
                None => {
                    let known = config::rule_codes().chain(own.iter().copied());
                    let help = match nearest(name, known.flat_map(|code| [code.id(), code.name()])) {
                        Some(near) => format!("did you mean {near}?"),
                        None => "`samc rules` lists the rules; errors of the language cannot be allowed"
                            .to_owned(),
                    };
                    return malformed(span, format!("there is no rule `{name}`"), help);
                }
            }
        }
        if rules.is_empty() {
            return malformed(None, "no rule is named that is allowed".to_owned(), form.to_owned());
        }
        if let Some((day, span)) = self.until.filter(|(day, _)| !config::is_day(day)) {
            let help = "a day looks like `2027-01-31`".to_owned();
            return malformed(span, format!("`{day}` is not a day"), help);
        }
        Some(Allow {
            rules,
            until: self.until.map(|(day, _)| day.to_owned()),
            has_owner: self.has_owner,
            span: self.span,
            scope,
            used: Vec::new(),
            concerned: false,
        })
    }
}

/// The names of resources and components of a document and of what became of it.
pub(crate) fn names(document: &Document, graph: &samc_ir::ResourceGraph) -> Vec<String> {
    let mut names: FxHashSet<String> = graph.resources.keys().map(|id| id.to_string()).collect();
    for section in document.root.as_mapping().unwrap_or_default() {
        for entry in section.value.as_mapping().unwrap_or_default() {
            names.insert(format!("{}.{}", section.key, entry.key));
            if &*section.key == "Resources"
                || document.root.get("app").is_some_and(|n: &Node| n.as_scalar().is_some())
            {
                names.insert(entry.key.to_string());
            }
        }
    }
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    names
}
