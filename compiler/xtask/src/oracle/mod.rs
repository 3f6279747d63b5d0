//! `cargo xtask oracle sam`: random SAM templates through AWS's own translator and through samc.
//!
//! A template is drawn from a grammar ([`grammar`], [`generate`]), both sides translate it
//! ([`sides`]), the answers are compared ([`compare`]), and where they differ the template is cut
//! down to what the difference needs ([`shrink`]) and kept as a case ([`keep`]).

mod arguments;
mod compare;
mod dice;
mod generate;
mod grammar;
mod keep;
mod shrink;
mod sides;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Failure, report};
use arguments::Arguments;
use compare::{Difference, Verdict};
use grammar::Grammar;
use sides::Translator;

/// What a run has seen.
#[derive(Default)]
struct Tally {
    made: u64,
    refused: u64,
    crashed: u64,
    differing: u64,
    /// Why the translator refused, and how often: a grammar that is always refused tests little.
    reasons: BTreeMap<String, u64>,
    /// By kind of difference: how often, and the first template that shows it.
    kinds: BTreeMap<String, (u64, u64)>,
}

/// Runs the oracle; a difference is a failure.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let arguments = Arguments::read(arguments)?;
    let grammar = Grammar::read()?;
    report(&format!("oracle sam: --count {} --seed {}", arguments.count, arguments.seed));
    let (next, tally) = (AtomicU64::new(arguments.first), Mutex::new(Tally::default()));
    let end = arguments.first + arguments.count;
    // A panic of the compiler is one of the things looked for; its trace would only hide the rest.
    std::panic::set_hook(Box::new(|_| {}));
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..arguments.jobs)
            .map(|_| scope.spawn(|| work(&arguments, &grammar, &next, end, &tally)))
            .collect();
        jobs.into_iter()
            .map(|job| job.join().unwrap_or_else(|_| Err("a job of the oracle panicked".to_owned())))
            .collect()
    });
    let _ = std::panic::take_hook();
    results.into_iter().collect::<Result<Vec<()>, String>>()?;
    let tally = tally.into_inner().map_err(|_| "a job of the oracle panicked")?;
    if arguments.reasons {
        for (why, times) in &tally.reasons {
            report(&format!("{times:5} refused: {why}"));
        }
    }
    for (kind, (times, first)) in &tally.kinds {
        report(&format!("{times:5} times, first in {first}: {kind}"));
    }
    let passed = tally.made + tally.refused - tally.differing;
    let compared = tally.made + tally.refused;
    let is_enough = compared > 0 && passed as f64 * 100.0 >= arguments.min_equal * compared as f64;
    let result = if is_enough { "ok" } else { "FAILED" };
    report(&format!(
        "oracle sam: {result}. {passed} equal; {} differ; {} accepted, {} refused; the translator crashed on {}; \
         seed {}",
        tally.differing, tally.made, tally.refused, tally.crashed, arguments.seed
    ));
    if is_enough { Ok(()) } else { Err("samc and the translator differ".into()) }
}

/// One job: takes the next number until there is none left.
fn work(
    arguments: &Arguments,
    grammar: &Grammar,
    next: &AtomicU64,
    end: u64,
    tally: &Mutex<Tally>,
) -> Result<(), String> {
    let mut translator = Translator::start(&arguments.python)?;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return Ok(());
        }
        let input = generate::template(grammar, arguments.seed, number);
        let verdict = compare::compare(&input, &mut translator)?;
        let found = {
            let mut tally = tally.lock().map_err(|_| "another job panicked")?;
            match &verdict {
                Verdict::Crashed => tally.crashed += 1,
                Verdict::Compared { refusal: None, .. } => tally.made += 1,
                Verdict::Compared { refusal: Some(why), .. } => {
                    tally.refused += 1;
                    *tally.reasons.entry(why.clone()).or_default() += 1;
                }
            }
            note(&mut tally, number, verdict)
        };
        if let (Some(difference), Some(folder)) = (found, &arguments.keep) {
            let (small, last) = shrink::shrink(&input, &difference, &mut translator)?;
            keep::keep(folder, number, arguments.seed, &small, &last).map_err(|e| e.to_string())?;
        }
    }
}

/// Counts a difference, and gives it back where it is the first of its kind.
fn note(tally: &mut Tally, number: u64, verdict: Verdict) -> Option<Difference> {
    let Verdict::Compared { difference: Some(difference), .. } = verdict else { return None };
    tally.differing += 1;
    let kind = tally.kinds.entry(difference.kind()).or_insert((0, number));
    kind.0 += 1;
    (kind.0 == 1).then_some(difference)
}
