//! Numbers as JavaScript reads and writes them, which is what they are in a text put together.

/// The number that `Number(text)` gives; none where that is not a number, or not one YAML can hold.
pub(in crate::serverless) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let fits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            return fits.then(|| u128::from_str_radix(digits, radix).ok()).flatten().map(|n| n as f64);
        }
    }
    // The standard parser also takes names such as `inf`.
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|n: &f64| is_number && n.is_finite())
}

/// The text that JavaScript makes of a number: the shortest that reads as the same.
pub(in crate::serverless) fn text(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-Infinity" } else { "Infinity" }.to_owned();
    }
    if (1e-6..1e21).contains(&size) {
        return format!("{number}");
    }
    match format!("{number:e}").split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        Some((digits, exponent)) => format!("{digits}e{exponent}"),
        None => format!("{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, text};

    /// What Node.js 20 makes of them.
    #[test]
    fn numbers_are_those_of_javascript() {
        let vectors = [
            ("5", "5"),
            ("1.50", "1.5"),
            ("0x10", "16"),
            ("0o17", "15"),
            ("1e3", "1000"),
            ("-0", "0"),
            ("1e21", "1e+21"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            (".5", "0.5"),
            ("5.", "5"),
        ];
        for (written, expected) in vectors {
            assert_eq!(parse(written).map(text).as_deref(), Some(expected), "{written}");
        }
        for no_number in ["1-2", "inf", "1.2.3", "-", "abc", "0x", "nan", "1_000"] {
            assert_eq!(parse(no_number), None, "{no_number}");
        }
    }
}
