//! `samc report compliance`: each control, the resources it is about, and what shows that it holds.

use std::fmt::Write;

use samc_base::{Diagnostic, Diagnostics, SourceMap, Span, codes};
use samc_frontends::app;
use samc_frontends::app::compliance::{CONTROLS, Evidence, Report, State};
use serde_json::{Value, json};

use crate::compile::Settings;
use crate::files::DiskFiles;
use crate::run::{Place, Run};
use crate::{input, modules};

/// What came of it.
#[derive(Debug, Default)]
pub struct Reported {
    /// The files read.
    pub sources: SourceMap,
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// How it stands with each control; none where the input is wrong.
    pub report: Option<Report>,
    /// What is reported on: the name of the application and its stage.
    pub title: String,
    /// 0 done, 1 wrong input, 2 not readable.
    pub status: u8,
}

/// Reads an application and says how it stands with the controls.
pub fn report(settings: &Settings) -> Reported {
    let text = match input::read(&settings.input) {
        Ok(text) => text,
        Err(no_text) => {
            let status = if no_text.is_system { 2 } else { 1 };
            return Reported { diagnostics: vec![no_text.diagnostic], status, ..Reported::default() };
        }
    };
    let mut done = Reported::default();
    let mut found = Diagnostics::default();
    let mut run = Run::new(settings.clone());
    let place = Place { input: settings.input.clone(), name: None };
    let mut document = run.read(&settings.input, text, &mut found);
    if document.root.get("app").is_some() {
        modules::merge(&mut run, &mut document, &place, &mut found);
    }
    done.sources = run.sources;
    if document.root.get("app").is_none() {
        found.push(
            Diagnostic::error(codes::UNKNOWN_DIALECT, format!("{} is no app.yaml", settings.input))
                .at(document.root.span.part(0, 1), "has no `app`")
                .help("the report is made of app.yaml alone; `samc lint --profile pci` holds other files against a standard"),
        );
    } else {
        let files = DiskFiles::new(samc_package::Options {
            root: place.folder(),
            ..samc_package::Options::default()
        });
        done.report = app::comply(&document, &settings.options, &files, &mut found);
        done.title = crate::dialect::title(&document, settings, None);
    }
    // What contradicts a control is what the report is about.
    let is_wrong = |d: &Diagnostic| {
        d.severity == samc_base::Severity::Error && d.code() != codes::COMPLIANCE_CONTRADICTION
    };
    let is_faulty = found.iter().any(is_wrong);
    found.retain(is_wrong);
    if is_faulty {
        done.report = None;
        done.status = 1;
    }
    done.diagnostics = found.finish();
    done
}

fn place(span: Option<Span>, sources: &SourceMap) -> Option<(String, u32)> {
    let span = span?;
    let file = sources.file(span.file);
    let line = file.line_column(span.start).line;
    Some((file.name().to_owned(), line))
}

/// The evidence for each control that there is some for, in their order.
fn by_control(report: &Report) -> Vec<(&'static str, &'static str, &'static str, Vec<&Evidence>)> {
    CONTROLS
        .iter()
        .map(|control| {
            let own = report.evidence.iter().filter(|e| e.control.id == control.id).collect();
            (control.id, control.title, control.sources, own)
        })
        .filter(|(_, _, _, own): &(_, _, _, Vec<&Evidence>)| !own.is_empty())
        .collect()
}

fn count(report: &Report, state: State) -> usize {
    report.evidence.iter().filter(|e| e.state == state).count()
}

/// The closing line: how many are in which state.
fn sums(report: &Report) -> String {
    let states = [State::Held, State::Applied, State::Missing, State::Waived];
    let parts: Vec<String> =
        states.iter().map(|state| format!("{} {}", count(report, *state), state.as_str())).collect();
    parts.join(" · ")
}

/// The report for a terminal.
pub fn text(done: &Reported) -> String {
    let Some(report) = &done.report else { return String::new() };
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{} · {}", done.title, report.frameworks.join(", "));
    if report.evidence.is_empty() {
        out.push_str("no programme of compliance applies\n");
        return out;
    }
    for (id, title, sources, evidence) in by_control(report) {
        let _ = writeln!(out, "\n{id}  {title}  ({sources})");
        for one in evidence {
            let at = place(one.span, &done.sources)
                .map_or_else(String::new, |(file, line)| format!("  {file}:{line}"));
            let _ = writeln!(out, "  {:8} {:24} {}{at}", one.state.as_str(), one.component, one.text);
        }
    }
    let _ = writeln!(out, "\n{}", sums(report));
    out
}

/// The report as JSON.
pub fn json(done: &Reported) -> String {
    let Some(report) = &done.report else { return String::new() };
    let controls: Vec<Value> = by_control(report)
        .into_iter()
        .map(|(id, title, sources, evidence)| {
            let resources: Vec<Value> = evidence
                .into_iter()
                .map(|one| {
                    let at = place(one.span, &done.sources);
                    json!({
                        "component": one.component,
                        "state": one.state.as_str(),
                        "evidence": one.text,
                        "file": at.as_ref().map(|(file, _)| file),
                        "line": at.as_ref().map(|(_, line)| line),
                    })
                })
                .collect();
            json!({"id": id, "title": title, "sources": sources, "resources": resources})
        })
        .collect();
    let summary = json!({
        "held": count(report, State::Held),
        "applied": count(report, State::Applied),
        "missing": count(report, State::Missing),
        "waived": count(report, State::Waived),
    });
    let whole = json!({
        "application": done.title,
        "frameworks": report.frameworks,
        "summary": summary,
        "controls": controls,
    });
    format!("{whole:#}\n")
}

/// How the page looks: readable on screen and on paper, without anything from elsewhere.
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1c2430}\
h1{font-size:1.5rem}h2{font-size:1.05rem;margin:2rem 0 .3rem}small{color:#5b6675;font-weight:400}\
table{border-collapse:collapse;width:100%}td{border-top:1px solid #dde2e8;padding:.3rem .6rem;vertical-align:top}\
td:first-child{width:5.5rem}code{font:13px ui-monospace,monospace}\
.held,.applied,.missing,.waived{font-weight:600}.held{color:#1a7f37}.applied{color:#0b5cad}.missing{color:#b42318}.waived{color:#8a6100}\
@media (prefers-color-scheme:dark){body{background:#14181d;color:#e3e8ee}td{border-color:#303842}small{color:#9aa5b1}\
.held{color:#5fd38d}.applied{color:#7ab8ff}.missing{color:#ff8f85}.waived{color:#e3b341}}";

/// The report as a page of its own.
pub fn html(done: &Reported) -> String {
    let Some(report) = &done.report else { return String::new() };
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n");
    let title = escaped(&done.title);
    let _ = writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Compliance of {title}</title>"
    );
    let _ = writeln!(out, "<style>{STYLE}</style>\n<h1>Compliance of {title}</h1>");
    let frameworks: Vec<String> = report.frameworks.iter().map(|f| f.to_uppercase()).collect();
    let _ = writeln!(out, "<p>{} · {}</p>", escaped(&frameworks.join(", ")), escaped(&sums(report)));
    for (id, title, sources, evidence) in by_control(report) {
        let _ =
            writeln!(out, "<h2>{id} {} <small>{}</small></h2>\n<table>", escaped(title), escaped(sources));
        for one in evidence {
            let at = place(one.span, &done.sources)
                .map_or_else(String::new, |(file, line)| format!("<code>{}:{line}</code>", escaped(&file)));
            let _ = writeln!(
                out,
                "<tr><td class=\"{state}\">{state}<td><code>{}</code><td>{}<td>{at}",
                escaped(&one.component),
                escaped(&one.text),
                state = one.state.as_str(),
            );
        }
        out.push_str("</table>\n");
    }
    out.push_str("</html>\n");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
