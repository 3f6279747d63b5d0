//! `cloudFront`: functions that CloudFront calls at its edges, with the distribution. Source:
//! lib/plugins/aws/package/compile/events/cloud-front.js of osls 3.77.1.

mod behavior;
mod cache_policies;
mod limits;
mod origin;

use samc_base::codes;
use samc_ir::{Expr, Map};

use self::behavior::Behavior;
use self::origin::Origins;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::given;

/// The logical id of the distribution.
const DISTRIBUTION: &str = "CloudFrontDistribution";

/// Where functions of the edge have to be deployed.
const REGION: &str = "us-east-1";

/// MiB and seconds of a function of the edge where it does not say them itself.
const MEMORY: i64 = 128;
const TIMEOUT: i64 = 5;

/// Sets what holds for functions of the edge before they are lowered: CloudFront calls a version, and `provider`
/// has no say in how large they are.
pub(super) fn prepare(service: &mut Service) {
    for function in &mut service.functions {
        if function.events_of("cloudFront").next().is_none() {
            continue;
        }
        function.settings.insert("versionFunction", true);
        for (key, value) in [("memorySize", MEMORY), ("timeout", TIMEOUT)] {
            if given(&function.settings, key).is_none() {
                function.settings.insert(key, value);
            }
        }
    }
}

/// Lowers the events, and the cache policies of the provider.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    cache_policies::lower(service, out);
    let mut origins = Origins::default();
    let mut behaviors: Vec<Behavior<'_>> = Vec::new();
    let mut functions: Vec<(&Function, &Event, String)> = Vec::new();
    for (function, event, number) in service.events("cloudFront") {
        if number == 1 {
            limits::tell_left_out(function, event, out);
        }
        if !limits::holds(function, event, out) {
            continue;
        }
        let Some(origin) = origins.of(function, event, out) else { continue };
        let Some(version) = make_edge(function, out) else { continue };
        behavior::add(service, (function, event), origin, &version, &mut behaviors, out);
        functions.push((function, event, version));
    }
    cache_policies::tell_unused(service, out);
    let Some((_, first, _)) = functions.first() else { return };
    if service.region != REGION {
        out.error(
            codes::INVALID_VALUE,
            &first.origin,
            format!("functions of CloudFront are deployed to {REGION}, and this service to {}", service.region),
            first.value.span,
            "not in this region",
            "set `provider.region: us-east-1`, or give --region us-east-1; CloudFront copies them to everywhere",
        );
    }
    if let Some(default) = behavior::in_order(&mut behaviors, &origins, out) {
        distribution(service, first, default, &behaviors, origins, out);
        permissions(&functions, out);
    }
}

/// Takes out of a function what functions of the edge cannot have, and keeps it when the stack goes, as its copies
/// go later. Gives the logical id of its version.
fn make_edge(function: &Function, out: &mut Output<'_>) -> Option<String> {
    let id = function.id();
    let is_version = |resource: &samc_ir::Resource| {
        let of = || resource.properties_map()?.get("FunctionName")?.as_ref_to();
        resource.resource_type.as_str() == "AWS::Lambda::Version" && of() == Some(id.as_str())
    };
    let version = out.graph.resources.iter().find(|(_, resource)| is_version(resource));
    let version = version.map(|(id, _)| id.to_string())?;
    let resource = out.graph.resources.get_mut(id.as_str())?;
    resource.attributes.insert("DeletionPolicy", "Retain");
    let properties = resource.properties_mut()?;
    properties.remove("VpcConfig");
    properties.remove("Environment");
    Some(version)
}

fn distribution(
    service: &Service,
    first: &Event,
    default: Map,
    behaviors: &[Behavior<'_>],
    origins: Origins,
    out: &mut Output<'_>,
) {
    let mut config = Map::from([
        ("Comment", Expr::from(format!("{} {}", service.name, service.stage))),
        ("Enabled", true.into()),
        ("DefaultCacheBehavior", default.into()),
        ("Origins", origins.into_list().into()),
    ]);
    let others: Vec<Expr> = behaviors
        .iter()
        .filter(|behavior| behavior.path.is_some())
        .map(|behavior| behavior.properties.clone().into())
        .collect();
    if !others.is_empty() {
        config.insert("CacheBehaviors", others);
    }
    let properties = Map::from([("DistributionConfig", config)]);
    out.add(DISTRIBUTION, "AWS::CloudFront::Distribution", properties, &first.origin);
    out.output(DISTRIBUTION, "CloudFront Distribution Id", Expr::reference(DISTRIBUTION));
    let name = Expr::get_att(DISTRIBUTION, "DomainName");
    out.output("CloudFrontDistributionDomainName", "CloudFront Distribution Domain Name", name);
}

/// Lets the distribution call the versions, and the role write logs wherever they run.
fn permissions(functions: &[(&Function, &Event, String)], out: &mut Output<'_>) {
    for (function, event, version) in functions {
        let source = vec![
            "arn:".into(),
            Expr::reference("AWS::Partition"),
            ":cloudfront::".into(),
            Expr::reference("AWS::AccountId"),
            ":distribution/".into(),
            Expr::reference(DISTRIBUTION),
        ];
        let properties = Map::from([
            ("FunctionName", Expr::reference(version.as_str())),
            ("Action", "lambda:InvokeFunction".into()),
            ("Principal", "edgelambda.amazonaws.com".into()),
            ("SourceArn", Expr::join("", source)),
        ]);
        let id = format!("{}InvokePermission", function.id());
        out.add(id, "AWS::Lambda::Permission", properties, &event.origin);
    }
    out.trusted.push("edgelambda.amazonaws.com");
    let actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:TagResource"];
    out.allow(&actions, vec![Expr::sub("arn:${AWS::Partition}:logs:*:*:*")]);
}
