//! The arguments of `cargo xtask oracle`.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Failure;

const USAGE: &str = "usage: cargo xtask oracle sam [--count N] [--seed S] [--first I] [--keep DIR] [--jobs J] \
                     [--python PATH] [--reasons yes] [--min-equal PERCENT]";

/// What to run.
pub(super) struct Arguments {
    /// How many templates.
    pub(super) count: u64,
    /// What they are drawn with; a fresh one where none is given.
    pub(super) seed: u64,
    /// The number of the first template, to see one of a run again.
    pub(super) first: u64,
    /// Where differences are kept as cases; without it they are only counted.
    pub(super) keep: Option<PathBuf>,
    /// Translators side by side.
    pub(super) jobs: usize,
    /// The Python that has the translator.
    pub(super) python: PathBuf,
    /// Whether to tell why the translator refused templates.
    pub(super) reasons: bool,
    /// The share of templates that must come out equal, in percent.
    pub(super) min_equal: f64,
}

impl Arguments {
    /// Reads `sam --count 300 ...`.
    pub(super) fn read(arguments: &[String]) -> Result<Self, Failure> {
        let [dialect, rest @ ..] = arguments else { return Err(USAGE.into()) };
        if dialect != "sam" {
            return Err(USAGE.into());
        }
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut read = Arguments {
            count: 300,
            seed: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
            first: 0,
            keep: None,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            python: root.join("target/oracles/bin/python"),
            reasons: false,
            min_equal: 100.0,
        };
        for pair in rest.chunks(2) {
            let [name, value] = pair else { return Err(USAGE.into()) };
            match name.as_str() {
                "--count" => read.count = value.parse()?,
                "--seed" => read.seed = value.parse()?,
                "--first" => read.first = value.parse()?,
                "--keep" => read.keep = Some(PathBuf::from(value)),
                "--jobs" => read.jobs = value.parse::<usize>()?.max(1),
                "--python" => read.python = PathBuf::from(value),
                "--min-equal" => read.min_equal = value.parse()?,
                "--reasons" => read.reasons = value == "yes",
                _ => return Err(USAGE.into()),
            }
        }
        Ok(read)
    }
}
