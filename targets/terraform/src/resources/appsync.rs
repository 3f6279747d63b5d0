//! GraphQL APIs, whose schema is an argument rather than a resource.

use samc_ir::{Expr, Resource};

use super::{given, properties};
use crate::context::{Context, How};
use crate::hcl::{Block, Value};
use crate::native::{Site, main};

/// `AWS::AppSync::GraphQLApi`.
pub(crate) fn api(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &[])?;
    let schema = context.schemas.get(site.id);
    let schema =
        schema.filter(|id| context.plans.get(**id).is_some_and(|plan| matches!(plan.how, How::Merged)));
    if let Some(schema) = schema.and_then(|id| context.resource(id)) {
        let map = properties(schema)?;
        let text = match (given(&map, "Definition"), given(&map, "DefinitionS3Location")) {
            (Some(text), None) => context.value(text),
            (None, Some(place)) => stored_schema(context, place)?,
            _ => return None,
        };
        block.set("schema", text);
    }
    Some(vec![block])
}

/// The text at `s3://bucket/key`.
fn stored_schema(context: &Context<'_>, place: &Expr) -> Option<Value> {
    let value = context.value(place);
    let (bucket, key) = value.as_literal()?.strip_prefix("s3://")?.split_once('/')?;
    let wish = key.rsplit('/').next().unwrap_or(key).to_owned();
    let rest = vec![("key", Value::text(key))];
    let address = context.named_lookup("aws_s3_object", &wish, ("bucket", Value::text(bucket)), rest);
    Some(Value::code(format!("{address}.body")))
}

/// The API of a schema.
pub(super) fn api_of(resource: &Resource) -> Option<&str> {
    Some(resource.property("ApiId")?.as_get_att()?.0)
}

/// Whether a schema is one that its API can hold.
pub(super) fn may_merge(context: &Context<'_>, id: &str, resource: &Resource) -> bool {
    let api = api_of(resource);
    api.and_then(|api| context.schemas.get(api)).is_some_and(|schema| *schema == id)
        && api
            .and_then(|api| context.resource(api))
            .is_some_and(|api| api.attributes.get("Condition") == resource.attributes.get("Condition"))
}

/// What a reference to a schema is: its API.
pub(super) fn merged(context: &Context<'_>, id: &str) -> Option<Value> {
    let resource = context.resource(id).filter(|r| r.resource_type == "AWS::AppSync::GraphQLSchema")?;
    let plan = context.plans.get(api_of(resource)?)?;
    Some(Value::code(context.attribute(plan, "id")))
}
