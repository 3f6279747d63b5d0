//! Files to an archive. What was packed before and has not changed is not read again, and what has
//! changed alone is compressed again.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use rustc_hash::FxHashMap;

use crate::cache::{Cache, Kind};
use crate::contents::Contents;
use crate::fault::Fault;
use crate::index::{Entry, Hash, Index, Places};
use crate::parallel;
use crate::walk::{Member, reason};
use crate::writer::{self, Packed, Writer};

/// The level of compression that zip programs take by themselves.
const LEVEL: u32 = 6;
/// What deflate adds at the most where nothing compresses: a header for each block that is stored as it is. Blocks are
/// those of the smallest buffer that zlib has; the rest is what begins and ends a stream.
const STORED_BLOCK: usize = 127;
const BLOCK_HEADER: usize = 5;
const ENDS: usize = 32;
/// How often packing begins anew where files change while they are packed.
const ATTEMPTS: usize = 3;

/// What is known of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Archive {
    /// The bytes, or where they are.
    pub(crate) contents: Contents,
    /// Digest in hex of names, modes and contents. It stays the same when a later version of the
    /// compressor gives other bytes for the same content.
    pub(crate) content: String,
    /// SHA-256 of the archive in hex.
    pub(crate) sha256: String,
    /// Sum of the sizes of the files in it.
    pub(crate) unzipped: u64,
}

/// Members with the time at which the look at them began, and the key they are remembered under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked<'a> {
    pub(crate) members: &'a [Member],
    pub(crate) at: i64,
    /// None for files that are there once only, in a scratch folder.
    pub(crate) key: Option<&'a str>,
}

/// The digest of every member, and what was remembered of them.
struct Hashed {
    hashes: Vec<Hash>,
    index: Option<Index>,
    /// Whether the index says all there is to say.
    is_known: bool,
}

/// Packs members.
pub(crate) fn zip(looked: Looked<'_>, cache: Option<&Cache>) -> Result<Archive, Fault> {
    let mut distrusted = false;
    let mut changing = String::new();
    for _ in 0..ATTEMPTS {
        match attempt(looked, cache, distrusted)? {
            Ok(archive) => return Ok(archive),
            Err(name) => changing = name,
        }
        distrusted = true;
    }
    Err(Fault::Unreadable { name: changing, why: "it changes while it is being packed".to_owned() })
}

/// The digest in hex of members, as [`zip`] gives it.
pub(crate) fn digest(looked: Looked<'_>, cache: Option<&Cache>) -> Result<String, Fault> {
    let hashed = hash(looked, cache, false)?;
    let content = content(looked.members, &hashed.hashes);
    if !hashed.is_known {
        remember(looked, cache, &hashed, content);
    }
    Ok(hex(&content))
}

/// Packs members, or gives the name of one that changed meanwhile.
fn attempt(
    looked: Looked<'_>,
    cache: Option<&Cache>,
    distrusted: bool,
) -> Result<Result<Archive, String>, Fault> {
    let hashed = hash(looked, cache, distrusted)?;
    let content = content(looked.members, &hashed.hashes);
    let key = hex(&content);
    if let Some(archive) = cache.and_then(|cache| stored(cache, &key)) {
        if !hashed.is_known {
            remember(looked, cache, &hashed, content);
        }
        return Ok(Ok(archive));
    }
    let mut old = previous(cache, &hashed);
    // Each content once, the longest first.
    let mut todo: FxHashMap<Hash, usize> = FxHashMap::default();
    for (i, hash) in hashed.hashes.iter().enumerate() {
        if !old.as_ref().is_some_and(|old| old.places.0.contains_key(hash)) {
            todo.entry(*hash).or_insert(i);
        }
    }
    let mut todo: Vec<usize> = todo.into_values().collect();
    todo.sort_unstable_by_key(|i| (std::cmp::Reverse(looked.members[*i].bytes), *i));
    let packed = parallel::map(&todo, Deflater::new, |deflater, i| deflater.pack(&looked.members[*i]));
    let mut fresh: FxHashMap<Hash, (Packed, Vec<u8>)> = FxHashMap::default();
    for (i, result) in todo.iter().zip(packed) {
        let (hash, packed, bytes) = result?;
        if hash != hashed.hashes[*i] {
            return Ok(Err(looked.members[*i].name.clone()));
        }
        fresh.insert(hash, (packed, bytes));
    }
    // Of what was packed: a file may have grown since it was looked at.
    let unzipped = unzipped_size(&hashed, &fresh, old.as_ref());
    let mut places = Places::default();
    let mut write = |to: &mut dyn std::io::Write| -> std::io::Result<(u64, String)> {
        let mut writer = Writer::new(to);
        for (member, hash) in looked.members.iter().zip(&hashed.hashes) {
            let reused;
            let (packed, bytes) = match (fresh.get(hash), &mut old) {
                (Some((packed, bytes)), _) => (*packed, bytes.as_slice()),
                (None, Some(old)) => {
                    reused = old.read(hash)?;
                    (reused.0, reused.1.as_slice())
                }
                (None, None) => return Err(std::io::Error::other("nothing packed it")),
            };
            let entry = writer::Entry { name: &member.name, mode: mode(member), packed };
            let begin = writer.add(entry, bytes)?;
            places.0.insert(*hash, (packed, begin));
        }
        writer.finish().map(|(_, length, sha256)| (length, sha256))
    };
    let part = cache.and_then(Cache::part);
    let written = part.and_then(|part| {
        let mut to = std::io::BufWriter::with_capacity(1 << 20, part.as_file());
        let written = write(&mut to).ok()?;
        drop(to);
        Some((part, written))
    });
    if let (Some(cache), Some((part, (size, sha256)))) = (cache, written)
        && let Some(path) = cache.keep(part, Kind::Archive, &key)
    {
        cache.write(Kind::Facts, &key, format!("{size} {unzipped} {sha256}\n").as_bytes());
        places.save(cache, &key);
        remember(looked, Some(cache), &hashed, content);
        let contents = Contents::File { path, size };
        return Ok(Ok(Archive { contents, content: key, sha256, unzipped }));
    }
    let mut bytes = Vec::new();
    let failed = |e: std::io::Error| Fault::Unreadable { name: ".".to_owned(), why: reason(&e) };
    let (_, sha256) = write(&mut bytes).map_err(failed)?;
    Ok(Ok(Archive { contents: Contents::Bytes(bytes), content: key, sha256, unzipped }))
}

fn unzipped_size(hashed: &Hashed, fresh: &FxHashMap<Hash, (Packed, Vec<u8>)>, old: Option<&Previous>) -> u64 {
    let of_fresh = |hash| fresh.get(hash).map(|(packed, _)| packed.size);
    let of_old = |hash| old.and_then(|old| old.places.0.get(hash)).map(|(packed, _)| packed.size);
    hashed.hashes.iter().filter_map(|hash| of_fresh(hash).or_else(|| of_old(hash))).sum()
}

/// An archive that the cache has.
pub(crate) fn stored(cache: &Cache, key: &str) -> Option<Archive> {
    let facts = String::from_utf8(cache.read(Kind::Facts, key)?).ok()?;
    let mut words = facts.strip_suffix('\n')?.split(' ');
    let (size, unzipped) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let sha256 = words.next().filter(|s| s.len() == 64)?.to_owned();
    let path = cache.find(Kind::Archive, key, size)?;
    Some(Archive { contents: Contents::File { path, size }, content: key.to_owned(), sha256, unzipped })
}

/// The digest of every member, from what is remembered or by reading it.
fn hash(looked: Looked<'_>, cache: Option<&Cache>, distrusted: bool) -> Result<Hashed, Fault> {
    let index = cache.zip(looked.key).and_then(|(cache, key)| Index::load(cache, key));
    let mut hashes = vec![Hash::default(); looked.members.len()];
    let mut todo = Vec::new();
    let mut near = 0;
    for (i, member) in looked.members.iter().enumerate() {
        let known =
            index.as_ref().filter(|_| !distrusted).and_then(|index| index.find(&member.name, &mut near));
        match known {
            Some(known) if known.settled && known.stamp == member.stamp && member.link.is_none() => {
                hashes[i] = known.hash;
            }
            _ => todo.push(i),
        }
    }
    let is_known = todo.is_empty() && index.as_ref().is_some_and(|i| i.entries.len() == looked.members.len());
    todo.sort_unstable_by_key(|i| (std::cmp::Reverse(looked.members[*i].bytes), *i));
    let read = parallel::map(&todo, Vec::new, |buffer, i| {
        read(&looked.members[*i], buffer).map(|()| *blake3::hash(buffer).as_bytes())
    });
    for (i, hash) in todo.into_iter().zip(read) {
        hashes[i] = hash?;
    }
    Ok(Hashed { hashes, index, is_known })
}

/// BLAKE3 over the members in order: names, what they are, and the digests of their bytes. Lengths stand
/// before what they measure, so that no two lists of members run together to the same stream.
fn content(members: &[Member], hashes: &[Hash]) -> Hash {
    let mut digest = blake3::Hasher::new();
    for (member, hash) in members.iter().zip(hashes) {
        digest.update(&(member.name.len() as u64).to_le_bytes());
        digest.update(member.name.as_bytes());
        digest.update(&mode(member).to_le_bytes());
        digest.update(hash);
    }
    *digest.finalize().as_bytes()
}

/// Type and permissions in the archive: the service runs as somebody else, and reads all it unpacks.
fn mode(member: &Member) -> u32 {
    match (&member.link, member.executable) {
        (Some(_), _) => 0o120_777,
        (None, true) => 0o100_755,
        (None, false) => 0o100_644,
    }
}

fn remember(looked: Looked<'_>, cache: Option<&Cache>, hashed: &Hashed, content: Hash) {
    let Some((cache, key)) = cache.zip(looked.key) else { return };
    let entries = looked.members.iter().zip(&hashed.hashes).map(|(member, hash)| Entry {
        name: member.name.clone(),
        stamp: member.stamp,
        settled: member.stamp.is_settled(looked.at),
        hash: *hash,
    });
    Index { content, entries: entries.collect() }.save(cache, key);
}

/// The archive that an index speaks of, to take packed bytes from.
struct Previous {
    file: File,
    places: Places,
}

fn previous(cache: Option<&Cache>, hashed: &Hashed) -> Option<Previous> {
    let (cache, index) = (cache?, hashed.index.as_ref()?);
    let key = hex(&index.content);
    let Contents::File { path, .. } = stored(cache, &key)?.contents else { return None };
    Some(Previous { file: File::open(path).ok()?, places: Places::load(cache, &key)? })
}

impl Previous {
    fn read(&mut self, hash: &Hash) -> std::io::Result<(Packed, Vec<u8>)> {
        let missing = || std::io::Error::other("it is not in the archive that it was in");
        let (packed, begin) = *self.places.0.get(hash).ok_or_else(missing)?;
        let mut bytes = vec![0; usize::try_from(packed.packed_size).map_err(std::io::Error::other)?];
        self.file.seek(SeekFrom::Start(begin))?;
        self.file.read_exact(&mut bytes)?;
        Ok((packed, bytes))
    }
}

/// Reads a member into a buffer.
fn read(member: &Member, buffer: &mut Vec<u8>) -> Result<(), Fault> {
    buffer.clear();
    if let Some(link) = &member.link {
        buffer.extend(link.as_bytes());
        return Ok(());
    }
    File::open(&member.path)
        .and_then(|mut file| {
            buffer.reserve(usize::try_from(member.bytes).unwrap_or(0).saturating_add(1));
            file.read_to_end(buffer).map(|_| ())
        })
        .map_err(|error| Fault::Unreadable { name: member.name.clone(), why: reason(&error) })
}

/// What a thread compresses with.
struct Deflater {
    compress: Compress,
    input: Vec<u8>,
}

impl Deflater {
    fn new() -> Self {
        Deflater { compress: Compress::new(Compression::new(LEVEL), false), input: Vec::new() }
    }

    fn pack(&mut self, member: &Member) -> Result<(Hash, Packed, Vec<u8>), Fault> {
        read(member, &mut self.input)?;
        let hash = *blake3::hash(&self.input).as_bytes();
        let mut crc = Crc::new();
        crc.update(&self.input);
        let size = self.input.len() as u64;
        let deflated = self.deflate();
        let (deflated, bytes) = match deflated {
            Some(bytes) => (true, bytes),
            // What does not become shorter stands as it is.
            None => (false, self.input.clone()),
        };
        let packed = Packed { deflated, crc: crc.sum(), size, packed_size: bytes.len() as u64 };
        Ok((hash, packed, bytes))
    }

    /// The input compressed, where that makes it shorter.
    fn deflate(&mut self) -> Option<Vec<u8>> {
        self.compress.reset();
        // Room for all of it, however little it compresses. zlib-rs 0.6 forgets no place of its own buffer where it is
        // reset before it has handed everything out, and after some such files has none left.
        let blocks = self.input.len() / STORED_BLOCK + 1;
        let mut out = Vec::with_capacity(self.input.len() + blocks * BLOCK_HEADER + ENDS);
        let done = self.compress.compress_vec(&self.input, &mut out, FlushCompress::Finish);
        let is_done = matches!(done, Ok(Status::StreamEnd)) && out.len() < self.input.len();
        is_done.then(|| {
            out.shrink_to_fit();
            out
        })
    }
}

pub(crate) fn hex(hash: &Hash) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_compress_leaves_nothing_behind() {
        let mut deflater = Deflater::new();
        let mut state = 1u32;
        let mut random = |length: usize| -> Vec<u8> {
            let next = |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            (0..length).map(next).collect()
        };
        // One after another with one compressor: each buffer of its own is filled several times.
        for length in (0..40_000).map(|i| i % 7).chain((0..300).map(|i| i * 37)).chain([100_000, 1_000_000]) {
            deflater.input = random(length);
            assert_eq!(deflater.deflate(), None, "{length}");
        }
        deflater.input = b"again and again and again and again".to_vec();
        let packed = deflater.deflate().unwrap();
        let mut unpacked = Vec::new();
        flate2::read::DeflateDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, deflater.input);
    }
}
