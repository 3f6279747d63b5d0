//! The stage of an HTTP API, and the tags that it shares with the API.

use std::borrow::Cow;

use samc_base::LogicalId;
use samc_ir::{Expr, Map};

use super::{CREATED_BY, body, needs_body};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::ids::hashed_id;
use crate::sam::intrinsics::as_keys;
use crate::sam::rest::of_written;

/// Puts the tags into the body, and gives them for the stage.
pub(super) fn tags(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    body: Option<&mut Expr>,
) -> Result<Option<Map>> {
    let given = properties.get("Tags").and_then(as_keys);
    let written = given.as_ref().filter(|tags| !tags.is_empty());
    if written.is_none() && !body.as_deref().is_some_and(body::is_valid) {
        return Ok(given.map(Cow::into_owned));
    }
    let body = needs_body(ctx, id, properties, "Tags", body)?;
    let mut tags = given.unwrap_or_default().into_owned();
    tags.insert(CREATED_BY, "SAM");
    let tags = of_written(ctx, id, &tags);
    let list = body.get_or_insert_with("tags", || Vec::new().into());
    if let Some(list) = list.as_list_mut() {
        for entry in tags.entries() {
            let same =
                |tag: &&mut Expr| tag.as_map().and_then(|t| t.get("name")?.as_str()) == Some(&*entry.key);
            match list.iter_mut().find(same).and_then(Expr::as_map_mut) {
                Some(tag) => drop(tag.insert("x-amazon-apigateway-tag-value", entry.value.clone())),
                None => list.push(Expr::from([
                    ("name", Expr::from(&entry.key)),
                    ("x-amazon-apigateway-tag-value", entry.value.clone()),
                ])),
            }
        }
    }
    Ok(Some(tags))
}

/// The one stage of an API.
pub(super) fn make(
    ctx: &Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    tags: Option<Map>,
    passthrough: &Map,
) -> Generated {
    let name =
        properties.get("StageName").filter(|s| s.is_truthy()).cloned().unwrap_or_else(|| "$default".into());
    let stage_id = match name.as_str() {
        Some("$default") => format!("{id}ApiGatewayDefaultStage"),
        Some(text) if text.chars().all(char::is_alphanumeric) => format!("{id}{text}Stage"),
        Some(_) => hashed_id(&format!("{id}Stage"), &name),
        None => format!("{id}Stage"),
    };
    let mut stage = Map::from([("ApiId", Expr::reference(id)), ("StageName", name)]);
    for name in ["StageVariables", "AccessLogSettings", "DefaultRouteSettings"] {
        copy(properties, name, &mut stage);
    }
    if let Some(tags) = tags {
        stage.insert("Tags", tags);
    }
    stage.insert("AutoDeploy", true);
    copy(properties, "RouteSettings", &mut stage);
    Generated::new(stage_id, "AWS::ApiGatewayV2::Stage", stage, ctx.current.clone()).attributes(passthrough)
}
