//! `Metadata: {samc: {allow: [{rule, reason, until, by}]}}` of a template or a resource, and `custom: {samc: ...}` of a
//! serverless.yml: works in JSON as well, and holds for what is made from the resource.

use samc_base::{Code, Diagnostics};
use samc_schema::metadata;
use samc_syntax::Document;

use super::{Allow, Scope, Words};

const FORM: &str = "write `allow: [{rule: R501, reason: ...}]`, with `until` where it is for a time";

/// Everything that is allowed so. What is no form of it at all was told when the document was read.
pub(super) fn all(document: &Document, own: &[Code], found: &mut Diagnostics) -> Vec<Allow> {
    let mut allows = Vec::new();
    let form = metadata::Form::of(&document.root);
    for said in metadata::read(&document.root, form, &mut Diagnostics::default()) {
        for allow in said.metadata.allow.iter().flatten() {
            let value = &allow.value;
            let words = Words {
                rules: vec![(&value.rule.value, value.rule.span)],
                reason: value.reason.as_ref().map(|reason| reason.value.as_str()),
                until: value.until.as_ref().map(|until| (until.value.as_str(), until.span)),
                has_owner: value.by.is_some(),
                span: allow.span.unwrap_or(said.scope),
            };
            let scope = match &said.of {
                Some(name) => Scope::Resource { name: name.clone(), span: said.scope },
                None => Scope::Document,
            };
            allows.extend(words.judge(scope, own, FORM, found));
        }
    }
    allows
}
