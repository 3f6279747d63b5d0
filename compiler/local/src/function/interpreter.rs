//! Which program runs a function on this machine.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use samc_schema::manifest::Function;

/// What runs a function: a program, its arguments, and what the user should know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch {
    /// The program.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// The version of Python that runs it, such as `3.13`, for the folders of its packages in layers.
    pub(crate) python: Option<String>,
    /// Whether it runs a bootstrap that is part of samc.
    pub(crate) own: bool,
    /// What differs from Lambda.
    pub(crate) note: Option<String>,
}

/// Finds programs, each once.
#[derive(Debug, Default)]
pub(crate) struct Interpreters {
    /// The `PATH` to look in.
    path: OsString,
    /// What a program answered when it was asked for its version: where it lies and which it is.
    asked: Mutex<HashMap<String, Option<(PathBuf, String)>>>,
    /// The Pythons that were asked whether they have a debugger.
    debuggers: Mutex<HashMap<PathBuf, bool>>,
}

impl Interpreters {
    /// Looks on a path such as that of the environment.
    pub(crate) fn new(path: OsString) -> Interpreters {
        Interpreters { path, ..Interpreters::default() }
    }

    /// What runs a function, or why nothing does.
    pub(crate) fn launch(
        &self,
        function: &Function,
        root: Option<&Path>,
        layers: &[PathBuf],
        bootstraps: &Path,
        debug: bool,
    ) -> Result<Launch, String> {
        let port = function.debug_port.filter(|_| debug);
        if let Some(image) = &function.image {
            return Err(format!(
                "its code is the image {image}, and images do not run here; compose.yaml of the local target runs it with docker"
            ));
        }
        let Some(root) = root else {
            return Err("where its code lies on this machine is not known".to_owned());
        };
        if !root.exists() {
            return Err(format!("its code is not there: {}", root.display()));
        }
        let runtime = function.runtime.as_deref().unwrap_or("");
        let handler = function.handler.as_deref().unwrap_or("");
        if let Some(version) = runtime.strip_prefix("python") {
            self.python(version, handler, root, layers, bootstraps, port)
        } else if let Some(version) = runtime.strip_prefix("nodejs") {
            self.node(version, handler, root, bootstraps, port)
        } else if runtime == "go1.x" && root.join(handler).is_file() {
            // Programs in Go had the name that the handler gives; what they are built with speaks the Runtime API.
            own_program(root.join(handler))
        } else if runtime.starts_with("provided") || runtime == "go1.x" {
            bootstrap(runtime, handler, root, layers)
        } else {
            Err(format!(
                "functions of {runtime} do not run here; compose.yaml of the local target runs them with docker"
            ))
        }
    }

    fn python(
        &self,
        version: &str,
        handler: &str,
        root: &Path,
        layers: &[PathBuf],
        bootstraps: &Path,
        port: Option<u16>,
    ) -> Result<Launch, String> {
        const ASK: &str = "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])";
        let found = self.ask(&format!("python{version}"), &["-c", ASK]);
        let (program, has) = match found
            .or_else(|| self.ask("python3", &["-c", ASK]))
            .or_else(|| self.ask("python", &["-c", ASK]))
        {
            Some(found) => found,
            None => {
                return Err(format!("there is no Python on the PATH: neither python{version} nor python3"));
            }
        };
        let mut note = (has != version)
            .then(|| format!("runs with Python {has}, as there is no Python {version} on the PATH"));
        let client = std::iter::once(root.to_owned())
            .chain(layers.iter().map(|layer| layer.join("python")))
            .any(|folder| folder.join("awslambdaric/__main__.py").is_file());
        let mut arguments = if client {
            vec!["-m".into(), "awslambdaric".into(), handler.into()]
        } else {
            vec![bootstraps.join(PYTHON.0).into()]
        };
        if let Some(port) = port {
            match self.has_debugger(&program) {
                true => {
                    let listen = format!("127.0.0.1:{port}");
                    let mut all: Vec<OsString> =
                        ["-Xfrozen_modules=off", "-m", "debugpy", "--listen"].map(OsString::from).into();
                    all.push(listen.into());
                    all.append(&mut arguments);
                    arguments = all;
                }
                false => {
                    let text = format!(
                        "no debugger can attach: {} has no debugpy; `{0} -m pip install debugpy` brings it",
                        program.display()
                    );
                    note = Some(note.map_or(text.clone(), |note| format!("{note}; {text}")));
                }
            }
        }
        Ok(Launch { program, arguments, python: Some(has), own: !client, note })
    }

    fn node(
        &self,
        version: &str,
        handler: &str,
        root: &Path,
        bootstraps: &Path,
        port: Option<u16>,
    ) -> Result<Launch, String> {
        const ASK: &str = "console.log(process.execPath); console.log(process.versions.node.split('.')[0])";
        let Some((program, has)) =
            self.ask("node", &["-e", ASK]).or_else(|| self.ask("nodejs", &["-e", ASK]))
        else {
            return Err("there is no Node on the PATH: no program node".to_owned());
        };
        let wanted = version.trim_end_matches(".x");
        let note =
            (has != wanted).then(|| format!("runs with Node {has}, as node on the PATH is not {wanted}"));
        let client = root.join("node_modules/aws-lambda-ric/bin/index.mjs");
        let own = !client.is_file();
        let mut arguments = match own {
            true => vec![bootstraps.join(NODE.0).into()],
            false => vec![client.into(), handler.into()],
        };
        if let Some(port) = port {
            arguments.insert(0, format!("--inspect=127.0.0.1:{port}").into());
        }
        Ok(Launch { program, arguments, python: None, own, note })
    }

    /// Whether a Python has the debugger that editors attach to.
    fn has_debugger(&self, program: &Path) -> bool {
        let mut asked = self.debuggers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *asked.entry(program.to_owned()).or_insert_with(|| {
            let mut command = Command::new(program);
            command.args(["-c", "import debugpy"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
    }

    /// Asks a program, once, where it lies and which version it is. Version managers put scripts on the
    /// path that refuse to run or that choose the program by the folder; what lies behind is wanted.
    fn ask(&self, name: &str, arguments: &[&str]) -> Option<(PathBuf, String)> {
        let mut asked = self.asked.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(known) = asked.get(name) {
            return known.clone();
        }
        let answer = self.find(name).and_then(|program| {
            let output = Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .output()
                .ok()?;
            let text = String::from_utf8(output.stdout).ok()?;
            let mut lines = text.lines();
            let program = PathBuf::from(lines.next()?);
            let version = lines.next()?.to_owned();
            (output.status.success() && program.is_absolute()).then_some((program, version))
        });
        asked.insert(name.to_owned(), answer.clone());
        answer
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path).map(|folder| folder.join(name)).find(|path| is_program(path))
    }
}

/// The programs that are part of samc, by file name.
pub(crate) const PYTHON: (&str, &str) = ("bootstrap.py", include_str!("../bootstrap/bootstrap.py"));
/// That of Node.
pub(crate) const NODE: (&str, &str) = ("bootstrap.mjs", include_str!("../bootstrap/bootstrap.mjs"));

/// A program of the function's own that speaks the Runtime API.
fn bootstrap(runtime: &str, handler: &str, root: &Path, layers: &[PathBuf]) -> Result<Launch, String> {
    let folders = std::iter::once(root).chain(layers.iter().rev().map(PathBuf::as_path));
    let mut refused = None;
    for folder in folders {
        let program = folder.join("bootstrap");
        if program.exists() {
            match own_program(program) {
                Ok(launch) => return Ok(launch),
                Err(why) => refused = refused.or(Some(why)),
            }
        }
    }
    let name = if runtime == "go1.x" { handler } else { "bootstrap" };
    let build = "build it first, for Linux";
    Err(refused.unwrap_or_else(|| {
        format!("{runtime} runs a program called {name}, and there is none in {}: {build}", root.display())
    }))
}

/// A program that lies there, if it may be executed.
fn own_program(program: PathBuf) -> Result<Launch, String> {
    if !is_program(&program) {
        return Err(format!("{} may not be executed: chmod +x helps", program.display()));
    }
    Ok(Launch { program, arguments: Vec::new(), python: None, own: false, note: None })
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
