//! `samc local event`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use samc_local::events::{self, Place};
use samc_local::{clock, messaging};
use samc_schema::manifest::ACCOUNT;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::{stderr, stdout};
use super::build;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60 + 30);
/// The region and the name in events that are of no application.
const REGION: &str = "us-east-1";
const NAME: &str = "local";

/// The kinds of events that can be made, and what each is made of.
const KINDS: [&str; 7] = ["sqs", "sns", "s3", "eventbridge", "schedule", "dynamodb", "kinesis"];

/// Have something happen in an application that runs, or make an event.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  samc local event Work '{\"id\": 7}'              a message for the queue Work
  samc local event schedule Nightly              the schedule Nightly comes
  samc local event s3 '{\"key\": \"in/a.png\"}' --to thumb
  samc local event sqs hello --print")]
pub(super) struct Event {
    /// A queue, topic, bus, bucket, table, stream, schedule or function by logical id, perhaps with its kind before
    /// it; or a kind alone (sqs, sns, s3, eventbridge, schedule, dynamodb, kinesis) with --to or --print. Then what
    /// happens, in JSON or as text
    #[arg(required = true, num_args = 1..=3, value_names = ["WHAT", "BODY"])]
    what: Vec<String>,
    /// What happens, from a file, or from stdin with `-`
    #[arg(long, short, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Give an event of a kind to this function and print its answer
    #[arg(long, value_name = "FUNCTION")]
    to: Option<String>,
    /// Print the event and send nothing
    #[arg(long)]
    print: bool,
    /// Where it runs [default: where `samc local start` of this folder says, else http://127.0.0.1:3000]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl Event {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        match self.send() {
            Ok(status) => status,
            Err(why) => {
                stderr(&format!("error: {why}\n"));
                2
            }
        }
    }

    fn send(&self) -> Result<u8, String> {
        let first = self.what[0].as_str();
        let is_kind =
            KINDS.contains(&first) || matches!(first, "queue" | "topic" | "bus" | "bucket" | "table");
        if self.to.is_some() || self.print {
            if !KINDS.contains(&first) {
                let kinds = KINDS.join(", ");
                return Err(format!("{first} is no kind of event that can be made; there are {kinds}"));
            }
            let event = made(first, &self.body(1)?)?;
            return match &self.to {
                Some(function) if !self.print => self.invoke(function, &event),
                _ => Ok(stdout(&format!("{event:#}\n"))),
            };
        }
        let (id, body) = match (is_kind, self.what.get(1)) {
            (true, Some(id)) => (id.as_str(), self.body(2)?),
            (true, None) => {
                return Err(format!("which {first}? Name it by logical id, or a function with --to"));
            }
            (false, _) => (first, self.body(1)?),
        };
        let answer = post(&self.url(), &format!("/_samc/events/{}", encoded(id)), &body.to_string())?;
        if answer.status >= 400 {
            stderr(&format!("error: {}\n", answer.message()));
            return Ok(1);
        }
        Ok(stdout(&format!("{}\n", answer.body)))
    }

    /// What happens: the argument at a place, or the file.
    fn body(&self, at: usize) -> Result<Value, String> {
        if let Some(more) = self.what.get(at + 1) {
            return Err(format!("{more} is one word too many; put quotes around what happens"));
        }
        let text = match (&self.event, self.what.get(at)) {
            (Some(_), Some(_)) => return Err("what happens is given twice, here and with --event".to_owned()),
            (None, Some(text)) => text.clone(),
            (None, None) => return Ok(json!({})),
            (Some(file), None) if file.as_os_str() == "-" => {
                let mut text = String::new();
                let read = std::io::stdin().lock().read_to_string(&mut text);
                read.map_err(|error| format!("stdin cannot be read: {error}"))?;
                text
            }
            (Some(file), None) => std::fs::read_to_string(file)
                .map_err(|error| format!("{} cannot be read: {error}", file.display()))?,
        };
        // What is no JSON is a text.
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn url(&self) -> String {
        let running = || build::running(Path::new(build::FOLDER));
        self.url.clone().or_else(running).unwrap_or_else(|| "http://127.0.0.1:3000".to_owned())
    }

    fn invoke(&self, function: &str, event: &Value) -> Result<u8, String> {
        let path = format!("/2015-03-31/functions/{}/invocations", encoded(function));
        let answer = post(&self.url(), &path, &event.to_string())?;
        if answer.status >= 400 {
            stderr(&format!("error: {}\n", answer.message()));
            return Ok(1);
        }
        let status = stdout(&format!("{}\n", answer.body));
        Ok(if answer.has("x-amz-function-error") { 1 } else { status })
    }
}

/// An event of a kind.
fn made(kind: &str, body: &Value) -> Result<Value, String> {
    let place = Place { region: REGION, account: ACCOUNT, now_ms: clock::epoch_ms() };
    let text = || match body {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let one_or_several = || match body {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    Ok(match kind {
        "sqs" => {
            let message = |item: Value| match &item {
                Value::Object(object) if object.contains_key("body") => read(item, kind),
                _ => read(json!({ "body": item }), kind),
            };
            let messages = one_or_several().into_iter().map(message).collect::<Result<_, _>>()?;
            events::sqs(&place, &place.arn("sqs", NAME), messages)
        }
        "sns" => {
            let message: messaging::Publication = match body {
                Value::Object(object) if object.contains_key("message") => read(body.clone(), kind)?,
                other => read(json!({ "message": other }), kind)?,
            };
            let topic = place.arn("sns", NAME);
            let subscription = format!("{topic}:{}", samc_local::ids::uuid());
            let id = samc_local::ids::uuid();
            let to = events::Subscription {
                topic_arn: &topic,
                arn: &subscription,
                message_id: &id,
                sequence: None,
            };
            events::sns(&place, &to, &message)
        }
        "s3" => {
            let object: messaging::ObjectEvent = match body {
                Value::String(key) => read(json!({ "key": key }), kind)?,
                other => read(other.clone(), kind)?,
            };
            events::s3(&place, NAME, NAME, &object)
        }
        "eventbridge" => events::eventbridge(&place, &read(body.clone(), kind)?),
        "schedule" => {
            let rule = if body.as_object().is_some_and(serde_json::Map::is_empty) {
                NAME.to_owned()
            } else {
                text()
            };
            events::schedule(&place, &rule)
        }
        "dynamodb" => {
            let changes: Vec<messaging::Change> =
                one_or_several().into_iter().map(|item| read(item, kind)).collect::<Result<_, _>>()?;
            events::dynamodb(&place, NAME, &[], "NEW_AND_OLD_IMAGES", &changes)
        }
        _ => {
            let record = |item: Value| match &item {
                Value::Object(object) if object.contains_key("data") => read(item, kind),
                _ => read(json!({ "data": item }), kind),
            };
            let records: Vec<messaging::StreamRecord> =
                one_or_several().into_iter().map(record).collect::<Result<_, _>>()?;
            events::kinesis(&place, NAME, &records)
        }
    })
}

fn read<T: DeserializeOwned>(body: Value, kind: &str) -> Result<T, String> {
    serde_json::from_value(body).map_err(|error| format!("no event of {kind} is made of this: {error}"))
}

/// A part of a path.
fn encoded(text: &str) -> String {
    let mut all = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => all.push(char::from(byte)),
            other => all += &format!("%{other:02X}"),
        }
    }
    all
}

/// What a server answered.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn has(&self, header: &str) -> bool {
        let name = |line: &str| line.split(':').next().unwrap_or("").to_ascii_lowercase();
        self.head.lines().any(|line| name(line) == header)
    }

    /// What it says is wrong.
    fn message(&self) -> String {
        let value: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let text = ["message", "Message"].iter().find_map(|key| value.get(key)?.as_str());
        text.map_or_else(|| format!("{} {}", self.status, self.body), str::to_owned)
    }
}

/// Sends JSON to what `samc local start` runs, and to nothing else: one request over a plain connection.
fn post(url: &str, path: &str, body: &str) -> Result<Answer, String> {
    let address = url.trim_end_matches('/').strip_prefix("http://");
    let address = address
        .ok_or_else(|| format!("{url} is no address of a running application: it begins with http://"))?;
    let nobody = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::ConnectionRefused => {
            format!("nothing runs at {url}; start it with `samc local start`, or say where with --url")
        }
        _ => format!("{url} does not answer: {error}"),
    };
    let mut stream = TcpStream::connect(address).map_err(nobody)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(nobody)?;
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).map_err(nobody)?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).map_err(nobody)?;
    let all = String::from_utf8_lossy(&all);
    let odd = || format!("{url} is no application that `samc local start` runs");
    let (head, body) = all.split_once("\r\n\r\n").ok_or_else(odd)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(odd)?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}
