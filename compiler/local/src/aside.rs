//! Work that takes longer than others may be kept waiting.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Bytes from which on reading or writing JSON takes long: a millisecond or so.
const LARGE: usize = 256 * 1024;

/// Does something while other tasks go on.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        // There is but this thread.
        _ => work(),
    }
}

/// Does something with so many bytes; other tasks go on where they are many.
pub(crate) fn with_bytes<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    if bytes < LARGE { work() } else { aside(work) }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn others_go_on_with_one_thread() -> Result<(), Box<dyn std::error::Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (sender, receiver) = mpsc::channel();
        let waits = runtime
            .spawn(async move { with_bytes(LARGE, || receiver.recv_timeout(Duration::from_secs(20))) });
        runtime.spawn(async move { sender.send(()) });
        assert!(runtime.block_on(waits)?.is_ok(), "the other task had no turn");
        assert_eq!(with_bytes(LARGE, || 7), 7);
        Ok(())
    }
}
