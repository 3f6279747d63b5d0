//! What is remembered of a folder that was packed: the stamp and the digest of each file; and of an archive:
//! where the packed bytes of each content stand.

use rustc_hash::FxHashMap;

use crate::cache::{Cache, Kind};
use crate::stamp::Stamp;
use crate::writer::Packed;

/// A BLAKE3 digest.
pub(crate) type Hash = [u8; 32];

const MAGIC: &[u8; 8] = b"samcidx2";

/// One file as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) stamp: Stamp,
    /// Whether an equal stamp means equal bytes.
    pub(crate) settled: bool,
    pub(crate) hash: Hash,
}

/// A folder as it was, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// Digest of the whole, which is the key of the archive.
    pub(crate) content: Hash,
    pub(crate) entries: Vec<Entry>,
}

impl Index {
    pub(crate) fn load(cache: &Cache, key: &str) -> Option<Index> {
        Index::from_bytes(&cache.read(Kind::Index, key)?)
    }

    pub(crate) fn save(&self, cache: &Cache, key: &str) {
        cache.write(Kind::Index, key, &self.to_bytes());
    }

    /// The entry of a file. `near` is where it is looked for first: names come in order.
    pub(crate) fn find(&self, name: &str, near: &mut usize) -> Option<&Entry> {
        if self.entries.get(*near).is_none_or(|e| e.name != name) {
            *near = self.entries.binary_search_by(|e| e.name.as_str().cmp(name)).ok()?;
        }
        *near += 1;
        self.entries.get(*near - 1)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(64 + self.entries.len() * 180);
        to.extend(MAGIC);
        to.extend(self.content);
        to.extend((self.entries.len() as u64).to_le_bytes());
        for entry in &self.entries {
            to.extend((entry.name.len() as u32).to_le_bytes());
            to.extend(entry.name.as_bytes());
            let Stamp { size, modified, changed, inode, mode } = entry.stamp;
            to.extend(size.to_le_bytes());
            to.extend(modified.to_le_bytes());
            to.extend(changed.to_le_bytes());
            to.extend(inode.to_le_bytes());
            to.extend(mode.to_le_bytes());
            to.push(u8::from(entry.settled));
            to.extend(entry.hash);
        }
        sealed(to)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Index> {
        let body = unsealed(bytes)?;
        let mut from = Bytes(body);
        if from.array::<8>()? != *MAGIC {
            return None;
        }
        let content = from.array()?;
        let count = from.u64()?;
        let mut entries = Vec::with_capacity(usize::try_from(count).ok()?.min(body.len() / 70));
        for _ in 0..count {
            let length = u32::from_le_bytes(from.array()?) as usize;
            let name = std::str::from_utf8(from.take(length)?).ok()?.to_owned();
            let stamp = Stamp {
                size: from.u64()?,
                modified: from.u64()? as i64,
                changed: from.u64()? as i64,
                inode: from.u64()?,
                mode: u32::from_le_bytes(from.array()?),
            };
            let settled = from.array::<1>()? == [1];
            let hash = from.array()?;
            entries.push(Entry { name, stamp, settled, hash });
        }
        Some(Index { content, entries })
    }
}

/// Where in an archive the packed bytes of each content begin, and how they are packed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Places(pub(crate) FxHashMap<Hash, (Packed, u64)>);

impl Places {
    /// The places in the archive of this content.
    pub(crate) fn load(cache: &Cache, content: &str) -> Option<Places> {
        Places::from_bytes(&cache.read(Kind::Places, content)?)
    }

    pub(crate) fn save(&self, cache: &Cache, content: &str) {
        cache.write(Kind::Places, content, &self.to_bytes());
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_unstable_by_key(|(_, (_, begin))| *begin);
        let mut to = Vec::with_capacity(64 + all.len() * 64);
        to.extend(MAGIC);
        for (hash, (packed, begin)) in all {
            to.extend(hash);
            to.push(u8::from(packed.deflated));
            to.extend(packed.crc.to_le_bytes());
            to.extend(packed.size.to_le_bytes());
            to.extend(packed.packed_size.to_le_bytes());
            to.extend(begin.to_le_bytes());
        }
        sealed(to)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Places> {
        let mut from = Bytes(unsealed(bytes)?);
        if from.array::<8>()? != *MAGIC {
            return None;
        }
        let mut places = Places::default();
        while !from.0.is_empty() {
            let hash = from.array()?;
            let packed = Packed {
                deflated: from.array::<1>()? == [1],
                crc: u32::from_le_bytes(from.array()?),
                size: from.u64()?,
                packed_size: from.u64()?,
            };
            places.0.insert(hash, (packed, from.u64()?));
        }
        Some(places)
    }
}

/// Puts a sum behind bytes: a machine that lost power may have renamed a file whose bytes never reached
/// the disk.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = blake3::hash(&bytes);
    bytes.extend(sum.as_bytes());
    bytes
}

fn unsealed(bytes: &[u8]) -> Option<&[u8]> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    (blake3::hash(body).as_bytes() == sum).then_some(body)
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_seen() {
        let entry = |name: &str| Entry {
            name: name.to_owned(),
            stamp: Stamp { size: 1, modified: -2, changed: 3, inode: 4, mode: 5 },
            settled: true,
            hash: [6; 32],
        };
        let index = Index { content: [7; 32], entries: vec![entry("a"), entry("ä/b")] };
        let bytes = index.to_bytes();
        assert_eq!(Index::from_bytes(&bytes), Some(index.clone()));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(Index::from_bytes(&damaged), None);
            assert_eq!(Index::from_bytes(&bytes[..at]), None);
        }
        let packed = Packed { deflated: true, crc: 1, size: 2, packed_size: 3 };
        let places = Places([([1; 32], (packed, 4)), ([2; 32], (packed, 5))].into_iter().collect());
        assert_eq!(Places::from_bytes(&places.to_bytes()), Some(places));
        let mut near = 0;
        for name in ["a", "ä/b", "a", "b", "a"] {
            assert_eq!(
                index.find(name, &mut near).map(|e| e.name.as_str()),
                Some(name).filter(|n| *n != "b")
            );
        }
    }
}
