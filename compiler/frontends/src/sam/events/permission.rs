//! Permissions of a service to call a function.

use samc_ir::{Expr, Map};

use super::LambdaTarget;
use crate::sam::expansion::Expansion;
use crate::sam::generated::Generated;

/// What a permission says beside whom it lets call what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restriction {
    /// `SourceArn`: the one resource that may call.
    pub(crate) source_arn: Option<Expr>,
    /// `SourceAccount`.
    pub(crate) source_account: Option<Expr>,
    /// `EventSourceToken`.
    pub(crate) event_source_token: Option<Expr>,
}

/// `lambda:InvokeFunction` for a service. `id` is the whole logical id.
pub(crate) fn invoke(
    ctx: &Expansion<'_>,
    id: impl Into<samc_base::LogicalId>,
    target: &LambdaTarget,
    principal: impl Into<Expr>,
    restriction: Restriction,
) -> Generated {
    let mut properties = Map::from([
        ("Action", Expr::from("lambda:InvokeFunction")),
        ("FunctionName", target.name()),
        ("Principal", principal.into()),
    ]);
    let optional = [
        ("SourceArn", restriction.source_arn),
        ("SourceAccount", restriction.source_account),
        ("EventSourceToken", restriction.event_source_token),
    ];
    for (name, value) in optional {
        if let Some(value) = value.filter(|v| !v.is_null()) {
            properties.insert(name, value);
        }
    }
    Generated::new(id, "AWS::Lambda::Permission", properties, ctx.current.clone())
        .attributes(&target.attributes)
}
