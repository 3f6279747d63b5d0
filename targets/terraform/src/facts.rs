//! What the provider's schema says of the resources that the mapping names: arguments, blocks, types.

use rustc_hash::FxHashMap;

static TABLE: &str = include_str!("../tables/provider_schema.txt");

/// What is known of one argument or block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// An argument with its type, such as `list(string)`; whether it must be there.
    Argument(&'static str, bool),
    /// An attribute that can only be read.
    Computed,
    /// A block; whether it must be there.
    Block(bool),
}

/// The facts of one resource, by path.
pub(crate) type Facts = FxHashMap<&'static str, Fact>;

/// The facts of a resource of the provider; none where the table does not have it.
pub(crate) fn of(name: &str) -> Option<Facts> {
    let start = TABLE.find(&format!("= {name}\n"))?;
    let section = TABLE[start..].split_once('\n')?.1;
    let section = section.split("\n= ").next().unwrap_or(section);
    let fact = |line: &'static str| {
        let mut words = line.split(' ');
        let (path, kind, flag) = (words.next()?, words.next()?, words.next()?);
        Some((
            path,
            match (kind, flag) {
                ("block", count) => Fact::Block(!count.starts_with("0-")),
                (_, "c") => Fact::Computed,
                (kind, flag) => Fact::Argument(kind, flag == "r"),
            },
        ))
    };
    Some(section.lines().filter_map(fact).collect())
}
