//! Byte ranges in source files, and values that know theirs.

/// Which file of a [`SourceMap`](crate::SourceMap) a span lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte, counted from 0.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range from byte `start` up to, not including, byte `end` of `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Span { file, start, end: end.max(start) }
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// True where the span marks a place between two bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True where `other` lies wholly inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both; `self` where they lie in different files.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The part of this span that starts `offset` bytes in and is `len` bytes long, cut to fit.
    pub fn part(self, offset: u32, len: u32) -> Span {
        let start = self.start.saturating_add(offset).min(self.end);
        Span { file: self.file, start, end: start.saturating_add(len).min(self.end) }
    }
}

/// A value with the place the author wrote it; `None` where the compiler made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Option<Span>,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: impl Into<Option<Span>>) -> Self {
        Spanned { value, span: span.into() }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
