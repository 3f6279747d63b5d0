//! `${Name}` in the definition of a state machine, and `DefinitionSubstitutions`, which give a
//! value to each.

use std::collections::BTreeSet;

use samc_base::{Diagnostic, Diagnostics, SourceMap, Span, codes, nearest};
use samc_ir::Map;
use samc_syntax::{Node, NodeKind};

use super::{Owner, is_call};

/// A name in a definition, with its place.
type Hole<'n> = (&'n str, Span);

/// Compares the names in a definition with those that get a value. `path` is that of the
/// substitutions in the template.
pub fn check(
    definition: &Node,
    substitutions: &Map,
    path: &str,
    owner: Owner<'_>,
    sources: &SourceMap,
    found: &mut Diagnostics,
) {
    let mut holes = Vec::new();
    collect(definition, sources, &mut holes);
    let mut told = BTreeSet::new();
    for (name, span) in &holes {
        if substitutions.contains_key(name) || !told.insert(*name) {
            continue;
        }
        let message = format!(
            "`${{{name}}}` in the definition of {} stays as it is: nothing gives it a value",
            owner.id
        );
        let finding = Diagnostic::warning(codes::MISSING_SUBSTITUTION, message);
        let near = nearest(name, substitutions.keys().map(|key| &**key));
        let finding = match near {
            Some(near) => finding
                .at(*span, format!("did you mean `{near}`?"))
                .label(substitutions.key_span(near), "given a value here"),
            None => finding
                .at(*span, "not in DefinitionSubstitutions")
                .help(format!("add `{name}` to DefinitionSubstitutions; names of resources and pseudo parameters mean nothing here")),
        };
        owner.report(found, "", finding);
    }
    let used: BTreeSet<&str> = holes.iter().map(|(name, _)| *name).collect();
    // Those without a place were made by the expansion.
    for entry in substitutions.entries().iter().filter(|e| e.key_span.is_some() && !used.contains(&*e.key)) {
        // Where a name is misspelt, it is told where it is used.
        if told.iter().any(|name| nearest(name, substitutions.keys().map(|key| &**key)) == Some(&*entry.key))
        {
            continue;
        }
        let message = format!("the definition of {} has no `${{{}}}` for this value", owner.id, entry.key);
        found.push(
            Diagnostic::warning(codes::UNUSED_SUBSTITUTION, message)
                .at(entry.key_span, "used nowhere")
                .help("take it out, or write it where the value belongs")
                .resource(owner.id)
                .path(format!("{path}.{}", entry.key)),
        );
    }
}

fn collect<'n>(node: &'n Node, sources: &SourceMap, holes: &mut Vec<Hole<'n>>) {
    // What a function of CloudFormation makes of a text is its own affair.
    if is_call(node) {
        return;
    }
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            for name in names(&scalar.text) {
                let written = sources.slice(node.span);
                let at = written.find(&format!("${{{name}}}"));
                let span = at.map_or(node.span, |at| node.span.part(at as u32, name.len() as u32 + 3));
                holes.push((name, span));
            }
        }
        NodeKind::Sequence(items) => items.iter().for_each(|item| collect(item, sources, holes)),
        NodeKind::Mapping(entries) => {
            for entry in entries {
                holes.extend(names(&entry.key).map(|name| (name, entry.key_span)));
                collect(&entry.value, sources, holes);
            }
        }
    }
}

/// The names between `${` and `}`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.'))
    };
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).filter(is_name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_stand_between_braces() {
        let found: Vec<_> = super::names("a${B}${ c }${D.Arn}${").collect();
        assert_eq!(found, ["B", "D.Arn"]);
    }
}
