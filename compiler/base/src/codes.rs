//! Every code of the front ends and the reader. Lint rules own theirs, beside the rule.
//!
//! Ranges: E0 reading, E1 keys, names and values of any dialect, E2 to E4 components of app.yaml,
//! E5 constructs of SAM, E6 the graph, E7 packaging and the back ends, E8 serverless.yml, E9 the command line and files. Warnings have the same ranges
//! under W. Each code has a page in `compiler/samc/explain/`.

mod app;
mod graph;
mod keys;
mod package;
mod reading;
mod sam;
mod serverless;
mod system;
mod terraform;

pub use app::*;
pub use graph::*;
pub use keys::*;
pub use package::*;
pub use reading::*;
pub use sam::*;
pub use serverless::*;
pub use system::*;
pub use terraform::*;

use crate::code::Code;

/// Declares codes as constants, and the list of them for the tests and `samc explain`.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal $problem:literal;)*) => {
        $($(#[$doc])* pub const $name: $crate::Code = $crate::Code::new($id, $problem);)*
        /// Every code of this file.
        pub(super) const LIST: &[$crate::Code] = &[$($name),*];
    };
}
use codes;

/// Every code, in the order of the ranges.
pub fn all() -> impl Iterator<Item = Code> {
    [
        reading::LIST,
        keys::LIST,
        app::LIST,
        sam::LIST,
        serverless::LIST,
        graph::LIST,
        package::LIST,
        terraform::LIST,
        system::LIST,
    ]
    .into_iter()
    .flatten()
    .copied()
}
