//! The statements of the policies in a graph, each with where it is and what it can be asked.

use rustc_hash::FxHashMap;
use samc_base::{Diagnostic, LogicalId, Span};
use samc_ir::{Expr, Map, Resource, ResourceGraph};

use crate::context::about;
use crate::query::{items, name, name_span};

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To who acts: what it may do.
    Identity,
    /// To what is acted on: who may do what.
    Resource,
    /// To a role: who may take it.
    Trust,
}

/// A policy document.
#[derive(Debug, Clone)]
pub(crate) struct Document<'g> {
    pub(crate) id: &'g LogicalId,
    pub(crate) resource: &'g Resource,
    pub(crate) kind: Kind,
    /// The path below the properties, such as `Policies[0].PolicyDocument`.
    pub(crate) path: String,
    pub(crate) map: &'g Map,
    pub(crate) span: Option<Span>,
    /// True where a condition decides whether the resource has it.
    pub(crate) conditional: bool,
}

/// One statement of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Statement<'g> {
    pub(crate) id: &'g LogicalId,
    pub(crate) resource: &'g Resource,
    pub(crate) kind: Kind,
    path: String,
    pub(crate) map: &'g Map,
    pub(crate) span: Option<Span>,
}

/// Where resources have the policy that says who may use them.
const RESOURCE_POLICIES: &[(&str, &str)] = &[
    ("AWS::ApiGateway::RestApi", "Policy"),
    ("AWS::Backup::BackupVault", "AccessPolicy"),
    ("AWS::CodeArtifact::Domain", "PermissionsPolicyDocument"),
    ("AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument"),
    ("AWS::ECR::Repository", "RepositoryPolicyText"),
    ("AWS::EFS::FileSystem", "FileSystemPolicy"),
    ("AWS::Elasticsearch::Domain", "AccessPolicies"),
    ("AWS::Events::EventBus", "Policy"),
    ("AWS::KMS::Key", "KeyPolicy"),
    ("AWS::KMS::ReplicaKey", "KeyPolicy"),
    ("AWS::Kinesis::ResourcePolicy", "ResourcePolicy"),
    ("AWS::OpenSearchService::Domain", "AccessPolicies"),
    ("AWS::S3::AccessPoint", "Policy"),
    ("AWS::S3::BucketPolicy", "PolicyDocument"),
    ("AWS::SNS::TopicInlinePolicy", "PolicyDocument"),
    ("AWS::SNS::TopicPolicy", "PolicyDocument"),
    ("AWS::SQS::QueueInlinePolicy", "PolicyDocument"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument"),
    ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy"),
];

/// Policies that are written as text in JSON, read: by the resource and the path.
#[derive(Debug, Default)]
pub(crate) struct Texts(FxHashMap<(LogicalId, String), Expr>);

/// Reads the policies that are written as text.
pub(crate) fn texts(graph: &ResourceGraph) -> Texts {
    let mut texts = FxHashMap::default();
    for (id, resource) in &graph.resources {
        each_place(resource, &mut |_, path, value| {
            let text = value.as_str().or_else(|| value.as_sub().map(|(text, _)| text));
            let Some(json) = text.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
            else {
                return;
            };
            texts.insert((id.clone(), path), of_json(&json, value.span));
        });
    }
    Texts(texts)
}

/// JSON as a value, all of it at the place of its text.
pub(crate) fn of_json(json: &serde_json::Value, span: Option<Span>) -> Expr {
    let value: Expr = match json {
        serde_json::Value::Null => Expr::null(),
        serde_json::Value::Bool(on) => (*on).into(),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(n) => n.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(all) => all.iter().map(|v| of_json(v, span)).collect::<Vec<_>>().into(),
        serde_json::Value::Object(all) => {
            let mut map = Map::new();
            for (key, value) in all {
                map.insert(key.as_str(), of_json(value, span));
            }
            map.into()
        }
    };
    value.with_span(span)
}

/// Every policy document that is written in the graph, in its order.
pub(crate) fn documents<'g>(graph: &'g ResourceGraph, texts: &'g Texts) -> Vec<Document<'g>> {
    let mut found = Vec::new();
    for (id, resource) in &graph.resources {
        each_place(resource, &mut |kind, path, value| {
            let key = (id.clone(), path);
            let value = if value.as_map().is_some() { Some(value) } else { texts.0.get(&key) };
            if let Some((map, span)) = value.and_then(|v| Some((v.as_map()?, v.span))) {
                let conditional = key.1.contains("Fn::If");
                found.push(Document { id, resource, kind, path: key.1, map, span, conditional });
            }
        });
    }
    found
}

/// Calls `visit` with what a resource has in every place for a policy document.
fn each_place<'g>(resource: &'g Resource, visit: &mut dyn FnMut(Kind, String, &'g Expr)) {
    let mut add = |kind, path: String, value: Option<&'g Expr>| match value {
        Some(value) if kind == Kind::Identity => {
            each_form(value, path, &mut |value, path| visit(kind, path, value));
        }
        Some(value) => visit(kind, path, value),
        None => {}
    };
    match &*resource.resource_type {
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            let trust = resource.property("AssumeRolePolicyDocument");
            add(Kind::Trust, "AssumeRolePolicyDocument".to_owned(), trust);
            let mut policies = Vec::new();
            if let Some(value) = resource.property("Policies") {
                each_item(value, "Policies".to_owned(), &mut |policy, path| policies.push((policy, path)));
            }
            for (policy, path) in policies {
                let document = policy.as_map().and_then(|p| p.get("PolicyDocument"));
                add(Kind::Identity, format!("{path}.PolicyDocument"), document);
            }
            // A role has no such property, and C230 says so; what it was to allow is looked at all the same.
            add(Kind::Identity, "PolicyDocument".to_owned(), resource.property("PolicyDocument"));
        }
        "AWS::IAM::Policy"
        | "AWS::IAM::ManagedPolicy"
        | "AWS::IAM::RolePolicy"
        | "AWS::IAM::UserPolicy"
        | "AWS::IAM::GroupPolicy" => {
            add(Kind::Identity, "PolicyDocument".to_owned(), resource.property("PolicyDocument"));
        }
        "AWS::SSO::PermissionSet" => {
            add(Kind::Identity, "InlinePolicy".to_owned(), resource.property("InlinePolicy"));
        }
        other => {
            for (_, path) in RESOURCE_POLICIES.iter().filter(|(name, _)| *name == other) {
                let value = crate::query::property(resource, path).value();
                add(Kind::Resource, (*path).to_owned(), value);
            }
        }
    }
}

/// Calls `visit` with what a value is, or may be where a condition decides, and with the path of it.
fn each_form<'g>(value: &'g Expr, path: String, visit: &mut dyn FnMut(&'g Expr, String)) {
    match value.as_if() {
        Some((_, then, otherwise)) => {
            each_form(then, format!("{path}.Fn::If[1]"), visit);
            each_form(otherwise, format!("{path}.Fn::If[2]"), visit);
        }
        None if value.is_no_value() || value.is_null() => {}
        None => visit(value, path),
    }
}

/// Calls `visit` with the items of a list, or the one value in place of a list, those under conditions included.
fn each_item<'g>(value: &'g Expr, path: String, visit: &mut dyn FnMut(&'g Expr, String)) {
    each_form(value, path, &mut |value, path| match value.as_list() {
        Some(list) => {
            for (index, item) in list.iter().enumerate() {
                each_form(item, format!("{path}[{index}]"), visit);
            }
        }
        None => visit(value, path),
    });
}

/// The statements of these documents, and those that stand alone.
pub(crate) fn statements<'g>(graph: &'g ResourceGraph, documents: &[Document<'g>]) -> Vec<Statement<'g>> {
    let mut found = Vec::new();
    for document in documents {
        let Document { id, resource, kind, .. } = *document;
        let Some(statements) = document.map.get("Statement") else { continue };
        each_item(statements, format!("{}.Statement", document.path), &mut |value, path| {
            // What a role may do under a condition it may do where that holds. Whom a policy lets in is asked
            // about what is deployed, and the condition may be there for just that.
            if let Some(map) = value.as_map().filter(|_| kind == Kind::Identity || !path.contains("Fn::If")) {
                found.push(Statement { id, resource, kind, path, map, span: value.span });
            }
        });
    }
    let buses = graph.resources.iter().filter(|(_, r)| r.resource_type == *"AWS::Events::EventBusPolicy");
    for (id, resource) in buses {
        let value = resource.property("Statement");
        if let Some((map, span)) = value.and_then(|v| Some((v.as_map()?, v.span))) {
            let (kind, path) = (Kind::Resource, "Statement".to_owned());
            found.push(Statement { id, resource, kind, path, map, span });
        }
    }
    found
}

impl<'g> Document<'g> {
    /// A finding about the document: at a value of it where there is one.
    pub(crate) fn at(&self, found: Diagnostic, at: Option<Span>, label: impl Into<String>) -> Diagnostic {
        let place = at.or(self.span).or(name_span(self.resource));
        let path = format!("Resources.{}.Properties.{}", self.id, self.path);
        about(found.at(place, label), self.id, &self.resource.origin, path)
    }

    /// What the author calls the resource that it belongs to.
    pub(crate) fn name(&self) -> &'g str {
        name(self.id, self.resource)
    }
}

impl<'g> Statement<'g> {
    /// True where it allows something.
    pub(crate) fn allows(&self) -> bool {
        self.map.get("Effect").and_then(Expr::as_str) == Some("Allow")
    }

    /// True where it holds under conditions only. A condition that names no key is none.
    pub(crate) fn has_condition(&self) -> bool {
        self.map.get("Condition").is_some_and(Expr::is_truthy) && self.empty_condition().is_none()
    }

    /// A condition that is written and asks nothing, and the operator that has no keys, where there is one.
    pub(crate) fn empty_condition(&self) -> Option<(&'g Expr, Option<&'g str>)> {
        let condition = self.map.get("Condition")?;
        let operators = condition.as_map()?;
        let is_empty = |keys: &Expr| keys.as_map().is_some_and(Map::is_empty);
        let is_none = operators.values().all(is_empty);
        is_none.then(|| (condition, operators.keys().next().map(|operator| &**operator)))
    }

    /// The items under a key, which may be one or a list.
    pub(crate) fn items(&self, key: &str) -> impl Iterator<Item = &'g Expr> + use<'g> {
        items(self.map.get(key))
    }

    /// The actions that are written out.
    pub(crate) fn actions(&self) -> impl Iterator<Item = (&'g str, &'g Expr)> + use<'g> {
        self.items("Action").filter_map(|a| Some((a.as_str()?, a)))
    }

    /// The resource that stands for every one.
    pub(crate) fn every_resource(&self) -> Option<&'g Expr> {
        // `arn:*` and its like have a star wherever a name could be.
        let every = |text: &str| {
            text == "*"
                || text
                    .strip_prefix("arn")
                    .is_some_and(|t| t.contains('*') && t.chars().all(|c| c == ':' || c == '*'))
        };
        self.items("Resource").find(|r| r.as_str().is_some_and(every))
    }

    /// Who is named under `Principal`: the kind, such as `AWS`, empty for a bare text, and the value.
    pub(crate) fn principals(&self) -> Vec<(&'g str, &'g Expr)> {
        let Some(principal) = self.map.get("Principal") else { return Vec::new() };
        match principal.as_map() {
            Some(map) => map.iter().flat_map(|(kind, who)| items(Some(who)).map(|w| (&**kind, w))).collect(),
            None => items(Some(principal)).map(|who| ("", who)).collect(),
        }
    }

    /// The value that lets everybody in: `*`, alone or as an AWS principal.
    pub(crate) fn everybody(&self) -> Option<&'g Expr> {
        let found = self.principals().into_iter().find(|(kind, who)| {
            (kind.is_empty() || *kind == "AWS" || *kind == "*") && who.as_str() == Some("*")
        });
        found.map(|(_, who)| who)
    }

    /// What the author calls the resource that it belongs to.
    pub(crate) fn name(&self) -> &'g str {
        name(self.id, self.resource)
    }

    /// A finding about the statement: at a value of it where that was written, else at the statement.
    pub(crate) fn at(&self, found: Diagnostic, at: Option<Span>, label: impl Into<String>) -> Diagnostic {
        let place = at.or(self.span).or(name_span(self.resource));
        let path = format!("Resources.{}.Properties.{}", self.id, self.path);
        about(found.at(place, label), self.id, &self.resource.origin, path)
    }
}

/// True where an action with `*` and `?` in it covers another; case does not matter.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    let same = |p: u8, a: u8| p == b'?' || p.eq_ignore_ascii_case(&a);
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut p, mut a) = (0, 0);
    // Where the last star was, and where what it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&here) = action.get(a) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, a));
                p += 1;
            }
            Some(&wanted) if same(wanted, here) => {
                p += 1;
                a += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                a = taken + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn stars_stand_for_any_run_of_characters() {
        for pattern in ["*", "iam:*", "iam:Pass*", "IAM:passrole", "i*:*Role", "iam:Pass?ole"] {
            assert!(covers(pattern, "iam:PassRole"), "{pattern}");
        }
        for pattern in ["", "s3:*", "iam:Pass", "iam:*x", "iam:?PassRole"] {
            assert!(!covers(pattern, "iam:PassRole"), "{pattern}");
        }
    }
}
