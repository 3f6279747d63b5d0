//! `AWS::Serverless::HttpApi`: HTTP APIs of API Gateway.

use samc_base::LogicalId;
use samc_ir::Resource;

use super::expansion::{Expansion, Result};
use super::generated::Generated;

/// The SAM type.
pub(crate) const TYPE: &str = "AWS::Serverless::HttpApi";

/// Names under which generated resources can be referred to.
pub(crate) const REFERABLE: &[(&str, &str)] =
    &[("Stage", "AWS::ApiGatewayV2::Stage"), ("DomainName", "AWS::ApiGatewayV2::DomainName")];

/// The HTTP APIs of a template while events add to their bodies.
#[derive(Debug, Default)]
pub(crate) struct HttpApis {}

/// Makes the implicit API and the bodies that events add to; runs before Globals.
pub(crate) fn prepare(_ctx: &mut Expansion<'_>) -> Result {
    Ok(())
}

/// Expands an API.
pub(crate) fn expand(
    _ctx: &mut Expansion<'_>,
    _id: &LogicalId,
    _source: &Resource,
) -> Result<Vec<Generated>> {
    Ok(Vec::new())
}
