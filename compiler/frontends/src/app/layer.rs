//! `layers`.

use samc_base::Span;
use samc_ir::{Expr, Map};
use samc_schema::app::{Component as _, Layer};

use super::lower::Lower;
use super::names::upper_camel;

/// Lowers one layer.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, layer: &Layer) {
    let owner = ctx.owner("layers", name, span, layer.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let path = ctx.text(&owner, "path", &layer.path);
    let mut properties = Map::from([("ContentUri", path)]);
    ctx.put_name(&owner, &mut properties, "LayerName", layer.name.as_ref());
    ctx.put_name(&owner, &mut properties, "Description", layer.description.as_ref());
    ctx.put_name(&owner, &mut properties, "LicenseInfo", layer.licence.as_ref());
    if let Some(runtimes) = &layer.runtimes {
        let names = runtimes.iter().map(|r| Expr::from(r.value.as_str()).with_span(r.span));
        properties.insert("CompatibleRuntimes", names.collect::<Vec<_>>());
    }
    if let Some(arch) = &layer.arch {
        let names = arch.iter().map(|a| Expr::from(a.value.as_str()).with_span(a.span));
        properties.insert("CompatibleArchitectures", names.collect::<Vec<_>>());
    }
    let keep = layer.keep.as_ref();
    let policy = if keep.is_none_or(|k| k.value) { "Retain" } else { "Delete" };
    properties.insert("RetentionPolicy", Expr::from(policy).with_span(keep.and_then(|k| k.span)));
    let resource = ctx.add(&id, "AWS::Serverless::LayerVersion", properties, &owner);
    if let Some(build) = &layer.build {
        resource.attributes.insert("Metadata", super::function::build_metadata(&build.value));
    }
    for account in layer.share_with.iter().flatten() {
        let principal = ctx.text(&owner, "share-with", account);
        let words = upper_camel(&account.value);
        let made = ctx.fresh_id(&format!("{id}For{words}"), "2");
        let mut properties = Map::from([("Action", Expr::from("lambda:GetLayerVersion"))]);
        properties.insert("LayerVersionArn", Expr::reference(&id));
        properties.insert("Principal", principal);
        ctx.add(&made, "AWS::Lambda::LayerVersionPermission", properties, &owner);
    }
}
