//! A folder with functions, the application made of it, and a small HTTP client.
#![allow(dead_code, reason = "each suite uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed"
)]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use samc_local::sink::{Line, Sink};
use samc_local::{Local, Options};
use samc_schema::manifest::{Api, ApiKind, FORM, Function, Manifest, Payload, Route};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An application in a folder of its own.
pub(crate) struct App {
    pub(crate) folder: TempDir,
    pub(crate) manifest: Manifest,
    pub(crate) log: Log,
    pub(crate) patience: Option<Duration>,
}

/// Lines that were shown.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Sink for Log {
    fn line(&self, line: Line<'_>) {
        let text = format!("{} {}", line.function.unwrap_or(""), line.text);
        self.0.lock().unwrap().push(text);
    }
}

impl Log {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.lines().iter().any(|line| line.contains(part))
    }

    /// Waits until a line has a text.
    pub(crate) async fn wait_for(&self, part: &str) {
        wait(part, || self.has(part)).await;
    }
}

/// Waits until something holds, much longer than it should take.
pub(crate) async fn wait(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(60), "waited for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a program is there; tests that need it end otherwise.
pub(crate) fn has(program: &str) -> bool {
    let found =
        std::process::Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        eprintln!("{program} is not on this machine: nothing is tested");
    }
    found
}

/// The events that functions have written down in the file `notes` of the application, in their order. A line without
/// its end is still being written.
pub(crate) fn notes(app: &App) -> Vec<Value> {
    let text = std::fs::read_to_string(app.folder.path().join("notes")).unwrap_or_default();
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl App {
    pub(crate) fn new() -> App {
        let manifest = Manifest {
            manifest: FORM.to_owned(),
            app: "shop".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "000000000000".to_owned(),
            spec: "app.yaml".to_owned(),
            ..Manifest::default()
        };
        App { folder: tempfile::tempdir().unwrap(), manifest, log: Log::default(), patience: None }
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> &App {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// A Python function: its code is in a folder of its name.
    pub(crate) fn python(&mut self, id: &str, code: &str) -> &mut Function {
        self.write(&format!("{id}/app.py"), code);
        self.function(id, "python3.12", "app.handler")
    }

    /// A Node function.
    pub(crate) fn node(&mut self, id: &str, code: &str) -> &mut Function {
        self.write(&format!("{id}/app.mjs"), code);
        self.function(id, "nodejs20.x", "app.handler")
    }

    pub(crate) fn function(&mut self, id: &str, runtime: &str, handler: &str) -> &mut Function {
        let function = Function {
            name: format!("shop-{}", id.to_lowercase()),
            source: id.to_lowercase(),
            runtime: Some(runtime.to_owned()),
            handler: Some(handler.to_owned()),
            root: Some(id.to_owned()),
            timeout_ms: 30_000,
            memory_mib: 128,
            retries: 2,
            log_group: format!("/aws/lambda/shop-{}", id.to_lowercase()),
            ..Function::default()
        };
        self.manifest.functions.entry(id.to_owned()).or_insert(function)
    }

    /// An API of one kind.
    pub(crate) fn api(&mut self, id: &str, kind: ApiKind, stage: &str, routes: Vec<Route>) -> &mut Api {
        let api = Api {
            source: id.to_lowercase(),
            kind,
            elsewhere: false,
            stage: stage.to_owned(),
            stage_variables: Default::default(),
            cors: None,
            binary_media_types: Vec::new(),
            authorizers: Default::default(),
            routes,
            web_socket: None,
        };
        self.manifest.apis.entry(id.to_owned()).or_insert(api)
    }

    pub(crate) fn options(&self) -> Options {
        let folder = self.folder.path().to_owned();
        let mut options = Options::new(self.manifest.clone(), folder, Arc::new(self.log.clone()));
        options.port = 0;
        if let Some(patience) = self.patience {
            options.patience = patience;
        }
        options
    }

    pub(crate) async fn start(&self) -> Local {
        Local::start(self.options()).await.unwrap()
    }

    /// Calls a function by the Invoke API.
    pub(crate) async fn invoke(&self, local: &Local, function: &str, event: &str) -> Answer {
        let url = format!("/2015-03-31/functions/{function}/invocations");
        ask(local, 0, "POST", &url, &[("x-amz-log-type", "Tail")], event.as_bytes()).await
    }
}

pub(crate) fn route(method: &str, path: &str, function: &str, payload: Payload) -> Route {
    Route {
        method: method.to_owned(),
        path: path.to_owned(),
        function: Some(function.to_owned()),
        payload,
        authorizer: None,
        scopes: Vec::new(),
        api_key: false,
        timeout_ms: 29_000,
        streaming: false,
        answers: false,
        fixed: None,
        unsupported: None,
    }
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The log that came with it.
    pub(crate) fn log(&self) -> String {
        use base64::Engine;
        let text = self.header("x-amz-log-result").unwrap_or("");
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).unwrap()).unwrap()
    }
}

/// Where an API answers.
pub(crate) fn address(local: &Local, api: usize) -> String {
    local.listening()[api].url.trim_start_matches("http://").to_owned()
}

pub(crate) async fn get(local: &Local, api: usize, path: &str) -> Answer {
    ask(local, api, "GET", path, &[], b"").await
}

/// Sends a request and reads the answer.
pub(crate) async fn ask(
    local: &Local,
    api: usize,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let address = address(local, api);
    let mut request = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        request += &format!("host: {address}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        request += &format!("content-length: {}\r\n", body.len());
    }
    request += "connection: close\r\n\r\n";
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let mut all = Vec::new();
    let (mut reader, mut writer) = stream.split();
    let sent = async {
        // A server that refuses a request need not read all of it.
        let _ = writer.write_all(request.as_bytes()).await;
        let _ = writer.write_all(body).await;
    };
    let ((), _) = tokio::join!(sent, async { drop(reader.read_to_end(&mut all).await) });
    parse(&all)
}

pub(crate) fn parse(all: &[u8]) -> Answer {
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| {
        panic!("no answer: {:?}", String::from_utf8_lossy(all));
    });
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap()[9..12].parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut body = all[end + 4..].to_vec();
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
        body = unchunk(&body);
    }
    Answer { status, headers, body }
}

fn unchunk(mut data: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = data.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&data[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&data[end + 2..end + 2 + size]);
        data = &data[end + 4 + size..];
    }
    body
}
