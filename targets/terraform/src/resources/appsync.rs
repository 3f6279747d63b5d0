//! GraphQL APIs, whose schema is an argument rather than a resource.

use samc_ir::Resource;

use super::{given, properties, text};
use crate::context::{Context, How};
use crate::hcl::{Block, Value};
use crate::native::{Site, main};
use crate::reason::Reason;

/// `AWS::AppSync::GraphQLApi`.
pub(crate) fn api(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let mut block = main(context, site, &[])?;
    let schema = context.schemas.get(site.id);
    let schema =
        schema.filter(|id| context.plans.get(**id).is_some_and(|plan| matches!(plan.how, How::Merged)));
    let Some(schema) = schema.and_then(|id| context.resource(id)) else { return Some(vec![block]) };
    let map = properties(schema)?;
    let (text, object) = match (given(&map, "Definition"), given(&map, "DefinitionS3Location")) {
        (Some(text), None) => (context.value(text), None),
        (None, Some(place)) => {
            context.within("DefinitionS3Location", || text::at_place(context, site, place, "schema"))?
        }
        _ => return context.lacks(Reason::Form("Definition".to_owned())),
    };
    block.set("schema", text);
    Some(std::iter::once(block).chain(object).collect())
}

/// `AWS::AppSync::FunctionConfiguration` and `AWS::AppSync::Resolver`: code and templates may stand in a bucket.
pub(crate) fn coded(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let places = [
        ("CodeS3Location", "Code"),
        ("RequestMappingTemplateS3Location", "RequestMappingTemplate"),
        ("ResponseMappingTemplateS3Location", "ResponseMappingTemplate"),
    ];
    let mut blocks = vec![main(context, site, &places.map(|(place, _)| place))?];
    for (property, argument) in places {
        let Some(place) = given(&map, property) else { continue };
        let argument = &site.mapping.args.get(argument)?.name;
        let what = crate::names::snake(argument);
        let (text, object) = context.within(property, || text::at_place(context, site, place, &what))?;
        blocks[0].set(argument.as_str(), text);
        blocks.extend(object);
    }
    Some(blocks)
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
