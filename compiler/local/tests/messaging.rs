//! Queues, topics, buses, schedules, buckets and streams, and the functions that they start.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use common::{App, ask, get, has, notes, wait};
use samc_schema::manifest::{DeadLetters, Input, InputTransformer, Resource, Source, Target, Trigger};
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

/// What came to `Notes`, by the names of the function's events.
async fn bodies(app: &App, count: usize) -> Vec<Value> {
    let all = notes_of(app, count).await;
    all.iter().map(|event| event["Records"][0]["Sns"]["Message"].clone()).collect()
}

fn topic(name: &str, fifo: bool) -> Resource {
    Resource::Topic { name: name.to_owned(), fifo, content_based_deduplication: false }
}

fn sns(topic: &str, filter: Value) -> Source {
    Source::Sns { topic: topic.to_owned(), filter, filter_on_body: false, raw: false, dead_letters: None }
}

/// The first message of a queue.
fn first(local: &samc_local::Local, queue: &str) -> Option<samc_local::messaging::MessageState> {
    let queues = local.messaging().state().queues;
    queues.into_iter().find(|q| q.id == queue)?.messages.into_iter().next()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_tells_those_who_want_to_know() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.manifest.resources.insert("News".to_owned(), topic("shop-news", false));
    for id in ["Raw", "Wrapped", "ByBody"] {
        app.manifest.resources.insert(id.to_owned(), queue(&id.to_lowercase()));
    }
    let filter = json!({"kind": ["a", {"prefix": "x-"}], "n": [{"numeric": [">", 3]}]});
    app.manifest.triggers.push(trigger("ToNotes", notes_function(), sns("News", filter)));
    let mut raw = sns("News", Value::Null);
    if let Source::Sns { raw, .. } = &mut raw {
        *raw = true;
    }
    app.manifest.triggers.push(trigger("ToRaw", Target::Queue("Raw".to_owned()), raw));
    let wrapped = sns("News", Value::Null);
    app.manifest.triggers.push(trigger("ToWrapped", Target::Queue("Wrapped".to_owned()), wrapped));
    let mut by_body = sns("News", json!({"order": {"state": ["paid"]}}));
    if let Source::Sns { filter_on_body, .. } = &mut by_body {
        *filter_on_body = true;
    }
    app.manifest.triggers.push(trigger("ToByBody", Target::Queue("ByBody".to_owned()), by_body));
    let local = app.start().await;
    let publish = async |message: Value, attributes: Value| {
        let body = json!({"message": message, "subject": "S", "attributes": attributes});
        let answer = post(&local, "News", body).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    };
    publish("one".into(), json!({"kind": "x-1", "n": 4, "tags": ["p", "q"]})).await;
    publish("not for notes".into(), json!({"kind": "a", "n": 3})).await;
    publish("nor this".into(), json!({"n": 9})).await;
    publish(json!({"order": {"state": "paid"}}), json!({"kind": "a", "n": 5})).await;
    assert_eq!(bodies(&app, 2).await.len(), 2);
    let mut all = notes(&app);
    all.sort_by_key(|event| event["Records"][0]["Sns"]["Message"].to_string());
    let record = all
        .iter()
        .map(|event| &event["Records"][0])
        .find(|record| record["Sns"]["Message"] == "one")
        .unwrap();
    assert_eq!((&record["EventSource"], &record["EventVersion"]), (&json!("aws:sns"), &json!("1.0")));
    let sns = &record["Sns"];
    assert_eq!(sns["TopicArn"], "arn:aws:sns:eu-west-1:000000000000:shop-news");
    assert_eq!((&sns["Subject"], &sns["Type"]), (&json!("S"), &json!("Notification")));
    assert_eq!(sns["MessageAttributes"]["n"], json!({"Type": "Number", "Value": "4"}));
    assert_eq!(sns["MessageAttributes"]["tags"]["Type"], "String.Array");
    assert_eq!(first(&local, "Raw").unwrap().body, "one");
    let wrapped: Value = serde_json::from_str(&first(&local, "Wrapped").unwrap().body).unwrap();
    assert_eq!((&wrapped["Message"], &wrapped["Subject"]), (&json!("one"), &json!("S")));
    assert!(wrapped.get("UnsubscribeURL").is_some());
    assert_eq!(wrapped["MessageAttributes"]["kind"], json!({"Type": "String", "Value": "x-1"}));
    let state = local.messaging().state();
    assert_eq!(state.topics[0].published, 4);
    let delivered: Vec<u64> = state.topics[0].subscriptions.iter().map(|s| s.delivered).collect();
    assert_eq!(delivered, [2, 4, 4, 1]);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fifo_topic_keeps_groups_and_knows_messages() {
    let mut app = App::new();
    app.manifest.resources.insert("News".to_owned(), topic("news.fifo", true));
    app.manifest.resources.insert("Line".to_owned(), queue("line.fifo"));
    app.manifest.triggers.push(trigger("ToLine", Target::Queue("Line".to_owned()), sns("News", Value::Null)));
    let local = app.start().await;
    let message = json!({"message": "a", "groupId": "g", "deduplicationId": "1"});
    let one = post(&local, "News", message.clone()).await.json();
    let two = post(&local, "News", message).await.json();
    assert_eq!(one, two);
    let line = first(&local, "Line").unwrap();
    assert_eq!(line.group.as_deref(), Some("g"));
    let body: Value = serde_json::from_str(&line.body).unwrap();
    assert!(body["SequenceNumber"].is_string());
    assert_eq!(local.messaging().state().queues[0].visible, 1);
    let refused = post(&local, "News", json!({"message": "a", "groupId": "g"})).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("ContentBasedDeduplication"), "{}", refused.text());
    local.end().await;
}

fn event(bus: &str, pattern: Value, input: Input) -> Source {
    Source::Event { bus: bus.to_owned(), pattern, input, enabled: true, dead_letters: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_tells_the_targets_of_its_rules() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.manifest.resources.insert("Bus".to_owned(), Resource::Bus { name: "shop".to_owned() });
    app.manifest.resources.insert("Paid".to_owned(), queue("paid"));
    app.manifest.resources.insert("Lost".to_owned(), queue("lost"));
    let paid = || json!({"source": ["shop"], "detail": {"total": [{"numeric": [">=", 10]}]}});
    let mut add = |id: &str, target: Target, bus: &str, pattern: Value, input: Input| {
        app.manifest.triggers.push(trigger(id, target, event(bus, pattern, input)));
    };
    add("Whole", notes_function(), "Bus", paid(), Input::Event);
    let transformer = InputTransformer {
        paths: [("total".to_owned(), "$.detail.total".to_owned())].into_iter().collect(),
        template: "{\"t\": <total>, \"rule\": \"<aws.events.rule-name>\"}".to_owned(),
    };
    add("Made", Target::Queue("Paid".to_owned()), "Bus", paid(), Input::Transformer(transformer));
    add("Over", Target::Bus("default".to_owned()), "Bus", paid(), Input::Event);
    // A ring of buses comes to an end.
    add("Back", Target::Bus("Bus".to_owned()), "default", json!({"source": ["ring"]}), Input::Event);
    add("Round", Target::Bus("default".to_owned()), "Bus", json!({"source": ["ring"]}), Input::Event);
    add("Part", notes_function(), "default", paid(), Input::Path("$.detail".to_owned()));
    add("Broken", notes_function(), "Bus", json!({"source": [{"no-such": 1}]}), Input::Event);
    let mut nowhere = event("Bus", paid(), Input::Event);
    if let Source::Event { dead_letters, .. } = &mut nowhere {
        *dead_letters = Some(Target::Queue("Lost".to_owned()));
    }
    app.manifest.triggers.push(trigger("Nowhere", Target::Function("Gone".to_owned()), nowhere));
    let local = app.start().await;
    assert!(
        app.log.has("Broken: its pattern is not one, so that nothing matches: source: there is no operator")
    );
    let put = async |bus: &str, source: &str, detail: Value| {
        let body = json!({"source": source, "detail-type": "order", "detail": detail});
        let answer = post(&local, bus, body).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    };
    put("Bus", "shop", json!({"total": 9})).await;
    put("Bus", "other", json!({"total": 10})).await;
    put("Bus", "shop", json!({"total": 10.5})).await;
    let mut came = notes_of(&app, 2).await;
    came.sort_by_key(|event| event.get("source").is_none());
    assert_eq!((&came[0]["source"], &came[0]["detail-type"]), (&json!("shop"), &json!("order")));
    assert_eq!((&came[0]["account"], &came[0]["region"]), (&json!("000000000000"), &json!("eu-west-1")));
    assert_eq!(came[1], json!({"total": 10.5}));
    assert_eq!(first(&local, "Paid").unwrap().body, "{\"t\": 10.5, \"rule\": \"Made\"}");
    let lost: Value = serde_json::from_str(&first(&local, "Lost").unwrap().body).unwrap();
    assert_eq!(lost["detail"], json!({"total": 10.5}));
    put("default", "ring", json!({})).await;
    assert!(app.log.has("the event has gone over 8 buses"));
    assert_eq!(notes(&app).len(), 2);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_come_when_somebody_says_so() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let schedule = |rule: bool, input: Input| Source::Schedule {
        expression: "cron(0 9 ? * MON *)".to_owned(),
        timezone: Some("Europe/Berlin".to_owned()),
        input,
        rule,
        enabled: true,
        dead_letters: None,
    };
    app.manifest.triggers.push(trigger("Weekly", notes_function(), schedule(true, Input::Event)));
    let text = "{\"at\": \"<aws.scheduler.scheduled-time>\", \"x\": 1}".to_owned();
    app.manifest.triggers.push(trigger("Own", notes_function(), schedule(false, Input::Constant(text))));
    let local = app.start().await;
    assert_eq!(post(&local, "Weekly", json!({})).await.status, 202);
    let event = notes_of(&app, 1).await.remove(0);
    assert_eq!((&event["source"], &event["detail-type"]), (&json!("aws.events"), &json!("Scheduled Event")));
    assert_eq!(event["resources"], json!(["arn:aws:events:eu-west-1:000000000000:rule/Weekly"]));
    assert_eq!(ask(&local, 0, "POST", "/_samc/events/Own", &[], b"").await.status, 202);
    let own = notes_of(&app, 2).await.remove(1);
    assert_eq!(own["x"], 1);
    assert!(own["at"].as_str().unwrap().starts_with("20"), "{own}");
    let state = local.messaging().state().schedules;
    let next = state[0].next.as_deref().unwrap();
    assert!(next.ends_with("T07:00:00Z") || next.ends_with("T08:00:00Z"), "{next}");
    assert!(!state[0].clock);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_go_to_their_destinations() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    app.python("Fails", "def handler(event, context):\n    raise ValueError('no')\n").retries = 0;
    app.python("Works", "def handler(event, context):\n    return {'ok': event}\n").retries = 0;
    app.manifest.resources.insert("Dead".to_owned(), queue("dead"));
    app.manifest.resources.insert("Failures".to_owned(), topic("failures", false));
    app.manifest.resources.insert("Heard".to_owned(), queue("heard"));
    app.manifest.resources.insert("Events".to_owned(), queue("events"));
    app.manifest.triggers.push(trigger(
        "Hear",
        Target::Queue("Heard".to_owned()),
        sns("Failures", Value::Null),
    ));
    let pattern = json!({"source": ["lambda"], "detail": {"responsePayload": {"ok": {"n": [1]}}}});
    let to_events = event("default", pattern, Input::Event);
    app.manifest.triggers.push(trigger("Rule", Target::Queue("Events".to_owned()), to_events));
    let fails = &mut app.manifest.functions["Fails"].destinations;
    fails.dead_letters = Some(Target::Queue("Dead".to_owned()));
    fails.on_failure = Some(Target::Topic("Failures".to_owned()));
    app.manifest.functions["Works"].destinations.on_success = Some(Target::Bus("default".to_owned()));
    let local = app.start().await;
    assert_eq!(post(&local, "Fails", json!({"a": 1})).await.status, 202);
    assert_eq!(post(&local, "Works", json!({"n": 1})).await.status, 202);
    wait("the outcomes", || ["Dead", "Heard", "Events"].iter().all(|q| first(&local, q).is_some())).await;
    assert_eq!(first(&local, "Dead").unwrap().body, "{\"a\":1}");
    let heard: Value = serde_json::from_str(&first(&local, "Heard").unwrap().body).unwrap();
    let record: Value = serde_json::from_str(heard["Message"].as_str().unwrap()).unwrap();
    assert_eq!(record["responsePayload"]["errorType"], "ValueError");
    let told: Value = serde_json::from_str(&first(&local, "Events").unwrap().body).unwrap();
    assert_eq!(told["detail-type"], "Lambda Function Invocation Result - Success");
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_manifest_keeps_what_is_in_queues() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.manifest.resources.insert("Jobs".to_owned(), queue("jobs"));
    app.manifest.resources.insert("Gone".to_owned(), queue("gone"));
    let local = app.start().await;
    for queue in ["Jobs", "Gone"] {
        assert_eq!(post(&local, queue, json!({"body": "kept"})).await.status, 202);
    }
    let mut manifest = app.manifest.clone();
    manifest.resources.shift_remove("Gone");
    manifest.triggers.push(trigger("Mapping", notes_function(), sqs("Jobs")));
    local.messaging().replace(&manifest);
    assert_eq!(notes_of(&app, 1).await[0]["Records"][0]["body"], "kept");
    assert_eq!(post(&local, "Gone", json!({"body": "x"})).await.status, 404);
    // Without the mapping nothing reads the queue any more.
    manifest.triggers.clear();
    local.messaging().replace(&manifest);
    assert_eq!(post(&local, "Jobs", json!({"body": "stays"})).await.status, 202);
    assert_eq!(first(&local, "Jobs").unwrap().body, "stays");
    local.end().await;
    assert_eq!(notes(&app).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_take_out_what_nobody_wants() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.manifest.resources.insert("Jobs".to_owned(), queue("jobs"));
    let mut mapping = sqs("Jobs");
    if let Source::Sqs { filters, .. } = &mut mapping {
        filters.push(json!({"body": {"weight": [{"numeric": [">", 5]}]}}));
        filters.push(json!({"messageAttributes": {"now": {"stringValue": ["yes"]}}}));
    }
    app.manifest.triggers.push(trigger("Mapping", notes_function(), mapping));
    let local = app.start().await;
    for (body, now) in [("{\"weight\": 9}", "no"), ("{\"weight\": 1}", "no"), ("text", "no"), ("text", "yes")]
    {
        post(&local, "Jobs", json!({"body": body, "attributes": {"now": now}})).await;
    }
    wait("an empty queue", || first(&local, "Jobs").is_none()).await;
    let came = notes(&app);
    let mut bodies: Vec<&str> = came
        .iter()
        .flat_map(|e| e["Records"].as_array().unwrap())
        .map(|r| r["body"].as_str().unwrap())
        .collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["text", "{\"weight\": 9}"]);
    local.end().await;
}

#[tokio::test(start_paused = true)]
async fn schedules_come_by_the_clock_where_the_user_wants_it() {
    let mut app = App::new();
    app.manifest.resources.insert("Ticks".to_owned(), queue("ticks"));
    let source = Source::Schedule {
        expression: "rate(1 minute)".to_owned(),
        timezone: None,
        input: Input::Event,
        rule: true,
        enabled: true,
        dead_letters: None,
    };
    app.manifest.triggers.push(trigger("Tick", Target::Queue("Ticks".to_owned()), source));
    let mut options = app.options();
    options.clock = true;
    let local = samc_local::Local::start(options).await.unwrap();
    let ticks = || local.messaging().state().queues[0].visible;
    tokio::time::sleep(std::time::Duration::from_secs(59)).await;
    assert_eq!(ticks(), 0);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(ticks(), 1);
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    assert_eq!(ticks(), 3);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_folder_are_objects_of_a_bucket() {
    let mut app = App::new();
    app.manifest.resources.insert(
        "Uploads".to_owned(),
        Resource::Bucket { name: "shop-uploads".to_owned(), event_bridge: true },
    );
    for id in ["Made", "Gone", "Told"] {
        app.manifest.resources.insert(id.to_owned(), queue(&id.to_lowercase()));
    }
    let s3 = |events: &str, suffix: &str| Source::S3 {
        bucket: "Uploads".to_owned(),
        events: vec![events.to_owned()],
        prefix: "in/".to_owned(),
        suffix: suffix.to_owned(),
    };
    let to = |id: &str| Target::Queue(id.to_owned());
    app.manifest.triggers.push(trigger("Uploads", to("Made"), s3("s3:ObjectCreated:*", ".png")));
    app.manifest.triggers.push(trigger("Uploads", to("Gone"), s3("s3:ObjectRemoved:Delete", "")));
    let rule =
        event("default", json!({"source": ["aws.s3"], "detail-type": ["Object Created"]}), Input::Event);
    app.manifest.triggers.push(trigger("Rule", to("Told"), rule));
    app.write("data/Uploads/in/old.png", "old");
    let mut options = app.options();
    options.buckets = Some(app.folder.path().join("data"));
    let local = samc_local::Local::start(options).await.unwrap();
    let visible = |n: usize| local.messaging().state().queues[n].visible;
    app.write("data/Uploads/in/a b+ä.png", "hello").write("data/Uploads/in/.hidden.png", "x");
    app.write("data/Uploads/out/b.png", "y");
    wait("the objects", || visible(0) == 1 && visible(2) == 2).await;
    let made: Value = serde_json::from_str(&first(&local, "Made").unwrap().body).unwrap();
    let record = &made["Records"][0];
    assert_eq!(
        (&record["eventName"], &record["eventSource"]),
        (&json!("ObjectCreated:Put"), &json!("aws:s3"))
    );
    assert_eq!(record["s3"]["bucket"]["name"], "shop-uploads");
    let object = &record["s3"]["object"];
    assert_eq!(object["key"], "in/a+b%2B%C3%A4.png");
    assert_eq!((&object["size"], &object["eTag"]), (&json!(5), &json!("5d41402abc4b2a76b9719d911017c592")));
    let told: Value = serde_json::from_str(&first(&local, "Told").unwrap().body).unwrap();
    assert_eq!(told["detail"]["object"]["key"], "in/a b+ä.png");
    std::fs::remove_dir_all(app.folder.path().join("data/Uploads/in")).unwrap();
    wait("the removed objects", || visible(1) == 2).await;
    // The same can be told.
    let answer = post(&local, "shop-uploads", json!({"key": "in/c.png"})).await;
    assert_eq!(answer.json(), json!({"bucket": "Uploads", "notifications": 2}));
    local.end().await;
}

/// A function that fails as the records say: their data or images have a text.
const READS: &str = "
import base64, json, os
def handler(event, context):
    texts, failed = [], []
    for record in event['Records']:
        if 'kinesis' in record:
            text, number = base64.b64decode(record['kinesis']['data']).decode(), record['kinesis']['sequenceNumber']
        else:
            text, number = record['dynamodb']['NewImage']['t']['S'], record['dynamodb']['SequenceNumber']
        texts.append(text)
        if text == 'bad':
            failed.append({'itemIdentifier': number})
    with open(os.environ['NOTES'], 'a') as notes:
        notes.write(json.dumps(texts) + '\\n')
    if failed and os.environ['HOW'] == 'raise':
        raise Exception('no')
    return {'batchItemFailures': failed}
";

/// An application whose function reads a stream; `how` is how it fails.
fn reads(how: &str, source: Source) -> App {
    let mut app = App::new();
    let notes = app.folder.path().join("notes").display().to_string();
    let environment = &mut app.python("Reads", READS).environment;
    environment.insert("NOTES".to_owned(), notes);
    environment.insert("HOW".to_owned(), how.to_owned());
    let resources = &mut app.manifest.resources;
    resources.insert("Clicks".to_owned(), Resource::Stream { name: "clicks".to_owned(), shards: 1 });
    let table = Resource::Table {
        name: "orders".to_owned(),
        keys: [("id".to_owned(), "S".to_owned())].into_iter().collect(),
        stream: Some("NEW_IMAGE".to_owned()),
        create: Value::Null,
    };
    resources.insert("Orders".to_owned(), table);
    resources.insert("Lost".to_owned(), queue("lost"));
    app.manifest.triggers.push(trigger("Reader", Target::Function("Reads".to_owned()), source));
    app
}

fn stream(of: &str, retries: u32, bisect: bool) -> Source {
    Source::Stream {
        stream: of.to_owned(),
        table: of == "Orders",
        batch_size: 10,
        window_seconds: 0,
        start: "LATEST".to_owned(),
        parallel: 1,
        partial_responses: false,
        bisect,
        retries: Some(retries),
        on_failure: Some(Target::Queue("Lost".to_owned())),
        filters: Vec::new(),
        enabled: true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_gives_its_records_in_order_and_gives_up_some() {
    if !has("python3") {
        return;
    }
    let app = reads("raise", stream("Clicks", 1, false));
    let local = app.start().await;
    let records = ["a", "bad"].map(|data| json!({"data": data, "partitionKey": "p"}));
    assert_eq!(
        post(&local, "Clicks", json!(records)).await.json(),
        json!({"stream": "Clicks", "records": 2})
    );
    wait("the failure", || first(&local, "Lost").is_some()).await;
    post(&local, "Reader", json!({"data": {"n": 1}})).await;
    let came = notes_of(&app, 3).await;
    assert_eq!(came, [json!(["a", "bad"]), json!(["a", "bad"]), json!(["{\"n\":1}"])]);
    let lost: Value = serde_json::from_str(&first(&local, "Lost").unwrap().body).unwrap();
    assert_eq!(lost["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(lost["requestContext"]["approximateInvokeCount"], 2);
    assert_eq!(lost["KinesisBatchInfo"]["batchSize"], 2);
    let state = || local.messaging().state().streams.remove(0);
    wait("the count", || state().readers[0].delivered == 1).await;
    assert_eq!(state().records, 3);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_one_key_come_in_order_and_of_several_at_once() {
    if !has("python3") {
        return;
    }
    let mut source = stream("Clicks", 1, false);
    if let Source::Stream { parallel, .. } = &mut source {
        *parallel = 3;
    }
    let mut app = reads("", source);
    let code = "
import base64, json, os, time
def handler(event, context):
    began = time.time()
    time.sleep(0.3)
    for record in event['Records']:
        data = base64.b64decode(record['kinesis']['data']).decode()
        note = [record['kinesis']['partitionKey'], int(data), record['eventID'].split(':')[0], began, time.time()]
        with open(os.environ['NOTES'], 'a') as notes:
            notes.write(json.dumps(note) + '\\n')
";
    app.python("Reads", code);
    app.manifest
        .resources
        .insert("Clicks".to_owned(), Resource::Stream { name: "clicks".to_owned(), shards: 2 });
    let local = app.start().await;
    let records: Vec<Value> = (0..24)
        .map(|n| json!({"data": n.to_string(), "partitionKey": format!("customer {}", n % 6)}))
        .collect();
    post(&local, "Clicks", json!(records)).await;
    let came = notes_of(&app, 24).await;
    let mut shards = std::collections::BTreeMap::new();
    for key in 0..6 {
        let own: Vec<&Value> = came.iter().filter(|note| note[0] == format!("customer {key}")).collect();
        let numbers: Vec<u64> = own.iter().map(|note| note[1].as_u64().unwrap()).collect();
        assert_eq!(numbers, [key, key + 6, key + 12, key + 18]);
        assert!(own.iter().all(|note| note[2] == own[0][2]), "{own:?}");
        *shards.entry(own[0][2].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(shards.keys().collect::<Vec<_>>(), ["shardId-000000000000", "shardId-000000000001"]);
    let time = |note: &Value, index: usize| note[index].as_f64().unwrap();
    let at_once = |one: &Value| {
        came.iter()
            .filter(|two| time(one, 3) < time(two, 4) && time(two, 3) < time(one, 4) && one[0] != two[0])
            .count()
    };
    assert!(came.iter().any(|note| at_once(note) > 0), "{came:?}");
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_batch_is_cut() {
    if !has("python3") {
        return;
    }
    let app = reads("raise", stream("Clicks", 2, true));
    let local = app.start().await;
    let records = ["a", "b", "bad", "c"].map(|data| json!({"data": data}));
    post(&local, "Clicks", json!(records)).await;
    let came = notes_of(&app, 6).await;
    let parts = [json!(["a", "b", "bad", "c"]), json!(["a", "b"]), json!(["bad", "c"]), json!(["bad"])];
    assert_eq!(came[..4], parts);
    // What comes after the one that failed is read in the end.
    wait("the failure", || first(&local, "Lost").is_some()).await;
    wait("the last", || notes(&app).last() == Some(&json!(["c"]))).await;
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_tells_of_changes_and_a_function_where_it_failed() {
    if !has("python3") {
        return;
    }
    let mut source = stream("Orders", 1, false);
    if let Source::Stream { partial_responses, filters, .. } = &mut source {
        *partial_responses = true;
        filters.push(
            json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"t": {"S": [{"exists": true}]}}}}),
        );
    }
    let app = reads("tell", source);
    let local = app.start().await;
    let change = |text: &str| json!({"newImage": {"id": {"S": text}, "t": {"S": text}}});
    let mut changes = ["a", "bad", "c"].map(change).to_vec();
    let mut other = change("changed");
    other["oldImage"] = json!({"id": {"S": "x"}});
    changes.push(other);
    changes.push(json!({"newImage": {"id": {"S": "x"}}}));
    assert_eq!(post(&local, "Orders", json!({"records": changes})).await.status, 202);
    wait("the failure", || first(&local, "Lost").is_some()).await;
    // What stands before the one that failed does not come again.
    assert_eq!(notes(&app), [json!(["a", "bad", "c"]), json!(["bad", "c"])]);
    let lost: Value = serde_json::from_str(&first(&local, "Lost").unwrap().body).unwrap();
    let info = &lost["DDBStreamBatchInfo"];
    assert_eq!(
        (&info["batchSize"], info["startSequenceNumber"].as_str()),
        (&json!(2), Some("000000000000000000002"))
    );
    for bad in [json!({"kind": "ADD", "newImage": {}}), json!({}), json!({"image": {}})] {
        assert_eq!(post(&local, "Orders", bad).await.status, 400);
    }
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_may_be_off_and_takes_so_many_batches_at_once() {
    if !has("python3") {
        return;
    }
    // Each call writes when it begins and when it ends.
    let code = "
import os, time
def handler(event, context):
    for word in ('begin', 'end'):
        with open(os.environ['NOTES'], 'a') as notes:
            notes.write('\"%s %d\"\\n' % (word, len(event['Records'])))
        time.sleep(0.05)
";
    let mut app = App::new();
    let path = app.folder.path().join("notes").display().to_string();
    app.python("Slow", code).environment.insert("NOTES".to_owned(), path);
    for id in ["Jobs", "Off"] {
        app.manifest.resources.insert(id.to_owned(), queue(id));
    }
    let target = || Target::Function("Slow".to_owned());
    let mut one = sqs("Jobs");
    if let Source::Sqs { concurrency, batch_size, .. } = &mut one {
        (*concurrency, *batch_size) = (Some(1), 2);
    }
    let mut off = sqs("Off");
    if let Source::Sqs { enabled, .. } = &mut off {
        *enabled = false;
    }
    app.manifest.triggers.push(trigger("One", target(), one));
    app.manifest.triggers.push(trigger("OffMapping", target(), off));
    let local = app.start().await;
    post(&local, "Off", json!({"body": "x"})).await;
    let queue = local.messaging();
    for body in ["1", "2", "3", "4", "5"] {
        queue
            .send("Jobs", samc_local::messaging::Message { body: body.to_owned(), ..Default::default() })
            .unwrap();
    }
    wait("all of them", || first(&local, "Jobs").is_none()).await;
    let came = notes(&app);
    let words: Vec<&str> =
        came.iter().map(|word| word.as_str().unwrap().split(' ').next().unwrap()).collect();
    assert!(words.len() >= 6 && words.chunks(2).all(|pair| pair == ["begin", "end"]), "{came:?}");
    assert!(came.iter().all(|word| matches!(word.as_str(), Some("begin 1" | "end 1" | "begin 2" | "end 2"))));
    assert_eq!(first(&local, "Off").unwrap().receives, 0);
    local.end().await;
}
