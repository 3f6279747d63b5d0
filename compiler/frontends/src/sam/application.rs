//! `AWS::Serverless::Application`: a nested stack.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Asset, AssetKind, Expr, Kind, Map, Resource};

use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, passthrough_attributes};
use super::properties::{Property, Shape, check};
use super::tags;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::Application";

const PROPERTIES: &[Property] = &[
    Property::required("Location", Shape::OneOf(&[Shape::Text, Shape::Map])),
    Property::optional("TemplateUrl", Shape::Text),
    Property::optional("Parameters", Shape::Map),
    Property::optional("NotificationARNs", Shape::ListOf(&Shape::OneOf(&[Shape::Text, Shape::Map]))),
    Property::optional("Tags", Shape::Map),
    Property::optional("TimeoutInMinutes", Shape::Int),
];

/// Expands an application whose template lies in a file or at a URL.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    check(ctx, properties, PROPERTIES, TYPE)?;
    let url = template_url(ctx, properties)?;
    let mut made = Map::from([("TemplateURL", url)]);
    for name in ["Parameters", "NotificationARNs"] {
        copy(properties, name, &mut made);
    }
    made.insert("Tags", tags::created_by_sam(ctx, "lambda:createdBy", properties.get("Tags"))?);
    copy(properties, "TimeoutInMinutes", &mut made);
    Ok(vec![
        Generated::new(id.clone(), "AWS::CloudFormation::Stack", made, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&passthrough_attributes(source)),
    ])
}

fn template_url(ctx: &mut Expansion<'_>, properties: &Map) -> Result<Expr> {
    let location = properties.get("Location").cloned().unwrap_or_else(Expr::null);
    let path = format!("{}.Location", ctx.current.path);
    match &location.kind {
        Kind::Call(..) => Ok(location),
        Kind::String(text) if is_local(text) => {
            Ok(Expr::from(Asset { path: text.clone(), kind: AssetKind::File }).with_span(location.span))
        }
        Kind::String(_) => Ok(location),
        _ => {
            let map = location.as_map().cloned().unwrap_or_default();
            for name in ["ApplicationId", "SemanticVersion"] {
                let value = map.get(name).map(|v| ctx.resolve(v)).map(|v| ctx.resolve_mappings(&v));
                let text = value.as_ref().and_then(Expr::as_str);
                if text.is_none_or(|t| t.is_empty() || t.starts_with("{{resolve:")) {
                    let at = map.get(name).and_then(|v| v.span).or(map.key_span(name)).or(location.span);
                    return Err(ctx.report(
                        Diagnostic::error(
                            codes::MISSING_PROPERTY,
                            format!("Location needs {name} as text that is known at compile time"),
                        )
                        .at(at, format!("no {name} to be had here"))
                        .path(path),
                    ));
                }
            }
            Err(ctx.report(
                Diagnostic::error(
                    codes::REPOSITORY_APPLICATION,
                    "an application of the Serverless Application Repository cannot be fetched offline",
                )
                .at(location.span, "stands for a template that only AWS has")
                .help("download its template once, and give its path or URL as Location")
                .path(path),
            ))
        }
    }
}

/// True for a path on disk.
fn is_local(location: &str) -> bool {
    !location.contains("://") && !location.starts_with("{{resolve:")
}
