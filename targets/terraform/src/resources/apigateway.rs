//! APIs of both kinds, their deployments and stages.

use samc_ir::{Expr, Map};

use super::{given, properties, satellite};
use crate::context::{Context, How};
use crate::hcl::{Block, Item, Value};
use crate::native::{Site, log_levels, main};
use crate::reason::Reason;
use crate::sections::scalar;
use crate::soundness::spelled;

/// The name of an API: its own, or the title of its document.
fn named(context: &Context<'_>, map: &Map, block: &mut Block) {
    if given(map, "Name").is_some() {
        return;
    }
    let info = given(map, "Body").and_then(|body| body.as_map()?.get("info")?.as_map());
    let Some(title) = info.and_then(|info| info.get("title")) else { return };
    let title = context.value(title);
    if title.is_composite() || title == Value::Null {
        return;
    }
    if let Some(Item::Argument(_, value)) =
        block.items.iter_mut().find(|item| matches!(item, Item::Argument(n, _) if n == "name"))
    {
        *value = title;
    }
}

/// `AWS::ApiGateway::RestApi`.
pub(crate) fn rest_api(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    // An empty policy is none.
    let is_open = given(&map, "Policy").and_then(Expr::as_str) == Some("");
    let elsewhere = ["BodyS3Location", "Policy"];
    let mut block = main(context, site, if is_open { &elsewhere } else { &elsewhere[..1] })?;
    named(context, &map, &mut block);
    if let Some(location) = given(&map, "BodyS3Location") {
        block.set("body", super::stored(context, location)?);
    }
    Some(vec![block])
}

/// `AWS::ApiGatewayV2::Api`. What its document says of the API itself is said as arguments too: the
/// provider takes back what a document brings and no argument names, rules for other origins among it.
pub(crate) fn http_api(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut resource = site.resource.clone();
    let mut said = map.clone().into_owned();
    for (name, value) in map.get("Body").and_then(Expr::as_map).map(of_document).unwrap_or_default() {
        if given(&map, name).is_none() {
            said.insert(name, value);
        }
    }
    resource.properties = Some(said.into());
    let mut block = main(context, &Site { resource: &resource, ..*site }, &["BodyS3Location"])?;
    named(context, &map, &mut block);
    if let Some(location) = given(&map, "BodyS3Location") {
        block.set("body", super::stored(context, location)?);
    }
    if !block.has("protocol_type") {
        block.items.insert(1, Item::Argument("protocol_type".to_owned(), Value::text("HTTP")));
    }
    Some(vec![block])
}

/// The properties of an HTTP API that its document gives.
fn of_document(body: &Map) -> Vec<(&'static str, Expr)> {
    let mut found = Vec::new();
    let info = body.get("info").and_then(Expr::as_map);
    for (key, name) in [("version", "Version"), ("description", "Description")] {
        if let Some(value) = info.and_then(|info| given(info, key)) {
            found.push((name, scalar(value).map_or_else(|| value.clone(), Expr::from)));
        }
    }
    if let Some(cors) = given(body, "x-amazon-apigateway-cors").and_then(capitals) {
        found.push(("CorsConfiguration", cors));
    }
    let mut tags = Map::new();
    for tag in body.get("tags").and_then(Expr::as_list).unwrap_or(&[]).iter().filter_map(Expr::as_map) {
        if let (Some(name), Some(value)) =
            (tag.get("name").and_then(Expr::as_str), tag.get("x-amazon-apigateway-tag-value"))
        {
            tags.insert(name, value.clone());
        }
    }
    if !tags.is_empty() {
        found.push(("Tags", tags.into()));
    }
    found
}

/// Members by the names that properties have, `allowOrigins` as `AllowOrigins`, in both arms of a condition.
fn capitals(value: &Expr) -> Option<Expr> {
    if let Some((condition, then, otherwise)) = value.as_if() {
        let side = |arm: &Expr| if arm.is_no_value() { Some(arm.clone()) } else { capitals(arm) };
        return Some(Expr::if_else(condition.clone(), side(then)?, side(otherwise)?));
    }
    let mut made = Map::new();
    for (key, value) in value.as_map()?.iter() {
        let (first, rest) = key.split_at_checked(1)?;
        made.insert(format!("{}{rest}", first.to_ascii_uppercase()), value.clone());
    }
    Some(made.into())
}

/// `AWS::ApiGateway::Deployment`: made anew when the document of the API changes.
pub(crate) fn deployment(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &["StageName"])?;
    let api = map.get("RestApiId").and_then(Expr::as_ref_to);
    let api = api.and_then(|id| Some((context.plans.get(id)?, context.resource(id)?)));
    if let Some((plan, resource)) = api
        && matches!(plan.how, How::Native(_))
        && (resource.property("Body").is_some() || resource.property("BodyS3Location").is_some())
    {
        let sum = Value::Call("sha1", vec![Value::code(context.attribute(plan, "body"))]);
        block.set("triggers", Value::Object(vec![("body".to_owned(), sum)]));
    }
    let mut lifecycle = Block::new("lifecycle", &[]);
    lifecycle.set("create_before_destroy", Value::Bool(true));
    block.push(lifecycle);
    let mut blocks = vec![block];
    // It is there beside the stages that are resources of their own, such as SAM's `Stage` beside `Prod`.
    if let Some(name) = given(&map, "StageName") {
        let mut stage = satellite(context, site.plan, "aws_api_gateway_stage", "stage", None);
        stage.comment = vec!["the stage that CloudFormation makes with the deployment".to_owned()];
        stage.set("rest_api_id", context.value(map.get("RestApiId")?));
        stage.set("deployment_id", Value::code(context.attribute(site.plan, "id")));
        stage.set("stage_name", context.value(name));
        blocks.push(stage);
    }
    Some(blocks)
}

/// `AWS::ApiGateway::Stage`, with the settings of its methods.
pub(crate) fn stage(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &["MethodSettings"])?];
    let Some(settings) = given(&map, "MethodSettings") else { return Some(blocks) };
    for (i, item) in super::items(context, settings)?.into_iter().enumerate() {
        let setting = item.expr.as_map()?;
        let path = setting.get("ResourcePath").and_then(Expr::as_str).unwrap_or("/*");
        let method = setting.get("HttpMethod").and_then(Expr::as_str).unwrap_or("*");
        let suffix = if i == 0 { String::new() } else { format!("{}", i + 1) };
        let condition = item.condition.as_deref();
        let mut block = satellite(context, site.plan, "aws_api_gateway_method_settings", &suffix, condition);
        block.set("rest_api_id", context.value(map.get("RestApiId")?));
        block.set("stage_name", Value::code(context.attribute(site.plan, "stage_name")));
        let path = path.trim_start_matches('/').replace("~1", "/");
        let path = path.trim_start_matches('/');
        // The service writes the root as the slash that it is, escaped.
        let path = if path.is_empty() { "~1" } else { path };
        block.set("method_path", Value::text(format!("{path}/{method}")));
        let mut inner = Block::new("settings", &[]);
        for (key, value) in setting.iter() {
            let name = match &**key {
                "ResourcePath" | "HttpMethod" => continue,
                "CacheDataEncrypted" => "cache_data_encrypted",
                "CacheTtlInSeconds" => "cache_ttl_in_seconds",
                "CachingEnabled" => "caching_enabled",
                "DataTraceEnabled" => "data_trace_enabled",
                "LoggingLevel" => "logging_level",
                "MetricsEnabled" => "metrics_enabled",
                "ThrottlingBurstLimit" => "throttling_burst_limit",
                "ThrottlingRateLimit" => "throttling_rate_limit",
                _ => return None,
            };
            inner.set(name, leveled(name, context.value(value)));
        }
        block.push(inner);
        blocks.push(block);
    }
    Some(blocks)
}

/// A setting, its level in the words of the provider.
fn leveled(name: &str, value: Value) -> Value {
    if name == "logging_level" { spelled(&log_levels(), value) } else { value }
}

/// `AWS::ApiGateway::BasePathMappingV2`, which names its domain by ARN, where the provider wants the name and the id.
pub(crate) fn private_mapping(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut block = main(context, site, &["DomainNameArn"])?;
    let arn = map.get("DomainNameArn")?;
    let domain =
        arn.as_ref_to().or_else(|| arn.as_get_att().filter(|(_, a)| *a == "DomainNameArn").map(|(id, _)| id));
    let plan = domain.and_then(|id| context.plans.get(id)).filter(|plan| match plan.how {
        How::Native(mapping) => mapping.to == "aws_api_gateway_domain_name",
        How::Merged | How::CloudControl | How::Stack | How::Module => false,
    });
    let (name, id) = match plan {
        Some(plan) => {
            let of = |attribute: &str| Value::code(context.attribute(plan, attribute));
            (of("domain_name"), of("domain_name_id"))
        }
        // `arn:aws:apigateway:REGION:ACCOUNT:/domainnames/NAME+ID`.
        None => {
            let value = context.value(arn);
            let parts =
                value.as_literal().and_then(|text| text.split_once("/domainnames/")?.1.split_once('+'));
            let Some((name, id)) = parts else {
                return context.lacks(Reason::Form("DomainNameArn".to_owned()));
            };
            (Value::text(name), Value::text(id))
        }
    };
    block.set("domain_name", name);
    block.set("domain_name_id", id);
    Some(vec![block])
}
