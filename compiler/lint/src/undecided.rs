//! Questions that rules asked and that only the deployment answers, counted: a run says how much it left open.
//!
//! A count for each thread that lints, since what asks is the smallest function there is and knows of no run.

use std::cell::RefCell;

use rustc_hash::FxHashSet;
use samc_ir::Expr;

#[derive(Default)]
struct Open {
    /// The rule that asks.
    rule: &'static str,
    /// The rules and the values they asked for, by where those are in memory: a rule asks for one several times.
    asked: FxHashSet<(&'static str, usize)>,
}

thread_local! {
    static OPEN: RefCell<Open> = RefCell::default();
}

/// A rule begins.
pub(crate) fn begin(rule: &'static str) {
    OPEN.with_borrow_mut(|open| open.rule = rule);
}

/// A rule asks for a value that is known at deployment only.
pub(crate) fn ask(value: &Expr) {
    OPEN.with_borrow_mut(|open| {
        let key = (open.rule, std::ptr::from_ref(value).addr());
        open.asked.insert(key);
    });
}

/// How many questions were left open since the last time this was called.
pub(crate) fn take() -> usize {
    OPEN.with_borrow_mut(|open| std::mem::take(&mut open.asked).len())
}
