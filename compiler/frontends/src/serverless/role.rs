//! The role that functions without one of their own share. Source: lib/plugins/aws/package/lib/merge-iam-templates.js
//! of osls 3.77.1.

use samc_base::Span;
use samc_ir::{Expr, Kind, Map, Origin};

use super::names::{self, ROLE};
use super::output::{Output, statement};
use super::service::{Function, Service};
use super::value::{given, set, tags};

/// Makes room for the role, so that it stands before what uses it.
pub(super) fn announce(service: &Service, out: &mut Output<'_>) {
    if service.has_role() {
        let span = service.root.key_span("provider");
        out.add(ROLE, "AWS::IAM::Role", Map::new(), &origin(span));
    }
}

fn origin(key_span: Option<Span>) -> Origin {
    Origin { key_span, span: key_span, path: "provider.iam.role".to_owned(), ..Origin::default() }
}

/// Writes the role, when all is known that it has to allow.
pub(super) fn write(service: &Service, out: &mut Output<'_>) {
    if !service.has_role() {
        return;
    }
    let empty = Map::new();
    let settings = service.provider_at(&["iam", "role"]).and_then(Expr::as_map).unwrap_or(&empty);
    let mut statements = logs(service);
    let own = given(settings, "statements").or_else(|| given(&service.provider, "iamRoleStatements"));
    let own = own.and_then(Expr::as_list).unwrap_or_default();
    statements.extend(own.iter().map(with_lists));
    statements.append(&mut out.statements);
    let mut managed: Vec<Expr> = Vec::new();
    let given_policies =
        given(settings, "managedPolicies").or_else(|| given(&service.provider, "iamManagedPolicies"));
    match given_policies.map(|policies| &policies.kind) {
        Some(Kind::List(policies)) => managed.extend(policies.iter().cloned()),
        Some(_) => managed.extend(given_policies.cloned()),
        None => {}
    }
    let in_vpc = service.functions.iter().any(|function| function.settings.contains_key("vpc"));
    if in_vpc || given(&service.provider, "vpc").is_some() {
        managed.push(Expr::join(
            "",
            vec![
                "arn:".into(),
                Expr::reference("AWS::Partition"),
                ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole".into(),
            ],
        ));
    }
    managed.append(&mut out.managed_policies);
    let name = given(settings, "name").cloned().unwrap_or_else(|| {
        let parts = vec![
            Expr::from(&*service.name),
            service.stage.as_str().into(),
            Expr::reference("AWS::Region"),
            "lambdaRole".into(),
        ];
        Expr::join("-", parts)
    });
    let policy_name =
        Expr::join("-", vec![service.name.as_str().into(), service.stage.as_str().into(), "lambda".into()]);
    let mut trusted = vec!["lambda.amazonaws.com"];
    trusted.append(&mut out.trusted);
    let Some(properties) = out.properties(ROLE) else { return };
    properties.insert("AssumeRolePolicyDocument", trust(&trusted));
    properties.insert(
        "Policies",
        vec![Expr::from([("PolicyName", policy_name), ("PolicyDocument", document(statements))])],
    );
    properties.insert("Path", given(settings, "path").cloned().unwrap_or_else(|| "/".into()));
    properties.insert("RoleName", name);
    if !managed.is_empty() {
        properties.insert("ManagedPolicyArns", managed);
    }
    if let Some(map) = given(settings, "tags").and_then(Expr::as_map) {
        properties.insert("Tags", tags(map));
    }
    let boundary = ["permissionsBoundary", "permissionBoundary"].iter().find_map(|key| given(settings, key));
    let boundary = boundary.or_else(|| given(&service.provider, "rolePermissionsBoundary"));
    set(properties, "PermissionsBoundary", boundary);
}

/// A statement of the author; the Framework takes one action for a list of it.
fn with_lists(statement: &Expr) -> Expr {
    let mut statement = statement.clone();
    for key in ["Action", "NotAction"] {
        if let Some(actions) = statement.as_map_mut().and_then(|map| map.get_mut(key))
            && actions.as_str().is_some()
        {
            *actions = Expr::from(vec![actions.clone()]).with_span(actions.span);
        }
    }
    statement
}

/// Who may take on a role.
pub(super) fn trust(services: &[&str]) -> Expr {
    let services: Vec<Expr> = services.iter().map(|service| Expr::from(*service)).collect();
    let statement = Expr::from([
        ("Effect", Expr::from("Allow")),
        ("Principal", Expr::from([("Service", services)])),
        ("Action", vec![Expr::from("sts:AssumeRole")].into()),
    ]);
    document(vec![statement])
}

/// A policy document.
pub(super) fn document(statements: Vec<Expr>) -> Expr {
    Expr::from([("Version", Expr::from("2012-10-17")), ("Statement", statements.into())])
}

/// What lets functions write logs: to the groups whose name begins as those of the service do, and to each
/// other one by its name.
fn logs(service: &Service) -> Vec<Expr> {
    let group = |name: &str, ending: &str| {
        Expr::sub(format!(
            "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{}{ending}",
            names::log_group_name(name)
        ))
    };
    let prefix = service.prefix();
    let is_usual = |function: &&Function| function.name.as_str().is_none_or(|name| name.starts_with(&prefix));
    let is_silent = |function: &&Function| given(&function.settings, "disableLogs").is_some();
    let (mut create, mut put) = (Vec::new(), Vec::new());
    for function in service.functions.iter().filter(|f| !is_usual(f) && !is_silent(f)) {
        let name = function.name.as_str().unwrap_or_default();
        create.push(group(name, ":*"));
        put.push(group(name, ":*:*"));
    }
    let usual = || service.functions.iter().filter(is_usual);
    let mut denied = Vec::new();
    if usual().any(|function| !is_silent(&function)) {
        create.push(group(&prefix, "*:*"));
        put.push(group(&prefix, "*:*:*"));
        let silent = usual().filter(is_silent);
        denied.extend(silent.filter_map(|function| Some(group(function.name.as_str()?, ":*"))));
    }
    let mut statements = vec![
        statement(&["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"], create.into()),
        statement(&["logs:PutLogEvents"], put.into()),
    ];
    if !denied.is_empty() {
        statements.push(Expr::from([
            ("Effect", Expr::from("Deny")),
            ("Action", "logs:PutLogEvents".into()),
            ("Resource", denied.into()),
        ]));
    }
    statements
}
