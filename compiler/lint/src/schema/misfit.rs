//! What of a text does not fit the pattern of its property, in words: patterns of AWS are long, and few read them.

use super::calls::is_of_arns;
use crate::pattern::Pattern;

/// Most characters of a text of which the beginning that fits is looked for.
const LONGEST: usize = 300;

/// What is wrong with a text that a pattern does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// In words, to be read after the text.
    pub(crate) words: String,
    /// Whether an ARN is wanted and this is none.
    pub(crate) is_of_arn: bool,
}

/// What is wrong with a text that a pattern does not fit; none where it cannot be said.
pub(super) fn of(text: &str, source: &str, pattern: &Pattern) -> Option<Misfit> {
    let (words, is_of_arn) = if source.contains("arn:") && text.starts_with("arn:") {
        (of_arn(text)?, true)
    } else if is_of_arns(source) {
        ("which is no ARN: one begins with `arn:`".to_owned(), true)
    } else {
        (of_end(text, pattern)?, false)
    };
    Some(Misfit { words, is_of_arn })
}

/// The part of an ARN that is none. Source: "Amazon Resource Names (ARNs)" in the guide of IAM.
fn of_arn(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, _, region, account, _] = parts[..] else {
        return Some(format!("which has {} of the 6 parts of an ARN", parts.len()));
    };
    if !partition.starts_with("aws") {
        return Some(format!("whose partition is `{partition}`, and no partition of AWS"));
    }
    if !region.is_empty() && !is_region(region) {
        return Some(format!("whose region is `{region}`, and no region of AWS"));
    }
    let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
    match account {
        "" | "aws" => None,
        _ if is_account => None,
        _ if account.chars().all(|c| c.is_ascii_digit()) => {
            Some(format!("whose account `{account}` has {} digits, and not 12", account.len()))
        }
        _ => Some(format!("whose account is `{account}`, and not a number of 12 digits")),
    }
}

/// Letters, a direction and a number: `eu-central-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let (number, words) = parts.split_last().unwrap_or((&"", &[]));
    number.len() == 1
        && number.chars().all(|c| c.is_ascii_digit())
        && words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
}

/// The end of a text that does not fit, where its beginning does.
fn of_end(text: &str, pattern: &Pattern) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return None;
    }
    let fits = |count: &usize| pattern.is_found_in(&chars[..*count].iter().collect::<String>());
    let fitting = (1..chars.len()).rev().find(fits)?;
    let (begins, next) = (&chars[..fitting], chars.get(fitting)?);
    Some(match begins.contains(next) {
        // What may stand before may stand here, so that it is the length.
        true => format!("which has {} characters, and {fitting} at most", chars.len()),
        false => format!(
            "in which `{next}` may not stand where it does, after `{}`",
            begins.iter().collect::<String>()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Function names, as the schema has them.
    const NAME: &str =
        "^([a-zA-Z0-9_-]{1,64}|arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:function:[a-zA-Z0-9_-]{1,64})$";
    const ARN: &str = "^arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+$";

    fn said(text: &str, source: &str) -> Option<String> {
        Some(of(text, source, &Pattern::parse(source)?)?.words)
    }

    #[test]
    fn the_part_that_does_not_fit_is_told() {
        for (text, source, wanted) in [
            ("arn:aws:iam::1234:role/x", ARN, "whose account `1234` has 4 digits, and not 12"),
            (
                "arn:aws:iam::MyAccount:role/x",
                ARN,
                "whose account is `MyAccount`, and not a number of 12 digits",
            ),
            ("arn:aws:iam:here::role/x", ARN, "whose region is `here`, and no region of AWS"),
            (
                "arn:azure:iam::123456789012:role/x",
                ARN,
                "whose partition is `azure`, and no partition of AWS",
            ),
            ("arn:aws:role", ARN, "which has 3 of the 6 parts of an ARN"),
            ("role", ARN, "which is no ARN: one begins with `arn:`"),
            ("a:b", NAME, "in which `:` may not stand where it does, after `a`"),
        ] {
            assert_eq!(said(text, source).as_deref(), Some(wanted), "{text}");
        }
        let long = "x".repeat(70);
        assert_eq!(said(&long, NAME).as_deref(), Some("which has 70 characters, and 64 at most"));
        assert_eq!(said(":", NAME), None);
        assert_eq!(said("arn:aws:iam::123456789012:user/x", ARN), None);
    }

    #[test]
    fn regions_are_told_from_other_words() {
        for region in ["eu-central-1", "us-gov-west-1", "ap-southeast-2", "us-iso-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["region", "us-east", "<region>", "US-EAST-1", "-1", "", "us-east-12"] {
            assert!(!is_region(other), "{other}");
        }
    }
}
