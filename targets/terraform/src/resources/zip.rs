//! A zip archive of one small file, the same bytes each time.

/// The archive of a file, stored as it is.
pub(super) fn archive(name: &str, contents: &[u8]) -> Vec<u8> {
    let sum = crc32(contents);
    let size = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    // Version 2.0, no flags, stored, 1980-01-01 00:00.
    let mut common = Vec::new();
    for half in [20_u16, 0, 0, 0, 0x21] {
        common.extend(half.to_le_bytes());
    }
    for word in [sum, size, size] {
        common.extend(word.to_le_bytes());
    }
    common.extend(length.to_le_bytes());
    common.extend(0_u16.to_le_bytes());
    let mut out = b"PK\x03\x04".to_vec();
    out.extend(&common);
    out.extend(name.as_bytes());
    out.extend(contents);
    let start = out.len();
    // Made on Unix, so that the mode below counts: a file that everybody may read.
    out.extend(b"PK\x01\x02\x14\x03");
    out.extend(&common);
    for half in [0_u16, 0, 0] {
        out.extend(half.to_le_bytes());
    }
    out.extend((0o100_644_u32 << 16).to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.extend(name.as_bytes());
    let length = out.len() - start;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    for word in [length, start] {
        out.extend(u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes());
    }
    out.extend([0, 0]);
    out
}

/// The check sum of zip archives.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn an_archive_ends_with_its_directory() {
        let made = archive("index.js", b"x");
        assert_eq!(made.len(), 30 + 8 + 1 + 46 + 8 + 22);
        assert_eq!(&made[made.len() - 22..made.len() - 18], b"PK\x05\x06");
    }
}
