//! `Resolvers` of a GraphQL API: the pipeline of functions behind each field.

use samc_base::{Diagnostic, codes, nearest};
use samc_ir::{Expr, Map, Origin};

use super::functions::{Ids, SYNC};
use super::members::{Member, members};
use super::{Api, code};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::properties::{Property, Shape, section};

const RESOLVER: &[Property] = &[
    Property::optional("FieldName", Shape::Text).literal(),
    Property::optional("Caching", Shape::PlainMap).literal(),
    Property::pass("InlineCode"),
    Property::pass("CodeUri"),
    Property::pass("MaxBatchSize"),
    Property::optional("Pipeline", Shape::ListOf(&Shape::Text)).literal(),
    Property::optional("Runtime", Shape::PlainMap).literal(),
    Property::optional("Sync", Shape::PlainMap).literal(),
];

const CACHING: &[Property] =
    &[Property::required("Ttl", Shape::Any), Property::optional("CachingKeys", Shape::List).literal()];

/// What a pipeline without code of its own does: hand on the last result. The bytes are AppSync's
/// default for a new pipeline resolver, which the transform writes too.
const DEFAULT_CODE: &str = "
export function request(ctx) {
    return {};
}

export function response(ctx) {
    return ctx.prev.result;
}
";

/// Expands all resolvers, type by type.
pub(super) fn expand(ctx: &mut Expansion<'_>, api: &Api<'_>, functions: &Ids) -> Result<Vec<Generated>> {
    let Some(types) = api.properties.get("Resolvers").and_then(Expr::as_map) else { return Ok(Vec::new()) };
    let mut generated = Vec::new();
    let mut result = Ok(());
    for entry in types.entries() {
        let origin =
            Origin { path: format!("{}.Properties.Resolvers", ctx.current.path), ..ctx.current.clone() };
        let made = ctx.within(origin, |ctx| {
            if entry.value.as_map().is_none() {
                let message = format!(
                    "the resolvers of {} are {}, and must be a mapping",
                    entry.key,
                    entry.value.kind_name()
                );
                let at = entry.value.span.or(entry.key_span);
                return Err(ctx.report(Diagnostic::error(codes::WRONG_TYPE, message).at(at, "not a mapping")));
            }
            members(ctx, types, &entry.key, RESOLVER, |ctx, member| {
                resolver(ctx, api, &entry.key, &member, functions)
            })
        });
        match made {
            Ok(made) => generated.extend(made),
            Err(reported) => result = Err(reported),
        }
    }
    result.map(|()| generated)
}

fn resolver(
    ctx: &mut Expansion<'_>,
    api: &Api<'_>,
    type_name: &str,
    member: &Member<'_>,
    functions: &Ids,
) -> Result<Generated> {
    let name = member.name;
    let mut made = Map::new();
    if code::copy_code(ctx, name, member.settings, &mut made)? {
        code::copy_runtime(ctx, name, member.settings, &mut made)?;
    } else {
        made.insert("Code", DEFAULT_CODE);
        made.insert("Runtime", Map::from([("Name", "APPSYNC_JS"), ("RuntimeVersion", "1.0.0")]));
    }
    section(ctx, member.settings, "Sync", SYNC)?;
    made.insert("ApiId", api.api_id());
    made.insert("FieldName", name);
    if member.settings.get("FieldName").is_some_and(Expr::is_truthy) {
        copy(member.settings, "FieldName", &mut made);
    }
    made.insert("TypeName", type_name);
    made.insert("Kind", "PIPELINE");
    let pipeline = pipeline(ctx, member, functions)?;
    made.insert("PipelineConfig", Map::from([("Functions", pipeline)]));
    if let Some(caching) = section(ctx, member.settings, "Caching", CACHING)? {
        let mut config = Map::new();
        config.extend(caching.entries().iter().filter(|e| !e.value.is_null()).cloned());
        made.insert("CachingConfig", config);
    }
    if member.settings.get("MaxBatchSize").is_some_and(Expr::is_truthy) {
        copy(member.settings, "MaxBatchSize", &mut made);
    }
    // A resolver can be made only once the schema has its type and field.
    let id = format!("{}{type_name}{name}", api.id);
    Ok(Generated::new(id, "AWS::AppSync::Resolver", made, ctx.current.clone())
        .depends_on(Expr::from(vec![Expr::from(format!("{}Schema", api.id))]))
        .attributes(&api.attributes))
}

/// The ids of the functions of a pipeline.
fn pipeline(ctx: &mut Expansion<'_>, member: &Member<'_>, functions: &Ids) -> Result<Vec<Expr>> {
    let steps = member.settings.get("Pipeline").and_then(Expr::as_list).unwrap_or_default();
    if steps.is_empty() {
        return Err(ctx.report(
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("the resolver {} has no Pipeline of functions", member.name),
            )
            .at(member.key_span, "Pipeline is missing here")
            .help("SAM makes pipeline resolvers only; write another kind as AWS::AppSync::Resolver"),
        ));
    }
    let mut ids = Vec::new();
    for step in steps {
        let text = step.as_str().unwrap_or_default();
        let Some(id) = functions.get(text) else {
            let label = match nearest(text, functions.keys().map(|key| &**key)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "not among the Functions".to_owned(),
            };
            let message =
                format!("the resolver {} calls `{text}`, which is no function of this API", member.name);
            return Err(ctx.report(Diagnostic::error(codes::UNKNOWN_REFERENCE, message).at(step.span, label)));
        };
        ids.push(id.clone());
    }
    Ok(ids)
}
