//! Exact places: the scanner's ranges of block scalars, left out values and lists are approximate.

use crate::events::Range;
use crate::frame::Frame;

/// The range without blanks and line breaks at its end.
pub(crate) fn trim_end(source: &str, range: Range) -> Range {
    let text = source.get(range.start as usize..range.end as usize).unwrap_or("");
    Range {
        start: range.start,
        end: range.start + text.trim_end_matches([' ', '\t', '\r', '\n']).len() as u32,
    }
}

/// A block scalar from its `|` or `>`, which comes after `before`, to the end of its last line that
/// is not blank.
pub(crate) fn block_scalar(source: &str, before: u32, range: Range) -> Range {
    let start = header(source, before).unwrap_or(range.start);
    let first_line = line_end(source, start);
    let mut end = trim_end(source, Range { start, end: first_line }).end;
    let mut at = first_line;
    let mut indent = None;
    while at < range.end {
        let line_end = line_end(source, at + 1).max(at + 1);
        let line = source.get(at as usize..line_end as usize).unwrap_or("").trim_end();
        let line = line.trim_start_matches(['\r', '\n']);
        if !line.is_empty() {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            // The first line may be indented more than the others only where a digit says so, and
            // what ends the scalar is then found by the scanner's own range.
            let least = *indent.get_or_insert(blanks);
            if blanks < least && line.trim_start().starts_with('#') {
                break;
            }
            end = line_end.min(range.end);
            end = trim_end(source, Range { start, end }).end;
        }
        at = line_end;
    }
    Range { start, end }
}

/// The `|` or `>` of a block scalar, after blanks, indicators and comments.
fn header(source: &str, before: u32) -> Option<u32> {
    let bytes = source.as_bytes();
    let mut i = before as usize;
    while let Some(b) = bytes.get(i) {
        match b {
            b'|' | b'>' => return Some(i as u32),
            b'#' => i = line_end(source, i as u32) as usize,
            b' ' | b'\t' | b'\r' | b'\n' | b':' | b'-' | b'?' | b'.' => i += 1,
            _ => return None,
        }
    }
    None
}

/// The line break that ends the line of byte `at`, or the end of the text.
fn line_end(source: &str, at: u32) -> u32 {
    let rest = source.as_bytes().get(at as usize..).unwrap_or(&[]);
    rest.iter().position(|b| *b == b'\n').map_or(source.len() as u32, |i| at + i as u32)
}

/// Where a value would stand that is not written: after the colon of its key.
pub(crate) fn left_out(source: &str, last: u32, range: Range, frame: Option<&Frame>) -> Range {
    let place = match frame {
        Some(frame) if frame.mapping => {
            let from = frame.last_key.map_or(last, |key| key.end);
            let rest = source.as_bytes().get(from as usize..).unwrap_or(&[]);
            match rest.iter().position(|b| *b != b' ' && *b != b'\t') {
                Some(i) if rest[i] == b':' => from + i as u32 + 1,
                _ => from,
            }
        }
        _ => range.start,
    };
    Range { start: place, end: place }
}

/// The dash that begins a block sequence, which the scanner may report at the first item instead.
pub(crate) fn dash(source: &str, range: Range) -> Range {
    let bytes = source.as_bytes();
    let at = range.start as usize;
    let is_dash = |i: usize| {
        bytes.get(i) == Some(&b'-') && matches!(bytes.get(i + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
    };
    if is_dash(at) {
        return Range { start: range.start, end: range.start + 1 };
    }
    match bytes[..at.min(bytes.len())].iter().rposition(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
        Some(i) if is_dash(i) => Range { start: i as u32, end: i as u32 + 1 },
        _ => range,
    }
}
