//! The controls of what keeps data: keys, tables, buckets, queues, topics and streams.

use samc_schema::app::{
    App, BucketEncryption, ComponentKey, Components, Key, Name, QueueEncryption, TableEncryption,
    TopicEncryption,
};
use samc_syntax::Spanned;

use super::labels::{self, Label};
use super::report::State;
use super::work::{At, Work};

/// The key that is made where data must be encrypted and the file has none, or several.
const KEY: &str = "compliance-key";

/// A key for data that must be encrypted: the only one there is, else one that is made.
pub(super) fn check_key(app: &mut App, work: &mut Work<'_>) {
    let wanted = work.labels.values().any(|label| label.is_secret() && !label.only_checks);
    let count = app.keys.as_ref().map_or(0, |k| k.0.len());
    if !wanted || count == 1 {
        return;
    }
    let Some(name) = Name::parse(KEY) else { return };
    let key = Key {
        rotate: None,
        pending: None,
        alias: None,
        multi_region: None,
        share_with: None,
        description: None,
        id: None,
        was: None,
        only: None,
        not: None,
        when: None,
        tags: None,
        protect: None,
        note: None,
        compliance: None,
    };
    let span = app.compliance.as_ref().and_then(|c| c.span);
    let key_name = ComponentKey(Spanned::new(name, span));
    app.keys.get_or_insert_with(Components::default).0.entry(key_name).or_insert(key);
}

/// The name of the key that is set where nothing is said.
pub(super) fn key_name(app: &App) -> String {
    let mut names = app.keys.iter().flat_map(|k| k.0.keys()).map(|k| k.name().to_string());
    match (names.next(), names.next()) {
        (Some(only), None) => only,
        _ => KEY.to_owned(),
    }
}

/// Encryption, and what keeps data, of tables, buckets, queues, topics and streams.
pub(super) fn stores(app: &mut App, work: &mut Work<'_>) {
    let key = key_name(app);
    macro_rules! encrypt {
        ($section:ident, $type:ident, $own:pat) => {
            for (name, component) in app.$section.iter_mut().flat_map(|c| &mut c.0) {
                let at = At { section: stringify!($section), name: name.name().as_str(), span: name.span() };
                let label = work.label(at.name);
                if label.is_any() && matches!(at.section, "queues" | "topics") {
                    match label.only_checks {
                        true => {
                            let help = "nothing is set with `mode: check`";
                            work.missing("C2", at, false, "it takes requests without TLS", None, help);
                        }
                        false => {
                            work.note("C2", at, State::Applied, "requests without TLS are refused", None)
                        }
                    }
                }
                if !label.is_secret() {
                    continue;
                }
                match component.encrypt.as_ref().map(|e| (&e.value, e.span)) {
                    Some(($type::Key(key), span)) => {
                        work.note("C1", at, State::Held, format!("encrypted with {key}"), span);
                    }
                    Some(($own, span)) => work.missing(
                        "C1",
                        at,
                        true,
                        "it is encrypted, but not with a key of one's own",
                        span,
                        &format!("write `encrypt: {key}`"),
                    ),
                    None if label.only_checks => work.missing(
                        "C1",
                        at,
                        false,
                        "it is not encrypted with a key of one's own",
                        None,
                        &format!("add `encrypt: {key}`"),
                    ),
                    None => {
                        let span = labels::place_of(&app.compliance, &component.compliance);
                        component.encrypt = Some(Spanned::new($type::Key(key.clone()), span));
                        work.note("C1", at, State::Applied, format!("encrypted with {key}"), span);
                    }
                }
            }
        };
    }
    encrypt!(tables, TableEncryption, TableEncryption::AwsOwned | TableEncryption::Kms);
    encrypt!(buckets, BucketEncryption, BucketEncryption::S3 | BucketEncryption::Kms);
    encrypt!(queues, QueueEncryption, QueueEncryption::Sqs | QueueEncryption::Kms);
    encrypt!(topics, TopicEncryption, TopicEncryption::None | TopicEncryption::Kms);
    encrypt!(streams, TopicEncryption, TopicEncryption::None | TopicEncryption::Kms);
    for (name, table) in app.tables.iter_mut().flat_map(|c| &mut c.0) {
        let at = At { section: "tables", name: name.name().as_str(), span: name.span() };
        let label = work.label(at.name);
        if label.is_secret() {
            let help = "add `backup: true`";
            keep(
                work,
                at,
                &label,
                &mut table.backup,
                ("can be restored to any second", "cannot be restored"),
                help,
            );
            keep(
                work,
                at,
                &label,
                &mut table.protect,
                ("outlives the stack", "is deleted with the stack"),
                "add `protect: true`",
            );
        }
    }
    for (name, bucket) in app.buckets.iter_mut().flat_map(|c| &mut c.0) {
        let at = At { section: "buckets", name: name.name().as_str(), span: name.span() };
        let label = work.label(at.name);
        if label.is_any() {
            work.note("C2", at, State::Held, "requests without TLS are refused", None);
        }
        if label.is_secret() {
            keep(
                work,
                at,
                &label,
                &mut bucket.versions,
                ("keeps earlier versions", "keeps no earlier versions"),
                "add `versions: true`",
            );
            keep(
                work,
                at,
                &label,
                &mut bucket.protect,
                ("outlives the stack", "is deleted with the stack"),
                "add `protect: true`",
            );
        }
    }
}

/// Sets a switch that must be on.
fn keep(
    work: &mut Work<'_>,
    at: At<'_>,
    label: &Label,
    switch: &mut Option<Spanned<bool>>,
    (what, not): (&str, &str),
    help: &str,
) {
    match switch {
        Some(Spanned { value: true, span }) => work.note("C6", at, State::Held, format!("it {what}"), *span),
        Some(Spanned { value: false, span }) => {
            let span = *span;
            work.missing("C6", at, true, &format!("it {not}"), span, help);
        }
        None if label.only_checks => {
            work.missing("C6", at, false, &format!("it {not}"), None, help);
        }
        None => {
            *switch = Some(true.into());
            work.note("C6", at, State::Applied, format!("it {what}"), None);
        }
    }
}
