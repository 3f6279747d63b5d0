//! Values and what a place takes, in words.

use samc_base::nearest;
use samc_data::serverless_keys::{Part, Type};
use samc_ir::{Expr, Kind};
use serde_json::Value;

/// More values than this are not listed.
const LISTED: usize = 24;

/// What the forms of texts mean, for those that are met most; any other is shown as it is.
const FORMS: &[(&str, &str)] = &[
    ("^arn:", "an ARN"),
    ("^arn:aws[a-z-]*:kms", "the ARN of a KMS key"),
    ("^arn:aws[a-z-]*:sns", "the ARN of a topic"),
    ("arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\\d+:secret:[A-Za-z0-9/_+=.@-]+", "the ARN of a secret"),
    ("arn:[a-z-]+:mq:[a-z0-9-]+:\\d+:broker:[A-Za-z0-9/_+=.@-]+:b-[a-z0-9-]+", "the ARN of a broker"),
    (
        "^arn:aws[\\w-]*:elasticloadbalancing:.+:listener\\/app\\/[\\w-]+\\/([\\w-]+)\\/([\\w-]+)$",
        "the ARN of a listener",
    ),
    ("^[a-zA-Z0-9-_]+$", "letters, digits, `-` and `_`"),
    ("^[\\w-]+$", "letters, digits, `-` and `_`"),
    ("^[A-Za-z0-9-]+$", "letters, digits and dashes"),
    ("^[a-zA-Z0-9-]+$", "letters, digits and dashes"),
    ("^[a-zA-Z0-9]{1,255}$", "letters and digits"),
    ("^[A-Za-z_][a-zA-Z0-9_]*$", "letters, digits and `_`, without a digit at the front"),
    ("^[a-zA-Z][0-9a-zA-Z-]+$", "a letter, then letters, digits and dashes"),
    ("^[a-zA-Z][a-zA-Z0-9-]*$", "a letter, then letters, digits and dashes"),
    ("^[/#A-Za-z0-9-_.]+$", "letters, digits and `/#-_.`"),
    ("^[a-zA-Z0-9._\\-]+$", "letters, digits and `._-`"),
    ("^\\d{12}$", "the twelve digits of an account"),
    ("subnet-[a-z0-9]+", "the id of a subnet, `subnet-...`"),
    ("sg-[a-z0-9]+", "the id of a security group, `sg-...`"),
    ("^/mnt/[a-zA-Z0-9-_.]+$", "a folder in `/mnt/`"),
    ("^s3:.+$", "an event such as `s3:ObjectCreated:*`"),
    ("^s3:", "an event such as `s3:ObjectCreated:*`"),
    ("^(?:cron|rate)\\(.+\\)$", "`rate(...)` or `cron(...)`"),
    ("^\\S+\\/\\S+$", "a media type such as `image/png`"),
    (
        "^rate\\((?:1 (?:minute|hour|day)|(?:1\\d+|[2-9]\\d*) (?:minute|hour|day)s)\\)$|^cron\\(\\S+ \\S+ \\S+ \\S+ \\S+ \\S+\\)$",
        "`rate(1 minute)`, `rate(5 minutes)`, `cron(...)` of six fields",
    ),
    ("(?i)^(?:\\*|(GET|POST|PUT|PATCH|OPTIONS|HEAD|DELETE|ANY) (/\\S*))$", "`METHOD /path` or `*`"),
    ("(?i)^(?:\\*|(ANY|GET|POST|PUT|PATCH|OPTIONS|HEAD|DELETE) (/\\S*))$", "`METHOD /path` or `*`"),
    ("^(?:\\*|/\\S*)$", "a path that begins with `/`, or `*`"),
    ("^(?:\\*|/?\\S*)$", "a path without spaces"),
    ("^[A-Z_-]+$", "a method in capitals"),
];

/// What a form of texts is called.
pub(super) fn form(pattern: &str) -> String {
    match FORMS.iter().find(|(known, _)| *known == pattern) {
        Some((_, words)) => (*words).to_owned(),
        None => format!("text of the form `{pattern}`"),
    }
}

/// What any of these takes: "a whole number from 128 to 10240".
pub(super) fn takes(parts: &[&'static Part]) -> String {
    let mut all: Vec<String> = Vec::new();
    for part in parts {
        for words in of_part(part) {
            if !all.contains(&words) {
                all.push(words);
            }
        }
    }
    // A text that may be anything may be empty.
    if all.iter().any(|words| words == "text") {
        all.retain(|words| words != "empty text");
    }
    // Text of any form makes text of one form no different.
    if all.iter().any(|words| words == "text") {
        all.retain(|words| words == "text" || !(words.starts_with("text ") || words == "an ARN"));
    }
    match all.as_slice() {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

fn of_part(part: &'static Part) -> Vec<String> {
    if !part.values.is_empty() && part.values.len() <= LISTED {
        return part.values.iter().map(listed).collect();
    }
    let one = match part.kind {
        Some(Type::Object) => "a mapping".to_owned(),
        Some(Type::Array) => "a list".to_owned(),
        Some(Type::Boolean) => "true or false".to_owned(),
        Some(Type::Call) => "an intrinsic function".to_owned(),
        Some(Type::Integer) => number("a whole number", part),
        Some(Type::Number) => number("a number", part),
        Some(Type::String) => match (&part.pattern, part.min_length, part.max_length) {
            (Some(pattern), _, most) => match most {
                Some(most) => format!("{} (at most {most} characters)", form(&pattern.text)),
                None => form(&pattern.text),
            },
            (None, Some(least), Some(most)) => format!("text of {least} to {most} characters"),
            (None, Some(least), None) => format!("text of at least {least} characters"),
            (None, None, Some(most)) => format!("text of at most {most} characters"),
            (None, None, None) => "text".to_owned(),
        },
        None if part.any_of.is_empty() => "a mapping".to_owned(),
        None => {
            let inner = part.any_of.iter().filter_map(|used| used.part());
            return inner.flat_map(of_part).collect();
        }
    };
    vec![one]
}

fn number(what: &str, part: &Part) -> String {
    match (part.minimum, part.maximum) {
        (Some(least), Some(most)) => format!("{what} from {least} to {most}"),
        (Some(least), None) => format!("{what} from {least} on"),
        (None, Some(most)) => format!("{what} up to {most}"),
        (None, None) => what.to_owned(),
    }
}

fn listed(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "empty text".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}

/// True for a form that has words of its own.
pub(super) fn is_known_form(pattern: &str) -> bool {
    FORMS.iter().any(|(known, _)| *known == pattern)
}

/// The name that was meant: the nearest, or the only one that is longer or shorter by a word.
pub(super) fn meant<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    const SHORTEST: usize = 3;
    let lower = written.to_lowercase();
    let is_part = |name: &&&str| {
        let name = name.to_lowercase();
        let (long, short) = if name.len() > lower.len() { (&name, &lower) } else { (&lower, &name) };
        short.len() >= SHORTEST && (long.starts_with(short.as_str()) || long.ends_with(short.as_str()))
    };
    let mut longer = names.iter().filter(is_part);
    nearest(written, names.iter().copied()).or_else(|| match (longer.next(), longer.next()) {
        (Some(only), None) => Some(*only),
        _ => None,
    })
}

/// The values that are texts, for "did you mean".
pub(super) fn texts(parts: &[&'static Part]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(part.values.iter().filter_map(Value::as_str));
        let inner: Vec<_> = part.any_of.iter().filter_map(|used| used.part()).collect();
        if !inner.is_empty() {
            all.extend(texts(&inner));
        }
    }
    all
}

/// A value as the author wrote it: "the text `lots`", "12000", "a list".
pub(super) fn value(value: &Expr) -> String {
    match &value.kind {
        Kind::String(text) if text.is_empty() => "empty text".to_owned(),
        Kind::String(text) if text.chars().count() > 60 => {
            let start: String = text.chars().take(57).collect();
            format!("the text `{start}...` of {} characters", text.chars().count())
        }
        Kind::String(text) => format!("the text `{}`", text.replace('\n', " ")),
        Kind::Bool(truth) => truth.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        _ => value.kind_name().to_owned(),
    }
}
