//! An application that runs on threads of its own, for programs that know no tasks.

use std::time::Duration;

use bytes::Bytes;
use samc_schema::manifest::Manifest;
use tokio::runtime::{Builder, Runtime};

use crate::invoke::{Outcome, Refusal};
use crate::local::{self, Error, Listening, Local, Options, Replaced};

/// What the last tasks may take when an application ends.
const GRACE: Duration = Duration::from_millis(500);

/// An application that runs on threads of its own. It ends with [`Runner::end`].
pub struct Runner {
    runtime: Runtime,
    local: Local,
}

/// One thread does all that is done for calls, and gives its place to another while it does something large (`aside`).
/// What a call takes here is microseconds; with a second thread each would be handed from one to the other, which costs
/// as much again, and the processes of functions need the other processors.
fn runtime() -> Result<Runtime, Error> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().thread_name("samc-local").build().map_err(Error::Runtime)
}

impl Runner {
    /// Starts an application. Processes of functions start when they are called.
    pub fn start(options: Options) -> Result<Runner, Error> {
        allow_many_files();
        let runtime = runtime()?;
        let local = runtime.block_on(Local::start(options))?;
        Ok(Runner { runtime, local })
    }

    /// Where it answers.
    pub fn listening(&self) -> Vec<Listening> {
        self.local.listening()
    }

    /// Starts the functions of these logical ids anew and waits until the processes that take over can be
    /// used. Those that did not start.
    pub fn restart(&self, ids: &[String]) -> Vec<String> {
        self.runtime.block_on(async {
            self.local.restart(ids);
            self.local.settled(ids).await
        })
    }

    /// Runs another manifest from now on, as [`Local::replace`] does, and waits until the processes that take
    /// over can be used: what it did, and which functions did not start.
    pub fn replace(&self, manifest: Manifest, changed: &[String]) -> Result<(Replaced, Vec<String>), Error> {
        self.runtime.block_on(async {
            let replaced = self.local.replace(manifest, changed).await?;
            let failed = self.local.settled(&replaced.put).await;
            Ok((replaced, failed))
        })
    }

    /// Calls back once the user or the system asks the program to end: by SIGINT, SIGTERM or SIGHUP. From then
    /// on they do not end it by themselves.
    pub fn on_end(&self, tell: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let _entered = self.runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        self.runtime.spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            tell();
        });
        Ok(())
    }

    /// Ends it: no port answers any more, no process is left.
    pub fn end(self) {
        self.runtime.block_on(self.local.end());
        self.runtime.shutdown_timeout(GRACE);
    }
}

/// Open files that are enough for every port.
const FILES: u64 = 65_536;

/// Calls one function and ends: what `samc local invoke` does.
pub fn invoke_once(
    options: Options,
    function: &str,
    event: Bytes,
) -> Result<Result<Outcome, Refusal>, Error> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(local::invoke(options, function, event));
    runtime.shutdown_timeout(GRACE);
    outcome
}

/// Many clients need many open files: as many as the system lets this user have, not as few as it begins with.
fn allow_many_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(limit.maximum.map_or(FILES, |maximum| maximum.min(FILES)));
    // Without it fewer clients are served at once.
    let _ = setrlimit(Resource::Nofile, limit);
}
