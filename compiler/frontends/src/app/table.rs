//! `tables`: a DynamoDB table with its keys and indexes.

use samc_base::{Diagnostic, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{
    Billing, Component as _, Index, Projection, Table, TableClass, TableEncryption, TableStream,
};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::{encryption, table_parts};

/// A part of a key: the attribute and its type, `S`, `N` or `B`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    name: String,
    kind: String,
}

/// Reads `customer + created:N`.
fn key_parts(text: &str) -> Option<Vec<Part>> {
    let parts: Option<Vec<Part>> = text
        .split('+')
        .map(|part| {
            let (name, kind) = part.trim().split_once(':').unwrap_or((part.trim(), "S"));
            let fits = !name.is_empty()
                && !name.contains(char::is_whitespace)
                && name.len() <= 255
                && matches!(kind, "S" | "N" | "B");
            fits.then(|| Part { name: name.to_owned(), kind: kind.to_owned() })
        })
        .collect();
    parts.filter(|p| p.len() <= 2)
}

/// Lowers one table.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, table: &Table) {
    let owner = ctx.owner("tables", name, span, table.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let mut attributes: Vec<(Part, Option<Span>)> = Vec::new();
    let own = key(ctx, &owner, "key", &table.key, &mut attributes).unwrap_or_default();
    let mut properties = Map::new();
    ctx.put_name(&owner, &mut properties, "TableName", table.name.as_ref());
    let billing = billing(ctx, &owner, table.billing.as_ref());
    let (mut global, mut local) = (Vec::new(), Vec::new());
    for (key, index) in table.indexes.iter().flat_map(|i| &i.0) {
        let path = format!("indexes.{}", key.name());
        let is_local = index.local.as_ref().is_some_and(|l| l.value);
        let Some(mut made) =
            index_properties(ctx, &owner, &path, key.name().as_str(), index, &mut attributes)
        else {
            continue;
        };
        if is_local {
            check_local(ctx, &owner, &path, index, &own);
            local.push(Expr::from(made));
        } else {
            if let Some(throughput) = &billing {
                made.insert("ProvisionedThroughput", throughput.clone());
            }
            global.push(Expr::from(made));
        }
    }
    let definitions = attributes.iter().map(|(part, span)| {
        let pair = [("AttributeName", part.name.as_str()), ("AttributeType", part.kind.as_str())];
        Expr::from(pair).with_span(*span)
    });
    properties.insert("AttributeDefinitions", definitions.collect::<Vec<_>>());
    properties.insert("KeySchema", schema(&own).with_span(table.key.span));
    match billing {
        Some(throughput) => {
            properties.insert("BillingMode", "PROVISIONED");
            properties.insert("ProvisionedThroughput", throughput);
        }
        None => {
            properties.insert("BillingMode", "PAY_PER_REQUEST");
        }
    }
    for (key, indexes) in [("GlobalSecondaryIndexes", global), ("LocalSecondaryIndexes", local)] {
        if !indexes.is_empty() {
            properties.insert(key, indexes);
        }
    }
    if let Some(ttl) = &table.ttl {
        let attribute = Expr::from(ttl.value.as_str()).with_span(ttl.span);
        let ttl = [("AttributeName", attribute), ("Enabled", Expr::from(true))];
        properties.insert("TimeToLiveSpecification", Expr::from(ttl));
    }
    if let Some(stream) = &table.stream {
        let view = match stream.value {
            TableStream::New => "NEW_IMAGE",
            TableStream::Old => "OLD_IMAGE",
            TableStream::Both => "NEW_AND_OLD_IMAGES",
            TableStream::Keys => "KEYS_ONLY",
        };
        let view = Expr::from(view).with_span(stream.span);
        properties.insert("StreamSpecification", Map::from([("StreamViewType", view)]));
    }
    if table.backup.as_ref().map_or(ctx.production, |b| b.value) {
        let on = Expr::from(true).with_span(table.backup.as_ref().and_then(|b| b.span));
        properties
            .insert("PointInTimeRecoverySpecification", Map::from([("PointInTimeRecoveryEnabled", on)]));
    }
    if let Some(encrypt) = table.encrypt.as_ref().filter(|e| e.value != TableEncryption::AwsOwned) {
        let on = Expr::from(true).with_span(encrypt.span);
        let mut specification = Map::from([("SSEEnabled", on), ("SSEType", Expr::from("KMS"))]);
        if let TableEncryption::Key(key) = &encrypt.value
            && let Some(arn) = encryption::key(ctx, &owner, "encrypt", key, encrypt.span)
        {
            specification.insert("KMSMasterKeyId", arn);
        }
        properties.insert("SSESpecification", specification);
    }
    if let Some(import) = &table.import {
        table_parts::import(ctx, &owner, import, &mut properties);
    }
    if let Some(class) = table.class.as_ref().filter(|c| c.value == TableClass::InfrequentAccess) {
        properties.insert("TableClass", Expr::from("STANDARD_INFREQUENT_ACCESS").with_span(class.span));
    }
    if table.replicas.is_some() {
        table_parts::global(ctx, &owner, &id, table, properties);
        return;
    }
    ctx.add_main(&id, "AWS::DynamoDB::Table", properties, &owner);
    table_parts::scaling(ctx, &owner, &id, table);
}

/// Reads a key, and notes the types of its attributes.
fn key(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    given: &Spanned<String>,
    attributes: &mut Vec<(Part, Option<Span>)>,
) -> Option<Vec<Part>> {
    let Some(parts) = key_parts(&given.value) else {
        let message = format!("`{}` is not a key of a table", given.value);
        let finding = Diagnostic::error(codes::INVALID_VALUE, message)
            .at(given.span.or(owner.origin.key_span), "not a key")
            .help("write one attribute or two, as in `id`, `customer + created` or `id + version:N`");
        ctx.report(owner, path, finding);
        return None;
    };
    for part in &parts {
        match attributes.iter().find(|(known, _)| known.name == part.name) {
            Some((known, other)) if known.kind != part.kind => {
                let message = format!(
                    "the attribute `{}` is of the types {} and {} at once",
                    part.name, known.kind, part.kind
                );
                let finding = Diagnostic::error(codes::INVALID_VALUE, message)
                    .at(given.span, format!("of type {}", part.kind))
                    .label(*other, format!("of type {}", known.kind));
                ctx.report(owner, path, finding);
            }
            Some(_) => {}
            None => attributes.push((part.clone(), given.span)),
        }
    }
    Some(parts)
}

fn schema(parts: &[Part]) -> Expr {
    let roles = ["HASH", "RANGE"];
    let element =
        |(part, role): (&Part, &str)| Expr::from([("AttributeName", part.name.as_str()), ("KeyType", role)]);
    parts.iter().zip(roles).map(element).collect::<Vec<Expr>>().into()
}

fn index_properties(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    path: &str,
    name: &str,
    index: &Index,
    attributes: &mut Vec<(Part, Option<Span>)>,
) -> Option<Map> {
    let parts = key(ctx, owner, &format!("{path}.key"), &index.key, attributes)?;
    let span = index.project.as_ref().and_then(|p| p.span);
    let mut projection = Map::new();
    let kind = match index.project.as_ref().map(|p| &p.value) {
        Some(Projection::Keys) => "KEYS_ONLY",
        Some(Projection::Include(_)) => "INCLUDE",
        Some(Projection::All) | None => "ALL",
    };
    projection.insert("ProjectionType", Expr::from(kind).with_span(span));
    if let Some(Projection::Include(names)) = index.project.as_ref().map(|p| &p.value) {
        let names: Vec<Expr> = names.iter().map(|n| Expr::from(n.as_str())).collect();
        projection.insert("NonKeyAttributes", Expr::from(names).with_span(span));
    }
    let mut made = Map::from([("IndexName", Expr::from(name))]);
    made.insert("KeySchema", schema(&parts).with_span(index.key.span));
    made.insert("Projection", projection);
    Some(made)
}

fn check_local(ctx: &mut Lower<'_>, owner: &Owner, path: &str, index: &Index, own: &[Part]) {
    let parts = key_parts(&index.key.value).unwrap_or_default();
    if parts.len() == 2 && parts.first() == own.first() {
        return;
    }
    let message =
        format!("the local index `{}` does not share the partition key of the table", owner.at(path));
    let partition = own.first().map_or("", |p| p.name.as_str());
    let finding = Diagnostic::error(codes::INVALID_VALUE, message)
        .at(index.key.span, "another partition key, or no sort key")
        .help(format!("begin it with `{partition} + `, or leave out `local`"));
    ctx.report(owner, path, finding);
}

/// `ProvisionedThroughput`; none where the table is paid for by use.
fn billing(ctx: &mut Lower<'_>, owner: &Owner, billing: Option<&Spanned<Billing>>) -> Option<Expr> {
    let billing = billing?;
    let unit = |n: &Spanned<u64>| Expr::new(ExprKind::Int(n.value.into()), n.span);
    match (&billing.value.read, &billing.value.write) {
        (None, None) => None,
        (Some(read), Some(write)) => Some(
            Expr::from([("ReadCapacityUnits", unit(read)), ("WriteCapacityUnits", unit(write))])
                .with_span(billing.span),
        ),
        _ => {
            let finding =
                Diagnostic::error(codes::MISSING_PROPERTY, "`billing` takes `read` and `write` together")
                    .at(billing.span, "one of them is missing")
                    .help("add the other, or write `billing: on-demand`");
            ctx.report(owner, "billing", finding);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        let names = |text| {
            key_parts(text)
                .map(|p| p.iter().map(|p| format!("{}:{}", p.name, p.kind)).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(names("id").as_deref(), Some("id:S"));
        assert_eq!(names("customer + order-id:N").as_deref(), Some("customer:S order-id:N"));
        for wrong in ["", "a + b + c", "a:X", "a b", "+ a"] {
            assert_eq!(names(wrong), None, "{wrong}");
        }
    }
}
