//! What is told of keys and values, and told by others as well, who mostly know more: the lowering, and the rules that
//! look at the resources which come of a service.

use rustc_hash::FxHashSet;
use samc_base::codes::{
    EVENT_WITHOUT_EFFECT, MISSING_KEY_OF_SERVICE, SETTING_WITHOUT_EFFECT, UNKNOWN_KEY_OF_SERVICE,
    WRONG_VALUE_OF_SERVICE,
};
use samc_base::{Diagnostic, Diagnostics, Severity, Span};

/// Takes out the findings of this check about a place of which something else is told: an error, or what the front end
/// says. That a key which is none has no effect is taken out in turn.
pub fn without_repetitions(found: &mut Diagnostics) {
    if !found.iter().any(is_own) {
        return;
    }
    let unknown = found.iter().filter(|finding| finding.code() == UNKNOWN_KEY_OF_SERVICE);
    let unknown: FxHashSet<Span> = unknown.filter_map(Diagnostic::span).collect();
    found.retain(|finding| {
        let is_without_effect = [SETTING_WITHOUT_EFFECT, EVENT_WITHOUT_EFFECT].contains(&finding.code());
        !(is_without_effect && finding.span().is_some_and(|span| unknown.contains(&span)))
    });
    let is_front_end = |finding: &&Diagnostic| finding.code().id().starts_with(['E', 'W']);
    let others = found.iter().filter(|finding| !is_own(finding));
    let others = others.filter(|finding| finding.severity == Severity::Error || is_front_end(finding));
    let others: Vec<Diagnostic> = others.cloned().collect();
    let places: FxHashSet<Span> = others.iter().filter_map(Diagnostic::span).collect();
    found.retain(|finding| {
        if finding.code() == MISSING_KEY_OF_SERVICE {
            return !others.iter().any(|other| names_missing(other, finding));
        }
        !is_own(finding) || !finding.span().is_some_and(|span| places.contains(&span))
    });
}

fn is_own(finding: &Diagnostic) -> bool {
    [UNKNOWN_KEY_OF_SERVICE, WRONG_VALUE_OF_SERVICE, MISSING_KEY_OF_SERVICE].contains(&finding.code())
}

/// True where another finding is about the same mapping and names the key that is missing there.
fn names_missing(other: &Diagnostic, own: &Diagnostic) -> bool {
    let (Some(there), Some(here)) = (&other.path, &own.path) else { return false };
    let rest = here.strip_prefix(there.as_str());
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])) {
        return false;
    }
    let text = format!("{} {}", other.message, other.help.as_deref().unwrap_or_default());
    let is_word = |key: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == key);
    // The keys stand between backticks in the label.
    own.primary.as_ref().is_some_and(|label| label.message.split('`').skip(1).step_by(2).any(is_word))
}
