//! What is known when the file is compiled: `${vars.x}`, `${app}`, `${stage}` and, where it is
//! given, `${region}`. Each is put in place before the file is typed, so that numbers stay numbers.

use std::sync::Arc;

use indexmap::IndexMap;
use samc_base::{Diagnostic, Diagnostics, Span, codes, nearest};
use samc_syntax::{Entry, Node, NodeKind, Scalar, Style};

use super::text::{Segment, segments};
use crate::Options;

/// Where constants were put, so that findings can say where the value comes from.
#[derive(Default)]
pub(super) struct Uses {
    places: Vec<(Span, String, Span)>,
}

impl Uses {
    /// Adds, to each finding at a place where a constant was put, a second label at the constant.
    pub(super) fn explain(&self, diagnostics: &mut Diagnostics) {
        if self.places.is_empty() {
            return;
        }
        for finding in diagnostics.iter_mut() {
            let Some(span) = finding.span() else { continue };
            for (_, name, origin) in self.places.iter().filter(|(place, _, _)| *place == span) {
                let label = samc_base::Label {
                    span: *origin,
                    message: format!("the value of `{name}` comes from here"),
                };
                if !finding.labels.contains(&label) {
                    finding.labels.push(label);
                }
            }
        }
    }
}

/// The constants of a run.
struct Constants<'a> {
    vars: IndexMap<Arc<str>, Node>,
    /// Those that are being put together, to find circles.
    open: Vec<Arc<str>>,
    done: IndexMap<Arc<str>, Option<Node>>,
    fixed: Vec<(&'static str, String)>,
    uses: Uses,
    diagnostics: &'a mut Diagnostics,
}

/// Puts constants in place and takes `vars` out of the tree.
pub(super) fn substitute(
    root: &mut Node,
    stage: &str,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Uses {
    let app = root.get("app").and_then(Node::as_scalar).map(|s| s.text.to_string()).unwrap_or_default();
    let mut fixed = vec![("app", app), ("stage", stage.to_owned())];
    if options.region_given {
        fixed.push(("region", options.region.clone()));
    }
    let mut vars = IndexMap::new();
    if let NodeKind::Mapping(entries) = &mut root.kind
        && let Some(at) = entries.iter().position(|e| &*e.key == "vars")
    {
        let section = entries.remove(at);
        match section.value.kind {
            NodeKind::Mapping(members) => {
                members.into_iter().for_each(|e| check_var(e, &mut vars, diagnostics));
            }
            NodeKind::Scalar(s) if s.is_null() => {}
            kind @ (NodeKind::Scalar(_) | NodeKind::Sequence(_)) => {
                let node = Node { kind, span: section.value.span, tag: None };
                diagnostics.push(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!("`vars` takes a mapping, and got {}", node.kind_name()),
                    )
                    .at(node.span, "not a mapping")
                    .path("vars"),
                );
            }
        }
    }
    for (name, value) in &options.variables {
        match vars.get_mut(name.as_str()) {
            Some(node) => {
                let scalar = Scalar { text: value.as_str().into(), style: Style::Plain };
                *node = Node { span: node.span, tag: None, kind: NodeKind::Scalar(scalar) };
            }
            None => {
                let known: Vec<&str> = vars.keys().map(|k: &Arc<str>| &**k).collect();
                diagnostics.push(undeclared("var", name, &known).help("`--var` sets what `vars` declares"));
            }
        }
    }
    let mut constants = Constants {
        vars,
        open: Vec::new(),
        done: IndexMap::new(),
        fixed,
        uses: Uses::default(),
        diagnostics,
    };
    // Constants nobody uses are still checked.
    let names: Vec<Arc<str>> = constants.vars.keys().cloned().collect();
    for name in names {
        constants.var(&name, None);
    }
    constants.put(root, true);
    constants.uses
}

fn check_var(entry: Entry, vars: &mut IndexMap<Arc<str>, Node>, diagnostics: &mut Diagnostics) {
    let is_scalar = |node: &Node| node.as_scalar().is_some();
    let fits =
        is_scalar(&entry.value) || entry.value.as_sequence().is_some_and(|items| items.iter().all(is_scalar));
    if !fits {
        diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!(
                    "`vars.{}` takes a text, a number or a list of such, and got {}",
                    entry.key,
                    entry.value.kind_name()
                ),
            )
            .at(entry.value.span, "not a single value or a list")
            .path(format!("vars.{}", entry.key)),
        );
    }
    vars.insert(entry.key, entry.value);
}

/// The finding for a name without a declaration.
pub(super) fn undeclared(kind: &str, name: &str, known: &[&str]) -> Diagnostic {
    let declared = if known.is_empty() {
        "none is declared".to_owned()
    } else {
        format!("declared: {}", known.join(", "))
    };
    let finding = Diagnostic::error(codes::UNDECLARED_VALUE, format!("no {kind} {name} ({declared})"));
    match nearest(name, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("declare it under `{kind}s`")),
    }
}

impl Constants<'_> {
    /// The value of a constant with its own constants in place; none where something was reported.
    fn var(&mut self, name: &str, span: Option<Span>) -> Option<Node> {
        if let Some(done) = self.done.get(name) {
            return done.clone();
        }
        let Some((key, node)) = self.vars.get_key_value(name).map(|(k, n)| (k.clone(), n.clone())) else {
            let known: Vec<&str> = self.vars.keys().map(|k| &**k).collect();
            self.diagnostics.push(undeclared("var", name, &known).at(span, "not declared"));
            return None;
        };
        if let Some(at) = self.open.iter().position(|n| **n == *name) {
            let circle: Vec<&str> = self.open[at..].iter().map(|n| &**n).chain([name]).collect();
            self.diagnostics.push(
                Diagnostic::error(
                    codes::CONSTANT_CYCLE,
                    format!("the constants {} are made from each other", circle.join(" -> ")),
                )
                .at(span.unwrap_or(node.span), "comes back to itself")
                .help("give one of them a value of its own")
                .path(format!("vars.{name}")),
            );
            return None;
        }
        self.open.push(key.clone());
        let mut value = node;
        let found = self.put(&mut value, false).then_some(value);
        self.open.pop();
        self.done.insert(key, found.clone());
        found
    }

    /// Puts constants in place in a tree. False where a value has none because something was reported.
    fn put(&mut self, node: &mut Node, is_top: bool) -> bool {
        match &mut node.kind {
            NodeKind::Mapping(entries) => {
                entries.retain_mut(|e| {
                    (is_top && super::raw::SECTIONS.contains(&&*e.key)) || self.put(&mut e.value, false)
                });
                true
            }
            NodeKind::Sequence(items) => {
                items.retain_mut(|item| self.put(item, false));
                true
            }
            NodeKind::Scalar(scalar) => {
                if !scalar.text.contains("${") {
                    return true;
                }
                let (text, span) = (scalar.text.clone(), node.span);
                self.put_text(node, &text, span)
            }
        }
    }

    fn put_text(&mut self, node: &mut Node, text: &str, span: Span) -> bool {
        let parts = match segments(text) {
            Ok(parts) => parts,
            // What is wrong with the text is said when it is used.
            Err(_) => return true,
        };
        if let [Segment::Reference { path, .. }] = parts.as_slice()
            && let Some(name) = path.strip_prefix("vars.")
        {
            let Some(value) = self.var(name, Some(span)) else { return false };
            self.note(span, path, value.span);
            *node = Node { span, ..value };
            return true;
        }
        let mut out = String::new();
        let mut changed = false;
        for part in parts {
            match part {
                // The text is read again later; what stands for itself must still do so then.
                Segment::Literal(literal) => out.push_str(&literal.replace("${", "$${")),
                Segment::Reference { path, .. } => match self.constant(path, span) {
                    Some(Ok(value)) => {
                        out.push_str(&value);
                        changed = true;
                    }
                    Some(Err(())) => return false,
                    None => out.push_str(&format!("${{{path}}}")),
                },
            }
        }
        if changed && let NodeKind::Scalar(scalar) = &mut node.kind {
            scalar.text = out.into();
            // A text made from parts is text, whatever it looks like.
            if scalar.style == Style::Plain {
                scalar.style = Style::DoubleQuoted;
            }
        }
        true
    }

    /// The text of a constant; none for what is known only at deployment.
    fn constant(&mut self, path: &str, span: Span) -> Option<Result<String, ()>> {
        if let Some((_, value)) = self.fixed.iter().find(|(name, _)| *name == path) {
            return Some(Ok(value.clone()));
        }
        let name = path.strip_prefix("vars.")?;
        let Some(value) = self.var(name, Some(span)) else { return Some(Err(())) };
        self.note(span, path, value.span);
        match value.as_scalar() {
            Some(scalar) => Some(Ok(scalar.text.to_string())),
            None => {
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!("`${{{path}}}` is a list, and cannot be put into the middle of a text"),
                    )
                    .at(span, "a text")
                    .label(value.span, "a list")
                    .help("let it stand alone, where a list is wanted"),
                );
                Some(Err(()))
            }
        }
    }

    fn note(&mut self, place: Span, name: &str, origin: Span) {
        if place != origin {
            self.uses.places.push((place, name.to_owned(), origin));
        }
    }
}
