//! Comments, for those that say something to the compiler, such as suppressions.

use samc_base::{SourceFile, Span};

use crate::events;
use crate::parse::{DEPTH_CAP, KEY_LIMIT};

/// A comment. A `#` inside text or quotes is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The text after `#`, without blanks around it.
    pub text: String,
    /// From `#` to the end of the comment.
    pub span: Span,
    /// True where nothing else stands on its line: then it speaks of what comes below.
    pub alone: bool,
}

/// The comments that hold `marker`, in the order of the text. They are read apart from the tree, and
/// only where the marker occurs at all: most files pay nothing. Beyond a fault of syntax none are found.
pub fn comments(file: &SourceFile, marker: &str) -> Vec<Comment> {
    let source = file.text();
    let mut comments = Vec::new();
    if !source.contains(marker) {
        return comments;
    }
    events::for_each_comment(source, DEPTH_CAP, KEY_LIMIT, |text, range| {
        if text.contains(marker) {
            let line = file.line_start(file.line_of(range.start));
            let before = source.get(line as usize..range.start as usize).unwrap_or("");
            comments.push(Comment {
                text: text.trim().to_owned(),
                span: Span::new(file.id(), range.start, range.end),
                alone: before.trim().is_empty(),
            });
        }
    });
    comments.sort_by_key(|c| c.span.start);
    comments
}

#[cfg(test)]
mod tests {
    use super::*;
    use samc_base::FileId;

    #[test]
    fn comments_are_told_from_text() {
        let text = "# samc: one\na: 'x # samc: no' # samc: two\r\nb: |\n  # samc: no\n  # samc: no\n# other\nc: # samc: three\n  - d#samc\n  # samc: four\n";
        let file = SourceFile::new(FileId(0), "t.yaml", text);
        let found = comments(&file, "samc");
        let seen: Vec<_> = found.iter().map(|c| (c.text.as_str(), file.slice(c.span), c.alone)).collect();
        assert_eq!(
            seen,
            [
                ("samc: one", "# samc: one", true),
                ("samc: two", "# samc: two", false),
                ("samc: three", "# samc: three", false),
                ("samc: four", "# samc: four", true),
            ]
        );
        assert!(comments(&file, "none of it").is_empty());
    }
}
