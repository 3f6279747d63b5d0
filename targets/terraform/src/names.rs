//! Names: of things in Terraform, and of things in AWS.

use rustc_hash::FxHashSet;

/// Gives each thing a name of its own.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: FxHashSet<String>,
}

impl Names {
    /// Names that are taken from the start.
    pub(crate) fn reserving(names: &[&str]) -> Names {
        Names { taken: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// The name of a thing: small letters with `_`, and a number where two would be the same.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let base = snake(name);
        let mut made = base.clone();
        let mut number = 2;
        while !self.taken.insert(made.clone()) {
            made = format!("{base}_{number}");
            number += 1;
        }
        made
    }
}

/// `OrdersTable` as `orders_table`, `MyHTTPApi` as `my_http_api`; never empty, never with a digit first.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 8);
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = i.checked_sub(1).map(|b| chars[b]);
        let follows_small = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let begins_word = before.is_some_and(|b| b.is_ascii_uppercase())
            && chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (follows_small || begins_word) && !out.ends_with('_') {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    let out = out.trim_end_matches('_');
    match out.chars().next() {
        None => "r".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("r_{out}"),
        Some(_) => out.to_owned(),
    }
}

/// A logical id as the end of a name in AWS, short enough that the whole of `length` more characters
/// stays within a limit. What is cut off becomes a few letters that are the same on each run.
pub(crate) fn shortened(id: &str, length: usize, limit: usize) -> String {
    let room = limit.saturating_sub(length).max(12);
    if id.len() <= room {
        return id.to_owned();
    }
    // FNV-1a: short, stable, and in no way a secret.
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193));
    format!("{}-{:06x}", id.get(..room - 7).unwrap_or(id), hash & 0x00ff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        assert_eq!(snake("OrdersTable"), "orders_table");
        assert_eq!(snake("MyHTTPApi2Stage"), "my_http_api2_stage");
        assert_eq!(snake("3rdParty"), "r_3rd_party");
        assert_eq!(snake("--"), "r");
    }

    #[test]
    fn no_name_twice() {
        let mut names = Names::default();
        assert_eq!([names.take("FooBar"), names.take("Foo_Bar")], ["foo_bar", "foo_bar_2"]);
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (a, b) = (shortened(&"A".repeat(80), 10, 64), shortened(&"A".repeat(81), 10, 64));
        assert_eq!(a.len(), 54);
        assert_ne!(a, b);
        assert_eq!(shortened("Short", 10, 64), "Short");
    }
}
