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

#[cfg(test)]
mod tests {
    use super::Resolved::{Bool, Float, Int, Null, Text};
    use super::*;

    fn same(a: Resolved, b: Resolved) -> bool {
        match (a, b) {
            (Float(a), Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (a, b) => a == b,
        }
    }

    fn check(resolve: fn(&str) -> Resolved, vectors: &[(&str, Resolved)]) {
        for (text, expected) in vectors {
            let got = resolve(text);
            assert!(same(got, *expected), "{text:?} is {got:?}, not {expected:?}");
        }
    }

    /// What PyYAML 6 makes of these, with dates, `=` and `<<` as text.
    #[rustfmt::skip]
    const YAML11: &[(&str, Resolved)] = &[
        ("yes", Bool(true)), ("Yes", Bool(true)), ("YES", Bool(true)), ("yEs", Text), ("no", Bool(false)),
        ("No", Bool(false)), ("NO", Bool(false)), ("true", Bool(true)), ("True", Bool(true)),
        ("TRUE", Bool(true)), ("tRue", Text), ("false", Bool(false)), ("False", Bool(false)),
        ("FALSE", Bool(false)), ("on", Bool(true)), ("On", Bool(true)), ("ON", Bool(true)),
        ("off", Bool(false)), ("Off", Bool(false)), ("OFF", Bool(false)), ("y", Text), ("Y", Text),
        ("n", Text), ("N", Text), ("~", Null), ("null", Null), ("Null", Null), ("NULL", Null),
        ("nULL", Text), ("0", Int(0)), ("-0", Int(0)), ("+0", Int(0)), ("1", Int(1)), ("-1", Int(-1)),
        ("+1", Int(1)), ("012", Int(10)), ("0777", Int(511)), ("000000000012", Int(10)),
        ("0123456789012", Text), ("08", Text), ("09", Text), ("0_7", Int(7)), ("00", Int(0)),
        ("0x1F", Int(31)), ("0X1F", Text), ("-0x1f", Int(-31)), ("0x", Text), ("0x_", Text),
        ("0b11", Int(3)), ("0b", Text), ("0b2", Text), ("-0b1", Int(-1)), ("0o12", Text),
        ("1_000", Int(1000)), ("1__0", Int(10)), ("1_", Int(1)), ("_1", Text), ("1:30", Int(90)),
        ("190:20:30", Int(685230)), ("1:60", Text), ("0:30", Text), ("01:30", Text), ("1:3", Int(63)),
        ("1:300", Text), ("-1:30", Int(-90)), ("1_0:30", Int(630)), ("1.0", Float(1.0)), ("1.", Float(1.0)),
        (".5", Float(0.5)), ("-.5", Text), ("+.5", Text), (".", Text), ("..", Text), ("._5", Text),
        (".5_", Float(0.5)), ("1_0.5_0", Float(10.5)), ("1.5e3", Text), ("1.5e+3", Float(1500.0)),
        ("1.5E-3", Float(0.0015)), ("1e3", Text), ("12e03", Text), ("1e+3", Text), (".5e+1", Float(5.0)),
        ("1.e+1", Float(10.0)), ("1.5e", Text), ("1.5e+", Text), ("1:30.5", Float(90.5)),
        ("1:30.", Float(90.0)), ("1:2:3.5", Float(3723.5)), ("0:30.5", Float(30.5)),
        ("01:1.5", Float(61.5)), ("1:60.5", Text), ("3.10", Float(3.1)), ("1.10", Float(1.1)),
        ("1.2.3", Text), (".inf", Float(f64::INFINITY)), (".Inf", Float(f64::INFINITY)),
        (".INF", Float(f64::INFINITY)), ("-.inf", Float(f64::NEG_INFINITY)),
        ("+.inf", Float(f64::INFINITY)), (".iNf", Text), (".nan", Float(f64::NAN)),
        (".NaN", Float(f64::NAN)), (".NAN", Float(f64::NAN)), ("-.nan", Text), ("inf", Text), ("nan", Text),
        ("2010-09-09", Text), ("2012-10-17", Text), ("2001-12-14t21:59:43Z", Text), ("=", Text),
        ("<<", Text), ("-", Text), ("+", Text), ("--", Text), ("a", Text), ("1a", Text), ("0xg", Text),
        ("1,000", Text), ("1-2", Text), ("12345678901234567890", Int(12345678901234567890)),
        ("1e5.5", Text), ("10.0.0.0", Text), ("+1_0", Int(10)), ("0x_1", Int(1)), ("0b_1", Int(1)),
        ("0_", Int(0)), ("-012", Int(-10)), ("+0b1", Int(1)), ("-1:1:1", Int(-3661)),
        ("1:30:00.25", Float(5400.25)), ("", Null),
    ];

    #[test]
    fn yaml11_is_what_pyyaml_does() {
        check(yaml11, YAML11);
    }

    #[test]
    fn yaml12_is_the_core_schema() {
        check(
            yaml12,
            &[
                ("", Null),
                ("~", Null),
                ("null", Null),
                ("nULL", Text),
                ("true", Bool(true)),
                ("FALSE", Bool(false)),
                ("yes", Text),
                ("on", Text),
                ("012", Int(12)),
                ("-7", Int(-7)),
                ("+7", Int(7)),
                ("0o17", Int(15)),
                ("-0o17", Text),
                ("0x1F", Int(31)),
                ("0x", Text),
                ("0b1", Text),
                ("1_000", Text),
                ("1:30", Text),
                ("1e3", Float(1000.0)),
                ("1.", Float(1.0)),
                (".5", Float(0.5)),
                ("-.5", Float(-0.5)),
                (".", Text),
                ("1.5e", Text),
                ("1.5e+3", Float(1500.0)),
                ("1.5e3.1", Text),
                (".inf", Float(f64::INFINITY)),
                ("-.INF", Float(f64::NEG_INFINITY)),
                (".nan", Float(f64::NAN)),
                ("nan", Text),
                ("infinity", Text),
                ("2012-10-17", Text),
                ("+", Text),
                ("--1", Text),
                ("é", Text),
            ],
        );
    }

    #[test]
    fn quoted_scalars_are_text() {
        let scalar = Scalar { text: "012".into(), style: Style::SingleQuoted };
        assert_eq!((scalar.yaml11(), scalar.yaml12(), scalar.is_null()), (Text, Text, false));
    }
}
