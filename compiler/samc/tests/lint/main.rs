//! `samc lint` as a user meets it: flags of data, configuration, what is allowed, baselines, fixes, policies
//! and the forms of findings.
#![allow(clippy::disallowed_methods, reason = "the tests lay out files and read what was written")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

mod allow;
mod baseline;
mod config;
mod fix;
mod flags;
mod forms;
mod policies;

use std::fs;
use std::path::Path;
use std::process::Command;

/// A folder with files, and runs of samc in it.
struct Folder(tempfile::TempDir);

/// Exit status, stdout and stderr of a run.
struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Folder {
    /// A folder with these files.
    fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs samc with these arguments, which are parted by blanks.
    fn run(&self, arguments: &str) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_samc"))
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .env("SAMC_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
            .output()
            .unwrap();
        let run = Run {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.err.contains("samc has a bug"), "{}", run.err);
        run
    }

    /// The findings of `samc lint` with these arguments: `line code resource`, in their order.
    fn found(&self, arguments: &str) -> Vec<String> {
        let run = self.run(&format!("lint --message-format json {arguments}"));
        assert_ne!(run.status, 2, "{}{}", run.out, run.err);
        run.out
            .lines()
            .map(|line| {
                let finding: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = |key: &str| finding[key].as_str().unwrap_or("").to_owned();
                let line = finding["span"]["line"].as_u64().unwrap_or(0);
                format!("{line} {} {}", text("code"), text("resource")).trim_end().to_owned()
            })
            .collect()
    }
}
