//! What is noted along the way: labels, what is waived, and what became of each control.

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use samc_base::{Diagnostic, Diagnostics, Span, codes};
use samc_schema::app::App;

use super::controls::{self, CONTROLS};
use super::labels::Label;
use super::report::{Evidence, Report, State};

/// A control that need not hold.
pub(super) struct Waived {
    control: String,
    of: Option<Vec<String>>,
    reason: String,
}

pub(super) fn waivers(app: &App, today: &str, found: &mut Diagnostics) -> Vec<Waived> {
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
pub(super) struct Work<'d> {
    pub(super) labels: IndexMap<String, Label>,
    pub(super) waivers: Vec<Waived>,
    pub(super) report: Report,
    pub(super) found: &'d mut Diagnostics,
    /// The controls that were told, with their places.
    pub(super) said: FxHashSet<(&'static str, Span)>,
}

/// A component as the controls see it.
#[derive(Clone, Copy)]
pub(super) struct At<'n> {
    pub(super) section: &'static str,
    pub(super) name: &'n str,
    pub(super) span: Option<Span>,
}

impl Work<'_> {
    pub(super) fn label(&self, name: &str) -> Label {
        self.labels.get(name).or(self.labels.get("")).cloned().unwrap_or_default()
    }

    pub(super) fn note(
        &mut self,
        id: &str,
        at: At<'_>,
        state: State,
        text: impl Into<String>,
        span: Option<Span>,
    ) {
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
    pub(super) fn waiver(&self, id: &str, name: &str) -> Option<String> {
        let fits =
            |w: &&Waived| w.control == id && w.of.as_ref().is_none_or(|of| of.iter().any(|n| n == name));
        self.waivers.iter().find(fits).map(|w| w.reason.clone())
    }

    /// A control that does not hold. Where the file says otherwise it is an error unless only checks are
    /// asked for; where only a person can meet it, a warning.
    pub(super) fn missing(
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
pub(super) fn sources(label: &Label) -> String {
    let words: Vec<String> = label.frameworks.iter().map(|f| f.as_str().to_uppercase()).collect();
    match words.is_empty() {
        true => format!("`data: {}`", label.class().as_str()),
        false => words.join(", "),
    }
}
