//! `compliance`: controls are set where nothing is said, refused where the file says otherwise, and
//! reported where only a person can meet them.
//!
//! The work is on the typed file, before it becomes resources: what is set here is as if it were written.

mod controls;
mod labels;
mod report;

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use samc_base::{Diagnostic, Diagnostics, Span, codes};
use samc_schema::app::{
    Api, ApiType, App, BucketEncryption, ComponentKey, Components, DataKind, Duration, Framework, Function,
    Key, LogLevel, Logs, Mfa, Name, Off, QueueEncryption, RouteTarget, Strategy, TableEncryption,
    TopicEncryption, Trigger, UrlAuth,
};
use samc_syntax::Spanned;

pub use controls::{CONTROLS, Control};
use labels::Label;
pub(super) use labels::flags;
pub use report::{Evidence, Report, State};

/// The key that is made where data must be encrypted and the file has none, or several.
const KEY: &str = "compliance-key";

/// The days for which logs are kept at least. Source: PCI DSS 10.5.1 (twelve months); 45 CFR
/// 164.316(b)(2)(i) (six years, of which the next longer that CloudWatch has).
const PCI_DAYS: u64 = 365;
const HIPAA_DAYS: u64 = 2192;
const SECRET_DAYS: u64 = 90;
const DAY: u64 = 86_400;

/// Applies the controls to a file, and says what became of each.
pub(super) fn apply(app: &mut App, production: bool, today: &str, found: &mut Diagnostics) -> Report {
    let labels = labels::all(app);
    let frameworks = |label: &Label| label.frameworks.iter().map(|f| f.as_str()).collect::<Vec<_>>();
    let mut report = Report::default();
    for label in labels.values() {
        for framework in frameworks(label) {
            if !report.frameworks.contains(&framework) {
                report.frameworks.push(framework);
            }
        }
    }
    let is_needed = labels.values().any(|label| label.is_any() || label.is_secret());
    if !is_needed {
        return report;
    }
    let waivers = waivers(app, today, found);
    let mut work = Work { labels, waivers, report, found, said: FxHashSet::default() };
    check_key(app, &mut work);
    stores(app, &mut work);
    functions(app, &mut work, production);
    apis(app, &mut work);
    userpools(app, &mut work);
    tags(app, &mut work);
    work.report
}

/// The queues and topics that must refuse requests without TLS.
pub(super) fn tls_only(app: &App) -> Vec<String> {
    let labels = labels::all(app);
    let queues = app.queues.iter().flat_map(|q| q.0.keys());
    let topics = app.topics.iter().flat_map(|t| t.0.keys());
    queues
        .chain(topics)
        .map(|key| key.name().to_string())
        .filter(|name| labels.get(name).is_some_and(|label| label.is_any() && !label.only_checks))
        .collect()
}

/// A control that need not hold.
struct Waived {
    control: String,
    of: Option<Vec<String>>,
    reason: String,
}

fn waivers(app: &App, today: &str, found: &mut Diagnostics) -> Vec<Waived> {
    let mut waived = Vec::new();
    for waiver in app.compliance.iter().flat_map(|c| c.value.waive.iter().flatten()) {
        let rule = &waiver.value.rule;
        if controls::of(&rule.value).is_none() {
            let known: Vec<&str> = CONTROLS.iter().map(|c| c.id).collect();
            found.push(
                Diagnostic::error(codes::INVALID_VALUE, format!("there is no control `{}`", rule.value))
                    .at(rule.span, "not a control")
                    .help(format!("the controls are {}", known.join(", ")))
                    .path("compliance.waive"),
            );
            continue;
        }
        if let Some(until) = waiver.value.until.as_ref().filter(|u| u.value.as_str() < today) {
            found.push(
                Diagnostic::warning(
                    codes::WAIVER_EXPIRED,
                    format!("{} was waived until {}, and holds again", rule.value, until.value),
                )
                .at(until.span, "past")
                .help("meet the control, or decide again and set another day")
                .path("compliance.waive"),
            );
            continue;
        }
        let of = waiver.value.of.as_ref().map(|names| names.iter().map(|n| n.value.to_string()).collect());
        waived.push(Waived { control: rule.value.clone(), of, reason: waiver.value.reason.value.clone() });
    }
    waived
}

/// What is noted along the way.
struct Work<'d> {
    labels: IndexMap<String, Label>,
    waivers: Vec<Waived>,
    report: Report,
    found: &'d mut Diagnostics,
    /// The controls that were told, with their places.
    said: FxHashSet<(&'static str, Span)>,
}

/// A component as the controls see it.
#[derive(Clone, Copy)]
struct At<'n> {
    section: &'static str,
    name: &'n str,
    span: Option<Span>,
}

impl Work<'_> {
    fn label(&self, name: &str) -> Label {
        self.labels.get(name).or(self.labels.get("")).cloned().unwrap_or_default()
    }

    fn note(&mut self, id: &str, at: At<'_>, state: State, text: impl Into<String>, span: Option<Span>) {
        let Some(control) = controls::of(id) else { return };
        let component = format!("{}.{}", at.section, at.name);
        self.report.evidence.push(Evidence {
            control,
            component,
            state,
            text: text.into(),
            span: span.or(at.span),
        });
    }

    /// The reason for which a control need not hold on a component.
    fn waiver(&self, id: &str, name: &str) -> Option<String> {
        let fits =
            |w: &&Waived| w.control == id && w.of.as_ref().is_none_or(|of| of.iter().any(|n| n == name));
        self.waivers.iter().find(fits).map(|w| w.reason.clone())
    }

    /// A control that does not hold. Where the file says otherwise it is an error unless only checks are
    /// asked for; where only a person can meet it, a warning.
    fn missing(
        &mut self,
        id: &str,
        at: At<'_>,
        is_contradiction: bool,
        text: &str,
        span: Option<Span>,
        help: &str,
    ) {
        if let Some(reason) = self.waiver(id, at.name) {
            self.note(id, at, State::Waived, format!("{text}: {reason}"), span);
            return;
        }
        self.note(id, at, State::Missing, text, span);
        let Some(control) = controls::of(id) else { return };
        // A default is wrong once, however many functions take it.
        if let Some(span) = span
            && !self.said.insert((control.id, span))
        {
            return;
        }
        let label = self.label(at.name);
        let message = format!("{}.{}: {text} ({id}: {})", at.section, at.name, control.title);
        // What `apply` would set is no more than worth knowing where only checks are asked for.
        let would_be_set = label.only_checks && !is_contradiction && span.is_none();
        let finding = match is_contradiction && !label.only_checks {
            true => Diagnostic::error(codes::COMPLIANCE_CONTRADICTION, message),
            false if would_be_set => {
                Diagnostic::new(samc_base::Severity::Info, codes::COMPLIANCE_MISSING, message)
            }
            false => Diagnostic::warning(codes::COMPLIANCE_MISSING, message),
        };
        let finding = finding
            .at(span.or(at.span), format!("asked for by {}", sources(&label)))
            .help(help)
            .resource(at.name)
            .path(format!("{}.{}", at.section, at.name));
        self.found.push(finding);
    }
}

/// The programmes in words, or the class of the data where none applies.
fn sources(label: &Label) -> String {
    let words: Vec<String> = label.frameworks.iter().map(|f| f.as_str().to_uppercase()).collect();
    match words.is_empty() {
        true => format!("`data: {}`", label.class().as_str()),
        false => words.join(", "),
    }
}

/// A key for data that must be encrypted: the only one there is, else one that is made.
fn check_key(app: &mut App, work: &mut Work<'_>) {
    let wanted = work.labels.values().any(|label| label.is_secret() && !label.only_checks);
    let count = app.keys.as_ref().map_or(0, |k| k.0.len());
    if !wanted || count == 1 {
        return;
    }
    let Some(name) = Name::parse(KEY) else { return };
    let key = Key {
        rotate: None,
        pending: None,
        alias: None,
        multi_region: None,
        share_with: None,
        description: None,
        id: None,
        was: None,
        only: None,
        not: None,
        when: None,
        tags: None,
        protect: None,
        note: None,
        compliance: None,
    };
    let span = app.compliance.as_ref().and_then(|c| c.span);
    let key_name = ComponentKey(Spanned::new(name, span));
    app.keys.get_or_insert_with(Components::default).0.entry(key_name).or_insert(key);
}

/// The name of the key that is set where nothing is said.
fn key_name(app: &App) -> String {
    let mut names = app.keys.iter().flat_map(|k| k.0.keys()).map(|k| k.name().to_string());
    match (names.next(), names.next()) {
        (Some(only), None) => only,
        _ => KEY.to_owned(),
    }
}

/// Encryption, and what keeps data, of tables, buckets, queues, topics and streams.
fn stores(app: &mut App, work: &mut Work<'_>) {
    let key = key_name(app);
    macro_rules! encrypt {
        ($section:ident, $type:ident, $own:pat) => {
            for (name, component) in app.$section.iter_mut().flat_map(|c| &mut c.0) {
                let at = At { section: stringify!($section), name: name.name().as_str(), span: name.span() };
                let label = work.label(at.name);
                if label.is_any() && matches!(at.section, "queues" | "topics") {
                    match label.only_checks {
                        true => {
                            let help = "nothing is set with `mode: check`";
                            work.missing("C2", at, false, "it takes requests without TLS", None, help);
                        }
                        false => {
                            work.note("C2", at, State::Applied, "requests without TLS are refused", None)
                        }
                    }
                }
                if !label.is_secret() {
                    continue;
                }
                match component.encrypt.as_ref().map(|e| (&e.value, e.span)) {
                    Some(($type::Key(key), span)) => {
                        work.note("C1", at, State::Held, format!("encrypted with {key}"), span);
                    }
                    Some(($own, span)) => work.missing(
                        "C1",
                        at,
                        true,
                        "it is encrypted, but not with a key of one's own",
                        span,
                        &format!("write `encrypt: {key}`"),
                    ),
                    None if label.only_checks => work.missing(
                        "C1",
                        at,
                        false,
                        "it is not encrypted with a key of one's own",
                        None,
                        &format!("add `encrypt: {key}`"),
                    ),
                    None => {
                        let span = labels::place_of(&app.compliance, &component.compliance);
                        component.encrypt = Some(Spanned::new($type::Key(key.clone()), span));
                        work.note("C1", at, State::Applied, format!("encrypted with {key}"), span);
                    }
                }
            }
        };
    }
    encrypt!(tables, TableEncryption, TableEncryption::AwsOwned | TableEncryption::Kms);
    encrypt!(buckets, BucketEncryption, BucketEncryption::S3 | BucketEncryption::Kms);
    encrypt!(queues, QueueEncryption, QueueEncryption::Sqs | QueueEncryption::Kms);
    encrypt!(topics, TopicEncryption, TopicEncryption::None | TopicEncryption::Kms);
    encrypt!(streams, TopicEncryption, TopicEncryption::None | TopicEncryption::Kms);
    for (name, table) in app.tables.iter_mut().flat_map(|c| &mut c.0) {
        let at = At { section: "tables", name: name.name().as_str(), span: name.span() };
        let label = work.label(at.name);
        if label.is_secret() {
            let help = "add `backup: true`";
            keep(
                work,
                at,
                &label,
                &mut table.backup,
                ("can be restored to any second", "cannot be restored"),
                help,
            );
            keep(
                work,
                at,
                &label,
                &mut table.protect,
                ("outlives the stack", "is deleted with the stack"),
                "add `protect: true`",
            );
        }
    }
    for (name, bucket) in app.buckets.iter_mut().flat_map(|c| &mut c.0) {
        let at = At { section: "buckets", name: name.name().as_str(), span: name.span() };
        let label = work.label(at.name);
        if label.is_any() {
            work.note("C2", at, State::Held, "requests without TLS are refused", None);
        }
        if label.is_secret() {
            keep(
                work,
                at,
                &label,
                &mut bucket.versions,
                ("keeps earlier versions", "keeps no earlier versions"),
                "add `versions: true`",
            );
            keep(
                work,
                at,
                &label,
                &mut bucket.protect,
                ("outlives the stack", "is deleted with the stack"),
                "add `protect: true`",
            );
        }
    }
}

/// Sets a switch that must be on.
fn keep(
    work: &mut Work<'_>,
    at: At<'_>,
    label: &Label,
    switch: &mut Option<Spanned<bool>>,
    (what, not): (&str, &str),
    help: &str,
) {
    match switch {
        Some(Spanned { value: true, span }) => work.note("C6", at, State::Held, format!("it {what}"), *span),
        Some(Spanned { value: false, span }) => {
            let span = *span;
            work.missing("C6", at, true, &format!("it {not}"), span, help);
        }
        None if label.only_checks => {
            work.missing("C6", at, false, &format!("it {not}"), None, help);
        }
        None => {
            *switch = Some(true.into());
            work.note("C6", at, State::Applied, format!("it {what}"), None);
        }
    }
}

/// Logs, tracing, entries, networks, deployments and rights of functions.
fn functions(app: &mut App, work: &mut Work<'_>, production: bool) {
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
            (Some(outer), Some(inner)) => super::logs::over(outer, inner),
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
        Some(kept) if kept.value.seconds() < least * DAY => {
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
            logs.retention = Some(Duration::from_seconds(least.max(30) * DAY).into());
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
fn least_days(label: &Label) -> u64 {
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

fn apis(app: &mut App, work: &mut Work<'_>) {
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

fn userpools(app: &mut App, work: &mut Work<'_>) {
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

/// Tags that say what data are; whose they are only a person knows.
fn tags(app: &mut App, work: &mut Work<'_>) {
    let has_owner = app.tags.as_ref().is_some_and(|t| t.contains_key("owner"));
    let root = work.label("");
    if root.is_any() && !has_owner {
        let span = app.compliance.as_ref().and_then(|c| c.span);
        let at = At { section: "app", name: app.app.value.as_str(), span };
        work.missing("C12", at, false, "nothing says whose it is", span, "add `tags: {owner: TEAM}`");
    }
    macro_rules! tag {
        ($($section:ident)*) => {$(
            for (name, component) in app.$section.iter_mut().flat_map(|c| &mut c.0) {
                let at = At { section: stringify!($section), name: name.name().as_str(), span: name.span() };
                let label = work.label(at.name);
                if !label.is_any() || label.only_checks {
                    continue;
                }
                let class = label.class().as_str();
                let tags = component.tags.get_or_insert_with(IndexMap::new);
                if !tags.contains_key("data-class") {
                    tags.insert("data-class".to_owned(), class.to_owned().into());
                    work.note("C12", at, State::Applied, format!("tagged `data-class: {class}`"), None);
                }
            }
        )*};
    }
    tag!(tables buckets queues topics streams functions);
}
