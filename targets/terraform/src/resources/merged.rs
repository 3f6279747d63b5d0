//! Resources that are part of another one in Terraform: versions of functions and state machines, and
//! schemas of GraphQL APIs.

use samc_ir::Resource;

use super::appsync;
use crate::context::{Context, How};
use crate::hcl::Value;

/// What versions are versions of: their type, the property that names it, what else they may say, the type it has.
/// `CodeSha256` keeps CloudFormation from publishing other code than was meant, which Terraform has just put there.
const VERSIONS: &[(&str, &str, &[&str], &str)] = &[
    ("AWS::Lambda::Version", "FunctionName", &["CodeSha256", "Description"], "AWS::Lambda::Function"),
    (
        "AWS::StepFunctions::StateMachineVersion",
        "StateMachineArn",
        &["StateMachineRevisionId"],
        "AWS::StepFunctions::StateMachine",
    ),
];

/// The property by which a version names what it is a version of.
pub(crate) fn version_of(resource_type: &str) -> Option<&'static str> {
    VERSIONS.iter().find(|(kind, ..)| *kind == resource_type).map(|(_, property, ..)| *property)
}

/// The function or state machine whose version a resource is, where the two are one in Terraform.
pub(super) fn owner_of_version<'g>(
    context: &Context<'g>,
    id: &str,
    resource: &'g Resource,
) -> Option<&'g str> {
    let (_, property, more, owner_type) =
        VERSIONS.iter().find(|(kind, ..)| resource.resource_type == *kind)?;
    let map = resource.properties_map()?;
    if map.keys().any(|key| &**key != *property && !more.contains(&&**key)) {
        return None;
    }
    let named = map.get(property)?;
    let owner_id = named.as_ref_to().or_else(|| named.as_get_att().map(|(id, _)| id))?;
    let is_of_owner =
        |revision: &samc_ir::Expr| revision.as_get_att() == Some((owner_id, "StateMachineRevisionId"));
    if !map.get("StateMachineRevisionId").is_none_or(is_of_owner) {
        return None;
    }
    let owner = context.resource(owner_id)?;
    let asked = context.asked.get(id).map(Vec::as_slice).unwrap_or_default();
    let is_known = asked.iter().all(|a| matches!(a, Some("Ref" | "Version" | "FunctionArn" | "Arn")));
    let is_same = owner.attributes.get("Condition") == resource.attributes.get("Condition");
    (is_known && is_same && owner.resource_type == *owner_type).then_some(owner_id)
}

/// Whether a resource is part of another one in Terraform, as far as it looks.
pub(crate) fn may_merge(context: &Context<'_>, id: &str, resource: &Resource) -> bool {
    if resource.resource_type == "AWS::AppSync::GraphQLSchema" {
        return appsync::may_merge(context, id, resource);
    }
    context
        .resource(id)
        .is_some_and(|r| std::ptr::eq(r, resource) && owner_of_version(context, id, r).is_some())
}

/// The resource that a resource would be part of, where that one is not there to hold it.
pub(crate) fn missing_owner(context: &Context<'_>, id: &str, resource: &Resource) -> Option<String> {
    let owner = match resource.resource_type.as_str() {
        "AWS::AppSync::GraphQLSchema" => appsync::api_of(resource),
        _ => context.resource(id).and_then(|r| owner_of_version(context, id, r)),
    };
    let plan = owner.and_then(|owner| context.plans.get(owner));
    let is_there = plan.is_some_and(|plan| matches!(plan.how, How::Native(_)));
    (!is_there).then(|| owner.unwrap_or_default().to_owned())
}

impl Context<'_> {
    /// What a reference to a resource is that is part of another one.
    pub(crate) fn merged(&self, id: &str, attribute: Option<&str>) -> Value {
        if let Some(value) = appsync::merged(self, id) {
            return value;
        }
        let version = self.resource(id).and_then(|r| Some((r, owner_of_version(self, id, r)?)));
        let Some((version, plan)) = version.and_then(|(r, owner)| Some((r, self.plans.get(owner)?))) else {
            return Value::Null;
        };
        let attribute = match (version.resource_type.as_str(), attribute) {
            ("AWS::Lambda::Version", Some("Version")) => "version",
            ("AWS::Lambda::Version", _) => "qualified_arn",
            _ => "state_machine_version_arn",
        };
        Value::code(self.attribute(plan, attribute))
    }
}
