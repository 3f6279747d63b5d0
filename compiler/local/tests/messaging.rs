//! Queues, topics, buses, schedules, buckets and streams, and the functions that they start.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use common::{App, ask, get, has, wait};
use samc_schema::manifest::{DeadLetters, Resource, Source, Target, Trigger};
use serde_json::{Value, json};

/// A function that writes down its events, each in a line, and answers as the event says.
const NOTES: &str = "
import json, os
def handler(event, context):
    with open(os.environ['NOTES'], 'a') as notes:
        notes.write(json.dumps(event) + '\\n')
    bad = []
    for record in event.get('Records', []) if isinstance(event, dict) else []:
        body = record.get('body', '')
        if body == 'raise':
            raise Exception('no')
        if body.startswith('bad'):
            bad.append({'itemIdentifier': record['messageId']})
    return {'batchItemFailures': bad}
";

fn app() -> App {
    let mut app = App::new();
    let notes = app.folder.path().join("notes").display().to_string();
    app.python("Notes", NOTES).environment.insert("NOTES".to_owned(), notes);
    app
}

/// The events that came, in their order.
fn notes(app: &App) -> Vec<Value> {
    let text = std::fs::read_to_string(app.folder.path().join("notes")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn notes_of(app: &App, count: usize) -> Vec<Value> {
    wait("events", || notes(app).len() >= count).await;
    notes(app)
}

fn queue(name: &str) -> Resource {
    Resource::Queue {
        name: name.to_owned(),
        fifo: name.ends_with(".fifo"),
        content_based_deduplication: false,
        visibility_seconds: 1,
        delay_seconds: 0,
        retention_seconds: 345_600,
        dead_letters: None,
    }
}

fn sqs(queue: &str) -> Source {
    Source::Sqs {
        queue: queue.to_owned(),
        batch_size: 10,
        window_seconds: 0,
        partial_responses: false,
        concurrency: None,
        filters: Vec::new(),
        enabled: true,
    }
}

fn trigger(id: &str, target: Target, source: Source) -> Trigger {
    Trigger { id: id.to_owned(), target, source }
}

fn notes_function() -> Target {
    Target::Function("Notes".to_owned())
}

async fn post(local: &samc_local::Local, id: &str, body: Value) -> common::Answer {
    ask(local, 0, "POST", &format!("/_samc/events/{id}"), &[], body.to_string().as_bytes()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_starts_a_function() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.manifest.resources.insert("Jobs".to_owned(), queue("shop-jobs"));
    app.manifest.triggers.push(trigger("JobsMapping", notes_function(), sqs("Jobs")));
    let local = app.start().await;
    let body = json!({"body": "hello", "attributes": {"kind": "a", "n": 5}});
    let sent = post(&local, "Jobs", body).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    let event = notes_of(&app, 1).await.remove(0);
    let record = &event["Records"][0];
    assert_eq!(record["body"], "hello");
    assert_eq!(record["md5OfBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:eu-west-1:000000000000:shop-jobs");
    assert_eq!(record["messageId"], sent.json()["sent"]["messageId"]);
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["messageAttributes"]["n"]["dataType"], "Number");
    // What is not an object with a body is a body itself, and a mapping stands for its queue.
    assert_eq!(post(&local, "JobsMapping", json!({"order": 7})).await.status, 202);
    assert_eq!(notes_of(&app, 2).await[1]["Records"][0]["body"], "{\"order\":7}");
    let queue = || async { get(&local, 0, "/_samc/state").await.json()["messaging"]["queues"][0].clone() };
    for _ in 0..1000 {
        if queue().await["inFlight"] == 0 {
            break;
        }
    }
    let state = queue().await;
    assert_eq!((&state["id"], &state["visible"], &state["inFlight"]), (&json!("Jobs"), &json!(0), &json!(0)));
    let unknown = post(&local, "Nothing", json!({})).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("Nothing"));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_comes_again_and_then_goes_to_the_dead_letters() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let mut jobs = queue("shop-jobs");
    if let Resource::Queue { dead_letters, .. } = &mut jobs {
        *dead_letters = Some(DeadLetters { queue: "Dead".to_owned(), max_receives: 2 });
    }
    app.manifest.resources.insert("Jobs".to_owned(), jobs);
    app.manifest.resources.insert("Dead".to_owned(), queue("shop-dead"));
    let mut mapping = sqs("Jobs");
    if let Source::Sqs { partial_responses, .. } = &mut mapping {
        *partial_responses = true;
    }
    app.manifest.triggers.push(trigger("JobsMapping", notes_function(), mapping));
    let local = app.start().await;
    for body in ["good", "bad one"] {
        assert_eq!(post(&local, "Jobs", json!({"body": body})).await.status, 202);
    }
    let state = || local.messaging().state().queues;
    wait("the dead letter", || state()[1].visible == 1).await;
    let (jobs, dead) = (state().remove(0), state().remove(1));
    assert_eq!((jobs.visible, jobs.in_flight), (0, 0));
    assert_eq!(dead.messages[0].body, "bad one");
    let came = notes(&app);
    let records = came.iter().flat_map(|event| event["Records"].as_array().unwrap());
    let mut all: Vec<(&str, &str)> = records
        .map(|r| {
            let count = &r["attributes"]["ApproximateReceiveCount"];
            (r["body"].as_str().unwrap(), count.as_str().unwrap())
        })
        .collect();
    all.sort_unstable();
    assert_eq!(all, [("bad one", "1"), ("bad one", "2"), ("good", "1")]);
    local.end().await;
}
