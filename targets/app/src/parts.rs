//! Resources that app.yaml says as a part of another: policies of buckets, queues and topics, and
//! permissions to invoke functions.

use samc_ir::{Expr, Map, Resource};

use crate::lambda::ByName;
use crate::names::{Names, Role};
use crate::stores::component_of;
use crate::text::text;

/// A part: the section and name of the component, the key, and what stands there.
pub(crate) struct Part {
    /// The section.
    pub(crate) section: &'static str,
    /// The component.
    pub(crate) component: String,
    /// The key.
    pub(crate) key: &'static str,
    /// What is added to the list there, or the mapping that stands there.
    pub(crate) value: Expr,
}

/// The part that a resource becomes; none where it has to stay as it is.
pub(crate) fn part(names: &Names, by_name: &ByName, id: &str, resource: &Resource) -> Option<Part> {
    // A condition is about the resource alone.
    if resource.attributes.contains_key("Condition") {
        return None;
    }
    let properties = resource.properties_map()?;
    let policy = |property: &str, role: Role, section| {
        let given = properties.get(property)?;
        let owner = match given.as_list() {
            Some([only]) => only,
            Some(_) => return None,
            None => given,
        };
        let component = names.component(reference(owner)?, &[role])?.to_owned();
        let statement = properties.get("PolicyDocument")?.as_map()?.get("Statement")?;
        let items = statement.as_list().unwrap_or(std::slice::from_ref(statement)).to_vec();
        Some(Part { section, component, key: "policy", value: items.into() })
    };
    match &*resource.resource_type {
        "AWS::S3::BucketPolicy" => policy("Bucket", Role::Bucket, "buckets"),
        "AWS::SQS::QueuePolicy" => policy("Queues", Role::Queue, "queues"),
        "AWS::SNS::TopicPolicy" => policy("Topics", Role::Topic, "topics"),
        "AWS::Events::Rule" => {
            let (component, trigger) = crate::events::of_rule(names, properties)?;
            Some(Part { section: "functions", component, key: "on", value: vec![Expr::from(trigger)].into() })
        }
        "AWS::Logs::LogGroup" => {
            let (component, logs) = crate::lambda::logs(names, by_name, id, resource)?;
            Some(Part { section: "functions", component, key: "logs", value: logs.into() })
        }
        "AWS::Lambda::EventSourceMapping" => {
            let component =
                component_of(names, properties.get("FunctionName")?, &[Role::Function])?.to_owned();
            let trigger = crate::lambda::trigger(names, properties)?;
            Some(Part { section: "functions", component, key: "on", value: vec![Expr::from(trigger)].into() })
        }
        "AWS::Lambda::Permission" => {
            // The trigger that a rule has become brings its permission.
            let source = properties.get("SourceArn").and_then(Expr::as_get_att);
            if let Some((rule, "Arn")) = source
                && names.role(rule) == Some(Role::Part)
            {
                return Some(Part {
                    section: "functions",
                    component: String::new(),
                    key: "on",
                    value: Expr::from(Vec::new()),
                });
            }
            let component =
                component_of(names, properties.get("FunctionName")?, &[Role::Function])?.to_owned();
            let callers = vec![Expr::from(caller(names, properties)?)];
            Some(Part { section: "functions", component, key: "callers", value: callers.into() })
        }
        _ => None,
    }
}

fn reference(value: &Expr) -> Option<&str> {
    value.as_ref_to().or_else(|| value.as_sub()?.0.strip_prefix("${")?.strip_suffix('}'))
}

fn caller(names: &Names, properties: &Map) -> Option<Map> {
    let mut made = Map::new();
    for (property, value) in properties.iter() {
        let key = match &**property {
            "FunctionName" => continue,
            "Action" if value.as_str() == Some("lambda:InvokeFunction") => continue,
            "Action" => "action",
            "Principal" => "principal",
            "SourceArn" => "source",
            "SourceAccount" => "account",
            _ => return None,
        };
        made.insert(key, text(names, value)?);
    }
    Some(made)
}
