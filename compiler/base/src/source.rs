//! Source files held in memory, with an index of their lines.

use std::sync::Arc;

use crate::span::{FileId, Span};

/// A place as people count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode characters, from 1.
    pub column: u32,
}

/// One file: the name the user typed, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    id: FileId,
    name: Arc<str>,
    text: Arc<str>,
    /// Byte offset of the start of each line.
    lines: Vec<u32>,
}

impl SourceFile {
    /// Indexes a text. Texts of 4 GiB and more do not fit a [`Span`]; readers refuse them before.
    pub fn new(id: FileId, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let mut lines = vec![0];
        lines.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        SourceFile { id, name: name.into(), text, lines }
    }

    /// The file's number in its [`SourceMap`].
    pub fn id(&self) -> FileId {
        self.id
    }

    /// The name as the user typed it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text under a span; empty where the span does not fit this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Number of lines, at least 1.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The line (from 0) that holds byte `offset`.
    pub fn line_of(&self, offset: u32) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Byte offset where line `line` (from 0) starts; the length of the text past the last line.
    pub fn line_start(&self, line: usize) -> u32 {
        self.lines.get(line).copied().unwrap_or(self.text.len() as u32)
    }

    /// Line and column of a byte offset, in time logarithmic in the number of lines.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.line_of(offset);
        let start = self.lines[line] as usize;
        let end = (offset as usize).min(self.text.len());
        let column = self.text.get(start..end).map_or(end - start, |t| t.chars().count());
        LineColumn { line: line as u32 + 1, column: column as u32 + 1 }
    }
}

/// All files of one run.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file and gives its number.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(SourceFile::new(id, name, text));
        id
    }

    /// The file of a number that [`SourceMap::add`] gave.
    ///
    /// # Panics
    /// Where the number is of another map; that is a bug.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Every file, in the order added.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }

    /// The text under a span.
    pub fn slice(&self, span: Span) -> &str {
        self.files.get(span.file.0 as usize).map_or("", |f| f.slice(span))
    }
}
