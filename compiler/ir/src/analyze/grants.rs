//! What roles allow, statement by statement.

use samc_base::LogicalId;

use super::each_resource;
use crate::application::Grant;
use crate::expr::{Expr, Str};
use crate::graph::ResourceGraph;

pub(super) fn find(graph: &ResourceGraph, grants: &mut Vec<Grant>) {
    for (id, resource) in &graph.resources {
        match &*resource.resource_type {
            "AWS::IAM::Role" => {
                for policy in list(resource.property("Policies")) {
                    let document = policy.as_map().and_then(|p| p.get("PolicyDocument"));
                    statements(graph, id, document, grants);
                }
            }
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => {
                let mut roles = Vec::new();
                for role in list(resource.property("Roles")) {
                    each_resource(graph, role, &mut |id, r| {
                        if r.resource_type == *"AWS::IAM::Role" {
                            roles.push(id);
                        }
                    });
                }
                for role in roles {
                    statements(graph, role, resource.property("PolicyDocument"), grants);
                }
            }
            "AWS::IAM::RolePolicy" => {
                let role = resource.property("RoleName");
                let role = role.and_then(|r| super::first_of(graph, r, |t| t == "AWS::IAM::Role"));
                if let Some(role) = role {
                    statements(graph, &role, resource.property("PolicyDocument"), grants);
                }
            }
            _ => {}
        }
    }
}

fn statements(graph: &ResourceGraph, role: &LogicalId, document: Option<&Expr>, grants: &mut Vec<Grant>) {
    let document = document.and_then(Expr::as_map);
    for statement in list(document.and_then(|d| d.get("Statement"))) {
        let Some(map) = statement.as_map() else { continue };
        if map.get("Effect").and_then(Expr::as_str) != Some("Allow") {
            continue;
        }
        let actions: Vec<Str> = list(map.get("Action")).filter_map(|a| a.as_shared().cloned()).collect();
        let mut resources: Vec<LogicalId> = Vec::new();
        let mut all_resources = false;
        for resource in list(map.get("Resource")) {
            all_resources |= resource.as_str() == Some("*");
            each_resource(graph, resource, &mut |id, _| {
                if !resources.contains(id) {
                    resources.push(id.clone());
                }
            });
        }
        let span = statement.span;
        grants.push(Grant { role: role.clone(), actions, resources, all_resources, span });
    }
}

/// The items of a list, or the one value that stands in place of a list. Of what is there under a
/// condition only, the value if the condition holds.
fn list(value: Option<&Expr>) -> impl Iterator<Item = &Expr> {
    let value = value.map(|v| v.as_if().map_or(v, |(_, then, _)| then));
    let items = value.map_or(&[][..], |v| v.as_list().unwrap_or(std::slice::from_ref(v)));
    items.iter().map(|item| item.as_if().map_or(item, |(_, then, _)| then))
}
