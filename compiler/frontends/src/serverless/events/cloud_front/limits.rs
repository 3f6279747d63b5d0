//! What functions of the edge may have, which depends on when they are called.

use samc_base::codes;

use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::{given, text};

/// When CloudFront calls a function, with the most MiB and seconds it may have then. Source: cloud-front.js.
const LIMITS: [(&str, f64, f64); 4] = [
    ("viewer-request", 128.0, 5.0),
    ("viewer-response", 128.0, 5.0),
    ("origin-request", 10240.0, 30.0),
    ("origin-response", 10240.0, 30.0),
];

/// False where a function is called at no time there is, or is larger than it may be then, which is reported.
pub(super) fn holds(function: &Function, event: &Event, out: &mut Output<'_>) -> bool {
    let key = &function.key;
    let kind = event.setting("eventType").filter(|kind| kind.as_str() != Some(""));
    // Without a type the smaller limits hold.
    let row = match kind {
        Some(kind) => LIMITS.iter().find(|(name, ..)| kind.as_str() == Some(name)),
        None => LIMITS.first(),
    };
    let Some((name, memory, seconds)) = row else {
        let names: Vec<&str> = LIMITS.iter().map(|(name, ..)| *name).collect();
        out.error(
            codes::INVALID_VALUE,
            &event.origin,
            format!("eventType of a cloudFront event of {key} is none that CloudFront has"),
            kind.and_then(|kind| kind.span),
            "not a type",
            &format!("use one of {}", names.join(", ")),
        );
        return false;
    };
    let mut holds = true;
    for (setting, most, unit) in [("memorySize", *memory, "MiB"), ("timeout", *seconds, "seconds")] {
        let value = given(&function.settings, setting);
        let number = value.and_then(text).and_then(|text| text.trim().parse::<f64>().ok());
        let Some(number) = number.filter(|number| *number > most) else { continue };
        out.error(
            codes::INVALID_VALUE,
            &event.origin,
            format!("{key} has {number} {unit} as its {setting}, and CloudFront calls functions for `{name}` with at most {most}"),
            value.and_then(|value| value.span),
            &format!("more than {most} {unit}"),
            &format!("set `{setting}: {most}` or less"),
        );
        holds = false;
    }
    holds
}

/// Says what of a function is left out, as functions of the edge cannot have it.
pub(super) fn tell_left_out(function: &Function, event: &Event, out: &mut Output<'_>) {
    for (setting, what) in [("environment", "environment variables"), ("vpc", "a VPC")] {
        let Some(value) = given(&function.settings, setting) else { continue };
        out.warn(
            codes::EVENT_WITHOUT_EFFECT,
            &event.origin,
            format!("{} has {what}, which functions of CloudFront cannot have", function.key),
            function.settings.key_span(setting).or(value.span),
            "left out",
            "take it out; what the function needs to know goes into its code or the headers of the origin",
        );
    }
}
