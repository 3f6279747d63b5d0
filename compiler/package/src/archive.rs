//! Archives that somebody else made, files that are no code, and digests for the front ends.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use samc_ir::LeftOut;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::build::Options;
use crate::cache::{Cache, Kind};
use crate::contents::Contents;
use crate::fault::Fault;
use crate::pack::{self, Archive, Looked};
use crate::recipe::Recipe;
use crate::source::{self, Source, key_of};
use crate::unpack::in_words;
use crate::walk::{Member, reason};

/// Takes a file as it is. The unzipped size is read from its directory if it is an archive.
pub(crate) fn ready(
    member: &Member,
    at: i64,
    is_archive: bool,
    cache: Option<&Cache>,
) -> Result<Archive, Fault> {
    let key = key_of(&member.path, "ready", &LeftOut::default());
    let members = std::slice::from_ref(member);
    let content = pack::digest(Looked { members, at, key: Some(&key) }, cache)?;
    let facts = format!("{}-{content}", if is_archive { "archive" } else { "file" });
    let contents = Contents::File { path: member.path.clone(), size: member.bytes };
    let known = cache.and_then(|cache| String::from_utf8(cache.read(Kind::Facts, &facts)?).ok());
    let known = known.as_deref().and_then(|text| text.strip_suffix('\n')?.split_once(' '));
    if let Some((unzipped, sha256)) = known
        && let Ok(unzipped) = unzipped.parse()
    {
        return Ok(Archive { contents, content, sha256: sha256.to_owned(), unzipped });
    }
    let unzipped = if is_archive { unzipped_size(member)? } else { member.bytes };
    let sha256 = sha256(&member.path)
        .map_err(|error| Fault::Unreadable { name: member.name.clone(), why: reason(&error) })?;
    if let Some(cache) = cache {
        cache.write(Kind::Facts, &facts, format!("{unzipped} {sha256}\n").as_bytes());
    }
    Ok(Archive { contents, content, sha256, unzipped })
}

fn unzipped_size(member: &Member) -> Result<u64, Fault> {
    let broken = |why: String| Fault::Unreadable { name: member.name.clone(), why };
    let no_zip = |e: zip::result::ZipError| Fault::NoArchive { why: in_words(&member.path, &e.into()) };
    let file = File::open(&member.path).map_err(|e| broken(reason(&e)))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(no_zip)?;
    if archive.is_empty() {
        return Err(Fault::Empty);
    }
    let mut sum = 0u64;
    for index in 0..archive.len() {
        sum = sum.saturating_add(archive.by_index_raw(index).map_err(no_zip)?.size());
    }
    Ok(sum)
}

/// SHA-256 of a file in hex.
fn sha256(path: &Path) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let (mut file, mut buffer) = (File::open(path)?, vec![0; 1 << 18]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    Ok(hex(&digest.finalize()))
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest in hex of a file or folder, as packaging would see it: names, modes and contents, the
/// excluded files and `left_out` aside. None where there is nothing that could be
/// packed.
pub fn fingerprint(path: &str, left_out: &LeftOut, options: &Options) -> Option<String> {
    let path = options.root.join(path);
    let cache = options.open_cache();
    let recipe = Recipe { left_out: left_out.clone(), ..Recipe::default() };
    let source = source::of_path(&path, &recipe, &options.around(cache.as_ref())).ok()?;
    let key = source.key.clone();
    let members = match &source.source {
        Source::Files(members, _) => members.as_slice(),
        Source::Ready(member) => std::slice::from_ref(member),
        Source::Stored(archive) => return Some(archive.content.clone()),
    };
    pack::digest(Looked { members, at: source.at, key: key.as_deref() }, cache.as_ref()).ok()
}
