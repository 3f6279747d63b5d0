//! Writing YAML: block style, two blanks per level, text that no reader mistakes for anything else.

mod text;

use text::Form;
pub use text::is_plain_text;

/// A key longer than this, in characters as written, needs `? ` before it.
const LONG_KEY: usize = 1_000;

/// Builds a YAML document from top to bottom. The same calls give the same bytes.
///
/// A value is one of [`string`](Writer::string), [`plain`](Writer::plain) and its friends,
/// [`begin_map`](Writer::begin_map) or [`begin_list`](Writer::begin_list); a [`tag`](Writer::tag)
/// comes right before it. In a map a [`key`](Writer::key) comes before each value; in a list each
/// value is an item.
///
/// ```
/// let mut yaml = samc_syntax::Writer::new();
/// yaml.begin_map();
/// yaml.key("Name");
/// yaml.tag("!Sub");
/// yaml.string("${AWS::StackName}-orders");
/// yaml.end();
/// assert_eq!(yaml.finish(), "Name: !Sub ${AWS::StackName}-orders\n");
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    stack: Vec<Frame>,
    /// The tag that waits for its value.
    tagged: bool,
    /// The last line belongs to a text that keeps every line break after it.
    keeps_breaks: bool,
}

#[derive(Debug)]
struct Frame {
    map: bool,
    /// The column of its keys or dashes.
    indent: usize,
    /// The first entry follows a dash on the same line.
    inline: bool,
    empty: bool,
}

impl Writer {
    /// An empty document.
    pub fn new() -> Self {
        Writer::default()
    }

    /// Begins a map. Empty ones are written `{}`.
    pub fn begin_map(&mut self) {
        self.begin(true);
    }

    /// Begins a list. Empty ones are written `[]`.
    pub fn begin_list(&mut self) {
        self.begin(false);
    }

    /// Ends the map or list that was begun last.
    pub fn end(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        if frame.empty {
            self.blank_before_value();
            self.out.push_str(if frame.map { "{}" } else { "[]" });
        }
    }

    /// Writes the key of the next value.
    pub fn key(&mut self, key: &str) {
        self.next_entry();
        let before = self.out.len();
        self.out.push_str(&text::one_line(key));
        if self.out.len() - before > LONG_KEY {
            self.out.insert_str(before, "? ");
            self.start_line(self.indent());
        }
        self.out.push(':');
    }

    /// Writes a tag such as `!Sub`; the next value carries it. A value has room for one tag.
    pub fn tag(&mut self, tag: &str) {
        self.begin_item();
        self.blank_before_value();
        self.out.push_str(tag);
        self.tagged = true;
    }

    /// Writes text, in the plainest form that is read back as this very text.
    pub fn string(&mut self, value: &str) {
        self.begin_item();
        self.blank_before_value();
        match text::form(value) {
            Form::OneLine(text) => self.out.push_str(&text),
            Form::Block { header, keeps_breaks } => {
                self.out.push_str(&header);
                let indent = match self.stack.last() {
                    Some(frame) => frame.indent + 2,
                    None => 2,
                };
                for line in text::block_lines(value) {
                    self.out.push('\n');
                    if !line.is_empty() {
                        self.out.extend(std::iter::repeat_n(' ', indent));
                        self.out.push_str(line);
                    }
                }
                self.end_value();
                self.keeps_breaks = keeps_breaks;
                return;
            }
        }
        self.tagged = false;
    }

    /// Writes a number or a word as it is, without a look at how it will be read.
    pub fn plain(&mut self, value: &str) {
        self.begin_item();
        self.blank_before_value();
        self.out.push_str(value);
        self.end_value();
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.plain("null");
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.plain(if value { "true" } else { "false" });
    }

    /// Writes a whole number.
    pub fn int(&mut self, value: i128) {
        self.plain(&value.to_string());
    }

    /// Writes a number with a fraction, in a form that YAML 1.1 reads as one too.
    pub fn float(&mut self, value: f64) {
        self.plain(&text::float(value));
    }

    /// Writes a comment on lines of its own before the next key or item.
    pub fn comment(&mut self, comment: &str) {
        let indent = self.indent();
        if let Some(frame) = self.stack.last_mut() {
            frame.inline = false;
        }
        for line in comment.lines() {
            self.start_line(indent);
            self.out.push('#');
            if !line.is_empty() {
                self.out.push(' ');
                self.out.push_str(line);
            }
        }
    }

    /// Leaves a line empty before the next key or item, unless it is the first or would become part
    /// of the text above.
    pub fn blank_line(&mut self) {
        let first = self.stack.last().is_some_and(|frame| frame.empty);
        if !first && !self.keeps_breaks && !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// The document, with a line break at its end.
    pub fn finish(mut self) -> String {
        while !self.stack.is_empty() {
            self.end();
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    fn begin(&mut self, map: bool) {
        self.begin_item();
        let (indent, inline) = match self.stack.last() {
            None => (0, false),
            Some(parent) => (parent.indent + 2, !parent.map && !self.tagged),
        };
        self.stack.push(Frame { map, indent, inline, empty: true });
        self.tagged = false;
    }

    fn indent(&self) -> usize {
        self.stack.last().map_or(0, |frame| frame.indent)
    }

    /// Writes the dash of an item, if a value begins in a list.
    fn begin_item(&mut self) {
        if !self.tagged && self.stack.last().is_some_and(|frame| !frame.map) {
            self.next_entry();
            self.out.push('-');
        }
    }

    /// Goes to where the next key or dash stands.
    fn next_entry(&mut self) {
        let indent = self.indent();
        let Some(frame) = self.stack.last_mut() else { return };
        let inline = frame.empty && frame.inline;
        frame.empty = false;
        if inline {
            self.out.push(' ');
        } else {
            self.start_line(indent);
        }
        self.keeps_breaks = false;
    }

    fn start_line(&mut self, indent: usize) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.keeps_breaks = false;
    }

    fn blank_before_value(&mut self) {
        if !self.out.is_empty() {
            self.out.push(' ');
        }
    }

    fn end_value(&mut self) {
        self.tagged = false;
    }
}
