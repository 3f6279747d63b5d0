//! What a plain scalar means: the rules of YAML 1.1 as AWS's own tools apply them, and those of YAML 1.2.

use crate::node::{Scalar, Style};

/// The meaning of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolved {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number with a fraction or an exponent, or not a number.
    Float(f64),
    /// The text itself.
    Text,
}

impl Scalar {
    /// The meaning under YAML 1.1; whatever is not plain is text.
    pub fn yaml11(&self) -> Resolved {
        if self.style == Style::Plain { yaml11(&self.text) } else { Resolved::Text }
    }

    /// The meaning under YAML 1.2; whatever is not plain is text.
    pub fn yaml12(&self) -> Resolved {
        if self.style == Style::Plain { yaml12(&self.text) } else { Resolved::Text }
    }

    /// True where no value is written, or `~` or `null`.
    pub fn is_null(&self) -> bool {
        self.style == Style::Plain && is_null(&self.text)
    }
}

/// The meaning of a plain scalar to PyYAML's safe loader, which the SAM transform and the AWS CLI
/// read templates with. Dates stay text, as the SAM tools have it. Whole numbers that do not fit
/// 128 bits stay text.
pub fn yaml11(text: &str) -> Resolved {
    match text.as_bytes().first() {
        None => Resolved::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            if is_null(text) {
                return Resolved::Null;
            }
            match text {
                "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
                "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
                    Resolved::Bool(false)
                }
                _ => Resolved::Text,
            }
        }
        Some(b'-' | b'+' | b'.' | b'0'..=b'9') => float11(text)
            .map(Resolved::Float)
            .or_else(|| int11(text).map(Resolved::Int))
            .unwrap_or(Resolved::Text),
        Some(_) => Resolved::Text,
    }
}

/// The meaning of a plain scalar under the core schema of YAML 1.2. Whole numbers that do not fit
/// 128 bits stay text.
pub fn yaml12(text: &str) -> Resolved {
    match text {
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        _ if is_null(text) => return Resolved::Null,
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8, false);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16, false);
    }
    if let Some(special) = special_float(text) {
        return Resolved::Float(special);
    }
    let (negative, unsigned) = sign(text);
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return radix(unsigned, 10, negative);
    }
    if is_float12(unsigned) {
        return text.parse().map_or(Resolved::Text, Resolved::Float);
    }
    Resolved::Text
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn radix(digits: &str, radix: u32, negative: bool) -> Resolved {
    // The standard parser would take a sign of its own.
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Resolved::Text;
    }
    match i128::from_str_radix(digits, radix) {
        Ok(value) => Resolved::Int(if negative { -value } else { value }),
        Err(_) => Resolved::Text,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        _ => None,
    }
}

/// `1`, `1.`, `1.5`, `.5`, each with an exponent or without.
fn is_float12(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(i) => (&unsigned[..i], Some(&unsigned[i + 1..])),
        None => (unsigned, None),
    };
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|e| {
        let (_, digits_of) = sign(e);
        !digits_of.is_empty() && digits(digits_of)
    });
    mantissa_fits && exponent_fits
}

fn is_digits_or_underscores(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// A digit, then digits and underscores.
fn is_number11(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && is_digits_or_underscores(text)
}

fn float11(text: &str) -> Option<f64> {
    if let Some(special) = special_float(text) {
        return Some(special);
    }
    let (negative, unsigned) = sign(text);
    let (whole, rest) = unsigned.split_once('.')?;
    let value = if whole.contains(':') {
        if !is_digits_or_underscores(rest) {
            return None;
        }
        let (minutes, seconds) = whole.rsplit_once(':')?;
        // The places before the point count in sixties; the last one carries the fraction.
        let high = sixties(minutes, is_number11)?;
        if !is_sixty(seconds) {
            return None;
        }
        let low: f64 = format!("{seconds}.{rest}").replace('_', "").parse().ok()?;
        high as f64 * 60.0 + low
    } else {
        let (fraction, exponent) = match rest.find(['e', 'E']) {
            Some(i) => (&rest[..i], Some(&rest[i + 1..])),
            None => (rest, None),
        };
        if let Some(exponent) = exponent {
            // An exponent counts only with its sign.
            let digits = exponent.strip_prefix(['-', '+'])?;
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
        }
        let fits = if whole.is_empty() {
            // Without a digit before the point no sign may stand either.
            unsigned.len() == text.len() && is_number11(fraction)
        } else {
            is_number11(whole) && is_digits_or_underscores(fraction)
        };
        if !fits {
            return None;
        }
        unsigned.replace('_', "").parse().ok()?
    };
    Some(if negative { -value } else { value })
}

fn int11(text: &str) -> Option<i128> {
    let (negative, unsigned) = sign(text);
    let value = if let Some(digits) = unsigned.strip_prefix("0b") {
        digits_of(digits, 2)?
    } else if let Some(digits) = unsigned.strip_prefix("0x") {
        digits_of(digits, 16)?
    } else if unsigned.len() > 1 && unsigned.starts_with('0') {
        digits_of(unsigned, 8)?
    } else if unsigned.contains(':') {
        sixties(unsigned, |first| is_number11(first) && !first.starts_with('0'))?
    } else if is_number11(unsigned) {
        digits_of(unsigned, 10)?
    } else {
        return None;
    };
    Some(if negative { -value } else { value })
}

/// Digits of a base with underscores anywhere between them.
fn digits_of(text: &str, radix: u32) -> Option<i128> {
    if !text.chars().all(|c| c == '_' || c.is_digit(radix)) {
        return None;
    }
    i128::from_str_radix(&text.replace('_', ""), radix).ok()
}

fn is_sixty(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
}

/// `1:30:00`, each place after the first below sixty.
fn sixties(text: &str, first_fits: impl Fn(&str) -> bool) -> Option<i128> {
    let mut places = text.split(':');
    let first = places.next()?;
    if !first_fits(first) {
        return None;
    }
    let mut value: i128 = first.replace('_', "").parse().ok()?;
    for place in places {
        if !is_sixty(place) {
            return None;
        }
        value = value.checked_mul(60)?.checked_add(place.parse().ok()?)?;
    }
    Some(value)
}
