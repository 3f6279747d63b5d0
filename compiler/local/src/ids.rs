//! Identifiers that nobody guesses and that never come twice: of requests, connections, messages.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The seed of this process, from what the standard library keys its hash maps with.
static SEED: LazyLock<(u64, AtomicU64)> = LazyLock::new(|| {
    (RandomState::new().hash_one("step") | 1, AtomicU64::new(RandomState::new().hash_one("start")))
});

/// The next 64 bits (SplitMix64).
fn next() -> u64 {
    let (step, state) = &*SEED;
    let mut z = state.fetch_add(*step, Ordering::Relaxed);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the first hexadecimal digits of 128 bits.
fn push_hex(text: &mut String, bits: u128, digits: u32) {
    for place in 0..digits.min(32) {
        text.push(char::from(HEX[(bits >> (124 - 4 * place)) as usize & 15]));
    }
}

/// The next 128 bits.
fn next_wide() -> u128 {
    (u128::from(next()) << 64) | u128::from(next())
}

/// An identifier in the form of a UUID, such as those of requests.
pub fn uuid() -> String {
    let bits = next_wide();
    let bits = bits & !(0xf000_u128 << 64) | (0x4000_u128 << 64);
    let mut bits = bits & !(0xc_u128 << 60) | (0x8_u128 << 60);
    let mut text = String::with_capacity(36);
    for digits in [8, 4, 4, 4, 12] {
        if digits != 8 {
            text.push('-');
        }
        push_hex(&mut text, bits, digits);
        bits <<= 4 * digits;
    }
    text
}

/// An identifier of lower-case hexadecimal digits, 32 at most.
pub fn hex(digits: usize) -> String {
    let mut text = String::with_capacity(32);
    push_hex(&mut text, next_wide(), u32::try_from(digits).unwrap_or(32));
    text
}

/// An identifier in the form that API Gateway gives requests, such as `JKJaXmPLvHcESHA=`.
pub fn short() -> String {
    const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let (mut high, mut low) = (next(), next());
    let mut text = String::with_capacity(16);
    for place in 0..15 {
        let bits = if place < 8 { &mut high } else { &mut low };
        text.push(char::from(DIGITS[(*bits % 62) as usize]));
        *bits /= 62;
    }
    text.push('=');
    text
}

/// The trace of a call in the form of X-Ray, never sampled.
pub fn trace(seconds: u64) -> String {
    let mut text = String::with_capacity(80);
    text.push_str("Root=1-");
    push_hex(&mut text, u128::from(seconds) << 96, 8);
    text.push('-');
    push_hex(&mut text, next_wide(), 24);
    text.push_str(";Parent=");
    push_hex(&mut text, next_wide(), 16);
    text.push_str(";Sampled=0");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_their_forms_and_differ() {
        let one = uuid();
        assert_eq!(one.len(), 36);
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        let many: std::collections::BTreeSet<String> = (0..10_000).map(|_| uuid()).collect();
        assert_eq!(many.len(), 10_000);
        assert!(one.split('-').map(str::len).eq([8, 4, 4, 4, 12]));
        assert_eq!(hex(24).len(), 24);
        let trace = trace(0x6abc_1234);
        let (root, rest) = trace.split_once(";Parent=").unwrap_or_default();
        assert_eq!((root.len(), root.starts_with("Root=1-6abc1234-")), (40, true), "{trace}");
        assert_eq!((rest.len(), rest.ends_with(";Sampled=0")), (26, true), "{trace}");
        assert_eq!(short().len(), 16);
    }
}
