//! Ending processes and all that they started.

use crate::aside::aside;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

fn group(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// Asks a group of processes to end.
pub(crate) fn terminate(pid: u32) {
    if let Some(group) = group(pid) {
        // It may have ended already.
        let _ = kill_process_group(group, Signal::TERM);
    }
}

/// How often processes are looked for: one that starts while they are looked for may not be seen the first time.
const ROUNDS: usize = 4;

/// Ends a group of processes, and those that have left the group but were started by it: their
/// environment has the mark.
pub(crate) fn kill(pid: u32, mark: &str) {
    if let Some(group) = group(pid) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    // All processes of the machine are looked at.
    aside(|| {
        for _ in 0..ROUNDS {
            let found = marked(mark);
            if found.is_empty() {
                return;
            }
            for pid in found {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    });
}

/// The processes of this user whose environment has a mark. Linux tells it; elsewhere there are none.
fn marked(mark: &str) -> Vec<Pid> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let mut found = Vec::new();
    for entry in folder.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        if pid == own {
            continue;
        }
        let Ok(environment) = std::fs::read(entry.path().join("environ")) else { continue };
        let is_marked = environment.split(|byte| *byte == 0).any(|variable| {
            variable
                .strip_prefix(b"AWS_LAMBDA_LOG_STREAM_NAME=")
                .is_some_and(|s| s.ends_with(mark.as_bytes()))
        });
        if is_marked {
            found.extend(Pid::from_raw(pid));
        }
    }
    found
}

/// What people call a signal.
pub(crate) fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "illegal instruction",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        15 => "terminated",
        other => return other.to_string(),
    };
    name.to_owned()
}
