//! `samc local` as a user meets it: what it prints, what it takes over, how it ends.
#![allow(clippy::disallowed_methods, reason = "the tests lay out files and start programs")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure here is the test's own")]
#![cfg(unix)]

mod scene;

use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use scene::{Scene, ask, has, is_alive};

const APP: &str = r#"
app: shop
functions:
  read: {handler: orders.read, code: src, runtime: python3.12, on: "GET /orders/{id}"}
  create: {handler: orders.create, code: src, runtime: python3.12, on: POST /orders}
  hello: {handler: app.handler, code: node, runtime: nodejs22.x, on: GET /hello}
"#;
const ORDERS: &str = "
import os, time
def read(event, context):
    print('looked up')
    time.sleep(float((event.get('queryStringParameters') or {}).get('sleep', 0)))
    return {'statusCode': 200, 'body': 'one ' + str(os.getpid())}
def create(event, context):
    raise ValueError('no stock')
";
const HELLO: &str = "export const handler = async () => ({ statusCode: 200, body: `hello ${process.pid}` });";

/// Functions in two languages behind an API.
fn shop() -> Scene {
    Scene::new(&[("app.yaml", APP), ("src/orders.py", ORDERS), ("node/app.mjs", HELLO)])
}

#[test]
fn an_application_runs_and_ends_without_a_trace() {
    if !has("python3") || !has("node") {
        return;
    }
    let scene = shop();
    let started = scene.start(&[]);
    let banner = started.lines().join("\n");
    for part in ["shop, running from app.yaml", "GET    /orders/{id}  read", "POST   /orders       create"] {
        assert!(banner.contains(part), "{part:?} in {banner}");
    }
    let (status, read) = started.ask("GET", "/orders/7");
    assert_eq!(status, 200);
    let (status, hello) = started.ask("GET", "/hello");
    assert_eq!(status, 200);
    assert_eq!(started.ask("POST", "/orders").0, 500);
    assert_eq!(started.ask("GET", "/nothing").0, 404);
    let line = started.wait_for("read    GET /orders/7 200");
    assert!(line.contains(" ms") && line.contains(" MB") && line.contains("(start "), "{line}");
    started.wait_for("create  POST /orders 500");
    started.wait_for("ValueError: no stock");
    started.wait_for("GET /nothing 404");
    started.wait_for("read    │ looked up");
    let pids = [read.replace("one ", ""), hello.replace("hello ", "")];
    assert!(pids.iter().all(|pid| is_alive(pid)), "{pids:?}");
    let address = started.url.clone();
    assert_eq!(started.end("INT"), 0);
    assert!(!pids.iter().any(|pid| is_alive(pid)), "left behind: {pids:?}");
    assert!(TcpStream::connect(address).is_err(), "the port is still open");
    // What was built is run again as it is, without the spec.
    fs::remove_file(scene.path().join("app.yaml")).unwrap();
    let started = scene.start(&[".samc/local/manifest.json"]);
    assert_eq!(started.ask("GET", "/orders/7").0, 200);
    assert_eq!(started.end("TERM"), 0);
}

#[test]
fn only_functions_whose_code_changed_start_anew() {
    if !has("python3") || !has("node") {
        return;
    }
    let scene = shop();
    let started = scene.start(&[]);
    let hello = started.ask("GET", "/hello").1;
    let read = started.ask("GET", "/orders/7").1;
    // A request that is in the old process ends there, with its answer.
    let address = started.url.clone();
    let slow = std::thread::spawn(move || ask(&address, "GET", "/orders/7?sleep=1.5"));
    std::thread::sleep(Duration::from_millis(300));
    scene.write("src/orders.py", &ORDERS.replace("'one '", "'two '"));
    let since = Instant::now();
    started.wait_answer("/orders/7", "two");
    eprintln!("new code answered {} ms after the change", since.elapsed().as_millis());
    let line = started.wait_for("src/orders.py changed: ");
    assert!(line.contains("create, read restarted in "), "{line}");
    assert_eq!(slow.join().unwrap(), (200, read));
    // The other function's process is the same as before.
    assert_eq!(started.ask("GET", "/hello").1, hello);
    // What is no code changes nothing.
    scene.write("src/__pycache__/orders.pyc", "x");
    scene.write("node/app.mjs", &HELLO.replace("hello", "bye"));
    started.wait_answer("/hello", "bye");
    started.wait_for("node/app.mjs changed: hello restarted in ");
    assert_eq!(started.lines().iter().filter(|line| line.contains("changed: ")).count(), 2);
    // Code that does not start is told, and the next change mends it.
    scene.write("src/orders.py", "def read(:\n");
    started.wait_for("read does not start");
    assert_eq!(started.ask("GET", "/orders/7").0, 500);
    scene.write("src/orders.py", &ORDERS.replace("'one '", "'three '"));
    started.wait_answer("/orders/7", "three");
    assert_eq!(started.end("INT"), 0);
}

#[test]
fn a_changed_spec_is_taken_over_and_a_wrong_one_is_not() {
    if !has("python3") || !has("node") {
        return;
    }
    let scene = shop();
    let started = scene.start(&[]);
    let hello = started.ask("GET", "/hello").1;
    let read = started.ask("GET", "/orders/7").1;
    let address = started.url.clone();
    let slow = std::thread::spawn(move || ask(&address, "GET", "/orders/7?sleep=1.5"));
    std::thread::sleep(Duration::from_millis(300));
    let moved = APP.replace("GET /orders/{id}", "GET /sales/{id}").replace("GET /hello", "GET /hallo");
    scene.write("app.yaml", &moved);
    started.wait_answer("/sales/7", "one");
    assert_eq!(started.ask("GET", "/orders/7").0, 404);
    // No function changed, and so none was started anew.
    assert_eq!(started.ask("GET", "/hallo").1, hello);
    assert_eq!(slow.join().unwrap(), (200, read));
    scene.write("app.yaml", &moved.replace("handler: app", "handlr: app"));
    started.wait_for("app.yaml changed: it cannot be built, and what ran before still runs");
    started.wait_for("did you mean `handler`?");
    assert_eq!(started.ask("GET", "/hallo").1, hello);
    // A setting of one function starts that one anew, and a new one is there.
    let more = format!(
        "{}    env: {{MODE: b}}\n",
        moved.replace(
            "{handler: app.handler, code: node, runtime: nodejs22.x, on: GET /hallo}",
            "\n    handler: app.handler\n    code: node\n    runtime: nodejs22.x\n    on: GET /hallo"
        )
    );
    let more = more + "  more: {handler: app.handler, code: node, runtime: nodejs22.x, on: GET /more}\n";
    scene.write("app.yaml", &more);
    started.wait_answer("/more", "hello");
    assert_ne!(started.ask("GET", "/hallo").1, hello);
    scene.write("app.yaml", &moved);
    let since = Instant::now();
    while started.ask("GET", "/more").0 != 404 {
        assert!(since.elapsed() < Duration::from_secs(30));
    }
    assert_eq!(started.end("INT"), 0);
}

#[test]
fn a_build_command_runs_again_for_its_function_only() {
    if !has("python3") {
        return;
    }
    let scene = Scene::new(&[]);
    let log = scene.path().join("log");
    let function = |name: &str| {
        let command = format!(
            "mkdir -p $SAMC_BUILD_OUT; echo {name} >> {}; sed s/NAME/{name}/ app.py > out.py",
            log.display()
        );
        format!(
            "  {name}:\n    handler: out.handler\n    code: {name}\n    runtime: python3.12\n    on: GET /{name}\n    build: \"{command}\"\n"
        )
    };
    scene.write("app.yaml", &format!("app: built\nfunctions:\n{}{}", function("one"), function("two")));
    let code = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'NAME 1'}\n";
    scene.write("one/app.py", code);
    scene.write("two/app.py", code);
    let started = scene.start(&[]);
    assert_eq!(started.ask("GET", "/one").1, "one 1");
    assert_eq!(started.ask("GET", "/two").1, "two 1");
    let before = fs::read_to_string(&log).unwrap();
    scene.write("two/app.py", &code.replace('1', "2"));
    started.wait_answer("/two", "two 2");
    assert_eq!(started.ask("GET", "/one").1, "one 1");
    let line = started.wait_for("two/app.py changed: ");
    assert!(line.contains("two restarted in ") && !line.contains("one"), "{line}");
    let after = fs::read_to_string(&log).unwrap();
    assert_eq!(after.strip_prefix(&before).unwrap(), "two\n");
    assert_eq!(started.end("INT"), 0);
}

#[test]
fn what_is_shown_can_be_json() {
    if !has("python3") {
        return;
    }
    let scene = shop();
    let started = scene.start(&["--log", "json", "--quiet"]);
    started.ask("POST", "/orders");
    started.wait_for("\"kind\":\"call\"");
    let line = started.wait_for("\"kind\":\"call\"");
    let call: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(call["function"], "create");
    assert_eq!(call["what"], "POST /orders");
    assert_eq!(call["status"], "500");
    assert_eq!(call["errorType"], "ValueError");
    let started_line: serde_json::Value =
        serde_json::from_str(&started.wait_for("\"kind\":\"started\"")).unwrap();
    assert_eq!(started_line["app"], "shop");
    assert_eq!(started.end("INT"), 0);
}

#[test]
fn wrong_input_and_taken_ports_are_told() {
    let scene = shop();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, _, err) = scene.local(&["start", "--port", &port], "");
    assert_eq!(status, 2);
    assert!(err.contains(&format!("port {port} is in use")), "{err}");
    scene.write("app.yaml", &APP.replace("handler: app", "handlr: app"));
    let (status, out, err) = scene.local(&["start"], "");
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(err.contains("did you mean `handler`?"), "{err}");
    assert!(err.ends_with("1 error in app.yaml · nothing runs\n"), "{err}");
    assert_eq!(scene.local(&["start", "nothing.yaml"], "").0, 2);
}

#[test]
fn what_only_rules_are_against_runs_when_it_is_asked_to() {
    if !has("python3") {
        return;
    }
    let scene =
        Scene::new(&[("app.yaml", &APP.replace("python3.12", "python2.7")), ("src/orders.py", ORDERS)]);
    scene.write("node/app.mjs", HELLO);
    let (status, _, err) = scene.local(&["invoke", "read"], "");
    assert_eq!(status, 1);
    assert!(
        err.contains("error[D702]") && err.ends_with("With --no-lint it runs here all the same.\n"),
        "{err}"
    );
    let (status, out, err) = scene.local(&["invoke", "read", "--no-lint"], "");
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("one "), "{out}");
}

#[test]
fn a_function_is_called_once() {
    if !has("python3") {
        return;
    }
    let scene = Scene::new(&[]);
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Sum:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.12, CodeUri: src, Environment: {Variables: {BASE: '1'}}}
";
    scene.write("template.yaml", template);
    let code = "
import os
def handler(event, context):
    print('adding')
    if not event: raise KeyError('a')
    return {'sum': event['a'] + event['b'] + int(os.environ['BASE'])}
";
    scene.write("src/app.py", code);
    scene.write("event.json", r#"{"a": 1, "b": 2}"#);
    scene.write("env.json", r#"{"Sum": {"BASE": "10"}}"#);
    let invoke = |arguments: &[&str], input: &str| scene.local(&[&["invoke"], arguments].concat(), input);
    let (status, out, err) = invoke(&["Sum", "--event", "event.json"], "");
    assert_eq!((status, out.as_str()), (0, "{\"sum\": 4}\n"), "{err}");
    assert!(
        err.contains("adding\n") && err.contains("START RequestId: ") && err.contains("REPORT RequestId: ")
    );
    let (status, out, _) = invoke(&["Sum", "--event", "-", "--env-file", "env.json"], r#"{"a": 1, "b": 1}"#);
    assert_eq!((status, out.as_str()), (0, "{\"sum\": 12}\n"));
    let (status, out, _) = invoke(&["Sum"], "");
    assert_eq!(status, 1);
    assert!(out.contains("\"errorType\": \"KeyError\""), "{out}");
    let (status, out, err) = invoke(&["sum"], "");
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("there is no function sum; did you mean Sum?"), "{err}");
    let (status, _, err) = invoke(&["Sum", "--event", "-"], "{");
    assert_eq!(status, 2);
    assert!(err.contains("stdin is not JSON"), "{err}");
}

#[test]
fn events_are_sent_to_what_runs() {
    if !has("python3") {
        return;
    }
    let scene = Scene::new(&[]);
    let app = "
app: jobs
functions:
  worker: {handler: app.handler, code: src, runtime: python3.12, on: {queue: work}}
  nightly: {handler: app.handler, code: src, runtime: python3.12, on: {schedule: rate(1d)}}
  strict: {handler: app.strict, code: src, runtime: python3.12}
queues:
  work: {}
";
    let code = "
def handler(event, context):
    print([record['body'] for record in event['Records']] if 'Records' in event else event['detail-type'])
def strict(event, context):
    return event['Records'][0]['s3']['object']['key']
";
    scene.write("app.yaml", app);
    scene.write("src/app.py", code);
    let event = |arguments: &[&str]| scene.local(&[&["event"], arguments].concat(), "");
    let (status, _, err) = event(&["Work", "hello"]);
    assert_eq!(status, 2);
    assert!(err.contains("nothing runs at http://127.0.0.1:3000; start it with `samc local start`"), "{err}");
    let started = scene.start(&[]);
    let since = Instant::now();
    while !scene.path().join(".samc/local/running").exists() {
        assert!(since.elapsed() < Duration::from_secs(10));
    }
    let (status, out, err) = event(&["Work", "hello there"]);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("\"queue\":\"Work\"") && out.contains("messageId"), "{out}");
    started.wait_for("worker   │ ['hello there']");
    started.wait_for("worker   jobs-Work ok");
    assert_eq!(event(&["queue", "Work", r#"{"body": "{}"}"#]).0, 0);
    started.wait_for("['{}']");
    assert_eq!(event(&["schedule", "NightlySchedule"]).0, 0);
    started.wait_for("nightly  ");
    let (status, _, err) = event(&["Wrok", "hello"]);
    assert_eq!(status, 1);
    assert!(err.contains("Wrok"), "{err}");
    assert_eq!(
        event(&["s3", "in/a b.png", "--to", "strict"]),
        (0, "\"in/a+b.png\"\n".to_owned(), String::new())
    );
    let (status, out, _) = event(&["sqs", "x", "--to", "strict"]);
    assert_eq!(status, 1);
    assert!(out.contains("KeyError"), "{out}");
    for (kind, body, part) in [
        ("sqs", "hello", "\"body\": \"hello\""),
        ("sns", "hello", "\"Message\": \"hello\""),
        ("s3", "{\"key\": \"a\"}", "\"eventSource\": \"aws:s3\""),
        ("eventbridge", "{\"source\": \"a\", \"detail-type\": \"b\"}", "\"detail-type\": \"b\""),
        ("schedule", "nightly", "rule/nightly"),
        ("dynamodb", "{\"newImage\": {\"id\": {\"S\": \"1\"}}}", "\"eventName\": \"INSERT\""),
        ("kinesis", "hello", "\"data\": \"aGVsbG8=\""),
    ] {
        let (status, out, err) = event(&[kind, body, "--print"]);
        assert_eq!(status, 0, "{kind}: {err}");
        assert!(out.contains(part), "{kind}: {out}");
    }
    assert_eq!(event(&["sqs"]).0, 2);
    assert_eq!(event(&["eventbridge", "text", "--print"]).0, 2);
    assert_eq!(started.end("INT"), 0);
    assert!(!scene.path().join(".samc/local/running").exists());
}

#[test]
fn code_in_a_template_runs_with_its_values_and_what_lambda_lays_beside_it() {
    if !has("python3") || !has("node") {
        return;
    }
    let template = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Word: {Type: String, Default: hello}
Resources:
  Python:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: python3.13
      InlineCode: !Sub |
        import cfnresponse
        def handler(event, context):
            cfnresponse.send(event, context, cfnresponse.SUCCESS, {})
            return '${Word} from Python'
  Node:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      InlineCode: |
        const response = require("cfn-response");
        exports.handler = (event, context, callback) => {
          response.send(event, { ...context, done: () => callback(null, "hello from Node") }, response.SUCCESS, {});
        };
"#;
    let scene = Scene::new(&[("template.yaml", template)]);
    for (name, answer) in [("Python", "hello from Python"), ("Node", "hello from Node")] {
        let (status, out, err) = scene.local(&["invoke", name], "");
        assert_eq!((status, out.trim()), (0, format!("\"{answer}\"").as_str()), "{err}");
        assert!(err.contains("Response body:"), "{err}");
    }
}
