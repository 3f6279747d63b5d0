//! Tags, from SAM's mapping to CloudFormation's list.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map, Resource};

use super::expansion::{Expansion, Result};
use super::generated::Generated;
use super::intrinsics::as_keys;
use super::model::SAM_PREFIX;

/// Tag keys that SAM and the Serverless Application Repository keep for themselves.
const RESERVED: [&str; 3] =
    ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/// A list of key and value for each tag; a tag without a value gets empty text.
pub(crate) fn tag_list(tags: &Map) -> Vec<Expr> {
    tags.entries()
        .iter()
        .map(|e| {
            let value = if e.value.is_null() { Expr::from("") } else { e.value.clone() };
            Expr::from([("Key", Expr::from(&e.key).with_span(e.key_span)), ("Value", value)])
        })
        .collect()
}

/// The list of tags with `created_by: SAM` in front, after the check that no reserved key is set.
pub(crate) fn created_by_sam(ctx: &mut Expansion<'_>, created_by: &str, tags: Option<&Expr>) -> Result<Expr> {
    let tags = tags.and_then(as_keys).unwrap_or_default();
    check_reserved(ctx, &tags, created_by)?;
    let mut list = vec![Expr::from([("Key", created_by), ("Value", "SAM")])];
    list.extend(tag_list(&tags));
    Ok(list.into())
}

/// Tags of a construct whose own tag comes last: those of the main resource and of its role, which
/// gets the author's tags only where `propagate` says so.
pub(crate) fn created_by_last(tags: Option<&Map>, propagate: Option<&Expr>) -> (Vec<Expr>, Vec<Expr>) {
    let created = || ("lambda:createdBy", Expr::from("SAM"));
    let mut main = tags.cloned().unwrap_or_default();
    main.insert(created().0, created().1);
    let mut role = Map::from([created()]);
    if let Some(tags) = tags.filter(|_| propagate.is_some_and(Expr::is_truthy)) {
        for map in [&mut main, &mut role] {
            map.extend(tags.entries().iter().cloned());
        }
    }
    (tag_list(&main), tag_list(&role))
}

/// Reports a reserved tag key.
pub(crate) fn check_reserved(ctx: &mut Expansion<'_>, tags: &Map, created_by: &str) -> Result {
    let reserved = || RESERVED.iter().skip(1).copied().chain([created_by]);
    let Some(entry) = tags.entries().iter().find(|e| reserved().any(|r| *r == *e.key)) else { return Ok(()) };
    Err(ctx.report(
        Diagnostic::error(
            codes::INVALID_VALUE,
            format!("the tag `{}` is reserved: SAM sets it itself", entry.key),
        )
        .at(entry.key_span, "choose another key"),
    ))
}

/// What a resource type does with tags that are passed on to it.
enum TagForm {
    /// A list of `Key` and `Value`.
    List,
    /// A mapping.
    Map,
}

/// CloudFormation types the expansion makes that take tags, for `PropagateTags`.
fn tag_form(resource_type: &str) -> Option<TagForm> {
    Some(match resource_type {
        "AWS::ApiGatewayV2::Stage" | "AWS::ApiGatewayV2::DomainName" => TagForm::Map,
        "AWS::Lambda::Function"
        | "AWS::IAM::Role"
        | "AWS::ApiGateway::RestApi"
        | "AWS::ApiGateway::Stage"
        | "AWS::ApiGateway::DomainName"
        | "AWS::ApiGateway::DomainNameV2"
        | "AWS::ApiGateway::DomainNameAccessAssociation"
        | "AWS::ApiGateway::UsagePlan"
        | "AWS::ApiGateway::ApiKey"
        | "AWS::CloudFormation::Stack"
        | "AWS::CodeDeploy::Application"
        | "AWS::CodeDeploy::DeploymentGroup"
        | "AWS::DynamoDB::Table"
        | "AWS::Lambda::WebFunction"
        | "AWS::IoT::TopicRule"
        | "AWS::SNS::Topic"
        | "AWS::SQS::Queue"
        | "AWS::S3::Bucket"
        | "AWS::StepFunctions::StateMachine" => TagForm::List,
        _ => return None,
    })
}

/// Replaces the tags of generated resources by the author's, where `PropagateTags` asks for it.
pub(crate) fn propagate(generated: &mut [Generated], tags: Option<&Expr>, propagate: Option<&Expr>) {
    let Some(tags) = tags.and_then(as_keys).filter(|t| !t.is_empty()) else { return };
    if !propagate.is_some_and(Expr::is_truthy) {
        return;
    }
    for one in generated {
        match tag_form(&one.resource.resource_type) {
            Some(TagForm::List) => {
                one.properties().insert("Tags", tag_list(&tags));
            }
            Some(TagForm::Map) => {
                one.properties().insert("Tags", tags.clone().into_owned());
            }
            None => {}
        }
    }
}

/// The tags that a resource hands to an implicit API. Globals are not merged yet when these APIs are
/// made, so they are asked where the resource itself says nothing.
pub(crate) fn for_implicit_api<'c>(ctx: &'c Expansion<'_>, resource: &'c Resource) -> Option<&'c Map> {
    let section = resource.resource_type.strip_prefix(SAM_PREFIX)?;
    let globals = ctx.globals.as_map().and_then(|g| g.get(section)).and_then(Expr::as_map);
    let property = |name: &str| {
        let own = resource.property(name).filter(|v| v.is_truthy());
        own.or_else(|| globals?.get(name).filter(|v| v.is_truthy()))
    };
    property("PropagateTags")?;
    property("Tags")?.as_map()
}
