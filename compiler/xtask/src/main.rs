//! Maintenance commands of the repository: `cargo xtask COMMAND`.

// This crate is the machine's side: reading packages and writing tables is all it does.
#![allow(clippy::disallowed_methods)]

mod data;
mod oracle;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.first().map(String::as_str) {
        Some("data") => data::run(&arguments[1..]),
        Some("oracle") => oracle::run(&arguments[1..]),
        _ => {
            Err("commands: data [--site-packages DIR | --osls DIR], oracle sam [--count N] [--seed S]".into())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Why a command could not be done.
type Failure = Box<dyn std::error::Error>;

/// Writes a line for the person at the terminal.
#[allow(clippy::print_stderr)]
fn report(line: &str) {
    eprintln!("{line}");
}
