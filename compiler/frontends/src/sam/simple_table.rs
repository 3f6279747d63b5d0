//! `AWS::Serverless::SimpleTable`: a DynamoDB table with one key.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map, Resource};

use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, main_attributes};
use super::intrinsics::as_keys;
use super::properties::{Property, Shape, check};
use super::tags;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::SimpleTable";

const PROPERTIES: &[Property] = &[
    Property::pass("PointInTimeRecoverySpecification"),
    Property::optional("PrimaryKey", Shape::MapOf(&Shape::Text)),
    Property::optional("ProvisionedThroughput", Shape::MapOf(&Shape::OneOf(&[Shape::Int, Shape::Map]))),
    Property::optional("TableName", Shape::OneOf(&[Shape::Text, Shape::Map])),
    Property::optional("Tags", Shape::Map),
    Property::optional("SSESpecification", Shape::Map),
];

/// Expands a table.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    check(ctx, properties, PROPERTIES, TYPE)?;
    let (name, kind) = primary_key(ctx, properties)?;
    let mut made = Map::from([
        (
            "AttributeDefinitions",
            Expr::from([Expr::from([("AttributeName", name.clone()), ("AttributeType", kind)])]),
        ),
        ("KeySchema", Expr::from([Expr::from([("AttributeName", name), ("KeyType", Expr::from("HASH"))])])),
    ]);
    if properties.get("ProvisionedThroughput").is_some_and(Expr::is_truthy) {
        copy(properties, "ProvisionedThroughput", &mut made);
    } else {
        made.insert("BillingMode", "PAY_PER_REQUEST");
    }
    for name in ["PointInTimeRecoverySpecification", "SSESpecification", "TableName"] {
        if properties.get(name).is_some_and(Expr::is_truthy) {
            copy(properties, name, &mut made);
        }
    }
    if let Some(tags) = properties.get("Tags").and_then(as_keys).filter(|t| !t.is_empty()) {
        made.insert("Tags", tags::tag_list(&tags));
    }
    Ok(vec![
        Generated::new(id.clone(), "AWS::DynamoDB::Table", made, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&main_attributes(source)),
    ])
}

/// Name and type letter of the key: `id` of type S where none is given.
fn primary_key(ctx: &mut Expansion<'_>, properties: &Map) -> Result<(Expr, Expr)> {
    let Some(key) = properties.get("PrimaryKey").filter(|k| k.is_truthy()).and_then(as_keys) else {
        return Ok(("id".into(), "S".into()));
    };
    let path = format!("{}.PrimaryKey", ctx.current.path);
    let place = properties.key_span("PrimaryKey");
    for part in ["Name", "Type"] {
        if key.get(part).is_none_or(Expr::is_null) {
            return Err(ctx.report(
                Diagnostic::error(codes::MISSING_PROPERTY, format!("PrimaryKey needs {part}"))
                    .at(place, format!("{part} is missing"))
                    .path(path),
            ));
        }
    }
    let kind = key.get("Type").cloned().unwrap_or_else(Expr::null);
    let letter = match kind.as_str() {
        Some("String") => "S",
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    "Type of PrimaryKey must be String, Number or Binary",
                )
                .at(kind.span.or(place), "not a type of key")
                .path(format!("{path}.Type")),
            ));
        }
    };
    let name = key.get("Name").cloned().unwrap_or_else(Expr::null);
    Ok((name, letter.into()))
}
