//! What the provider takes as a value: words in its spelling, names of resources, times.

use crate::hcl::Value;
use crate::row::{Form, Words};

/// Words of an enumeration in the spelling of the provider: CloudFormation's services are not all strict
/// about capital letters, and a word can mean nothing but itself.
pub(crate) fn spelled(form: &Form, value: Value) -> Value {
    let Some(words) = form.words() else { return value };
    match value {
        Value::List(items) => Value::List(items.into_iter().map(|item| spelled(form, item)).collect()),
        Value::Cond(condition, then, otherwise) => {
            Value::Cond(condition, Box::new(spelled(form, *then)), Box::new(spelled(form, *otherwise)))
        }
        Value::Text(_) => {
            let is_same =
                |word: &&str| value.as_literal().is_some_and(|text| text.eq_ignore_ascii_case(word));
            match words.iter().find(is_same) {
                Some(word) => Value::text(word),
                None => value,
            }
        }
        other => other,
    }
}

/// One of two words as true or false: `ENABLED|DISABLED`.
pub(crate) fn truth(value: Value, words: &Words) -> Option<Value> {
    match value {
        Value::Null => Some(Value::Null),
        Value::Bool(said) => truth(Value::text(said.to_string()), words),
        Value::Cond(condition, then, otherwise) => {
            Some(Value::Cond(condition, Box::new(truth(*then, words)?), Box::new(truth(*otherwise, words)?)))
        }
        Value::Text(_) => {
            let at = words.iter().position(|word| value.as_literal() == Some(word))?;
            Some(Value::Bool(at == 0))
        }
        // A parameter or an attribute that holds one of the words.
        code @ Value::Code(_) => {
            let yes = Value::text(words.iter().next().unwrap_or_default());
            Some(Value::Binary("==", vec![code, yes]))
        }
        _ => None,
    }
}

/// What of a value the provider does not take, as far as it is written out.
pub(crate) fn refused(name: &str, form: &Form, value: &Value) -> Option<String> {
    if let Form::UpTo(limit) = form {
        let number = match value {
            Value::Number(number) => Some(number.as_str()),
            value => value.as_literal(),
        };
        if let Some(number) = number {
            return number.trim().parse().is_ok_and(|n: f64| n > *limit).then(|| format!("`{number}`"));
        }
    }
    match value {
        Value::List(items) if matches!(form, Form::All(_)) && items.is_empty() => {
            Some("an empty list".to_owned())
        }
        Value::List(items) => items.iter().find_map(|item| refused(name, form, item)),
        Value::Cond(_, then, otherwise) => {
            refused(name, form, then).or_else(|| refused(name, form, otherwise))
        }
        Value::Text(_) => {
            let text = value.as_literal()?;
            let is_sound = match form {
                Form::Json | Form::Verbatim => is_json(text),
                Form::Date => is_date(text),
                Form::Of(words) | Form::All(words) => words.contains(text),
                Form::Arn => is_arn(text),
                Form::FunctionName => is_function_name(text),
                Form::Within(most) => text.chars().count() <= *most,
                Form::Value if is_arn_name(name) => is_arn(text),
                _ => name != "input" || is_json(text),
            };
            (!is_sound).then(|| match text.chars().count() {
                0..=40 if !text.contains(['\n', '`']) => format!("`{text}`"),
                _ => "the text".to_owned(),
            })
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Code(_)
        | Value::Object(_)
        | Value::Call(..)
        | Value::Index(..)
        | Value::Present(_)
        | Value::Binary(..)
        | Value::Not(_) => None,
    }
}

/// Whether a text names a function as the provider has it: by its name, by `account:function:name`, or by its ARN;
/// a version may follow.
fn is_function_name(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let is_account = |word: &str| word.len() == 12 && word.bytes().all(|b| b.is_ascii_digit());
    let is_named = |name: &[&str]| match name {
        [name] => is_word(name),
        [name, version] => is_word(name) && (is_word(version) || *version == "$LATEST"),
        _ => false,
    };
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "lambda", _, _, "function", name @ ..] => is_arn(text) && is_named(name),
        [account, "function", name @ ..] if is_account(account) => is_named(name),
        name => is_named(name),
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

/// Whether a text is a time with its zone.
fn is_date(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let has_zone = time.ends_with('Z') || time.get(8..).is_some_and(|rest| rest.contains(['+', '-']));
    date.len() == 10 && time.len() > 8 && has_zone
}

fn is_arn_name(name: &str) -> bool {
    name == "arn" || name.ends_with("_arn") || name.ends_with("_arns") || name == "permissions_boundary"
}

/// Whether a text is an Amazon Resource Name, as strictly as the provider has it.
pub(crate) fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or("");
    let (start, partition, service, region, account) = (next(), next(), next(), next(), next());
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let is_region = region.is_empty()
        || (region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && region.ends_with(|c: char| c.is_ascii_digit())
            && region.matches('-').count() >= 2);
    let is_account = matches!(account, "" | "aws" | "aws-managed" | "third-party" | "aws-marketplace")
        || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        || account.starts_with("cw");
    start == "arn"
        && partition.starts_with("aws")
        && is_word(partition)
        && !service.is_empty()
        && is_region
        && is_account
        && !next().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_spelled_as_the_provider_has_them() {
        let info = Value::text("INFO");
        let levels = Form::Of(Words::of("OFF|ERROR|INFO"));
        assert_eq!(spelled(&levels, Value::text("Info")), info);
        assert_eq!(spelled(&levels, Value::text("loud")), Value::text("loud"));
        assert_eq!(spelled(&Form::Value, Value::text("Info")), Value::text("Info"));
        let list = Value::List(vec![Value::text("regional")]);
        assert_eq!(
            spelled(&Form::All(Words::of("EDGE|REGIONAL")), list),
            Value::List(vec![Value::text("REGIONAL")])
        );
    }

    #[test]
    fn two_words_are_true_and_false() {
        let of = |value| truth(value, &Words::of("false|true"));
        assert_eq!(of(Value::Bool(false)), Some(Value::Bool(true)));
        assert_eq!(of(Value::text("true")), Some(Value::Bool(false)));
        assert_eq!(of(Value::text("maybe")), None);
        let computed = Value::Binary("==", vec![Value::code("var.off"), Value::text("false")]);
        assert_eq!(of(Value::code("var.off")), Some(computed));
    }

    #[test]
    fn functions_are_named_in_three_ways() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:a";
        for name in ["a", "a_b-1:live", "a:$LATEST", "123456789012:function:a", arn, &format!("{arn}:7")] {
            assert!(is_function_name(name), "{name}");
        }
        for name in ["", "a b", "x:y:a", "arn:aws:lambda:eu-west-1:1:function:a", &format!("{arn}:7:8")] {
            assert!(!is_function_name(name), "{name}");
        }
    }

    #[test]
    fn what_the_provider_refuses_is_told() {
        let of = |form: &str, text: &str| refused("role_arn", &form.parse().unwrap(), &Value::text(text));
        assert_eq!(of("", "arn:aws:iam::123456789012:role/a"), None);
        assert_eq!(of("", "role-a"), Some("`role-a`".to_owned()));
        assert_eq!(of("of:a|b", "c"), Some("`c`".to_owned()));
        assert_eq!(of("json", "{"), Some("`{`".to_owned()));
        assert_eq!(
            refused("x", &Form::All(Words::of("a")), &Value::List(Vec::new())),
            Some("an empty list".to_owned())
        );
    }
}
