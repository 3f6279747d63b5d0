//! `samc local start`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use clap::Args;
use samc::watch::Watcher;
use samc_local::sink::Sink;
use samc_local::{Error, Runner};
use time::UtcOffset;

use super::super::cache::CacheOptions;
use super::super::options::Common;
use super::super::stderr;
use super::banner;
use super::build::{Source, Style};
use super::options::Running;
use super::reload::Session;
use super::terminal::{Form, Terminal};

/// How long nothing must change before what changed is taken over, and how long that is put off at most:
/// editors save in several steps.
const QUIET: Duration = Duration::from_millis(12);
const LONGEST: Duration = Duration::from_millis(300);

/// Build an application and run it until it is stopped; what is edited is taken over.
#[derive(Debug, Args)]
pub(super) struct Start {
    /// The file: app.yaml, a SAM or CloudFormation template, a serverless.yml, or a manifest.json that was built before
    spec: Option<String>,
    /// The port of the first API; further ones take those after it. 0 for any that are free
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    port: u16,
    /// The address to listen on; others than that of this machine let everybody in who reaches it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = address)]
    host: IpAddr,
    /// A name under which it may be called, beside addresses and localhost
    #[arg(long = "allow-host", value_name = "NAME")]
    hosts: Vec<String>,
    /// The folder to build into [default: .samc beside the file]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Processes of each function at most
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    max_processes: usize,
    /// The form of what is shown
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    log: Form,
    /// Let schedules come by themselves; without it they come by `samc local event`
    #[arg(long)]
    clock: bool,
    /// A folder with a folder for each bucket, by logical id: what is put there happens in the bucket
    #[arg(long, value_name = "DIR")]
    watch_folder: Option<PathBuf>,
    /// Where an emulator of DynamoDB has the streams of tables [default: the URL of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_DYNAMODB_STREAMS")]
    streams_url: Option<String>,
    /// The keys of those who issue tokens, as a JSON file (JWKS): signatures of all tokens are checked with them
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Run what is there now, whatever is edited
    #[arg(long)]
    no_watch: bool,
    #[command(flatten)]
    running: Running,
    #[command(flatten)]
    cache: CacheOptions,
    #[command(flatten)]
    common: Common,
}

fn address(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(IpAddr::from([127, 0, 0, 1])),
        _ => text.parse().map_err(|_| "an address looks like 127.0.0.1".to_owned()),
    }
}

/// What the session is told.
pub(super) enum Told {
    /// Files have changed.
    Changed(Vec<PathBuf>),
    /// The user wants it to end.
    End,
}

impl Start {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        // Asked before there are threads, as the system's answer is not safe with them.
        let offset = UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC);
        let style = Style::new(&self.common);
        let cache = self.cache.settings();
        let lint = !self.running.no_lint;
        let opened = Source::open(&self.common, self.spec.as_deref(), self.out_dir.as_deref(), cache, lint);
        let (source, built) = match opened {
            Ok(opened) => opened,
            Err(status) => return status,
        };
        let color = self.common.color(&std::io::stdout());
        let terminal = Terminal::new(self.log, color, self.common.verbose, offset);
        terminal.know(&built.manifest);
        let sink: Arc<dyn Sink> = Arc::clone(&terminal) as _;
        let mut options = match self.running.options(built.manifest.clone(), &built.folder, sink) {
            Ok(options) => options,
            Err(why) => {
                stderr(&format!("error: {why}\n"));
                return 2;
            }
        };
        options.host = self.host;
        options.port = self.port;
        options.hosts.clone_from(&self.hosts);
        options.cap = self.max_processes.max(1);
        options.clock = self.clock;
        options.buckets.clone_from(&self.watch_folder);
        options.streams_url = self.streams_url.clone().or_else(|| options.endpoint_url.clone());
        options.jwks.clone_from(&self.jwks);
        let manifest = options.manifest.clone();
        let runner = match Runner::start(options) {
            Ok(runner) => runner,
            Err(error) => {
                let help = match error {
                    Error::Port { .. } => "  help: --port takes another one, and 0 any that is free\n",
                    Error::Temporary(_) | Error::Runtime(_) | Error::Form(_) | Error::Keys(_) => "",
                };
                stderr(&format!("error: {error}\n{help}"));
                return 2;
            }
        };
        if !self.host.is_loopback() {
            stderr(&format!(
                "warning: whoever reaches {} can call these functions; without --host only this machine does\n",
                self.host
            ));
        }
        terminal.print(&banner::text(&manifest, &runner.listening(), &terminal));
        let session = Session::new(runner, source, built, manifest, style, Arc::clone(&terminal));
        let status = self.follow(session);
        terminal.finish();
        status
    }

    /// Takes over what changes until the end.
    fn follow(&self, mut session: Session) -> u8 {
        let (tell, told) = mpsc::channel();
        let end = tell.clone();
        let ends = session.on_end(move || {
            // Nobody listens any more only when it has ended.
            let _ = end.send(Told::End);
        });
        if let Err(error) = ends {
            stderr(&format!("error: the end cannot be waited for: {error}\n"));
            session.end();
            return 2;
        }
        let mut watcher = None;
        if !self.no_watch {
            let changed = move |paths| drop(tell.send(Told::Changed(paths)));
            match Watcher::new(changed) {
                Ok(new) => watcher = Some(new),
                Err(why) => stderr(&format!("warning: changes are not seen: {why}\n")),
            }
        }
        let look = |watcher: &mut Option<Watcher>, session: &Session| {
            let Some(watcher) = watcher else { return };
            let (mut files, folders) = session.watched();
            files.extend(self.running.env_file().map(std::path::Path::to_owned));
            for fault in watcher.watch(&files, &folders) {
                stderr(&format!("warning: {fault}\n"));
            }
        };
        look(&mut watcher, &session);
        while let Ok(Told::Changed(paths)) = told.recv() {
            let since = Instant::now();
            let mut changes = session.relevant(paths, self.running.env_file());
            if changes.is_empty() {
                continue;
            }
            let mut ended = false;
            let mut quiet = since + QUIET;
            while let Some(left) = quiet.min(since + LONGEST).checked_duration_since(Instant::now()) {
                match told.recv_timeout(left) {
                    Ok(Told::Changed(paths)) => {
                        let more = session.relevant(paths, self.running.env_file());
                        if !more.is_empty() {
                            quiet = Instant::now() + QUIET;
                        }
                        changes.extend(more);
                    }
                    Ok(Told::End) | Err(RecvTimeoutError::Disconnected) => {
                        ended = true;
                        break;
                    }
                    Err(RecvTimeoutError::Timeout) => break,
                }
            }
            if ended {
                break;
            }
            if session.take_over(&changes, since, &self.running) {
                look(&mut watcher, &session);
            }
        }
        session.end();
        0
    }
}
