//! C201: functions that may work longer than the API in front of them waits.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Severity};
use samc_data::limits::limit;
use samc_ir::application::Route;
use samc_ir::{Expr, Resource};

use crate::context::Context;
use crate::numbers::number_of;
use crate::query::{at_property, name};
use crate::rule::{On, Profile, Rule};

/// The caller has got an error by then, and the function works on for nobody.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C201", "api-timeout"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("api_timeout.md"),
    check: |context, diagnostics| {
        let mut told = FxHashSet::default();
        let more = context.wants_more(RULE.code, &[Profile::Strict]);
        for route in &context.application().routes {
            let resources = &context.graph.resources;
            let Some((id, function)) = route.function.as_ref().and_then(|f| resources.get_key_value(f))
            else {
                continue;
            };
            let Some(api) = resources.get(&route.api) else { continue };
            let Some((kind, waits)) = waits(api) else { continue };
            if is_event(context, api, route) {
                continue;
            }
            let Some(time) = number_of(function, "Timeout").filter(|t| t.value > waits) else { continue };
            // One second more hardly ever matters, and 30 s is what many write for "as long as the API".
            if time.value <= waits + 1 && !more || !told.insert((id, kind)) {
                continue;
            }
            let message = format!(
                "{} may run {} s, and {} of {} waits {waits} s at most: the caller gets an error before",
                name(id, function),
                time.value,
                route.path,
                name(&route.api, api)
            );
            let found = Diagnostic::warning(RULE.code, message)
                .label(api.origin.key_span, format!("{kind} waits {waits} s"))
                .help(format!(
                    "set Timeout to {waits} or less; hand longer work to a queue or a state machine and answer at once"
                ));
            diagnostics.push(at_property(found, id, function, "Timeout", format!("more than {waits} s")));
        }
    },
};

/// What kind of API it is, and how many seconds it waits; none where more can be asked for.
fn waits(api: &Resource) -> Option<(&'static str, i128)> {
    let (kind, key) = match &*api.resource_type {
        "AWS::ApiGateway::RestApi" => {
            // An integration may be given more time than the default, or answer in a stream; where one is, the
            // author knows.
            let longer = api.property("Body").is_some_and(asks_for_time);
            if longer {
                return None;
            }
            ("a REST API", "apigateway.timeout.rest")
        }
        "AWS::ApiGatewayV2::Api" => match api.property("ProtocolType").and_then(Expr::as_str) {
            Some("WEBSOCKET") => ("a WebSocket API", "apigateway.timeout.websocket"),
            _ => ("an HTTP API", "apigateway.timeout.http"),
        },
        _ => return None,
    };
    Some((kind, i128::from(limit(key)?.value)))
}

/// True where the API hands the request over as an event, and waits for nothing.
fn is_event(context: &Context<'_>, api: &Resource, route: &Route) -> bool {
    const HEADERS: [&str; 2] =
        ["integration.request.header.X-Amz-Invocation-Type", "integration.request.header.InvocationType"];
    let says_so = |value: &Expr| {
        let mut found = false;
        value.walk(&mut |e| {
            let map = e.as_map();
            found |= map.is_some_and(|m| {
                m.iter().any(|(key, value)| {
                    HEADERS.iter().any(|h| key.eq_ignore_ascii_case(h)) && value.as_str() == Some("'Event'")
                })
            });
        });
        found
    };
    let body = api.property("Body").and_then(|b| b.as_map()?.get("paths")?.as_map()?.get(&route.path));
    let own = context.of_type("AWS::ApiGateway::Method").filter_map(|(_, m)| m.property("Integration"));
    let names = |integration: &Expr| {
        let target = integration.as_map().and_then(|i| i.get("Uri"));
        target.and_then(|uri| samc_ir::function_of(context.graph, uri)) == route.function
    };
    body.is_some_and(says_so) || own.filter(|i| names(i)).any(says_so)
}

fn asks_for_time(body: &Expr) -> bool {
    let mut asks = false;
    const KEYS: [&str; 2] = ["timeoutInMillis", "responseTransferMode"];
    body.walk(&mut |e| asks |= e.as_map().is_some_and(|m| KEYS.iter().any(|key| m.contains_key(key))));
    asks
}
