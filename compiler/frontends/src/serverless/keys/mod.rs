//! Every key and value of a serverless.yml, held against the schema that osls checks services by.
//!
//! The Framework warns of such mistakes and goes on, and so does samc, unless `configValidationMode` says otherwise.
//! Keys that plugins may have brought are not told; those that only are another spelling of one are.
//!
//! Source: lib/classes/config-schema-handler/index.js of osls 3.77.1.

mod choice;
mod fault;
mod old;
mod repeated;
mod tell;
#[cfg(test)]
mod tests;
mod walk;
mod words;

use rustc_hash::FxHashSet;
use samc_base::{Diagnostics, Severity, nearest_certain};
use samc_data::serverless_keys;
use samc_ir::{Expr, Kind, Map};

use self::fault::{Fault, Step, Way, What};
pub(super) use self::old::old_keys;
pub use self::repeated::without_repetitions;

/// Collects what is wrong with the keys and values of a service.
pub(super) fn check(root: &Expr, diagnostics: &mut Diagnostics) {
    let Some(map) = root.as_map() else { return };
    let severity = match map.get("configValidationMode").and_then(Expr::as_str) {
        Some("off") => return,
        Some("error") => Severity::Error,
        _ => Severity::Warning,
    };
    let mut faults = Vec::new();
    walk::walk(serverless_keys::service(), root, &Way::TOP, &mut faults);
    for key in MERGED {
        items(map, key, &mut faults);
    }
    let has_plugins = has_plugins(map);
    let misspelt = misspelt(&faults);
    let mut places = FxHashSet::default();
    for fault in faults.iter().filter(|fault| !is_of_others(fault, has_plugins)) {
        if matches!(&fault.what, What::Missing(mapping, _) if misspelt.iter().any(|there| std::ptr::eq(*there, *mapping)))
        {
            continue;
        }
        // A part that several functions share is told once.
        let place = (tell::place(fault), fault.missing());
        if place.0.is_none() || places.insert(place) {
            diagnostics.push(tell::finding(fault, severity));
        }
    }
}

/// Sections that may be lists, which are laid over each other before they are looked at.
const MERGED: [&str; 2] = ["functions", "resources"];

/// The items of a section that is a list. What one has not another may have.
fn items<'e>(root: &'e Map, key: &'static str, faults: &mut Vec<Fault<'e>>) {
    let Some(part) = serverless_keys::service().property(key) else { return };
    let Some(Kind::List(items)) = root.get(key).map(|section| &section.kind) else { return };
    let way = Way { before: None, step: Some(Step::Key(key)), key_span: root.key_span(key) };
    let mut found = Vec::new();
    for item in items.iter().filter(|item| item.as_map().is_some()) {
        walk::walk(part, item, &way, &mut found);
    }
    faults.extend(found.into_iter().filter(|fault| !matches!(fault.what, What::Missing(..))));
}

fn has_plugins(root: &Map) -> bool {
    match root.get("plugins").map(|plugins| &plugins.kind) {
        Some(Kind::String(_)) => true,
        Some(Kind::List(plugins)) => !plugins.is_empty(),
        Some(Kind::Map(plugins)) => {
            plugins.get("modules").and_then(Expr::as_list).is_some_and(|list| !list.is_empty())
        }
        _ => false,
    }
}

/// True for what others tell, or a plugin may have brought.
fn is_of_others(fault: &Fault<'_>, has_plugins: bool) -> bool {
    let steps = fault.steps.as_slice();
    match (&fault.what, steps) {
        // What these are is told where they are read; `provider: aws` is good.
        (What::Value(..), [Step::Key("functions" | "resources" | "provider" | "service")]) => true,
        (What::Value(..), [Step::Key("functions"), Step::Key(_)]) => true,
        // Kinds of events, which are told where events are lowered.
        (_, [Step::Key("functions"), Step::Key(_), Step::Key("events")]) => true,
        (_, [Step::Key("functions"), Step::Key(_), Step::Key("events"), Step::Item(_)]) => true,
        (What::Unknown(entry, _), []) if old::is_old(&entry.key) => true,
        (What::Unknown(entry, parts), [] | [Step::Key("provider" | "functions"), ..]) if has_plugins => {
            !is_slip(&entry.key, parts.iter().flat_map(|part| part.keys()))
        }
        _ => false,
    }
}

/// True for another spelling of a key of the Framework, which no plugin would take for its own.
fn is_slip(key: &str, keys: impl Iterator<Item = &'static str>) -> bool {
    const LONG: usize = 6;
    let near = nearest_certain(key, keys.collect::<Vec<_>>());
    near.is_some_and(|near| near.eq_ignore_ascii_case(key) || key.chars().count() >= LONG)
}

/// The mappings in which a key is missing that is there in another spelling; telling that one is enough.
fn misspelt<'e>(faults: &[Fault<'e>]) -> Vec<&'e Expr> {
    let unknown = |mapping: &Expr, keys: &[&str]| {
        faults.iter().any(|fault| match &fault.what {
            What::Unknown(entry, _) => {
                mapping
                    .as_map()
                    .and_then(|map| map.entry(&entry.key))
                    .is_some_and(|there| std::ptr::eq(there, *entry))
                    && words::meant(&entry.key, keys).is_some()
            }
            _ => false,
        })
    };
    let missing = faults.iter().filter_map(|fault| match &fault.what {
        What::Missing(mapping, keys) if unknown(mapping, keys) => Some(*mapping),
        _ => None,
    });
    missing.collect()
}
