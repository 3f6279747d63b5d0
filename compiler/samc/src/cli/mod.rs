//! The command line: arguments, streams and exit status.

mod build;
mod cache;
mod import;
mod init;
mod lint;
mod local;
mod options;
mod report;
mod show;

use std::io::Write;

use clap::{Parser, Subcommand};

/// A compiler for serverless applications.
#[derive(Debug, Parser)]
#[command(name = "samc", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check an application and write what deploys it
    Build(build::Build),
    /// Check an application and write nothing
    Lint(lint::Lint),
    /// Remove the cache of packed code
    Clean(cache::Clean),
    /// Run an application on this machine
    Local(local::Local),
    /// Begin an application
    Init(init::Init),
    /// Write a template anew, as app.yaml or as a SAM template
    Import(import::Import),
    /// Report on an application
    Report(report::Report),
    /// Print the JSON Schema of app.yaml, of samc.yaml, of findings, or of the local manifest
    Schema(show::Schema),
    /// Say more about a code such as E102, or a component such as app.yaml#functions.create
    Explain(show::Explain),
    /// List every code and rule
    Rules(show::Rules),
}

/// Runs the command; the exit status.
pub(crate) fn run() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for; the rest is misuse, and says so on stderr.
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    match cli.command {
        Command::Build(command) => command.run(),
        Command::Lint(command) => command.run(),
        Command::Clean(command) => command.run(),
        Command::Local(command) => command.run(),
        Command::Init(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Schema(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Rules(command) => command.run(),
    }
}

/// Writes to stdout; the exit status. A reader that has gone away, as `head` does, is no error.
pub(crate) fn stdout(text: &str) -> u8 {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => 0,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            stderr(&format!(
                "error[{}]: stdout cannot be written: {error}\n",
                samc_base::codes::CANNOT_WRITE
            ));
            2
        }
    }
}

/// Writes to stderr.
pub(crate) fn stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
