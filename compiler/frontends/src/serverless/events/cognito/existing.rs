//! User pools that are there already: a helper of the framework sets their triggers.

use indexmap::IndexMap;
use samc_base::codes;
use samc_ir::{Expr, Map};

use super::Trigger;
use crate::serverless::events::custom_resources::{self, COGNITO};
use crate::serverless::names::normalized;
use crate::serverless::output::{Output, statement};
use crate::serverless::service::Service;
use crate::serverless::value::set;

/// What the helper does with a pool.
const POOL: [&str; 3] =
    ["cognito-idp:ListUserPools", "cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPool"];

/// Adds what the helper is told of each function, and the helper.
pub(super) fn lower(service: &Service, triggers: &[Trigger<'_>], out: &mut Output<'_>) {
    let Some(first) = triggers.first() else { return };
    let mut statements = Vec::new();
    let mut of_pool: IndexMap<&str, Vec<String>> = IndexMap::new();
    for function in &service.functions {
        let own: Vec<&Trigger<'_>> =
            triggers.iter().filter(|trigger| trigger.function.key == function.key).collect();
        let Some(first) = own.first() else { continue };
        if let Some(other) = own.iter().find(|trigger| trigger.pool != first.pool) {
            out.error(
                codes::EXCLUSIVE_PROPERTIES,
                &other.event.origin,
                format!(
                    "{} has triggers of two user pools that exist, {} and {}; the helper takes one for each function",
                    function.key, first.pool, other.pool
                ),
                other.event.setting("pool").and_then(|pool| pool.span),
                "a second user pool",
                "give the other pool to a function of its own",
            );
            continue;
        }
        if let Some(key) = first.key.filter(|_| first.is_sender()) {
            statements.push(statement(&["kms:CreateGrant"], key.clone()));
        }
        let id = one(&own, first, out);
        of_pool.entry(&first.pool).or_default().push(id);
        statements.push(statement(&POOL, "*".into()));
        let name = match function.name.as_str() {
            Some(name) => Expr::sub(format!("arn:${{AWS::Partition}}:lambda:*:*:function:{name}")),
            None => Expr::join(
                "",
                vec![Expr::sub("arn:${AWS::Partition}:lambda:*:*:function:"), function.name.clone()],
            ),
        };
        statements.push(statement(&["lambda:AddPermission", "lambda:RemovePermission"], name));
    }
    statements.push(statement(
        &["lambda:RemovePermission"],
        Expr::sub("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"),
    ));
    statements.push(statement(&["iam:PassRole"], Expr::sub("arn:${AWS::Partition}:iam::*:role/*")));
    custom_resources::one_after_another(of_pool.values(), out);
    custom_resources::add(service, &COGNITO, statements, first.event, out);
}

/// Adds the resource of a function, which has all triggers of its one pool.
fn one(triggers: &[&Trigger<'_>], first: &Trigger<'_>, out: &mut Output<'_>) -> String {
    let config = |trigger: &&Trigger<'_>| {
        let mut config = Map::from([("Trigger", trigger.name.as_str())]);
        if trigger.is_sender() {
            config.insert("LambdaVersion", trigger.version_of_sender());
            set(&mut config, "KMSKeyID", trigger.key);
        } else if let Some(version) = trigger.version {
            config.insert("LambdaVersion", version.clone());
        }
        Expr::from(config)
    };
    let configs: Vec<Expr> = triggers.iter().map(config).collect();
    let mut properties = Map::from([
        ("FunctionName", first.function.name.clone()),
        ("UserPoolName", first.written.clone()),
        ("UserPoolConfigs", configs.into()),
    ]);
    custom_resources::force(first.function, first.event, &mut properties, out);
    let id = format!("{}CustomCognitoUserPool1", normalized(&first.function.key));
    custom_resources::resource(id.clone(), &COGNITO, properties, (first.function, first.event), out);
    id
}
