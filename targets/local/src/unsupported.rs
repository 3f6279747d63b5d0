//! What does not run locally, and why.

use std::collections::BTreeSet;

use samc_schema::manifest::{Trigger, Unsupported};

use crate::facts;
use crate::world::World;

/// Types that the manifest has a place of its own for.
const RUNS: [&str; 27] = [
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Deployment",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::ApiGatewayV2::Stage",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Url",
    "AWS::S3::Bucket",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::Scheduler::Schedule",
];

/// Types of which only those run that became a trigger.
const TRIGGERS: [&str; 4] = [
    "AWS::Events::Rule",
    "AWS::Lambda::EventSourceMapping",
    "AWS::SNS::Subscription",
    "AWS::Scheduler::Schedule",
];

/// Every resource without an equal, in the order of the graph. Rights, versions and groups of log lines are left
/// out: nothing would be different with them.
pub(crate) fn all(world: &World<'_>, triggers: &[Trigger]) -> Vec<Unsupported> {
    let triggers: BTreeSet<&str> = triggers.iter().map(|trigger| trigger.id.as_str()).collect();
    let mut found = Vec::new();
    for (id, resource) in &world.graph.resources {
        let resource_type = &*resource.resource_type;
        let fact = facts::of(resource_type);
        // A mapping of a broker, a subscription of a mailbox.
        let is_left_out = TRIGGERS.contains(&resource_type) && !triggers.contains(id.as_str());
        if (RUNS.contains(&resource_type) && !is_left_out)
            || fact.is_some_and(|f| f.quiet)
            || !world.is_there(id)
        {
            continue;
        }
        let why = fact.and_then(|f| f.why.as_deref()).unwrap_or("nothing stands for it locally");
        found.push(Unsupported {
            id: id.to_string(),
            resource_type: resource_type.to_owned(),
            why: why.to_owned(),
        });
    }
    found
}
