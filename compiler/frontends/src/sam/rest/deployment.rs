//! The deployment, named by a hash of what it deploys, and the stage.

use samc_base::LogicalId;
use samc_ir::{Expr, Kind, LeftOut, Map};

use super::py27::{Dict, Py, PyKind, Text};
use super::{RestApi, of_written};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::ids::{hash_text, sha1_hex};
use crate::sam::intrinsics::as_keys;
use crate::sam::tags;

/// How many digits of the hash the id carries.
const HASH_LENGTH: usize = 10;

/// A value as Python's `str()` gives it.
pub(super) fn python_text(value: &Expr) -> String {
    let mut value = Py::written(value, 0);
    value.sync(0);
    value.to_python_text()
}

/// The deployment and the stage. `domain` is the text of the custom domain's settings.
pub(super) fn generate(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    api: &mut RestApi,
    domain: Option<String>,
    rest_api: &Generated,
    passthrough: &Map,
) -> Result<(Generated, Generated)> {
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let deployed = match rest_api.resource.property("BodyS3Location") {
        Some(location) => location_text(ctx, location),
        None => api.body.as_mut().map(|body| {
            let clock = body.clock;
            let mut doc = Py::from(std::mem::take(&mut body.doc));
            doc.sync(clock);
            let text = doc.to_python_text();
            if let PyKind::Dict(dict) = doc.kind {
                body.doc = *dict;
            }
            text
        }),
    };
    let deployment_id = format!("{id}Deployment");
    let mut deployment = Map::from([("RestApiId", Expr::reference(id))]);
    if given("OpenApiVersion").is_none() {
        deployment.insert("StageName", "Stage");
    }
    let mut hashed_id = deployment_id.clone();
    if let Some(text) = deployed {
        let mut parts = vec![text];
        parts.extend(given("OpenApiVersion").map(python_text));
        parts.extend(domain);
        parts.extend(ctx.rest.function_names.get(id).filter(|n| !n.is_empty()).cloned());
        if given("AlwaysDeploy").is_some() {
            // The transform hashes the time of day; the same input gives the same bytes here, and
            // a new body gives a new deployment anyway.
            parts.push("AlwaysDeploy".to_owned());
        }
        let digest = sha1_hex(&parts.join("||"));
        hashed_id = format!("{deployment_id}{}", &digest[..HASH_LENGTH]);
        deployment.insert("Description", format!("RestApi deployment id: {digest}"));
    }
    let deployment =
        Generated::new(hashed_id.as_str(), "AWS::ApiGateway::Deployment", deployment, ctx.current.clone())
            .attributes(passthrough);

    let stage_name = properties.get("StageName").cloned().unwrap_or_else(Expr::null);
    let prefix = stage_name.as_str().unwrap_or_default();
    let is_plain = !prefix.is_empty() && prefix.chars().all(char::is_alphanumeric);
    let stage_id = match is_plain {
        true => format!("{id}{prefix}Stage"),
        false => format!("{id}Stage{}", hash_text(prefix)),
    };
    let mut stage = Map::from([
        ("RestApiId", Expr::reference(id)),
        ("DeploymentId", Expr::reference(hashed_id)),
        ("StageName", stage_name),
    ]);
    for name in [
        "CacheClusterEnabled",
        "CacheClusterSize",
        "Variables",
        "MethodSettings",
        "AccessLogSetting",
        "CanarySetting",
        "TracingEnabled",
    ] {
        copy(properties, name, &mut stage);
    }
    if let Some(own) = properties.get("Tags").and_then(as_keys) {
        stage.insert("Tags", tags::tag_list(&of_written(ctx, id, &own)));
    }
    let stage = Generated::new(stage_id, "AWS::ApiGateway::Stage", stage, ctx.current.clone())
        .attributes(passthrough);
    Ok((deployment, stage))
}

/// The text of a body that lies in S3, or beside the template.
fn location_text(ctx: &Expansion<'_>, location: &Expr) -> Option<String> {
    // A local file is uploaded under a name made of its content: a new content is a new deployment.
    if let Kind::Asset(asset) = &location.kind
        && let Some(digest) = ctx.files.fingerprint(&asset.path, &LeftOut::default())
    {
        return Some(digest);
    }
    let Some(map) = location.as_map() else { return Some(python_text(location)) };
    let mut dict = Dict::new(0);
    for name in ["Bucket", "Key", "Version"] {
        if let Some(value) = map.get(name) {
            dict.insert(Text::from(name), Py::written(value, 0), 0);
        }
    }
    Some(Py::from(dict).to_python_text())
}
