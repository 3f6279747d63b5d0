//! The version that is published of a function, and the alias for provisioned concurrency and SnapStart.

use samc_base::codes;
use samc_ir::{AssetKind, Expr, Kind, LeftOut, Map};

use crate::serverless::names;
use crate::serverless::output::Output;
use crate::serverless::package;
use crate::serverless::service::{Function, Service};
use crate::serverless::value::{self, given, is_true};

/// Publishes a version, unless nothing asks for one. A change of the code or of the settings gives it another
/// logical id, as a version itself cannot change.
pub(super) fn publish(service: &Service, function: &Function, out: &mut Output<'_>) {
    let wanted = function.settings.get("versionFunction").filter(|wanted| !wanted.is_null());
    let wanted =
        wanted.or_else(|| service.provider.get("versionFunctions").filter(|wanted| !wanted.is_null()));
    let is_wanted = wanted.is_none_or(is_true);
    let alias = function.alias();
    if !is_wanted && alias.is_none() {
        return;
    }
    let concurrency = given(&function.settings, "provisionedConcurrency");
    if let (Some(concurrency), true) = (concurrency, given(&function.settings, "snapStart").is_some()) {
        out.error(
            codes::EXCLUSIVE_PROPERTIES,
            &function.origin,
            format!(
                "the function {} has SnapStart and provisioned concurrency; Lambda takes one of them",
                function.key
            ),
            concurrency.span,
            "beside `snapStart`",
            "take out one of the two",
        );
        return;
    }
    let id = format!("{}LambdaVersion{}", names::normalized(&function.key), digest(service, function, out));
    let mut properties = Map::from([("FunctionName", Expr::reference(function.id()))]);
    if let Some(description) = given(&function.settings, "description") {
        properties.insert("Description", description.clone());
    }
    let version = out.add(id.as_str(), "AWS::Lambda::Version", properties, &function.origin);
    // Versions stay when they leave the stack; those that exist for an alias alone go with it.
    if is_wanted {
        version.attributes.insert("DeletionPolicy", "Retain");
    }
    let arn = Expr::reference(id.as_str());
    out.output(format!("{}QualifiedArn", function.id()), "Current Lambda function version", arn);
    let Some(alias) = alias else { return };
    let mut properties = Map::from([
        ("FunctionName", Expr::reference(function.id())),
        ("FunctionVersion", Expr::get_att(id.as_str(), "Version")),
        ("Name", alias.name.into()),
    ]);
    if let Some(concurrency) = concurrency {
        properties.insert(
            "ProvisionedConcurrencyConfig",
            Map::from([("ProvisionedConcurrentExecutions", concurrency.clone())]),
        );
    }
    let resource = out.add(alias.id, "AWS::Lambda::Alias", properties, &function.origin);
    resource.attributes.insert("DependsOn", function.id());
}

/// A digest of all that a version is made of: the code, that of the layers, and the properties. What holds for
/// the function beside its versions is left out.
fn digest(service: &Service, function: &Function, out: &Output<'_>) -> String {
    let Some(properties) =
        out.graph.resources.get(&*function.id()).and_then(|resource| resource.properties_map())
    else {
        return String::new();
    };
    let mut made = properties.clone();
    made.remove("ReservedConcurrentExecutions");
    made.remove("Tags");
    let layers = made.get("Layers").and_then(Expr::as_list).unwrap_or_default();
    let layers: Vec<Expr> = layers
        .iter()
        .filter_map(|layer| out.graph.resources.get(layer.as_ref_to()?)?.properties.clone())
        .collect();
    made.insert("LayerProperties", layers);
    let mut made = Expr::from(made);
    let (of_code, of_others) = (package::left_out(service, function), LeftOut::default());
    made.walk_mut(&mut |value| {
        if let Kind::Asset(asset) = &value.kind {
            let is_code = asset.kind == AssetKind::FunctionCode;
            *value = out.fingerprint(&asset.path, if is_code { &of_code } else { &of_others }).into();
        }
    });
    value::digest(&made)
}
