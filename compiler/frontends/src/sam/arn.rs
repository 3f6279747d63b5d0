//! ARNs that the expansion writes as text.

use super::expansion::Expansion;

/// The ARN of a managed policy of AWS, such as `service-role/AWSLambdaBasicExecutionRole`, in the
/// partition of the region.
pub(crate) fn managed_policy(ctx: &Expansion<'_>, name: &str) -> String {
    format!("arn:{}:iam::aws:policy/{name}", ctx.options.partition())
}

/// The managed policy for tracing, whose name differs between partitions.
pub(crate) fn xray_policy_name(ctx: &Expansion<'_>) -> &'static str {
    if ctx.options.partition() == "aws" { "AWSXrayWriteOnlyAccess" } else { "AWSXRayDaemonWriteAccess" }
}
