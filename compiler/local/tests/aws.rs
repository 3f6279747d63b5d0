//! Calls of AWS's SDKs that reach what is in memory: SQS, SNS and EventBridge.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed"
)]

mod common;

use std::path::Path;

use common::{Answer, App, ask, has, wait};
use samc_local::Local;
use samc_schema::manifest::{DeadLetters, Input, Resource, Source, Target, Trigger};
use serde_json::{Value, json};

fn queue(name: &str) -> Resource {
    Resource::Queue {
        name: name.to_owned(),
        fifo: name.ends_with(".fifo"),
        content_based_deduplication: false,
        visibility_seconds: 30,
        delay_seconds: 0,
        retention_seconds: 345_600,
        dead_letters: None,
    }
}

/// Queues, a topic with a queue, a bus with a queue.
fn app() -> App {
    let mut app = App::new();
    let resources = &mut app.manifest.resources;
    resources.insert("Jobs".to_owned(), queue("shop-jobs"));
    resources.insert("Line".to_owned(), queue("line.fifo"));
    let mut small = queue("small");
    if let Resource::Queue { dead_letters, .. } = &mut small {
        *dead_letters = Some(DeadLetters { queue: "Jobs".to_owned(), max_receives: 3 });
    }
    resources.insert("Small".to_owned(), small);
    let topic = Resource::Topic { name: "news".to_owned(), fifo: false, content_based_deduplication: false };
    resources.insert("News".to_owned(), topic);
    resources.insert("Bus".to_owned(), Resource::Bus { name: "shop".to_owned() });
    let to = |id: &str| Target::Queue(id.to_owned());
    let source = Source::Sns {
        topic: "News".to_owned(),
        filter: Value::Null,
        filter_on_body: false,
        raw: true,
        dead_letters: None,
    };
    app.manifest.triggers.push(Trigger { id: "Hear".to_owned(), target: to("Jobs"), source });
    let source = Source::Event {
        bus: "Bus".to_owned(),
        pattern: json!({"detail-type": ["order"]}),
        input: Input::Event,
        enabled: true,
        dead_letters: None,
    };
    app.manifest.triggers.push(Trigger { id: "Rule".to_owned(), target: to("Jobs"), source });
    app
}

async fn sqs(local: &Local, name: &str, body: Value) -> Answer {
    let target = format!("AmazonSQS.{name}");
    let headers = [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.0")];
    ask(local, 0, "POST", "/", &headers, body.to_string().as_bytes()).await
}

const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu-west-1/sns/aws4_request, SignedHeaders=host";

async fn sns(local: &Local, form: &str) -> Answer {
    let headers = [("authorization", SIGNED), ("content-type", "application/x-www-form-urlencoded")];
    ask(local, 0, "POST", "/", &headers, form.as_bytes()).await
}

#[tokio::test]
async fn messages_are_sent_received_and_deleted() {
    let local = app().start().await;
    let url = sqs(&local, "GetQueueUrl", json!({"QueueName": "shop-jobs"})).await.json();
    let url = url["QueueUrl"].as_str().unwrap();
    assert_eq!(url, format!("http://{}/000000000000/shop-jobs", common::address(&local, 0)));
    let attributes = json!({"b": {"DataType": "Binary", "BinaryValue": "AAH/"}, "n": {"DataType": "Number", "StringValue": "5"}});
    let sent = sqs(
        &local,
        "SendMessage",
        json!({"QueueUrl": url, "MessageBody": "hello", "MessageAttributes": attributes}),
    );
    let sent = sent.await.json();
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    // As botocore's own tests have it for no attribute but these: computed with its algorithm.
    assert_eq!(sent["MD5OfMessageAttributes"].as_str().map(str::len), Some(32));
    let count = json!({"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages", "QueueArn"]});
    let told = sqs(&local, "GetQueueAttributes", count).await.json();
    assert_eq!(
        told["Attributes"],
        json!({"QueueArn": "arn:aws:sqs:eu-west-1:000000000000:shop-jobs", "ApproximateNumberOfMessages": "1"})
    );
    let want = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1, "MessageAttributeNames": ["All"], "AttributeNames": ["All"]});
    let received = sqs(&local, "ReceiveMessage", want.clone()).await.json();
    let message = &received["Messages"][0];
    assert_eq!((&message["Body"], &message["MessageId"]), (&json!("hello"), &sent["MessageId"]));
    assert_eq!(message["MessageAttributes"], attributes);
    assert_eq!(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
    let none = json!({"QueueUrl": url});
    assert_eq!(sqs(&local, "ReceiveMessage", none.clone()).await.json(), json!({}));
    let receipt = message["ReceiptHandle"].clone();
    let show = json!({"QueueUrl": url, "ReceiptHandle": receipt, "VisibilityTimeout": 0});
    assert_eq!(sqs(&local, "ChangeMessageVisibility", show.clone()).await.status, 200);
    assert_eq!(
        sqs(&local, "ChangeMessageVisibility", show).await.header("x-amzn-query-error"),
        Some("AWS.SimpleQueueService.MessageNotInflight;Sender")
    );
    let again = sqs(&local, "ReceiveMessage", none.clone()).await.json();
    let receipt = again["Messages"][0]["ReceiptHandle"].clone();
    let delete = json!({"QueueUrl": url, "ReceiptHandle": receipt});
    assert_eq!(sqs(&local, "DeleteMessage", delete).await.status, 200);
    assert_eq!(local.messaging().state().queues[0].messages.len(), 0);
    local.end().await;
}

#[tokio::test]
async fn a_batch_tells_of_each() {
    let local = app().start().await;
    let entry = |id: &str, body: &str| json!({"Id": id, "MessageBody": body, "MessageGroupId": "g", "MessageDeduplicationId": body});
    let entries = json!([entry("1", "a"), entry("2", ""), entry("3", "b")]);
    let sent =
        sqs(&local, "SendMessageBatch", json!({"QueueUrl": "line.fifo", "Entries": entries})).await.json();
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|e| e["Id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (ids(&sent["Successful"]), ids(&sent["Failed"])),
        (vec!["1".into(), "3".into()], vec!["2".into()])
    );
    assert!(sent["Successful"][0]["SequenceNumber"].is_string());
    let twice = json!([entry("1", "a"), entry("1", "b")]);
    let refused = sqs(&local, "SendMessageBatch", json!({"QueueUrl": "line.fifo", "Entries": twice})).await;
    assert_eq!(
        (refused.status, refused.header("x-amzn-query-error")),
        (400, Some("AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender"))
    );
    let unknown =
        sqs(&local, "SendMessage", json!({"QueueUrl": "http://x/1/nope", "MessageBody": "a"})).await;
    assert_eq!(unknown.header("x-amzn-query-error"), Some("AWS.SimpleQueueService.NonExistentQueue;Sender"));
    assert_eq!(unknown.json()["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    let create = sqs(&local, "CreateQueue", json!({"QueueName": "line.fifo"})).await;
    assert!(
        create.status == 400 && create.text().contains("queues are in the template"),
        "{}",
        create.text()
    );
    assert_eq!(sqs(&local, "SendMessage", json!([1])).await.status, 400);
    local.end().await;
}

#[tokio::test]
async fn messages_are_published() {
    let local = app().start().await;
    let topic = "arn%3Aaws%3Asns%3Aeu-west-1%3A000000000000%3Anews";
    let form = format!(
        "Action=Publish&Version=2010-03-31&TopicArn={topic}&Message=a+%26+b&MessageAttributes.entry.1.Name=k&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=v"
    );
    let answer = sns(&local, &form).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/xml")));
    assert!(answer.text().contains("<PublishResult><MessageId>"), "{}", answer.text());
    assert_eq!(local.messaging().state().queues[0].messages[0].body, "a & b");
    let entry = |n: u8, text: &str| {
        format!(
            "&PublishBatchRequestEntries.member.{n}.Id={n}&PublishBatchRequestEntries.member.{n}.Message={text}"
        )
    };
    let form = format!("Action=PublishBatch&TopicArn={topic}{}{}", entry(1, "one"), entry(2, ""));
    let text = sns(&local, &form).await.text();
    assert!(
        text.contains("<Successful><member><Id>1</Id>") && text.contains("<Failed><member><Id>2</Id>"),
        "{text}"
    );
    let unknown = sns(&local, "Action=Publish&TopicArn=arn:aws:sns:a:1:nope&Message=x").await;
    assert!(unknown.status == 404 && unknown.text().contains("<Code>NotFound</Code>"));
    let other = sns(&local, "Action=CreateTopic&Name=x").await;
    assert!(other.status == 400 && other.text().contains("<Code>InvalidAction</Code>"));
    local.end().await;
}

#[tokio::test]
async fn events_are_put() {
    let local = app().start().await;
    let entry = |detail: &str, source: &str, bus: &str| json!({"Source": source, "DetailType": "order", "Detail": detail, "EventBusName": bus, "Time": 1_772_366_400});
    let entries = json!([
        entry("{\"n\": 1}", "shop", "shop"),
        entry("no JSON", "shop", "shop"),
        entry("{}", "aws.s3", "shop"),
        entry("{}", "shop", "none"),
        {"Source": "shop"}
    ]);
    let headers = [("x-amz-target", "AWSEvents.PutEvents"), ("content-type", "application/x-amz-json-1.1")];
    let body = json!({"Entries": entries}).to_string();
    let answer = ask(&local, 0, "POST", "/", &headers, body.as_bytes()).await.json();
    assert_eq!(answer["FailedEntryCount"], 4);
    let codes: Vec<&Value> = answer["Entries"].as_array().unwrap().iter().map(|e| &e["ErrorCode"]).collect();
    assert_eq!(
        codes,
        [
            &Value::Null,
            &json!("MalformedDetail"),
            &json!("NotAuthorizedForSourceException"),
            &json!("ResourceNotFoundException"),
            &json!("InvalidArgument")
        ]
    );
    let event: Value = serde_json::from_str(&local.messaging().state().queues[0].messages[0].body).unwrap();
    assert_eq!(
        (&event["id"], &event["time"]),
        (&answer["Entries"][0]["EventId"], &json!("2026-03-01T12:00:00Z"))
    );
    // The entries of a call have 1 MiB at most together.
    let large = |bytes: usize| json!({ "a": "x".repeat(bytes) }).to_string();
    for (entries, status) in [
        (json!([entry(&large(600_000), "shop", "shop")]), 200),
        (json!([entry(&large(600_000), "shop", "shop"), entry(&large(600_000), "shop", "shop")]), 400),
    ] {
        let body = json!({ "Entries": entries }).to_string();
        let answer = ask(&local, 0, "POST", "/", &headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.text().contains("over the limit"), status == 400, "{}", answer.text());
    }
    local.end().await;
}

/// The Python that has boto3: that of the oracles, or that of the machine.
fn boto3() -> Option<String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oracles/bin/python");
    let given = std::env::var("SAMC_PYTHON").ok();
    let all = [given, Some(own.display().to_string()), Some("python3".to_owned())];
    let found = all.into_iter().flatten().find(|python| {
        let done = std::process::Command::new(python).args(["-c", "import boto3"]).output();
        done.is_ok_and(|done| done.status.success())
    });
    if found.is_none() {
        eprintln!("no Python has boto3: nothing is tested");
    }
    found
}

const BOTO: &str = r#"
import boto3, json, sys
endpoint = sys.argv[1]
options = dict(endpoint_url=endpoint, region_name='eu-west-1', aws_access_key_id='a', aws_secret_access_key='b')
sqs = boto3.client('sqs', **options)
sns = boto3.client('sns', **options)
events = boto3.client('events', **options)
url = sqs.get_queue_url(QueueName='shop-jobs')['QueueUrl']
assert url in sqs.list_queues()['QueueUrls']
sent = sqs.send_message(QueueUrl=url, MessageBody='ä', DelaySeconds=0,
    MessageAttributes={'s': {'DataType': 'String', 'StringValue': 'x'}, 'b': {'DataType': 'Binary', 'BinaryValue': b'\x00\xff'}})
got = sqs.receive_message(QueueUrl=url, MessageAttributeNames=['All'], AttributeNames=['All'], WaitTimeSeconds=1)['Messages']
assert [m['Body'] for m in got] == ['ä'], got
assert got[0]['MessageAttributes']['b']['BinaryValue'] == b'\x00\xff', got
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got[0]['ReceiptHandle'], VisibilityTimeout=100)
sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]['ReceiptHandle'])
batch = sqs.send_message_batch(QueueUrl=url, Entries=[{'Id': str(n), 'MessageBody': str(n)} for n in range(3)])
assert len(batch['Successful']) == 3 and not batch.get('Failed'), batch
got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)['Messages']
gone = sqs.delete_message_batch(QueueUrl=url, Entries=[{'Id': m['MessageId'], 'ReceiptHandle': m['ReceiptHandle']} for m in got])
assert len(gone['Successful']) == 3, gone
told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=['All'])['Attributes']
assert told['ApproximateNumberOfMessages'] == '0' and told['VisibilityTimeout'] == '30', told
assert 'Messages' not in sqs.receive_message(QueueUrl=url)
assert json.loads(sqs.get_queue_attributes(QueueUrl=endpoint + '/000000000000/small', AttributeNames=['RedrivePolicy'])['Attributes']['RedrivePolicy'])['maxReceiveCount'] == 3
try:
    sqs.send_message(QueueUrl=endpoint + '/000000000000/none', MessageBody='x')
    assert False
except sqs.exceptions.QueueDoesNotExist as error:
    assert error.response['Error']['Code'] == 'AWS.SimpleQueueService.NonExistentQueue', error.response
arn = 'arn:aws:sns:eu-west-1:000000000000:news'
one = sns.publish(TopicArn=arn, Message='to all', Subject='S', MessageAttributes={'n': {'DataType': 'Number', 'StringValue': '5'}})
assert one['MessageId'], one
two = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[{'Id': 'a', 'Message': 'in a <batch>'}])
assert two['Successful'][0]['Id'] == 'a', two
try:
    sns.publish(TopicArn=arn + '-none', Message='x')
    assert False
except sns.exceptions.NotFoundException:
    pass
put = events.put_events(Entries=[{'Source': 'shop', 'DetailType': 'order', 'Detail': '{"n": 1}', 'EventBusName': 'shop'}])
assert put['FailedEntryCount'] == 0 and put['Entries'][0]['EventId'], put
got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=['n'])['Messages']
assert [m['Body'] for m in got[:2]] == ['to all', 'in a <batch>'], got
assert got[0]['MessageAttributes']['n']['StringValue'] == '5', got
assert json.loads(got[2]['Body'])['detail'] == {'n': 1}, got
print('all is well')
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boto3_is_content() {
    let Some(python) = boto3() else { return };
    let app = app();
    app.write("check.py", BOTO);
    let local = app.start().await;
    let url = local.listening()[0].url.clone();
    let script = app.folder.path().join("check.py");
    let done = tokio::process::Command::new(python).arg(script).arg(url).output().await.unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "all is well", "{error}");
    local.end().await;
}

/// A function that asks the next of three, each by the endpoint of its service.
const CHAIN: &str = "
import json, os, urllib.request
def call(service, target, kind, body):
    url = os.environ['AWS_ENDPOINT_URL_' + service]
    headers = {'x-amz-target': target, 'content-type': kind}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)
def handler(event, context):
    text = event['Records'][0]['body']
    if text == 'first':
        return call('SQS', 'AmazonSQS.SendMessage', 'application/x-amz-json-1.0', {'QueueUrl': os.environ['QUEUE'], 'MessageBody': 'second'})
    entry = {'Source': 'me', 'DetailType': 'order', 'Detail': json.dumps({'text': text}), 'EventBusName': 'shop'}
    return call('EVENTBRIDGE', 'AWSEvents.PutEvents', 'application/x-amz-json-1.1', {'Entries': [entry]})
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_starts_the_next_by_a_queue_and_a_bus() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let url = "https://sqs.eu-west-1.amazonaws.com/000000000000/small".to_owned();
    app.python("Chain", CHAIN).environment.insert("QUEUE".to_owned(), url);
    let source = Source::Sqs {
        queue: "Small".to_owned(),
        batch_size: 1,
        window_seconds: 0,
        partial_responses: false,
        concurrency: None,
        filters: Vec::new(),
        enabled: true,
    };
    let target = Target::Function("Chain".to_owned());
    app.manifest.triggers.push(Trigger { id: "Mapping".to_owned(), target, source });
    let local = app.start().await;
    sqs(&local, "SendMessage", json!({"QueueUrl": "small", "MessageBody": "first"})).await;
    wait("the event", || !local.messaging().state().queues[0].messages.is_empty()).await;
    let event: Value = serde_json::from_str(&local.messaging().state().queues[0].messages[0].body).unwrap();
    assert_eq!(event["detail"], json!({"text": "second"}));
    local.end().await;
    // An emulator answers for all others: what it holds would start nothing here.
    let mut options = app.options();
    options.endpoint_url = Some("http://localhost:4566".to_owned());
    let code = "import os\ndef handler(event, context):\n    return {k: v for k, v in os.environ.items() if k.startswith('AWS_ENDPOINT')}\n";
    app.write("Chain/app.py", code);
    let local = Local::start(options).await.unwrap();
    let own = app.invoke(&local, "Chain", "{}").await.json();
    assert_eq!(own["AWS_ENDPOINT_URL"], "http://localhost:4566");
    assert_eq!(own["AWS_ENDPOINT_URL_SQS"], local.listening()[0].url.as_str());
    local.end().await;
}
