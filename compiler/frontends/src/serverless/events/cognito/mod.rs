//! `cognitoUserPool`: what happens to users of a pool, which is made here or is there already. Source:
//! lib/plugins/aws/package/compile/events/cognito-user-pool.js of osls 3.77.1.

mod existing;

use indexmap::IndexMap;
use samc_base::codes;
use samc_ir::{Expr, Map};

use super::common::{as_text, permission, required};
use crate::serverless::names::{alphanumeric, normalized};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{set, stringify};

/// Triggers that send messages in the place of Cognito, which encrypts what is in them.
const SENDERS: [&str; 2] = ["CustomSMSSender", "CustomEmailSender"];

/// The trigger that has versions beside those.
const TOKENS: &str = "PreTokenGeneration";

/// Versions of what these triggers are called with.
const OF_SENDERS: [&str; 1] = ["V1_0"];
const OF_TOKENS: [&str; 3] = ["V1_0", "V2_0", "V3_0"];

/// How an event is written.
const EXAMPLE: &str = "- cognitoUserPool: {pool: NAME, trigger: PreSignUp}";

/// An event with what was read of it.
struct Trigger<'a> {
    function: &'a Function,
    event: &'a Event,
    /// The pool as written; of one that exists it may be a reference.
    written: &'a Expr,
    /// Its name, or the reference as text.
    pool: String,
    name: String,
    version: Option<&'a Expr>,
    key: Option<&'a Expr>,
}

impl Trigger<'_> {
    fn is_sender(&self) -> bool {
        SENDERS.contains(&self.name.as_str())
    }

    /// The version of a sender, which has one even where none is given.
    fn version_of_sender(&self) -> Expr {
        self.version.cloned().unwrap_or_else(|| OF_SENDERS[0].into())
    }
}

/// Lowers the events: those of pools that are made here first.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let mut pools: IndexMap<String, Vec<Trigger<'_>>> = IndexMap::new();
    let mut existing = Vec::new();
    let mut keys = Keys::default();
    for (function, event, _) in service.events("cognitoUserPool") {
        let is_new = !is_existing(event);
        let Some(trigger) = read(function, event, out) else { continue };
        if !keys.take(&trigger, is_new, out) {
            continue;
        }
        match is_new {
            true => pools.entry(trigger.pool.clone()).or_default().push(trigger),
            false => existing.push(trigger),
        }
    }
    for (name, triggers) in &pools {
        pool(name, triggers, out);
    }
    for trigger in pools.values().flatten() {
        let id = format!(
            "{}LambdaPermissionCognitoUserPool{}TriggerSource{}",
            normalized(&trigger.function.key),
            alphanumeric(&trigger.pool),
            alphanumeric(&trigger.name)
        );
        let source = Some(Expr::get_att(pool_id(&trigger.pool), "Arn"));
        permission((trigger.function, trigger.event), id, "cognito-idp.amazonaws.com", source, out);
    }
    existing::lower(service, &existing, out);
}

/// True where the pool is there already.
fn is_existing(event: &Event) -> bool {
    event.flag("existing").unwrap_or_else(|| event.given("existing").is_some())
}

/// The logical id of a pool.
fn pool_id(name: &str) -> String {
    format!("CognitoUserPool{}", alphanumeric(name))
}

fn read<'a>(function: &'a Function, event: &'a Event, out: &mut Output<'_>) -> Option<Trigger<'a>> {
    let of = (function, event);
    let [pool, trigger] = required(of, ["pool", "trigger"], EXAMPLE, out)?;
    let written = pool;
    let help =
        "give the name of the user pool; that of one that exists (`existing: true`) may be a reference";
    let pool = match written.is_call() && is_existing(event) {
        true => stringify(written),
        false => as_text(of, "pool", written, help, out)?,
    };
    let name = as_text(of, "trigger", trigger, "give the name of a trigger", out)?;
    let version = event.given("lambdaVersion");
    let versions: &[&str] = match name.as_str() {
        TOKENS => &OF_TOKENS,
        name if SENDERS.contains(&name) => &OF_SENDERS,
        _ => &[],
    };
    if let Some(version) = version
        && !version.as_str().is_some_and(|version| versions.contains(&version))
    {
        let message = match versions {
            [] => format!("the trigger {name} of {} has no versions", function.key),
            _ => format!("the trigger {name} of {} has no such version", function.key),
        };
        let help = match versions {
            [] => "take out `lambdaVersion`".to_owned(),
            versions => format!("use {}", versions.join(", ")),
        };
        out.error(codes::INVALID_VALUE, &event.origin, message, version.span, "not a version of it", &help);
        return None;
    }
    Some(Trigger { function, event, written, pool, name, version, key: event.given("kmsKeyId") })
}

/// The keys that messages of pools are encrypted with: one for each pool.
#[derive(Default)]
struct Keys<'a>(IndexMap<(String, bool), &'a Expr>);

impl<'a> Keys<'a> {
    /// False where a sender has no key, or another than one before it, which is reported.
    fn take(&mut self, trigger: &Trigger<'a>, is_new: bool, out: &mut Output<'_>) -> bool {
        if !trigger.is_sender() {
            return true;
        }
        let origin = &trigger.event.origin;
        let Some(key) = trigger.key else {
            out.error(
                codes::MISSING_PROPERTY,
                origin,
                format!("the trigger {} of {} has no kmsKeyId", trigger.name, trigger.function.key),
                trigger.event.value.span,
                "no key",
                "what is sent is encrypted: add `kmsKeyId`, the ARN of a key",
            );
            return false;
        };
        let first = *self.0.entry((trigger.pool.clone(), is_new)).or_insert(key);
        if first == key {
            return true;
        }
        out.error(
            codes::INVALID_VALUE,
            origin,
            format!("the user pool {} has two keys, and takes one", trigger.pool),
            key.span,
            "another key",
            "give all triggers of the pool the same kmsKeyId",
        );
        false
    }
}

fn pool(name: &str, triggers: &[Trigger<'_>], out: &mut Output<'_>) {
    let Some(first) = triggers.first() else { return };
    let mut config = Map::new();
    let mut depends_on: Vec<Expr> = Vec::new();
    for trigger in triggers {
        let target = trigger.function.target();
        let versioned =
            |version: Expr| Map::from([("LambdaArn", target.clone()), ("LambdaVersion", version)]);
        match trigger.version {
            _ if trigger.is_sender() => {
                config.insert(trigger.name.as_str(), versioned(trigger.version_of_sender()));
                set(&mut config, "KMSKeyID", trigger.key);
            }
            Some(version) if trigger.name == TOKENS => {
                config.insert("PreTokenGenerationConfig", versioned(version.clone()));
            }
            _ => {
                config.insert(trigger.name.as_str(), target);
            }
        }
        // As often as there are triggers: CloudFormation takes repetitions, and deployed stacks have them.
        depends_on.push(trigger.function.target_depends_on().unwrap_or_else(|| trigger.function.id().into()));
    }
    let properties = Map::from([("UserPoolName", Expr::from(name)), ("LambdaConfig", config.into())]);
    let resource = out.add(pool_id(name), "AWS::Cognito::UserPool", properties, &first.event.origin);
    resource.attributes.insert("DependsOn", depends_on);
}
