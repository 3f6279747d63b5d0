//! Helpers of the framework: functions with code of its own, which carry out for custom resources what
//! CloudFormation cannot. samc makes the same resources, and says that the code is not its own. Source:
//! lib/plugins/aws/custom-resources/index.js of osls 3.77.1.

use md5::{Digest, Md5};
use samc_base::{LogicalId, codes};
use samc_ir::{Advice, Expr, Map, Matter, Origin};

use super::common::in_account;
use crate::serverless::output::{Output, statement};
use crate::serverless::role::{document, trust};
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, given_at, set};
use crate::serverless::{names, package};

/// What gives a helper a log group and lets it write there: all that the author can say of it.
const OF_LOGS: &str =
    "set `logs.frameworkLambda` of `provider` to true: the helper gets a log group and may write to it";

/// A helper.
pub(super) struct Helper {
    /// The end of its name.
    name: &'static str,
    /// The folder of its code in the archive.
    folder: &'static str,
    /// The type of the custom resources it looks after.
    resource: &'static str,
    /// What it does, as the end of a sentence.
    does: &'static str,
    /// What does without it.
    instead: &'static str,
}

impl Helper {
    /// The logical id of the function. Its name is normalized twice, as that of the framework is.
    fn id(&self) -> String {
        names::function(&names::normalized(self.name))
    }
}

/// Sets notifications of buckets that are there already.
pub(super) const S3: Helper = Helper {
    name: "custom-resource-existing-s3",
    folder: "s3",
    resource: "Custom::S3",
    does: "notifications of a bucket that exists already",
    instead: "turn on notifications of the bucket to EventBridge and use an `eventBridge` event, or make the bucket in this template",
};

/// Sets triggers of user pools that are there already.
pub(super) const COGNITO: Helper = Helper {
    name: "custom-resource-existing-cup",
    folder: "cognito-user-pool",
    resource: "Custom::CognitoUserPool",
    does: "triggers of a user pool that exists already",
    instead: "make the user pool in this template, or set LambdaConfig where it is made",
};

/// Makes rules.
pub(super) const EVENT_BRIDGE: Helper = Helper {
    name: "custom-resource-event-bridge",
    folder: "event-bridge",
    resource: "Custom::EventBridge",
    does: "rules that CloudFormation is not to make",
    instead: "take out `provider.eventBridge`, so that CloudFormation makes the rules",
};

/// The role that all helpers share.
const ROLE: &str = "IamRoleCustomResourcesLambdaExecution";

/// The archive with the code of all helpers.
const ARCHIVE: &str = "custom-resources.zip";

/// The runtime of helpers where functions are of another language.
const RUNTIME: &str = "nodejs24.x";

/// Letters that the name of a function has at most, and letters of a longer one that its digest is put behind.
const NAME: usize = 64;
const BEFORE_DIGEST: usize = 32;

/// Adds a custom resource for an event.
pub(super) fn resource(
    id: String,
    helper: &Helper,
    properties: Map,
    (function, event): (&Function, &Event),
    out: &mut Output<'_>,
) {
    let mut all = Map::from([("ServiceToken", Expr::get_att(helper.id(), "Arn"))]);
    all.extend(properties);
    let resource = out.add(id, helper.resource, all, &event.origin);
    resource.attributes.insert("Version", 1);
    resource.attributes.insert("DependsOn", vec![Expr::from(function.id()), helper.id().into()]);
}

/// Sets `ForceDeploy` where the event asks for it. The framework writes the time there, which changes with every
/// deployment; samc has no clock, and writes what changes with the function.
pub(super) fn force(function: &Function, event: &Event, properties: &mut Map, out: &mut Output<'_>) {
    if event.flag("forceDeploy") != Some(true) {
        return;
    }
    let version = format!("{}LambdaVersion", names::normalized(&function.key));
    let published = out.graph.resources.keys().find(|id| id.as_str().starts_with(&version));
    let digest =
        published.and_then(|id| id.as_str().get(version.len()..)).unwrap_or("unpublished").to_owned();
    properties.insert("ForceDeploy", digest);
}

/// Makes custom resources of one thing wait for each other, so that no two change it at once.
pub(super) fn one_after_another<'a>(groups: impl Iterator<Item = &'a Vec<String>>, out: &mut Output<'_>) {
    for pair in groups.flat_map(|group| group.windows(2)) {
        let [before, after] = pair else { continue };
        let Some(resource) = out.graph.resources.get_mut(after.as_str()) else { continue };
        if let Some(list) = resource.attributes.get_mut("DependsOn").and_then(Expr::as_list_mut) {
            list.push(before.as_str().into());
        }
    }
}

/// What lets a helper give permissions to call functions.
pub(super) fn permissions_of_functions() -> Expr {
    let arn = in_account("lambda", vec!["function".into(), "*".into()]);
    statement(&["lambda:AddPermission", "lambda:RemovePermission"], arn)
}

/// Adds a helper with what it may do, and says whose code it is. `event` is the first that needs it.
pub(super) fn add(
    service: &Service,
    helper: &Helper,
    statements: Vec<Expr>,
    event: &Event,
    out: &mut Output<'_>,
) {
    let origin = Origin {
        source: Some(LogicalId::new(helper.name)),
        advice: Some(Advice { matter: Matter::Logs, text: OF_LOGS }),
        ..event.origin.clone()
    };
    let deployment = given_at(&service.provider, &["iam", "deploymentRole"])
        .or_else(|| given(&service.provider, "cfnRole"));
    let logs = service.provider_at(&["logs", "frameworkLambda"]).is_some();
    let mut depends_on = Vec::new();
    let role = match deployment {
        Some(role) => role.clone(),
        None => {
            allow(service, statements, logs, &origin, out);
            depends_on.push(Expr::from(ROLE));
            Expr::get_att(ROLE, "Arn")
        }
    };
    let name = shortened(format!("{}-{}", service.prefix(), helper.name));
    let runtime = given(&service.provider, "runtime")
        .filter(|runtime| runtime.as_str().is_some_and(|name| name.starts_with("nodejs")));
    let mut properties = Map::from([
        ("Code", Expr::from(package::place(service, ARCHIVE))),
        ("FunctionName", name.as_str().into()),
        ("Handler", format!("{}/handler.handler", helper.folder).into()),
        ("MemorySize", 1024.into()),
        ("Runtime", runtime.cloned().unwrap_or_else(|| RUNTIME.into())),
        ("Timeout", 180.into()),
        ("Role", role),
    ]);
    if let Some(architecture) = given(&service.provider, "architecture") {
        properties.insert("Architectures", vec![architecture.clone()]);
    }
    if logs {
        let id = names::log_group(helper.name);
        let mut group = Map::from([("LogGroupName", Expr::from(names::log_group_name(&name)))]);
        set(&mut group, "RetentionInDays", given(&service.provider, "logRetentionInDays"));
        set(&mut group, "DataProtectionPolicy", given(&service.provider, "logDataProtectionPolicy"));
        out.add(id.as_str(), "AWS::Logs::LogGroup", group, &origin);
        depends_on.push(id.into());
    }
    let resource = out.add(helper.id(), "AWS::Lambda::Function", properties, &origin);
    if !depends_on.is_empty() {
        resource.attributes.insert("DependsOn", depends_on);
    }
    out.warn(
        codes::FRAMEWORK_HELPER,
        &event.origin,
        format!("{} are set up by a helper function, whose code the Serverless Framework writes and samc does not", helper.does),
        event.value.span,
        "needs the helper",
        &format!("{}; else upload the {ARCHIVE} of `serverless package` to where the template says", helper.instead),
    );
}

/// Adds the role of the helpers, or adds to it.
fn allow(service: &Service, statements: Vec<Expr>, logs: bool, origin: &Origin, out: &mut Output<'_>) {
    if !out.has(ROLE) {
        let name = Expr::join(
            "-",
            vec![
                service.stage.as_str().into(),
                service.name.as_str().into(),
                "custom-resources-lambda".into(),
            ],
        );
        let first = if logs { may_log(service) } else { Vec::new() };
        let policy = Expr::from([("PolicyName", name), ("PolicyDocument", document(first))]);
        let properties = Map::from([
            ("AssumeRolePolicyDocument", trust(&["lambda.amazonaws.com"])),
            ("Policies", vec![policy].into()),
        ]);
        out.add(ROLE, "AWS::IAM::Role", properties, origin);
    }
    let list = out
        .properties(ROLE)
        .and_then(|role| {
            role.get_mut("Policies")?.as_list_mut()?.first_mut()?.as_map_mut()?.get_mut("PolicyDocument")
        })
        .and_then(|document| document.as_map_mut()?.get_mut("Statement")?.as_list_mut());
    let Some(list) = list else { return };
    for statement in statements {
        // Only text is looked at: on `*` the first of two statements stays.
        let resource = |statement: &Expr| statement.as_map()?.get("Resource")?.as_str().map(str::to_owned);
        let there = resource(&statement)
            .is_some_and(|wanted| list.iter().any(|other| resource(other).as_ref() == Some(&wanted)));
        if !there {
            list.push(statement);
        }
    }
}

fn may_log(service: &Service) -> Vec<Expr> {
    let group = |ending: &str| {
        let name = names::log_group_name(&service.prefix());
        vec![Expr::sub(format!(
            "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}{ending}"
        ))]
    };
    vec![
        statement(&["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"], group("*:*").into()),
        statement(&["logs:PutLogEvents"], group("*:*:*").into()),
    ]
}

fn shortened(name: String) -> String {
    if name.len() <= NAME {
        return name;
    }
    let digest: String = Md5::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let head: String = name.chars().take(BEFORE_DIGEST).collect();
    format!("{head}{digest}")
}
