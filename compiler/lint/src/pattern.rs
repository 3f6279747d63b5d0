//! The regular expressions in AWS's schemas.
//!
//! They are written for engines that look around and step back, and most are asked once a run. So
//! this is a small matcher that costs next to nothing to set up, and that gives up, in favour of the
//! author, on what it does not know and after a bounded number of steps.

mod parse;

use std::ops::ControlFlow;

/// A parsed expression.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    branches: Branches,
}

/// Alternatives, each a sequence.
type Branches = Vec<Vec<Item>>;

#[derive(Debug, Clone)]
enum Item {
    /// One character of a set.
    One(Set),
    /// The start of the text.
    Start,
    /// The end of the text, or before a line break that ends it.
    End,
    /// Between a character of a word and another, or not.
    Boundary(bool),
    /// A group, without a memory of what it matched.
    Group(Branches),
    /// Something some number of times.
    Repeat { item: Box<Item>, least: u32, most: u32 },
    /// What must or must not stand here.
    Look { behind: bool, negative: bool, branches: Branches },
}

/// A set of characters.
#[derive(Debug, Clone, Default)]
struct Set {
    negative: bool,
    ignore_case: bool,
    members: Vec<Member>,
}

#[derive(Debug, Clone)]
enum Member {
    Range(char, char),
    /// A class of characters, or all others.
    Class(fn(char) -> bool, bool),
}

impl Set {
    fn contains(&self, c: char) -> bool {
        let has = |c: char| {
            self.members.iter().any(|m| match m {
                Member::Range(from, to) => *from <= c && c <= *to,
                Member::Class(class, wanted) => class(c) == *wanted,
            })
        };
        let found = has(c) || self.ignore_case && (c.to_lowercase().any(has) || c.to_uppercase().any(has));
        found != self.negative
    }
}

/// Steps after which a text counts as fitting; far more than any sound name takes.
const STEPS: u32 = 200_000;

/// Nesting of repetitions after which a text counts as fitting, so that the stack holds.
const DEPTH: u32 = 300;

/// The search ran out of steps.
struct GaveUp;

impl Pattern {
    /// Reads an expression; none where it uses what this matcher does not know.
    pub(crate) fn parse(text: &str) -> Option<Pattern> {
        parse::parse(text).map(|branches| Pattern { branches })
    }

    /// True where the expression is found in the text, or the search is too long to tell.
    pub(crate) fn is_found_in(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let mut search = Search { text: &chars, steps: STEPS, depth: 0 };
        for start in 0..=chars.len() {
            match search.branches(&self.branches, start, &mut |_, _| Ok(ControlFlow::Break(()))) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) | Err(GaveUp) => return true,
            }
        }
        false
    }
}

struct Search<'t> {
    text: &'t [char],
    steps: u32,
    depth: u32,
}

/// `Break` where the rest was found.
type Found = Result<ControlFlow<()>, GaveUp>;

/// What is to be found after a part, from a position on.
type Rest<'r> = &'r mut dyn FnMut(&mut Search<'_>, usize) -> Found;

impl Search<'_> {
    fn branches(&mut self, branches: &Branches, at: usize, rest: Rest<'_>) -> Found {
        for branch in branches {
            if self.sequence(branch, at, rest)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn sequence(&mut self, mut items: &[Item], mut at: usize, rest: Rest<'_>) -> Found {
        loop {
            self.steps = self.steps.checked_sub(1).ok_or(GaveUp)?;
            let Some((first, others)) = items.split_first() else { return rest(self, at) };
            let holds = match first {
                Item::One(set) => match self.text.get(at) {
                    Some(c) if set.contains(*c) => {
                        at += 1;
                        true
                    }
                    _ => false,
                },
                Item::Start => at == 0,
                Item::End => {
                    let before_break = at + 1 == self.text.len() && self.text.get(at) == Some(&'\n');
                    at == self.text.len() || before_break
                }
                Item::Boundary(wanted) => {
                    let word = |i: Option<usize>| {
                        i.and_then(|i| self.text.get(i)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
                    };
                    (word(at.checked_sub(1)) != word(Some(at))) == *wanted
                }
                Item::Look { behind, negative, branches } => self.look(*behind, branches, at)? != *negative,
                Item::Group(branches) => {
                    return self.branches(branches, at, &mut |search, at| search.sequence(others, at, rest));
                }
                Item::Repeat { item, least, most } => {
                    return match &**item {
                        Item::One(set) => self.repeat_set(set, *least, *most, others, at, rest),
                        item => self.repeat(item, *least, *most, others, at, rest),
                    };
                }
            };
            if !holds {
                return Ok(ControlFlow::Continue(()));
            }
            items = others;
        }
    }

    fn look(&mut self, behind: bool, branches: &Branches, at: usize) -> Result<bool, GaveUp> {
        let starts = if behind { 0..=at } else { at..=at };
        for start in starts {
            let mut stop = |_: &mut Search<'_>, end: usize| {
                Ok(if !behind || end == at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            };
            if self.branches(branches, start, &mut stop)?.is_break() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Repeats a set of characters without nesting.
    fn repeat_set(
        &mut self,
        set: &Set,
        least: u32,
        most: u32,
        others: &[Item],
        at: usize,
        rest: Rest<'_>,
    ) -> Found {
        let run = self.text[at..].iter().take(most as usize).take_while(|c| set.contains(**c)).count();
        for count in (least as usize..=run).rev() {
            if self.sequence(others, at + count, rest)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn repeat(
        &mut self,
        item: &Item,
        least: u32,
        most: u32,
        others: &[Item],
        at: usize,
        rest: Rest<'_>,
    ) -> Found {
        if self.depth >= DEPTH {
            return Err(GaveUp);
        }
        if most > 0 {
            self.depth += 1;
            let found = self.sequence(std::slice::from_ref(item), at, &mut |search, next| {
                // A turn that takes nothing would go on for ever.
                if next == at && least == 0 {
                    return Ok(ControlFlow::Continue(()));
                }
                search.repeat(item, least.saturating_sub(1), most - 1, others, next, rest)
            });
            self.depth -= 1;
            if found?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if least == 0 { self.sequence(others, at, rest) } else { Ok(ControlFlow::Continue(())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern).unwrap().is_found_in(text)
    }

    #[test]
    fn patterns_of_schemas_are_found_or_not() {
        let bucket = r"^[0-9A-Za-z\.\-_]*(?<!\.)$";
        assert!(fits(bucket, "my-bucket") && !fits(bucket, "my-bucket.") && !fits(bucket, "my bucket"));
        let arn = "^(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()$";
        assert!(fits(arn, "arn:aws:sqs:eu-west-1:123:q") && fits(arn, ""));
        let role = r"^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$";
        assert!(fits(role, "arn:aws:iam::123456789012:role/x") && !fits(role, "arn:aws:iam::12:role/x"));
        let name = r"^(?!aws:)[\p{L}\p{N}_.:/=+\-@ ]{1,5}$";
        assert!(fits(name, "né 1") && !fits(name, "aws:x") && !fits(name, "toolong"));
        assert!(fits("^(?i)abc$", "aBC") && !fits("^abc$", "aBC"));
        assert!(fits(r"^[\w-.]+$", "a-b.c") && fits(r"^(a|b)*c$", "ababc") && !fits("^(a|b){2,3}$", "abab"));
        assert!(fits(r"^\P{C}*$", "any text") && fits("[^x]", "y") && !fits("[^x]", "x"));
        assert!(fits("^a$", "a\n") && !fits(r"\ba\b", "ba"));
    }

    #[test]
    fn what_is_not_known_is_said_and_what_takes_too_long_fits() {
        for unknown in [r"(a)\1", r"[a&&b]", r"\p{Greek}", "(", "a{2,1}", "(?P<x>a)", "*"] {
            assert!(Pattern::parse(unknown).is_none(), "{unknown}");
        }
        assert!(fits("^(a+)+$", &("a".repeat(40) + "b")));
        assert!(fits("^(ab|c)*d$", &"ab".repeat(5000)));
    }

    #[test]
    fn nearly_every_pattern_of_the_schemas_is_known_and_none_makes_trouble() {
        use samc_data::resource_schemas::{Constraint, schema, types};
        let patterns: std::collections::BTreeSet<&str> = types()
            .filter_map(schema)
            .flat_map(|s| s.nodes)
            .flat_map(|n| n.constraints)
            .filter_map(|c| match c {
                Constraint::Pattern(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let known: Vec<Pattern> = patterns.iter().filter_map(|p| Pattern::parse(p)).collect();
        let unknown: Vec<_> = patterns.iter().filter(|p| Pattern::parse(p).is_none()).collect();
        assert!(unknown.len() * 100 < patterns.len(), "{unknown:#?}");
        for text in ["", "a", "arn:aws:iam::123456789012:role/a-b_c", "né \u{1f600}\n", &"-a.".repeat(400)] {
            for pattern in &known {
                pattern.is_found_in(text);
            }
        }
    }
}
