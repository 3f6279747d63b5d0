//! Debuggers attach to functions.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed"
)]

mod common;

use std::net::Ipv4Addr;
use std::time::Duration;

use common::{App, has};
use futures_util::{SinkExt, StreamExt};
use samc_local::Local;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

const CODE: &str = "export const handler = async (event) => {
    const sum = event.a + event.b;
    return { sum };
};
";

/// A port that nobody has at the moment.
fn free_port() -> u16 {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// The address of the first that can be debugged behind a port, as the inspector of Node tells it.
async fn target(port: u16) -> String {
    loop {
        if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
            stream.write_all(b"GET /json HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await.unwrap();
            let mut answer = Vec::new();
            // The body may come after the head, and the connection stays open.
            while stream.read_buf(&mut answer).await.unwrap() > 0 {
                let text = String::from_utf8_lossy(&answer);
                let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                if let Ok(all) = serde_json::from_str::<Value>(body) {
                    return all[0]["webSocketDebuggerUrl"].as_str().unwrap().to_owned();
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A client of the inspector.
struct Inspector {
    socket: WebSocketStream<TcpStream>,
    number: u64,
}

impl Inspector {
    async fn attach(port: u16) -> Inspector {
        let url = target(port).await;
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let (socket, _) = client_async(url, stream).await.unwrap();
        Inspector { socket, number: 0 }
    }

    async fn next(&mut self) -> Value {
        serde_json::from_str(self.socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap()
    }

    /// Calls a method and gives its result.
    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let text = json!({ "id": self.number, "method": method, "params": parameters }).to_string();
        self.socket.send(Message::text(text)).await.unwrap();
        loop {
            let told = self.next().await;
            if told["id"] == self.number {
                assert!(told["error"].is_null(), "{told}");
                return told["result"].clone();
            }
        }
    }

    /// Waits for an event.
    async fn event(&mut self, method: &str) -> Value {
        loop {
            let told = self.next().await;
            if told["method"] == method {
                return told["params"].clone();
            }
        }
    }
}

async fn start(app: &App) -> Local {
    let mut options = app.options();
    options.debug = true;
    Local::start(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debugger_of_node_stops_in_a_function() {
    if !has("node") {
        return;
    }
    let mut app = App::new();
    let port = free_port();
    app.node("Sum", CODE).debug_port = Some(port);
    let local = start(&app).await;
    assert_eq!(app.invoke(&local, "Sum", r#"{"a": 1, "b": 2}"#).await.json(), json!({"sum": 3}));
    let attached = tokio::time::timeout(Duration::from_secs(30), Inspector::attach(port));
    let mut inspector = attached.await.unwrap();
    inspector.call("Debugger.enable", json!({})).await;
    // In line 3, which is counted from 0.
    let place = json!({ "lineNumber": 2, "urlRegex": ".*Sum/app\\.mjs" });
    let set = inspector.call("Debugger.setBreakpointByUrl", place).await;
    assert_eq!(set["locations"].as_array().unwrap().len(), 1, "{set}");
    let call = async { app.invoke(&local, "Sum", r#"{"a": 20, "b": 22}"#).await.json() };
    let look = async {
        let paused = inspector.event("Debugger.paused").await;
        let frame = &paused["callFrames"][0];
        assert_eq!(frame["functionName"], "handler");
        let ask = json!({ "callFrameId": frame["callFrameId"], "expression": "sum" });
        let found = inspector.call("Debugger.evaluateOnCallFrame", ask).await;
        assert_eq!(found["result"]["value"], 42, "{found}");
        inspector.call("Debugger.resume", json!({})).await;
    };
    let (answer, ()) =
        tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(call, look) }).await.unwrap();
    assert_eq!(answer, json!({"sum": 42}));
    local.end().await;
}
