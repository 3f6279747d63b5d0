//! What the resources of a template are called in app.yaml, and what can be asked of each.

use rustc_hash::{FxHashMap, FxHashSet};

/// What a resource of the template becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A function.
    Function,
    /// A queue.
    Queue,
    /// A topic.
    Topic,
    /// A bucket.
    Bucket,
    /// A table.
    Table,
    /// A table with a stream.
    TableWithStream,
    /// A stream of Kinesis.
    Stream,
    /// A bus of events.
    Bus,
    /// A REST API.
    RestApi,
    /// An HTTP API.
    HttpApi,
    /// A layer.
    Layer,
    /// A role that functions run with.
    Execution,
    /// A parameter of the template.
    Param,
    /// A resource that becomes a part of a component.
    Part,
    /// A resource that stays as it is.
    Raw,
}

/// The section of the file that a component stands in.
pub(crate) fn section(role: Role) -> &'static str {
    match role {
        Role::Function => "functions",
        Role::Queue => "queues",
        Role::Topic => "topics",
        Role::Bucket => "buckets",
        Role::Table | Role::TableWithStream => "tables",
        Role::Stream => "streams",
        Role::Bus => "buses",
        Role::RestApi | Role::HttpApi => "apis",
        Role::Layer => "layers",
        Role::Execution => "roles",
        Role::Param => "params",
        Role::Part | Role::Raw => "resources",
    }
}

/// The names given so far, by logical id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    by_id: FxHashMap<String, (String, Role)>,
    components: FxHashMap<String, Role>,
    taken: FxHashSet<String>,
}

impl Names {
    /// Gives a logical id its name.
    pub(crate) fn add(&mut self, id: &str, role: Role) {
        if matches!(role, Role::Raw | Role::Part) {
            self.by_id.insert(id.to_owned(), (id.to_owned(), role));
            return;
        }
        // What the Serverless Framework puts behind the names of functions says nothing here.
        let said = match role {
            Role::Function => id.strip_suffix("LambdaFunction").filter(|said| !said.is_empty()).unwrap_or(id),
            _ => id,
        };
        let wanted = kebab(said);
        // Parameters have names of their own, beside those of components.
        let space = if role == Role::Param { "params." } else { "" };
        let candidates = std::iter::once(wanted.clone())
            .chain((2u32..).map(|n| format!("{}-{n}", &wanted[..wanted.len().min(36)])));
        for candidate in candidates {
            if self.taken.insert(format!("{space}{candidate}")) {
                if role != Role::Param {
                    self.components.insert(candidate.clone(), role);
                }
                self.by_id.insert(id.to_owned(), (candidate, role));
                return;
            }
        }
    }

    /// The name of a component.
    pub(crate) fn name(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(|(name, _)| name.as_str())
    }

    /// What the component of a name is.
    pub(crate) fn role_of_name(&self, name: &str) -> Option<Role> {
        self.components.get(name).copied()
    }

    /// What a logical id has become.
    pub(crate) fn role(&self, id: &str) -> Option<Role> {
        self.by_id.get(id).map(|(_, role)| *role)
    }

    /// The name of a component of one of some kinds.
    pub(crate) fn component(&self, id: &str, roles: &[Role]) -> Option<&str> {
        self.by_id.get(id).filter(|(_, role)| roles.contains(role)).map(|(name, _)| name.as_str())
    }

    /// How a text names what `Ref` gives.
    pub(crate) fn reference(&self, id: &str) -> Option<String> {
        match id {
            "AWS::Region" => return Some("${region}".to_owned()),
            "AWS::AccountId" => return Some("${account}".to_owned()),
            "AWS::Partition" => return Some("${partition}".to_owned()),
            "AWS::StackName" if !self.taken.contains("stack") => return Some("${stack}".to_owned()),
            _ => {}
        }
        let (name, role) = self.by_id.get(id)?;
        Some(match role {
            Role::Param => format!("${{params.{name}}}"),
            Role::Part => return None,
            Role::Raw => format!("${{raw.{name}}}"),
            Role::Function
            | Role::Bucket
            | Role::Table
            | Role::TableWithStream
            | Role::Stream
            | Role::Execution
            | Role::Bus => {
                format!("${{{name}.name}}")
            }
            Role::Queue => format!("${{{name}.url}}"),
            Role::Topic | Role::Layer => format!("${{{name}.arn}}"),
            Role::RestApi | Role::HttpApi => format!("${{{name}.id}}"),
        })
    }

    /// How a text names what `Fn::GetAtt` gives.
    pub(crate) fn attribute(&self, id: &str, attribute: &str) -> Option<String> {
        let (name, role) = self.by_id.get(id)?;
        let word = match (role, attribute) {
            (Role::Raw, _) => return Some(format!("${{raw.{name}.{attribute}}}")),
            (
                Role::Function
                | Role::Queue
                | Role::Bucket
                | Role::Table
                | Role::TableWithStream
                | Role::Stream
                | Role::Execution
                | Role::Bus,
                "Arn",
            ) => "arn",
            (Role::Queue, "QueueName") | (Role::Topic, "TopicName") => "name",
            (Role::TableWithStream, "StreamArn") => "stream-arn",
            (Role::Bucket, "RegionalDomainName") => "url",
            _ => return None,
        };
        Some(format!("${{{name}.{word}}}"))
    }
}

/// `OrdersTable` as `orders-table`, in at most 40 characters.
pub(crate) fn kebab(id: &str) -> String {
    let letters: Vec<char> = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut out = String::new();
    for (i, &c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let next = letters.get(i + 1);
        let begins = c.is_ascii_uppercase()
            && (before.is_some_and(|b| !b.is_ascii_uppercase())
                || before.is_some() && next.is_some_and(char::is_ascii_lowercase));
        if begins && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    if !out.starts_with(|c: char| c.is_ascii_lowercase()) {
        out.insert_str(0, "x-");
    }
    out.truncate(40);
    out.trim_end_matches('-').to_owned()
}

/// `orders-table` as `OrdersTable`: the logical id that a name stands for by itself.
pub(crate) fn upper_camel(name: &str) -> String {
    let word = |w: &str| {
        let mut letters = w.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    name.split('-').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_go_together() {
        for id in ["OrdersTable", "Api", "Worker2"] {
            assert_eq!(upper_camel(&kebab(id)), id);
        }
        assert_eq!(kebab("SQSQueue"), "sqs-queue");
        assert_eq!(kebab("myFunction"), "my-function");
        assert_eq!(kebab("1st"), "x-1st");
    }

    #[test]
    fn names_are_given_once() {
        let mut names = Names::default();
        names.add("SQSQueue", Role::Queue);
        names.add("SqsQueue", Role::Queue);
        names.add("SqsQueueParam", Role::Param);
        assert_eq!(
            (names.name("SQSQueue"), names.name("SqsQueue")),
            (Some("sqs-queue"), Some("sqs-queue-2"))
        );
        assert_eq!(names.reference("SqsQueueParam").as_deref(), Some("${params.sqs-queue-param}"));
    }
}
