//! The bytes of an artifact: in memory, or in a file that holds nothing else.

use std::fs::File;
use std::io::{Read, Result, Write};
use std::path::{Path, PathBuf};

/// The bytes of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a file: of the cache, or an archive that was there already.
    File {
        /// Where.
        path: PathBuf,
        /// How many bytes it has.
        size: u64,
    },
}

/// How much is read at a time.
const BLOCK: usize = 1 << 18;

impl Contents {
    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        match self {
            Contents::Bytes(bytes) => bytes.len() as u64,
            Contents::File { size, .. } => *size,
        }
    }

    /// All bytes.
    pub fn read(&self) -> Result<Vec<u8>> {
        match self {
            Contents::Bytes(bytes) => Ok(bytes.clone()),
            Contents::File { path, .. } => std::fs::read(path),
        }
    }

    /// Writes all bytes.
    pub fn write_to(&self, to: &mut File) -> Result<()> {
        match self {
            Contents::Bytes(bytes) => to.write_all(bytes),
            // The system copies without a way through this process, or shares the blocks.
            Contents::File { path, .. } => std::io::copy(&mut File::open(path)?, to).map(|_| ()),
        }
    }

    /// Whether a file has these bytes.
    pub fn is_in(&self, path: &Path) -> bool {
        let has_size = std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() == self.size());
        has_size
            && match self {
                Contents::Bytes(bytes) => std::fs::read(path).is_ok_and(|there| there == *bytes),
                Contents::File { path: own, .. } => are_same(own, path).unwrap_or(false),
            }
    }
}

impl From<Vec<u8>> for Contents {
    fn from(bytes: Vec<u8>) -> Self {
        Contents::Bytes(bytes)
    }
}

fn are_same(a: &Path, b: &Path) -> Result<bool> {
    let (mut a, mut b) = (File::open(a)?, File::open(b)?);
    let (mut left, mut right) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let read = a.read(&mut left)?;
        if read == 0 {
            return Ok(b.read(&mut right[..1])? == 0);
        }
        if b.read_exact(&mut right[..read]).is_err() || left[..read] != right[..read] {
            return Ok(false);
        }
    }
}
