//! What `samc local start` shows first: what runs, and how to call it.

use samc_local::Listening;
use samc_schema::manifest::{Api, ApiKind, Manifest, Source, Target, Trigger};
use serde_json::json;

use super::terminal::{Form, Terminal};

/// Columns of a line.
const WIDTH: usize = 100;
/// Lines of one kind at most; the page has them all.
const LINES: usize = 16;

/// The text, with what functions have to say of themselves.
pub(super) fn text(manifest: &Manifest, listening: &[Listening], terminal: &Terminal) -> String {
    let notes = terminal.introduce();
    let page = listening.first().map(|first| format!("{}/_samc/", first.url)).unwrap_or_default();
    if terminal.form() == Form::Json {
        let apis: Vec<_> = listening.iter().map(|one| json!({ "api": one.api, "url": one.url })).collect();
        let notes: Vec<_> =
            notes.iter().map(|(names, text)| json!({ "functions": names, "text": text })).collect();
        let object = json!({
            "kind": "started",
            "app": manifest.app,
            "stage": manifest.stage,
            "spec": manifest.spec,
            "page": page,
            "apis": apis,
            "notes": notes,
        });
        return format!("{object}\n");
    }
    let stage = manifest.stage.as_ref().map(|stage| format!(" · {stage}")).unwrap_or_default();
    let title = format!("{}{stage}, running from {}", manifest.app, manifest.spec);
    let gap = WIDTH.saturating_sub(title.chars().count() + page.chars().count()).max(2);
    let mut all = format!("{}{:gap$}{}\n", terminal.painted("1", &title), "", terminal.painted("36", &page));
    for (id, api) in &manifest.apis {
        let url = listening.iter().find(|one| one.api.as_ref() == Some(id)).map_or("", |one| &one.url);
        all += &heading(api, url, terminal);
        let routes = api.routes.iter().map(|route| {
            let to = match (&route.function, &route.unsupported) {
                (Some(function), _) => terminal.name(function),
                (None, Some(_)) => "(not here)".to_owned(),
                (None, None) => "(fixed)".to_owned(),
            };
            let place = match route.path.as_str() {
                key if api.kind == ApiKind::WebSocket => key.to_owned(),
                "$default" => format!("{:<6} $default", ""),
                path => format!("{:<6} {path}", route.method),
            };
            [place, to]
        });
        all += &columns(routes.collect());
    }
    all += &triggers(manifest, terminal);
    let mut notes: Vec<String> =
        notes.into_iter().map(|(names, text)| format!("{}: {text}", names.join(", "))).collect();
    notes.extend(unknown(manifest));
    notes.extend(unsupported(manifest));
    for note in notes.iter().take(LINES) {
        all += &format!("  {}\n", terminal.painted("33", note));
    }
    all + &more(notes.len())
}

/// An API and where it answers.
fn heading(api: &Api, url: &str, terminal: &Terminal) -> String {
    let (kind, url) = match api.kind {
        ApiKind::Http => ("HTTP API", url.to_owned()),
        ApiKind::Rest if api.stage == "$default" => ("REST API", url.to_owned()),
        ApiKind::Rest => ("REST API", format!("{url}/{}", api.stage)),
        ApiKind::WebSocket => ("WebSocket API", url.replacen("http", "ws", 1)),
        ApiKind::FunctionUrl => ("function URL", url.to_owned()),
    };
    let elsewhere = if api.elsewhere { " (of another stack)" } else { "" };
    format!("  {kind} {}{elsewhere}  {}\n", api.source, terminal.painted("36", &url))
}

/// Pairs of texts in as many columns as have room.
fn columns(cells: Vec<[String; 2]>) -> String {
    let longest = |part: usize| cells.iter().map(|cell| cell[part].chars().count()).max().unwrap_or(0);
    let (left, right) = (longest(0), longest(1));
    let width = left + right + 6;
    let count = (WIDTH.saturating_sub(4) / width.max(1)).clamp(1, 3);
    let rows: Vec<_> = cells.chunks(count).collect();
    let mut text = String::new();
    for row in rows.iter().take(LINES) {
        let cells: Vec<String> = row.iter().map(|[a, b]| format!("{a:<left$}  {b:<right$}")).collect();
        text += &format!("    {}", cells.join("    "));
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text + &more(rows.len())
}

fn more(lines: usize) -> String {
    match lines.saturating_sub(LINES) {
        0 => String::new(),
        rest => format!("    and {rest} more lines: the page has them all\n"),
    }
}

fn triggers(manifest: &Manifest, terminal: &Terminal) -> String {
    let lines: Vec<String> =
        manifest.triggers.iter().map(|trigger| trigger_line(trigger, terminal)).collect();
    let text: String = lines.iter().take(LINES).map(|line| format!("  {line}\n")).collect();
    text + &more(lines.len())
}

/// Such as `queue Work → worker`.
fn trigger_line(trigger: &Trigger, terminal: &Terminal) -> String {
    let to = match &trigger.target {
        Target::Function(id) => terminal.name(id),
        Target::Queue(id) | Target::Topic(id) | Target::Bus(id) => id.clone(),
        Target::Unsupported(what) => format!("{what} (not here)"),
    };
    let from = match &trigger.source {
        Source::Sqs { queue, .. } => format!("queue {}", plain(queue)),
        Source::Stream { stream, table: true, .. } => format!("table {}", plain(stream)),
        Source::Stream { stream, .. } => format!("stream {}", plain(stream)),
        Source::Sns { topic, .. } => format!("topic {}", plain(topic)),
        Source::S3 { bucket, .. } => format!("bucket {bucket}"),
        Source::Event { bus, .. } => format!("bus {}: {}", plain(bus), trigger.id),
        Source::Schedule { .. } => format!("schedule {}", trigger.id),
    };
    match &trigger.source {
        Source::Schedule { expression, .. } => {
            format!("{from} → {to}  {expression}  (fire: samc local event schedule {})", trigger.id)
        }
        _ => format!("{from} → {to}"),
    }
}

/// The last part of an ARN.
fn plain(id: &str) -> &str {
    if id.starts_with("arn:") { id.rsplit([':', '/']).next().unwrap_or(id) } else { id }
}

/// What does not run, a line for each type and reason.
fn unsupported(manifest: &Manifest) -> Vec<String> {
    let mut found: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for part in &manifest.unsupported {
        match found.iter_mut().find(|(kind, why, _)| (*kind, *why) == (&*part.resource_type, &*part.why)) {
            Some((_, _, ids)) => ids.push(&part.id),
            None => found.push((&part.resource_type, &part.why, vec![&part.id])),
        }
    }
    let line = |(kind, why, ids): (&str, &str, Vec<&str>)| {
        let word = if ids.len() == 1 { "does" } else { "do" };
        format!("{} ({kind}) {word} not run here: {why}", ids.join(", "))
    };
    found.into_iter().map(line).collect()
}

/// What functions would know only after a deployment, each variable once.
fn unknown(manifest: &Manifest) -> Vec<String> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for function in manifest.functions.values() {
        for name in function.unknown_environment.keys() {
            match found.iter_mut().find(|(other, _)| other == name) {
                Some((_, users)) => users.push(&function.source),
                None => found.push((name, vec![&function.source])),
            }
        }
    }
    let line = |(name, users): (&str, Vec<&str>)| {
        format!("{}: {name} is known only after a deployment; --env-file sets it", users.join(", "))
    };
    found.into_iter().map(line).collect()
}
