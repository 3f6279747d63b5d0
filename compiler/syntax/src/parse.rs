//! Reading a text into a [`Document`]: limits, the run over the events, several documents.

use std::sync::Arc;

use samc_base::{Diagnostic, Diagnostics, SourceFile, Span, codes};

use crate::build::{Builder, Step};
use crate::events::{Event, Events};
use crate::faults;
use crate::node::{Document, Node, NodeKind, Scalar, Style};

/// The deepest nesting that any option allows. Every walk over the tree may recurse because of it.
pub(crate) const DEPTH_CAP: usize = 1_000;

/// How long a key may be, in characters, until it has found its `:`. YAML says 1,024; JSON sets no
/// limit, and this much costs nothing.
pub(crate) const KEY_LIMIT: usize = 65_536;

/// Limits on what is read. The defaults let through every honest template and keep hostile ones
/// from using memory or stack out of proportion to their size.
#[derive(Debug, Clone)]
pub struct ParseOptions {
    /// Longest text in bytes; 64 MiB.
    pub max_bytes: usize,
    /// Deepest nesting of mappings and sequences, aliases carried out; 200. More than 1,000 counts
    /// as 1,000.
    pub max_depth: usize,
    /// How many nodes aliases may add to those written; 1,000,000.
    pub max_alias_nodes: usize,
    /// How many bytes of text aliases may add to those written; 64 MiB.
    pub max_alias_bytes: usize,
}

impl Default for ParseOptions {
    fn default() -> Self {
        ParseOptions {
            max_bytes: 64 << 20,
            max_depth: 200,
            max_alias_nodes: 1_000_000,
            max_alias_bytes: 64 << 20,
        }
    }
}

/// Reads YAML or JSON, which is read as YAML. There is always a document: where the text is at
/// fault, it holds what was read before, and `diagnostics` says why.
pub fn parse(file: &SourceFile, options: &ParseOptions, diagnostics: &mut Diagnostics) -> Document {
    let nothing = Span::new(file.id(), 0, 0);
    let mut document = Document { file: file.id(), root: left_out(nothing), aliases: Vec::new() };
    // A span holds 32-bit offsets, whatever the options say.
    let max_bytes = options.max_bytes.min(u32::MAX as usize - 1);
    if file.text().len() > max_bytes {
        diagnostics.push(
            Diagnostic::error(
                codes::TOO_LARGE,
                format!(
                    "{} has {} bytes; files of up to {} bytes are read",
                    file.name(),
                    file.text().len(),
                    max_bytes
                ),
            )
            .at(nothing, "")
            .help("move long texts into files of their own, or split the application"),
        );
        return document;
    }
    let max_depth = options.max_depth.min(DEPTH_CAP);
    let mut events = Events::new(file.text(), max_depth, KEY_LIMIT);
    let mut builder = Builder::new(file, options, max_depth, diagnostics);
    let mut starts = Vec::new();
    loop {
        let (event, range) = match events.next() {
            Ok(Some(next)) => next,
            Ok(None) => break,
            Err((fault, at)) => {
                let diagnostic = faults::describe(file, fault, at, builder.open(), builder.last(), max_depth);
                builder.report(diagnostic);
                break;
            }
        };
        match event {
            Event::DocumentStart => starts.push(range),
            Event::DocumentEnd => {}
            event => {
                // A document that is left out, after a last `---`, is none.
                if builder.is_complete() && starts.len() > 1 {
                    if !builder.replaces_nothing(&event) {
                        continue;
                    }
                    if builder.has_content() {
                        let second = starts.last().copied().unwrap_or(range);
                        builder.several_documents(second);
                        break;
                    }
                }
                if builder.step(event, range) == Step::Stop {
                    break;
                }
            }
        }
    }
    let (root, aliases) = builder.finish();
    if let Some(root) = root {
        document.root = root;
    }
    document.aliases = aliases;
    if !diagnostics.has_errors() && is_left_out(&document.root) {
        diagnostics.push(
            Diagnostic::error(codes::EMPTY_DOCUMENT, format!("{} holds no document", file.name()))
                .at(nothing, "nothing but blanks and comments from here on"),
        );
    }
    document
}

/// The node of a value that is not written.
pub(crate) fn left_out(span: Span) -> Node {
    Node { span, tag: None, kind: NodeKind::Scalar(Scalar { text: Arc::from(""), style: Style::Plain }) }
}

pub(crate) fn is_left_out(node: &Node) -> bool {
    node.tag.is_none()
        && matches!(&node.kind, NodeKind::Scalar(s) if s.style == Style::Plain && s.text.is_empty())
}
