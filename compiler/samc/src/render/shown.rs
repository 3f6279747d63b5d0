//! Text of the user on a terminal: what would move the cursor or hide other text is made visible.

use std::borrow::Cow;

/// Characters that a terminal obeys, or that show later text before earlier text.
fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A sentence on one line, its hostile characters written as escapes.
pub(super) fn sentence(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hostile(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// Source text with question marks for the bytes of hostile characters, so that every place in it
/// stays where it is. Tabs and ends of lines stay too.
pub(super) fn source(text: &str) -> Cow<'_, str> {
    let replaced = |c: char| is_hostile(c) && !matches!(c, '\t' | '\n' | '\r');
    if !text.contains(replaced) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if replaced(c) { out.extend(std::iter::repeat_n('?', c.len_utf8())) } else { out.push(c) }
    }
    Cow::Owned(out)
}
