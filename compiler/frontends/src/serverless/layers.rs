//! Layers. Source: lib/plugins/aws/package/compile/layers.js of osls 3.77.1.

use samc_base::{LogicalId, codes};
use samc_ir::{Entry, Expr, LeftOut, Map, Origin};

use super::names;
use super::output::Output;
use super::package;
use super::service::{Service, one_map};
use super::value::{self, given, set};

/// Lowers all layers.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let layers = one_map(&service.root, "layers", out.diagnostics);
    layers.entries().iter().filter(|entry| !entry.value.is_null()).for_each(|entry| one(service, entry, out));
}

fn one(service: &Service, entry: &Entry, out: &mut Output<'_>) {
    let key = &entry.key;
    let origin = Origin {
        source: Some(LogicalId::new(key.clone())),
        key_span: entry.key_span,
        span: entry.value.span.or(entry.key_span),
        path: format!("layers.{key}"),
        ..Origin::default()
    };
    let Some(settings) = entry.value.as_map() else {
        let message = format!("the layer {key} is {}, and must be a mapping", entry.value.kind_name());
        out.error(
            codes::WRONG_TYPE,
            &origin,
            message,
            entry.value.span,
            "not a mapping",
            "give at least `path`",
        );
        return;
    };
    let name = given(settings, "name").cloned().unwrap_or_else(|| Expr::from(key));
    let mut properties =
        Map::from([("Content", package::content(service, key, settings)), ("LayerName", name)]);
    for (setting, property) in [
        ("description", "Description"),
        ("licenseInfo", "LicenseInfo"),
        ("compatibleRuntimes", "CompatibleRuntimes"),
        ("compatibleArchitectures", "CompatibleArchitectures"),
    ] {
        set(&mut properties, property, given(settings, setting));
    }
    let digest = digest(settings, &properties, out);
    let is_retained = given(settings, "retain").is_some();
    let ending = if is_retained { digest.as_str() } else { "" };
    let id = format!("{}{ending}", names::layer(key));
    let resource = out.add(id.as_str(), "AWS::Lambda::LayerVersion", properties, &origin);
    if is_retained {
        resource.attributes.insert("DeletionPolicy", "Retain");
    }
    for account in given(settings, "allowedAccounts").and_then(Expr::as_list).unwrap_or_default() {
        let Some(text) = value::text(account) else { continue };
        let properties = Map::from([
            ("Action", Expr::from("lambda:GetLayerVersion")),
            ("LayerVersionArn", Expr::reference(id.as_str())),
            ("Principal", account.clone()),
        ]);
        let permission = format!(
            "{}{}LambdaLayerPermission{ending}",
            names::normalized(key),
            text.replacen('*', "Wild", 1)
        );
        let resource = out.add(permission, "AWS::Lambda::LayerVersionPermission", properties, &origin);
        if is_retained {
            resource.attributes.insert("DeletionPolicy", "Retain");
        }
    }
    let base = names::layer(key);
    out.output(format!("{base}QualifiedArn"), "Current Lambda layer version", Expr::reference(id.as_str()));
    out.output(format!("{base}Hash"), "Current Lambda layer hash", digest);
    let place = |id: &str| {
        let content = out.graph.resources.get(id)?.property("Content")?;
        match &content.kind {
            samc_ir::Kind::Asset(asset) => asset.place.as_ref()?.as_map()?.get("S3Key").cloned(),
            _ => content.as_map()?.get("S3Key").cloned(),
        }
    };
    if let Some(place) = place(&id) {
        out.output(format!("{base}S3Key"), "Current Lambda layer S3Key", place);
    }
}

/// A digest of the content and the settings of a layer.
fn digest(settings: &Map, properties: &Map, out: &Output<'_>) -> String {
    let content =
        given(settings, "path").and_then(Expr::as_str).map(|path| out.fingerprint(path, &LeftOut::default()));
    let mut made = properties.clone();
    made.insert("Content", content.unwrap_or_default());
    value::digest(&made.into())
}
