//! Every member that AWS's events have is in ours, with the same JSON type.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use common::{App, ask, has, route};
use samc_local::events::{self, Place, Subscription};
use samc_local::messaging::{Attribute, Change, Message, ObjectEvent, Publication, StreamRecord};
use samc_schema::manifest::{ApiKind, Authorizer, Payload};
use serde_json::{Value, json};

const SHAPES: &str = include_str!("shapes/events.txt");

/// The members that an event must have: path and type.
fn members(event: &str) -> Vec<(&'static str, &'static str)> {
    let lines = SHAPES.lines().filter(|line| !line.starts_with('#'));
    let all: Vec<_> = lines
        .filter_map(|line| {
            let (name, rest) = line.split_once(' ').unwrap();
            (name == event).then(|| rest.split_once(' ').unwrap())
        })
        .collect();
    assert!(!all.is_empty(), "there is no event {event}");
    all
}

/// The value at a path such as `Records[].s3.bucket`: the first of each list.
fn at<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(event, |value, name| {
        let value = value.get(name.trim_end_matches("[]"))?;
        if name.ends_with("[]") { value.get(0) } else { Some(value) }
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What an event lacks or has of another type.
fn faults(name: &str, event: &Value) -> Vec<String> {
    let faults = members(name).into_iter().filter_map(|(path, wanted)| match at(event, path) {
        None => Some(format!("{name}: {path} is not there")),
        Some(found) if kind(found) != wanted => {
            Some(format!("{name}: {path} is {} and not {wanted}", kind(found)))
        }
        Some(_) => None,
    });
    faults.collect()
}

#[test]
fn events_have_what_aws_sends() {
    let place = Place { region: "eu-west-1", account: "000000000000", now_ms: 1_772_366_400_007 };
    let attributes = [("a".to_owned(), Attribute::text("b"))];
    let message =
        Message { body: "x".to_owned(), attributes: attributes.clone().into(), ..Message::default() };
    let publication = Publication {
        message: "x".to_owned(),
        subject: Some("s".to_owned()),
        attributes: attributes.into(),
        ..Publication::default()
    };
    let to = Subscription { topic_arn: "arn:t", arn: "arn:t:1", message_id: "1", sequence: None };
    let object = |kind: &str| ObjectEvent {
        key: "k".to_owned(),
        kind: kind.to_owned(),
        size: 5,
        etag: Some("0".to_owned()),
    };
    let image = json!({"Id": {"N": "101"}}).as_object().cloned();
    let change = Change { kind: None, keys: None, new_image: image, old_image: None };
    let record = StreamRecord { data: "x".to_owned(), partition_key: None };
    let all = [
        ("sqs", events::sqs(&place, "arn:q", vec![message])),
        ("sns", events::sns(&place, &to, &publication)),
        ("s3-put", events::s3(&place, "b", "c", &object("ObjectCreated:Put"))),
        ("s3-delete", events::s3(&place, "b", "c", &object("ObjectRemoved:Delete"))),
        ("schedule", events::schedule(&place, "r")),
        ("dynamodb", events::dynamodb(&place, "t", &["Id"], "NEW_AND_OLD_IMAGES", &[change])),
        ("kinesis", events::kinesis(&place, "s", &[record])),
    ];
    let found: Vec<String> = all.iter().flat_map(|(name, event)| faults(name, event)).collect();
    assert!(found.is_empty(), "{found:#?}");
    let removed = &all[3].1;
    assert!(at(removed, "Records[].s3.object.size").is_none());
}

const ECHO: &str = "
import json, os
def handler(event, context):
    return {'statusCode': 200, 'body': json.dumps(event)}
";

const GUARD: &str = "
import json, os
def handler(event, context):
    with open(os.environ['NOTES'], 'w') as notes:
        json.dump(event, notes)
    statement = {'Action': '*', 'Effect': 'Allow', 'Resource': '*'}
    return {'principalId': 'me', 'policyDocument': {'Statement': [statement]}}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_apis_have_what_aws_sends() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    app.python("Echo", ECHO);
    let notes = app.folder.path().join("notes");
    app.python("Guard", GUARD).environment.insert("NOTES".to_owned(), notes.display().to_string());
    let rest = app.api("Rest", ApiKind::Rest, "dev", vec![route("POST", "/{proxy+}", "Echo", Payload::V1)]);
    rest.stage_variables.insert("a".to_owned(), "b".to_owned());
    let mut guarded = route("GET", "/guarded", "Echo", Payload::V1);
    guarded.authorizer = Some("Guard".to_owned());
    rest.routes.push(guarded);
    let guard = Authorizer::Request {
        function: "Guard".to_owned(),
        payload: Payload::V1,
        simple: false,
        identity: Vec::new(),
        ttl_seconds: 0,
    };
    rest.authorizers.insert("Guard".to_owned(), guard);
    let http = app.api("Http", ApiKind::Http, "$default", vec![route("POST", "/{id}", "Echo", Payload::V2)]);
    http.stage_variables.insert("a".to_owned(), "b".to_owned());
    let local = app.start().await;
    let headers = [("cookie", "a=1"), ("content-type", "text/plain")];
    let rest = ask(&local, 0, "POST", "/dev/a/b?x=1", &headers, b"body").await.json();
    let http = ask(&local, 1, "POST", "/a?x=1", &headers, b"body").await.json();
    assert_eq!(ask(&local, 0, "GET", "/dev/guarded", &[], b"").await.status, 200);
    let guard: Value = serde_json::from_slice(&std::fs::read(&notes).unwrap()).unwrap();
    let mut found = faults("rest", &rest);
    found.extend(faults("http", &http));
    found.extend(faults("rest-request-authorizer", &guard));
    assert!(found.is_empty(), "{found:#?}");
    local.end().await;
}
