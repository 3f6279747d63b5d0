//! `compliance`: controls are set where nothing is said, refused where the file says otherwise, and
//! reported where only a person can meet them.
//!
//! The work is on the typed file, before it becomes resources: what is set here is as if it were written.

mod controls;
mod data;
mod entries;
mod functions;
mod labels;
mod report;
mod work;

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use samc_base::Diagnostics;
use samc_schema::app::App;

pub use controls::{CONTROLS, Control};
use labels::Label;
pub(super) use labels::flags;
pub use report::{Evidence, Report, State};
use work::{At, Work};

/// The seconds of a day.
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
    let waivers = work::waivers(app, today, found);
    let mut work = Work { labels, waivers, report, found, said: FxHashSet::default() };
    data::check_key(app, &mut work);
    data::stores(app, &mut work);
    functions::functions(app, &mut work, production);
    entries::apis(app, &mut work);
    entries::userpools(app, &mut work);
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
