//! What is told of keys and values, and told by others as well, who mostly know more: the lowering, and the rules that
//! look at the resources which come of a service.

use samc_base::codes::{
    EVENT_WITHOUT_EFFECT, MISSING_KEY_OF_SERVICE, SETTING_WITHOUT_EFFECT, UNKNOWN_KEY_OF_SERVICE,
    WRONG_VALUE_OF_SERVICE,
};
use samc_base::{Diagnostic, Diagnostics, Severity};

/// Takes out the findings of this check about a place of which something else is told: an error, or what the front end
/// says. That a key which is none has no effect is taken out in turn.
pub fn without_repetitions(found: &mut Diagnostics) {
    if !found.iter().any(is_own) {
        return;
    }
    let unknown: Vec<_> =
        found.iter().filter(|f| f.code() == UNKNOWN_KEY_OF_SERVICE).filter_map(Diagnostic::span).collect();
    found.retain(|finding| {
        let is_without_effect = [SETTING_WITHOUT_EFFECT, EVENT_WITHOUT_EFFECT].contains(&finding.code());
        !(is_without_effect && finding.span().is_some_and(|span| unknown.contains(&span)))
    });
    let is_front_end = |finding: &&Diagnostic| finding.code().id().starts_with(['E', 'W']);
    let others = found.iter().filter(|finding| !is_own(finding));
    let others = others.filter(|finding| finding.severity == Severity::Error || is_front_end(finding));
    let others: Vec<Diagnostic> = others.cloned().collect();
    found.retain(|finding| !is_own(finding) || !others.iter().any(|other| says(other, finding)));
}

fn is_own(finding: &Diagnostic) -> bool {
    [UNKNOWN_KEY_OF_SERVICE, WRONG_VALUE_OF_SERVICE, MISSING_KEY_OF_SERVICE].contains(&finding.code())
}

/// True where another finding says what one of this check does: it is about the same place, or about the same mapping
/// and names the key that is missing there.
fn says(other: &Diagnostic, own: &Diagnostic) -> bool {
    if own.code() != MISSING_KEY_OF_SERVICE {
        return own.span().is_some() && other.span() == own.span();
    }
    let (Some(there), Some(here)) = (&other.path, &own.path) else { return false };
    let text = format!("{} {}", other.message, other.help.as_deref().unwrap_or_default());
    let is_word = |key: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == key);
    // The keys stand between backticks in the label.
    let keys = own.primary.as_ref().map(|label| label.message.split('`').skip(1).step_by(2));
    let is_inside =
        here.strip_prefix(there.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    is_inside && keys.is_some_and(|mut keys| keys.any(is_word))
}
