//! `DataSources` of a GraphQL API: tables and functions that answer queries.

use indexmap::IndexMap;
use samc_ir::{Expr, Map, Str};

use super::Api;
use super::members::{Member, members};
use crate::sam::connector;
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::properties::{Property, Shape, check, section};

const KINDS: &[Property] = &[
    Property::optional("DynamoDb", Shape::PlainMap).literal(),
    Property::optional("Lambda", Shape::PlainMap).literal(),
];

const DYNAMODB: &[Property] = &[
    Property::required("TableName", Shape::Any),
    Property::pass("ServiceRoleArn"),
    Property::pass("TableArn"),
    Property::optional("Permissions", Shape::ListOf(&Shape::Enum(&["Read", "Write"]))).literal(),
    Property::pass("Name"),
    Property::pass("Description"),
    Property::pass("Region"),
    Property::optional("DeltaSync", Shape::PlainMap).literal(),
    Property::pass("UseCallerCredentials"),
    Property::pass("Versioned"),
];

const DELTA_SYNC: &[Property] = &[
    Property::required("BaseTableTTL", Shape::Any),
    Property::required("DeltaSyncTableName", Shape::Any),
    Property::required("DeltaSyncTableTTL", Shape::Any),
];

const LAMBDA: &[Property] = &[
    Property::required("FunctionArn", Shape::Any),
    Property::pass("ServiceRoleArn"),
    Property::pass("Name"),
    Property::pass("Description"),
];

const TYPE: &str = "AWS::AppSync::DataSource";

/// The names of data sources at AWS, by the author's names.
pub(super) type Names = IndexMap<Str, Expr>;

/// Expands all data sources.
pub(super) fn expand(ctx: &mut Expansion<'_>, api: &Api<'_>) -> Result<(Vec<Generated>, Names)> {
    let mut names = Names::new();
    let Some(kinds) = api.properties.get("DataSources").and_then(Expr::as_map) else {
        return Ok((Vec::new(), names));
    };
    check(ctx, kinds, KINDS, "DataSources")?;
    let tables = members(ctx, kinds, "DynamoDb", DYNAMODB, |ctx, member| {
        let id = format!("{}DynamoDBDataSource", member.name);
        names.insert(member.name.into(), Expr::get_att(format!("{}{id}", api.id), "Name"));
        table(ctx, api, &member, &id)
    });
    let functions = members(ctx, kinds, "Lambda", LAMBDA, |ctx, member| {
        let id = format!("{}LambdaDataSource", member.name);
        names.insert(member.name.into(), Expr::get_att(format!("{}{id}", api.id), "Name"));
        function(ctx, api, &member, &id)
    });
    let mut generated: Vec<Generated> = tables?.into_iter().flatten().collect();
    generated.extend(functions?.into_iter().flatten());
    Ok((generated, names))
}

/// The data source of functions that need none.
pub(super) fn none(ctx: &Expansion<'_>, api: &Api<'_>) -> Generated {
    let made = Map::from([
        ("ApiId", api.api_id()),
        ("Name", Expr::from(none_id(api))),
        ("Type", Expr::from("NONE")),
    ]);
    api.make(ctx, "NoneDataSource", TYPE, made)
}

/// The logical id of [`none`].
pub(super) fn none_id(api: &Api<'_>) -> String {
    format!("{}NoneDataSource", api.id)
}

/// What both kinds have.
fn common(api: &Api<'_>, member: &Member<'_>, kind: &str) -> Map {
    let mut made = Map::from([("Name", Expr::from(member.name))]);
    if member.settings.get("Name").is_some_and(Expr::is_truthy) {
        copy(member.settings, "Name", &mut made);
    }
    made.insert("Type", kind);
    made.insert("ApiId", api.api_id());
    copy(member.settings, "Description", &mut made);
    made
}

fn table(ctx: &mut Expansion<'_>, api: &Api<'_>, member: &Member<'_>, id: &str) -> Result<Vec<Generated>> {
    let set = |name: &str| member.settings.get(name).filter(|value| value.is_truthy()).cloned();
    let region = set("Region").unwrap_or_else(|| Expr::reference("AWS::Region"));
    let name = member.settings.get("TableName").cloned().unwrap_or_else(Expr::null);
    let mut config = Map::from([("AwsRegion", region.clone()), ("TableName", name.clone())]);
    for key in ["UseCallerCredentials", "Versioned"] {
        if let Some(value) = set(key) {
            config.insert(key, value);
        }
    }
    if let Some(sync) = section(ctx, member.settings, "DeltaSync", DELTA_SYNC)? {
        config.insert("DeltaSyncConfig", sync.clone());
    }
    let mut made = common(api, member, "AMAZON_DYNAMODB");
    made.insert("DynamoDBConfig", config);
    let arn = set("TableArn").unwrap_or_else(|| {
        Expr::sub_with(
            "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}",
            Map::from([("__TableName__", name), ("__Region__", region)]),
        )
    });
    let permissions = set("Permissions").and_then(|p| p.as_list().map(<[Expr]>::to_vec));
    let permissions = permissions.unwrap_or_else(|| vec!["Read".into(), "Write".into()]);
    let destination = ("AWS::DynamoDB::Table", arn, "ToTableConnector");
    finish(ctx, api, member, id, made, destination, &permissions)
}

fn function(ctx: &mut Expansion<'_>, api: &Api<'_>, member: &Member<'_>, id: &str) -> Result<Vec<Generated>> {
    let arn = member.settings.get("FunctionArn").cloned().unwrap_or_else(Expr::null);
    let mut made = common(api, member, "AWS_LAMBDA");
    made.insert("LambdaConfig", Map::from([("LambdaFunctionArn", arn.clone())]));
    let destination = ("AWS::Lambda::Function", arn, "ToLambdaConnector");
    finish(ctx, api, member, id, made, destination, &["Write".into()])
}

/// Gives a data source its role: the author's, or a new one with a connector to the destination
/// (type, ARN, and the end of the connector's id).
fn finish(
    ctx: &mut Expansion<'_>,
    api: &Api<'_>,
    member: &Member<'_>,
    id: &str,
    mut made: Map,
    (kind, arn, suffix): (&str, Expr, &str),
    permissions: &[Expr],
) -> Result<Vec<Generated>> {
    if member.settings.get("ServiceRoleArn").is_some_and(Expr::is_truthy) {
        copy(member.settings, "ServiceRoleArn", &mut made);
        return Ok(vec![api.make(ctx, id, TYPE, made)]);
    }
    let role = api.role(ctx, &format!("{id}Role"));
    made.insert("ServiceRoleArn", Expr::get_att(&role.id, "Arn"));
    let data_source = api.make(ctx, id, TYPE, made);
    let source = Map::from([
        ("Type", Expr::from(TYPE)),
        ("Arn", Expr::get_att(&data_source.id, "DataSourceArn")),
        ("RoleName", Expr::reference(&role.id)),
    ]);
    let destination = Map::from([("Type", Expr::from(kind)), ("Arn", arn)]);
    let connection = connector::Connection {
        id: &format!("{}{suffix}", data_source.id),
        attributes: &Map::new(),
        depends_on: None,
        permissions,
        permissions_span: member.settings.get("Permissions").and_then(|p| p.span),
    };
    let mut generated = vec![data_source, role];
    generated.extend(connector::generate(ctx, &connection, &source.into(), &destination.into())?);
    Ok(generated)
}
