//! The `samc` command.

fn main() {}
