//! The page of a policy of one's own, for `samc explain X001`.

use std::fmt::Write;

use samc_schema::config;

use super::code_of;
use crate::config::Loaded;
use crate::input;

/// The page of the policy with a code or a name, whatever the case of its letters; none where there is no such
/// policy.
pub fn page(loaded: &Loaded, wanted: &str) -> Option<String> {
    let mut policies = loaded.config.lint.iter().flat_map(|lint| lint.policies.iter().flatten());
    let is_wanted = |policy: &config::Policy| {
        let code = code_of(policy);
        code.id().eq_ignore_ascii_case(wanted) || code.name().eq_ignore_ascii_case(wanted)
    };
    let policy = &policies.find(|policy| is_wanted(&policy.value))?.value;
    let code = code_of(policy);
    let mut page = format!("# {} {}\n", code.id(), code.name());
    let place = policy.code.span.map(|span| {
        let file = loaded.sources.file(span.file);
        format!("{}:{}", file.name(), file.line_column(span.start).line)
    });
    let level = policy.severity.as_ref().map_or(config::Deny::Warning, |severity| severity.value);
    let level = crate::config::severity(level).as_str();
    let _ = writeln!(page, "\nA policy of {}, {level}.", place.as_deref().unwrap_or("the configuration"));
    let types: Vec<&String> =
        policy.r#type.value.items(policy.r#type.span).into_iter().map(|pattern| pattern.value).collect();
    let _ = writeln!(page, "\nHeld against the properties of {}.", in_words(&types));
    for (what, text) in [("", &policy.message), ("What to do: ", &policy.help), ("More: ", &policy.url)] {
        if let Some(text) = text {
            let _ = writeln!(page, "\n{what}{}", text.value.trim_end());
        }
    }
    page.push_str(&schema(policy, loaded));
    Some(page)
}

/// `AWS::S3::Bucket`, `AWS::SQS::Queue` and `AWS::SNS::Topic`.
fn in_words(types: &[&String]) -> String {
    let quoted: Vec<String> = types.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => "no type".to_owned(),
    }
}

/// The schema as it is written: where it stands, or what is in its file.
fn schema(policy: &config::Policy, loaded: &Loaded) -> String {
    let text = match policy.schema.as_scalar() {
        Some(name) => {
            let path = crate::config::plain(&loaded.folder.join(&*name.text));
            match input::read(&path) {
                Ok(text) => text,
                Err(_) => return format!("\nIts schema is to be in {path}, which cannot be read.\n"),
            }
        }
        None => match serde_json::to_string_pretty(&super::value_of(&policy.schema)) {
            Ok(text) => text,
            Err(_) => return String::new(),
        },
    };
    format!("\n```\n{}\n```\n", text.trim_end())
}
