//! `Functions` of a GraphQL API: the steps that pipelines are made of.

use indexmap::IndexMap;
use samc_base::{Diagnostic, codes, nearest};
use samc_ir::{Expr, Map, Str};

use super::members::{Member, members};
use super::{Api, code, data_sources};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::properties::{Property, Shape, section};

const FUNCTION: &[Property] = &[
    Property::optional("DataSource", Shape::Text),
    Property::optional("Runtime", Shape::PlainMap).literal(),
    Property::pass("InlineCode"),
    Property::pass("CodeUri"),
    Property::pass("Description"),
    Property::pass("MaxBatchSize"),
    Property::optional("Name", Shape::Text).literal(),
    Property::pass("Id"),
    Property::optional("Sync", Shape::PlainMap).literal(),
];

/// `Sync`, of functions and of resolvers.
pub(super) const SYNC: &[Property] = &[
    Property::required("ConflictDetection", Shape::Any),
    Property::pass("ConflictHandler"),
    Property::optional("LambdaConflictHandlerConfig", Shape::PlainMap).literal(),
];

/// The ids of functions at AWS, by the author's names.
pub(super) type Ids = IndexMap<Str, Expr>;

/// Expands all functions. The last part of the result says whether one of them has no data source.
pub(super) fn expand(
    ctx: &mut Expansion<'_>,
    api: &Api<'_>,
    data_sources: &data_sources::Names,
) -> Result<(Vec<Generated>, Ids, bool)> {
    let mut ids = Ids::new();
    let mut uses_none = false;
    let made = members(ctx, api.properties, "Functions", FUNCTION, |ctx, member| {
        if let Some(id) = member.settings.get("Id").filter(|id| id.is_truthy()) {
            ids.insert(member.name.into(), id.clone());
            return elsewhere(ctx, &member).map(|()| None);
        }
        ids.insert(member.name.into(), Expr::get_att(format!("{}{}", api.id, member.name), "FunctionId"));
        let name = member.name;
        let mut made = Map::from([("ApiId", api.api_id()), ("Name", Expr::from(name))]);
        if member.settings.get("Name").is_some_and(Expr::is_truthy) {
            copy(member.settings, "Name", &mut made);
        }
        if !code::copy_code(ctx, name, member.settings, &mut made)? {
            return Err(ctx.report(
                Diagnostic::error(codes::MISSING_PROPERTY, format!("the function {name} has no code"))
                    .at(member.key_span, "needs InlineCode or CodeUri"),
            ));
        }
        let (source, is_none) = data_source(ctx, api, &member, data_sources)?;
        uses_none |= is_none;
        made.insert("DataSourceName", source);
        copy(member.settings, "MaxBatchSize", &mut made);
        copy(member.settings, "Description", &mut made);
        code::copy_runtime(ctx, name, member.settings, &mut made)?;
        if let Some(sync) = section(ctx, member.settings, "Sync", SYNC)? {
            let given = sync.entries().iter().filter(|e| !e.value.is_null()).cloned();
            let mut config = Map::new();
            config.extend(given);
            made.insert("SyncConfig", config);
        }
        Ok(Some(api.make(ctx, name, "AWS::AppSync::FunctionConfiguration", made)))
    })?;
    Ok((made.into_iter().flatten().collect(), ids, uses_none))
}

/// A function that is defined elsewhere has an id and nothing else.
fn elsewhere(ctx: &mut Expansion<'_>, member: &Member<'_>) -> Result {
    let Some(other) = member.settings.entries().iter().find(|e| &*e.key != "Id" && !e.value.is_null()) else {
        return Ok(());
    };
    let message =
        format!("the function {} has Id, so it is defined elsewhere, and also {}", member.name, other.key);
    Err(ctx.report(
        Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
            .at(other.key_span, "belongs to a definition")
            .label(member.settings.key_span("Id"), "names one that is there already"),
    ))
}

/// The name of a function's data source, and whether it is the one that does nothing.
fn data_source(
    ctx: &mut Expansion<'_>,
    api: &Api<'_>,
    member: &Member<'_>,
    known: &data_sources::Names,
) -> Result<(Expr, bool)> {
    let name = member.name;
    let Some(given) = member.settings.get("DataSource").filter(|source| source.is_truthy()) else {
        return Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, format!("the function {name} has no DataSource"))
                .at(member.key_span, "DataSource is missing here")
                .help("name one of DataSources, or NONE"),
        ));
    };
    let Some(text) = given.as_str() else { return Ok((given.clone(), false)) };
    if text.eq_ignore_ascii_case("none") {
        return Ok((Expr::get_att(data_sources::none_id(api), "Name"), true));
    }
    if let Some(source) = known.get(text) {
        return Ok((source.clone(), false));
    }
    let label = match nearest(text, known.keys().map(|key| &**key)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "not among the DataSources".to_owned(),
    };
    Err(ctx.report(
        Diagnostic::error(
            codes::UNKNOWN_REFERENCE,
            format!("the function {name} asks the data source `{text}`, which {} does not have", api.id),
        )
        .at(given.span, label)
        .help("one from elsewhere is named by an intrinsic function, such as `!GetAtt Source.Name`"),
    ))
}
