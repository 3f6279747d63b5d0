//! `UsagePlan`: a plan with an API key, for one API or shared by all that ask for it.

use indexmap::IndexSet;
use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Function, Map, Str};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::properties::{Property, check};

/// The condition of the shared plan.
const CONDITION: &str = "SharedUsagePlanCondition";

const PROPERTIES: &[Property] = &[
    Property::pass("CreateUsagePlan"),
    Property::pass("Description"),
    Property::pass("Quota"),
    Property::pass("Tags"),
    Property::pass("Throttle"),
    Property::pass("UsagePlanName"),
];

/// The plan that several APIs share, as far as they were expanded.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedPlan {
    apis: Vec<Expr>,
    api_stages: Vec<Expr>,
    stage_keys: Vec<Expr>,
    conditions: IndexSet<Str>,
    has_unconditional: bool,
    deletion_policy: Option<Str>,
    update_replace_policy: Option<Str>,
}

impl SharedPlan {
    /// Takes in another API's attributes; gives those of the shared resources. The strictest
    /// policies win, and a condition holds only while every API has one.
    fn attributes(&mut self, own: &Map) -> (Map, Option<Expr>) {
        let text = |name: &str| own.get(name).and_then(Expr::as_shared).cloned();
        if let Some(policy) = text("DeletionPolicy")
            && (self.deletion_policy.is_none() || &*policy == "Retain")
        {
            self.deletion_policy = Some(policy);
        }
        if let Some(policy) = text("UpdateReplacePolicy") {
            let there = self.update_replace_policy.as_deref();
            let stricter = &*policy == "Retain" || &*policy == "Snapshot" && there == Some("Delete");
            if there.is_none() || stricter {
                self.update_replace_policy = Some(policy);
            }
        }
        let condition = text("Condition");
        let mut defined = None;
        if !self.has_unconditional {
            match condition {
                None => self.has_unconditional = true,
                Some(condition) => {
                    if self.conditions.insert(condition) {
                        defined = Some(self.condition());
                    }
                }
            }
        }
        let mut attributes = Map::new();
        if let Some(policy) = &self.deletion_policy {
            attributes.insert("DeletionPolicy", policy);
        }
        if let Some(policy) = &self.update_replace_policy {
            attributes.insert("UpdateReplacePolicy", policy);
        }
        if !self.conditions.is_empty() && !self.has_unconditional {
            attributes.insert("Condition", CONDITION);
        }
        (attributes, defined)
    }

    /// What the shared condition is defined as.
    fn condition(&self) -> Expr {
        if let [only] = self.conditions.iter().collect::<Vec<_>>().as_slice() {
            return Expr::from(*only);
        }
        let mut names: Vec<&Str> = self.conditions.iter().collect();
        names.sort();
        let all: Vec<Expr> = names.into_iter().map(|c| Expr::call(Function::Condition, c)).collect();
        Expr::call(Function::Or, all)
    }
}

/// The plan, the key and what ties them, where `Auth` asks for a plan.
pub(super) fn generate(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    properties: &Map,
    stage: &LogicalId,
    passthrough: &Map,
) -> Result<Vec<Generated>> {
    let auth = properties.get("Auth").and_then(Expr::as_map);
    let Some(given) = auth.and_then(|a| a.get("UsagePlan")).filter(|u| !u.is_null()) else {
        return Ok(Vec::new());
    };
    let path = format!("{}.Auth.UsagePlan", ctx.current.path);
    let Some(settings) = given.as_map() else {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, "UsagePlan must be a mapping")
                .at(given.span, "not a mapping")
                .path(path),
        ));
    };
    check(ctx, settings, PROPERTIES, "UsagePlan")?;
    let create = settings.get("CreateUsagePlan").filter(|c| !c.is_null());
    let shared = match create.and_then(Expr::as_str) {
        Some("PER_API") => false,
        Some("SHARED") => true,
        Some("NONE") => return Ok(Vec::new()),
        _ => {
            let at = create.and_then(|c| c.span).or(given.span);
            return Err(ctx.report(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    "UsagePlan needs CreateUsagePlan: PER_API, SHARED or NONE",
                )
                .at(at, "none of the three")
                .path(format!("{path}.CreateUsagePlan")),
            ));
        }
    };
    let pair = |api: &str, stage_key: &str| {
        Expr::from([(api, Expr::reference(id)), (stage_key, Expr::reference(stage))])
    };
    let (api_stage, stage_key) = (pair("ApiId", "Stage"), pair("RestApiId", "StageName"));
    let prefix = if shared { "Serverless" } else { id.as_str() };
    let (plan_id, key_id) = (format!("{prefix}UsagePlan"), format!("{prefix}ApiKey"));
    let (apis, api_stages, stage_keys, attributes) = if shared {
        let (attributes, defined) = ctx.rest.shared_plan.attributes(passthrough);
        let plan = &mut ctx.rest.shared_plan;
        let push = |list: &mut Vec<Expr>, one: Expr| {
            if !list.contains(&one) {
                list.push(one);
            }
        };
        push(&mut plan.apis, Expr::from(id));
        push(&mut plan.api_stages, api_stage);
        push(&mut plan.stage_keys, stage_key);
        let lists = (plan.apis.clone(), plan.api_stages.clone(), plan.stage_keys.clone(), attributes);
        let unconditional = plan.has_unconditional;
        match defined {
            Some(value) => ctx.add_condition(CONDITION, value),
            None if unconditional => {
                if let Some(conditions) = ctx.sections.get_mut("Conditions").and_then(Expr::as_map_mut) {
                    conditions.remove(CONDITION);
                }
            }
            None => {}
        }
        lists
    } else {
        (vec![Expr::from(id)], vec![api_stage], vec![stage_key], passthrough.clone())
    };
    let mut plan = Map::from([("ApiStages", api_stages)]);
    for name in ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"] {
        if settings.get(name).is_some_and(Expr::is_truthy) {
            copy(settings, name, &mut plan);
        }
    }
    let origin = ctx.current.clone();
    let one = |name: &str| Expr::from([Expr::from(name)]);
    let plan = Generated::new(plan_id.as_str(), "AWS::ApiGateway::UsagePlan", plan, origin.clone())
        .depends_on(Expr::from(apis))
        .attributes(&attributes);
    let key = Map::from([("Enabled", Expr::from(true)), ("StageKeys", stage_keys.into())]);
    let key = Generated::new(key_id.as_str(), "AWS::ApiGateway::ApiKey", key, origin.clone())
        .depends_on(one(&plan_id))
        .attributes(&attributes);
    let tie = Map::from([
        ("KeyId", Expr::reference(key_id.as_str())),
        ("KeyType", Expr::from("API_KEY")),
        ("UsagePlanId", Expr::reference(plan_id.as_str())),
    ]);
    let tie = Generated::new(format!("{prefix}UsagePlanKey"), "AWS::ApiGateway::UsagePlanKey", tie, origin)
        .depends_on(one(&key_id))
        .attributes(&attributes);
    Ok(vec![plan, key, tie])
}
