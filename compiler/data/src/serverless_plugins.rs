//! Plugins of the Serverless Framework, and what of a template is their work.

use crate::lines::{by_first, find};

const TABLE: &str = include_str!("../tables/serverless_plugins.txt");

/// What a plugin does to the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it builds code, runs things locally, or works when a stack is deployed.
    None,
    /// It adds or changes what the text says, such as "the roles of single functions".
    Adds(&'static str),
}

/// What is known of a plugin, by the name of its package.
pub fn effect(name: &str) -> Option<Effect> {
    let mut fields = find(TABLE, by_first(name))?.split('\t').skip(1);
    match (fields.next()?, fields.next()?) {
        ("none", _) => Some(Effect::None),
        (_, what) => Some(Effect::Adds(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect};

    #[test]
    fn every_line_can_be_read() {
        let names: Vec<&str> = super::TABLE.lines().filter_map(|line| line.split('\t').next()).collect();
        assert!(names.is_sorted() && names.iter().all(|name| effect(name).is_some()));
        assert_eq!(effect("serverless-offline"), Some(Effect::None));
        assert!(matches!(effect("serverless-lift"), Some(Effect::Adds(what)) if what.contains("constructs")));
        assert_eq!(effect("of-our-own"), None);
    }
}
