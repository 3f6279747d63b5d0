//! Rules of one's own: `lint.policies` of samc.yaml.

use std::collections::BTreeSet;
use std::sync::Mutex;

use samc_base::Code;
use samc_schema::config::Policy;

use crate::config::Loaded;

/// Texts of codes that a configuration has made. A code lives as long as the program, like those that are
/// written in it; each text is kept once, however often it is read.
static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

fn keep(text: &str) -> &'static str {
    let mut texts = TEXTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(kept) = texts.get(text) {
        return kept;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    texts.insert(kept);
    kept
}

/// The code of a policy, with its name or one made from the code.
pub(crate) fn code_of(policy: &Policy) -> Code {
    let id = &policy.code.value;
    let name =
        policy.name.as_ref().map_or_else(|| format!("policy-{}", id.to_lowercase()), |n| n.value.clone());
    Code::new(keep(id), keep(&name))
}

/// The codes of all policies.
pub(crate) fn codes_of(loaded: &Loaded) -> Vec<Code> {
    let policies = loaded.config.lint.iter().flat_map(|lint| lint.policies.iter().flatten());
    policies.map(|policy| code_of(&policy.value)).collect()
}

/// True for a text of the form of a code of one's own, `X001` or `AB123`, whose letters are none of samc's.
pub fn is_own_code(text: &str) -> bool {
    let letters = text.len().saturating_sub(3);
    let (head, digits) = text.split_at_checked(letters).unwrap_or(("", text));
    let is_form = (1..=2).contains(&head.len())
        && head.bytes().all(|b| b.is_ascii_uppercase())
        && digits.bytes().all(|b| b.is_ascii_digit());
    is_form && !OURS.contains(&head)
}

/// The letters that codes of samc begin with, and those that rules to come may have.
const OURS: [&str; 12] = ["C", "D", "E", "F", "K", "L", "O", "P", "R", "S", "T", "W"];
