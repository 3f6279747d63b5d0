//! Archives and digests: the same names, modes and contents give the same bytes, on every machine.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::fault::Fault;
use crate::walk::{Code, Leave, Member, collect, reason};

/// An archive in memory.
#[derive(Debug)]
pub(crate) struct Archive {
    /// The whole file.
    pub(crate) bytes: Vec<u8>,
    /// Digest in hex of names, modes and contents. It stays the same when a later version of the
    /// compressor gives other bytes for the same content.
    pub(crate) content: String,
    /// Sum of the sizes of the files in it.
    pub(crate) unzipped: u64,
}

/// Reads members once, and gives their archive and their digest.
pub(crate) fn zip(members: &[Member]) -> Result<Archive, Fault> {
    let mut digest = Digest::default();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut unzipped = 0;
    for member in members {
        let contents = read(member)?;
        digest.add(member, &contents);
        unzipped += contents.len() as u64;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(if member.executable { 0o755 } else { 0o644 });
        let failed = |why: String| Fault::Unreadable { name: member.name.clone(), why };
        writer.start_file(member.name.as_str(), options).map_err(|e| failed(e.to_string()))?;
        writer.write_all(&contents).map_err(|e| failed(e.to_string()))?;
    }
    match writer.finish() {
        Ok(bytes) => Ok(Archive { bytes: bytes.into_inner(), content: digest.finish(), unzipped }),
        Err(error) => Err(Fault::Unreadable { name: ".".to_owned(), why: error.to_string() }),
    }
}

/// Takes a file as it is. The unzipped size is read from its directory if it is an archive.
pub(crate) fn ready(member: &Member, is_archive: bool) -> Result<Archive, Fault> {
    let bytes = read(member)?;
    let mut digest = Digest::default();
    digest.add(member, &bytes);
    let unzipped = if is_archive { unzipped_size(&bytes, member)? } else { bytes.len() as u64 };
    Ok(Archive { bytes, content: digest.finish(), unzipped })
}

fn unzipped_size(bytes: &[u8], member: &Member) -> Result<u64, Fault> {
    let broken = |e: zip::result::ZipError| Fault::Unreadable {
        name: member.name.clone(),
        why: format!("it is no zip archive: {e}"),
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.is_empty() {
        return Err(Fault::Empty);
    }
    let mut sum = 0u64;
    for index in 0..archive.len() {
        sum = sum.saturating_add(archive.by_index_raw(index).map_err(broken)?.size());
    }
    Ok(sum)
}

/// The digest in hex of a file or folder, as packaging would see it: names, modes and contents, the
/// excluded files left out. None where there is nothing that could be packed.
pub fn fingerprint(path: &Path, excluded: &[PathBuf]) -> Option<String> {
    let leave = Leave { paths: excluded, ..Leave::default() };
    let members = match collect(path, leave).ok()? {
        Code::Members(members) => members,
        Code::Ready(member) => vec![member],
    };
    let mut digest = Digest::default();
    for member in &members {
        digest.add(member, &read(member).ok()?);
    }
    Some(digest.finish())
}

fn read(member: &Member) -> Result<Vec<u8>, Fault> {
    if let Some(link) = &member.link {
        return Ok(link.clone().into_bytes());
    }
    std::fs::read(&member.path)
        .map_err(|error| Fault::Unreadable { name: member.name.clone(), why: reason(&error) })
}

/// BLAKE3 over the members in order. Lengths stand before what they measure, so that no two lists
/// of members run together to the same stream.
#[derive(Default)]
struct Digest(blake3::Hasher);

impl Digest {
    fn add(&mut self, member: &Member, contents: &[u8]) {
        self.0.update(&(member.name.len() as u64).to_le_bytes());
        self.0.update(member.name.as_bytes());
        self.0.update(&[u8::from(member.executable)]);
        self.0.update(&(contents.len() as u64).to_le_bytes());
        self.0.update(contents);
    }

    fn finish(self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}
