//! Running an application on the developer's own machine: `samc local`.
//!
//! What runs is a manifest ([`samc_schema::manifest`]): functions as processes that speak Lambda's
//! Runtime API, APIs as servers, queues, topics and buses in memory. This crate stands on the
//! machine's side of the house, as packaging does.
#![allow(clippy::disallowed_methods, reason = "processes, ports and the clock are what running is about")]

mod aside;
mod cause;
pub mod clock;
mod context;
pub mod events;
mod function;
mod http;
pub mod ids;
pub mod invoke;
mod local;
pub mod messaging;
mod pattern;
mod records;
mod runner;
pub mod sink;

pub use function::Functions;
pub use local::{Error, Listening, Local, Options, Replaced};
pub use messaging::Messaging;
pub use records::Record;
pub use runner::{Runner, invoke_once};
