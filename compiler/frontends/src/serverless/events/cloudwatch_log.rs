//! `cloudwatchLog`: what is written to a log group. Source:
//! lib/plugins/aws/package/compile/events/cloud-watch-log.js of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::common::{as_text, permission, required};
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};

/// Subscriptions that a log group has at most. Source: quotas of CloudWatch Logs, and cloud-watch-log.js.
const MOST: usize = 2;

/// How an event is written.
const EXAMPLE: &str = "- cloudwatchLog: {logGroup: NAME, filter: ERROR}";

/// Lowers the events.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let mut subscribed: Vec<String> = Vec::new();
    for function in &service.functions {
        let mut groups: Vec<String> = Vec::new();
        for (index, event) in function.events_of("cloudwatchLog").enumerate() {
            let Some((group, name)) = group(function, event, out) else { continue };
            if subscribed.iter().filter(|other| **other == name).count() == MOST {
                out.error(
                    codes::INVALID_VALUE,
                    &event.origin,
                    format!(
                        "the log group {name} has more than {MOST} subscriptions, with one of {}",
                        function.key
                    ),
                    group.span,
                    "one too many",
                    "let one function read the group and pass on what it reads",
                );
                continue;
            }
            subscribed.push(name.clone());
            groups.push(name);
            one((function, event), index + 1, group, &groups, out);
        }
    }
}

/// The log group as it is written and as it is named.
fn group(function: &Function, event: &Event, out: &mut Output<'_>) -> Option<(Expr, String)> {
    let group = match event.value.as_map() {
        Some(_) => required((function, event), ["logGroup"], EXAMPLE, out)?[0],
        None => &event.value,
    };
    let help = "give the name of a log group, such as `/aws/lambda/NAME`";
    let name = on_one_line(&as_text((function, event), "the log group", group, help, out)?);
    Some((Expr::from(name.as_str()).with_span(group.span), name))
}

fn one(
    (function, event): (&Function, &Event),
    number: usize,
    group: Expr,
    groups: &[String],
    out: &mut Output<'_>,
) {
    let key = normalized(&function.key);
    let permission_id = format!("{key}LambdaPermissionLogsSubscriptionFilterCloudWatchLog");
    let filter = event.given("filter");
    let pattern = match filter.and_then(Expr::as_str) {
        Some(text) => Expr::from(unescaped(&on_one_line(text))).with_span(filter.and_then(|f| f.span)),
        None => "".into(),
    };
    let properties = Map::from([
        ("LogGroupName", group),
        ("FilterPattern", pattern),
        ("DestinationArn", function.target()),
    ]);
    let mut depends_on = vec![Expr::from(permission_id.as_str())];
    depends_on.extend(function.target_depends_on());
    let id = format!("{key}LogsSubscriptionFilterCloudWatchLog{number}");
    let resource = out.add(id, "AWS::Logs::SubscriptionFilter", properties, &event.origin);
    resource.attributes.insert("DependsOn", depends_on);
    let principal =
        Expr::join("", vec!["logs.".into(), Expr::reference("AWS::Region"), ".amazonaws.com".into()]);
    let source = vec![
        "arn:".into(),
        Expr::reference("AWS::Partition"),
        ":logs:".into(),
        Expr::reference("AWS::Region"),
        ":".into(),
        Expr::reference("AWS::AccountId"),
        ":log-group:".into(),
        common_beginning(groups).into(),
        ":*".into(),
    ];
    permission((function, event), permission_id, principal, Some(Expr::join("", source)), out);
}

fn on_one_line(text: &str) -> String {
    text.replace("\r\n", "").replace('\n', "")
}

/// The text with `\"`, `\'` and `\\` as they read, where the first quote in it is written so.
fn unescaped(text: &str) -> String {
    let is_escaped = text.find('\\').zip(text.find('"')).is_some_and(|(slash, quote)| slash < quote);
    if !is_escaped {
        return text.to_owned();
    }
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match chars.peek() {
            Some(next) if char == '\\' && matches!(next, '"' | '\'' | '\\') => plain.extend(chars.next()),
            _ => plain.push(char),
        }
    }
    plain
}

/// What the names of log groups begin with in common, with a star where there are several: one permission is for
/// all of them.
fn common_beginning(groups: &[String]) -> String {
    let Some((first, others)) = groups.split_first() else { return String::new() };
    let common = others.iter().fold(first.as_str(), |common, other| {
        let same = common.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
        let end = same.map_or(common.len().min(other.len()), |((at, _), _)| at);
        &common[..end]
    });
    let star = if others.is_empty() || common.ends_with('*') { "" } else { "*" };
    format!("{common}{star}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_unescaped_where_the_first_is() {
        assert_eq!(unescaped(r#"{$.a = \"b\"}"#), r#"{$.a = "b"}"#);
        assert_eq!(unescaped(r#"{$.a = "b\"c"}"#), r#"{$.a = "b\"c"}"#);
        assert_eq!(unescaped("plain"), "plain");
    }

    #[test]
    fn one_permission_is_for_all_groups() {
        let common = |groups: &[&str]| {
            common_beginning(&groups.iter().map(|group| (*group).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(common(&["/aws/lambda/one"]), "/aws/lambda/one");
        assert_eq!(common(&["/aws/lambda/one", "/aws/lambda/other"]), "/aws/lambda/o*");
        assert_eq!(common(&["/aws/lambda/one", "/aws/lambda/one"]), "/aws/lambda/one*");
    }
}
