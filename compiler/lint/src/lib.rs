//! Rules about the expanded graph. Most are CloudFormation's own: what it would refuse after minutes
//! of deployment is said before. A few more tell what would hurt once it runs.
//!
//! Values that are known only at deployment are never guessed at: a rule speaks where it is sure.

mod context;
mod flags;
mod flow;
mod length;
mod machine;
mod numbers;
mod pattern;
mod policy;
mod query;
mod rights;
mod rule;
pub mod rules;
mod scalars;
mod schema;
mod text;
mod undecided;

use rustc_hash::FxHashSet;
use samc_base::{Diagnostics, Severity, codes};
use samc_ir::ResourceGraph;

pub use rule::{On, Profile, Rule, Waiver};
pub use rules::RULES;
pub use scalars::{PlainText, resolve_scalars};

/// The settings of a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Codes of rules to leave out, such as `C232`.
    pub off: Vec<String>,
    /// Codes of rules to run that are not on by default.
    pub on: Vec<String>,
    /// The profiles that are taken on.
    pub profiles: Vec<Profile>,
    /// The day for rules about dates, as `YYYY-MM-DD`; where it is empty they are silent.
    pub as_of: String,
    /// What is allowed elsewhere than in the metadata of the template.
    pub waivers: Vec<Waiver>,
}

impl Options {
    /// True where a rule is to run.
    pub fn takes(&self, rule: &Rule) -> bool {
        let named = |codes: &[String]| codes.iter().any(|code| code == rule.code.id());
        let on = match rule.on {
            On::Default => true,
            On::Profiles(profiles) => profiles.iter().any(|p| self.profiles.contains(p)),
        };
        (on || named(&self.on)) && !self.is_off(rule)
    }

    /// True where a rule is left out.
    fn is_off(&self, rule: &Rule) -> bool {
        self.off.iter().any(|code| code == rule.code.id())
    }

    /// These settings, with the profiles that the application itself asks for by what it says of its data.
    #[must_use]
    pub fn asked_for(&self, graph: &ResourceGraph) -> Options {
        flags::with_those_of_all(graph, self)
    }
}

/// Runs every rule that is on. Returns how many of their questions only the deployment answers: values of
/// parameters, conditions and imports that a rule asked for, and about which it says nothing.
pub fn run(graph: &ResourceGraph, options: &Options, diagnostics: &mut Diagnostics) -> usize {
    let texts = policy::texts(graph);
    let options = &options.asked_for(graph);
    let context = context::Context::new(graph, &texts, options, diagnostics);
    let mut found = Diagnostics::default();
    undecided::take();
    for rule in RULES {
        undecided::begin(rule.code.id());
        if options.takes(rule) {
            let mut own = Diagnostics::default();
            (rule.check)(&context, &mut own);
            own.retain(|finding| !flags::is_apart(finding, rule, graph));
            found.append(own);
        } else if !options.is_off(rule) && flags::ask_for(rule, graph) {
            let mut own = Diagnostics::default();
            (rule.check)(&context, &mut own);
            own.retain(|finding| flags::concerns(finding, rule, graph));
            found.append(own);
        }
    }
    let undecided = undecided::take();
    // What one line of the source makes wrong in many resources (a value of Globals, a condition
    // that is carried on to a role) is wrong once.
    let mut seen = FxHashSet::default();
    // What the front end found fault with is not found again in what became of it; what a rule advises
    // on is another matter.
    let told: FxHashSet<_> =
        diagnostics.iter().filter(|d| d.severity == Severity::Error).filter_map(|d| d.span()).collect();
    found.retain(|d| {
        let Some(primary) = &d.primary else { return true };
        if d.severity == Severity::Error && told.contains(&primary.span) {
            return false;
        }
        let path = d.path.as_deref().unwrap_or("");
        let tail = path.splitn(3, '.').nth(2).unwrap_or(path).to_owned();
        seen.insert((d.code().id(), primary.span, primary.message.clone(), tail))
    });
    // What a rule about limits says of a value is better than what the schema says of it.
    let said: FxHashSet<_> = found
        .iter()
        .filter(|d| d.severity == Severity::Error && d.code().id().starts_with('L'))
        .filter_map(|d| d.span())
        .collect();
    found.retain(|d| d.code() != rules::PROPERTY_VALUE || !d.span().is_some_and(|span| said.contains(&span)));
    // That SAM leaves a type alone is said better by the rule about the type.
    let unknown: Vec<_> = found
        .iter()
        .filter(|d| d.code() == rules::UNKNOWN_TYPE && d.severity == Severity::Error)
        .filter_map(|d| d.span())
        .collect();
    diagnostics.retain(|d| {
        d.code() != codes::UNKNOWN_SAM_TYPE || !d.span().is_some_and(|span| unknown.contains(&span))
    });
    diagnostics.append(found);
    undecided
}
