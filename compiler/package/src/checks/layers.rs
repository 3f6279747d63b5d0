//! Whether a layer is laid out so that runtimes find what is in it.
//!
//! Source: AWS Lambda Developer Guide, "Packaging your layer content": a layer is unpacked to `/opt`, and each
//! runtime looks in folders of its own there.

use super::view::View;

/// The folders that a runtime looks in.
const FOLDERS: [(&str, &[&str]); 4] = [
    ("python", &["python/"]),
    ("nodejs", &["nodejs/node_modules/", "nodejs/node"]),
    ("ruby", &["ruby/gems/", "ruby/lib/"]),
    ("java", &["java/lib/"]),
];
/// Those that every runtime has on its paths.
const EVERY: [&str; 4] = ["bin/", "lib/", "extensions/", "bootstrap"];

/// What is wrong with a layer for its runtimes: a message and what to do.
pub(super) fn unread(view: &View, runtimes: &[&str]) -> Option<(String, String)> {
    let has = |prefix: &str| view.below(prefix).next().is_some();
    if runtimes.is_empty() || EVERY.iter().any(|prefix| has(prefix)) {
        return None;
    }
    let families: Vec<_> =
        FOLDERS.iter().filter(|(f, _)| runtimes.iter().any(|r| r.starts_with(f))).collect();
    let others = runtimes.iter().any(|r| !FOLDERS.iter().any(|(f, _)| r.starts_with(f)));
    if others || families.is_empty() {
        return None;
    }
    if families.iter().any(|(_, folders)| folders.iter().any(|folder| has(folder))) {
        return wrong_version(view, runtimes);
    }
    let shown = |folder: &&str| {
        if *folder == "nodejs/node" { "nodejs/node22/node_modules/".to_owned() } else { (*folder).to_owned() }
    };
    let wanted: Vec<String> = families.iter().flat_map(|(_, folders)| folders.iter().map(shown)).collect();
    let found = view.files.first().map_or("nothing", |f| f.name.as_str());
    Some((
        format!("{} would find nothing in it: it looks in {}", runtimes.join(", "), wanted.join(" and ")),
        format!(
            "{found} would lie at /opt/{found}; put the folder around it, so that the layer holds {}...",
            wanted[0]
        ),
    ))
}

/// `python/lib/python3.11/site-packages` in a layer for Python 3.13.
fn wrong_version(view: &View, runtimes: &[&str]) -> Option<(String, String)> {
    let prefix = "python/lib/";
    let mut versions: Vec<&str> = view
        .below(prefix)
        .filter_map(|f| f.name[prefix.len()..].split('/').next())
        .filter(|v| v.starts_with("python3."))
        .collect();
    versions.dedup();
    let all = view.below("python/").count();
    let is_all_there = all > 0 && view.below(prefix).count() == all;
    if versions.is_empty() || !is_all_there || versions.iter().any(|v| runtimes.contains(v)) {
        return None;
    }
    let first = runtimes.iter().find(|r| r.starts_with("python"))?;
    Some((
        format!(
            "it holds packages of {} alone, which {} does not look at",
            versions.join(", "),
            runtimes.join(", ")
        ),
        format!("install them with the version of {first}, or put them into python/ itself"),
    ))
}
