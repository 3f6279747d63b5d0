//! `AWS::Serverless::Application`: a nested stack.

use samc_base::{Diagnostic, LogicalId, codes, nearest};
use samc_ir::{Asset, AssetKind, Expr, Kind, Map, Resource};

use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, passthrough_attributes};
use super::properties::{Property, Shape, check};
use super::tags;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::Application";

/// The tags of a stack whose template is of the Serverless Application Repository: id and version.
const REPOSITORY_TAGS: [&str; 2] = ["serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

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
    let (url, repository) = template_url(ctx, properties)?;
    let mut made = Map::from([("TemplateURL", url)]);
    for name in ["Parameters", "NotificationARNs"] {
        copy(properties, name, &mut made);
    }
    let mut tag_list = tags::created_by_sam(ctx, "lambda:createdBy", properties.get("Tags"))?;
    if let (Some(values), Some(list)) = (repository, tag_list.as_list_mut()) {
        // The repository's tags stand between SAM's own and the author's.
        for (at, (tag, value)) in (1..).zip(REPOSITORY_TAGS.into_iter().zip(values)) {
            list.insert(at, Expr::from([("Key", Expr::from(tag)), ("Value", value.into())]));
        }
    }
    made.insert("Tags", tag_list);
    copy(properties, "TimeoutInMinutes", &mut made);
    Ok(vec![
        Generated::new(id.clone(), "AWS::CloudFormation::Stack", made, ctx.current.clone())
            .depends_on(source.attributes.get("DependsOn").cloned())
            .attributes(&passthrough_attributes(source)),
    ])
}

/// Where the template is, with id and version where that stands for an application of the repository.
fn template_url(ctx: &mut Expansion<'_>, properties: &Map) -> Result<(Expr, Option<[String; 2]>)> {
    let location = properties.get("Location").cloned().unwrap_or_else(Expr::null);
    let path = format!("{}.Location", ctx.current.path);
    match &location.kind {
        Kind::Call(function, _) => Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!(
                    "Location is {}, which SAM takes neither for a template nor for an application",
                    function.key()
                ),
            )
            .at(location.span, "must be text, or ApplicationId and SemanticVersion")
            .help("write the path or URL itself; AWS::CloudFormation::Stack takes a computed TemplateURL")
            .path(path),
        )),
        Kind::String(text) if is_local(text) => {
            let asset = Asset::new(text.clone(), AssetKind::File);
            Ok((Expr::from(asset).with_span(location.span), None))
        }
        Kind::String(_) => Ok((location, None)),
        _ => {
            let place = repository_place(ctx, &location)?;
            let [id, version] = &place;
            let known = &ctx.options.repository_templates;
            let Some(template) = known.get(id).cloned() else {
                let near = nearest(id, known.keys().map(String::as_str)).map(str::to_owned);
                let help = match near {
                    Some(near) => format!("--sar-template was given for `{near}`; did you mean that?"),
                    None => {
                        format!("get its template once, and say where it is: --sar-template {id}=FILE-OR-URL")
                    }
                };
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::REPOSITORY_APPLICATION,
                        format!("version {version} of `{id}` is in the Serverless Application Repository, which samc does not ask"),
                    )
                    .at(location.span, "stands for a template that only AWS has")
                    .help(help)
                    .path(path),
                ));
            };
            let value = if is_local(&template) {
                Expr::from(Asset::new(template, AssetKind::File))
            } else {
                Expr::from(template)
            };
            Ok((value.with_span(location.span), Some(place)))
        }
    }
}

/// Id and version of an application in the repository, as text.
fn repository_place(ctx: &mut Expansion<'_>, location: &Expr) -> Result<[String; 2]> {
    let map = location.as_map().cloned().unwrap_or_default();
    let mut texts = [String::new(), String::new()];
    for (name, place) in ["ApplicationId", "SemanticVersion"].into_iter().zip(&mut texts) {
        let value = map.get(name).map(|v| ctx.resolve(v)).map(|v| ctx.resolve_mappings(&v));
        match value.as_ref().and_then(Expr::as_str).filter(|t| !t.is_empty() && !t.starts_with("{{resolve:"))
        {
            Some(text) => text.clone_into(place),
            None => {
                let at = map.get(name).and_then(|v| v.span).or(map.key_span(name)).or(location.span);
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::MISSING_PROPERTY,
                        format!("Location needs {name} as text that is known at compile time"),
                    )
                    .at(at, format!("no {name} to be had here"))
                    .path(format!("{}.Location", ctx.current.path)),
                ));
            }
        }
    }
    Ok(texts)
}

/// True for a path on disk.
fn is_local(location: &str) -> bool {
    !location.contains("://") && !location.starts_with("{{resolve:")
}
