//! The house keeps itself in order: what people agreed on and no compiler checks.

mod architecture;
mod codes;
mod crates;
mod sources;

/// Fails with every fault at once, each on a line of its own.
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
