//! `AWS::Include` of local files: what they hold takes the place of the `Fn::Transform`, with the
//! spans it has in its own file. Includes from S3 stay for CloudFormation to carry out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use samc_base::{Diagnostic, Diagnostics, Span, codes};
use samc_syntax::{Document, Entry, Node, NodeKind};

use crate::compile::is_whole;
use crate::input;
use crate::nested::relative;
use crate::run::{Place, Run};

/// The key of a transform of a part of the template.
const TRANSFORM: &str = "Fn::Transform";

/// The macro that includes a file.
const INCLUDE: &str = "AWS::Include";

/// How many times files may be included in one run, so that files which include each other often
/// use no memory out of proportion to their size.
const LIMIT: usize = 10_000;

/// One walk over a document.
struct Includes<'r> {
    run: &'r mut Run,
    found: &'r mut Diagnostics,
    /// What each file holds; none where that was told to be wrong.
    files: BTreeMap<PathBuf, Option<Node>>,
    /// The files being included, with their names and the places that name them.
    chain: Vec<(PathBuf, String, Option<Span>)>,
    /// How many files were put in.
    count: usize,
}

/// Carries out the includes of local files in a document.
pub(crate) fn resolve(run: &mut Run, document: &mut Document, place: &Place, found: &mut Diagnostics) {
    let path = Path::new(&place.input).canonicalize().unwrap_or_else(|_| PathBuf::from(&place.input));
    let chain = vec![(path, place.input.clone(), None)];
    let mut includes = Includes { run, found, files: BTreeMap::new(), chain, count: 0 };
    includes.sections(&mut document.root, &place.folder());
    includes.node(&mut document.root, &place.folder());
}

impl Includes<'_> {
    /// Includes at the top level: `Transform: {Name: AWS::Include, …}`, alone or in a list.
    fn sections(&mut self, root: &mut Node, folder: &Path) {
        let NodeKind::Mapping(sections) = &mut root.kind else { return };
        let Some(at) = sections.iter().position(|e| &*e.key == "Transform") else { return };
        let mut contents = Vec::new();
        match &mut sections[at].value.kind {
            NodeKind::Sequence(items) => {
                items.retain(|item| match self.content_of(item, folder) {
                    Some(content) => {
                        contents.push(content);
                        false
                    }
                    None => true,
                });
                if items.is_empty() {
                    sections.remove(at);
                }
            }
            NodeKind::Mapping(_) => {
                if let Some(content) = self.content_of(&sections[at].value.clone(), folder) {
                    contents.push(content);
                    sections.remove(at);
                }
            }
            NodeKind::Scalar(_) => {}
        }
        for content in contents {
            let NodeKind::Mapping(entries) = content.kind else { continue };
            for entry in entries {
                match sections.iter_mut().find(|section| section.key == entry.key) {
                    None => sections.push(entry),
                    Some(section) => {
                        if let (NodeKind::Mapping(own), NodeKind::Mapping(more)) =
                            (&mut section.value.kind, entry.value.kind)
                        {
                            add(own, more);
                        }
                    }
                }
            }
        }
    }

    /// Includes anywhere below a node.
    fn node(&mut self, node: &mut Node, folder: &Path) {
        let tagged = node.tag.as_ref().is_some_and(|tag| &*tag.text == "!Transform");
        if tagged && let Some(content) = self.content_of(node, folder) {
            *node = content;
            return;
        }
        match &mut node.kind {
            NodeKind::Scalar(_) => {}
            NodeKind::Sequence(items) => items.iter_mut().for_each(|item| self.node(item, folder)),
            NodeKind::Mapping(entries) => {
                if let Some(at) = entries.iter().position(|e| &*e.key == TRANSFORM)
                    && let Some(content) = self.content_of(&entries[at].value, folder)
                {
                    entries.remove(at);
                    match content.kind {
                        _ if entries.is_empty() => *node = content,
                        NodeKind::Mapping(more) => add(entries, more),
                        NodeKind::Scalar(_) | NodeKind::Sequence(_) => {}
                    }
                    // What was put in has had its own includes carried out.
                    return;
                }
                entries.iter_mut().for_each(|entry| self.node(&mut entry.value, folder));
            }
        }
    }

    /// What a macro call includes, if it is a call of `AWS::Include` with a local file that is there.
    fn content_of(&mut self, call: &Node, folder: &Path) -> Option<Node> {
        let is_text = |node: &&Node| node.tag.is_none();
        let name = call.get("Name").and_then(Node::as_scalar)?;
        let location = call.get("Parameters")?.get("Location").filter(is_text)?;
        let text = &location.as_scalar()?.text;
        let is_remote = text.contains("://") || text.starts_with("{{resolve:");
        if &*name.text != INCLUDE || text.is_empty() || is_remote {
            return None;
        }
        let shown = relative(folder, text);
        if !Path::new(&shown).is_file() {
            self.missing(&shown, location.span);
            return None;
        }
        let path = Path::new(&shown).canonicalize().unwrap_or_else(|_| PathBuf::from(&shown));
        if let Some(from) = self.chain.iter().position(|(known, _, _)| *known == path) {
            let finding = self.cycle(from, location.span);
            self.found.push(finding);
            return None;
        }
        self.count += 1;
        if self.count > LIMIT {
            if self.count == LIMIT + 1 {
                let message = format!("files are included more than {LIMIT} times");
                self.found.push(
                    Diagnostic::error(codes::ALIAS_BUDGET, message).at(location.span, "and once more here"),
                );
            }
            return None;
        }
        if let Some(known) = self.files.get(&path) {
            return known.clone();
        }
        let content = self.read(&shown, &path, location.span);
        self.files.insert(path, content.clone());
        content
    }

    fn read(&mut self, shown: &str, path: &Path, at: Span) -> Option<Node> {
        let text = match self.run.text_of(shown) {
            Ok(text) => text,
            Err(no_text) => {
                self.found.push(no_text.diagnostic.at(at, "included here"));
                return None;
            }
        };
        let mut own = Diagnostics::default();
        let document = self.run.read(shown, text, &mut own);
        let is_whole = is_whole(&own);
        self.found.append(own);
        let mut root = document.root;
        if !is_whole {
            return None;
        }
        if root.as_mapping().is_none() {
            let message = format!("{shown} is {}, and an included file must be a mapping", root.kind_name());
            self.found.push(
                Diagnostic::error(codes::NOT_A_MAPPING, message)
                    .at(root.span.part(0, 1), format!("{} begins here", root.kind_name()))
                    .label(at, "included here")
                    .path(""),
            );
            return None;
        }
        let folder = Place { input: shown.to_owned(), name: None }.folder();
        self.chain.push((path.to_owned(), shown.to_owned(), Some(at)));
        self.node(&mut root, &folder);
        self.chain.pop();
        Some(root)
    }

    /// A file that is not there is told where something is to be written; elsewhere the include
    /// stays as it is.
    fn missing(&mut self, shown: &str, at: Span) {
        if self.run.settings.packaging.is_none() {
            return;
        }
        let near = input::near_file(shown);
        let label =
            near.map_or_else(|| "nothing is there".to_owned(), |near| format!("did you mean `{near}`?"));
        self.found.push(
            Diagnostic::error(
                codes::CODE_MISSING,
                format!("the file `{shown}` is to be included, and does not exist"),
            )
            .at(at, label)
            .help("paths are relative to the folder of this file; for a file in S3 write s3://bucket/key"),
        );
    }

    fn cycle(&self, from: usize, at: Span) -> Diagnostic {
        let links = self.chain.get(from..).unwrap_or_default();
        let mut names: Vec<&str> = links.iter().map(|(_, shown, _)| shown.as_str()).collect();
        let first = names.first().copied().unwrap_or_default();
        names.push(first);
        let message = format!("{first} includes itself: {}", names.join(" → "));
        let mut finding = Diagnostic::error(codes::NESTING_CYCLE, message)
            .at(at, format!("back to {first} from here"))
            .help("take one of these out");
        for (_, shown, at) in links.iter().skip(1) {
            finding = finding.label(*at, format!("includes {shown}"));
        }
        finding
    }
}

/// Adds the entries whose keys are not there: what stands beside an include comes before it.
fn add(own: &mut Vec<Entry>, more: Vec<Entry>) {
    for entry in more {
        if own.iter().all(|known| known.key != entry.key) {
            own.push(entry);
        }
    }
}
