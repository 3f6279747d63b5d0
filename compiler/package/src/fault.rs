//! What can be wrong with code on disk, as facts; `build` turns them into findings.

use samc_base::{Code, codes};

/// One fault of a path that a resource names. Paths in it are relative to the folder of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is there.
    Missing,
    /// A folder without a single file that would be packed.
    Empty,
    /// A folder where only a file can stand.
    Folder,
    /// A symbolic link that leads out of the folder.
    LinkOutside { link: String, target: String },
    /// A symbolic link that leads nowhere, or to a folder that holds it.
    BrokenLink { link: String },
    /// More files than any code has, or links to folders that lead to each other.
    TooMany { files: usize, links: usize },
    /// A file that cannot be read, with what the system says about it.
    Unreadable { name: String, why: String },
    /// A file where an archive must be, and which is none, with what is wrong with it.
    NoArchive { why: String },
    /// A name that is not Unicode, shown as well as it can be.
    OddName { name: String },
    /// A pipe, a socket or a device.
    Special { name: String },
    /// A command that builds the code and fails, with the end of what it said.
    Build { command: String, why: String, output: String },
    /// Code that cannot be built on this machine, or as it is described.
    NotBuilt { what: String, help: String },
    /// A pattern of what is left out that is none.
    Pattern { pattern: String },
    /// More bytes than Lambda unpacks, with what weighs most.
    TooLarge { bytes: u64, heaviest: Option<String> },
}

impl Fault {
    /// The code users see.
    pub(crate) fn code(&self) -> Code {
        match self {
            Fault::Missing => codes::CODE_MISSING,
            Fault::Empty => codes::CODE_EMPTY,
            Fault::Folder => codes::CODE_NOT_A_FILE,
            Fault::LinkOutside { .. } | Fault::BrokenLink { .. } | Fault::TooMany { .. } => codes::CODE_LINK,
            Fault::Unreadable { .. }
            | Fault::NoArchive { .. }
            | Fault::OddName { .. }
            | Fault::Special { .. } => codes::CODE_UNREADABLE,
            Fault::Build { .. } | Fault::NotBuilt { .. } | Fault::Pattern { .. } => codes::CODE_BUILD,
            Fault::TooLarge { .. } => codes::ARTEFACT_SIZE,
        }
    }
}
