//! `AWS::Serverless::Connector`, and the `Connectors` attribute of any resource: what one resource
//! needs to use another, by the types of both.

mod ends;
mod profile;

use samc_base::{Diagnostic, LogicalId, Reported, codes};
use samc_data::connectors;
use samc_ir::{Expr, Map, Origin, Resource};

use self::ends::{End, Side};
use super::expansion::{Expansion, Result};
use super::generated::{Generated, main_attributes};
use super::intrinsics::as_keys;
use super::properties::{Property, Shape, check};
use crate::template::expr_from_json;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::Connector";

const PROPERTIES: &[Property] = &[
    Property::required("Source", Shape::Map),
    Property::required("Destination", Shape::OneOf(&[Shape::Map, Shape::ListOf(&Shape::Map)])),
    Property::required("Permissions", Shape::ListOf(&Shape::Text)),
];

/// Turns the `Connectors` attribute of every resource into connectors of their own, named by the
/// resource and the key.
pub(crate) fn take_embedded(ctx: &mut Expansion<'_>) -> Result {
    let mut found: Vec<(LogicalId, Origin, Expr)> = Vec::new();
    for (id, resource) in ctx.source.iter_mut().chain(ctx.output.iter_mut()) {
        if let Some(connectors) = resource.attributes.remove("Connectors") {
            found.push((id.clone(), resource.origin.clone(), connectors));
        }
    }
    let mut result = Ok(());
    for (id, origin, connectors) in found {
        let path = format!("{}.Connectors", origin.path);
        let taken = ctx.within(Origin { path, ..origin }, |ctx| take_from(ctx, &id, &connectors));
        result = result.and(taken);
    }
    result
}

fn take_from(ctx: &mut Expansion<'_>, source: &LogicalId, connectors: &Expr) -> Result {
    let Some(map) = connectors.as_map() else {
        return Err(not_a_map(ctx, connectors, "Connectors", connectors.span));
    };
    let mut result = Ok(());
    for entry in map.entries() {
        let id = format!("{source}{}", entry.key);
        let origin = Origin {
            source: Some(id.as_str().into()),
            key_span: entry.key_span,
            span: entry.key_span.zip(entry.value.span).map(|(key, value)| key.to(value)),
            path: format!("{}.{}", ctx.current.path, entry.key),
            ..Origin::default()
        };
        let made = ctx.within(origin.clone(), |ctx| embedded(ctx, source, &entry.key, &entry.value, origin));
        match made {
            Ok(resource) => {
                if ctx.source_types.contains_key(id.as_str()) {
                    result = Err(ctx.report(
                        Diagnostic::error(
                            codes::LOGICAL_ID_TAKEN,
                            format!(
                                "the connector {} of {source} is named `{id}`, as another resource is",
                                entry.key
                            ),
                        )
                        .at(entry.key_span, "choose another key"),
                    ));
                    continue;
                }
                ctx.source_types.insert(id.as_str().into(), TYPE.into());
                ctx.source.insert(id.into(), resource);
            }
            Err(reported) => result = Err(reported),
        }
    }
    result
}

/// Connectors of members of `Resources` without a type: there is nothing to tell what they need.
pub(crate) fn check_untyped(ctx: &mut Expansion<'_>, untyped: &Map) {
    for member in untyped.entries().iter().filter(|e| !e.key.starts_with("Fn::")) {
        let connectors = member.value.as_map().and_then(|m| m.get("Connectors")).and_then(Expr::as_map);
        for entry in connectors.into_iter().flat_map(Map::entries) {
            ctx.report(
                Diagnostic::error(
                    codes::CONNECTOR_END,
                    format!("the source of this connector, {}, has no Type", member.key),
                )
                .at(entry.key_span, "between what cannot be told")
                .label(member.key_span, "Type is missing here")
                .resource(format!("{}{}", member.key, entry.key))
                .path(format!("Resources.{}.Connectors.{}", member.key, entry.key)),
            );
        }
    }
}

/// A connector whose source is the resource it is embedded in.
fn embedded(
    ctx: &mut Expansion<'_>,
    source: &LogicalId,
    key: &str,
    value: &Expr,
    origin: Origin,
) -> Result<Resource> {
    let Some(map) = value.as_map() else {
        return Err(not_a_map(ctx, value, "a connector", value.span));
    };
    let Some(properties) = map.get("Properties").and_then(Expr::as_map) else {
        let given = map.get("Properties");
        let at = given.and_then(|p| p.span).or(origin.key_span);
        return Err(ctx.report(
            Diagnostic::error(
                codes::MISSING_PROPERTY,
                "a connector needs Properties: Destination and Permissions",
            )
            .at(at, if given.is_some() { "not a mapping of properties" } else { "has no Properties" })
            .resource(source.as_str()),
        ));
    };
    let mut properties = properties.clone();
    let mut end = Map::from([("Id", Expr::from(source))]);
    if let Some(reference) = properties.remove("SourceReference") {
        let Some(reference_map) = reference.as_map() else {
            let message = format!("SourceReference is {}, and must be a mapping", reference.kind_name());
            return Err(ctx.report(
                Diagnostic::error(codes::WRONG_TYPE, message)
                    .at(reference.span, "not a mapping")
                    .resource(source.as_str()),
            ));
        };
        if reference_map.contains_key("Id") {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::EXCLUSIVE_PROPERTIES,
                    format!("SourceReference of {key} cannot have Id: the source is {source}"),
                )
                .at(reference_map.key_span("Id"), "take this out"),
            ));
        }
        end.extend(reference_map.entries().iter().cloned());
    }
    properties.insert("Source", end);
    let mut resource = Resource::new(TYPE, properties, origin);
    for entry in map.entries().iter().filter(|e| !matches!(&*e.key, "Type" | "Properties")) {
        resource.attributes.insert_spanned(entry.key.clone(), entry.key_span, entry.value.clone());
    }
    Ok(resource)
}

fn not_a_map(ctx: &mut Expansion<'_>, value: &Expr, what: &str, at: Option<samc_base::Span>) -> Reported {
    ctx.report(
        Diagnostic::error(
            codes::WRONG_TYPE,
            format!("{what} is {}, and must be a mapping", value.kind_name()),
        )
        .at(at, "not a mapping"),
    )
}

/// Expands a connector.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    check(ctx, properties, PROPERTIES, TYPE)?;
    let connection = Connection {
        id,
        attributes: &main_attributes(source),
        depends_on: source.attributes.get("DependsOn"),
        permissions: properties.get("Permissions").and_then(Expr::as_list).unwrap_or_default(),
        permissions_span: properties.get("Permissions").and_then(|p| p.span),
    };
    let from = properties.get("Source").cloned().unwrap_or_else(Expr::null);
    let to = properties.get("Destination").cloned().unwrap_or_else(Expr::null);
    let generated = generate(ctx, &connection, &from, &to)?;
    let ids = generated.iter().map(|g| g.id.clone()).collect();
    ctx.references.replace_dependency(id.clone(), ids);
    Ok(generated)
}

/// What a connector says beside its two ends.
pub(crate) struct Connection<'a> {
    /// Its logical id, which the names of what is made begin with.
    pub(crate) id: &'a str,
    /// Attributes that what is made gets.
    pub(crate) attributes: &'a Map,
    /// `DependsOn`.
    pub(crate) depends_on: Option<&'a Expr>,
    /// `Read` and `Write`.
    pub(crate) permissions: &'a [Expr],
    /// Where the permissions are written.
    pub(crate) permissions_span: Option<samc_base::Span>,
}

/// The policies and permissions of a connection to one destination, or to each of a list.
pub(crate) fn generate(
    ctx: &mut Expansion<'_>,
    connection: &Connection<'_>,
    source: &Expr,
    destination: &Expr,
) -> Result<Vec<Generated>> {
    let (destinations, several) = match destination.as_list() {
        Some(list) => (list, true),
        None => (std::slice::from_ref(destination), false),
    };
    if destinations.is_empty() {
        return Err(ctx.report(
            Diagnostic::error(codes::MISSING_PROPERTY, "Destination of the connector is an empty list")
                .at(destination.span, "names nothing"),
        ));
    }
    let empty = Map::new();
    let from = source.as_map().unwrap_or(&empty);
    let mut generated = Vec::new();
    for (index, destination) in destinations.iter().enumerate() {
        let to = destination.as_map().unwrap_or(&empty);
        let to_end = ends::resolve(ctx, to, from, Side::Destination, destination.span)?;
        let from_end = ends::resolve(ctx, from, to, Side::Source, source.span)?;
        let suffix = if several { format!("Destination{index}") } else { String::new() };
        let mut made = connect(ctx, connection, &from_end, &to_end, &suffix)?;
        for one in &mut made {
            add_metadata(ctx, connection.id, &from_end, &to_end, one);
        }
        generated.extend(made);
    }
    Ok(generated)
}

fn connect(
    ctx: &mut Expansion<'_>,
    connection: &Connection<'_>,
    source: &End,
    destination: &End,
    suffix: &str,
) -> Result<Vec<Generated>> {
    let Some(json) = connectors::profile(&source.resource_type, &destination.resource_type) else {
        let known: Vec<_> = connectors::destinations(&source.resource_type).collect();
        let help = match known.as_slice() {
            [] => format!("no connector starts at {}; write the policy out", source.resource_type),
            _ => format!("from {} there are connectors to {}", source.resource_type, known.join(", ")),
        };
        return Err(ctx.report(
            Diagnostic::error(
                codes::UNSUPPORTED_CONNECTOR,
                format!(
                    "SAM has no connector from {} to {}",
                    source.resource_type, destination.resource_type
                ),
            )
            .help(help),
        ));
    };
    let whole = expr_from_json(json);
    let kind =
        whole.as_map().and_then(|p| p.get("Type")).and_then(Expr::as_str).unwrap_or_default().to_owned();
    let template = whole.as_map().and_then(|p| p.get("Properties")).cloned().unwrap_or_else(Expr::null);
    let permissions = check_permissions(ctx, connection, &template, source, destination)?;
    let filled = profile::fill(ctx, &template, source, destination)?;
    let empty = Map::new();
    let filled = filled.as_map().unwrap_or(&empty);
    let categories = filled.get("AccessCategories").and_then(Expr::as_map).unwrap_or(&empty);
    let (owner, side) = match filled.get("SourcePolicy").and_then(Expr::as_bool) {
        Some(true) => (source, "Source"),
        _ => (destination, "Destination"),
    };
    let id = connection.id;
    let build = |ctx: &Expansion<'_>, id: String, resource_type: &str, properties: Map| {
        Generated::new(id, resource_type, properties, ctx.current.clone())
            .depends_on(connection.depends_on.cloned())
            .attributes(connection.attributes)
    };
    Ok(match kind.as_str() {
        "AWS_IAM_ROLE_MANAGED_POLICY" => {
            let Some(role) = owner.role_name.clone().filter(Expr::is_truthy) else {
                return Err(no_value(ctx, "the name of a role", side));
            };
            let properties = Map::from([
                ("PolicyDocument", document(categories, &permissions)),
                ("Roles", Expr::from([role])),
            ]);
            let policy = build(ctx, format!("{id}Policy{suffix}"), "AWS::IAM::ManagedPolicy", properties);
            depend_on_policy(ctx, filled, source, destination, &policy.id);
            vec![policy]
        }
        "AWS_SQS_QUEUE_POLICY" => {
            let Some(url) = owner.queue_url.clone().filter(Expr::is_truthy) else {
                return Err(no_value(ctx, "the URL of a queue", side));
            };
            let properties = Map::from([
                ("PolicyDocument", document(categories, &permissions)),
                ("Queues", Expr::from([url])),
            ]);
            vec![build(ctx, format!("{id}QueuePolicy{suffix}"), "AWS::SQS::QueuePolicy", properties)]
        }
        "AWS_SNS_TOPIC_POLICY" => {
            let Some(arn) = owner.arn.clone().filter(Expr::is_truthy) else {
                return Err(no_value(ctx, "the ARN of a topic", side));
            };
            let properties = Map::from([
                ("PolicyDocument", document(categories, &permissions)),
                ("Topics", Expr::from([arn])),
            ]);
            vec![build(ctx, format!("{id}TopicPolicy{suffix}"), "AWS::SNS::TopicPolicy", properties)]
        }
        _ => {
            let Some(arn) = owner.arn.clone().filter(Expr::is_truthy) else {
                return Err(no_value(ctx, "the ARN of a function", side));
            };
            let chosen = categories.iter().filter(|(name, _)| permissions.iter().any(|p| *p == ***name));
            chosen
                .map(|(name, category)| {
                    let part = |key: &str| category.as_map().and_then(|c| c.get(key)).cloned();
                    let mut properties = Map::new();
                    for (key, value) in [
                        ("Action", part("Action")),
                        ("FunctionName", Some(arn.clone())),
                        ("Principal", part("Principal")),
                        ("SourceArn", part("SourceArn")),
                        ("SourceAccount", part("SourceAccount")),
                    ] {
                        if let Some(value) = value.filter(|v| !v.is_null()) {
                            properties.insert(key, value);
                        }
                    }
                    let id = format!("{id}{name}LambdaPermission{suffix}");
                    build(ctx, id, "AWS::Lambda::Permission", properties)
                })
                .collect()
        }
    })
}

/// The permissions without repetition, after the check against what the profile has.
fn check_permissions(
    ctx: &mut Expansion<'_>,
    connection: &Connection<'_>,
    profile: &Expr,
    source: &End,
    destination: &End,
) -> Result<Vec<String>> {
    let empty = Map::new();
    let profile = profile.as_map().unwrap_or(&empty);
    let categories = profile.get("AccessCategories").and_then(Expr::as_map).unwrap_or(&empty);
    let names: Vec<&str> = categories.keys().map(|k| &**k).collect();
    let mut wanted: Vec<String> = Vec::new();
    for permission in connection.permissions {
        let name = permission.as_str().unwrap_or_default();
        if !names.contains(&name) {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    format!(
                        "a connector from {} to {} has no permission `{name}`",
                        source.resource_type, destination.resource_type
                    ),
                )
                .at(permission.span, format!("{} only", names.join(" or "))),
            ));
        }
        if !wanted.iter().any(|w| w == name) {
            wanted.push(name.to_owned());
        }
    }
    let refuse = |ctx: &mut Expansion<'_>, message: String| {
        Err(ctx.report(
            Diagnostic::error(codes::INVALID_VALUE, message)
                .at(connection.permissions_span, "not enough")
                .path(format!("{}.Permissions", ctx.current.path)),
        ))
    };
    if wanted.is_empty() {
        return refuse(
            ctx,
            format!("Permissions of the connector are empty; there are {}", names.join(" and ")),
        );
    }
    if let Some(valid) = profile.get("ValidAccessCategories").and_then(Expr::as_list) {
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        let texts = |e: &Expr| -> Vec<String> {
            e.as_list().unwrap_or_default().iter().filter_map(|p| p.as_str().map(str::to_owned)).collect()
        };
        if !valid.iter().any(|v| sorted(&texts(v)) == sorted(&wanted)) {
            let all: Vec<_> = valid.iter().map(|v| texts(v).join(" with ")).collect();
            return refuse(
                ctx,
                format!(
                    "a connector from {} to {} needs the permissions {}",
                    source.resource_type,
                    destination.resource_type,
                    all.join(", or ")
                ),
            );
        }
    }
    Ok(wanted)
}

/// The statements of the wanted categories, in the order of the profile.
fn document(categories: &Map, permissions: &[String]) -> Expr {
    let mut statements = Vec::new();
    for (name, category) in categories.iter() {
        if permissions.iter().any(|p| **p == **name)
            && let Some(list) = category.as_map().and_then(|c| c.get("Statement")).and_then(Expr::as_list)
        {
            statements.extend(list.iter().cloned());
        }
    }
    Expr::from([("Version", Expr::from("2012-10-17")), ("Statement", statements.into())])
}

fn no_value(ctx: &mut Expansion<'_>, what: &str, side: &str) -> Reported {
    ctx.report(
        Diagnostic::error(codes::CONNECTOR_END, format!("{side} of the connector does not tell {what}"))
            .help("name a resource of this template by Id, or give the value yourself"),
    )
}

/// Some resources work only once the policy is there: they wait for it.
fn depend_on_policy(
    ctx: &mut Expansion<'_>,
    profile: &Map,
    source: &End,
    destination: &End,
    policy: &LogicalId,
) {
    let waiting = match profile.get("DependedBy").and_then(Expr::as_str) {
        Some("SOURCE") => source.id.clone(),
        Some("DESTINATION_EVENT_SOURCE_MAPPING") => ends::only_mapping(ctx, source, destination),
        _ => None,
    };
    let Some(resource) = waiting.and_then(|id| ctx.output.get_mut(&id)) else { return };
    let mut list = match resource.attributes.get("DependsOn") {
        None => Vec::new(),
        Some(one) => one.as_list().map_or_else(|| vec![one.clone()], <[Expr]>::to_vec),
    };
    let policy = Expr::from(policy);
    if !list.contains(&policy) {
        list.push(policy);
    }
    resource.attributes.insert("DependsOn", list);
}

/// Notes on what is made which connector made it, with the types as the author wrote them.
fn add_metadata(ctx: &Expansion<'_>, id: &str, source: &End, destination: &End, made: &mut Generated) {
    let written = |end: &End| {
        let original = end.id.as_ref().and_then(|id| ctx.source_types.get(id)).map(|t| t.shared());
        Expr::from([("Type", Expr::from(original.unwrap_or_else(|| end.resource_type.as_str().into())))])
    };
    let note = Expr::from([("Source", written(source)), ("Destination", written(destination))]);
    let connectors = Expr::from([(id, note)]);
    let metadata = made.resource.attributes.get_or_insert_with("Metadata", || Map::new().into());
    if let Some(mut keys) = as_keys(metadata).map(std::borrow::Cow::into_owned) {
        keys.insert("aws:sam:connectors", connectors);
        *metadata = keys.into();
    }
}
