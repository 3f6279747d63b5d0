//! Bytes to text: UTF-8 only, with a word about what else a file may be.

use samc_base::{Diagnostic, codes};

/// Bytes that are not UTF-8 text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotText {
    /// The first byte that does not fit, counted from 0.
    pub offset: usize,
    /// The line it stands in, from 1.
    pub line: usize,
    /// What the bytes seem to be.
    pub looks_like: Encoding,
}

/// What bytes that are not UTF-8 seem to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, as some editors of Windows save it.
    Utf16,
    /// UTF-32.
    Utf32,
    /// Text of an older 8-bit encoding.
    EightBit,
    /// No text at all.
    Binary,
}

impl NotText {
    /// The finding for a file of this name.
    pub fn diagnostic(&self, name: &str) -> Diagnostic {
        let NotText { offset, line, looks_like } = self;
        let (what, help) = match looks_like {
            Encoding::Utf16 => ("is saved as UTF-16", "save it as UTF-8"),
            Encoding::Utf32 => ("is saved as UTF-32", "save it as UTF-8"),
            Encoding::EightBit => ("is not UTF-8 text", "save it as UTF-8, not as Latin-1 or Windows-1252"),
            Encoding::Binary => ("is not text", "name a YAML or JSON file"),
        };
        let place = match looks_like {
            Encoding::Utf16 | Encoding::Utf32 => String::new(),
            Encoding::EightBit | Encoding::Binary => format!(": byte {offset}, in line {line}, does not fit"),
        };
        Diagnostic::error(codes::NOT_UTF8, format!("{name} {what}{place}")).help(help)
    }
}

/// Takes bytes as UTF-8 text. A byte order mark stays: the reader skips it, so that spans count from
/// the first byte of the file.
pub fn decode(bytes: Vec<u8>) -> Result<String, NotText> {
    let wide = match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(Encoding::Utf32),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Encoding::Utf16),
        // Without a mark the blanks and letters of a document still show as every second byte.
        [0, c, 0, ..] | [c, 0, _, 0, ..] if c.is_ascii_graphic() || c.is_ascii_whitespace() => {
            Some(Encoding::Utf16)
        }
        _ => None,
    };
    if let Some(looks_like) = wide {
        return Err(NotText { offset: 0, line: 1, looks_like });
    }
    // A zero byte is UTF-8, and no text all the same.
    if let Some(offset) = bytes.iter().position(|b| *b == 0) {
        return Err(not_text(&bytes, offset, Encoding::Binary));
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
        let looks_like = if bytes.iter().any(control) { Encoding::Binary } else { Encoding::EightBit };
        not_text(bytes, offset, looks_like)
    })
}

fn not_text(bytes: &[u8], offset: usize, looks_like: Encoding) -> NotText {
    let line = bytes[..offset].iter().filter(|b| **b == b'\n').count() + 1;
    NotText { offset, line, looks_like }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(bytes: &[u8]) -> (usize, usize, Encoding) {
        let e = decode(bytes.to_vec()).unwrap_err();
        (e.offset, e.line, e.looks_like)
    }

    #[test]
    fn text_comes_through_and_the_rest_is_named() {
        assert_eq!(decode("\u{feff}a: é\n".into()).unwrap(), "\u{feff}a: é\n");
        assert_eq!(decode(Vec::new()).unwrap(), "");
        assert_eq!(fails(b"\xff\xfea\0:\0"), (0, 1, Encoding::Utf16));
        assert_eq!(fails(b"a\0:\0 \0"), (0, 1, Encoding::Utf16));
        assert_eq!(fails(b"\0a\0:"), (0, 1, Encoding::Utf16));
        assert_eq!(fails(b"\xff\xfe\0\0a\0\0\0"), (0, 1, Encoding::Utf32));
        assert_eq!(fails(b"a: 1\nb: \xe9\n"), (8, 2, Encoding::EightBit));
        assert_eq!(fails(b"PK\x03\x04\xff\xd8"), (4, 1, Encoding::Binary));
        assert_eq!(fails(b"a: 1\nb\0"), (6, 2, Encoding::Binary));
        let message = decode(b"a: 1\nb: \xe9\n".to_vec()).unwrap_err().diagnostic("app.yaml").message;
        assert_eq!(message, "app.yaml is not UTF-8 text: byte 8, in line 2, does not fit");
    }
}
