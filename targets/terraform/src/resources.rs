//! Resources that are more than a table can say.

mod apigateway;
mod appsync;
mod balancing;
mod cloudfront;
mod cognito;
mod containers;
mod databases;
mod dynamodb;
mod events;
mod firehose;
mod iam;
mod lambda;
mod mail;
mod merged;
mod messaging;
mod method;
mod network;
mod s3;
mod scaling;
mod secrets;
mod states;
mod text;
mod zip;

use std::borrow::Cow;

use samc_ir::{Expr, Map, Resource};

use crate::context::{Context, Plan};
use crate::hcl::{Block, Part, Value};
use crate::names::snake;
use crate::native::Site;

pub(crate) use lambda::local_file;
pub(crate) use merged::{may_merge, missing_owner, version_of};

/// What the code of a kind makes of a resource; the outer none where the table says it all.
pub(crate) fn special(context: &Context<'_>, site: &Site<'_>) -> Option<Option<Vec<Block>>> {
    Some(match site.resource.resource_type.as_str() {
        "AWS::ApiGateway::BasePathMappingV2" => apigateway::private_mapping(context, site),
        "AWS::ApiGateway::Deployment" => apigateway::deployment(context, site),
        "AWS::ApiGateway::Method" => method::method(context, site),
        "AWS::ApiGateway::RestApi" => apigateway::rest_api(context, site),
        "AWS::AppSync::FunctionConfiguration" | "AWS::AppSync::Resolver" => appsync::coded(context, site),
        "AWS::AppSync::GraphQLApi" => appsync::api(context, site),
        "AWS::ApiGateway::Stage" => apigateway::stage(context, site),
        "AWS::ApiGatewayV2::Api" => apigateway::http_api(context, site),
        "AWS::ApplicationAutoScaling::ScalingPolicy" => scaling::policy(context, site),
        "AWS::CertificateManager::Certificate" => secrets::certificate(context, site),
        "AWS::CloudFront::Distribution" => cloudfront::distribution(context, site),
        "AWS::Cognito::UserPool" => cognito::user_pool(context, site),
        "AWS::DocDB::DBCluster" | "AWS::RDS::DBCluster" | "AWS::RDS::DBInstance" => {
            databases::database(context, site)
        }
        "AWS::DynamoDB::Table" => dynamodb::table(context, site),
        "AWS::EC2::SecurityGroup" => network::security_group(context, site),
        "AWS::ECS::Cluster" => containers::cluster(context, site),
        "AWS::ElasticLoadBalancingV2::ListenerRule" => balancing::listener_rule(context, site),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => balancing::target_group(context, site),
        "AWS::Events::Rule" => events::rule(context, site),
        "AWS::IAM::InstanceProfile" => iam::instance_profile(context, site),
        "AWS::IAM::ManagedPolicy" => iam::managed_policy(context, site),
        "AWS::IAM::Policy" => iam::policy(context, site),
        "AWS::IAM::Role" => iam::role(context, site),
        "AWS::KinesisFirehose::DeliveryStream" => firehose::stream(context, site),
        "AWS::Lambda::Alias" => lambda::alias(context, site),
        "AWS::Lambda::EventSourceMapping" => lambda::mapping(context, site),
        "AWS::Lambda::Function" => lambda::function(context, site),
        "AWS::Lambda::LayerVersion" => lambda::layer(context, site),
        "AWS::Lambda::Permission" => lambda::permission(context, site),
        "AWS::Route53::RecordSet" => network::record(context, site),
        "AWS::Route53::RecordSetGroup" => network::records(context, site),
        "AWS::S3::Bucket" => s3::bucket(context, site),
        "AWS::S3::BucketPolicy" => s3::policy(context, site),
        "AWS::S3Express::DirectoryBucket" => s3::directory(context, site),
        "AWS::SES::EmailIdentity" => mail::identity(context, site),
        "AWS::SES::ReceiptRule" => mail::receipt_rule(context, site),
        "AWS::SecretsManager::Secret" => secrets::secret(context, site),
        "AWS::SNS::Topic" => messaging::topic(context, site),
        "AWS::SNS::TopicPolicy" => messaging::topic_policy(context, site),
        "AWS::SQS::Queue" => messaging::queue(context, site),
        "AWS::SQS::QueuePolicy" => messaging::queue_policy(context, site),
        "AWS::StepFunctions::StateMachine" => states::state_machine(context, site),
        "AWS::StepFunctions::StateMachineAlias" => states::alias(context, site),
        "AWS::VpcLattice::TargetGroup" => balancing::lattice_group(context, site),
        _ => return None,
    })
}

/// An item of a list that may be there under a condition.
pub(crate) struct Guarded<'e> {
    /// The item.
    pub(crate) expr: &'e Expr,
    /// The local value that says whether it is there, perhaps with `!`.
    pub(crate) condition: Option<String>,
}

/// The items of a list, each with its condition. None where it is no list that can be told.
pub(crate) fn items<'e>(context: &Context<'_>, list: &'e Expr) -> Option<Vec<Guarded<'e>>> {
    let mut found = Vec::new();
    spread(context, list, None, &mut found).then_some(found)
}

fn spread<'e>(
    context: &Context<'_>,
    expr: &'e Expr,
    under: Option<&str>,
    found: &mut Vec<Guarded<'e>>,
) -> bool {
    if expr.is_no_value() {
        return true;
    }
    if let Some(list) = expr.as_list() {
        return list.iter().all(|item| spread_item(context, item, under, found));
    }
    arms(context, expr, under, found, spread)
}

fn spread_item<'e>(
    context: &Context<'_>,
    expr: &'e Expr,
    under: Option<&str>,
    found: &mut Vec<Guarded<'e>>,
) -> bool {
    if expr.is_no_value() {
        return true;
    }
    if crate::expr::is_optional(expr)
        || expr.as_if().is_some_and(|(_, a, b)| a.as_map().is_some() || b.as_map().is_some())
    {
        return arms(context, expr, under, found, spread_item);
    }
    found.push(Guarded { expr, condition: under.map(str::to_owned) });
    true
}

/// A value that may be there under a condition, or be another one otherwise.
pub(crate) fn one<'e>(context: &Context<'_>, expr: &'e Expr) -> Option<Vec<Guarded<'e>>> {
    let mut found = Vec::new();
    spread_item(context, expr, None, &mut found).then_some(found)
}

type Spread<'e> = fn(&Context<'_>, &'e Expr, Option<&str>, &mut Vec<Guarded<'e>>) -> bool;

fn arms<'e>(
    context: &Context<'_>,
    expr: &'e Expr,
    under: Option<&str>,
    found: &mut Vec<Guarded<'e>>,
    each: Spread<'e>,
) -> bool {
    let Some((condition, then, otherwise)) = expr.as_if() else { return false };
    let Some(local) = condition.as_str().and_then(|name| context.conditions.get(name)) else { return false };
    if under.is_some() {
        return false;
    }
    each(context, then, Some(local), found) && each(context, otherwise, Some(&format!("!{local}")), found)
}

/// A resource that goes with another one, under its condition and perhaps one of its own.
pub(crate) fn satellite(
    context: &Context<'_>,
    owner: &Plan,
    kind: &str,
    suffix: &str,
    condition: Option<&str>,
) -> Block {
    let label = context.satellite(kind, owner, suffix);
    let mut block = Block::new("resource", &[kind, &label]);
    if let Some(condition) = condition {
        let local = |name: &str| match name.strip_prefix('!') {
            Some(name) => format!("!local.{name}"),
            None => format!("local.{name}"),
        };
        let test = match &owner.condition {
            Some(own) => format!("{} && {}", local(own), local(condition)),
            None => local(condition),
        };
        let (one, none) = (Value::Number("1".to_owned()), Value::Number("0".to_owned()));
        block.set("count", Value::Cond(test, Box::new(one), Box::new(none)));
    }
    block
}

/// A text as the end of a label.
pub(crate) fn suffix_of(
    context: &Context<'_>,
    name: Option<&Expr>,
    number: usize,
    otherwise: &str,
) -> String {
    let text = name.map(|name| context.value(name));
    let words = match &text {
        Some(Value::Text(parts)) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Lit(text) => Some(text.as_str()),
                Part::Value(_) => None,
            })
            .collect::<String>(),
        _ => String::new(),
    };
    let words = words.rsplit('/').next().unwrap_or("").to_owned();
    if words.chars().any(|c| c.is_ascii_alphabetic()) && words.len() <= 64 {
        snake(&words)
    } else {
        format!("{otherwise}_{}", number + 1)
    }
}

/// The properties of a resource, empty where there are none.
pub(crate) fn properties(resource: &Resource) -> Option<Cow<'_, Map>> {
    match &resource.properties {
        None => Some(Cow::Owned(Map::new())),
        Some(properties) => properties.as_map().map(Cow::Borrowed),
    }
}

/// The member of a map, where it is there and says something.
pub(crate) fn given<'m>(map: &'m Map, key: &str) -> Option<&'m Expr> {
    map.get(key).filter(|value| !value.is_no_value() && !value.is_null())
}

/// The text of a document that lies in a bucket.
pub(crate) fn stored(context: &Context<'_>, location: &Expr) -> Option<Value> {
    let map = location.as_map()?;
    let (bucket, key) = (context.value(map.get("Bucket")?), context.value(map.get("Key")?));
    let mut rest = vec![("key", key.clone())];
    if let Some(version) = given(map, "Version") {
        rest.push(("version_id", context.value(version)));
    }
    let wish = key
        .as_literal()
        .map_or_else(|| "document".to_owned(), |key| key.rsplit('/').next().unwrap_or(key).to_owned());
    let address = context.named_lookup("aws_s3_object", &wish, ("bucket", bucket), rest);
    Some(Value::code(format!("{address}.body")))
}
