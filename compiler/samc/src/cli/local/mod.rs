//! `samc local`: running an application on this machine.

mod banner;
mod build;
mod environment;
mod event;
mod invoke;
mod options;
mod reload;
mod start;
mod terminal;

use clap::{Args, Subcommand};

/// Run an application on this machine.
#[derive(Debug, Args)]
pub(super) struct Local {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build an application and run it until it is stopped; what is edited is taken over
    Start(Box<start::Start>),
    /// Call one function and print its answer
    Invoke(Box<invoke::Invoke>),
    /// Have something happen in an application that runs, or make an event
    Event(event::Event),
}

impl Local {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        match self.command {
            Command::Start(command) => command.run(),
            Command::Invoke(command) => command.run(),
            Command::Event(command) => command.run(),
        }
    }
}
