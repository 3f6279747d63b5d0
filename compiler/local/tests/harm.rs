//! Functions and clients that do harm, and others that must not notice.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{App, ask, get, has, route};
use samc_local::Local;
use samc_schema::manifest::{ApiKind, Payload};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What no answer of a function may take that has nothing to do with the trouble.
const SOON: Duration = Duration::from_secs(5);

const PYTHON: &str = "
import os, subprocess, sys, threading, time
def exits(): os._exit(7)
def hangs():
    while True: pass
def sleeps(): time.sleep(600)
def floods():
    while True: os.write(2, b'x' * 65536)
def forks():
    for _ in range(20): subprocess.Popen(['sleep', '600'])
def forgets():
    if os.fork() == 0:
        os.setsid(); time.sleep(600)
def threads():
    for _ in range(50): threading.Thread(target=time.sleep, args=(600,)).start()
def closes():
    os.close(0); os.close(1); os.close(2); os.closerange(3, 64)
def recurses(): recurses()
def huge(): return 'x' * 7_000_000
def odd(): return object()
def handler(event, context):
    return globals()[event['do']]()
";
const NODE: &str = "
import { spawn } from 'node:child_process';
const all = {
  exits: () => process.exit(7),
  hangs: () => { for (;;); },
  sleeps: () => new Promise((done) => setTimeout(done, 600_000)),
  floods: () => { for (;;) process.stderr.write('x'.repeat(65536)); },
  forks: () => { for (let i = 0; i < 20; i += 1) spawn('sleep', ['600']); },
  throws: () => setTimeout(() => { throw new Error('late'); }, 1),
  rejects: () => { Promise.reject(new Error('lost')); return new Promise(() => setTimeout(() => {}, 600_000)); },
  circle: () => { const a = {}; a.a = a; return a; },
  huge: () => 'x'.repeat(7_000_000),
};
export const handler = async (event) => all[event.do]();
";
/// A program that asks for calls and answers them with what is no answer.
const GARBAGE: &str = r#"#!/usr/bin/env python3
import os, socket, sys
host, port = os.environ['AWS_LAMBDA_RUNTIME_API'].split(':')
def talk(data):
    s = socket.create_connection((host, int(port)))
    s.sendall(data)
    return s
base = '/2018-06-01/runtime/'
n = 0
while True:
    s = talk(f'GET {base}invocation/next HTTP/1.1\r\nHost: {host}\r\n\r\n'.encode())
    head = b''
    while b'\r\n\r\n' not in head:
        more = s.recv(65536)
        if not more: sys.exit(0)
        head += more
    id = [l.split(': ')[1] for l in head.decode('latin-1').split('\r\n') if l.lower().startswith('lambda-runtime-aws-request-id')][0]
    n += 1
    post = f'POST {base}invocation/{id}/response HTTP/1.1\r\nHost: {host}\r\n'
    talk(b'\0\1\2 garbage\r\n\r\n')
    talk(f'POST {base}invocation/nobody/response HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\n\r\nx'.encode())
    talk(f'{post}Content-Length: 1000000000000\r\n\r\n'.encode()).close()
    talk(f'{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n'.encode()).close()
    talk((post + 'X: ' + 'y' * 1000000 + '\r\n\r\n').encode()).close()
    if n % 2: talk(f'{post}Content-Length: 7\r\n\r\n{{not js'.encode()).recv(1)
    else: sys.exit(0)
"#;

/// A function that writes to the socket over which its bootstrap talks with samc.
const MEDDLES: &str = r"
import os, socket, threading, time
def line():
    for fd in range(3, 64):
        try:
            found = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        if found.family == socket.AF_UNIX:
            return found
def says(data, then):
    line().sendall(data)
    then()
def waits(): time.sleep(600)
def ends(): os._exit(3)
def late():
    threading.Timer(0.02, says, (b'\0\0\0\1A1', waits)).start()
    return 'late'
def twins():
    os.fork()
    return 'one of two'
all = {
    'http': lambda: says(b'GET / HTTP/1.1\r\n\r\n', waits),
    'unknown': lambda: says(b'\0\0\0\0?', waits),
    'no turn': lambda: says(b'\0\0\0\1Px', waits),
    'ready': lambda: says(b'\0\0\0\0+', waits),
    'half a head': lambda: says(b'\0\0', ends),
    'half a text': lambda: says(b'\0\0\0\x63A{', ends),
    'half a piece': lambda: says(b'\0\0\0\x0aBtext/plain\0\0\0\x63Px', ends),
    'without end': lambda: says(b'\xff\xff\xff\xffA' + b'x' * 5_000_000, ends),
    'closed': lambda: (line().shutdown(socket.SHUT_RDWR), waits()),
    'late': late,
    'twins': twins,
}
def handler(event, context):
    return all[event['do']]()
";

/// Calls a function over and over until it is told to end; the longest answer, and how many there were.
async fn neighbour(local: Arc<Local>, function: &'static str, end: Arc<AtomicBool>) -> (Duration, u32) {
    let (mut longest, mut count) = (Duration::ZERO, 0);
    while !end.load(Ordering::Relaxed) {
        let since = Instant::now();
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let answer = ask(&local, 0, "POST", &path, &[], b"{}").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "\"fine\""), "{function}");
        longest = longest.max(since.elapsed());
        count += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (longest, count)
}

/// An application with two functions that mind their own business.
fn app() -> App {
    let mut app = App::new();
    app.python("Good", "def handler(event, context):\n    return 'fine'\n");
    app.node("Well", "export const handler = async () => 'fine';");
    app
}

async fn amid(app: &App, act: impl AsyncFnOnce(&Local)) {
    let local = Arc::new(app.start().await);
    let end = Arc::new(AtomicBool::new(false));
    // Processes of their own are there before.
    for good in ["Good", "Well"] {
        assert_eq!(app.invoke(&local, good, "{}").await.text(), "\"fine\"");
    }
    let good = tokio::spawn(neighbour(Arc::clone(&local), "Good", Arc::clone(&end)));
    let well = tokio::spawn(neighbour(Arc::clone(&local), "Well", Arc::clone(&end)));
    act(&local).await;
    end.store(true, Ordering::Relaxed);
    for neighbour in [good, well] {
        let (longest, count) = neighbour.await.unwrap();
        assert!(longest < SOON && count > 3, "{count} answers, the longest after {longest:?}");
    }
    let Ok(local) = Arc::try_unwrap(local) else { panic!("somebody still calls") };
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_harm_no_others() {
    if !has("python3") || !has("node") {
        return;
    }
    let mut app = app();
    app.python("Py", PYTHON).timeout_ms = 700;
    app.node("Js", NODE).timeout_ms = 700;
    amid(&app, async |local| {
        let failing = [
            ("Py", "exits", "Runtime.ExitError"),
            ("Py", "hangs", "Sandbox.Timedout"),
            ("Py", "sleeps", "Sandbox.Timedout"),
            ("Py", "floods", "Sandbox.Timedout"),
            ("Py", "recurses", "RecursionError"),
            ("Py", "odd", "Runtime.MarshalError"),
            ("Py", "huge", "Function.ResponseSizeTooLarge"),
            ("Js", "exits", "Runtime.ExitError"),
            ("Js", "hangs", "Sandbox.Timedout"),
            ("Js", "sleeps", "Sandbox.Timedout"),
            ("Js", "floods", "Sandbox.Timedout"),
            ("Js", "rejects", "Runtime.UnhandledPromiseRejection"),
            ("Js", "huge", "Function.ResponseSizeTooLarge"),
        ];
        for (function, what, kind) in failing {
            let answer = app.invoke(local, function, &format!(r#"{{"do": "{what}"}}"#)).await;
            assert_eq!(answer.header("x-amz-function-error"), Some("Unhandled"), "{function} {what}");
            assert_eq!(answer.json()["errorType"], kind, "{function} {what}: {}", answer.text());
        }
        for (function, what) in [
            ("Py", "forks"),
            ("Py", "forgets"),
            ("Py", "threads"),
            ("Py", "closes"),
            ("Js", "forks"),
            ("Js", "circle"),
            ("Js", "throws"),
        ] {
            // However these end: an answer comes.
            let since = Instant::now();
            app.invoke(local, function, &format!(r#"{{"do": "{what}"}}"#)).await;
            assert!(since.elapsed() < SOON, "{function} {what}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_answer_harms_nobody() {
    if !has("python3") || !has("node") {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let mut app = app();
    app.write("Garbage/bootstrap", GARBAGE);
    let program = app.folder.path().join("Garbage/bootstrap");
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    app.function("Garbage", "provided.al2023", "bootstrap").timeout_ms = 2000;
    app.api("Http", ApiKind::Http, "$default", vec![route("GET", "/garbage", "Garbage", Payload::V2)]);
    amid(&app, async |local| {
        for _ in 0..6 {
            let since = Instant::now();
            let answer = get(local, 0, "/garbage").await;
            assert_eq!(answer.status, 500, "{}", answer.text());
            assert!(since.elapsed() < SOON);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_frame_harms_nobody() {
    if !has("python3") || !has("node") {
        return;
    }
    let mut app = app();
    app.python("Meddles", MEDDLES).timeout_ms = 4000;
    amid(&app, async |local| {
        let call = async |what: &str| app.invoke(local, "Meddles", &format!(r#"{{"do": "{what}"}}"#)).await;
        for (what, kind) in [
            ("http", "Runtime.ExitError"),
            ("unknown", "Runtime.ExitError"),
            ("no turn", "Runtime.ExitError"),
            ("ready", "Runtime.ExitError"),
            ("half a head", "Runtime.ExitError"),
            ("half a text", "Runtime.ExitError"),
            ("half a piece", "Runtime.ExitError"),
            ("without end", "Runtime.ExitError"),
            ("closed", "Sandbox.Timedout"),
        ] {
            let since = Instant::now();
            let answer = call(what).await;
            assert_eq!(answer.header("x-amz-function-error"), Some("Unhandled"), "{what}");
            assert_eq!(answer.json()["errorType"], kind, "{what}: {}", answer.text());
            // What is no frame is noticed at once, not when the time of the call is over.
            let limit = Duration::from_millis(if kind == "Sandbox.Timedout" { 20_000 } else { 3800 });
            assert!(since.elapsed() < limit, "{what}: {:?}", since.elapsed());
        }
        assert_eq!(call("late").await.text(), "\"late\"");
        tokio::time::sleep(Duration::from_millis(100)).await;
        for _ in 0..3 {
            assert_eq!(call("twins").await.text(), "\"one of two\"");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_are_given_up_and_harm_nobody() {
    if !has("python3") || !has("node") {
        return;
    }
    let mut app = app();
    app.patience = Some(Duration::from_millis(700));
    app.python(
        "Large",
        "def handler(event, context):\n    return {'statusCode': 200, 'body': 'x' * 5_000_000}\n",
    );
    app.api("Http", ApiKind::Http, "$default", vec![route("ANY", "/large", "Large", Payload::V2)]);
    amid(&app, async |local| {
        let url = local.listening()[0].url.clone();
        let address = url.trim_start_matches("http://").to_owned();
        let begin = async |text: &str| {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream
        };
        let mut slow = Vec::new();
        for _ in 0..40 {
            slow.push(begin("").await);
            slow.push(begin("GET /large HT").await);
            slow.push(begin("GET /large HTTP/1.1\r\nhost: localhost\r\nx: ").await);
            slow.push(
                begin("POST /large HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nx").await,
            );
        }
        // This one asks and takes nothing of the answer.
        let mut deaf = begin("GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        tokio::time::sleep(Duration::from_millis(2500)).await;
        for stream in &mut slow {
            let mut rest = Vec::new();
            let ended = tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await;
            assert!(ended.is_ok(), "a slow client is still waited for");
            let rest = String::from_utf8_lossy(&rest);
            assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408"), "{rest}");
        }
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(SOON, deaf.read_to_end(&mut rest)).await.unwrap();
        assert!(rest.len() < 5_000_000, "an answer that nobody takes is kept");
    })
    .await;
}
