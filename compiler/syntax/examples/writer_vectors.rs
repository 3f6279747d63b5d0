//! Prints values and what the YAML writer makes of them, as one JSON object `{value, text}` a line,
//! for other readers to check: see `tests/oracles/yaml_writer.py`. The same lines in every run.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

#[path = "../tests/support/mod.rs"]
mod support;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use support::values;

fn main() {
    let mut runner = TestRunner::deterministic();
    let strategy = values::any_value();
    for _ in 0..5_000 {
        let Ok(tree) = strategy.new_tree(&mut runner) else { continue };
        let value = tree.current();
        println!("{}", serde_json::json!({ "value": value, "text": values::text(&value) }));
    }
}
