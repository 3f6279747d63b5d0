//! Faults of syntax in words: what is wrong, where it began, and what to do.

use samc_base::{Diagnostic, SourceFile, Span, codes};

use crate::build::Frame;
use crate::events::Fault;

/// The finding for a fault at byte `at`, with what was open there.
pub(crate) fn describe(
    file: &SourceFile,
    fault: Fault,
    at: u32,
    open: &[Frame],
    max_depth: usize,
) -> Diagnostic {
    let span = Span::new(file.id(), at, at);
    if fault == Fault::Depth {
        return too_deep(span, open, file, max_depth);
    }
    Diagnostic::error(codes::YAML_SYNTAX, format!("this is not YAML: {fault:?}")).at(span, "here")
}

/// The finding for nesting beyond the limit.
pub(crate) fn too_deep(at: Span, open: &[Frame], file: &SourceFile, max_depth: usize) -> Diagnostic {
    let outermost = open.first().map(|f| Span::new(file.id(), f.start.start, f.start.end));
    Diagnostic::error(codes::TOO_DEEP, format!("the document nests deeper than {max_depth} levels"))
        .at(at, "too deep from here")
        .label(outermost, "counted from here")
        .help("take inner parts out of the document")
}
