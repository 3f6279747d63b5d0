//! Names of components: what each is called in CloudFormation, and what can be asked of it.

use indexmap::IndexMap;
use samc_base::{LogicalId, Span};
use samc_ir::{Expr, Map};
use samc_schema::app::Kind;

/// A component, or a part of one such as `work.dlq`.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// What it is; for an external thing what that is.
    pub(super) kind: Kind,
    /// The logical id of its main resource. Of an external thing nothing carries it.
    pub(super) id: LogicalId,
    /// Where its name is written.
    pub(super) span: Option<Span>,
    /// The name as text or `Fn::Sub`, where a reference to the resource would close a circle.
    pub(super) physical: Option<Expr>,
    /// What is known of a thing that exists already, by attribute.
    pub(super) external: Option<IndexMap<String, Expr>>,
    /// Of a table: whether it has indexes; it then has more ARNs.
    pub(super) has_indexes: bool,
    /// Of a table: whether it has a stream. Of an API: whether it is a REST API. Of a stream: whether it is
    /// delivered. Of a workflow: whether it is express.
    pub(super) flag: bool,
    /// Of an API: whether it is one of WebSockets.
    pub(super) is_websocket: bool,
    /// Of an API with a name of its own on the internet: its address.
    pub(super) address: Option<Expr>,
    /// The ARN of the key that it is encrypted with.
    pub(super) key: Option<Expr>,
    /// Of an API: its stage, as part of the address; none for `$default`.
    pub(super) stage: Option<Expr>,
}

impl Component {
    pub(super) fn new(kind: Kind, id: LogicalId, span: Option<Span>) -> Self {
        Component {
            kind,
            id,
            span,
            physical: None,
            external: None,
            has_indexes: false,
            flag: false,
            is_websocket: false,
            address: None,
            key: None,
            stage: None,
        }
    }

    /// The attribute that the name alone stands for.
    pub(super) fn default_attribute(&self) -> &'static str {
        match self.kind {
            Kind::Table | Kind::Bucket | Kind::Stream | Kind::Bus => "name",
            Kind::Queue | Kind::Api => "url",
            Kind::Userpool | Kind::Client | Kind::Vpc => "id",
            Kind::Dashboard => "name",
            Kind::Topic
            | Kind::Workflow
            | Kind::Key
            | Kind::Function
            | Kind::Layer
            | Kind::Role
            | Kind::Alarm
            | Kind::Secret
            | Kind::External => "arn",
        }
    }

    /// The attributes there are.
    pub(super) fn attributes(&self) -> Vec<&str> {
        if let Some(external) = &self.external {
            return external.keys().map(String::as_str).collect();
        }
        let all: &[&str] = match self.kind {
            Kind::Table if self.flag => &["name", "arn", "stream-arn"],
            Kind::Bucket | Kind::Queue => &["name", "arn", "url"],
            Kind::Api if self.is_websocket => &["url", "push-url", "id", "arn"],
            Kind::Api => &["url", "id", "arn"],
            Kind::Userpool => &["id", "arn", "url"],
            Kind::Client | Kind::Vpc => &["id"],
            Kind::Key => &["arn", "id"],
            Kind::Dashboard => &["name"],
            Kind::Layer => &["arn"],
            Kind::Secret => &["value", "arn"],
            Kind::Table
            | Kind::Topic
            | Kind::Stream
            | Kind::Bus
            | Kind::Function
            | Kind::Workflow
            | Kind::Role
            | Kind::Alarm
            | Kind::External => &["name", "arn"],
        };
        all.to_vec()
    }

    /// The value of an attribute, if there is such.
    pub(super) fn attribute(&self, name: &str) -> Option<Expr> {
        if let Some(external) = &self.external {
            return external.get(name).cloned();
        }
        let reference = || Expr::reference(&self.id);
        let get = |attribute: &str| Expr::get_att(&self.id, attribute);
        if let Some(physical) = &self.physical {
            if self.kind == Kind::Workflow {
                let head = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:";
                let parts = vec![
                    super::text::Part::Value(Expr::sub(head)),
                    super::text::Part::Value(physical.clone()),
                ];
                return match name {
                    "name" => Some(physical.clone()),
                    "arn" => Some(super::text::join(parts)),
                    _ => None,
                };
            }
            return match name {
                "name" => Some(physical.clone()),
                "arn" => Some(bucket_arn(physical)),
                "url" => Some(get("RegionalDomainName")),
                _ => None,
            };
        }
        Some(match (self.kind, name) {
            (Kind::Table | Kind::Bucket | Kind::Stream | Kind::Bus | Kind::Function | Kind::Role, "name") => {
                reference()
            }
            (
                Kind::Table
                | Kind::Bucket
                | Kind::Stream
                | Kind::Bus
                | Kind::Function
                | Kind::Role
                | Kind::Queue
                | Kind::Alarm,
                "arn",
            ) => get("Arn"),
            (Kind::Alarm | Kind::Dashboard, "name") => reference(),
            (Kind::Workflow, "arn") => reference(),
            (Kind::Workflow, "name") => get("Name"),
            (Kind::Userpool | Kind::Client | Kind::Key | Kind::Vpc, "id") => reference(),
            (Kind::Userpool | Kind::Key, "arn") => get("Arn"),
            (Kind::Userpool, "url") => get("ProviderURL"),
            (Kind::Table, "stream-arn") if self.flag => get("StreamArn"),
            (Kind::Bucket, "url") => get("RegionalDomainName"),
            (Kind::Queue, "url") => reference(),
            (Kind::Queue, "name") => get("QueueName"),
            (Kind::Topic | Kind::Layer | Kind::Secret, "arn") => reference(),
            (Kind::Topic, "name") => get("TopicName"),
            (Kind::Secret, "value") => Expr::sub(format!("{{{{resolve:secretsmanager:${{{}}}}}}}", self.id)),
            (Kind::Api, "id") => reference(),
            (Kind::Api, "arn") => Expr::sub(format!(
                "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{}}}",
                self.id
            )),
            (Kind::Api, "url") => match &self.address {
                Some(address) => address.clone(),
                None => self.api_url(),
            },
            (Kind::Api, "push-url") if self.is_websocket => self.staged(&format!(
                "https://${{{}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}",
                self.id
            )),
            _ => return None,
        })
    }

    fn api_url(&self) -> Expr {
        if self.is_websocket {
            return self
                .staged(&format!("wss://${{{}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}", self.id));
        }
        let host = match self.flag {
            true => format!("https://${{{}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}", self.id),
            false => format!("${{{}.ApiEndpoint}}", self.id),
        };
        match &self.stage {
            None if !self.flag => Expr::get_att(&self.id, "ApiEndpoint"),
            _ => self.staged(&host),
        }
    }

    /// An address with the stage behind it.
    fn staged(&self, host: &str) -> Expr {
        match &self.stage {
            None => Expr::sub(host),
            Some(stage) => match stage.as_str() {
                Some(stage) => Expr::sub(format!("{host}/{stage}")),
                None => Expr::sub_with(format!("{host}/${{Stage}}"), Map::from([("Stage", stage.clone())])),
            },
        }
    }
}

/// The ARN of a bucket whose name is an expression.
fn bucket_arn(name: &Expr) -> Expr {
    let parts = vec![
        super::text::Part::Value(Expr::sub("arn:${AWS::Partition}:s3:::")),
        super::text::Part::Value(name.clone()),
    ];
    super::text::join(parts)
}

/// `work-queue` as `WorkQueue`.
pub(super) fn upper_camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            out.extend(first.to_uppercase());
            out.push_str(letters.as_str());
        }
    }
    out
}

/// `work-queue` as `WORK_QUEUE`.
pub(super) fn upper_snake(name: &str) -> String {
    name.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}
