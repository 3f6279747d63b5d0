//! An application that runs.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use indexmap::IndexMap;
use samc_schema::manifest::Manifest;

use crate::context::Context;
use crate::function::{Functions, Interpreters, NODE, PYTHON};
use crate::http::{Gateway, Port, bind};
use crate::invoke::{Invoke, Outcome, Refusal};
use crate::messaging::{Messaging, Settings};
use crate::records::Records;
use crate::sink::{Line, LineKind, Sink};

/// What the user says of a run.
pub struct Options {
    /// What runs.
    pub manifest: Manifest,
    /// The folder that its paths start from.
    pub folder: PathBuf,
    /// Where it listens: only on this machine unless told otherwise.
    pub host: IpAddr,
    /// The port of the first API; further ones follow. 0 for any that are free.
    pub port: u16,
    /// Names under which it may be called, beside addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Where an emulator of AWS answers, for the functions' SDKs.
    pub endpoint_url: Option<String>,
    /// Environment variables of all functions; they win over those of the manifest.
    pub environment: IndexMap<String, String>,
    /// Processes of a function at most.
    pub cap: usize,
    /// The `PATH` on which interpreters are looked for.
    pub path: OsString,
    /// Whether schedules come by themselves; otherwise they come when somebody says so.
    pub clock: bool,
    /// The folder with a folder for each bucket, by logical id: what is put there happens in the bucket.
    pub buckets: Option<PathBuf>,
    /// Who shows lines.
    pub sink: Arc<dyn Sink>,
}

impl Options {
    /// Runs a manifest with the usual settings.
    pub fn new(manifest: Manifest, folder: PathBuf, sink: Arc<dyn Sink>) -> Options {
        Options {
            manifest,
            folder,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 3000,
            hosts: Vec::new(),
            endpoint_url: None,
            environment: IndexMap::new(),
            cap: 10,
            path: std::env::var_os("PATH").unwrap_or_default(),
            clock: false,
            buckets: None,
            sink,
        }
    }
}

/// Why an application does not run.
#[derive(Debug)]
pub enum Error {
    /// The port is taken, or is not one that may be opened.
    Port {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is no place for temporary files.
    Temporary(std::io::Error),
    /// The machinery that runs tasks did not start.
    Runtime(std::io::Error),
    /// The manifest is of another form than this samc knows.
    Form(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Port { address, error } if error.kind() == std::io::ErrorKind::AddrInUse => {
                write!(f, "port {} is in use by another program", address.port())
            }
            Error::Port { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Error::Temporary(error) => write!(f, "cannot write temporary files: {error}"),
            Error::Runtime(error) => write!(f, "cannot start threads: {error}"),
            Error::Form(form) => {
                write!(
                    f,
                    "the manifest is of the form {form:?}; this samc runs {:?}",
                    samc_schema::manifest::FORM
                )
            }
        }
    }
}

impl std::error::Error for Error {}

/// An application that runs. It ends with [`Local::end`].
pub struct Local {
    functions: Functions,
    messaging: Messaging,
    ports: Vec<Arc<Port>>,
}

/// An API and where it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// Its logical id; none for a port without one.
    pub api: Option<String>,
    /// Where it answers, such as `http://127.0.0.1:3000`.
    pub url: String,
}

impl Local {
    /// Puts a function in, or in place of the one of the same logical id.
    pub fn put(&self, id: &str, function: samc_schema::manifest::Function) {
        self.functions.put(id, function);
    }

    /// Takes a function out.
    pub fn remove(&self, id: &str) {
        self.functions.remove(id);
    }

    /// Starts an application. Processes of functions start when they are called.
    pub async fn start(options: Options) -> Result<Local, Error> {
        let Options { manifest, folder, host, port, hosts, endpoint_url, environment, cap, path, .. } =
            options;
        let Options { clock, buckets, sink, .. } = options;
        let functions = functions(&manifest, folder, endpoint_url, environment, cap, path, sink)?;
        let settings = Settings { clock, buckets };
        let messaging = Messaging::new(&manifest, functions.clone(), settings);
        let mut ports = Vec::new();
        let apis: Vec<Option<_>> = match manifest.apis.len() {
            0 => vec![None],
            _ => manifest.apis.iter().map(Some).collect(),
        };
        for (api, offset) in apis.into_iter().zip(0..) {
            let number = if port == 0 { 0 } else { port.saturating_add(offset) };
            let refused = |error| Error::Port { address: SocketAddr::new(host, number), error };
            let listener = bind(host, number).await.map_err(refused)?;
            let opened = Port::open(listener, messaging.clone(), hosts.clone()).map_err(refused)?;
            opened.set(api.map(|(id, api)| Arc::new(Gateway::new(id, api, functions.clone()))));
            ports.push(opened);
        }
        messaging.start();
        Ok(Local { functions, messaging, ports })
    }

    /// Where it answers.
    pub fn listening(&self) -> Vec<Listening> {
        let urls = self.ports.iter().map(|port| Listening {
            api: port.gateway().map(|gateway| gateway.id.clone()),
            url: format!("http://{}", port.address),
        });
        urls.collect()
    }

    /// Its functions.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Its queues, topics, buses, schedules, buckets and streams.
    pub fn messaging(&self) -> &Messaging {
        &self.messaging
    }

    /// Ends it: no port answers any more, no process is left.
    pub async fn end(self) {
        for port in &self.ports {
            port.close();
        }
        self.messaging.end().await;
        self.functions.end().await;
    }
}

fn functions(
    manifest: &Manifest,
    folder: PathBuf,
    endpoint_url: Option<String>,
    environment: IndexMap<String, String>,
    cap: usize,
    path: OsString,
    sink: Arc<dyn Sink>,
) -> Result<Functions, Error> {
    if manifest.manifest != samc_schema::manifest::FORM {
        return Err(Error::Form(manifest.manifest.clone()));
    }
    let bootstraps = tempfile::Builder::new().prefix("samc-local-").tempdir().map_err(Error::Temporary)?;
    for (name, text) in [PYTHON, NODE] {
        std::fs::write(bootstraps.path().join(name), text).map_err(Error::Temporary)?;
    }
    // Processes run in folders of their own, from where a relative path leads elsewhere.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let context = Arc::new(Context {
        folder,
        region: manifest.region.clone(),
        account: manifest.account.clone(),
        endpoint_url,
        environment,
        cap,
        interpreters: Interpreters::new(path),
        bootstraps,
        sink,
        records: Records::default(),
    });
    let functions = Functions::new(context);
    for (id, function) in &manifest.functions {
        let pool = functions.put(id, function.clone());
        let text = match &pool.launch {
            Ok(launch) => launch.note.as_ref(),
            Err(why) => Some(why),
        };
        if let Some(text) = text {
            functions.context().sink.line(Line {
                kind: LineKind::Notice,
                function: Some(id),
                request_id: "",
                text,
            });
        }
    }
    Ok(functions)
}

/// Calls one function and ends: what `samc local invoke` does.
pub async fn invoke(
    options: Options,
    function: &str,
    event: Bytes,
) -> Result<Result<Outcome, Refusal>, Error> {
    let Options { manifest, folder, endpoint_url, environment, cap, path, sink, .. } = options;
    let functions = functions(&manifest, folder, endpoint_url, environment, cap, path, sink)?;
    let outcome = match functions.resolve(function) {
        Some(id) => functions.invoke(&id, event).await,
        None => Err(Refusal::Unknown),
    };
    functions.end().await;
    Ok(outcome)
}
