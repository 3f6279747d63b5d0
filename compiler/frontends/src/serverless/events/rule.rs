//! What events of EventBridge have in common: the input that the rule gives the function.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::common::article;
use crate::serverless::names::upper_first;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::{set, stringify};

/// The settings about the input, of which a rule takes one.
const INPUTS: [&str; 3] = ["input", "inputPath", "inputTransformer"];

/// False where an event has more than one setting about its input, which is reported.
pub(super) fn has_one_input((function, event): (&Function, &Event), out: &mut Output<'_>) -> bool {
    let given: Vec<(&str, &Expr)> =
        INPUTS.iter().filter_map(|name| Some((*name, event.given(name)?))).collect();
    let [(first, _), (second, value), ..] = given.as_slice() else { return true };
    out.error(
        codes::EXCLUSIVE_PROPERTIES,
        &event.origin,
        format!(
            "{} event of {} has {first} and {second}, and a rule has one of them",
            article(&event.kind),
            function.key
        ),
        value.span,
        &format!("beside `{first}`"),
        "keep the one that makes the input, and take out the other",
    );
    false
}

/// Whether a rule or a schedule is on.
pub(super) fn state(event: &Event) -> &'static str {
    if event.flag("enabled") == Some(false) { "DISABLED" } else { "ENABLED" }
}

/// `inputTransformer` as a target has it: its two settings.
pub(super) fn transformer(settings: &Expr) -> Expr {
    let Some(settings) = settings.as_map() else { return settings.clone() };
    let mut made = Map::new();
    for key in ["inputTemplate", "inputPathsMap"] {
        set(&mut made, &upper_first(key), settings.get(key).filter(|value| !value.is_null()));
    }
    made.into()
}

/// `input` as text: as it stands, or as JSON.
pub(super) fn input(value: &Expr) -> Expr {
    match value.as_str() {
        Some(_) => value.clone(),
        None => Expr::from(stringify(value)).with_span(value.span),
    }
}
