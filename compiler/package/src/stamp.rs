//! What the system says about a file without reading it, and when that can be believed.

use std::fs::Metadata;
use std::time::{SystemTime, UNIX_EPOCH};

/// A file's size, times and identity. Two equal stamps of a file mean the same content, unless the
/// file was written so shortly before the look that a second write could have left the same times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Length in bytes.
    pub(crate) size: u64,
    /// Nanoseconds since 1970 of the last write.
    pub(crate) modified: i64,
    /// Nanoseconds since 1970 of the last change of content, name or mode. No program can set it.
    pub(crate) changed: i64,
    /// The number of the file in its file system.
    pub(crate) inode: u64,
    /// Type and permissions.
    pub(crate) mode: u32,
}

/// Clocks of file systems tick this often at the slowest: Linux stamps files with the time of the
/// last timer interrupt, up to 10 ms ago.
const TICK: i64 = 20_000_000;
/// File systems without fractions of a second (FAT, old NFS) round to one or two seconds.
const SECONDS: i64 = 2_000_000_000;

impl Stamp {
    /// The stamp of what was looked at.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let nanoseconds =
                |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
            Stamp {
                size: metadata.len(),
                modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
                changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
                inode: metadata.ino(),
                mode: metadata.mode(),
            }
        }
        #[cfg(not(unix))]
        {
            let modified = metadata.modified().map_or(0, since_1970);
            Stamp { size: metadata.len(), modified, changed: modified, inode: 0, mode: 0 }
        }
    }

    /// Whether a write at or after `looked` would be seen in another stamp: git's rule for what it
    /// calls racily clean. What was written just before the look is read again the next time.
    pub(crate) fn is_settled(&self, looked: i64) -> bool {
        let settled = |time: i64| {
            let coarse = time.rem_euclid(1_000_000_000) == 0;
            time < looked - if coarse { SECONDS } else { TICK }
        };
        settled(self.modified) && settled(self.changed)
    }
}

/// The time now, as stamps count it.
#[allow(clippy::disallowed_methods, reason = "what was written just now cannot be told from what will be")]
pub(crate) fn now() -> i64 {
    since_1970(SystemTime::now())
}

fn since_1970(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_just_now_is_not_believed() {
        let second = 1_000_000_000;
        let at = |time| Stamp { modified: time, changed: time, ..Stamp::default() };
        let looked = 100 * second + 1;
        assert!(at(97 * second).is_settled(looked));
        assert!(!at(99 * second).is_settled(looked), "the file system may count seconds only");
        assert!(at(99 * second + 5).is_settled(looked));
        assert!(!at(looked - 5).is_settled(looked));
        assert!(!at(looked + 3600 * second).is_settled(looked), "a clock that is ahead");
        let moved = Stamp { modified: 5, changed: looked, ..Stamp::default() };
        assert!(!moved.is_settled(looked), "the old time of a file that was put there just now");
    }
}
