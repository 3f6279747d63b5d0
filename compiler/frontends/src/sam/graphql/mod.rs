//! `AWS::Serverless::GraphQLApi`: GraphQL APIs of AppSync.

mod auth;
mod code;
mod data_sources;
mod functions;
mod members;
mod resolvers;

use samc_base::{Diagnostic, LogicalId, codes, nearest};
use samc_ir::{Expr, Map, Resource};

use self::members::{Member, members};
use super::expansion::{Expansion, Result};
use super::generated::{Generated, copy, copy_as, main_attributes};
use super::intrinsics::as_keys;
use super::policy_documents::assume_role;
use super::properties::{Property, Shape, check, section};
use super::tags::tag_list;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::GraphQLApi";

/// The service that assumes the roles made here.
const SERVICE: &str = "appsync.amazonaws.com";

/// Source: model of the resource in aws-sam-translator 1.115.0.
const PROPERTIES: &[Property] = &[
    Property::pass("Name"),
    Property::optional("Tags", Shape::Map),
    Property::optional("XrayEnabled", Shape::Bool).literal(),
    Property::required("Auth", Shape::PlainMap).literal(),
    Property::optional("SchemaInline", Shape::Text).literal(),
    Property::optional("SchemaUri", Shape::Text).literal(),
    Property::optional("Logging", Shape::OneOf(&[Shape::PlainMap, Shape::Bool])).literal(),
    Property::optional("DataSources", Shape::PlainMap).literal(),
    Property::optional("Functions", Shape::PlainMap).literal(),
    Property::optional("Resolvers", Shape::PlainMap).literal(),
    Property::optional("ApiKeys", Shape::PlainMap).literal(),
    Property::optional("DomainName", Shape::PlainMap).literal(),
    Property::optional("Cache", Shape::PlainMap).literal(),
    Property::pass("Visibility"),
    Property::pass("OwnerContact"),
    Property::pass("IntrospectionConfig"),
    Property::pass("QueryDepthLimit"),
    Property::pass("ResolverCountLimit"),
];

const LOGGING: &[Property] = &[
    Property::pass("CloudWatchLogsRoleArn"),
    Property::pass("ExcludeVerboseContent"),
    Property::pass("FieldLogLevel"),
];

const API_KEY: &[Property] =
    &[Property::pass("ApiKeyId"), Property::pass("Description"), Property::pass("ExpiresOn")];

const DOMAIN_NAME: &[Property] = &[
    Property::required("CertificateArn", Shape::Any),
    Property::required("DomainName", Shape::Any),
    Property::pass("Description"),
];

const CACHE: &[Property] = &[
    Property::required("ApiCachingBehavior", Shape::Any),
    Property::required("Ttl", Shape::Any),
    Property::required("Type", Shape::Any),
    Property::pass("AtRestEncryptionEnabled"),
    Property::pass("TransitEncryptionEnabled"),
];

/// One API while it is expanded.
struct Api<'a> {
    id: &'a LogicalId,
    properties: &'a Map,
    attributes: Map,
    depends_on: Option<Expr>,
}

/// The properties without those that there are not, if there are such. The transform does not mind
/// them on this one type, so that a stack may have been deployed with some.
fn without_unknown(ctx: &mut Expansion<'_>, properties: &Map) -> Option<Map> {
    let is_known = |key: &str| PROPERTIES.iter().any(|p| p.is(key));
    for entry in properties.entries().iter().filter(|e| !is_known(&e.key)) {
        let message = format!("`{}` is not a property of {TYPE}, and SAM drops it", entry.key);
        let label = match nearest(&entry.key, PROPERTIES.iter().map(Property::name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "has no effect".to_owned(),
        };
        let path = format!("{}.{}", ctx.current.path, entry.key);
        ctx.warn(
            Diagnostic::warning(codes::IGNORED_ATTRIBUTE, message)
                .at(entry.key_span, label)
                .help("take it out, or correct its name")
                .path(path),
        );
    }
    if properties.keys().all(|key| is_known(key)) {
        return None;
    }
    let mut known = properties.clone();
    known.retain(|key, _| is_known(key));
    Some(known)
}

/// Expands an API.
pub(crate) fn expand(ctx: &mut Expansion<'_>, id: &LogicalId, source: &Resource) -> Result<Vec<Generated>> {
    let empty = Map::new();
    let properties = source.properties_map().unwrap_or(&empty);
    let known = without_unknown(ctx, properties);
    let properties = known.as_ref().unwrap_or(properties);
    check(ctx, properties, PROPERTIES, TYPE)?;
    let api = Api {
        id,
        properties,
        attributes: main_attributes(source),
        depends_on: source.attributes.get("DependsOn").cloned(),
    };
    // The parts do not depend on one another's faults, so each is looked at before any failure counts.
    let main = api.main(ctx);
    let schema = api.schema(ctx);
    let keys = api.keys(ctx);
    let cache = api.cache(ctx);
    let sources = data_sources::expand(ctx, &api);
    let domain = api.domain(ctx);
    let (sources, names) = sources?;
    let functions = functions::expand(ctx, &api, &names);
    let (functions, ids, uses_none) = functions?;
    let resolvers = resolvers::expand(ctx, &api, &ids);
    let (main, rest) = main?;
    let mut generated = vec![main, schema?];
    generated.extend(rest);
    generated.extend(keys?);
    generated.extend(cache?);
    generated.extend(sources);
    generated.extend(domain?);
    generated.extend(functions);
    generated.extend(resolvers?);
    generated.extend(uses_none.then(|| data_sources::none(ctx, &api)));
    Ok(generated)
}

impl Api<'_> {
    /// A resource of the API: its id is that of the API with `suffix`.
    fn make(&self, ctx: &Expansion<'_>, suffix: &str, resource_type: &str, properties: Map) -> Generated {
        Generated::new(format!("{}{suffix}", self.id), resource_type, properties, ctx.current.clone())
            .depends_on(self.depends_on.clone())
            .attributes(&self.attributes)
    }

    /// The id of the API at AWS.
    fn api_id(&self) -> Expr {
        Expr::get_att(self.id, "ApiId")
    }

    /// A role that AppSync assumes.
    fn role(&self, ctx: &Expansion<'_>, suffix: &str) -> Generated {
        let properties = Map::from([("AssumeRolePolicyDocument", assume_role(SERVICE))]);
        self.make(ctx, suffix, "AWS::IAM::Role", properties)
    }

    /// The API itself, then what its authorizers and its logging need.
    fn main(&self, ctx: &mut Expansion<'_>) -> Result<(Generated, Vec<Generated>)> {
        let mut made = Map::new();
        let name = self.properties.get("Name").filter(|name| name.is_truthy());
        match name {
            Some(_) => copy(self.properties, "Name", &mut made),
            None => drop(made.insert("Name", self.id.shared())),
        }
        copy(self.properties, "XrayEnabled", &mut made);
        for name in
            ["Visibility", "OwnerContact", "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit"]
        {
            if self.properties.get(name).is_some_and(Expr::is_truthy) {
                copy(self.properties, name, &mut made);
            }
        }
        let mut rest = auth::configure(ctx, self, &mut made)?;
        let mut tags = self.properties.get("Tags").and_then(as_keys).unwrap_or_default().into_owned();
        tags.insert("graphqlapi:createdBy", "SAM");
        made.insert("Tags", tag_list(&tags));
        if self.properties.get("Logging").and_then(Expr::as_bool) != Some(false) {
            rest.extend(self.logging(ctx, &mut made)?);
        }
        Ok((self.make(ctx, "", "AWS::AppSync::GraphQLApi", made), rest))
    }

    /// Sets the configuration of logs; gives the role for them where the author names none.
    fn logging(&self, ctx: &mut Expansion<'_>, made: &mut Map) -> Result<Option<Generated>> {
        let empty = Map::new();
        let given = match self.properties.get("Logging").and_then(Expr::as_map) {
            Some(_) => section(ctx, self.properties, "Logging", LOGGING)?.unwrap_or(&empty),
            None => &empty,
        };
        let set = |name: &str| given.get(name).filter(|value| value.is_truthy()).cloned();
        let mut config = Map::new();
        if let Some(exclude) = set("ExcludeVerboseContent") {
            config.insert("ExcludeVerboseContent", exclude);
        }
        config.insert("FieldLogLevel", set("FieldLogLevel").unwrap_or_else(|| "ALL".into()));
        let given_role = set("CloudWatchLogsRoleArn");
        let role = given_role.is_none().then(|| {
            let mut role = self.role(ctx, "CloudWatchRole");
            let arn = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs";
            role.properties().insert("ManagedPolicyArns", vec![Expr::sub(arn)]);
            role
        });
        let arn = match (given_role, &role) {
            (Some(arn), _) => arn,
            (None, Some(role)) => Expr::get_att(&role.id, "Arn"),
            (None, None) => Expr::null(),
        };
        config.insert("CloudWatchLogsRoleArn", arn);
        made.insert("LogConfig", config);
        Ok(role)
    }

    fn schema(&self, ctx: &mut Expansion<'_>) -> Result<Generated> {
        let set = |name: &str| self.properties.get(name).filter(|value| value.is_truthy());
        let mut made = Map::from([("ApiId", self.api_id())]);
        match (set("SchemaInline"), set("SchemaUri")) {
            (Some(_), Some(_)) => {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::EXCLUSIVE_PROPERTIES,
                        format!("{} has both SchemaInline and SchemaUri", self.id),
                    )
                    .at(self.properties.key_span("SchemaUri"), "one of the two")
                    .label(self.properties.key_span("SchemaInline"), "and the other"),
                ));
            }
            (Some(_), None) => copy_as(self.properties, "SchemaInline", &mut made, "Definition"),
            (None, Some(uri)) => drop(made.insert("DefinitionS3Location", code::location(uri))),
            (None, None) => {
                return Err(ctx.report(
                    Diagnostic::error(codes::MISSING_PROPERTY, format!("{} has no schema", self.id))
                        .at(ctx.current.key_span, "needs SchemaInline or SchemaUri"),
                ));
            }
        }
        Ok(self.make(ctx, "Schema", "AWS::AppSync::GraphQLSchema", made))
    }

    fn keys(&self, ctx: &mut Expansion<'_>) -> Result<Vec<Generated>> {
        members(ctx, self.properties, "ApiKeys", API_KEY, |ctx, Member { name, settings, .. }| {
            let mut made = Map::from([("ApiId", self.api_id())]);
            copy(settings, "ApiKeyId", &mut made);
            copy(settings, "Description", &mut made);
            copy_as(settings, "ExpiresOn", &mut made, "Expires");
            Ok(self.make(ctx, name, "AWS::AppSync::ApiKey", made))
        })
    }

    fn cache(&self, ctx: &mut Expansion<'_>) -> Result<Option<Generated>> {
        let Some(cache) = section(ctx, self.properties, "Cache", CACHE)? else { return Ok(None) };
        let mut made = Map::from([("ApiId", self.api_id())]);
        for name in
            ["ApiCachingBehavior", "Type", "Ttl", "AtRestEncryptionEnabled", "TransitEncryptionEnabled"]
        {
            copy(cache, name, &mut made);
        }
        Ok(Some(self.make(ctx, "ApiCache", "AWS::AppSync::ApiCache", made)))
    }

    fn domain(&self, ctx: &mut Expansion<'_>) -> Result<Vec<Generated>> {
        let Some(domain) = section(ctx, self.properties, "DomainName", DOMAIN_NAME)? else {
            return Ok(Vec::new());
        };
        let mut made = Map::new();
        for name in ["CertificateArn", "DomainName", "Description"] {
            copy(domain, name, &mut made);
        }
        let name = self.make(ctx, "DomainName", "AWS::AppSync::DomainName", made);
        let association = Map::from([("ApiId", self.api_id()), ("DomainName", Expr::reference(&name.id))]);
        let kind = "AWS::AppSync::DomainNameApiAssociation";
        Ok(vec![name, self.make(ctx, "DomainNameApiAssociation", kind, association)])
    }
}
