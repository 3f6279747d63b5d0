//! Chance: the same on every machine for the same seed and number.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// A source of chance for one template.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The source for a template by the seed of the run and its number, so that each can be had alone.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        // The odd constant of splitmix64 keeps seeds that follow each other apart.
        Dice(Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number))
    }

    /// True so many times in a thousand.
    pub(super) fn chance(&mut self, in_thousand: u32) -> bool {
        self.0.random_range(0..1000) < in_thousand
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        self.0.random_range(low as u64..=high as u64) as usize
    }

    /// One of a few.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        if choices.is_empty() { None } else { choices.get(self.between(0, choices.len() - 1)) }
    }
}
