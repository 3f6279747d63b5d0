//! `AWS::Serverless::Api`: REST APIs of API Gateway.

use samc_base::LogicalId;
use samc_ir::Resource;

use super::expansion::{Expansion, Result};
use super::generated::Generated;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::Api";

/// Names under which generated resources can be referred to.
pub(crate) const REFERABLE: &[(&str, &str)] = &[
    ("Stage", "AWS::ApiGateway::Stage"),
    ("Deployment", "AWS::ApiGateway::Deployment"),
    ("DomainName", "AWS::ApiGateway::DomainName"),
    ("UsagePlan", "AWS::ApiGateway::UsagePlan"),
    ("UsagePlanKey", "AWS::ApiGateway::UsagePlanKey"),
    ("ApiKey", "AWS::ApiGateway::ApiKey"),
    ("DomainNameV2", "AWS::ApiGateway::DomainNameV2"),
];

/// The REST APIs of a template while events add to their bodies.
#[derive(Debug, Default)]
pub(crate) struct RestApis {}

/// Makes the implicit API and the bodies that events add to; runs before Globals.
pub(crate) fn prepare(_ctx: &mut Expansion<'_>) -> Result {
    Ok(())
}

/// Brings managed bodies to the version of OpenAPI that Globals or the API ask for.
pub(crate) fn after_globals(_ctx: &mut Expansion<'_>) -> Result {
    Ok(())
}

/// The order in which SAM resources are expanded.
pub(crate) fn visit_order(ctx: &Expansion<'_>) -> Vec<LogicalId> {
    ctx.source.keys().cloned().collect()
}

/// Expands an API.
pub(crate) fn expand(
    _ctx: &mut Expansion<'_>,
    _id: &LogicalId,
    _source: &Resource,
) -> Result<Vec<Generated>> {
    Ok(Vec::new())
}
