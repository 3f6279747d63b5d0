//! An application that runs.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use indexmap::IndexMap;
use samc_schema::manifest::Manifest;

use crate::context::{Answers, Context, Running};
use crate::function::{Functions, Interpreters, LONGEST_FOLDER, NODE, PYTHON};
use crate::http::{Clients, Gateway, Keys, Port, bind};
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
    /// How long a client may take to send headers, to send a body, and to take nothing of an answer.
    pub patience: Duration,
    /// A file with the keys of those who issue tokens, as a set in JSON (JWKS).
    pub jwks: Option<PathBuf>,
    /// Where an emulator of AWS answers, for the functions' SDKs.
    pub endpoint_url: Option<String>,
    /// Environment variables of all functions; they win over those of the manifest.
    pub environment: IndexMap<String, String>,
    /// Processes of a function at most.
    pub cap: usize,
    /// Whether debuggers attach: each function has one process, whose debugger listens on the port of the
    /// manifest.
    pub debug: bool,
    /// The `PATH` on which interpreters are looked for.
    pub path: OsString,
    /// Whether schedules come by themselves; otherwise they come when somebody says so.
    pub clock: bool,
    /// The folder with a folder for each bucket, by logical id: what is put there happens in the bucket.
    pub buckets: Option<PathBuf>,
    /// Where an emulator of DynamoDB has the streams of tables that functions read.
    pub streams_url: Option<String>,
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
            patience: Duration::from_secs(30),
            jwks: None,
            endpoint_url: None,
            environment: IndexMap::new(),
            cap: 10,
            debug: false,
            path: std::env::var_os("PATH").unwrap_or_default(),
            clock: false,
            buckets: None,
            streams_url: None,
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
    /// The file with the keys of those who issue tokens holds none: why.
    Keys(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Port { address, error } if error.kind() == std::io::ErrorKind::AddrInUse => {
                write!(f, "port {} is in use by another program", address.port())
            }
            Error::Port { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Error::Temporary(error) => write!(f, "cannot write temporary files: {error}"),
            Error::Keys(why) => f.write_str(why),
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
    ports: Mutex<Vec<Arc<Port>>>,
    /// Where it listens.
    host: IpAddr,
    /// The port of the first API; 0 for any.
    first: u16,
    clients: Clients,
}

/// An API and where it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// Its logical id; none for a port without one.
    pub api: Option<String>,
    /// Where it answers, such as `http://127.0.0.1:3000`.
    pub url: String,
}

/// What [`Local::replace`] did, by logical id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Functions that are new or another than before.
    pub put: Vec<String>,
    /// Functions that are no more.
    pub removed: Vec<String>,
}

impl Local {
    /// Starts an application. Processes of functions start when they are called.
    pub async fn start(options: Options) -> Result<Local, Error> {
        let (host, first) = (options.host, options.port);
        let clients = Clients { hosts: options.hosts.clone(), patience: options.patience };
        let manifest = options.manifest.clone();
        let settings = Settings {
            clock: options.clock,
            buckets: options.buckets.clone(),
            streams_url: options.streams_url.clone(),
        };
        let functions = functions(options)?;
        let messaging = Messaging::new(&manifest, functions.clone(), settings);
        let local = Local { functions, messaging, ports: Mutex::default(), host, first, clients };
        local.route(&manifest).await?;
        local.messaging.start();
        local.functions.context().runs(Running { manifest, listening: local.listening() });
        Ok(local)
    }

    fn ports(&self) -> MutexGuard<'_, Vec<Arc<Port>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a function in, or in place of the one of the same logical id.
    pub fn put(&self, id: &str, function: samc_schema::manifest::Function) {
        self.functions.put(id, function);
    }

    /// Takes a function out.
    pub fn remove(&self, id: &str) {
        self.functions.remove(id);
    }

    /// Starts the functions anew that have these logical ids, because their code has changed. Calls in their
    /// processes end there.
    pub fn restart(&self, ids: &[String]) {
        let running = self.functions.context().running();
        for id in ids {
            if let Some(function) = running.manifest.functions.get(id) {
                self.functions.put(id, function.clone());
            }
        }
        self.functions.context().records.reloaded();
    }

    /// Waits until no process of these functions is starting. Those of them that did not start.
    pub async fn settled(&self, ids: &[String]) -> Vec<String> {
        let mut failed = Vec::new();
        for id in ids {
            if let Some(pool) = self.functions.pool(id)
                && !pool.settled().await
            {
                failed.push(id.clone());
            }
        }
        failed
    }

    /// Runs another manifest from now on. Functions that are the same as before stay as they are, unless they
    /// are among those whose code has changed; requests and calls in flight end with what they began with.
    pub async fn replace(&self, manifest: Manifest, changed: &[String]) -> Result<Replaced, Error> {
        check_form(&manifest)?;
        let before = self.functions.context().running();
        let is_other = |id: &String, function| {
            before.manifest.functions.get(id) != Some(function) || changed.contains(id)
        };
        let others = manifest.functions.iter().filter(|(id, function)| is_other(id, function));
        let (old, new): (Vec<_>, Vec<_>) =
            others.partition(|(id, _)| before.manifest.functions.contains_key(*id));
        // Routes lead to what is there. Processes that start anew are told where new APIs answer.
        for (id, function) in &new {
            self.functions.put(id, (*function).clone());
        }
        let routed = self.route(&manifest).await;
        for (id, function) in &old {
            self.functions.put(id, (*function).clone());
        }
        let put = manifest.functions.keys().filter(|id| old.iter().chain(&new).any(|(own, _)| own == id));
        let mut replaced = Replaced { put: put.cloned().collect(), ..Replaced::default() };
        self.messaging.replace(&manifest);
        for id in before.manifest.functions.keys() {
            if !manifest.functions.contains_key(id) {
                self.functions.remove(id);
                replaced.removed.push(id.clone());
            }
        }
        self.functions.context().runs(Running { manifest, listening: self.listening() });
        self.functions.context().records.reloaded();
        routed.map(|()| replaced)
    }

    /// Has the ports answer as a manifest says: those of APIs that stay are not closed, new APIs get ports of
    /// their own.
    async fn route(&self, manifest: &Manifest) -> Result<(), Error> {
        let old = std::mem::take(&mut *self.ports());
        let of = |id: &str| old.iter().find(|port| port.gateway().is_some_and(|gateway| gateway.id == id));
        let mut free: Vec<&Arc<Port>> = old
            .iter()
            .filter(|port| port.gateway().is_none_or(|g| !manifest.apis.contains_key(&g.id)))
            .rev()
            .collect();
        let mut ports = Vec::new();
        let mut fault = None;
        let apis: Vec<Option<_>> = match manifest.apis.len() {
            0 => vec![None],
            _ => manifest.apis.iter().map(Some).collect(),
        };
        for api in apis {
            let kept = api.and_then(|(id, _)| of(id)).or_else(|| free.pop()).cloned();
            let port = match kept {
                Some(port) => port,
                None => match self.open(&old, &ports).await {
                    Ok(port) => port,
                    Err(error) => {
                        fault = Some(error);
                        continue;
                    }
                },
            };
            port.set(api.map(|(id, api)| Arc::new(Gateway::new(id, api, self.functions.clone()))));
            ports.push(port);
        }
        for port in free {
            port.close();
        }
        // Processes start when they are called, so that those of the first start are told as well.
        let apis =
            ports.iter().filter_map(|port| Some((port.gateway()?.id.clone(), reachable(port.address))));
        let own_url = ports.first().map(|port| format!("http://{}", reachable(port.address)));
        self.functions.context().answers_at(Answers { own_url, apis: apis.collect() });
        *self.ports() = ports;
        fault.map_or(Ok(()), Err)
    }

    /// Opens the next port that is none of these.
    async fn open(&self, old: &[Arc<Port>], new: &[Arc<Port>]) -> Result<Arc<Port>, Error> {
        let taken = |number: u16| old.iter().chain(new).any(|port| port.address.port() == number);
        let number = match self.first {
            0 => 0,
            first => (first..u16::MAX).find(|number| !taken(*number)).unwrap_or(first),
        };
        let refused = |error| Error::Port { address: SocketAddr::new(self.host, number), error };
        let listener = bind(self.host, number).await.map_err(refused)?;
        Port::open(listener, self.messaging.clone(), self.clients.clone()).map_err(refused)
    }

    /// Where it answers.
    pub fn listening(&self) -> Vec<Listening> {
        let ports = self.ports();
        let urls = ports.iter().map(|port| Listening {
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
        for port in self.ports().iter() {
            port.close();
        }
        self.messaging.end().await;
        self.functions.end().await;
    }
}

/// An address under which this machine reaches what listens.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    address
}

fn check_form(manifest: &Manifest) -> Result<(), Error> {
    match manifest.manifest == samc_schema::manifest::FORM {
        true => Ok(()),
        false => Err(Error::Form(manifest.manifest.clone())),
    }
}

fn functions(options: Options) -> Result<Functions, Error> {
    let Options { manifest, folder, jwks, endpoint_url, environment, cap, debug, path, sink, .. } = options;
    check_form(&manifest)?;
    let keys = Keys::new(jwks).map_err(Error::Keys)?;
    let mut bootstraps = tempfile::Builder::new();
    bootstraps.prefix("samc-local-");
    // Sockets are put there, whose paths must not be long.
    let usual = std::env::temp_dir();
    let bootstraps = match usual.as_os_str().len() > LONGEST_FOLDER {
        true => bootstraps.tempdir_in("/tmp").or_else(|_| bootstraps.tempdir_in(usual)),
        false => bootstraps.tempdir_in(usual),
    };
    let bootstraps = bootstraps.map_err(Error::Temporary)?;
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
        answers: Default::default(),
        environment,
        cap,
        interpreters: Interpreters::new(path),
        bootstraps,
        sink,
        debug,
        running: Default::default(),
        keys,
        connections: Default::default(),
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

/// Calls one function and ends.
pub(crate) async fn invoke(
    options: Options,
    function: &str,
    event: Bytes,
) -> Result<Result<Outcome, Refusal>, Error> {
    let functions = functions(options)?;
    let outcome = match functions.resolve(function) {
        Some(id) => functions.invoke(&id, event).await,
        None => Err(Refusal::Unknown),
    };
    functions.end().await;
    Ok(outcome)
}
