//! The controls of functions: their logs, rights, deployment and entries.

use samc_schema::app::{
    Api, App, Components, DataKind, Duration, Framework, Function, LogLevel, Logs, Off, Retention, Strategy,
    Trigger, UrlAuth,
};
use samc_syntax::Spanned;

use super::DAY;
use super::data::key_name;
use super::labels::Label;
use super::report::State;
use super::work::{At, Work};

/// The days for which logs are kept at least. Source: PCI DSS 10.5.1 (twelve months); 45 CFR
/// 164.316(b)(2)(i) (six years, of which the next longer that CloudWatch has).
const PCI_DAYS: u64 = 365;
const HIPAA_DAYS: u64 = 2192;
const SECRET_DAYS: u64 = 90;

/// Logs, tracing, entries, networks, deployments and rights of functions.
pub(super) fn functions(app: &mut App, work: &mut Work<'_>, production: bool) {
    let defaults = app.defaults.clone().unwrap_or_default();
    let default_function = defaults.function.clone().unwrap_or_else(Function::empty);
    let key = key_name(app);
    let apis = app.apis.clone();
    for (name, function) in app.functions.iter_mut().flat_map(|c| &mut c.0) {
        let at = At { section: "functions", name: name.name().as_str(), span: name.span() };
        let label = work.label(at.name);
        if !label.is_any() && !label.is_secret() {
            continue;
        }
        let base = match (defaults.logs.clone(), default_function.logs.clone()) {
            (Some(outer), Some(inner)) => crate::app::logs::over(outer, inner),
            (outer, inner) => inner.or(outer).unwrap_or_default(),
        };
        function_logs(work, at, &label, function, &base, &key);
        if label.is_any() {
            match function.tracing.as_ref().or(default_function.tracing.as_ref()) {
                Some(Spanned { value: true, span }) => {
                    work.note("C7", at, State::Held, "calls are traced", *span)
                }
                Some(Spanned { value: false, span }) => {
                    let span = *span;
                    work.missing("C7", at, true, "calls are not traced", span, "take `tracing: false` out");
                }
                None if label.only_checks => {
                    work.missing("C7", at, false, "calls are not traced", None, "add `tracing: true`");
                }
                None => {
                    function.tracing = Some(true.into());
                    work.note("C7", at, State::Applied, "calls are traced", None);
                }
            }
            rights(work, at, function);
        }
        let is_closed = label.is(Framework::Pci) || label.is(Framework::Hipaa) || label.is_secret();
        if is_closed {
            entries(work, at, function, apis.as_ref());
        }
        if label.is(Framework::Pci) && label.holds(DataKind::Card) {
            let own = match &function.vpc {
                Some(Spanned { value: Off::On(name), span }) => Some((name.to_string(), *span)),
                Some(Spanned { value: Off::Off, .. }) => None,
                None => defaults.vpc.as_ref().map(|v| (v.value.to_string(), v.span)),
            };
            match own {
                Some((vpc, span)) => work.note("C9", at, State::Held, format!("runs in {vpc}"), span),
                None => work.missing(
                    "C9",
                    at,
                    false,
                    "it reads card data, and runs in no network",
                    None,
                    "add `vpc` with a name under `vpcs`",
                ),
            }
        }
        let has_routes = triggers(function).iter().any(|t| t.route.is_some());
        if label.is(Framework::Pci) && production && has_routes {
            deployment(work, at, function.deploy.as_ref().or(default_function.deploy.as_ref()));
        }
    }
}

fn deployment(work: &mut Work<'_>, at: At<'_>, deploy: Option<&Spanned<samc_schema::app::Deploy>>) {
    let span = deploy.and_then(|d| d.span);
    let is_gradual = deploy.is_some_and(|d| d.value.strategy.value != Strategy::AllAtOnce);
    let is_watched = deploy.is_some_and(|d| d.value.alarms.as_ref().is_some_and(|a| !a.is_empty()));
    if is_gradual && is_watched {
        work.note("C10", at, State::Held, "new versions take over step by step, watched by alarms", span);
        return;
    }
    let text =
        if is_gradual { "no alarm brings the old version back" } else { "new versions take over at once" };
    let help = "write `deploy: {strategy: canary 10% 5m, alarms: [NAME]}`";
    work.missing("C10", at, false, text, span, help);
}

fn triggers(function: &Function) -> Vec<&Trigger> {
    function
        .on
        .as_ref()
        .map(|on| on.value.items(on.span).into_iter().map(|t| t.value).collect())
        .unwrap_or_default()
}

/// How long logs are kept, what they are encrypted with, and how much they say.
fn function_logs(
    work: &mut Work<'_>,
    at: At<'_>,
    label: &Label,
    function: &mut Function,
    base: &Logs,
    key: &str,
) {
    let mut logs = function.logs.clone().unwrap_or_default();
    let least = least_days(label);
    match logs.retention.as_ref().or(base.retention.as_ref()) {
        Some(kept) if kept.value.duration().is_some_and(|length| length.seconds() < least * DAY) => {
            let text = format!("its logs are kept for {}, and must be for {least}d", kept.value);
            work.missing("C4", at, true, &text, kept.span, &format!("write `retention: {least}d`"));
        }
        Some(kept) => {
            work.note("C4", at, State::Held, format!("logs are kept for {}", kept.value), kept.span)
        }
        None if label.only_checks && least > 30 => {
            let text = format!("its logs are kept for 30d, and must be for {least}d");
            work.missing("C4", at, false, &text, None, &format!("add `logs: {least}d`"));
        }
        None => {
            logs.retention = Some(Retention::from(Duration::from_seconds(least.max(30) * DAY)).into());
            work.note("C4", at, State::Applied, format!("logs are kept for {}d", least.max(30)), None);
        }
    }
    if label.is_secret() {
        match logs.encrypt.as_ref().or(base.encrypt.as_ref()) {
            Some(given) => {
                work.note(
                    "C1",
                    at,
                    State::Held,
                    format!("logs are encrypted with {}", given.value),
                    given.span,
                );
            }
            None if label.only_checks => {
                let help = format!("add `logs: {{encrypt: {key}}}`");
                work.missing(
                    "C1",
                    at,
                    false,
                    "its logs are not encrypted with a key of one's own",
                    None,
                    &help,
                );
            }
            None => {
                logs.encrypt = Some(key.to_owned().into());
                work.note("C1", at, State::Applied, format!("logs are encrypted with {key}"), None);
            }
        }
    }
    if label.holds(DataKind::Card) || label.holds(DataKind::Phi) {
        match logs.level.as_ref().or(base.level.as_ref()) {
            Some(level) if matches!(level.value, LogLevel::Trace | LogLevel::Debug) => {
                let text =
                    format!("it logs at the level {}, which shows what it works on", level.value.as_str());
                work.missing("C5", at, true, &text, level.span, "write `level: INFO` or higher");
            }
            Some(level) => {
                work.note(
                    "C5",
                    at,
                    State::Held,
                    format!("logs from {} on", level.value.as_str()),
                    level.span,
                );
            }
            None if label.only_checks => {
                work.missing(
                    "C5",
                    at,
                    false,
                    "its level of logs is not set",
                    None,
                    "add `logs: {level: INFO}`",
                );
            }
            None => {
                logs.level = Some(LogLevel::Info.into());
                work.note("C5", at, State::Applied, "logs from INFO on", None);
            }
        }
    }
    function.logs = Some(logs);
}

/// The fewest days for which logs are kept.
pub(super) fn least_days(label: &Label) -> u64 {
    let all = [
        (label.is(Framework::Hipaa), HIPAA_DAYS),
        (label.is(Framework::Pci), PCI_DAYS),
        (label.is_secret(), SECRET_DAYS),
    ];
    all.into_iter().find(|(is, _)| *is).map_or(0, |(_, days)| days)
}

/// Rights on everything, and roles that are shared.
fn rights(work: &mut Work<'_>, at: At<'_>, function: &Function) {
    let statements = function.can.iter().flat_map(|can| can.aws.iter().flatten());
    let mut is_held = true;
    for statement in statements {
        if let Some(all) = statement.value.resources.iter().find(|r| r.value == "*") {
            is_held = false;
            let help = "name the resources; `${name.arn}` gives the ARN of a component";
            work.missing("C11", at, true, "a right of its own is on every resource", all.span, help);
        }
    }
    if let Some(role) = &function.role {
        is_held = false;
        let help = "take `role` out; the function then gets a role of its own";
        work.missing("C11", at, true, "it has a role that others may have too", role.span, help);
    }
    if is_held {
        work.note("C11", at, State::Held, "a role of its own with rights on named resources", None);
    }
}

/// Ways in without saying who it is.
fn entries(work: &mut Work<'_>, at: At<'_>, function: &Function, apis: Option<&Components<Api>>) {
    if let Some(url) = &function.url
        && url.value.auth.as_ref().is_some_and(|a| a.value == UrlAuth::Public)
    {
        let span = url.value.auth.as_ref().and_then(|a| a.span).or(url.span);
        work.missing("C3", at, true, "everybody may call its address", span, "write `url: iam`");
    }
    for trigger in triggers(function) {
        let Some(route) = &trigger.route else { continue };
        let api = apis.and_then(|apis| match &trigger.api {
            Some(name) => apis.0.get(name.value.as_str()),
            None => apis.0.get("api").or_else(|| apis.0.values().next()),
        });
        let auth = trigger.auth.as_ref().or(api.and_then(|a| a.auth.as_ref()));
        let shown = route.value.to_string();
        match auth.filter(|a| a.value != "none") {
            Some(auth) => {
                work.note(
                    "C3",
                    at,
                    State::Held,
                    format!("{shown} asks {}", auth.value),
                    auth.span.or(route.span),
                );
            }
            None => work.missing(
                "C3",
                at,
                true,
                &format!("everybody may call {shown}"),
                auth.and_then(|a| a.span).or(route.span),
                "set `auth` for the route or the API",
            ),
        }
    }
}
