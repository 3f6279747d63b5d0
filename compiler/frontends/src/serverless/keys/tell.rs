//! Says what is wrong, in the words of the author's file.

use samc_base::codes::{MISSING_KEY_OF_SERVICE, UNKNOWN_KEY_OF_SERVICE, WRONG_VALUE_OF_SERVICE};
use samc_base::{Diagnostic, Severity, Span, nearest_list};
use samc_data::serverless_keys::{Part, Type};
use samc_ir::Expr;

use super::fault::{Fault, Step, What};
use super::words;

/// Keys of a mapping are listed where they are no more than this.
const FEW: usize = 12;

/// The finding about a fault.
pub(super) fn finding(fault: &Fault<'_>, severity: Severity) -> Diagnostic {
    let steps = fault.steps.as_slice();
    let finding = match &fault.what {
        What::Unknown(entry, parts) => {
            let keys: Vec<&str> = parts.iter().flat_map(|part| part.keys()).collect();
            let finding = Diagnostic::warning(
                UNKNOWN_KEY_OF_SERVICE,
                format!("`{}` is no key of {}", entry.key, owner(steps)),
            );
            let near = words::meant(&entry.key, &keys);
            finding
                .at(entry.key_span, "not known here")
                .help(unknown_help(near, &entry.key, &keys))
                .respell(entry.key_span, &entry.key, keys.iter().copied())
                .path(path(steps, Some(&entry.key)))
        }
        What::Name(entry, pattern) => Diagnostic::warning(
            WRONG_VALUE_OF_SERVICE,
            format!(
                "`{}` in {} is no name there: names are {}",
                entry.key,
                subject(steps),
                words::form(pattern)
            ),
        )
        .at(entry.key_span, "not such a name")
        .help("give it another name")
        .path(path(steps, Some(&entry.key))),
        What::Value(value, parts) => {
            let message =
                format!("{} is {}, and takes {}", subject(steps), words::value(value), words::takes(parts));
            let near = value.as_str().and_then(|text| words::meant(text, &words::texts(parts)));
            let help = near.map_or_else(|| to_do(value, parts), |near| format!("did you mean `{near}`?"));
            let finding = Diagnostic::warning(WRONG_VALUE_OF_SERVICE, message)
                .at(value.span.or(fault.key_span), "not taken")
                .help(help)
                .path(path(steps, None));
            match value.as_str() {
                Some(text) => finding.respell(value.span, text, words::texts(parts)),
                None => finding,
            }
        }
        What::Items(value, count, part) => {
            let some = |count: usize| if count == 1 { "1 item".to_owned() } else { format!("{count} items") };
            let takes = match (part.min_items, part.max_items) {
                (Some(least), Some(most)) if least == most => some(least),
                (Some(least), Some(most)) => format!("{least} to {}", some(most)),
                (Some(least), None) => format!("at least {}", some(least)),
                (None, most) => format!("at most {}", some(most.unwrap_or_default())),
            };
            let message = format!("{} has {}, and takes {takes}", subject(steps), some(*count));
            let help = if part.min_items.is_some_and(|least| *count < least) {
                "add to the list, or take the key out"
            } else {
                "take items out of the list"
            };
            Diagnostic::warning(WRONG_VALUE_OF_SERVICE, message)
                .at(value.span.or(fault.key_span), some(*count))
                .help(help)
                .path(path(steps, None))
        }
        What::Missing(value, keys) => {
            let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let (has, add) = match names.as_slice() {
                [one] => (format!("no {one}"), one.clone()),
                _ => (format!("neither {}", names.join(" nor ")), format!("one of {}", names.join(", "))),
            };
            Diagnostic::warning(MISSING_KEY_OF_SERVICE, format!("{} has {has}", subject(steps)))
                .at(fault.key_span.or(value.span), format!("{add} missing").replace("one of ", ""))
                .help(format!("add {add}"))
                .path(path(steps, None))
        }
    };
    let mut finding = match steps {
        [Step::Key("functions"), Step::Key(function), ..] => finding.resource(*function),
        _ => finding,
    };
    finding.severity = severity;
    finding
}

fn unknown_help(near: Option<&str>, key: &str, keys: &[&str]) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if keys.is_empty() => "take it out".to_owned(),
        None if keys.len() <= FEW => format!("the keys there are {}", keys.join(", ")),
        None => format!(
            "take it out; the nearest keys there are {}",
            nearest_list(key, keys.iter().copied(), 3).join(", ")
        ),
    }
}

/// What to do about a value of a wrong type or size.
fn to_do(value: &Expr, parts: &[&'static Part]) -> String {
    let [one] = parts else {
        if words::takes(parts) == "text" {
            return "write a text".to_owned();
        }
        let in_form = value.as_str().is_some() && parts.iter().any(|part| part.pattern.is_some());
        return if in_form { "write it in one of these forms" } else { "write one of these" }.to_owned();
    };
    let what = match one.kind {
        _ if !one.values.is_empty() => "write one of these",
        Some(Type::Boolean) => "write true or false, without quotes",
        Some(Type::Integer | Type::Number) if value.as_str().is_some() => {
            "write the number alone, without a unit"
        }
        Some(Type::Integer | Type::Number) => "write such a number",
        Some(Type::Object) => "write keys with values, indented below",
        Some(Type::Array) => "write a list, `- ITEM` for each",
        Some(Type::Call) => "write `!GetAtt`, `!Ref` or another intrinsic function",
        Some(Type::String) if value.as_str().is_none() => "write a text",
        Some(Type::String) => match &one.pattern {
            Some(pattern) if pattern.fits(value.as_str().unwrap_or_default()) => "make it shorter",
            Some(pattern) if words::is_known_form(&pattern.text) => "write it in that form",
            Some(_) => "write what matches that expression",
            None => "make it shorter",
        },
        None => "write one of these",
    };
    what.to_owned()
}

/// The mapping a key stands in: "the sqs event of hello".
fn owner(steps: &[Step<'_>]) -> String {
    match steps {
        [] => "a service".to_owned(),
        [Step::Key("functions"), Step::Key(function)] => format!("the function {function}"),
        _ => subject(steps),
    }
}

/// A value in the words of the file: "batchSize of the sqs event of hello".
fn subject(steps: &[Step<'_>]) -> String {
    match steps {
        [] => "the service".to_owned(),
        [Step::Key("functions"), Step::Key(function)] => (*function).to_owned(),
        [Step::Key("functions"), Step::Key(function), Step::Key("events"), Step::Item(_)] => {
            format!("an event of {function}")
        }
        [
            Step::Key("functions"),
            Step::Key(function),
            Step::Key("events"),
            Step::Item(_),
            Step::Key(kind),
        ] => {
            format!("the {kind} event of {function}")
        }
        [Step::Key("layers"), Step::Key(layer)] => format!("the layer {layer}"),
        [Step::Key(key)] => (*key).to_owned(),
        [before @ .., Step::Item(_)] => format!("an item of {}", subject(before)),
        [before @ .., Step::Key(key)] => format!("{key} of {}", subject(before)),
    }
}

/// The path of keys to a value, or to a key in it.
fn path(steps: &[Step<'_>], key: Option<&str>) -> String {
    let mut path = String::new();
    for step in steps.iter().copied().chain(key.map(Step::Key)) {
        match step {
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Step::Item(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

/// Where a fault is shown.
pub(super) fn place(fault: &Fault<'_>) -> Option<Span> {
    match &fault.what {
        What::Unknown(entry, _) | What::Name(entry, _) => entry.key_span,
        What::Value(value, _) | What::Items(value, ..) => value.span.or(fault.key_span),
        What::Missing(value, _) => fault.key_span.or(value.span),
    }
}
