//! The controls of what lets requests in: APIs and user pools.

use samc_schema::app::{ApiType, App, Duration, Framework, Mfa, Off, RouteTarget};
use samc_syntax::Spanned;

use super::DAY;
use super::functions::least_days;
use super::report::State;
use super::work::{At, Work};

pub(super) fn apis(app: &mut App, work: &mut Work<'_>) {
    for (name, api) in app.apis.iter_mut().flat_map(|c| &mut c.0) {
        let at = At { section: "apis", name: name.name().as_str(), span: name.span() };
        let label = work.label(at.name);
        if !label.is_any() {
            continue;
        }
        let is_rest = api.r#type.as_ref().is_some_and(|t| t.value == ApiType::Rest);
        let is_websocket = api.r#type.as_ref().is_some_and(|t| t.value == ApiType::Websocket);
        work.note("C2", at, State::Held, "requests come over HTTPS alone", None);
        if label.is(Framework::Pci) || label.is(Framework::Hipaa) || label.is_secret() {
            for (route, to) in api.routes.iter().flatten() {
                open_route(work, at, api.auth.as_ref(), route, to);
            }
        }
        let days = least_days(&label).max(30);
        match &api.access_logs {
            Some(Spanned { value: Off::Off, span }) => {
                let span = *span;
                work.missing(
                    "C7",
                    at,
                    true,
                    "requests are not logged",
                    span,
                    "take `access-logs: false` out",
                );
            }
            Some(Spanned { value: Off::On(kept), span }) if kept.seconds() < days * DAY => {
                let text = format!("its access logs are kept for {kept}, and must be for {days}d");
                let span = *span;
                work.missing("C4", at, true, &text, span, &format!("write `access-logs: {days}d`"));
            }
            Some(given) => work.note("C7", at, State::Held, "requests are logged", given.span),
            None if label.only_checks => {
                let help = format!("add `access-logs: {days}d`");
                work.missing("C7", at, false, "nothing is said of its access logs", None, &help);
            }
            None if is_websocket => {}
            None => {
                api.access_logs = Some(Off::On(Duration::from_seconds(days * DAY)).into());
                work.note("C7", at, State::Applied, format!("requests are logged, for {days}d"), None);
            }
        }
        if is_rest && api.tracing.is_none() && !label.only_checks {
            api.tracing = Some(true.into());
            work.note("C7", at, State::Applied, "requests are traced", None);
        }
        if label.is(Framework::Pci) {
            match &api.throttle {
                Some(throttle) => {
                    work.note("C8", at, State::Held, "requests are throttled", throttle.rate.span)
                }
                None => work.missing(
                    "C8",
                    at,
                    false,
                    "it takes as many requests as the account",
                    None,
                    "add `throttle: {rate: 100, burst: 200}`",
                ),
            }
            match &api.waf {
                Some(waf) => work.note("C8", at, State::Held, "a firewall looks at each request", waf.span),
                None if is_rest => work.missing(
                    "C8",
                    at,
                    false,
                    "no firewall looks at its requests",
                    None,
                    "add `waf` with the ARN of a web ACL",
                ),
                None => {}
            }
        }
    }
}

/// A route that the API declares and everybody may call. What answers by itself shows nothing.
fn open_route(
    work: &mut Work<'_>,
    at: At<'_>,
    default: Option<&Spanned<String>>,
    route: &Spanned<samc_schema::app::Route>,
    to: &Spanned<RouteTarget>,
) {
    if to.value.mock.is_some() {
        return;
    }
    let auth = to.value.auth.as_ref().or(default);
    if auth.is_some_and(|a| a.value != "none") {
        return;
    }
    let text = format!("everybody may call {}", route.value);
    let span = to.value.auth.as_ref().and_then(|a| a.span).or(route.span);
    work.missing("C3", at, true, &text, span, "set `auth` for the route or the API");
}

pub(super) fn userpools(app: &mut App, work: &mut Work<'_>) {
    for (name, pool) in app.userpools.iter_mut().flat_map(|c| &mut c.0) {
        let at = At { section: "userpools", name: name.name().as_str(), span: name.span() };
        let label = work.label(at.name);
        if !label.is(Framework::Pci) && !label.is(Framework::Hipaa) {
            continue;
        }
        match pool.mfa.as_ref().map(|m| (m.value, m.span)) {
            Some((Mfa::Required, span)) => {
                work.note("C13", at, State::Held, "a second factor is asked from everybody", span);
            }
            Some((Mfa::None | Mfa::Optional, span)) => {
                let text = "not everybody needs a second factor";
                work.missing("C13", at, true, text, span, "write `mfa: required`");
            }
            None if label.only_checks => {
                work.missing("C13", at, false, "nobody needs a second factor", None, "add `mfa: required`");
            }
            None => {
                pool.mfa = Some(Mfa::Required.into());
                work.note("C13", at, State::Applied, "a second factor is asked from everybody", None);
            }
        }
    }
}
