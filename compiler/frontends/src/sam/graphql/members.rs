//! Mappings whose keys the author chooses: data sources, functions, keys.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Map, Origin};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::properties::{Property, check};

/// One member of such a mapping.
pub(super) struct Member<'m> {
    /// The author's name for it.
    pub(super) name: &'m str,
    /// Where the name is written.
    pub(super) key_span: Option<Span>,
    /// What is said of it.
    pub(super) settings: &'m Map,
}

/// Checks every member of a mapping against a table, and makes something of each. A member that fails
/// does not keep the others from being looked at.
pub(super) fn members<T>(
    ctx: &mut Expansion<'_>,
    properties: &Map,
    section: &str,
    table: &[Property],
    mut make: impl FnMut(&mut Expansion<'_>, Member<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut made = Vec::new();
    let mut result = Ok(());
    let mapping = properties.get(section).and_then(Expr::as_map);
    for entry in mapping.into_iter().flat_map(Map::entries) {
        let origin = Origin {
            key_span: entry.key_span,
            span: entry.value.span,
            path: format!("{}.Properties.{section}.{}", ctx.current.path, entry.key),
            ..ctx.current.clone()
        };
        let one = ctx.within(origin, |ctx| {
            let Some(settings) = entry.value.as_map() else {
                let message = format!("{} is {}, and must be a mapping", entry.key, entry.value.kind_name());
                let at = entry.value.span.or(entry.key_span);
                return Err(ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(at, "not a mapping")));
            };
            check(ctx, settings, table, &entry.key)?;
            make(ctx, Member { name: &entry.key, key_span: entry.key_span, settings })
        });
        match one {
            Ok(one) => made.push(one),
            Err(reported) => result = Err(reported),
        }
    }
    result.map(|()| made)
}
