//! Why something was not taken.

use std::fmt;

/// Why something was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is nothing of this name.
    Unknown {
        /// What it should be, such as `queue`.
        kind: &'static str,
        /// The name that was given.
        name: String,
    },
    /// The queue holds as much as it may.
    Full {
        /// The queue.
        queue: String,
        /// What it holds, in words.
        holds: String,
    },
    /// It is larger than the service takes.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The service would refuse it: in its words or ours.
    Invalid(String),
    /// What it would start does not run here: why.
    CannotRun(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Unknown { kind, name } => write!(f, "there is no {kind} {name:?} in this application"),
            Refused::Full { queue, holds } => {
                write!(f, "queue {queue} is full: it holds {holds}; receive or purge some of its messages")
            }
            Refused::TooLarge { bytes, limit } => {
                write!(f, "it has {bytes} bytes, and {limit} are the most the service takes")
            }
            Refused::Invalid(why) | Refused::CannotRun(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Refused {}
