//! What a resource waits for: `DependsOn`, and what follows from the references between resources.

use rustc_hash::FxHashSet;
use samc_ir::{Expr, Resource, ResourceGraph, references};

use super::canon::Ids;

/// `DependsOn` with the logical ids of the other side.
pub(super) fn renamed(value: &Expr, ids: &Ids) -> Expr {
    let one = |v: &Expr| match v.as_str().and_then(|id| ids.get(id)) {
        Some(new) => Expr::from(new.as_str()),
        None => v.clone(),
    };
    match value.as_list() {
        Some(items) => items.iter().map(one).collect::<Vec<_>>().into(),
        None => one(value),
    }
}

/// True where a resource waits for all of these without being told: it names each, or names what names it.
pub(super) fn is_implied(graph: &ResourceGraph, resource: &Resource, waits: &Expr) -> bool {
    let items = waits.as_list().unwrap_or(std::slice::from_ref(waits));
    let Some(mut open) = items.iter().map(Expr::as_str).collect::<Option<FxHashSet<&str>>>() else {
        return false;
    };
    let (mut met, mut next) = (FxHashSet::default(), vec![resource]);
    while let Some(resource) = next.pop().filter(|_| !open.is_empty()) {
        for value in resource.properties.iter() {
            references::each(value, false, &mut |reference| {
                open.remove(reference.name);
                if met.insert(reference.name) {
                    next.extend(graph.resources.get(reference.name));
                }
            });
        }
    }
    open.is_empty()
}
