//! How much memory a process has used.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A figure is good for so long: reading it for each of thousands of calls would cost more than they do.
const GOOD: Duration = Duration::from_millis(100);

/// The last figure and when it was read.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    last: Mutex<Option<(Instant, Option<u64>)>>,
}

impl Memory {
    /// The most memory that a process has held, in MiB, where the system tells it.
    pub(crate) fn peak_mib(&self, pid: u32) -> Option<u64> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, figure)) = *last
            && since.elapsed() < GOOD
        {
            return figure;
        }
        let figure = read(pid).or_else(|| last.and_then(|(_, figure)| figure));
        *last = Some((Instant::now(), figure));
        figure
    }
}

fn read(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim_end().parse().ok()?;
    Some(kib.div_ceil(1024))
}
