//! The same work on many things at once. The answers stand in the order of the things, whatever thread
//! was quick.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More threads than this gain nothing: the disk and the memory are shared.
const MOST: usize = 16;

/// Applies `work` to every item. Each thread keeps a state of its own, such as a buffer. Heavy items
/// should stand first, so that none is begun while all other threads are done.
pub(crate) fn map<T: Sync, R: Send, S>(
    items: &[T],
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST).min(items.len());
    if threads < 2 {
        let mut own = state();
        return items.iter().map(|item| work(&mut own, item)).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let (mut own, mut mine) = (state(), Vec::new());
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    mine.push((at, work(&mut own, item)));
                }
                if let Ok(mut done) = done.lock() {
                    done.append(&mut mine);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn answers_keep_the_order() {
        for count in [0, 1, 2, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let answers = super::map(&items, Vec::new, |seen: &mut Vec<usize>, item| {
                seen.push(*item);
                item * 2
            });
            assert_eq!(answers, items.iter().map(|i| i * 2).collect::<Vec<_>>());
        }
    }
}
