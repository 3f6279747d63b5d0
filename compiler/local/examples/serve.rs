//! Serves a manifest, as `samc local start` does, without building it first: `serve MANIFEST [PORT]`. For
//! measuring.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program for the terminal"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use samc_local::sink::{Line, Silent, Sink};
use samc_local::{Local, Options};

struct Terminal;

impl Sink for Terminal {
    fn line(&self, line: Line<'_>) {
        println!("{:<12} {}", line.function.unwrap_or(""), line.text);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = PathBuf::from(arguments.first().ok_or("serve MANIFEST [PORT] [-q]")?);
    let manifest = serde_json::from_slice(&std::fs::read(&path)?)?;
    let quiet = arguments.iter().any(|argument| argument == "-q");
    let sink: Arc<dyn Sink> = if quiet { Arc::new(Silent) } else { Arc::new(Terminal) };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut options = Options::new(manifest, folder, sink);
    if let Some(port) = arguments.get(1) {
        options.port = port.parse()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let local = Local::start(options).await?;
        for one in local.listening() {
            eprintln!("{} {}", one.url, one.api.unwrap_or_default());
        }
        std::future::pending::<()>().await;
        local.end().await;
        Ok(())
    })
}
