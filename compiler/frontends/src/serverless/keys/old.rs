//! Keys of old: the Framework reads them still, or not any more.

use samc_data::serverless_old_keys::{Row, rows};
use samc_ir::{Entry, Expr, Map, OldKey};

use super::super::value::is_true;

/// The keys of old in a service, but those whose deprecation it says it knows of (`disabledDeprecations`).
pub(in crate::serverless) fn old_keys(root: &Map) -> Vec<OldKey> {
    let known = root.get("disabledDeprecations");
    let is_known = |code: &str| match known {
        Some(known) => {
            let says = |value: &Expr| value.as_str().is_some_and(|text| text == code || text == "*");
            says(known) || known.as_list().is_some_and(|list| list.iter().any(says))
        }
        None => false,
    };
    rows().filter(|row| !is_known(row.code)).filter_map(|row| old_key(root, &row)).collect()
}

/// A key of old with all its places; none where it is not written.
fn old_key(root: &Map, row: &Row) -> Option<OldKey> {
    let steps: Vec<&str> = row.path.split('.').collect();
    let mut found = Vec::new();
    collect(root, &steps, &mut Vec::new(), &mut found);
    found.retain(|(_, entry)| if row.is_any { !entry.value.is_null() } else { is_true(&entry.value) });
    let (way, _) = found.first()?;
    let function = way.get(1).filter(|_| way.first() == Some(&"functions"));
    Some(OldKey {
        key: way.join("."),
        spans: found.iter().map(|(_, entry)| entry.key_span).collect(),
        resource: function.map(|function| (*function).into()),
        is_read: row.is_read,
        to_do: row.to_do.to_owned(),
    })
}

/// True for a key of old at the top.
pub(super) fn is_old(key: &str) -> bool {
    rows().any(|row| row.path == key)
}

/// The entries at the end of a path of keys, each with the keys that lead to it.
fn collect<'e>(
    map: &'e Map,
    steps: &[&str],
    way: &mut Vec<&'e str>,
    found: &mut Vec<(Vec<&'e str>, &'e Entry)>,
) {
    let Some((step, rest)) = steps.split_first() else { return };
    for entry in map.entries().iter().filter(|entry| *step == "*" || *entry.key == **step) {
        way.push(&entry.key);
        if rest.is_empty() {
            found.push((way.clone(), entry));
        } else if let Some(inner) = entry.value.as_map() {
            collect(inner, rest, way, found);
        } else if let Some(items) = entry.value.as_list() {
            // Sections that may be lists of mappings.
            items.iter().filter_map(Expr::as_map).for_each(|inner| collect(inner, rest, way, found));
        }
        way.pop();
    }
}
