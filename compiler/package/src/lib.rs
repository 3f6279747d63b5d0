//! From local code to artifacts: which files belong to a folder, one zip archive for each distinct
//! content, its name and size, and the places in the graph that point at it.
//!
//! This crate reads files, so it stands on the machine's side of the house; what it writes is a cache that
//! every build may do without. The
//! bytes it gives depend on names, modes and contents alone: no clock, no owner, no order of a disk.
#![allow(clippy::disallowed_methods, reason = "reading code from disk is what packaging is for")]

mod archive;
mod build;
mod cache;
mod checks;
mod contents;
mod development;
mod fault;
mod filter;
mod findings;
mod index;
mod machine;
mod methods;
mod pack;
mod package_json;
mod parallel;
mod recipe;
mod report;
mod sizes;
mod source;
mod stamp;
mod tree;
mod unpack;
mod uses;
mod walk;
mod writer;

pub use archive::fingerprint;
pub use build::{Options, Packaged, PackagedArtifact, build, check, localize};
pub use cache::{CACHE_LIMIT, CacheSettings, clean};
pub use checks::RULES;
pub use contents::Contents;
pub use development::Developments;
pub use report::{ArtifactSizes, Branch, FileSize, sizes};
pub use sizes::max_unzipped_bytes;
pub use tree::{Tree, TreeFile, trees};
