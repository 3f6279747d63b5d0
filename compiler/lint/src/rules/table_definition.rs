//! C221 and C222: tables whose keys, attributes and billing contradict each other.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_data::resource_schemas::Schema;
use samc_ir::{Expr, Resource};

use crate::context::Context;
use crate::query::{Known, at_name, at_value, items, member, name, property};
use crate::rule::{On, Rule};

/// DynamoDB wants the attributes of keys defined, and no others.
pub(super) static ATTRIBUTES: Rule = Rule {
    code: Code::new("C221", "dynamodb-attributes"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("table_attributes.md"),
    check: |context, diagnostics| {
        for (id, table) in tables(context) {
            attributes(id, table, diagnostics);
        }
    },
};

/// A table has a fixed capacity, or is billed by request.
pub(super) static THROUGHPUT: Rule = Rule {
    code: Code::new("C222", "dynamodb-throughput"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("table_throughput.md"),
    check: |context, diagnostics| {
        for (id, table) in context.of_type("AWS::DynamoDB::Table") {
            // A misspelt property may be the one that seems to be missing.
            let known = |key: &str| {
                context.schema(table).is_none_or(|schema| schema.node(Schema::ROOT).property(key).is_some())
            };
            if !table.properties_map().into_iter().flat_map(samc_ir::Map::keys).all(|key| known(key)) {
                continue;
            }
            throughput(id, table, diagnostics);
        }
    },
};

fn tables<'g>(context: &Context<'g>) -> impl Iterator<Item = (&'g LogicalId, &'g Resource)> {
    context.of_type("AWS::DynamoDB::Table").chain(context.of_type("AWS::DynamoDB::GlobalTable"))
}

fn attributes(id: &LogicalId, table: &Resource, diagnostics: &mut Diagnostics) {
    let written = property(table, "AttributeDefinitions");
    let defined = if written.is_absent() { Some(Vec::new()) } else { names(written) };
    let Some(defined) = defined else { return };
    let Some(mut used) = names(property(table, "KeySchema")) else { return };
    for indexes in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        match property(table, indexes) {
            Known::Absent => {}
            Known::Unknown => return,
            Known::Is(list) => {
                let Some(list) = list.as_list() else { return };
                for index in list {
                    let Some(keys) = names(member(index, "KeySchema")) else { return };
                    used.extend(keys);
                }
            }
        }
    }
    let known: FxHashSet<&str> = defined.iter().map(|(name, _)| *name).collect();
    let wanted: FxHashSet<&str> = used.iter().map(|(name, _)| *name).collect();
    let mut told = FxHashSet::default();
    for (attribute, value) in used {
        if !known.contains(attribute) && told.insert(attribute) {
            let message =
                format!("{} has a key on `{attribute}`, which AttributeDefinitions lacks", name(id, table));
            let found = Diagnostic::error(ATTRIBUTES.code, message).help(format!(
                "add {{AttributeName: {attribute}, AttributeType: S}} to AttributeDefinitions (or N, or B)"
            ));
            diagnostics.push(at_value(found, id, table, ("KeySchema", value.span), "no such attribute"));
        }
    }
    for (attribute, value) in defined {
        if !wanted.contains(attribute) && told.insert(attribute) {
            let message = format!(
                "{} defines the attribute `{attribute}`, which is in no key; DynamoDB refuses the table",
                name(id, table)
            );
            let found = Diagnostic::error(ATTRIBUTES.code, message)
                .help("remove it: only attributes of keys are defined, items may have any others");
            let place = ("AttributeDefinitions", value.span);
            diagnostics.push(at_value(found, id, table, place, "in no key"));
        }
    }
}

/// Tables without any definition of attributes, whose keys cannot be read either, so that C221 has no name to tell.
pub(super) fn undefined(code: Code, context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, table) in tables(context) {
        let Known::Is(keys) = property(table, "KeySchema") else { continue };
        let is_list = keys.as_list().is_some_and(|keys| keys.iter().all(|key| !key.is_call()));
        if !is_list
            || names(Known::Is(keys)).is_some()
            || !property(table, "AttributeDefinitions").is_absent()
        {
            continue;
        }
        let message = format!("{} has no `AttributeDefinitions`, which must be there", name(id, table));
        let found = Diagnostic::error(code, message)
            .help("add AttributeDefinitions with the name and type of each attribute that is in a key");
        diagnostics.push(at_name(found, id, table, "needs `AttributeDefinitions`"));
    }
}

/// The `AttributeName`s of a list; none where one of them is known only at deployment.
fn names(list: Known<'_>) -> Option<Vec<(&str, &Expr)>> {
    let Known::Is(list) = list else { return None };
    let named = |item| member(item, "AttributeName").value().and_then(|v| Some((v.as_str()?, v)));
    list.as_list()?.iter().map(named).collect()
}

fn throughput(id: &LogicalId, table: &Resource, diagnostics: &mut Diagnostics) {
    let by_request = match property(table, "BillingMode") {
        Known::Absent => false,
        Known::Is(mode) => match mode.as_str() {
            Some("PAY_PER_REQUEST") => true,
            Some("PROVISIONED") => false,
            _ => return,
        },
        Known::Unknown => return,
    };
    let called = name(id, table);
    let mut tell = |owner: &str, path: String, capacity: Known<'_>, span| {
        let (message, label, help) = match (by_request, capacity) {
            (true, Known::Is(_)) => (
                format!("{owner} has a ProvisionedThroughput, and is billed by request"),
                "not with PAY_PER_REQUEST",
                "remove ProvisionedThroughput, or set BillingMode to PROVISIONED",
            ),
            (false, Known::Absent) => (
                format!("{owner} has no ProvisionedThroughput, and is not billed by request"),
                "no ProvisionedThroughput",
                "set BillingMode of the table to PAY_PER_REQUEST, or add ProvisionedThroughput",
            ),
            _ => return,
        };
        let found = Diagnostic::error(THROUGHPUT.code, message).help(help);
        let span = capacity.value().and_then(|v| v.span).or(span);
        diagnostics.push(at_value(found, id, table, (&path, span), label));
    };
    let own = property(table, "BillingMode").value().and_then(|v| v.span);
    let capacity = property(table, "ProvisionedThroughput");
    tell(called, "ProvisionedThroughput".to_owned(), capacity, own);
    // What is wrong with the table is wrong with its indexes for the same reason.
    if !by_request && capacity.is_absent() {
        return;
    }
    for (i, index) in items(table.property("GlobalSecondaryIndexes")).enumerate() {
        if index.as_map().is_none() {
            continue;
        }
        let named = member(index, "IndexName").value().and_then(Expr::as_str);
        let owner = format!("index {} of {called}", named.map_or(i.to_string(), |n| format!("`{n}`")));
        let path = format!("GlobalSecondaryIndexes[{i}].ProvisionedThroughput");
        let span = member(index, "IndexName").value().and_then(|v| v.span).or(index.span);
        tell(&owner, path, member(index, "ProvisionedThroughput"), span);
    }
}
