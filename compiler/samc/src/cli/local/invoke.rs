//! `samc local invoke`.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use clap::Args;
use samc_local::invoke::Refusal;
use samc_local::invoke_once;
use samc_local::sink::{Line, LineKind, Sink};
use samc_schema::manifest::Manifest;

use super::super::cache::CacheOptions;
use super::super::options::Common;
use super::super::{stderr, stdout};
use super::build::Source;
use super::options::Running;

/// Call one function and print its answer.
#[derive(Debug, Args)]
pub(super) struct Invoke {
    /// The function: what the author calls it, its logical id or its name
    function: String,
    /// The file: app.yaml, a SAM or CloudFormation template, a serverless.yml, or a manifest.json that was built before
    spec: Option<String>,
    /// The event, in JSON: a file, or `-` for stdin [default: an empty object]
    #[arg(long, short, value_name = "FILE")]
    event: Option<PathBuf>,
    /// The folder to build into [default: .samc beside the file]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    running: Running,
    #[command(flatten)]
    cache: CacheOptions,
    #[command(flatten)]
    common: Common,
}

/// Shows the log on stderr as it comes.
struct Log;

impl Sink for Log {
    fn line(&self, line: Line<'_>) {
        match (line.kind, line.function) {
            (LineKind::Notice, Some(function)) => stderr(&format!("note: {function} {}\n", line.text)),
            (LineKind::Notice, None) => stderr(&format!("note: {}\n", line.text)),
            _ => stderr(&format!("{}\n", line.text)),
        }
    }
}

impl Invoke {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        let event = match self.event() {
            Ok(event) => event,
            Err(why) => return misuse(&why),
        };
        let cache = self.cache.settings();
        let lint = !self.running.no_lint;
        let opened = Source::open(&self.common, self.spec.as_deref(), self.out_dir.as_deref(), cache, lint);
        let (_, built) = match opened {
            Ok(opened) => opened,
            Err(status) => return status,
        };
        let mut manifest = built.manifest;
        let Some(id) = find(&manifest, &self.function) else {
            return misuse(&unknown(&manifest, &self.function));
        };
        // What others would say of themselves does not matter here.
        manifest.functions.retain(|other, _| *other == id);
        let options = match self.running.options(manifest, &built.folder, Arc::new(Log)) {
            Ok(options) => options,
            Err(why) => return misuse(&why),
        };
        match invoke_once(options, &id, event) {
            Ok(Ok(outcome)) => {
                let mut text = String::from_utf8_lossy(&outcome.payload).into_owned();
                text.push('\n');
                let status = stdout(&text);
                if outcome.error.is_some() { 1 } else { status }
            }
            Ok(Err(refusal)) => {
                let why = match refusal {
                    Refusal::CannotRun(why) => why,
                    Refusal::TooLarge { bytes, limit } => {
                        format!("the event has {bytes} bytes, and Lambda takes {limit}")
                    }
                    Refusal::Throttled => "its concurrency is limited to 0".to_owned(),
                    Refusal::Unknown => "there is no such function".to_owned(),
                };
                stderr(&format!("error: {} does not run: {why}\n", self.function));
                1
            }
            Err(error) => misuse(&error.to_string()),
        }
    }

    fn event(&self) -> Result<Bytes, String> {
        let Some(file) = &self.event else { return Ok(Bytes::from_static(b"{}")) };
        let mut bytes = Vec::new();
        let name = if file.as_os_str() == "-" {
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|e| format!("stdin cannot be read: {e}"))?;
            "stdin".to_owned()
        } else {
            bytes = std::fs::read(file).map_err(|e| format!("{} cannot be read: {e}", file.display()))?;
            file.display().to_string()
        };
        serde_json::from_slice::<serde::de::IgnoredAny>(&bytes)
            .map_err(|e| format!("{name} is not JSON: {e}"))?;
        Ok(bytes.into())
    }
}

fn misuse(why: &str) -> u8 {
    stderr(&format!("error: {why}\n"));
    2
}

/// The logical id that a name stands for.
fn find(manifest: &Manifest, name: &str) -> Option<String> {
    if manifest.functions.contains_key(name) {
        return Some(name.to_owned());
    }
    let mut functions = manifest.functions.iter();
    functions.find(|(_, function)| function.source == name || function.name == name).map(|(id, _)| id.clone())
}

fn unknown(manifest: &Manifest, name: &str) -> String {
    let names: Vec<&str> = manifest.functions.values().map(|function| function.source.as_str()).collect();
    match (samc_base::nearest(name, names.iter().copied()), names.as_slice()) {
        (Some(near), _) => format!("there is no function {name}; did you mean {near}?"),
        (None, []) => format!("there is no function {name}: {} has none", manifest.spec),
        (None, names) => format!("there is no function {name}; there are {}", names.join(", ")),
    }
}
