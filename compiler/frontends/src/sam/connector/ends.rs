//! The two ends of a connector: a resource of the template by its id, or values given one by one.

use samc_base::{Diagnostic, LogicalId, Span, codes, nearest};
use samc_data::connectors;
use samc_ir::{Expr, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::intrinsics::logical_id_of;
use crate::template::expr_from_json;

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Destination,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Source => "Source",
            Side::Destination => "Destination",
        }
    }
}

/// What is known of an end.
#[derive(Debug, Clone, Default)]
pub(super) struct End {
    /// The resource of the template, if it is one.
    pub(super) id: Option<LogicalId>,
    /// Its CloudFormation type.
    pub(super) resource_type: String,
    /// Its ARN.
    pub(super) arn: Option<Expr>,
    /// The name of its role.
    pub(super) role_name: Option<Expr>,
    /// Its URL, for queues.
    pub(super) queue_url: Option<Expr>,
    /// Its id at AWS.
    pub(super) resource_id: Option<Expr>,
    /// Its name.
    pub(super) name: Option<Expr>,
    /// The part of an API that is meant.
    pub(super) qualifier: Option<Expr>,
}

/// What SAM types become, for ends that give a type.
const BECOMES: [(&str, &str); 5] = [
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
];

/// Reads one end; `other` is the one across, which decides whose role a rule uses.
pub(super) fn resolve(
    ctx: &mut Expansion<'_>,
    end: &Map,
    other: &Map,
    side: Side,
    span: Option<Span>,
) -> Result<End> {
    let path = format!("{}.{}", ctx.current.path, side.name());
    let fail = |ctx: &mut Expansion<'_>, message: String, at: Option<Span>, label: &str| {
        Err(ctx.report(
            Diagnostic::error(codes::CONNECTOR_END, message).at(at.or(span), label).path(path.clone()),
        ))
    };
    let has_id = end.contains_key("Id");
    let has_others = end.keys().any(|k| !matches!(&**k, "Id" | "Qualifier"));
    if has_id == has_others {
        return fail(
            ctx,
            format!("{} of the connector takes Id, or Type with other values, not both", side.name()),
            None,
            "say which resource it is",
        );
    }
    let given = |name: &str| end.get(name).filter(|v| !v.is_null()).cloned();
    if !end.get("Id").is_some_and(Expr::is_truthy) {
        let Some(kind) = end.get("Type").and_then(Expr::as_str).filter(|t| !t.is_empty()) else {
            return fail(ctx, format!("{} of the connector needs Id or Type", side.name()), None, "no Type");
        };
        let kind = BECOMES.iter().find(|(sam, _)| *sam == kind).map_or(kind, |(_, cfn)| cfn);
        return Ok(End {
            id: None,
            resource_type: kind.to_owned(),
            arn: given("Arn"),
            role_name: given("RoleName"),
            queue_url: given("QueueUrl"),
            resource_id: given("ResourceId"),
            name: given("Name"),
            qualifier: given("Qualifier"),
        });
    }
    let at = end.get("Id").and_then(|i| i.span);
    let Some(id) = end.get("Id").and_then(Expr::as_str).map(str::to_owned) else {
        return fail(ctx, format!("Id of {} must be text", side.name()), at, "not text");
    };
    let Some(resource) = ctx.output.get(id.as_str()).or_else(|| ctx.source.get(id.as_str())) else {
        let near = nearest(&id, ctx.source_types.keys().map(|k| k.as_str())).map(str::to_owned);
        let label = near
            .map_or_else(|| "not a resource of this template".to_owned(), |n| format!("did you mean `{n}`?"));
        return fail(
            ctx,
            format!("{} of the connector is `{id}`, which is not in this template", side.name()),
            at,
            &label,
        );
    };
    let resource_type = resource.resource_type.to_string();
    let mut known = connectors::resource_properties(&resource_type).map_or_else(Expr::null, expr_from_json);
    put_in_id(&mut known, &id);
    let outputs =
        known.as_map().and_then(|k| k.get("Outputs")).and_then(Expr::as_map).cloned().unwrap_or_default();
    let role_input =
        known.as_map().and_then(|k| k.get("Inputs")).and_then(Expr::as_map).and_then(|i| i.get("Role"));
    let properties = resource.properties_map().cloned().unwrap_or_default();
    let role = match role_input {
        Some(name) if name.as_str().is_some() => name.as_str().and_then(|n| properties.get(n)).cloned(),
        Some(function) if is_rule_role(function) => rule_role(&properties, other),
        _ => None,
    };
    let role_name = role
        .filter(Expr::is_truthy)
        .and_then(|r| logical_id_of(&r).filter(|_| r.is_call()).map(Expr::reference));
    let output = |name: &str| outputs.get(name).filter(|v| !v.is_null()).cloned();
    Ok(End {
        id: Some(id.into()),
        resource_type,
        arn: output("Arn"),
        role_name,
        queue_url: output("Url"),
        resource_id: output("Id"),
        name: output("Name"),
        qualifier: if end.contains_key("Qualifier") { given("Qualifier") } else { output("Qualifier") },
    })
}

/// Puts the logical id where `%{logicalId}` stands. Tables hold it as a whole text only.
fn put_in_id(expr: &mut Expr, id: &str) {
    expr.walk_mut(&mut |e| {
        if let Some(text) = e.as_str().filter(|t| t.contains("%{logicalId}")) {
            *e = Expr::from(text.replace("%{logicalId}", id));
        }
    });
}

fn is_rule_role(function: &Expr) -> bool {
    function.as_map().and_then(|f| f.get("Function")).and_then(Expr::as_str) == Some("GetEventsRuleRole")
}

/// The role with which a rule calls the target that the other end is.
fn rule_role(rule: &Map, other: &Map) -> Option<Expr> {
    let targets = rule.get("Targets").and_then(Expr::as_list)?;
    let other_id = other.get("Id").and_then(Expr::as_str);
    let other_arn = other.get("Arn").filter(|a| a.is_truthy());
    let is_meant = |target: &Map| {
        let arn = target.get("Arn");
        let target_id = arn.filter(|a| a.is_call()).and_then(logical_id_of);
        target_id.is_some() && target_id == other_id || other_arn.is_some() && other_arn == arn
    };
    targets.iter().filter_map(Expr::as_map).find(|t| is_meant(t))?.get("RoleArn").cloned()
}

/// The event source mapping between two resources, if there is exactly one.
pub(super) fn only_mapping(ctx: &Expansion<'_>, source: &End, function: &End) -> Option<LogicalId> {
    let (source, function) = (source.id.as_deref()?, function.id.as_deref()?);
    let names = |resource: &samc_ir::Resource, property: &str, id: &str| {
        resource.property(property).filter(|p| p.is_call()).and_then(logical_id_of) == Some(id)
    };
    let mut found = ctx.output.iter().filter(|(_, r)| {
        r.resource_type == "AWS::Lambda::EventSourceMapping"
            && names(r, "FunctionName", function)
            && names(r, "EventSourceArn", source)
    });
    let (id, _) = found.next()?;
    found.next().is_none().then(|| id.clone())
}
