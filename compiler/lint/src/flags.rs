//! What is said of the data of a resource, whoever says it: app.yaml, `Metadata: {samc: {compliance}}`, or a
//! tag. This is the one place that tells it.

use samc_base::{Diagnostic, LogicalId, Span};
use samc_ir::flags::{Class, Flags, Programme, Subject};
use samc_ir::{Expr, Resource, ResourceGraph};

use crate::query::{items, name};
use crate::rule::{On, Profile, Rule};
use crate::{Options, rules};

/// What a word in a tag means.
#[derive(Clone, Copy)]
enum Word {
    Programme(Programme),
    Class(Class),
    Subject(Subject),
}

const PROGRAMMES: &[(&str, Word)] = &[
    ("pci", Word::Programme(Programme::Pci)),
    ("pci-dss", Word::Programme(Programme::Pci)),
    ("hipaa", Word::Programme(Programme::Hipaa)),
    ("phi", Word::Subject(Subject::Phi)),
    ("gdpr", Word::Programme(Programme::Gdpr)),
    ("pii", Word::Subject(Subject::Pii)),
];
const CLASSES: &[(&str, Word)] = &[
    ("confidential", Word::Class(Class::Confidential)),
    ("restricted", Word::Class(Class::Restricted)),
    ("secret", Word::Class(Class::Restricted)),
    ("sensitive", Word::Class(Class::Confidential)),
    ("pci", Word::Programme(Programme::Pci)),
    ("phi", Word::Subject(Subject::Phi)),
    ("pii", Word::Subject(Subject::Pii)),
];

/// The keys of tags that say what data are, with the values they have.
const TAGS: &[(&str, &[(&str, Word)])] =
    &[("compliance", PROGRAMMES), ("data-class", CLASSES), ("data-classification", CLASSES)];

/// What a tag says, in its words, and where.
fn tag(resource: &Resource) -> Option<(String, Word, Option<Span>)> {
    let tags = resource.property("Tags")?;
    let judge = |key: &str, value: &Expr, span: Option<Span>| {
        let text = value.as_str()?.trim().to_ascii_lowercase();
        let (_, words) = TAGS.iter().find(|(name, _)| key.eq_ignore_ascii_case(name))?;
        let (_, word) = words.iter().find(|(known, _)| *known == text)?;
        Some((format!("{key}: {text}"), *word, value.span.or(span).or(resource.origin.key_span)))
    };
    if let Some(map) = tags.as_map() {
        return map.entries().iter().find_map(|e| judge(&e.key, &e.value, e.key_span));
    }
    items(Some(tags)).find_map(|tag| {
        let map = tag.as_map()?;
        judge(map.get("Key")?.as_str()?, map.get("Value")?, tag.span)
    })
}

/// What is said of the data of a resource: of itself, by a tag, and of the whole application.
pub(crate) fn of(graph: &ResourceGraph, id: &LogicalId, resource: &Resource) -> Flags {
    let said = if graph.flags.is_empty() { Flags::default() } else { graph.flags.of(name(id, resource)) };
    let Some((_, word, span)) = tag(resource) else { return said };
    let mut tagged = Flags { span, ..Flags::default() };
    match word {
        Word::Programme(programme) => tagged.programmes.push(programme),
        Word::Class(class) => tagged.class = Some(class),
        Word::Subject(subject) => tagged.contains.push(subject),
    }
    said.with(&tagged)
}

/// What flags the data of a resource, in words, and where it is said; none where nothing asks for care.
pub(crate) fn said(
    graph: &ResourceGraph,
    id: &LogicalId,
    resource: &Resource,
) -> Option<(String, Option<Span>)> {
    let flags = of(graph, id, resource);
    if !flags.asks_for_care() {
        return None;
    }
    // A tag is quoted as it is written, unless more than the tag is said.
    let only_tagged = graph.flags.of(name(id, resource)) == Flags::default();
    let words = tag(resource).filter(|_| only_tagged).map_or_else(|| flags.words(), |(words, ..)| words);
    Some((words, flags.span))
}

/// The profiles that a programme takes on.
const PROFILES: &[(Programme, Profile)] =
    &[(Programme::Pci, Profile::Pci), (Programme::Hipaa, Profile::Hipaa)];

/// The profiles of the programmes that the data of a resource fall under.
pub(crate) fn profiles(graph: &ResourceGraph, id: &LogicalId, resource: &Resource) -> Vec<Profile> {
    let flags = of(graph, id, resource);
    PROFILES
        .iter()
        .filter(|(programme, _)| flags.falls_under(*programme))
        .map(|(_, profile)| *profile)
        .collect()
}

/// The settings of a run, with the profiles of the programmes that the whole application falls under. Where the
/// language sees to the controls, rules that ask for the same run only where they are asked for by name.
pub(crate) fn with_those_of_all(graph: &ResourceGraph, options: &Options) -> Options {
    let given = options;
    let mut options = options.clone();
    if graph.flags.has_controls {
        let covered = rules::COVERED_BY_CONTROLS.iter().filter(|rule| !given.takes(rule));
        options.off.extend(covered.map(|rule| rule.code.id().to_owned()));
    }
    for (programme, profile) in PROFILES {
        if graph.flags.all.programmes.contains(programme) && !options.profiles.contains(profile) {
            options.profiles.push(*profile);
        }
    }
    options
}

/// True where the author of some resource asks for a rule that is not taken on for all of them.
pub(crate) fn ask_for(rule: &Rule, graph: &ResourceGraph) -> bool {
    let mut said = graph.flags.own.values().chain([&graph.flags.all]);
    said.any(|flags| asks(flags, rule))
}

/// True where flags ask for a rule: one of a programme they name, or one about data that need care.
fn asks(flags: &Flags, rule: &Rule) -> bool {
    let On::Profiles(profiles) = rule.on else { return false };
    let of_programme = |(programme, profile): &(Programme, Profile)| {
        profiles.contains(profile) && flags.falls_under(*programme)
    };
    // Without a programme there is no more to go by than that the data need care.
    let of_data = rules::ABOUT_DATA.contains(&rule.code);
    PROFILES.iter().any(of_programme) || of_data && flags.asks_for_care()
}

/// True where a finding of a rule that only some resources ask for is about one of them, or about a place
/// that their data come to.
pub(crate) fn concerns(finding: &Diagnostic, rule: &Rule, graph: &ResourceGraph) -> bool {
    if rules::FOLLOW_DATA.contains(&rule.code) {
        return true;
    }
    let resource = about(finding).and_then(|id| graph.resources.get_key_value(id));
    resource.is_some_and(|(id, resource)| asks(&of(graph, id, resource), rule))
}

/// The logical id of the resource that a finding is about.
fn about(finding: &Diagnostic) -> Option<&str> {
    finding.path.as_deref()?.strip_prefix("Resources.")?.split('.').next()
}

/// True where a rule of a profile finds something about a resource that holds nothing of the application's data.
pub(crate) fn is_apart(finding: &Diagnostic, rule: &Rule, graph: &ResourceGraph) -> bool {
    let apart = &graph.flags.apart;
    !apart.is_empty()
        && matches!(rule.on, On::Profiles(_))
        && about(finding).is_some_and(|id| apart.iter().any(|known| known == id))
}
