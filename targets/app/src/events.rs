//! Events of SAM functions as triggers.

use samc_ir::{Expr, Map};

use crate::names::{Names, Role};
use crate::stores::{component_of, put_number, put_seconds, put_text};
use crate::text::{duration, number, truth};

/// The REST API that SAM makes for routes that name none.
pub(crate) const IMPLICIT_REST: &str = "ServerlessRestApi";
/// The HTTP API that SAM makes for routes that name none.
pub(crate) const IMPLICIT_HTTP: &str = "ServerlessHttpApi";

/// The trigger that an event becomes; none where the language has no such trigger, or not for what it names.
pub(crate) fn trigger(names: &Names, kind: &str, properties: &Map) -> Option<Map> {
    let mut made = match kind {
        "Api" => route(names, properties, "RestApiId", IMPLICIT_REST)?,
        "HttpApi" => route(names, properties, "ApiId", IMPLICIT_HTTP)?,
        "SQS" => {
            let mut made =
                Map::from([("queue", component_of(names, properties.get("Queue")?, &[Role::Queue])?)]);
            polled(properties, &mut made)?;
            if let Some(scaling) = properties.get("ScalingConfig").and_then(Expr::as_map) {
                put_number(scaling, "MaximumConcurrency", &mut made, "concurrency");
            }
            made
        }
        "DynamoDB" | "Kinesis" => {
            let roles = [Role::TableWithStream, Role::Stream];
            let mut made = Map::from([("stream", component_of(names, properties.get("Stream")?, &roles)?)]);
            made.insert(
                "from",
                match properties.get("StartingPosition")?.as_str()? {
                    "LATEST" => "latest",
                    "TRIM_HORIZON" => "start",
                    _ => return None,
                },
            );
            polled(properties, &mut made)?;
            put_number(properties, "ParallelizationFactor", &mut made, "parallel");
            put_number(properties, "MaximumRetryAttempts", &mut made, "retries");
            put_seconds(properties, "MaximumRecordAgeInSeconds", &mut made, "max-age");
            put_seconds(properties, "TumblingWindowInSeconds", &mut made, "window");
            if properties.get("BisectBatchOnFunctionError").and_then(truth) == Some(true) {
                made.insert("split-on-error", true);
            }
            made
        }
        "S3" => bucket(names, properties)?,
        "SNS" => {
            let topic = component_of(names, properties.get("Topic")?, &[Role::Topic])?;
            let mut made = Map::from([("topic", topic)]);
            if let Some(filter) = properties.get("FilterPolicy") {
                made.insert("filter", plain(filter)?);
            }
            match properties.get("FilterPolicyScope").map(Expr::as_str) {
                Some(Some("MessageBody")) => {
                    made.insert("filter-on", "body");
                }
                Some(Some("MessageAttributes")) | None => {}
                Some(_) => return None,
            }
            made
        }
        "EventBridgeRule" | "CloudWatchEvent" => {
            let pattern = plain(properties.get("Pattern")?)?;
            let mut made = Map::from([("event", pattern)]);
            let bus = properties.get("EventBusName").filter(|bus| bus.as_str() != Some("default"));
            if let Some(bus) = bus {
                made.insert("bus", component_of(names, bus, &[Role::Bus])?);
            }
            put_state(properties, &mut made);
            made
        }
        "MSK" => {
            let mut made = Map::from([("kafka", crate::text::text(names, properties.get("Stream")?)?)]);
            made.insert("topics", texts(names, properties.get("Topics")?)?);
            if properties.get("StartingPosition").and_then(Expr::as_str) == Some("TRIM_HORIZON") {
                made.insert("from", "start");
            }
            put_text(names, properties, "ConsumerGroupId", &mut made, "group");
            polled(properties, &mut made)?;
            made.remove("partial");
            made
        }
        "MQ" => {
            let mut made = Map::from([("mq", crate::text::text(names, properties.get("Broker")?)?)]);
            let [Expr { kind: samc_ir::Kind::String(queue), .. }] = properties.get("Queues")?.as_list()?
            else {
                return None;
            };
            made.insert("from-queue", &**queue);
            let access = properties.get("SourceAccessConfigurations").and_then(Expr::as_list);
            let basic = access?
                .iter()
                .filter_map(Expr::as_map)
                .find(|a| a.get("Type").and_then(Expr::as_str) == Some("BASIC_AUTH"))?;
            let secret = crate::text::text(names, basic.get("URI")?)?;
            made.insert("secret", secret);
            polled(properties, &mut made)?;
            made.remove("partial");
            made
        }
        "ScheduleV2" => schedule(names, properties, "ScheduleExpression")?,
        "Schedule" => {
            let mut made = schedule(names, properties, "Schedule")?;
            made.insert("rule", true);
            made
        }
        _ => return None,
    };
    if properties.get("Enabled").and_then(truth) == Some(false) {
        made.insert("enabled", false);
    }
    Some(made)
}

/// The logical id of the API that a route belongs to.
pub(crate) fn api_of(kind: &str, properties: Option<&Map>) -> Option<String> {
    let (key, implicit) = match kind {
        "Api" => ("RestApiId", IMPLICIT_REST),
        "HttpApi" => ("ApiId", IMPLICIT_HTTP),
        _ => return None,
    };
    match properties.and_then(|p| p.get(key)) {
        None => Some(implicit.to_owned()),
        Some(given) => given.as_ref_to().map(str::to_owned),
    }
}

fn route(names: &Names, properties: &Map, id: &str, implicit: &str) -> Option<Map> {
    let api = properties.get(id).map_or(Some(implicit), Expr::as_ref_to)?;
    let name = names.component(api, &[Role::RestApi, Role::HttpApi])?;
    let route = match (properties.get("Method"), properties.get("Path")) {
        (None, None) => "$default".to_owned(),
        (method, Some(path)) => {
            let method = method.map_or(Some("any"), Expr::as_str)?.to_uppercase();
            let method = if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" { "ANY".to_owned() } else { method };
            format!("{method} {}", path.as_str()?)
        }
        (Some(_), None) => return None,
    };
    Some(Map::from([("route", route.as_str()), ("api", name)]))
}

/// What queues and streams have in common.
fn polled(properties: &Map, made: &mut Map) -> Option<()> {
    put_number(properties, "BatchSize", made, "batch");
    put_seconds(properties, "MaximumBatchingWindowInSeconds", made, "wait");
    let types = properties.get("FunctionResponseTypes").and_then(Expr::as_list).unwrap_or_default();
    made.insert("partial", !types.is_empty());
    if let Some(criteria) = properties.get("FilterCriteria") {
        let filters = criteria.as_map()?.get("Filters")?.as_list()?;
        let patterns: Option<Vec<Expr>> =
            filters.iter().map(|f| crate::text::json(f.as_map()?.get("Pattern")?.as_str()?)).collect();
        made.insert("filter", patterns?);
    }
    Some(())
}

fn bucket(names: &Names, properties: &Map) -> Option<Map> {
    let bucket = component_of(names, properties.get("Bucket")?, &[Role::Bucket])?;
    let mut made = Map::from([("bucket", bucket)]);
    let events = properties.get("Events")?;
    let events: Vec<&Expr> = match events.as_list() {
        Some(list) => list.iter().collect(),
        None => vec![events],
    };
    let words: Option<Vec<Expr>> = events
        .into_iter()
        .map(|event| {
            Some(Expr::from(match event.as_str()? {
                "s3:ObjectCreated:*" => "created",
                "s3:ObjectRemoved:*" => "removed",
                "s3:ObjectRestore:Completed" => "restored",
                "s3:ObjectTagging:*" => "tagged",
                other => other,
            }))
        })
        .collect();
    made.insert("events", words?);
    let rules =
        properties.get("Filter").and_then(|f| f.as_map()?.get("S3Key")?.as_map()?.get("Rules")?.as_list());
    for rule in rules.unwrap_or_default() {
        let rule = rule.as_map()?;
        let key = match rule.get("Name")?.as_str()? {
            "prefix" | "Prefix" => "prefix",
            "suffix" | "Suffix" => "suffix",
            _ => return None,
        };
        put_text(names, rule, "Value", &mut made, key);
    }
    Some(made)
}

fn schedule(names: &Names, properties: &Map, key: &str) -> Option<Map> {
    let expression = properties.get(key)?.as_str()?;
    let mut made = Map::from([("schedule", rate(expression)?)]);
    put_text(names, properties, "ScheduleExpressionTimezone", &mut made, "timezone");
    if let Some(input) = properties.get("Input") {
        made.insert("input", crate::text::json(input.as_str()?)?);
    }
    if let Some(window) = properties.get("FlexibleTimeWindow").and_then(Expr::as_map)
        && let Some(minutes) = window.get("MaximumWindowInMinutes").and_then(number)
    {
        made.insert("window", duration(minutes.saturating_mul(60)));
    }
    put_state(properties, &mut made);
    Some(made)
}

/// `rate(5 minutes)` as `rate(5m)`; other expressions are the same in both.
fn rate(expression: &str) -> Option<String> {
    let Some(inner) = expression.strip_prefix("rate(").and_then(|r| r.strip_suffix(')')) else {
        return Some(expression.to_owned());
    };
    let (count, unit) = inner.trim().split_once(' ')?;
    let unit = match unit.trim() {
        "minute" | "minutes" => "m",
        "hour" | "hours" => "h",
        "day" | "days" => "d",
        _ => return None,
    };
    Some(format!("rate({}{unit})", count.trim().parse::<u32>().ok()?))
}

fn put_state(properties: &Map, made: &mut Map) {
    if properties.get("State").and_then(Expr::as_str).is_some_and(|state| state != "ENABLED") {
        made.insert("enabled", false);
    }
}

/// The trigger that a rule with one function as its target becomes, and that function.
pub(crate) fn of_rule(names: &Names, properties: &Map) -> Option<(String, Map)> {
    let [target] = properties.get("Targets")?.as_list()? else { return None };
    let target = target.as_map()?;
    // What the target is given, and what happens to what fails, is said by other keys.
    if target.keys().any(|k| !matches!(&**k, "Arn" | "Id")) {
        return None;
    }
    let function = component_of(names, target.get("Arn")?, &[Role::Function])?.to_owned();
    let mut given = properties.clone();
    for (rule, event) in [("EventPattern", "Pattern"), ("ScheduleExpression", "Schedule")] {
        if let Some(value) = given.remove(rule) {
            given.insert(event, value);
        }
    }
    let kind = if given.contains_key("Pattern") { "EventBridgeRule" } else { "Schedule" };
    Some((function, trigger(names, kind, &given)?))
}

fn texts(names: &Names, value: &Expr) -> Option<Vec<Expr>> {
    let items = value.as_list().unwrap_or(std::slice::from_ref(value));
    items.iter().map(|v| crate::text::text(names, v).map(Expr::from)).collect()
}

/// A value without functions.
fn plain(value: &Expr) -> Option<Expr> {
    let mut has_calls = false;
    value.walk(&mut |e| has_calls |= e.is_call());
    (!has_calls).then(|| value.clone())
}
