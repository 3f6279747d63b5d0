//! Who listens to what: looked up once, so that a thousand functions take no longer than a thousand times one.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_base::Span;
use samc_schema::app::{ApiType, App, UserMoment, Via};

use super::api::IMPLICIT;
use super::function;
use super::index::triggers;
use super::lower::Lower;
use super::{userpool, websocket};

/// The visibility timeout is so many times the timeout of a consumer. Source: the Lambda developer
/// guide on queues as event sources.
const VISIBILITY_FACTOR: u64 = 6;

/// What the triggers of all functions, and the routes of all APIs, say together.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    /// By API and route: the function whose trigger names it first, and where.
    pub(super) routes: FxHashMap<(String, String), (String, Option<Span>)>,
    /// By function: the APIs that declare routes to it, with the numbers of the routes.
    pub(super) routed: FxHashMap<String, Vec<(usize, usize)>>,
    /// APIs with a route that asks for IAM.
    pub(super) iam: FxHashSet<String>,
    /// By queue: for how many seconds its slowest consumer wants messages hidden.
    pub(super) hidden: FxHashMap<String, u64>,
    /// By bucket: the buckets that send it their access logs.
    pub(super) logs: FxHashMap<String, Vec<String>>,
    /// By pool of users: the moments, and the functions that take part in them.
    pub(super) users: FxHashMap<String, Vec<(UserMoment, String, Option<Span>)>>,
    /// By WebSocket API: the messages, and the functions that they lead to.
    pub(super) messages: FxHashMap<String, Vec<(String, String, Option<Span>)>>,
    /// By alarm: the functions that it calls.
    pub(super) alarms: FxHashMap<String, Vec<String>>,
    /// By hook of deployments: the functions that name it.
    pub(super) hooks: FxHashMap<String, Vec<String>>,
    /// Buckets that tell EventBridge.
    pub(super) eventbridge: FxHashSet<String>,
}

/// The API of a route that names none; none where there are several.
pub(super) fn default_api(app: &App) -> Option<&str> {
    // Messages come by WebSocket APIs, and requests by all others.
    let takes_requests =
        |api: &samc_schema::app::Api| api.r#type.as_ref().is_none_or(|t| t.value != ApiType::Websocket);
    let apis = app.apis.iter().flat_map(|a| &a.0).filter(|(_, api)| takes_requests(api));
    let mut names = apis.map(|(k, _)| k.name().as_str());
    match (names.next(), names.next()) {
        (None, _) => Some(IMPLICIT),
        (Some(only), None) => Some(only),
        (Some(_), Some(_)) => app.apis.as_ref().filter(|a| a.0.contains_key(IMPLICIT)).map(|_| IMPLICIT),
    }
}

/// Notes the functions that try, or look at, the deployment of others.
fn collect_hooks(app: &App, found: &mut Listeners) {
    let default = app.defaults.as_ref().and_then(|d| d.function.as_ref()).and_then(|f| f.deploy.as_ref());
    for (key, function) in app.functions.iter().flat_map(|f| &f.0) {
        let Some(deploy) = function.deploy.as_ref().or(default) else { continue };
        let mut hooks: Vec<&str> = [&deploy.value.before, &deploy.value.after]
            .into_iter()
            .flatten()
            .map(|h| h.value.as_str())
            .collect();
        hooks.dedup();
        for hook in hooks {
            found.hooks.entry(hook.to_owned()).or_default().push(key.name().to_string());
        }
    }
}

/// Goes through all triggers and routes.
pub(super) fn collect(ctx: &Lower<'_>) -> Listeners {
    let app = ctx.app;
    let mut found = Listeners::default();
    let default = default_api(app);
    collect_hooks(app, &mut found);
    let is_iam =
        |auth: &Option<samc_syntax::Spanned<String>>| auth.as_ref().is_some_and(|a| a.value == "iam");
    for (name, function, trigger) in triggers(app) {
        let on = trigger.value;
        if let Some(route) = &on.route {
            let api = on.api.as_ref().map(|a| a.value.as_str()).or(default).unwrap_or_default().to_owned();
            if is_iam(&on.auth) {
                found.iam.insert(api.clone());
            }
            let place = (name.to_owned(), route.span.or(trigger.span));
            found.routes.entry((api, route.value.to_string())).or_insert(place);
        } else if let Some(queue) = &on.queue {
            let timeout = function::timeout(&function::effective(ctx, function));
            let wait = on.wait.as_ref().map_or(0, |w| w.value.seconds());
            let seconds = timeout.saturating_mul(VISIBILITY_FACTOR).saturating_add(wait);
            let hidden = found.hidden.entry(queue.value.to_string()).or_default();
            *hidden = seconds.max(*hidden);
        } else if let Some(moment) = &on.user {
            if let Some(pool) = userpool::pool_of(app, on) {
                let span = moment.span.or(trigger.span);
                found.users.entry(pool).or_default().push((moment.value, name.to_owned(), span));
            }
        } else if let Some(message) = &on.message {
            let api = on.api.as_ref().map(|a| a.value.as_str()).or(websocket::default_api(app));
            let entry = found.messages.entry(api.unwrap_or_default().to_owned()).or_default();
            entry.push((message.value.clone(), name.to_owned(), message.span.or(trigger.span)));
        } else if let Some(alarm) = &on.alarm {
            found.alarms.entry(alarm.value.to_string()).or_default().push(name.to_owned());
        } else if let Some(bucket) = &on.bucket
            && on.via.as_ref().is_some_and(|v| v.value == Via::Eventbridge)
        {
            found.eventbridge.insert(bucket.value.to_string());
        }
    }
    for (key, bucket) in app.buckets.iter().flat_map(|b| &b.0) {
        if let Some(to) = &bucket.logs_to {
            found.logs.entry(to.value.to_string()).or_default().push(key.name().to_string());
        }
    }
    for (i, (key, api)) in app.apis.iter().flat_map(|a| &a.0).enumerate() {
        if is_iam(&api.auth) {
            found.iam.insert(key.name().to_string());
        }
        for (j, target) in api.routes.iter().flat_map(|r| r.values()).enumerate() {
            if is_iam(&target.value.auth) {
                found.iam.insert(key.name().to_string());
            }
            if let Some(function) = &target.value.function {
                found.routed.entry(function.value.to_string()).or_default().push((i, j));
            }
        }
    }
    found
}
