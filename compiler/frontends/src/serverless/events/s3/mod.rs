//! `s3`: what happens in a bucket, which is made here or is there already. Source:
//! lib/plugins/aws/package/compile/events/s3/index.js of osls 3.77.1.

mod existing;

use indexmap::IndexMap;
use samc_base::codes;
use samc_ir::{Expr, Map};

use super::common::{permission, required};
use crate::serverless::names::{alphanumeric, normalized, upper_first};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, text};

/// What a function hears of where nothing is said.
const CREATED: &str = "s3:ObjectCreated:*";

/// How an event is written.
const EXAMPLE: &str = "- s3: {bucket: NAME, event: 's3:ObjectCreated:*'}";

/// A bucket with the events in it.
struct Bucket<'a> {
    /// What events call it: its name, or a key of `provider.s3`.
    key: String,
    /// Its settings in `provider.s3`.
    settings: Option<&'a Map>,
    events: Vec<(&'a Function, &'a Event)>,
}

impl Bucket<'_> {
    fn permission_id(&self, function: &Function) -> String {
        format!("{}LambdaPermission{}S3", normalized(&function.key), alphanumeric(&self.key))
    }
}

/// Lowers the events: those of buckets that are made here first.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let mut buckets: IndexMap<String, Bucket<'_>> = IndexMap::new();
    let mut notified = Vec::new();
    for (function, event, _) in service.events("s3") {
        if is_existing(event) {
            continue;
        }
        if !has_rules((function, event), out) {
            continue;
        }
        let Some((name, bucket)) = bucket(service, function, event, out) else { continue };
        let (key, settings) = (bucket.key.clone(), bucket.settings);
        let entry = buckets.entry(name.clone()).or_insert(bucket);
        // An event may name it as AWS does, and another by its key in the provider, which counts.
        if settings.is_some() {
            (entry.key, entry.settings) = (key, settings);
        }
        entry.events.push((function, event));
        notified.push((function, event, name));
    }
    for (name, bucket) in &buckets {
        add(name, bucket, out);
    }
    for (function, event, name) in notified {
        let Some(bucket) = buckets.get(&name) else { continue };
        let id = bucket.permission_id(function);
        let source = vec!["arn:".into(), Expr::reference("AWS::Partition"), format!(":s3:::{name}").into()];
        let source = Some(Expr::join("", source));
        permission((function, event), id.clone(), "s3.amazonaws.com", source, out);
        if let Some(properties) = out.properties(&id) {
            properties.insert("SourceAccount", Expr::reference("AWS::AccountId"));
        }
    }
    existing::lower(service, out);
}

/// True where the bucket is there already.
fn is_existing(event: &Event) -> bool {
    event.flag("existing").unwrap_or_else(|| event.given("existing").is_some())
}

/// The bucket of an event, by its name.
fn bucket<'a>(
    service: &'a Service,
    function: &Function,
    event: &Event,
    out: &mut Output<'_>,
) -> Option<(String, Bucket<'a>)> {
    let value = match event.value.as_map() {
        Some(_) => required((function, event), ["bucket"], EXAMPLE, out)?[0],
        None => &event.value,
    };
    let Some(key) = text(value) else {
        out.error(
            codes::WRONG_TYPE,
            &event.origin,
            format!("the bucket of an s3 event of {} is {}, and a bucket that is made for it needs a name", function.key, value.kind_name()),
            value.span,
            "not a name",
            "give the name as text; for a bucket that exists add `existing: true`, and one of `resources` is better given its NotificationConfiguration there",
        );
        return None;
    };
    let settings = service.provider_at(&["s3", key.as_str()]).and_then(Expr::as_map);
    let own = settings.and_then(|settings| given(settings, "name"));
    let name = own.and_then(Expr::as_str).unwrap_or(&key).to_owned();
    if !is_name(&name) {
        out.error(
            codes::INVALID_VALUE,
            &event.origin,
            format!("`{name}` of an s3 event of {} is no name of a bucket", function.key),
            own.unwrap_or(value).span,
            "not allowed",
            "use lower-case letters, digits, dashes and dots, with a letter or digit at each end; a key of `provider.s3` may have a `name`",
        );
        return None;
    }
    Some((name, Bucket { key, settings, events: Vec::new() }))
}

/// True for labels of lower-case letters, digits and dashes between dots, and not for an IP address.
fn is_name(name: &str) -> bool {
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|char| plain(char) || char == '-')
            && label.starts_with(plain)
            && label.ends_with(plain)
    };
    let labels: Vec<&str> = name.split('.').collect();
    let is_address = labels.len() == 4
        && labels
            .iter()
            .all(|part| (1..=3).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit()));
    labels.iter().all(|label| is_label(label)) && !is_address
}

fn add(name: &str, bucket: &Bucket<'_>, out: &mut Output<'_>) {
    let Some((_, first)) = bucket.events.first() else { return };
    let notifications: Vec<Expr> = bucket.events.iter().map(|of| notification(*of)).collect();
    let mut configuration = Map::from([("LambdaConfigurations", notifications)]);
    let mut properties = Map::from([("BucketName", name)]);
    properties.insert("NotificationConfiguration", Map::new());
    for entry in bucket.settings.map(Map::entries).unwrap_or_default().iter().filter(|e| &*e.key != "name") {
        let property = upper_first(&entry.key);
        match (property.as_str(), entry.value.as_map()) {
            ("NotificationConfiguration", Some(own)) => configuration.extend(own.clone()),
            _ => {
                properties.insert_spanned(property, entry.key_span, entry.value.clone());
            }
        }
    }
    properties.insert("NotificationConfiguration", configuration);
    // As often as there are events: CloudFormation takes repetitions, and deployed stacks have them.
    let waits = |(function, _): &(&Function, &Event)| {
        [Some(bucket.permission_id(function).into()), function.target_depends_on()].into_iter().flatten()
    };
    let depends_on: Vec<Expr> = bucket.events.iter().flat_map(waits).collect();
    let id = format!("S3Bucket{}", alphanumeric(&bucket.key));
    let resource = out.add(id, "AWS::S3::Bucket", properties, &first.origin);
    resource.attributes.insert("DependsOn", depends_on);
}

fn notification((function, event): (&Function, &Event)) -> Expr {
    let happens = event.given("event").cloned().unwrap_or_else(|| CREATED.into());
    let mut made = Map::from([("Event", happens), ("Function", function.target())]);
    let rules = rules(event, |key, value| Map::from([("Name", Expr::from(key)), ("Value", value.clone())]));
    if event.given("rules").is_some() {
        made.insert("Filter", Map::from([("S3Key", Map::from([("Rules", rules)]))]));
    }
    made.into()
}

/// The rules of an event, each of which is a mapping of one key.
fn rules(event: &Event, make: impl Fn(&str, &Expr) -> Map) -> Vec<Expr> {
    let first = |rule: &Expr| {
        let (key, value) = rule.as_map()?.iter().next()?;
        Some(Expr::from(make(key, value)))
    };
    event.items("rules").iter().filter_map(first).collect()
}

/// False where the rules of an event are not written as a list of such mappings, which is reported.
fn has_rules((function, event): (&Function, &Event), out: &mut Output<'_>) -> bool {
    let Some(rules) = event.given("rules") else { return true };
    let is_rule = |rule: &Expr| rule.as_map().is_some_and(|rule| rule.len() == 1);
    let wrong = match rules.as_list() {
        Some(list) => list.iter().find(|rule| !is_rule(rule)),
        None => Some(rules),
    };
    if let Some(wrong) = wrong {
        out.error(
            codes::WRONG_TYPE,
            &event.origin,
            format!("rules of an s3 event of {} are a list of mappings with one key each", function.key),
            wrong.span,
            "not such a rule",
            "write `rules: [{prefix: uploads/}, {suffix: .jpg}]`",
        );
    }
    wrong.is_none()
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_of_buckets() {
        assert!(is_name("photos") && is_name("a.b-c.d1") && is_name("1.2.3"));
        assert!(!is_name("Photos") && !is_name("-a") && !is_name("a..b") && !is_name("10.0.0.1"));
    }
}
