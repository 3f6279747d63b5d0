//! Values with a form of their own: names, durations, sizes, rates, routes and percentages.

use std::borrow::Borrow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// Makes `Deserialize` from `parse`, and `JsonSchema` from a pattern.
macro_rules! scalar {
    ($type:ident, $wanted:literal, $pattern:literal, $description:literal, $examples:tt) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visit;

                impl Visitor<'_> for Visit {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($wanted)
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$type, E> {
                        $type::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
                    }
                }

                deserializer.deserialize_any(Visit)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $description,
                    "examples": $examples,
                })
            }
        }
    };
}

/// The name of a component: a small letter, then at most 39 small letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The name, if the text is one.
    pub fn parse(text: &str) -> Option<Name> {
        // What YAML reads as a truth value would be a name only in quotes.
        let fits = text.len() <= 40
            && !matches!(text, "true" | "false" | "null")
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fits.then(|| Name(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Stands in for a name whose lack was reported.
    pub(super) fn placeholder() -> Name {
        Name("app".to_owned())
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

scalar!(
    Name,
    "a name of small letters, digits and hyphens that begins with a letter (at most 40)",
    "^([a-z][a-z0-9-]{0,39}/)?[a-z][a-z0-9-]{0,39}$",
    "A name: a small letter, then small letters, digits and hyphens, at most 40 in all.",
    ["orders"]
);

/// A logical id of CloudFormation: letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogicalName(String);

impl LogicalName {
    /// Reads a logical id; at most 255 characters, as CloudFormation has it.
    pub fn parse(text: &str) -> Option<LogicalName> {
        let fits = !text.is_empty() && text.len() <= 255 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| LogicalName(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogicalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

scalar!(
    LogicalName,
    "a logical id of letters and digits",
    "^[A-Za-z0-9]{1,255}$",
    "A logical id of CloudFormation: letters and digits, at most 255.",
    ["OrdersTable"]
);

/// The name of a component, or of a part of one: `work`, `work.dlq`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The component.
    pub name: String,
    /// The part, such as `dlq`.
    pub part: Option<String>,
}

impl Reference {
    /// Reads `name` or `name.part`.
    pub fn parse(text: &str) -> Option<Reference> {
        let (name, part) = match text.split_once('.') {
            Some((name, part)) => (name, Some(Name::parse(part)?.0)),
            None => (text, None),
        };
        Some(Reference { name: Name::parse(name)?.0, part })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.part.iter().try_for_each(|part| write!(f, ".{part}"))
    }
}

scalar!(
    Reference,
    "the name of a component, such as `orders`, or of a part of one, such as `orders.dlq`",
    "^([a-z][a-z0-9-]{0,39}/)?[a-z][a-z0-9-]{0,39}(\\.[a-z][a-z0-9-]{0,39})?$",
    "The name of a component of this file, of a part of one such as `work.dlq`, or of what a module exports such as `orders/events`.",
    ["orders", "work.dlq"]
);

/// A length of time: a whole number with the unit `s`, `m`, `h` or `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    seconds: u64,
}

impl Duration {
    /// Reads `30s`, `5m`, `2h` or `14d`.
    pub fn parse(text: &str) -> Option<Duration> {
        let (digits, factor) = with_unit(text, &[("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)])?;
        Some(Duration { seconds: digits.checked_mul(factor)? })
    }

    /// So many seconds.
    pub const fn from_seconds(seconds: u64) -> Duration {
        Duration { seconds }
    }

    /// The length in seconds.
    pub fn seconds(self) -> u64 {
        self.seconds
    }
}

impl fmt::Display for Duration {
    /// In the greatest unit that needs no fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = [(86_400, "d"), (3600, "h"), (60, "m")];
        match unit.into_iter().find(|(n, _)| self.seconds > 0 && self.seconds.is_multiple_of(*n)) {
            Some((n, unit)) => write!(f, "{}{unit}", self.seconds / n),
            None => write!(f, "{}s", self.seconds),
        }
    }
}

scalar!(
    Duration,
    "a duration such as `30s`, `5m`, `2h` or `14d`",
    "^[0-9]+[smhd]$",
    "A length of time: a whole number with the unit s, m, h or d.",
    ["30s", "5m", "2h", "14d"]
);

/// How long logs are kept: a duration, or `forever`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    duration: Option<Duration>,
}

impl Retention {
    /// Reads `14d` or `forever`.
    pub fn parse(text: &str) -> Option<Retention> {
        match text {
            "forever" => Some(Retention { duration: None }),
            _ => Duration::parse(text).map(Retention::from),
        }
    }

    /// The duration; none for ever.
    pub fn duration(self) -> Option<Duration> {
        self.duration
    }
}

impl From<Duration> for Retention {
    fn from(duration: Duration) -> Self {
        Retention { duration: Some(duration) }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.duration {
            Some(duration) => duration.fmt(f),
            None => f.write_str("ever"),
        }
    }
}

scalar!(
    Retention,
    "a duration such as `30d`, or `forever`",
    "^([0-9]+[smhd]|forever)$",
    "How long logs are kept: a whole number with the unit s, m, h or d, or `forever`.",
    ["14d", "forever"]
);

/// An amount of memory or storage: a whole number with the unit `KB`, `MB` or `GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    kilobytes: u64,
}

impl Size {
    /// Reads `256KB`, `512MB` or `2GB`.
    pub fn parse(text: &str) -> Option<Size> {
        let (digits, factor) = with_unit(text, &[("KB", 1), ("MB", 1024), ("GB", 1024 * 1024)])?;
        Some(Size { kilobytes: digits.checked_mul(factor)? })
    }

    /// So many MB.
    pub const fn from_megabytes(megabytes: u64) -> Size {
        Size { kilobytes: megabytes * 1024 }
    }

    /// The amount in bytes.
    pub fn bytes(self) -> u64 {
        self.kilobytes.saturating_mul(1024)
    }

    /// The amount in MB, rounded up.
    pub fn megabytes(self) -> u64 {
        self.kilobytes.div_ceil(1024)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kilobytes {
            n if n > 0 && n.is_multiple_of(1024 * 1024) => write!(f, "{}GB", n / (1024 * 1024)),
            n if n > 0 && n.is_multiple_of(1024) => write!(f, "{}MB", n / 1024),
            n => write!(f, "{n}KB"),
        }
    }
}

scalar!(
    Size,
    "a size such as `512MB` or `2GB`",
    "^[0-9]+(KB|MB|GB)$",
    "An amount of memory or storage: a whole number with the unit KB, MB or GB.",
    ["512MB", "2GB"]
);

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<(u64, u64)> {
    let (digits, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    Some((is_number.then(|| digits.parse().ok())??, factor))
}

/// When something happens: again and again, by the calendar, or once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rate {
    /// Every so often, a multiple of a minute.
    Every(Duration),
    /// By the six fields of a cron expression.
    Cron(String),
    /// Once.
    At(String),
}

impl Rate {
    /// Reads `rate(5m)`, `cron(0 3 * * ? *)` or `at(2026-01-01T00:00:00)`.
    pub fn parse(text: &str) -> Option<Rate> {
        let inner = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(every) = inner("rate") {
            let every = Duration::parse(every)?;
            let is_whole = every.seconds() > 0 && every.seconds().is_multiple_of(60);
            return is_whole.then_some(Rate::Every(every));
        }
        if let Some(fields) = inner("cron") {
            return (fields.split_whitespace().count() == 6).then(|| Rate::Cron(fields.to_owned()));
        }
        let at = inner("at")?;
        let shape = |(i, b): (usize, u8)| match i {
            4 | 7 => b == b'-',
            10 => b == b'T',
            13 | 16 => b == b':',
            _ => b.is_ascii_digit(),
        };
        (at.len() == 19 && at.bytes().enumerate().all(shape)).then(|| Rate::At(at.to_owned()))
    }

    /// As EventBridge writes it: `rate(5 minutes)`.
    pub fn expression(&self) -> String {
        match self {
            Rate::Every(every) => {
                let units = [(86_400, "day"), (3600, "hour"), (60, "minute")];
                let (n, unit) = units
                    .into_iter()
                    .find(|(n, _)| every.seconds().is_multiple_of(*n))
                    .map_or((every.seconds() / 60, "minute"), |(n, unit)| (every.seconds() / n, unit));
                format!("rate({n} {unit}{})", if n == 1 { "" } else { "s" })
            }
            Rate::Cron(fields) => format!("cron({fields})"),
            Rate::At(at) => format!("at({at})"),
        }
    }
}

scalar!(
    Rate,
    "a rate such as `rate(5m)`, `cron(0 3 * * ? *)` with six fields, or `at(2026-01-01T00:00:00)`",
    "^(rate\\([0-9]+[smhd]\\)|cron\\([^()]+\\)|at\\([0-9T:-]+\\))$",
    "When it runs: rate(5m), cron(0 3 * * ? *) with six fields, or at(2026-01-01T00:00:00).",
    ["rate(5m)", "cron(0 3 * * ? *)", "at(2026-01-01T00:00:00)"]
);

/// A method and a path of an HTTP API, or `$default` for whatever no other route takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Route {
    /// The method in capital letters, or `ANY`.
    pub method: String,
    /// The path, beginning with a slash; `$default` stands alone.
    pub path: String,
}

/// What a route looks like.
pub(crate) const ROUTE_PATTERN: &str = "^((GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) +/\\S*|\\$default)$";

/// The methods a route may have.
pub const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"];

impl Route {
    /// Reads `GET /orders/{id}` or `$default`.
    pub fn parse(text: &str) -> Option<Route> {
        if text == "$default" {
            return Some(Route { method: "ANY".to_owned(), path: text.to_owned() });
        }
        let (method, path) = text.split_once(' ')?;
        let path = path.trim();
        let fits = METHODS.contains(&method)
            && path.starts_with('/')
            && !path.contains(char::is_whitespace)
            && path.matches('{').count() == path.matches('}').count();
        fits.then(|| Route { method: method.to_owned(), path: path.to_owned() })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path == "$default" {
            f.write_str("$default")
        } else {
            write!(f, "{} {}", self.method, self.path)
        }
    }
}

scalar!(
    Route,
    "a route such as `GET /orders/{id}`, or `$default`",
    "^((GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) +/\\S*|\\$default)$",
    "A route: a method (or ANY) and a path, such as GET /orders/{id}; or $default.",
    ["GET /hello", "POST /orders", "GET /orders/{id}"]
);

/// A share in whole percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u8);

impl Percent {
    /// Reads `10%`.
    pub fn parse(text: &str) -> Option<Percent> {
        let digits = text.strip_suffix('%')?;
        let n: u8 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
        (n <= 100).then_some(Percent(n))
    }

    /// The number before the sign, 0 to 100.
    pub fn value(self) -> u8 {
        self.0
    }
}

scalar!(
    Percent,
    "a percentage from `0%` to `100%`",
    "^(100|[0-9]{1,2})%$",
    "A share in whole percent, 0% to 100%.",
    ["10%"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_shown() {
        assert_eq!(Duration::parse("90m").map(Duration::seconds), Some(5400));
        assert_eq!(Duration::parse("120s").map(|d| d.to_string()).as_deref(), Some("2m"));
        for wrong in
            ["", "s", "5", "-5s", "1.5h", "5 m", "5M", "99999999999999999999d", "9999999999999999999d"]
        {
            assert_eq!(Duration::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Size::parse("2GB").map(Size::megabytes), Some(2048));
        assert_eq!(Size::parse("256KB").map(Size::bytes), Some(262_144));
        assert_eq!(Size::parse("2gb"), None);
        assert_eq!(Percent::parse("10%").map(Percent::value), Some(10));
        assert_eq!(Percent::parse("101%"), None);
    }

    #[test]
    fn rates_become_expressions() {
        let expression = |text: &str| Rate::parse(text).map(|r| r.expression());
        assert_eq!(expression("rate(5m)").as_deref(), Some("rate(5 minutes)"));
        assert_eq!(expression("rate(60m)").as_deref(), Some("rate(1 hour)"));
        assert_eq!(expression("cron(0 3 * * ? *)").as_deref(), Some("cron(0 3 * * ? *)"));
        assert_eq!(expression("at(2026-01-01T00:00:00)").as_deref(), Some("at(2026-01-01T00:00:00)"));
        for wrong in ["rate(5s)", "rate(5)", "rate(0m)", "cron(* * *)", "at(soon)", "5m"] {
            assert_eq!(expression(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_and_routes_are_strict() {
        assert!(Name::parse("orders-2").is_some());
        for wrong in ["", "Orders", "2orders", "or_ders", &"a".repeat(41)] {
            assert!(Name::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(Route::parse("GET /a/{id}").map(|r| r.to_string()).as_deref(), Some("GET /a/{id}"));
        for wrong in ["GET", "get /a", "GET a", "GET /a b", "FETCH /a", "GET /{a"] {
            assert!(Route::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(Reference::parse("work.dlq").map(|r| r.to_string()).as_deref(), Some("work.dlq"));
    }
}
