//! Functions as processes: what they get, how they fail, how they end.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::time::{Duration, Instant};

use common::{App, has, wait};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_functions_answer_and_log() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    let code = "
import logging, os, sys
logging.getLogger().setLevel('INFO')
def handler(event, context):
    print('printed')
    logging.info('logged')
    sys.stderr.write('no end of line')
    return {'event': event, 'id': context.aws_request_id, 'left': context.get_remaining_time_in_millis(),
            'name': context.function_name, 'arn': context.invoked_function_arn, 'cwd': os.getcwd(),
            'env': {k: os.environ.get(k) for k in ('TABLE', 'AWS_REGION', '_HANDLER', 'AWS_ACCESS_KEY_ID', 'HIDDEN')}}
";
    app.python("Hello", code).environment.insert("TABLE".to_owned(), "orders".to_owned());
    let local = app.start().await;
    let answer = app.invoke(&local, "hello", r#"{"name": "Ä"}"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-amz-function-error"), None);
    let value = answer.json();
    assert_eq!(value["event"], json!({"name": "Ä"}));
    assert_eq!(value["name"], "shop-hello");
    assert_eq!(value["arn"], "arn:aws:lambda:eu-west-1:000000000000:function:shop-hello");
    assert_eq!(value["env"]["TABLE"], "orders");
    assert_eq!(value["env"]["AWS_REGION"], "eu-west-1");
    assert_eq!(value["env"]["_HANDLER"], "app.handler");
    assert_eq!(value["env"]["AWS_ACCESS_KEY_ID"], "AKIALOCALLOCALLOCAL0");
    assert_eq!(value["env"]["HIDDEN"], Value::Null);
    assert!(value["left"].as_u64().unwrap() <= 30_000);
    let id = value["id"].as_str().unwrap();
    assert_eq!(answer.header("x-amzn-requestid"), Some(id));
    let log = answer.log();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines[0], format!("START RequestId: {id} Version: $LATEST"));
    assert_eq!(lines[1], "printed");
    assert!(lines[2].starts_with("[INFO]\t") && lines[2].ends_with(&format!("Z\t{id}\tlogged")), "{log}");
    assert_eq!(lines[3], "no end of line");
    assert_eq!(lines[4], format!("END RequestId: {id}"));
    assert!(lines[5].starts_with(&format!("REPORT RequestId: {id}\tDuration: ")), "{log}");
    assert!(lines[5].contains("Memory Size: 128 MB") && lines[5].contains("Init Duration: "), "{log}");
    // The process is used again: nothing is started for the second call.
    let again =
        app.invoke(&local, "arn:aws:lambda:eu-west-1:000000000000:function:shop-hello:live", "{}").await;
    assert!(!again.log().contains("Init Duration"), "{}", again.log());
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_functions_answer_in_every_style() {
    if !has("node") {
        return;
    }
    let mut app = App::new();
    app.node("Async", "export const handler = async (event, context) => { console.log('hi', event); return { got: event.a, id: context.awsRequestId }; };");
    app.write(
        "Callback/app.cjs",
        "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, 'later'), 5); };",
    );
    app.function("Callback", "nodejs20.x", "app.handler");
    app.write("Common/src/app.js", "module.exports.run = async () => process.env.AWS_EXECUTION_ENV;");
    app.function("Common", "nodejs20.x", "src/app.run");
    app.node("Never", "export const handler = () => new Promise(() => {});");
    app.node("Fails", "export const handler = async () => { class Odd extends Error { constructor() { super('no'); this.name = 'Odd'; } } throw new Odd(); };");
    app.node("Rejects", "export const handler = async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 1000)); };");
    let local = app.start().await;
    let answer = app.invoke(&local, "Async", r#"{"a": 1}"#).await;
    assert_eq!(answer.json()["got"], 1);
    assert!(answer.log().contains("\tINFO\thi { a: 1 }"), "{}", answer.log());
    assert_eq!(app.invoke(&local, "Callback", "{}").await.json(), "later");
    assert_eq!(app.invoke(&local, "Common", "{}").await.json(), "AWS_Lambda_nodejs20.x");
    assert_eq!(app.invoke(&local, "Never", "{}").await.json(), Value::Null);
    let failed = app.invoke(&local, "Fails", "{}").await;
    assert_eq!(failed.header("x-amz-function-error"), Some("Unhandled"));
    assert_eq!(failed.json()["errorType"], "Odd");
    assert_eq!(failed.json()["errorMessage"], "no");
    let rejected = app.invoke(&local, "Rejects", "{}").await;
    assert_eq!(rejected.json()["errorType"], "Runtime.UnhandledPromiseRejection");
    assert_eq!(app.invoke(&local, "Rejects", "{}").await.json()["errorMessage"], "lost");
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_told_as_lambda_tells_them() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    app.python("Raises", "def handler(event, context):\n    raise ValueError('bad: %s' % event['a'])\n");
    app.python("Odd", "def handler(event, context):\n    return object()\n");
    app.python("Imports", "import nothing_like_this\n");
    app.python("Syntax", "def handler(:\n");
    app.python("Missing", "x = 1\n");
    app.python("Exits", "import os\ndef handler(event, context):\n    os._exit(3)\n");
    app.python(
        "Dies",
        "import os, signal\ndef handler(event, context):\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    );
    app.python("Leaves", "import sys\nsys.exit(4)\n");
    let local = app.start().await;
    let told = async |name: &str| {
        let answer = app.invoke(&local, name, r#"{"a": 7}"#).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("x-amz-function-error"), Some("Unhandled"), "{name}");
        let value = answer.json();
        (value["errorType"].as_str().unwrap().to_owned(), value["errorMessage"].as_str().unwrap().to_owned())
    };
    assert_eq!(told("Raises").await, ("ValueError".to_owned(), "bad: 7".to_owned()));
    let (kind, message) = told("Odd").await;
    assert_eq!(kind, "Runtime.MarshalError");
    assert!(message.starts_with("Unable to marshal response: "), "{message}");
    let (kind, message) = told("Imports").await;
    assert_eq!(kind, "Runtime.ImportModuleError");
    assert_eq!(message, "Unable to import module 'app': No module named 'nothing_like_this'");
    assert_eq!(told("Syntax").await.0, "Runtime.UserCodeSyntaxError");
    let (kind, message) = told("Missing").await;
    assert_eq!(
        (kind.as_str(), message.as_str()),
        ("Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'")
    );
    let (kind, message) = told("Exits").await;
    assert_eq!(kind, "Runtime.ExitError");
    assert!(message.ends_with(" Error: Runtime exited with error: exit status 3"), "{message}");
    assert!(told("Dies").await.1.ends_with("signal: killed"));
    assert!(told("Leaves").await.1.contains('4'));
    // What failed once is tried again.
    assert_eq!(told("Exits").await.0, "Runtime.ExitError");
    app.write("Imports/nothing_like_this.py", "")
        .write("Imports/app.py", "import nothing_like_this\nhandler = lambda e, c: 1\n");
    wait_until_ok(&app, &local, "Imports").await;
    local.end().await;
}

async fn wait_until_ok(app: &App, local: &samc_local::Local, name: &str) {
    let since = Instant::now();
    while app.invoke(local, name, "{}").await.header("x-amz-function-error").is_some() {
        assert!(since.elapsed() < Duration::from_secs(60), "{name} never works");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_takes_too_long_is_ended_with_all_it_started() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    let code = "
import os, subprocess, time
def handler(event, context):
    if event.get('quick'):
        return os.getpid()
    child = subprocess.Popen(['sleep', '600'])
    away = subprocess.Popen(['sleep', '600'], start_new_session=True)
    open('pids', 'w').write(f'{child.pid} {away.pid} ')
    time.sleep(600)
";
    app.python("Slow", code).timeout_ms = 700;
    let local = app.start().await;
    let since = Instant::now();
    let answer = app.invoke(&local, "Slow", "{}").await;
    // A start may take ten seconds more; the first call may not.
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());
    let value = answer.json();
    assert_eq!(value["errorType"], "Sandbox.Timedout");
    let message = value["errorMessage"].as_str().unwrap();
    assert!(message.ends_with(" Error: Task timed out after 0.70 seconds"), "{message}");
    assert!(answer.log().contains("Task timed out after 0.70 seconds"), "{}", answer.log());
    assert!(answer.log().contains("Status: timeout"), "{}", answer.log());
    let pids = std::fs::read_to_string(app.folder.path().join("Slow/pids")).unwrap();
    for pid in pids.split_whitespace() {
        wait("the processes of the call to end", || gone(pid)).await;
    }
    assert!(app.invoke(&local, "Slow", r#"{"quick": true}"#).await.json().is_number());
    local.end().await;
}

/// Whether a process has ended, taken away or not.
fn gone(pid: &str) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_when_it_ends() {
    if !has("python3") || !has("node") {
        return;
    }
    let mut app = App::new();
    app.python("Py", "import os\ndef handler(event, context):\n    return os.getpid()\n");
    app.node("Js", "export const handler = async () => process.pid;");
    app.python("Busy", "import os, time\ndef handler(event, context):\n    open('pid', 'w').write(str(os.getpid()))\n    time.sleep(600)\n");
    let local = app.start().await;
    let mut pids = vec![app.invoke(&local, "Py", "").await.text(), app.invoke(&local, "Js", "").await.text()];
    let event = app.folder.path().join("Busy/pid");
    let functions = local.functions().clone();
    let busy = tokio::spawn(async move {
        use samc_local::invoke::Invoke;
        functions.invoke("Busy", "{}".into()).await
    });
    wait("the call to begin", || std::fs::read_to_string(&event).is_ok_and(|text| !text.is_empty())).await;
    pids.push(std::fs::read_to_string(&event).unwrap());
    local.end().await;
    for pid in &pids {
        assert!(gone(pid), "{pid}");
    }
    assert!(busy.await.unwrap().unwrap().error.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_once_get_processes_of_their_own_up_to_a_limit() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    let code = "import os, time\ndef handler(event, context):\n    time.sleep(event.get('s', 0))\n    return os.getpid()\n";
    app.python("Free", code);
    app.python("One", code).concurrency = Some(1);
    app.python("None", code).concurrency = Some(0);
    let local = app.start().await;
    let calls = (0..4).map(|_| app.invoke(&local, "Free", r#"{"s": 1}"#));
    let mut pids = std::collections::BTreeSet::new();
    for answer in futures(calls).await {
        pids.insert(answer.text());
    }
    assert!(pids.len() > 1, "{pids:?}");
    let calls = (0..3).map(|_| app.invoke(&local, "One", r#"{"s": 1}"#));
    let mut statuses: Vec<u16> = futures(calls).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429, 429]);
    let refused = app.invoke(&local, "None", "{}").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-amzn-errortype"), Some("TooManyRequestsException"));
    local.end().await;
}

async fn futures<T>(all: impl Iterator<Item = T>) -> Vec<T::Output>
where
    T: Future,
{
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<T::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        let mut open = false;
        for (future, slot) in all.iter_mut().zip(&mut done) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *slot = Some(value),
                    std::task::Poll::Pending => open = true,
                }
            }
        }
        if open {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(done.drain(..).flatten().collect())
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_floods_its_output_or_forks_harms_nobody() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    app.python("Flood", "import sys\ndef handler(event, context):\n    for _ in range(3000):\n        sys.stdout.write('x' * 9999 + '\\n')\n    print('the end')\n    return 1\n");
    app.python("Forks", "import os\ndef handler(event, context):\n    if os.fork() == 0:\n        import time; time.sleep(600)\n    return 1\n");
    app.python("Other", "def handler(event, context):\n    return 2\n");
    let local = app.start().await;
    let (flood, other) = tokio::join!(app.invoke(&local, "Flood", ""), app.invoke(&local, "Other", ""));
    assert_eq!((flood.text(), other.text()), ("1".to_owned(), "2".to_owned()));
    assert!(flood.log().len() <= 4096);
    assert_eq!(app.invoke(&local, "Forks", "").await.text(), "1");
    assert_eq!(app.invoke(&local, "Forks", "").await.text(), "1");
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn layers_are_found() {
    if !has("python3") || !has("node") {
        return;
    }
    let mut app = App::new();
    app.write("one/python/shared.py", "name = 'one'\n").write("two/python/shared.py", "name = 'two'\n");
    app.write("one/nodejs/node_modules/shared/index.js", "module.exports = 'one';");
    app.write("two/python/own.py", "name = 'layer'\n");
    let layers: Vec<samc_schema::manifest::Layer> = ["one", "two"]
        .map(|name| samc_schema::manifest::Layer { name: name.to_owned(), root: Some(name.to_owned()) })
        .into();
    app.python(
        "Py",
        "import shared, own\ndef handler(event, context):\n    return [shared.name, own.name]\n",
    )
    .layers = layers.clone();
    app.write("Py/own.py", "name = 'function'\n");
    app.write("Js/app.js", "exports.handler = async () => require('shared');");
    app.function("Js", "nodejs20.x", "app.handler").layers = layers;
    let local = app.start().await;
    assert_eq!(app.invoke(&local, "Py", "").await.json(), json!(["two", "function"]));
    assert_eq!(app.invoke(&local, "Js", "").await.json(), "one");
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_run_says_why() {
    let mut app = App::new();
    app.function("Gone", "python3.13", "app.handler");
    app.write("Java/x", "");
    app.function("Java", "java21", "x.Y");
    app.write("Rust/readme", "");
    app.function("Rust", "provided.al2023", "bootstrap");
    app.write("Go/readme", "");
    app.function("Go", "go1.x", "bin/hello");
    app.function("Image", "python3.13", "app.handler").image = Some("repo/x:1".to_owned());
    let local = app.start().await;
    for (name, why) in [
        ("Gone", "its code is not there"),
        ("Java", "java21"),
        ("Rust", "a program called bootstrap"),
        ("Go", "a program called bin/hello"),
        ("Image", "images do not run here"),
    ] {
        let answer = app.invoke(&local, name, "").await;
        assert_eq!(answer.status, 502, "{name}");
        assert!(answer.text().contains(why), "{}", answer.text());
        assert!(app.log.has(why), "{name}");
    }
    let answer = app.invoke(&local, "nothing", "").await;
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (404, Some("ResourceNotFoundException")));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_invoke_api_takes_all_kinds_of_calls() {
    if !has("python3") {
        return;
    }
    let mut app = App::new();
    app.python("F", "def handler(event, context):\n    print('seen', event, context.client_context.custom if context.client_context else '')\n    if event.get('fail'):\n        raise Exception('no')\n    return event\n");
    app.manifest.functions["F"].retries = 1;
    let local = app.start().await;
    let path = "/2015-03-31/functions/F/invocations";
    let later =
        common::ask(&local, 0, "POST", path, &[("x-amz-invocation-type", "Event")], b"{\"n\":1}").await;
    assert_eq!((later.status, later.body.len()), (202, 0));
    app.log.wait_for("seen {'n': 1}").await;
    let dry = common::ask(&local, 0, "POST", path, &[("x-amz-invocation-type", "DryRun")], b"{}").await;
    assert_eq!(dry.status, 204);
    let bad = common::ask(&local, 0, "POST", path, &[], b"{not json").await;
    assert_eq!((bad.status, bad.header("x-amzn-errortype")), (400, Some("InvalidRequestContentException")));
    let context = [("x-amz-client-context", "eyJjdXN0b20iOiB7ImEiOiAiYiJ9fQ==")];
    assert_eq!(common::ask(&local, 0, "POST", path, &context, b"{}").await.status, 200);
    app.log.wait_for("seen {} {'a': 'b'}").await;
    let large =
        common::ask(&local, 0, "POST", path, &[], format!("\"{}\"", "x".repeat(7_000_000)).as_bytes()).await;
    assert_eq!((large.status, large.header("x-amzn-errortype")), (413, Some("RequestTooLargeException")));
    let failing =
        common::ask(&local, 0, "POST", path, &[("x-amz-invocation-type", "Event")], b"{\"fail\":1}").await;
    assert_eq!(failing.status, 202);
    wait("the call to be tried again", || {
        app.log.lines().iter().filter(|line| line.contains("seen {'fail': 1}")).count() == 2
    })
    .await;
    local.end().await;
}
