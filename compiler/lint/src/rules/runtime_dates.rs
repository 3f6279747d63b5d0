//! D701, D702 and D703: runtimes whose days are over, or soon will be.

use samc_base::{Applicability, Change, Code, Diagnostic, Diagnostics, Severity, What};
use samc_data::runtimes::{self, Runtime};
use samc_ir::Expr;

use crate::context::{Context, about};
use crate::rule::{On, Profile, Rule};

/// How many days ahead the end of a runtime is told: as many as AWS gives notice.
/// Source: Lambda Developer Guide, "Runtime deprecation notifications".
const SOON: i64 = 180;

const PROGRAMMES: &[Profile] = &[Profile::Pci, Profile::Hipaa];

/// No more fixes.
pub(super) static DEPRECATED: Rule = Rule {
    code: Code::new("D701", "runtime-deprecated"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("runtime_deprecated.md"),
    check: |context, diagnostics| {
        // That it gets no fixes is what programmes ask about, whether or not functions can still be made.
        let more = context.wants_more(DEPRECATED.code, PROGRAMMES);
        each(context, diagnostics, DEPRECATED.code, |runtime, today| {
            let told = |day: &&str| **day <= *today && (more || !is_blocked(runtime, today));
            let since = runtime.deprecated.filter(told)?;
            Some((Severity::Warning, format!("have had no fixes since {since}{}", later(runtime, today))))
        });
    },
};

/// No more functions.
pub(super) static BLOCKED: Rule = Rule {
    code: Code::new("D702", "runtime-blocked"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("runtime_blocked.md"),
    check: |context, diagnostics| {
        each(context, diagnostics, BLOCKED.code, |runtime, today| {
            if let Some(day) = runtime.block_update.filter(|day| *day <= today) {
                return Some((Severity::Error, format!("can be neither created nor updated since {day}")));
            }
            let day = runtime.block_create.filter(|day| *day <= today)?;
            // A function that is there already can still be updated.
            let until =
                runtime.block_update.map_or(String::new(), |day| format!(", and not updated from {day} on"));
            Some((Severity::Warning, format!("cannot be created anew since {day}{until}")))
        });
    },
};

/// The end is near.
pub(super) static SOON_OVER: Rule = Rule {
    code: Code::new("D703", "runtime-soon"),
    level: Severity::Info,
    on: On::Default,
    page: include_str!("runtime_soon.md"),
    check: |context, diagnostics| {
        each(context, diagnostics, SOON_OVER.code, |runtime, today| {
            let day = runtime.deprecated.filter(|day| *day > today && !is_blocked(runtime, today))?;
            let left = days(day)? - days(today)?;
            (left <= SOON)
                .then(|| (Severity::Info, format!("gets no more fixes from {day} on, in {left} days")))
        });
    },
};

fn is_blocked(runtime: &Runtime, today: &str) -> bool {
    [runtime.block_create, runtime.block_update].into_iter().flatten().any(|day| day <= today)
}

/// What is still to come.
fn later(runtime: &Runtime, today: &str) -> String {
    let to_come = |day: Option<&'static str>| day.filter(|day| *day > today);
    match (to_come(runtime.block_create), to_come(runtime.block_update)) {
        (None, Some(update)) => format!("; from {update} on none can be updated"),
        (Some(create), Some(update)) => {
            format!("; from {create} on none can be created, from {update} on none updated")
        }
        (Some(day), None) => format!("; from {day} on none can be created"),
        (None, None) => String::new(),
    }
}

/// A day as a number, in the calendar that the dates are in: the difference of two is how far they are apart.
fn days(day: &str) -> Option<i64> {
    let mut parts = day.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Days before a month, in a year that begins in March so that a leap day comes last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day)
}

fn each(
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
    code: Code,
    judge: impl Fn(&Runtime, &str) -> Option<(Severity, String)>,
) {
    let today = context.as_of;
    if today.is_empty() {
        return;
    }
    for (id, resource) in context.functions() {
        let Some(value) = context.of_function(resource, "Runtime") else { continue };
        let Some(runtime) = value.as_str().and_then(runtimes::runtime) else { continue };
        let Some((severity, what)) = judge(&runtime, today) else { continue };
        let source = resource.origin.source.as_deref().unwrap_or(id);
        let message = match severity {
            Severity::Info => format!("{source} runs on {}, which {what}", runtime.name),
            Severity::Error | Severity::Warning => {
                format!("{source} runs on {}: functions with it {what}", runtime.name)
            }
        };
        let found = finding(code, severity, message, value, &runtime);
        diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.Properties.Runtime")));
    }
}

fn finding(code: Code, severity: Severity, message: String, value: &Expr, runtime: &Runtime) -> Diagnostic {
    let found = Diagnostic::new(severity, code, message);
    let label = match severity {
        Severity::Error => "Lambda refuses it",
        Severity::Warning => "no longer supported",
        Severity::Info => "ends soon",
    };
    let help = match runtime.successor {
        Some(successor) => format!("move to {successor}"),
        None => "move to the next version of the language; `samc explain D701` names the table of dates"
            .to_owned(),
    };
    let found = found.at(value.span, label).help(help);
    match (value.span, runtime.successor) {
        (Some(span), Some(successor)) => found.change(Change {
            message: format!("move to {successor}"),
            // The code has to run on it too.
            applicability: Applicability::Unsafe,
            what: What::Spelling { span, from: runtime.name.to_owned(), to: successor.to_owned() },
        }),
        _ => found,
    }
}
