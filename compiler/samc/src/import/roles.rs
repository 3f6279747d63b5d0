//! Roles and policies: compared statement by statement, since app.yaml writes them its own way.

use rustc_hash::{FxHashMap, FxHashSet};
use samc_ir::{Expr, Map, ResourceGraph};

use super::canon::{Ids, canon, renamed};
use super::compare::{Change, is_default};

/// Managed policies whose rights app.yaml gives by statements of its own, on the resources alone, and an
/// action by which one sees that it did.
const COVERED: [(&str, &str); 6] = [
    ("AWSLambdaBasicExecutionRole", "logs:PutLogEvents"),
    ("AWSXrayWriteOnlyAccess", "xray:PutTraceSegments"),
    ("AWSXRayDaemonWriteAccess", "xray:PutTraceSegments"),
    ("AWSLambdaSQSQueueExecutionRole", "sqs:ReceiveMessage"),
    ("AWSLambdaDynamoDBExecutionRole", "dynamodb:GetRecords"),
    ("AWSLambdaKinesisExecutionRole", "kinesis:GetRecords"),
];

/// What a role cannot be judged without.
#[derive(Debug, Default)]
pub(super) struct Beside<'g> {
    /// The policies of their own that each role has.
    attached: FxHashMap<&'g str, Vec<&'g Map>>,
    /// Tables without indexes, by logical id.
    plain_tables: FxHashSet<&'g str>,
    /// The role in question.
    pub(super) role: &'g str,
}

impl<'g> Beside<'g> {
    /// Looks at what both sides have.
    pub(super) fn new(original: &'g ResourceGraph, again: &'g ResourceGraph) -> Self {
        let is_plain = |r: &samc_ir::Resource| {
            let has = |key: &str| r.property(key).and_then(Expr::as_list).is_some_and(|l| !l.is_empty());
            r.resource_type == *"AWS::DynamoDB::Table"
                && !has("GlobalSecondaryIndexes")
                && !has("LocalSecondaryIndexes")
        };
        let plain = original.resources.iter().filter(|(_, r)| is_plain(r));
        Beside {
            attached: attached(again),
            plain_tables: plain.map(|(id, _)| id.as_str()).collect(),
            role: "",
        }
    }
}

/// Compares the properties of two roles.
pub(super) fn compare(ours: &Map, theirs: &Map, beside: &Beside<'_>, ids: &Ids, change: &mut Change) {
    let other = Ids::default();
    for (key, value) in ours.iter() {
        match &**key {
            "Tags" | "Policies" | "ManagedPolicyArns" => {}
            _ if is_default("AWS::IAM::Role", key, value) => {}
            _ if theirs.get(key).is_some_and(|t| same(key, value, t, ids)) => {}
            _ => {
                change.set.insert(format!("Properties/{key}"), renamed(value, ids));
            }
        }
    }
    let policies = beside.attached.get(beside.role).map_or(&[][..], Vec::as_slice);
    let apart = policies.iter().filter_map(|p| p.get("PolicyDocument")).flat_map(statements_of);
    let given: Vec<&Expr> = statements(theirs).into_iter().chain(apart).collect();
    let there: FxHashSet<String> = given.iter().flat_map(|s| rights(s, &other)).collect();
    let is_missing = |s: &&Expr| {
        rights(s, ids).iter().any(|r| !there.contains(r) && !says_nothing(r, &beside.plain_tables))
    };
    let missing: Vec<Expr> =
        statements(ours).into_iter().filter(is_missing).map(|s| renamed(s, ids)).collect();
    if !missing.is_empty() {
        let document = Expr::from([("Version", Expr::from("2012-10-17")), ("Statement", missing.into())]);
        let policy = Expr::from([("PolicyName", Expr::from("imported")), ("PolicyDocument", document)]);
        match theirs.get("Policies") {
            Some(_) => change.set.insert("Properties/Policies/-", policy),
            None => change.set.insert("Properties/Policies", vec![policy]),
        };
    }
    let allowed = there.iter().fold(String::new(), |all, s| all + s);
    let arns = ours.get("ManagedPolicyArns").and_then(Expr::as_list).unwrap_or_default();
    let kept: Vec<Expr> = arns
        .iter()
        .filter(|arn| {
            let text = canon(arn, ids);
            !COVERED.iter().any(|(name, action)| text.contains(name) && allowed.contains(action))
        })
        .map(|arn| renamed(arn, ids))
        .collect();
    let has = theirs.get("ManagedPolicyArns").map(|v| canon(v, &other));
    if !kept.is_empty() && has != Some(canon(&kept.clone().into(), &other)) {
        change.set.insert("Properties/ManagedPolicyArns", kept);
    }
}

/// Compares what two policies of the same thing say.
pub(super) fn documents(ours: &Map, theirs: &Map, ids: &Ids, change: &mut Change) {
    let list = |map: &Map| -> Vec<Expr> {
        let statement = map.get("PolicyDocument").and_then(|d| d.as_map()?.get("Statement"));
        statement.map(|s| s.as_list().unwrap_or(std::slice::from_ref(s)).to_vec()).unwrap_or_default()
    };
    let there: FxHashSet<String> = list(theirs).iter().map(|s| form(s, &Ids::default())).collect();
    for statement in list(ours).iter().filter(|s| !there.contains(&form(s, ids))) {
        change.set.insert("Properties/PolicyDocument/Statement/-", renamed(statement, ids));
    }
}

fn same(key: &str, ours: &Expr, theirs: &Expr, ids: &Ids) -> bool {
    let other = Ids::default();
    if key != "AssumeRolePolicyDocument" {
        return canon(ours, ids) == canon(theirs, &other);
    }
    let one = |document: &Expr, ids: &Ids| {
        document.as_map().and_then(|d| d.get("Statement")).map(|s| {
            let items = s.as_list().unwrap_or(std::slice::from_ref(s));
            items.iter().map(|s| form(s, ids)).collect::<Vec<_>>()
        })
    };
    one(ours, ids) == one(theirs, &other)
}

/// The statements of a role's inline policies.
fn statements(role: &Map) -> Vec<&Expr> {
    let policies = role.get("Policies").and_then(Expr::as_list).unwrap_or_default();
    policies.iter().filter_map(|p| p.as_map()?.get("PolicyDocument")).flat_map(statements_of).collect()
}

fn statements_of(document: &Expr) -> &[Expr] {
    let statement = document.as_map().and_then(|d| d.get("Statement"));
    statement.map(|s| s.as_list().unwrap_or(std::slice::from_ref(s))).unwrap_or_default()
}

/// The policies of their own that each role has.
fn attached(graph: &ResourceGraph) -> FxHashMap<&str, Vec<&Map>> {
    let mut found: FxHashMap<&str, Vec<&Map>> = FxHashMap::default();
    let policies = graph.resources.values().filter(|r| r.resource_type == *"AWS::IAM::Policy");
    for properties in policies.filter_map(samc_ir::Resource::properties_map) {
        let roles = properties.get("Roles").and_then(Expr::as_list).unwrap_or_default();
        for role in roles.iter().filter_map(Expr::as_ref_to) {
            found.entry(role).or_default().push(properties);
        }
    }
    found
}

/// The rights of a statement one by one: an action on a resource, with everything else there is.
fn rights(statement: &Expr, ids: &Ids) -> Vec<String> {
    let plain = || vec![form(statement, ids)];
    let Some(map) = statement.as_map() else { return plain() };
    let (Some(actions), Some(resources)) = (map.get("Action"), map.get("Resource")) else { return plain() };
    let mut rest = map.clone();
    for key in ["Sid", "Action", "Resource"] {
        rest.remove(key);
    }
    let rest = canon(&rest.into(), ids);
    let list = |value: &'_ Expr| value.as_list().unwrap_or(std::slice::from_ref(value)).to_vec();
    let resources: Vec<String> = list(resources).iter().map(|r| arn(&canon(r, ids))).collect();
    let mut found = Vec::new();
    for action in list(actions) {
        let action = canon(&action, ids);
        // To SQS, sending a batch is sending messages.
        let action = if action == "\"sqs:SendMessage*\"" { "\"sqs:SendMessage\"" } else { &action };
        found.extend(resources.iter().map(|resource| format!("{action} {resource} {rest}")));
    }
    found
}

/// An ARN that is put together from a name, as the ARN of the thing.
fn arn(text: &str) -> String {
    const HEADS: [(&str, &str); 5] = [
        ("\"arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${", ".Arn"),
        ("\"arn:${AWS::Partition}:s3:::${", ".Arn"),
        ("\"arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${", ".Arn"),
        ("\"arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${", ""),
        ("\"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${", ".Arn"),
    ];
    for (head, attribute) in HEADS {
        if let Some((id, end)) = text.strip_prefix(head).and_then(|rest| rest.split_once('}')) {
            let id = id.strip_suffix(".QueueName").or(id.strip_suffix(".TopicName")).unwrap_or(id);
            return format!("\"${{{id}{attribute}}}{end}");
        }
    }
    text.to_owned()
}

/// True for rights that AWS has no use for: actions on objects are about `<bucket>/*` alone, those on buckets
/// about the bucket, and nothing is written into an index of a table, nor read from one that a table has not.
fn says_nothing(right: &str, plain_tables: &FxHashSet<&str>) -> bool {
    let mut words = right.split(' ');
    let (action, resource) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_object = action.contains("Object");
    if action.starts_with("\"s3:") && !action.contains('*') {
        return if is_object { resource.ends_with(".Arn}\"") } else { resource.ends_with(".Arn}/*\"") };
    }
    const OF_INDEXES: [&str; 2] = ["\"dynamodb:Query\"", "\"dynamodb:Scan\""];
    action.starts_with("\"dynamodb:")
        && !action.contains('*')
        && resource.ends_with("/index/*\"")
        && (!OF_INDEXES.contains(&action) || table_of(resource).is_some_and(|t| plain_tables.contains(t)))
}

/// The table whose ARN a resource begins with.
fn table_of(resource: &str) -> Option<&str> {
    Some(resource.strip_prefix("\"${")?.split_once(".Arn}")?.0)
}

/// A statement without its name.
fn form(statement: &Expr, ids: &Ids) -> String {
    let Some(map) = statement.as_map() else { return canon(statement, ids) };
    let mut map = map.clone();
    map.remove("Sid");
    canon(&map.into(), ids)
}
