//! What a pattern asks of one value.

use std::net::IpAddr;

use serde_json::Value;

/// The operators there are.
pub(super) const OPERATORS: &[&str] = &[
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "anything-but",
    "numeric",
    "exists",
    "cidr",
    "exactly",
];

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// It is this.
    Is(Value),
    /// It is a text of this form.
    Text(Text),
    /// It is there and none of these holds.
    AnythingBut(Vec<Test>),
    /// All of these comparisons hold.
    Numeric(Vec<(Comparison, f64)>),
    /// Whether it is there.
    Exists(bool),
    /// It is an address of this network.
    Cidr(IpAddr, u32),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Prefix(String),
    Suffix(String),
    /// In lower case.
    PrefixOfAnyCase(String),
    SuffixOfAnyCase(String),
    OfAnyCase(String),
    /// What stands between the stars.
    Wildcard(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Test {
    /// Reads one of the alternatives of a member.
    pub(super) fn read(value: &Value) -> Result<Test, String> {
        let Some(object) = value.as_object() else {
            return match value.is_array() {
                true => Err(format!("{value} is a list in a list")),
                false => Ok(Test::Is(value.clone())),
            };
        };
        let mut members = object.iter();
        let (Some((operator, argument)), None) = (members.next(), members.next()) else {
            return Err(format!("{value} is no operator: it has one name"));
        };
        let within = |why: String| format!("{operator}: {why}");
        match operator.as_str() {
            "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => {
                Text::read(operator, argument).map(Test::Text).map_err(within)
            }
            "exactly" => Ok(Test::Is(argument.clone())),
            "anything-but" => anything_but(argument).map(Test::AnythingBut).map_err(within),
            "numeric" => numeric(argument).map(Test::Numeric).map_err(within),
            "exists" => {
                argument.as_bool().map(Test::Exists).ok_or_else(|| within("true or false".to_owned()))
            }
            "cidr" => cidr(argument).ok_or_else(|| within(format!("{argument} is no network"))),
            other => Err(format!("there is no operator {other:?}")),
        }
    }

    /// Whether it holds for what is there, or for nothing.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Test::Exists(wanted), value) => *wanted == is_leaf(value),
            (_, None) => false,
            (_, Some(Value::Array(items))) => items.iter().any(|item| self.holds_for(item)),
            (_, Some(value)) => self.holds_for(value),
        }
    }

    fn holds_for(&self, value: &Value) -> bool {
        match self {
            Test::Is(wanted) => wanted == value,
            Test::Text(text) => value.as_str().is_some_and(|value| text.holds(value)),
            Test::AnythingBut(tests) => !value.is_object() && !tests.iter().any(|test| test.holds_for(value)),
            Test::Numeric(comparisons) => value.as_f64().is_some_and(|value| {
                comparisons.iter().all(|(comparison, with)| comparison.holds(value, *with))
            }),
            Test::Exists(wanted) => *wanted,
            Test::Cidr(network, bits) => value
                .as_str()
                .and_then(|text| text.parse::<IpAddr>().ok())
                .is_some_and(|address| is_in(address, *network, *bits)),
        }
    }
}

/// Whether there is a value; an object is none.
fn is_leaf(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Object(_)) => false,
        Some(Value::Array(items)) => items.iter().any(|item| is_leaf(Some(item))),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => true,
    }
}

/// A value, several, or an operator on text with one or several arguments.
fn anything_but(argument: &Value) -> Result<Vec<Test>, String> {
    match argument {
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            Err("its list has values only".to_owned())
        }
        Value::Array(items) if items.is_empty() => Err("an empty list excludes nothing".to_owned()),
        Value::Array(items) => Ok(items.iter().cloned().map(Test::Is).collect()),
        Value::Object(object) => {
            let mut tests = Vec::new();
            for (operator, argument) in object {
                let arguments = match argument {
                    Value::Array(items) => items.as_slice(),
                    one => std::slice::from_ref(one),
                };
                for argument in arguments {
                    tests.push(Test::Text(Text::read(operator, argument)?));
                }
            }
            Ok(tests)
        }
        value => Ok(vec![Test::Is(value.clone())]),
    }
}

fn numeric(argument: &Value) -> Result<Vec<(Comparison, f64)>, String> {
    let items = argument.as_array().filter(|items| matches!(items.len(), 2 | 4));
    let items = items.ok_or("a list of a comparison and a number, or two of each")?;
    let mut all = Vec::new();
    for pair in items.chunks(2) {
        let comparison = match pair[0].as_str() {
            Some("=") => Comparison::Equal,
            Some("<") => Comparison::Less,
            Some("<=") => Comparison::LessOrEqual,
            Some(">") => Comparison::Greater,
            Some(">=") => Comparison::GreaterOrEqual,
            _ => return Err(format!("{} is none of =, <, <=, >, >=", pair[0])),
        };
        let number = pair[1].as_f64().ok_or_else(|| format!("{} is no number", pair[1]))?;
        all.push((comparison, number));
    }
    Ok(all)
}

impl Comparison {
    fn holds(self, value: f64, with: f64) -> bool {
        match self {
            // Numbers are compared to five places after the point.
            Comparison::Equal => (value - with).abs() < 0.000_001,
            Comparison::Less => value < with,
            Comparison::LessOrEqual => value <= with,
            Comparison::Greater => value > with,
            Comparison::GreaterOrEqual => value >= with,
        }
    }
}

impl Text {
    fn read(operator: &str, argument: &Value) -> Result<Text, String> {
        let text = || argument.as_str().map(str::to_owned).ok_or_else(|| format!("{argument} is no text"));
        let any_case = argument.get("equals-ignore-case").and_then(Value::as_str).map(str::to_lowercase);
        Ok(match (operator, any_case) {
            ("prefix", Some(text)) => Text::PrefixOfAnyCase(text),
            ("suffix", Some(text)) => Text::SuffixOfAnyCase(text),
            ("prefix", None) => Text::Prefix(text()?),
            ("suffix", None) => Text::Suffix(text()?),
            ("equals-ignore-case", None) => Text::OfAnyCase(text()?.to_lowercase()),
            ("wildcard", None) => Text::Wildcard(parts(&text()?)),
            _ => return Err(format!("there is no operator {operator:?} here")),
        })
    }

    fn holds(&self, value: &str) -> bool {
        match self {
            Text::Prefix(text) => value.starts_with(text),
            Text::Suffix(text) => value.ends_with(text),
            Text::PrefixOfAnyCase(text) => value.to_lowercase().starts_with(text),
            Text::SuffixOfAnyCase(text) => value.to_lowercase().ends_with(text),
            Text::OfAnyCase(text) => value.to_lowercase() == *text,
            Text::Wildcard(parts) => is_like(value, parts),
        }
    }
}

/// What stands between the stars of a text; a backslash makes a star one of the text.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '*' => {
                parts.push(String::new());
                continue;
            }
            '\\' => chars.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// Whether a text has these parts in this order, the first at its start and the last at its end. The
/// earliest place for each is as good as any later one.
fn is_like(value: &str, parts: &[String]) -> bool {
    let [first, middle @ .., last] = parts else { return parts.first().is_none_or(|only| only == value) };
    let Some(mut rest) = value.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

fn cidr(argument: &Value) -> Option<Test> {
    let (network, bits) = argument.as_str()?.split_once('/')?;
    let network: IpAddr = network.parse().ok()?;
    let bits: u32 = bits.parse().ok()?;
    let most = if network.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some(Test::Cidr(network, bits))
}

fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}
