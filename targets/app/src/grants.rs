//! What the role of a function allows, as `can`: verbs where a statement says all that a verb means, and
//! statements for the rest.

use samc_ir::{Expr, Map, ResourceGraph};

use crate::names::{Names, Role};
use crate::text::text;

/// A verb: what it is about, the ends of the ARNs it needs, and its actions. A copy of the part of the
/// language's table that policies of templates can mean.
struct Verb {
    roles: &'static [Role],
    word: &'static str,
    ends: &'static [&'static str],
    actions: &'static [&'static str],
}

const TABLES: &[Role] = &[Role::Table, Role::TableWithStream];

/// Verbs, the wider ones first.
const VERBS: &[Verb] = &[
    Verb {
        roles: TABLES,
        word: "read",
        ends: &["", "/index/*"],
        actions: &[
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DescribeTable",
        ],
    },
    Verb {
        roles: TABLES,
        word: "write",
        ends: &[""],
        actions: &["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"],
    },
    Verb { roles: TABLES, word: "delete", ends: &[""], actions: &["dynamodb:DeleteItem"] },
    Verb {
        roles: &[Role::Bucket],
        word: "read",
        ends: &["", "/*"],
        actions: &["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
    },
    Verb { roles: &[Role::Bucket], word: "get", ends: &["/*"], actions: &["s3:GetObject"] },
    Verb { roles: &[Role::Bucket], word: "list", ends: &[""], actions: &["s3:ListBucket"] },
    Verb { roles: &[Role::Bucket], word: "delete", ends: &["/*"], actions: &["s3:DeleteObject"] },
    Verb { roles: &[Role::Queue], word: "send", ends: &[""], actions: &["sqs:SendMessage"] },
    Verb { roles: &[Role::Queue], word: "purge", ends: &[""], actions: &["sqs:PurgeQueue"] },
    Verb { roles: &[Role::Topic], word: "publish", ends: &[""], actions: &["sns:Publish"] },
    Verb { roles: &[Role::Bus], word: "publish", ends: &[""], actions: &["events:PutEvents"] },
];

/// The rights that the inline policies of a role give. A statement with a part that no text says is left
/// out here.
pub(crate) fn of_role(names: &Names, expanded: &ResourceGraph, role: &str) -> Option<Map> {
    let role = expanded.resources.get(role)?;
    let policies = role.property("Policies")?.as_list()?;
    let mut can = Map::new();
    let mut rest: Vec<Expr> = Vec::new();
    let statements = policies
        .iter()
        .filter_map(|p| p.as_map()?.get("PolicyDocument")?.as_map()?.get("Statement"))
        .flat_map(|s| s.as_list().unwrap_or(std::slice::from_ref(s)))
        .filter_map(|s| statement(names, s.as_map()?));
    for mut statement in statements {
        verbs(names, &mut statement, &mut can);
        if statement.get("actions").and_then(Expr::as_list).is_some_and(|a| !a.is_empty()) {
            rest.push(statement.into());
        }
    }
    if !rest.is_empty() {
        can.insert("aws", rest);
    }
    (!can.is_empty()).then_some(can)
}

/// Takes out of a statement the actions that verbs mean, and notes those.
fn verbs(names: &Names, statement: &mut Map, can: &mut Map) {
    if statement.len() != 2 {
        // A condition or a denial is not a verb.
        return;
    }
    let texts = |key: &str| -> Vec<String> {
        let items = statement.get(key).and_then(Expr::as_list).unwrap_or_default();
        items.iter().filter_map(Expr::as_str).map(str::to_owned).collect()
    };
    let places: Vec<Option<(String, String)>> = texts("resources").iter().map(|r| place(r)).collect();
    let Some(Some((component, _))) = places.first().cloned() else { return };
    let ends: Option<Vec<String>> =
        places.into_iter().map(|p| p.filter(|(name, _)| *name == component).map(|(_, end)| end)).collect();
    let (Some(ends), Some(role)) = (ends, names.role_of_name(&component)) else { return };
    let mut left: Vec<String> = texts("actions");
    // To SQS, sending a batch is sending messages.
    left.iter_mut().filter(|a| *a == "sqs:SendMessage*").for_each(|a| a.truncate("sqs:SendMessage".len()));
    let all = left.clone();
    for verb in VERBS.iter().filter(|v| v.roles.contains(&role)) {
        let fits = verb.ends.iter().all(|end| ends.iter().any(|e| e == end))
            && verb.actions.iter().all(|action| all.iter().any(|a| a == action))
            && verb.actions.iter().any(|action| left.iter().any(|a| a == action));
        if !fits {
            continue;
        }
        left.retain(|a| !verb.actions.contains(&a.as_str()));
        match can.get_mut(verb.word) {
            None => {
                can.insert(verb.word, component.as_str());
            }
            Some(there) => {
                let mut named = match there.as_list() {
                    Some(list) => list.to_vec(),
                    None => vec![there.clone()],
                };
                let new = Expr::from(component.as_str());
                if !named.contains(&new) {
                    named.push(new);
                    *there = named.into();
                }
            }
        }
    }
    statement.insert("actions", left.into_iter().map(Expr::from).collect::<Vec<_>>());
}

/// The component that an ARN is of, and what follows its ARN.
fn place(arn: &str) -> Option<(String, String)> {
    const MADE: [&str; 4] = [
        "arn:${partition}:dynamodb:${region}:${account}:table/",
        "arn:${partition}:s3:::",
        "arn:${partition}:sqs:${region}:${account}:",
        "arn:${partition}:sns:${region}:${account}:",
    ];
    const BUS: &str = "arn:${partition}:events:${region}:${account}:event-bus/";
    let made = MADE.iter().chain([&BUS]).find_map(|head| arn.strip_prefix(head));
    let (text, word) = match made {
        Some(rest) => (rest, ".name}"),
        None => (arn, ".arn}"),
    };
    let (name, end) = text.strip_prefix("${")?.split_once(word)?;
    (!name.contains(['.', '}'])).then(|| (name.to_owned(), end.to_owned()))
}

fn statement(names: &Names, given: &Map) -> Option<Map> {
    let mut made = Map::new();
    for (key, value) in given.iter() {
        match &**key {
            "Effect" => {
                if value.as_str()? == "Deny" {
                    made.insert("effect", "deny");
                }
            }
            "Action" => {
                made.insert("actions", texts(names, value)?);
            }
            "Resource" => {
                made.insert("resources", texts(names, value)?);
            }
            "Condition" => {
                let mut has_calls = false;
                value.walk(&mut |e| has_calls |= e.is_call());
                if has_calls {
                    return None;
                }
                made.insert("where", value.clone());
            }
            "Sid" => {}
            _ => return None,
        }
    }
    (made.contains_key("actions") && made.contains_key("resources")).then_some(made)
}

fn texts(names: &Names, value: &Expr) -> Option<Vec<Expr>> {
    let items = value.as_list().unwrap_or(std::slice::from_ref(value));
    items.iter().map(|v| text(names, v).map(Expr::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_of_components() {
        let found = |arn: &str| place(arn).map(|(name, end)| format!("{name} {end}"));
        assert_eq!(found("${orders.arn}/index/*").as_deref(), Some("orders /index/*"));
        assert_eq!(found("arn:${partition}:s3:::${files.name}/*").as_deref(), Some("files /*"));
        assert_eq!(found("arn:${partition}:s3:::files/*"), None);
        assert_eq!(found("${a.url}${b.arn}"), None);
    }
}
