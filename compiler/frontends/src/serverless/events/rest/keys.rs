//! Keys of callers, and plans of how much they may call. Source: lib/api-keys.js, lib/usage-plan.js and
//! lib/usage-plan-keys.js of the events `api-gateway` of osls 3.77.1.
//!
//! Keys and plans are a list of keys and one plan; or, in the nested form, a list of plans, each with its name, and
//! under the same names lists of keys.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::Api;
use crate::serverless::names::upper_first;
use crate::serverless::output::Output;
use crate::serverless::value::{given, listed, set};

/// How often callers may call in a time: what CloudFormation calls it, and what the file does.
const QUOTA: [(&str, &str); 3] = [("Limit", "limit"), ("Offset", "offset"), ("Period", "period")];

/// How fast they may call.
const THROTTLE: [(&str, &str); 2] = [("BurstLimit", "burstLimit"), ("RateLimit", "rateLimit")];

/// Adds the keys and the plans.
pub(super) fn lower(api: &Api<'_>, deployment: &str, out: &mut Output<'_>) {
    let keys = given(api.settings, "apiKeys").map(listed);
    let keys = keys.as_ref().and_then(Expr::as_list);
    let plan = given(api.settings, "usagePlan");
    if keys.is_none() && plan.is_none() {
        return;
    }
    let items: Option<Vec<&Map>> =
        plan.and_then(Expr::as_list).map(|items| items.iter().filter_map(Expr::as_map).collect());
    // Each item of the list is a plan, which its first key names.
    let plans: Option<Vec<(&str, &Expr)>> = items.as_ref().map(|items| {
        items.iter().filter_map(|item| item.iter().next()).map(|(name, plan)| (&**name, plan)).collect()
    });
    match (&plans, &items) {
        (Some(plans), Some(items)) => {
            for (name, plan) in plans {
                check_name(api, name, plan, out);
                let part = |key: &str| last_part(items, name, key);
                self::plan(api, Some(name), &part, deployment, out);
            }
        }
        _ => {
            let settings = plan.and_then(Expr::as_map);
            let part = |key: &str| settings.and_then(|plan| given(plan, key)).and_then(Expr::as_map);
            self::plan(api, None, &part, deployment, out);
        }
    }
    let mut number = 0;
    for key in keys.unwrap_or_default() {
        let nested = key.as_map().and_then(|map| map.iter().next()).map(|(name, value)| (&**name, value));
        let has_plan = |name: &str| plans.iter().flatten().any(|(plan, _)| *plan == name);
        match nested {
            Some((name, keys)) if has_plan(name) => {
                for (index, key) in keys.as_list().unwrap_or_default().iter().enumerate() {
                    number = index + 1;
                    self::key(api, Some(name), number, key, deployment, out);
                }
            }
            Some((name, keys)) if keys.as_list().is_some() => {
                let message = format!("the API keys `{name}` have no usage plan of that name");
                let help = format!("add `- {name}:` with `quota` or `throttle` under `usagePlan`");
                out.error(codes::MISSING_PROPERTY, &api.origin, message, key.span, "no plan", &help);
            }
            _ if plans.is_some() => {
                let message = "an API key stands outside of the usage plans, which have names";
                let help = "put the key under the name of its plan: `- PLAN: [KEY]`";
                out.error(codes::MISSING_PROPERTY, &api.origin, message, key.span, "of no plan", help);
            }
            _ => {
                number += 1;
                self::key(api, None, number, key, deployment, out);
            }
        }
    }
}

/// The name of a plan is a part of logical ids as it is.
fn check_name(api: &Api<'_>, name: &str, plan: &Expr, out: &mut Output<'_>) {
    if !name.chars().all(|char| char.is_ascii_alphanumeric()) {
        let message =
            format!("a usage plan cannot be called `{name}`: logical ids of CloudFormation come of it");
        let help = "name it with letters and digits alone, and its keys as well";
        out.error(codes::INVALID_VALUE, &api.origin, message, plan.span, "the plan", help);
    }
}

/// The end of the logical ids of keys and plans with a name.
fn ending(name: Option<&str>) -> String {
    name.map(upper_first).unwrap_or_default()
}

/// Adds a key, and puts it into its plan.
fn key(api: &Api<'_>, plan: Option<&str>, number: usize, key: &Expr, deployment: &str, out: &mut Output<'_>) {
    let empty = Map::new();
    let settings = key.as_map().unwrap_or(&empty);
    let name = if key.as_map().is_some() { given(settings, "name") } else { Some(key) };
    let enabled = settings.get("enabled").filter(|enabled| !enabled.is_null());
    let mut properties = Map::from([("Enabled", enabled.cloned().unwrap_or_else(|| true.into()))]);
    set(&mut properties, "Name", name);
    for (property, setting) in
        [("Value", "value"), ("Description", "description"), ("CustomerId", "customerId")]
    {
        set(&mut properties, property, given(settings, setting));
    }
    let stage = Expr::from([("RestApiId", api.id()), ("StageName", api.service.stage.as_str().into())]);
    properties.insert("StageKeys", vec![stage]);
    let id = format!("ApiGatewayApiKey{}{number}", ending(plan));
    let resource = out.add(id.as_str(), "AWS::ApiGateway::ApiKey", properties, &api.origin);
    resource.attributes.insert("DependsOn", deployment);
    let properties = Map::from([
        ("KeyId", Expr::reference(id)),
        ("KeyType", "API_KEY".into()),
        ("UsagePlanId", Expr::reference(format!("ApiGatewayUsagePlan{}", ending(plan)))),
    ]);
    let id = format!("ApiGatewayUsagePlanKey{}{number}", ending(plan));
    out.add(id, "AWS::ApiGateway::UsagePlanKey", properties, &api.origin);
}

/// A part of the plan of a name, as the last item of the list says it that has one; beside other plans, too.
fn last_part<'a>(items: &[&'a Map], name: &str, key: &str) -> Option<&'a Map> {
    let mut parts = items.iter().filter_map(|item| given(item.get(name)?.as_map()?, key)?.as_map());
    parts.next_back().filter(|part| !part.is_empty())
}

/// Adds a plan, whose parts `part` gives: `quota` and `throttle`.
fn plan<'a>(
    api: &Api<'_>,
    name: Option<&str>,
    part: &dyn Fn(&str) -> Option<&'a Map>,
    deployment: &str,
    out: &mut Output<'_>,
) {
    let service = api.service;
    // A plan of the nested form that is called so is named like one alone.
    let title = name.filter(|name| *name != "default");
    let (description, full_name) = match title {
        Some(title) => (
            format!("Usage plan \"{title}\" for {} {} stage", service.name, service.stage),
            format!("{}-{title}-{}", service.name, service.stage),
        ),
        None => (format!("Usage plan for {} {} stage", service.name, service.stage), service.prefix()),
    };
    let stage = Expr::from([("ApiId", api.id()), ("Stage", service.stage.as_str().into())]);
    let mut properties = Map::from([
        ("ApiStages", Expr::from(vec![stage])),
        ("Description", description.into()),
        ("UsagePlanName", full_name.into()),
    ]);
    let renamed = |map: &Map, names: &[(&str, &str)]| {
        let mut renamed = Map::new();
        names.iter().for_each(|(name, key)| set(&mut renamed, name, map.get(key)));
        renamed
    };
    if let Some(quota) = part("quota") {
        properties.insert("Quota", renamed(quota, &QUOTA));
    }
    if let Some(throttle) = part("throttle") {
        properties.insert("Throttle", renamed(throttle, &THROTTLE));
    }
    let id = format!("ApiGatewayUsagePlan{}", ending(name));
    let resource = out.add(id, "AWS::ApiGateway::UsagePlan", properties, &api.origin);
    resource.attributes.insert("DependsOn", deployment);
}
