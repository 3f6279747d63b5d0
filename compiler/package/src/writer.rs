//! The zip format, as far as samc writes it: files and links with a name, a mode and no date.
//!
//! Source: APPNOTE.TXT 6.3.10 of PKWARE. What does not fit the fields of 1989 (more than 65,535 files, or
//! 4 GB) is written in those of zip64.

use std::io::{Result, Write};

use sha2::{Digest, Sha256};

/// One entry that is ready to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// Its name, with `/`.
    pub(crate) name: &'a str,
    /// Type and permissions, as Unix has them.
    pub(crate) mode: u32,
    /// How its bytes are packed, and what they were before.
    pub(crate) packed: Packed,
}

/// What the format says of packed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed {
    /// True where they are deflated, false where they stand as they are.
    pub(crate) deflated: bool,
    /// Checksum of the bytes before they were packed.
    pub(crate) crc: u32,
    /// How many they were.
    pub(crate) size: u64,
    /// How many they are.
    pub(crate) packed_size: u64,
}

/// 1 January 1980, 00:00, the first date that the format knows.
const DATE: u16 = 0x0021;
const IN_ZIP64: u32 = u32::MAX;
/// "Made on Unix", which gives the mode its meaning.
const UNIX: u16 = 3 << 8;
const UTF8: u16 = 0x0800;

/// Writes an archive from its first byte to its last.
pub(crate) struct Writer<W> {
    out: W,
    offset: u64,
    directory: Vec<u8>,
    entries: u64,
    sha256: Sha256,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(out: W) -> Self {
        Writer { out, offset: 0, directory: Vec::new(), entries: 0, sha256: Sha256::new() }
    }

    /// Writes an entry; gives where its packed bytes begin.
    pub(crate) fn add(&mut self, entry: Entry<'_>, bytes: &[u8]) -> Result<u64> {
        let Entry { name, mode, packed } = entry;
        let header = self.offset;
        let is_large = packed.size >= u64::from(IN_ZIP64) || packed.packed_size >= u64::from(IN_ZIP64);
        let version: u16 = if is_large || header >= u64::from(IN_ZIP64) { 45 } else { 20 };
        let mut local = Vec::with_capacity(64 + name.len());
        local.extend(0x0403_4b50_u32.to_le_bytes());
        local.extend(version.to_le_bytes());
        common(&mut local, name, packed, is_large);
        let extra = if is_large { zip64(&[packed.size, packed.packed_size]) } else { Vec::new() };
        local.extend((extra.len() as u16).to_le_bytes());
        local.extend(name.as_bytes());
        local.extend(&extra);
        self.write(&local)?;
        let begin = self.offset;
        self.write(bytes)?;

        self.directory.extend(0x0201_4b50_u32.to_le_bytes());
        self.directory.extend((UNIX | version).to_le_bytes());
        self.directory.extend(version.to_le_bytes());
        common(&mut self.directory, name, packed, is_large);
        let mut large = if is_large { vec![packed.size, packed.packed_size] } else { Vec::new() };
        if header >= u64::from(IN_ZIP64) {
            large.push(header);
        }
        let extra = if large.is_empty() { Vec::new() } else { zip64(&large) };
        self.directory.extend((extra.len() as u16).to_le_bytes());
        // No comment, first disk, no attributes of DOS.
        self.directory.extend([0; 6]);
        self.directory.extend((mode << 16).to_le_bytes());
        self.directory.extend(small(header).to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.directory.extend(&extra);
        self.entries += 1;
        Ok(begin)
    }

    /// Writes the directory. Gives what was written to, the length, and the SHA-256 in hex.
    pub(crate) fn finish(mut self) -> Result<(W, u64, String)> {
        let (start, length) = (self.offset, self.directory.len() as u64);
        let directory = std::mem::take(&mut self.directory);
        self.write(&directory)?;
        let mut end = Vec::new();
        let few = u16::try_from(self.entries).ok().filter(|n| *n != u16::MAX);
        if few.is_none() || start >= u64::from(IN_ZIP64) || length >= u64::from(IN_ZIP64) {
            end.extend(0x0606_4b50_u32.to_le_bytes());
            end.extend(44_u64.to_le_bytes());
            end.extend((UNIX | 45).to_le_bytes());
            end.extend(45_u16.to_le_bytes());
            end.extend([0; 8]);
            for number in [self.entries, self.entries, length, start] {
                end.extend(number.to_le_bytes());
            }
            end.extend(0x0706_4b50_u32.to_le_bytes());
            end.extend([0; 4]);
            end.extend((start + length).to_le_bytes());
            end.extend(1_u32.to_le_bytes());
        }
        end.extend(0x0605_4b50_u32.to_le_bytes());
        end.extend([0; 4]);
        let entries = few.unwrap_or(u16::MAX);
        end.extend(entries.to_le_bytes());
        end.extend(entries.to_le_bytes());
        end.extend(small(length).to_le_bytes());
        end.extend(small(start).to_le_bytes());
        end.extend([0; 2]);
        self.write(&end)?;
        self.out.flush()?;
        let sha256 = self.sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((self.out, self.offset, sha256))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.sha256.update(bytes);
        self.offset += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// What both headers of an entry have between the version and the length of the extra field.
fn common(to: &mut Vec<u8>, name: &str, packed: Packed, is_large: bool) {
    let flags = if name.is_ascii() { 0 } else { UTF8 };
    to.extend(flags.to_le_bytes());
    to.extend((if packed.deflated { 8_u16 } else { 0 }).to_le_bytes());
    to.extend([0; 2]);
    to.extend(DATE.to_le_bytes());
    to.extend(packed.crc.to_le_bytes());
    let field = |size: u64| if is_large { IN_ZIP64 } else { small(size) };
    to.extend(field(packed.packed_size).to_le_bytes());
    to.extend(field(packed.size).to_le_bytes());
    to.extend((name.len() as u16).to_le_bytes());
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(IN_ZIP64)
}

fn zip64(numbers: &[u64]) -> Vec<u8> {
    let mut extra = Vec::with_capacity(4 + numbers.len() * 8);
    extra.extend(1_u16.to_le_bytes());
    extra.extend((numbers.len() as u16 * 8).to_le_bytes());
    for number in numbers {
        extra.extend(number.to_le_bytes());
    }
    extra
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn more_files_than_the_old_format_counts() {
        let packed = Packed { deflated: false, crc: 0, size: 0, packed_size: 0 };
        for count in [0, 1, 65_534, 65_535, 70_000] {
            let mut writer = Writer::new(Vec::new());
            for i in 0..count {
                let name = format!("f{i:05}");
                writer.add(Entry { name: &name, mode: 0o100_644, packed }, b"").unwrap();
            }
            let (bytes, length, _) = writer.finish().unwrap();
            assert_eq!(bytes.len() as u64, length);
            let archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
            assert_eq!(archive.len(), count);
        }
    }

    #[test]
    fn places_beyond_four_gigabytes_are_said_in_zip64() {
        // The directory alone: nobody writes four gigabytes for a test.
        let packed = Packed { deflated: true, crc: 7, size: 5_000_000_000, packed_size: 3 };
        let mut writer = Writer::new(Vec::new());
        writer.offset = 6_000_000_000;
        writer.add(Entry { name: "ä", mode: 0o100_755, packed }, b"abc").unwrap();
        let directory = &writer.directory;
        assert_eq!(directory[8..10], UTF8.to_le_bytes());
        let extra = &directory[46 + 2..];
        assert_eq!(extra[..4], [1, 0, 24, 0]);
        assert_eq!(extra[4..12], 5_000_000_000_u64.to_le_bytes());
        assert_eq!(extra[12..20], 3_u64.to_le_bytes());
        assert_eq!(extra[20..28], 6_000_000_000_u64.to_le_bytes());
    }
}
