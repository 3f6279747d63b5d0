//! The one place that knows the YAML scanner in use: its events, in our own words, with byte ranges.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Parser, ScalarStyle, ScanError, Span as RawSpan, StrInput, StructureStyle};
use granit_parser::{Event as Raw, Tag as RawTag};

use crate::node::Style;

/// A half-open range of bytes in the text that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    /// First byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
}

/// What is written before a node, if anything is. Most nodes have none, and events are moved often.
pub(crate) type Properties<'a> = Option<Box<Property<'a>>>;

/// An anchor, a tag, or both.
#[derive(Debug, Default)]
pub(crate) struct Property<'a> {
    /// The number the scanner gave the anchor, the name without `&`, and where it is written.
    pub(crate) anchor: Option<(usize, Cow<'a, str>, Range)>,
    /// The tag in its short form, `!Ref` or `!!str`, and where it is written.
    pub(crate) tag: Option<(Cow<'static, str>, Range)>,
}

/// One step of reading.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A document begins; true where `---` says so.
    DocumentStart,
    /// A document ends.
    DocumentEnd,
    /// A scalar with its text after unescaping.
    Scalar(Cow<'a, str>, Style, Properties<'a>),
    /// A sequence begins; true where it is written in brackets.
    SequenceStart(bool, Properties<'a>),
    /// A mapping begins; true where it is written in braces.
    MappingStart(bool, Properties<'a>),
    /// The innermost sequence or mapping ends.
    End,
    /// An alias to the anchor of this number.
    Alias(usize),
    /// An alias whose name no anchor above has.
    UnknownAlias(Cow<'a, str>),
}

/// Why reading stopped, in the groups that are worded differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The text ended, or something else came, inside brackets.
    UnclosedFlow,
    /// A bracket of one kind closes one of the other: `[` and `}`.
    MismatchedBracket(char, char),
    /// A closing bracket without an opening one.
    StrayBracket,
    /// A comma or a closing bracket is missing.
    MissingComma,
    /// A quoted string without its second quote.
    UnclosedQuote,
    /// Something stands after the closing quote.
    AfterQuote,
    /// An escape that double quotes do not have.
    BadEscape,
    /// A line that would have to be a key and is not.
    MissingColon,
    /// A `:` where no value may begin.
    StrayColon,
    /// A `-` where no list item may begin.
    StrayDash,
    /// A line indented so that it belongs to nothing.
    Indentation,
    /// A tab where only blanks may stand.
    Tab,
    /// A character no plain text may begin with.
    Character(char),
    /// A tag or a directive that is not well formed.
    Tag,
    /// A tag with a prefix that no directive declares.
    TagHandle,
    /// `&` or `*` without a name.
    AnchorName,
    /// A block scalar whose first line or indentation is not right.
    BlockScalar,
    /// A `%` directive that is not well formed.
    Directive,
    /// `---` or `...` inside a quoted string, or text after `...`.
    DocumentMarker,
    /// A byte order mark in the middle.
    ByteOrderMark,
    /// A comment without a blank before it.
    Comment,
    /// Nesting beyond the limit.
    Depth,
    /// Anything else.
    Other,
}

/// The event stream of one text.
pub(crate) struct Events<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text_len: u32,
}

impl<'a> Events<'a> {
    /// Starts on a text. Collections nested deeper than `max_depth` are a fault.
    pub(crate) fn new(text: &'a str, max_depth: usize, max_key: usize) -> Self {
        let mut options = granit_parser::options! {
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            block_scalar_eof_without_line_feed: true,
            simple_key_max_lookahead: max_key,
            flow_nesting_limit: max_depth,
            block_nesting_limit: max_depth,
        };
        options.set_emit_comments(false);
        Events { parser: Parser::new_from_str_with_options(text, options), text_len: text.len() as u32 }
    }

    /// The next event, or none at the end of the text; after a fault nothing more may be asked for.
    pub(crate) fn next(&mut self) -> Result<Option<(Event<'a>, Range)>, (Fault, u32)> {
        loop {
            let (raw, span) = match self.parser.next_event() {
                None => return Ok(None),
                Some(Err(e)) => return Err(self.fault(&e)),
                Some(Ok(next)) => next,
            };
            let range = range(&span);
            let event = match raw {
                Raw::StreamStart => continue,
                Raw::StreamEnd => return Ok(None),
                Raw::DocumentStart(..) => Event::DocumentStart,
                Raw::DocumentEnd => Event::DocumentEnd,
                Raw::SequenceEnd | Raw::MappingEnd => Event::End,
                Raw::Alias(id) => Event::Alias(id),
                Raw::UnresolvedAlias(name) => Event::UnknownAlias(name),
                Raw::Scalar(text, style, anchor, tag) => {
                    // A value left out is told apart by its empty range and arrives as `~`.
                    let left_out = style == ScalarStyle::Plain && range.start == range.end;
                    let text = if left_out { Cow::Borrowed("") } else { text };
                    Event::Scalar(text, convert_style(style), self.properties(anchor, tag, &span)?)
                }
                Raw::SequenceStart(style, anchor, tag) => {
                    Event::SequenceStart(style == StructureStyle::Flow, self.properties(anchor, tag, &span)?)
                }
                Raw::MappingStart(style, anchor, tag) => {
                    Event::MappingStart(style == StructureStyle::Flow, self.properties(anchor, tag, &span)?)
                }
                // Anchors are taken with their node, and comments are not asked for.
                _ => continue,
            };
            return Ok(Some((event, range)));
        }
    }

    fn properties(
        &mut self,
        anchor: usize,
        tag: Option<Cow<'a, RawTag>>,
        span: &RawSpan,
    ) -> Result<Properties<'a>, (Fault, u32)> {
        if anchor == 0 && tag.is_none() {
            return Ok(None);
        }
        let mut properties = Property::default();
        if anchor != 0 {
            // The scanner names the anchor in the event right after the node it belongs to.
            match self.parser.next_event() {
                Some(Ok((Raw::Anchor(id, name), at))) => properties.anchor = Some((id, name, range(&at))),
                Some(Err(e)) => return Err(self.fault(&e)),
                _ => {}
            }
        }
        if let Some(tag) = tag {
            let at = span.tag_span().map_or_else(|| range(span), |s| range(&s));
            let text = match (tag.handle(), tag.suffix()) {
                ("!", "Ref") => Cow::Borrowed("!Ref"),
                ("!", "Sub") => Cow::Borrowed("!Sub"),
                ("!", "GetAtt") => Cow::Borrowed("!GetAtt"),
                (handle, suffix) => Cow::Owned(match tag.suffix_in_namespace("tag:yaml.org,2002:") {
                    Some(core) => format!("!!{core}"),
                    None => format!("{handle}{suffix}"),
                }),
            };
            properties.tag = Some((text, at));
        }
        Ok(Some(Box::new(properties)))
    }

    fn fault(&self, error: &ScanError) -> (Fault, u32) {
        let at = error.marker().byte_offset().map_or(self.text_len, |b| (b as u32).min(self.text_len));
        (classify(error.kind()), at)
    }
}

/// Calls back with each comment and its range, from `#` to the end of its line, up to the first fault.
pub(crate) fn for_each_comment(
    text: &str,
    max_depth: usize,
    max_key: usize,
    mut found: impl FnMut(&str, Range),
) {
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        max_buffered_comment_events: usize::MAX,
        simple_key_max_lookahead: max_key,
        flow_nesting_limit: max_depth,
        block_nesting_limit: max_depth,
    };
    options.set_emit_comments(true);
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((Raw::Comment(text, _), span)) => found(&text, range(&span)),
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn range(span: &RawSpan) -> Range {
    let range = span.byte_range().unwrap_or(0..0);
    Range { start: range.start as u32, end: range.end.max(range.start) as u32 }
}

fn convert_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn classify(kind: &ErrorKind) -> Fault {
    use ErrorKind as K;
    match kind {
        K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::UnclosedFlowCollection { .. } => Fault::UnclosedFlow,
        K::MismatchedFlowCollectionEnd { open, close } => Fault::MismatchedBracket(*open, *close),
        K::MisplacedFlowCollectionEnd => Fault::StrayBracket,
        K::ExpectedFlowMappingSeparator | K::ExpectedFlowSequenceSeparator => Fault::MissingComma,
        K::UnclosedQuotedScalar => Fault::UnclosedQuote,
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => Fault::AfterQuote,
        K::UnknownQuotedScalarEscape
        | K::InvalidQuotedScalarHexEscape
        | K::InvalidLowSurrogateHexEscape
        | K::InvalidLowSurrogate
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate
        | K::InvalidUnicodeEscape => Fault::BadEscape,
        K::SimpleKeyExpected | K::InvalidSimpleKey => Fault::MissingColon,
        K::MappingValueNotAllowed | K::InvalidColonPlacement | K::FlowMappingValueAdjacentCollection => {
            Fault::StrayColon
        }
        K::BlockEntryInFlowCollection
        | K::BlockSequenceEntryNotAllowed
        | K::PlainScalarStartsWithDashFlowIndicator => Fault::StrayDash,
        K::InvalidIndentation
        | K::ExpectedBlockMappingKey
        | K::ExpectedBlockSequenceEntry
        | K::MappingKeyNotAllowed
        | K::InvalidQuotedScalarIndent
        | K::InvalidFlowScalarIndent => Fault::Indentation,
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabInIndentation
        | K::TabInPlainScalar
        | K::TabAtBlockScalarStart
        | K::InvalidBlockEntryWhitespace
        | K::InvalidMappingValueWhitespace => Fault::Tab,
        K::UnexpectedCharacter { character } => Fault::Character(*character),
        K::UndeclaredTagHandle => Fault::TagHandle,
        K::ExpectedTagBang
        | K::ExpectedTagDirectiveBang
        | K::InvalidGlobalTagCharacter
        | K::InvalidTagTerminator
        | K::MissingTagUri
        | K::UnclosedVerbatimTag
        | K::InvalidTagEscape
        | K::InvalidTagUtf8LeadingByte
        | K::InvalidTagUtf8TrailingByte
        | K::InvalidTagUtf8 => Fault::Tag,
        K::MissingAnchorOrAliasName => Fault::AnchorName,
        K::ZeroBlockScalarIndent | K::InvalidBlockScalarHeader | K::InvalidBlockScalarIndent => {
            Fault::BlockScalar
        }
        K::DuplicateVersionDirective
        | K::UnsupportedYamlMajorVersion
        | K::DuplicateTagDirective
        | K::MissingDocumentEndBeforeDirective
        | K::InvalidDirectiveTerminator
        | K::MissingYamlVersionSeparator
        | K::MissingDirectiveName
        | K::InvalidDirectiveName
        | K::DirectiveByteLimitExceeded { .. }
        | K::TooManyReservedDirectiveParams { .. }
        | K::YamlVersionTooLong
        | K::MissingYamlVersion
        | K::InvalidTagDirectiveTerminator => Fault::Directive,
        K::DocumentIndicatorInQuotedScalar | K::InvalidDocumentEnd | K::ExpectedDocumentStart => {
            Fault::DocumentMarker
        }
        K::BomInsideDocument => Fault::ByteOrderMark,
        K::CommentInterceptedScalar | K::CommentNotSeparated => Fault::Comment,
        K::RecursionLimitExceeded => Fault::Depth,
        _ => Fault::Other,
    }
}
