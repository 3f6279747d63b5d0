//! `AWS::Serverless::LayerVersion`: a layer whose id changes with its content, so that each change
//! makes a new version.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Asset, AssetKind, Expr, Kind, LeftOut, Map, Origin, Resource};

use super::expansion::{Expansion, Result};
use super::function::code::location;
use super::generated::{Generated, copy, main_attributes, passthrough_attributes};
use super::ids::hashed_id;
use super::properties::{Property, Shape, check};

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::LayerVersion";

const TEXT_OR_MAP: Shape = Shape::OneOf(&[Shape::Text, Shape::Map]);

const PROPERTIES: &[Property] = &[
    Property::optional("LayerName", TEXT_OR_MAP),
    Property::optional("Description", Shape::Text),
    Property::optional("PublishLambdaVersion", Shape::Bool),
    Property::required("ContentUri", TEXT_OR_MAP),
    Property::optional("CompatibleArchitectures", Shape::ListOf(&TEXT_OR_MAP)),
    Property::optional("CompatibleRuntimes", Shape::ListOf(&TEXT_OR_MAP)),
    Property::optional("LicenseInfo", Shape::Text),
    Property::optional("RetentionPolicy", Shape::Text),
];

/// Expands a layer.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let mut properties = source.properties_map().cloned().unwrap_or_default();
    check(ctx, &properties, PROPERTIES, TYPE)?;
    for name in ["LayerName", "LicenseInfo", "Description", "RetentionPolicy"] {
        if let Some(value) = properties.get(name).filter(|v| !v.is_null()).cloned() {
            let resolved = ctx.resolve(&value);
            properties.insert(name, resolved);
        }
    }
    let retention = retention_policy(ctx, &properties)?;
    check_architectures(ctx, &properties)?;
    let content = properties.get("ContentUri").cloned().unwrap_or_else(Expr::null);
    let content = location(ctx, &content, "ContentUri", AssetKind::LayerContent)?;
    let new_id = LogicalId::from(version_id(ctx, id, source, &properties));

    let mut attributes = passthrough_attributes(source);
    if let Some(retention) = retention {
        attributes.insert("DeletionPolicy", retention);
    } else if !attributes.contains_key("DeletionPolicy") {
        // Functions may still use a version that the template no longer has.
        attributes.insert("DeletionPolicy", "Retain");
    }
    let mut made = Map::new();
    match properties.get("LayerName").filter(|n| n.is_truthy()) {
        Some(name) => made.insert("LayerName", name.clone()),
        None => made.insert("LayerName", id),
    };
    copy(&properties, "Description", &mut made);
    made.insert("Content", content);
    for name in ["CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"] {
        copy(&properties, name, &mut made);
    }
    // The transform of AWS drops it, and how the content is built stands in it.
    let metadata = source.attributes.get("Metadata").cloned().map(Box::new);
    let origin = Origin { metadata, ..ctx.current.clone() };
    let layer = Generated::new(new_id.clone(), "AWS::Lambda::LayerVersion", made, origin)
        .depends_on(source.attributes.get("DependsOn").cloned())
        .attributes(&attributes);
    ctx.references.rename(id.clone(), new_id);
    Ok(vec![layer])
}

/// The id with the hash of everything the author wrote about the layer, but for what does not
/// change the layer itself. A local path counts by what lies there.
fn version_id(ctx: &Expansion<'_>, id: &LogicalId, source: &Resource, properties: &Map) -> String {
    let mut properties = properties.clone();
    properties.retain(|_, value| !value.is_null());
    if let Some(Kind::String(path)) = properties.get("ContentUri").map(|c| c.kind.clone())
        && let Some(digest) = ctx.files.fingerprint(&path, &LeftOut::default())
    {
        properties.insert("ContentUri", digest);
    }
    let mut resource = Map::from([("Type", Expr::from(TYPE))]);
    if let Some(depends_on) = source.attributes.get("DependsOn").filter(|d| d.is_truthy()) {
        resource.insert("DependsOn", depends_on.clone());
    }
    let kept = main_attributes(source);
    for entry in kept.entries() {
        if !matches!(&*entry.key, "DeletionPolicy" | "UpdateReplacePolicy" | "Metadata") {
            resource.insert(entry.key.clone(), entry.value.clone());
        }
    }
    resource.insert("Properties", properties);
    let mut hashed = Expr::from([(id.shared(), resource)]);
    hashed.walk_mut(&mut |e| {
        if let Kind::Asset(asset) = &e.kind {
            let Asset { path, .. } = &**asset;
            *e = Expr::from(path);
        }
    });
    hashed_id(id, &hashed)
}

/// `Retain` or `Delete`, from the property in whatever letter case.
fn retention_policy(ctx: &mut Expansion<'_>, properties: &Map) -> Result<Option<&'static str>> {
    let Some(given) = properties.get("RetentionPolicy").filter(|r| !r.is_null()) else { return Ok(None) };
    let options = ["Retain", "Delete"];
    let found = given.as_str().and_then(|g| options.into_iter().find(|o| o.eq_ignore_ascii_case(g)));
    match found {
        Some(option) => Ok(Some(option)),
        None => Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, "RetentionPolicy must be Retain or Delete")
                .at(given.span, "neither of the two")
                .path(format!("{}.RetentionPolicy", ctx.current.path)),
        )),
    }
}

fn check_architectures(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let list = properties.get("CompatibleArchitectures").and_then(Expr::as_list).unwrap_or_default();
    let known = |e: &&Expr| e.is_call() || matches!(e.as_str(), Some("x86_64" | "arm64"));
    match list.iter().find(|e| !known(e)) {
        None => Ok(()),
        Some(unknown) => Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, "CompatibleArchitectures takes x86_64 and arm64")
                .at(unknown.span, "neither of the two")
                .path(format!("{}.CompatibleArchitectures", ctx.current.path)),
        )),
    }
}
