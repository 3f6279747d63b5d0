//! From events to the tree: the stack of what is open, keys, tags and spans.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use samc_base::{Diagnostic, Diagnostics, SourceFile, Span, codes};

use crate::anchors::{Anchors, Size};
use crate::events::{Event, Properties, Range};
use crate::frame::{Frame, Key};
use crate::merge;
use crate::node::{AliasUse, Entry, Node, NodeKind, Scalar, Style, Tag};
use crate::parse::{ParseOptions, is_left_out, left_out};
use crate::place;

/// Whether reading goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// With the next event.
    Go,
    /// No: a limit is reached.
    Stop,
}

/// A node that is complete, on its way into what is open around it.
struct Done {
    node: Node,
    /// Where it is written here: for an alias the alias, not the anchor.
    at: Range,
    size: Size,
}

/// Makes the tree of one text.
pub(crate) struct Builder<'a> {
    file: &'a SourceFile,
    max_depth: usize,
    diagnostics: &'a mut Diagnostics,
    stack: Vec<Frame>,
    root: Option<Node>,
    aliases: Vec<AliasUse>,
    anchors: Anchors<'a>,
    keys: FxHashSet<Arc<str>>,
    empty: Arc<str>,
    /// Where the last thing read ends; headers of block scalars are looked for from here.
    last: u32,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(
        file: &'a SourceFile,
        options: &ParseOptions,
        max_depth: usize,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Builder {
            file,
            max_depth,
            diagnostics,
            stack: Vec::new(),
            root: None,
            aliases: Vec::new(),
            anchors: Anchors::new(file.text(), options),
            keys: FxHashSet::default(),
            empty: Arc::from(""),
            last: 0,
        }
    }

    /// What is open, outermost first.
    pub(crate) fn open(&self) -> &[Frame] {
        &self.stack
    }

    /// Where the last thing read ends.
    pub(crate) fn last(&self) -> u32 {
        self.last
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// True once a document has been read to its end.
    pub(crate) fn is_complete(&self) -> bool {
        self.stack.is_empty() && self.root.is_some()
    }

    /// True where the document that was read is not blank.
    pub(crate) fn has_content(&self) -> bool {
        self.root.as_ref().is_some_and(|root| !is_left_out(root))
    }

    /// False for the event of a blank document.
    pub(crate) fn replaces_nothing(&self, event: &Event<'_>) -> bool {
        !matches!(event, Event::Scalar(text, Style::Plain, None) if text.is_empty())
    }

    /// Reports the document that begins at `second`.
    pub(crate) fn several_documents(&mut self, second: Range) {
        let at = self.span(second);
        let first = self.root.as_ref().map(|root| root.span.part(0, 0));
        self.report(
            Diagnostic::error(codes::SEVERAL_DOCUMENTS, "there is more than one document in this file")
                .at(at, "a second document begins here")
                .label(first, "the first begins here")
                .help("put each document into a file of its own; only the first one is read"),
        );
    }

    /// Takes one event.
    pub(crate) fn step(&mut self, event: Event<'a>, range: Range) -> Step {
        match event {
            Event::DocumentStart | Event::DocumentEnd => Step::Go,
            Event::Scalar(text, style, properties) => self.scalar(&text, style, properties, range),
            Event::SequenceStart(flow, properties) => self.start(false, flow, properties, range),
            Event::MappingStart(flow, properties) => self.start(true, flow, properties, range),
            Event::End => self.end(range),
            Event::Alias(id) => self.alias(id, range),
            Event::UnknownAlias(name) => {
                let at = self.span(range);
                let known = self.anchors.nearest(&name);
                let mut diagnostic = Diagnostic::error(
                    codes::UNKNOWN_ALIAS,
                    format!("no anchor `&{name}` stands above `*{name}`"),
                )
                .at(at, "nothing to copy");
                diagnostic = match known {
                    Some((near, span)) => {
                        diagnostic.label(span, "an anchor of a similar name").help(format!("did you mean `*{near}`?"))
                    }
                    None => diagnostic.help(format!(
                        "mark the value to copy with `&{name}`, or put quotes around text that begins with `*`"
                    )),
                };
                self.report(diagnostic);
                self.last = range.end;
                self.attach(Done { node: left_out(at), at: range, size: Size::leaf("") })
            }
        }
    }

    /// The tree and the aliases. What is still open is closed where it stands.
    pub(crate) fn finish(mut self) -> (Option<Node>, Vec<AliasUse>) {
        while let Some(frame) = self.stack.last() {
            let end = frame.end;
            self.end(Range { start: end, end });
        }
        (self.root, self.aliases)
    }

    fn span(&self, range: Range) -> Span {
        Span::new(self.file.id(), range.start, range.end)
    }

    fn expects_key(&self) -> bool {
        self.stack.last().is_some_and(|frame| frame.mapping && frame.key.is_none())
    }

    fn scalar(&mut self, text: &str, style: Style, properties: Properties<'a>, range: Range) -> Step {
        let source = self.file.text();
        let before = after_properties(&properties, self.last);
        let at = match style {
            Style::Literal | Style::Folded => place::block_scalar(source, before.unwrap_or(self.last), range),
            Style::Plain if text.is_empty() => match before {
                Some(place) => Range { start: place, end: place },
                None => place::left_out(source, self.last, range, self.stack.last()),
            },
            Style::Plain => place::trim_end(source, range),
            Style::SingleQuoted | Style::DoubleQuoted => range,
        };
        self.last = at.end.max(before.unwrap_or(0));
        let span = self.span(at);
        let (tag, anchor) = properties.map_or((None, None), |p| (p.tag, p.anchor));
        let (mut style, mut tag) = (style, self.tag(tag));
        resolve_core_tag(&mut tag, &mut style);
        if self.expects_key() {
            if let Some((id, name, name_at)) = anchor {
                let node =
                    Node { span, tag: None, kind: NodeKind::Scalar(Scalar { text: text.into(), style }) };
                self.anchors.begin(id, name, self.span(name_at));
                self.anchors.define(id, &node, Size::leaf(text));
            }
            return self.key(text, style, tag, at);
        }
        let size = Size::leaf(text);
        let text = if text.is_empty() { self.empty.clone() } else { Arc::from(text) };
        let node = Node { span, tag, kind: NodeKind::Scalar(Scalar { text, style }) };
        if let Some((id, name, name_at)) = anchor {
            self.anchors.begin(id, name, self.span(name_at));
            self.anchors.define(id, &node, size);
        }
        self.attach(Done { node, at, size })
    }

    fn key(&mut self, text: &str, style: Style, tag: Option<Tag>, at: Range) -> Step {
        let span = self.span(at);
        let key = if let Some(tag) = tag {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::COMPLEX_KEY,
                    format!("the key `{text}` carries the tag {}", tag.text),
                )
                .at(tag.span, "a key is plain text")
                .help("put the tag before the value, after the colon"),
            );
            Key::Refused
        } else if style == Style::Plain && text == "<<" {
            Key::Merge(span)
        } else {
            let shared = match self.keys.get(text) {
                Some(known) => known.clone(),
                None => {
                    if style == Style::Plain
                        && let Some(diagnostic) = crate::faults::invisible(text, span)
                    {
                        self.diagnostics.push(diagnostic);
                    }
                    let new: Arc<str> = Arc::from(text);
                    self.keys.insert(new.clone());
                    new
                }
            };
            Key::Text(shared, span, style)
        };
        self.set_key(key, at);
        Step::Go
    }

    fn set_key(&mut self, key: Key, at: Range) {
        if let Some(frame) = self.stack.last_mut() {
            if frame.last_key.is_none() && !frame.flow {
                frame.start = at;
            }
            frame.last_key = Some(at);
            frame.end = frame.end.max(at.end);
            frame.key = Some(key);
        }
    }

    fn start(&mut self, mapping: bool, flow: bool, properties: Properties<'a>, range: Range) -> Step {
        if self.expects_key() {
            let at = self.span(range);
            let (kind, brackets) = if mapping { ("a mapping", "{...}") } else { ("a list", "[...]") };
            let diagnostic =
                Diagnostic::error(codes::COMPLEX_KEY, format!("a key of this mapping is itself {kind}"))
                    .at(at, "keys are text");
            let help = format!("put quotes around text that begins with a bracket, as in \"{brackets}\"");
            self.report(if flow { diagnostic.help(help) } else { diagnostic });
        }
        if self.stack.len() >= self.max_depth {
            let diagnostic =
                crate::faults::too_deep(self.span(range), &self.stack, self.file, self.max_depth);
            self.report(diagnostic);
            return Step::Stop;
        }
        let before = after_properties(&properties, self.last);
        let start = if mapping || flow { range } else { place::dash(self.file.text(), range) };
        self.last = start.end.max(before.unwrap_or(0));
        let (tag, anchor) = properties.map_or((None, None), |p| (p.tag, p.anchor));
        let tag = self.tag(tag).filter(|tag| {
            // What the brackets say already.
            !matches!((&*tag.text, mapping), ("!!map", true) | ("!!seq", false) | ("!", _))
        });
        if let Some((id, name, at)) = anchor.as_ref() {
            self.anchors.begin(*id, name.clone(), self.span(*at));
        }
        self.stack.push(Frame::new(mapping, flow, start, tag, anchor.map(|(id, _, _)| id)));
        Step::Go
    }

    fn end(&mut self, range: Range) -> Step {
        let Some(mut frame) = self.stack.pop() else { return Step::Go };
        if let (true, Some(key)) = (frame.mapping, frame.key.take()) {
            // The text ended between a key and its value.
            let place = Range { start: frame.end, end: frame.end };
            if let Key::Text(key, key_span, key_style) = key {
                let value = left_out(self.span(place));
                frame.entries.push(Entry { key, key_span, key_style, value });
            }
        }
        let closed = frame.flow && range.end > range.start;
        let end = if closed { range.end } else { frame.end };
        let at = Range { start: frame.start.start, end: end.max(frame.start.start) };
        self.last = self.last.max(at.end);
        let kind = if frame.mapping {
            let entries = merge::carry_out(frame.entries, frame.merges);
            NodeKind::Mapping(entries)
        } else {
            NodeKind::Sequence(frame.items)
        };
        let node = Node { span: self.span(at), tag: frame.tag, kind };
        let size = frame.size;
        if let Some(id) = frame.anchor {
            self.anchors.define(id, &node, size);
        }
        self.attach(Done { node, at, size })
    }

    fn alias(&mut self, id: usize, range: Range) -> Step {
        let at = self.span(range);
        self.last = range.end;
        let depth = self.max_depth.saturating_sub(self.stack.len());
        match self.anchors.expand(id, at, self.file, depth, self.max_depth) {
            Ok((node, size)) => {
                self.aliases.push(AliasUse { alias: at, target: node.span });
                if self.expects_key() {
                    return match &node.kind {
                        NodeKind::Scalar(s) => {
                            let (text, style) = (s.text.clone(), s.style);
                            self.key(&text, style, node.tag, range)
                        }
                        NodeKind::Sequence(_) | NodeKind::Mapping(_) => {
                            self.report(
                                Diagnostic::error(
                                    codes::COMPLEX_KEY,
                                    format!("the alias stands as a key, and is {}", node.kind_name()),
                                )
                                .at(at, "keys are text")
                                .label(node.span, "what it copies"),
                            );
                            self.set_key(Key::Refused, range);
                            Step::Go
                        }
                    };
                }
                self.attach(Done { node, at: range, size })
            }
            Err(diagnostic) => {
                // The budget is reported once; after that every alias stays empty without a word.
                if let Some(diagnostic) = diagnostic {
                    self.report(*diagnostic);
                }
                if self.expects_key() {
                    self.set_key(Key::Refused, range);
                    return Step::Go;
                }
                self.attach(Done { node: left_out(at), at: range, size: Size::leaf("") })
            }
        }
    }

    /// Puts a node where it belongs: the root, the next item, or the value of the waiting key.
    fn attach(&mut self, done: Done) -> Step {
        let file = self.file.id();
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(done.node);
            return Step::Go;
        };
        if !frame.mapping {
            frame.end = frame.end.max(done.at.end);
            frame.size.add(done.size);
            frame.items.push(done.node);
            return Step::Go;
        }
        let Some(key) = frame.key.take() else {
            // A collection in the place of a key, reported where it began.
            self.set_key(Key::Refused, done.at);
            return Step::Go;
        };
        frame.end = frame.end.max(done.at.end);
        match key {
            Key::Refused => {}
            Key::Merge(span) => {
                frame.size.add(done.size);
                let at = Span::new(file, done.at.start, done.at.end);
                match merge::collect(done.node, span, at, frame.entries.len()) {
                    Ok(merge) => frame.merges.push(merge),
                    Err(diagnostic) => self.diagnostics.push(*diagnostic),
                }
            }
            Key::Text(key, key_span, key_style) => {
                frame.size.add(done.size);
                frame.size.bytes += key.len();
                let name = key.clone();
                let entry = Entry { key, key_span, key_style, value: done.node };
                if let Some(first) = frame.insert(entry) {
                    self.diagnostics.push(duplicate(&name, key_span, first));
                }
            }
        }
        Step::Go
    }

    fn tag(&self, tag: Option<(Cow<'static, str>, Range)>) -> Option<Tag> {
        tag.map(|(text, at)| Tag { text: Arc::from(&*text), span: self.span(at) })
    }
}

/// Where the anchor and the tag before a node end, if it has any and they come after `last`.
fn after_properties(properties: &Properties<'_>, last: u32) -> Option<u32> {
    let properties = properties.as_ref()?;
    let tag = properties.tag.as_ref().map(|(_, at)| at.end);
    let anchor = properties.anchor.as_ref().map(|(_, _, at)| at.end);
    tag.max(anchor).filter(|end| *end >= last)
}

/// Carries out the tags of the core schema that only say how a scalar is meant.
fn resolve_core_tag(tag: &mut Option<Tag>, style: &mut Style) {
    let Some(text) = tag.as_ref().map(|t| &*t.text) else { return };
    match text {
        "!!str" | "!" if *style == Style::Plain => *style = Style::DoubleQuoted,
        "!!str" | "!" => {}
        "!!int" | "!!float" | "!!bool" | "!!null" => *style = Style::Plain,
        _ => return,
    }
    *tag = None;
}

fn duplicate(key: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_KEY, format!("the key `{key}` stands twice in the same mapping"))
        .at(second, "written again here")
        .label(first, "first written here")
        .help("keep one of the two, or give one another name")
}
