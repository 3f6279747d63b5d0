//! What functions may do with the resources of a template, as far as the template says: by the policies of their roles.

use rustc_hash::FxHashMap;
use samc_ir::application::{Application, FunctionView, Grant};
use samc_ir::{Expr, Resource, references};

use crate::context::Context;
use crate::policy::{Statement, covers};
use crate::query::{Known, items, property};
use crate::text::{Part, parts};

/// An answer that may not be known before deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Unknown,
}

/// The statements that each role has, by the role's id: numbers into `Context::statements`.
pub(crate) type ByRole<'g> = FxHashMap<&'g str, Vec<usize>>;

/// Finds which statements are whose.
pub(crate) fn by_role<'g>(context: &Context<'g>) -> ByRole<'g> {
    // The managed policies of the template that roles name.
    let mut users: FxHashMap<&str, Vec<&'g str>> = FxHashMap::default();
    for (id, role) in context.of_type("AWS::IAM::Role") {
        for policy in items(property(role, "ManagedPolicyArns").value()) {
            if let Some(name) = policy.as_ref_to() {
                users.entry(name).or_default().push(id);
            }
        }
    }
    let mut found: ByRole<'g> = FxHashMap::default();
    for (number, statement) in context.statements().iter().enumerate().filter(|(_, s)| s.allows()) {
        let mut roles: Vec<&'g str> = Vec::new();
        let mut add = |value: Option<&'g Expr>| {
            if let Some(value) = value {
                references::each(value, false, &mut |r| {
                    let role = context.graph.resources.get_key_value(r.name);
                    roles.extend(role.filter(|(_, r)| is_role(r)).map(|(id, _)| id.as_str()));
                });
            }
        };
        let resource = statement.resource;
        match &*resource.resource_type {
            "AWS::IAM::Role" if statement.kind == crate::policy::Kind::Identity => roles.push(statement.id),
            "AWS::IAM::Policy" => add(resource.property("Roles")),
            "AWS::IAM::ManagedPolicy" => {
                add(resource.property("Roles"));
                roles.extend(users.get(statement.id.as_str()).into_iter().flatten());
            }
            "AWS::IAM::RolePolicy" => add(resource.property("RoleName")),
            _ => {}
        }
        for role in roles {
            found.entry(role).or_default().push(number);
        }
    }
    found
}

fn is_role(resource: &Resource) -> bool {
    resource.resource_type == *"AWS::IAM::Role"
}

/// The grants of an application by the role that has them.
pub(crate) fn grants_by_role(application: &Application) -> FxHashMap<&str, Vec<&Grant>> {
    let mut found: FxHashMap<&str, Vec<&Grant>> = FxHashMap::default();
    for grant in &application.grants {
        found.entry(grant.role.as_str()).or_default().push(grant);
    }
    found
}

/// What one function may do.
pub(crate) struct Rights<'c, 'g> {
    context: &'c Context<'g>,
    /// The statements that allow something.
    statements: Vec<&'c Statement<'g>>,
    /// True where its role may have policies that are not in the template.
    open: bool,
    /// The services of which AWS's own policies of the role allow something.
    services: Vec<&'static str>,
}

/// AWS's policies for functions, and the service whose resources they open, if any.
const MANAGED: &[(&str, &str)] = &[
    ("/AWSLambdaBasicExecutionRole", "logs"),
    ("/AWSLambdaDynamoDBExecutionRole", "logs"),
    ("/AWSLambdaKinesisExecutionRole", "kinesis"),
    ("/AWSLambdaSQSQueueExecutionRole", "sqs"),
    ("/AWSLambdaVPCAccessExecutionRole", "logs"),
    ("/AWSXRayDaemonWriteAccess", "xray"),
    ("/AWSXrayWriteOnlyAccess", "xray"),
    ("/CloudWatchLambdaInsightsExecutionRolePolicy", "logs"),
];

impl<'c, 'g> Rights<'c, 'g> {
    /// The rights of a function; none where its role is not in the template.
    pub(crate) fn of(context: &'c Context<'g>, function: &FunctionView) -> Option<Rights<'c, 'g>> {
        let (id, role) = context.graph.resources.get_key_value(function.role.as_ref()?)?;
        let numbers = context.by_role().get(id.as_str()).map_or(&[][..], Vec::as_slice);
        let statements = numbers.iter().filter_map(|n| context.statements().get(*n)).collect();
        let mut rights = Rights { context, statements, open: false, services: Vec::new() };
        let policies = property(role, "ManagedPolicyArns");
        rights.open |= matches!(policies, Known::Unknown) || context.may_exist(&format!("{id}Policy"));
        rights.open |= property(role, "Policies")
            .value()
            .is_some_and(|p| p.is_call() || p.as_list().is_some_and(|all| all.iter().any(Expr::is_call)));
        // A policy that is attached by the role's name may be any.
        let is_named = property(role, "RoleName").value().is_some();
        rights.open |= is_named && context.of_type("AWS::IAM::Policy").next().is_some();
        let list = policies.value();
        rights.open |= list.is_some_and(|list| {
            list.is_call() || list.as_list().is_some_and(|all| all.iter().any(|e| e.as_if().is_some()))
        });
        for policy in items(list) {
            let own = policy.as_ref_to().and_then(|name| context.graph.resources.get(name));
            if own.is_some_and(|p| p.resource_type == *"AWS::IAM::ManagedPolicy") {
                continue;
            }
            let parts = parts(policy);
            let text = match parts.last() {
                Some(Part::Text(text)) => text.as_str(),
                _ => "",
            };
            match MANAGED.iter().find(|(name, _)| text.ends_with(name)) {
                Some((_, service)) => rights.services.push(service),
                None => rights.open = true,
            }
        }
        Some(rights)
    }

    /// Whether it may call one of these actions, or with none named any action of the service, on a resource of the
    /// template; and the statement that says so.
    pub(crate) fn may(
        &self,
        service: &str,
        actions: &[&str],
        id: &str,
    ) -> (Answer, Option<&'c Statement<'g>>) {
        let mut unknown = self.open || self.services.contains(&service);
        for statement in &self.statements {
            if statement.map.contains_key("NotAction") || statement.map.contains_key("NotResource") {
                unknown = true;
                continue;
            }
            let wanted = |action: &str| match action.split_once(':') {
                _ if action == "*" => true,
                Some((prefix, _)) if actions.is_empty() => {
                    prefix.eq_ignore_ascii_case(service) || prefix == "*"
                }
                Some(_) => actions.iter().any(|wanted| covers(action, wanted)),
                None => false,
            };
            let computed = statement
                .map
                .get("Action")
                .is_some_and(|a| a.is_call() || a.as_list().is_some_and(|all| all.iter().any(Expr::is_call)));
            if !computed && !statement.actions().any(|(action, _)| wanted(action)) {
                continue;
            }
            match self.covers(statement, service, id) {
                Answer::Yes if !computed => return (Answer::Yes, Some(statement)),
                Answer::No => {}
                Answer::Yes | Answer::Unknown => unknown = true,
            }
        }
        (if unknown { Answer::Unknown } else { Answer::No }, None)
    }

    /// Whether a statement is about a resource.
    fn covers(&self, statement: &Statement<'g>, service: &str, id: &str) -> Answer {
        let Some(value) = statement.map.get("Resource") else { return Answer::Unknown };
        let mut answer = if value.as_if().is_some()
            || value.as_list().is_some_and(|all| all.iter().any(|e| e.as_if().is_some()))
        {
            Answer::Unknown
        } else {
            Answer::No
        };
        for resource in items(Some(value)) {
            if resource.as_str() == Some("*") {
                return Answer::Yes;
            }
            let (mut own, mut other) = (false, false);
            references::each(resource, false, &mut |r| {
                own |= r.name == id;
                other |= r.name != id && self.context.graph.resources.contains_key(r.name);
            });
            if own {
                return Answer::Yes;
            }
            let text = crate::query::arn_outline(resource).unwrap_or_default();
            let of_another_service = text
                .split(':')
                .nth(2)
                .is_some_and(|s| !s.is_empty() && !s.contains(['$', '*']) && s != service);
            if !other && !of_another_service {
                answer = Answer::Unknown;
            }
        }
        answer
    }

    /// The statements, for who looks at all of them.
    pub(crate) fn statements(&self) -> &[&'c Statement<'g>] {
        &self.statements
    }
}
