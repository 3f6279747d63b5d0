//! The scene of the tests: a folder with an application, `samc` in it, and what it prints.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Whether a program is there; tests that need it end otherwise.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        eprintln!("{program} is not on this machine: nothing is tested");
    }
    found
}

/// An application in a folder of its own.
pub(crate) struct Scene {
    folder: TempDir,
}

impl Scene {
    /// A folder with files: their paths and texts.
    pub(crate) fn new(files: &[(&str, &str)]) -> Scene {
        let scene = Scene { folder: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            scene.write(name, text);
        }
        scene
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Starts the application; further arguments go to `samc local start`.
    pub(crate) fn start(&self, arguments: &[&str]) -> Started {
        Started::new(self.path(), arguments)
    }

    /// Runs `samc local` with some input to its end: the exit status, stdout and stderr.
    pub(crate) fn local(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let mut child = samc(self.path())
            .arg("local")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that does not read it may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }
}

fn samc(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samc"));
    command.current_dir(folder).env("NO_COLOR", "1");
    command.env("SAMC_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
    command
}

/// `samc local start` in a folder.
pub(crate) struct Started {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    /// Where it answers: the address and the port.
    pub(crate) url: String,
}

impl Started {
    fn new(folder: &Path, arguments: &[&str]) -> Started {
        let mut child = samc(folder)
            .args(["local", "start", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let lines = Arc::clone(&lines);
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    lines.lock().unwrap().push(line);
                }
            });
        }
        let mut started = Started { child, lines, url: String::new() };
        let banner = started.wait_for("/_samc/");
        let page = banner.split(['"', ' ']).find(|word| word.ends_with("/_samc/")).unwrap();
        started.url = page.trim_start_matches("http://").trim_end_matches("/_samc/").to_owned();
        started
    }

    /// What it has printed.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits for a line with a text.
    pub(crate) fn wait_for(&self, part: &str) -> String {
        let since = Instant::now();
        loop {
            if let Some(line) = self.lines().into_iter().rev().find(|line| line.contains(part)) {
                return line;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "no {part:?} in {:#?}", self.lines());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends a request.
    pub(crate) fn ask(&self, method: &str, path: &str) -> (u16, String) {
        ask(&self.url, method, path)
    }

    /// Asks until the answer begins so.
    pub(crate) fn wait_answer(&self, path: &str, begins: &str) -> String {
        let since = Instant::now();
        loop {
            let (status, answer) = self.ask("GET", path);
            if answer.starts_with(begins) {
                assert_eq!(status, 200);
                return answer;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "{answer}: {:#?}", self.lines());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Ends it and gives its exit status.
    pub(crate) fn end(mut self, signal: &str) -> i32 {
        self.signal(signal);
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request to an address: the status and the body.
pub(crate) fn ask(address: &str, method: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// Whether a process runs.
pub(crate) fn is_alive(pid: &str) -> bool {
    // A process that has ended and is not waited for is no process any more.
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.is_empty() && !state.rsplit(')').next().unwrap().trim_start().starts_with('Z')
}
