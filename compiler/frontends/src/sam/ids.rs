//! Logical ids that carry a hash, as the transform makes them.

use samc_ir::{Expr, JsonStyle};
use sha1::{Digest, Sha1};

/// How many hex digits of the hash an id carries.
const HASH_LENGTH: usize = 10;

/// The whole SHA-1 of a text, 40 lower-case hex digits.
pub(crate) fn sha1_hex(text: &str) -> String {
    Sha1::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

/// The first ten hex digits of the SHA-1 of a text; nothing for an empty text.
pub(crate) fn hash_text(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut digits = sha1_hex(text);
    digits.truncate(HASH_LENGTH);
    digits
}

/// The first ten hex digits of the hash of a value: of the text itself, or of the canonical JSON
/// of anything else. Nothing for a value that is empty.
pub(crate) fn hash_value(value: &Expr) -> String {
    if !value.is_truthy() {
        return String::new();
    }
    match value.as_str() {
        Some(text) => hash_text(text),
        None => hash_text(&value.to_json(JsonStyle::CANONICAL)),
    }
}

/// The prefix with the hash of a value.
pub(crate) fn hashed_id(prefix: &str, value: &Expr) -> String {
    format!("{prefix}{}", hash_value(value))
}

#[cfg(test)]
mod tests {
    use samc_ir::Expr;

    use super::*;

    #[test]
    fn ids_have_the_hash_of_their_data() {
        assert_eq!(hashed_id("Pre", &Expr::from("abc")), "Prea9993e3647");
        assert_eq!(hashed_id("Pre", &Expr::null()), "Pre");
        let value = Expr::from([
            ("b", Expr::from(1)),
            ("a", Expr::from([Expr::from(true), Expr::null(), Expr::from("é")])),
        ]);
        assert_eq!(hashed_id("Pre", &value), "Preb3938f9d2d");
        assert_eq!(hash_value(&Expr::from([Expr::from("Z1"), Expr::from("example.com")])), "75e6a770fa");
    }
}
