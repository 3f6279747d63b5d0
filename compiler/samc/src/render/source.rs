//! A source file as miette reads it, with an index of lines: miette's own sources count lines from
//! the start of the file for every label, which takes milliseconds a finding in a large template.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use samc_base::SourceFile;

/// One file, and its text as it may be shown: with every byte in its place.
pub(super) struct IndexedSource<'a> {
    pub(super) file: &'a SourceFile,
    pub(super) text: &'a str,
}

impl SourceCode for IndexedSource<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let IndexedSource { file, text } = *self;
        let (start, end) = (span.offset(), span.offset() + span.len());
        if end > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let first = file.line_of(start as u32);
        let last = file.line_of(end.saturating_sub(usize::from(end > start)) as u32);
        let from_line = first.saturating_sub(context_lines_before);
        let (from, column) = if context_lines_before == 0 {
            let line_start = file.line_start(first) as usize;
            let column = text.get(line_start..start).map_or(0, |t| t.chars().count());
            (start, column)
        } else {
            (file.line_start(from_line) as usize, 0)
        };
        let to = (file.line_start(last + 1 + context_lines_after) as usize).max(end);
        let bytes = text.as_bytes().get(from..to).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            file.name().to_owned(),
            bytes,
            SourceSpan::new(from.into(), to - from),
            from_line,
            column,
            last + 1 + context_lines_after - from_line,
        )))
    }
}
