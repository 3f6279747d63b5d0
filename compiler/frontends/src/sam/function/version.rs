//! `AutoPublishAlias`: a version for each change of the code, and an alias that follows it.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Asset, Expr, Kind, LeftOut, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::ids::hash_value;
use crate::sam::intrinsics::logical_id_of;

/// The version and the alias of a function.
pub(super) struct Published {
    /// `AWS::Lambda::Version`.
    pub(super) version: Generated,
    /// `AWS::Lambda::Alias`.
    pub(super) alias: Generated,
}

/// The version and alias, where the function publishes one.
pub(super) fn publish(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    passthrough: &Map,
    function: &mut Generated,
) -> Result<Option<Published>> {
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let Some(alias) = given("AutoPublishAlias") else {
        if given("ProvisionedConcurrencyConfig").is_some() {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::MISSING_PROPERTY,
                    "provisioned concurrency works on a published version: set AutoPublishAlias as well",
                )
                .at(properties.key_span("ProvisionedConcurrencyConfig"), "needs AutoPublishAlias"),
            ));
        }
        return Ok(None);
    };
    let name = alias_name(ctx, alias)?;
    let code_sha256 = match given("AutoPublishCodeSha256") {
        Some(sha) => Some(code_sha256(ctx, sha)?),
        None => None,
    };
    if let Some(sha) = &code_sha256 {
        // The description changes with the code, or CloudFormation would see no change in the function.
        let description = properties.get("Description").map(|d| ctx.resolve(d)).filter(Expr::is_truthy);
        let description = match description {
            None => Expr::from(sha.as_str()),
            Some(Expr { kind: Kind::String(text), .. }) => Expr::from(format!("{text} {sha}")),
            Some(other) => Expr::join(" ", vec![other, sha.as_str().into()]),
        };
        function.properties().insert("Description", description);
    }
    // The transform writes the code as it was resolved for the hash.
    if let Some(code) = function.properties().get("Code").cloned() {
        let resolved = ctx.resolve(&code);
        function.properties().insert("Code", resolved);
    }
    let hash = match code_sha256 {
        Some(sha) => sha.chars().take(10).collect(),
        None => version_hash(ctx, properties, function),
    };
    let mut attributes = passthrough.clone();
    if !attributes.contains_key("DeletionPolicy") {
        let policy = properties.get("VersionDeletionPolicy").filter(|p| !p.is_null()).cloned();
        let default = if properties.get("CapacityProviderConfig").is_some_and(|c| !c.is_null()) {
            // Versions on managed instances cost money as long as they exist.
            "Delete"
        } else {
            "Retain"
        };
        attributes.insert("DeletionPolicy", policy.unwrap_or_else(|| default.into()));
    }
    let mut version = Map::from([("FunctionName", Expr::reference(id))]);
    if let Some(description) = properties.get("VersionDescription").filter(|d| !d.is_null()) {
        version.insert("Description", description.clone());
    }
    if properties.get("CapacityProviderConfig").is_some_and(|c| !c.is_null()) {
        copy(properties, "FunctionScalingConfig", &mut version);
    }
    let version_id = format!("{id}Version{hash}");
    let version = Generated::new(version_id, "AWS::Lambda::Version", version, ctx.current.clone())
        .attributes(&attributes);

    let mut alias = Map::from([
        ("Name", Expr::from(name.as_str())),
        ("FunctionName", Expr::reference(id)),
        ("FunctionVersion", Expr::get_att(&version.id, "Version")),
    ]);
    if given("ProvisionedConcurrencyConfig").is_some() {
        copy(properties, "ProvisionedConcurrencyConfig", &mut alias);
    }
    let alias_id = format!("{id}Alias{}", name.replace('-', "D").replace('_', "U"));
    let alias =
        Generated::new(alias_id, "AWS::Lambda::Alias", alias, ctx.current.clone()).attributes(passthrough);
    Ok(Some(Published { version, alias }))
}

fn alias_name(ctx: &mut Expansion<'_>, alias: &Expr) -> Result<String> {
    let path = format!("{}.AutoPublishAlias", ctx.current.path);
    let resolved = ctx.resolve(alias);
    let Some(name) = resolved.as_str() else {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, "AutoPublishAlias must be known at compile time")
                .at(alias.span, "neither text nor Ref of a parameter with a default")
                .help("give text, or Ref of a template parameter with a default or a --param value")
                .path(path),
        ));
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.bytes().all(allowed) && !name.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(name.to_owned());
    }
    Err(ctx.report(
        Diagnostic::error(
            codes::INVALID_VALUE,
            format!("`{name}` cannot be the name of an alias: letters, digits, - and _ are allowed, not digits alone"),
        )
        .at(alias.span, "not a name Lambda takes")
        .path(path),
    ))
}

fn code_sha256(ctx: &mut Expansion<'_>, sha: &Expr) -> Result<String> {
    match ctx.resolve(sha).as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, "AutoPublishCodeSha256 must be text known at compile time")
                .at(sha.span, "neither text nor Ref of a parameter with a default")
                .path(format!("{}.AutoPublishCodeSha256", ctx.current.path)),
        )),
    }
}

/// The hash that gives a version its id: of the code, the environment, the memory and SnapStart,
/// or of all properties where `AutoPublishAliasAllProperties` is set.
fn version_hash(ctx: &mut Expansion<'_>, properties: &Map, function: &mut Generated) -> String {
    let made = function.properties().clone();
    if properties.get("AutoPublishAliasAllProperties").is_some_and(Expr::is_truthy) {
        let mut all = made.clone();
        for layer in made.get("Layers").and_then(Expr::as_list).into_iter().flatten() {
            let layer_id = if layer.is_call() { logical_id_of(layer) } else { None };
            let layer = layer_id.and_then(|id| {
                let resource = ctx.source.get(id).or_else(|| ctx.output.get(id))?;
                Some((id, resource.properties_map()?))
            });
            if let Some((id, layer)) =
                layer.filter(|(_, p)| p.get("PublishLambdaVersion").is_some_and(Expr::is_truthy))
            {
                all.insert(id, layer.clone());
            }
        }
        let all = with_fingerprints(ctx, &all.into());
        return hash_value(&all);
    }
    let code = made.get("Code").cloned().unwrap_or_else(Expr::null);
    let code = with_fingerprints(ctx, &code);
    let mut data = match code.kind {
        Kind::Map(map) => map,
        // A local path stands for its content.
        _ => Map::from([("Code", code)]),
    };
    if let Some(environment) = made.get("Environment").filter(|e| e.is_truthy()) {
        match &environment.kind {
            Kind::Map(map) => data.extend(map.entries().iter().cloned()),
            Kind::Call(function, argument) => {
                data.insert(function.key(), (**argument).clone());
            }
            _ => {}
        }
    }
    if let Some(memory) = made.get("MemorySize").filter(|m| m.is_truthy()) {
        data.insert("MemorySize", memory.clone());
    }
    let snap_start = made.get("SnapStart").filter(|s| s.is_truthy());
    let apply_on = snap_start.and_then(Expr::as_map).and_then(|s| s.get("ApplyOn"));
    if let Some(snap_start) = snap_start.filter(|_| apply_on.is_some_and(|a| a.as_str() != Some("None"))) {
        data.insert("SnapStart", snap_start.clone());
    }
    hash_value(&data.into())
}

/// The value with each local path replaced by the digest of what lies there, so that a change of
/// the code makes a new version.
fn with_fingerprints(ctx: &Expansion<'_>, expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    expr.walk_mut(&mut |e| {
        if let Kind::Asset(asset) = &e.kind {
            let Asset { path, .. } = &**asset;
            *e =
                ctx.files.fingerprint(path, &LeftOut::default()).map_or_else(|| Expr::from(path), Expr::from);
        }
    });
    expr
}
