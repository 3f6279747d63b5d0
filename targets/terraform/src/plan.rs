//! Decides what becomes of each resource, as far as that can be told before any is written.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};
use samc_ir::references::{Use, each};
use samc_ir::{Expr, Function, Kind, Map, Resource, ValidGraph};
use samc_target::Options;

use crate::context::{Context, How, Plan};
use crate::mapping;
use crate::names::Names;
use crate::reason::Reason;
use crate::{resources, sections};

/// The state to write with.
pub(crate) fn context<'g>(graph: &'g ValidGraph, options: &'g Options) -> Context<'g> {
    let mut locals = Names::default();
    let keys = |map: Option<&'g Map>| map.into_iter().flat_map(Map::keys).filter(|k| !k.starts_with("Fn::"));
    let mappings: FxHashMap<_, _> = keys(graph.mappings()).map(|k| (&**k, locals.take(k))).collect();
    let conditions: FxHashMap<_, _> = keys(graph.conditions()).map(|k| (&**k, locals.take(k))).collect();
    let mut context = Context {
        graph,
        options,
        variables: graph.parameters().map(sections::variables).unwrap_or_default().into_iter().collect(),
        conditions,
        secret_conditions: Vec::new(),
        mappings,
        plans: FxHashMap::default(),
        asked: asked(graph),
        data: RefCell::default(),
        known_lookups: RefCell::default(),
        role_policies: RefCell::default(),
        data_names: RefCell::default(),
        found: RefCell::default(),
        guards: RefCell::default(),
        current: RefCell::default(),
        files: RefCell::default(),
        labels: FxHashSet::default(),
        satellites: RefCell::default(),
        satellite_names: RefCell::default(),
        facts: RefCell::default(),
        owners: owners(graph),
        listed: listed(graph),
        asked_names: RefCell::default(),
        writes_only: std::cell::Cell::default(),
        lack: RefCell::default(),
        uploads: std::cell::Cell::default(),
        schemas: schemas(graph),
    };
    context.secret_conditions = secret_conditions(&context);
    let mut labels = Names::default();
    for (id, resource) in &graph.resources {
        let plan = first_plan(&context, id, resource, labels.take(stable(id, resource)));
        context.labels.insert(plan.label.clone());
        context.plans.insert(id, plan);
    }
    context
}

/// Types whose logical ids the transform ends with a hash of what they hold, so that a change makes another one.
/// Terraform replaces them by their arguments, under one name.
const HASHED: &[&str] = &["AWS::ApiGateway::Deployment", "AWS::Lambda::LayerVersion"];

/// How many digits of a hash the transform takes (LogicalIdGenerator of AWS's translator).
const HASH_DIGITS: usize = 10;

/// The logical id without a hash of the content.
fn stable<'i>(id: &'i str, resource: &Resource) -> &'i str {
    let is_made = resource.origin.source.as_ref().is_some_and(|source| source.as_str() != id);
    let at = id.len().saturating_sub(HASH_DIGITS);
    match id.split_at_checked(at) {
        Some((name, hash))
            if is_made
                && !name.is_empty()
                && HASHED.contains(&resource.resource_type.as_str())
                && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) =>
        {
            name
        }
        _ => id,
    }
}

fn first_plan(context: &Context<'_>, id: &str, resource: &Resource, label: String) -> Plan {
    let condition = resource.attributes.get("Condition").and_then(Expr::as_str);
    let condition = condition.and_then(|name| context.conditions.get(name)).cloned();
    let mut plan = Plan { how: How::Stack, address: String::new(), label, condition, reason: None };
    let asked = context.asked.get(id).map(Vec::as_slice).unwrap_or_default();
    // What a macro does with a part is known to CloudFormation alone, which keeps that one resource.
    if resource.properties.as_ref().is_some_and(crate::fallback::has_macro) {
        plan.address = format!("aws_cloudformation_stack.{}", plan.label);
        plan.reason = Some(Reason::Macro);
        return plan;
    }
    if context.options.terraform.modules.contains_key(id) {
        plan.how = How::Module;
        plan.address = format!("module.{}", plan.label);
        return plan;
    }
    if resources::may_merge(context, id, resource) {
        plan.how = How::Merged;
        return plan;
    }
    let Some(mapping) = mapping::of(resource) else {
        fall_back(&mut plan, resource, Reason::Type);
        return plan;
    };
    let untold = asked.iter().find(|a| a.is_none_or(|name| mapping.attribute(name).is_none()));
    if let Some(untold) = untold {
        fall_back(&mut plan, resource, Reason::Attribute(untold.map(str::to_owned)));
        return plan;
    }
    plan.how = How::Native(mapping);
    plan.address = format!("{}.{}", mapping.to, plan.label);
    plan
}

/// Another way for a resource that cannot be as it was planned.
pub(crate) fn fall_back(plan: &mut Plan, resource: &Resource, reason: Reason) {
    plan.reason = Some(reason);
    let (how, kind) = if mapping::has_handlers(&resource.resource_type) {
        (How::CloudControl, "aws_cloudcontrolapi_resource")
    } else {
        (How::Stack, "aws_cloudformation_stack")
    };
    plan.how = how;
    plan.address = format!("{kind}.{}", plan.label);
}

/// The attributes that anybody asks of each resource.
fn asked(graph: &ValidGraph) -> FxHashMap<&str, Vec<Option<&str>>> {
    let mut asked: FxHashMap<&str, Vec<Option<&str>>> = FxHashMap::default();
    let mut look = |expr| {
        each(expr, false, &mut |r| {
            let used = match r.used {
                Use::Attribute(attribute) => Some(attribute),
                Use::Value => Some(Some("Ref")),
                Use::Condition | Use::Mapping(..) => None,
            };
            if let Some(attribute) = used {
                let known = asked.entry(r.name).or_default();
                if !known.contains(&attribute) {
                    known.push(attribute);
                }
            }
        });
    };
    graph.resources.values().filter_map(|r| r.properties.as_ref()).for_each(&mut look);
    graph.sections.get("Outputs").into_iter().for_each(&mut look);
    asked
}

/// The attributes that `Fn::Select` picks from or `Fn::Join` joins as they are.
fn listed(graph: &ValidGraph) -> FxHashSet<(&str, &str)> {
    let mut found = FxHashSet::default();
    let values = graph.resources.values().filter_map(|r| r.properties.as_ref());
    for expr in values.chain(graph.sections.get("Outputs")) {
        expr.walk(&mut |e| {
            if let Kind::Call(Function::Select | Function::Join, argument) = &e.kind
                && let Some([_, list]) = argument.as_list()
            {
                found.extend(list.as_get_att());
            }
        });
    }
    found
}

/// The conditions that depend on a secret, through others too.
fn secret_conditions<'g>(context: &Context<'g>) -> Vec<&'g str> {
    let Some(conditions) = context.graph.conditions() else { return Vec::new() };
    let mut secret: Vec<&str> = Vec::new();
    loop {
        let before = secret.len();
        for (name, expr) in conditions.iter() {
            if secret.contains(&&**name) {
                continue;
            }
            let is_secret = context.is_secret(expr);
            if is_secret {
                secret.push(name);
            }
        }
        if secret.len() == before {
            return secret;
        }
    }
}

/// The functions and state machines that have versions.
fn owners<'g>(graph: &'g ValidGraph) -> FxHashSet<&'g str> {
    let owner = |resource: &'_ Resource| resources::version_of(resource.resource_type.as_str());
    let named = |value: &'g Expr| value.as_ref_to().or_else(|| value.as_get_att().map(|(id, _)| id));
    graph.resources.values().filter_map(|r| named(r.property(owner(r)?)?)).collect()
}

/// The schemas of GraphQL APIs, by API.
fn schemas(graph: &ValidGraph) -> FxHashMap<&str, &str> {
    let schemas = graph.resources.iter().filter(|(_, r)| r.resource_type == "AWS::AppSync::GraphQLSchema");
    schemas.filter_map(|(id, r)| Some((r.property("ApiId")?.as_get_att()?.0, id.as_str()))).collect()
}
