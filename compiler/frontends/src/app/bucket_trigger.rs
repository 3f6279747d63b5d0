//! `on: {bucket: ...}`: what happens to objects, told by the bucket or by way of EventBridge.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Kind, Trigger, Via};
use samc_syntax::Spanned;

use super::lower::Lower;
use super::trigger::{Name, Target};

/// The words for what happens in a bucket: S3's event, and EventBridge's types of event.
const EVENTS: [(&str, &str, &[&str]); 4] = [
    ("created", "s3:ObjectCreated:*", &["Object Created"]),
    ("removed", "s3:ObjectRemoved:*", &["Object Deleted"]),
    ("restored", "s3:ObjectRestore:Completed", &["Object Restore Completed"]),
    ("tagged", "s3:ObjectTagging:*", &["Object Tags Added", "Object Tags Deleted"]),
];

/// Adds the event of a bucket.
pub(super) fn lower(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    name: &Name,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let Some(found) =
        ctx.component_of(owner, &format!("{path}.bucket"), name, &[Kind::Bucket], "a bucket trigger")
    else {
        return;
    };
    let via = trigger.via.as_ref();
    let is_direct = via.map_or(found.external.is_none(), |v| v.value == Via::Direct);
    if is_direct && found.external.is_some() {
        let finding = Diagnostic::error(
            codes::EXTERNAL_UNCHANGED,
            format!("{} exists already, and its notifications are not changed", name.value),
        )
        .at(via.and_then(|v| v.span), "would change the bucket")
        .label(found.span, "external")
        .help("use `via: eventbridge`, and turn EventBridge on for the bucket");
        ctx.report(owner, path, finding);
        return;
    }
    let (direct, types) = events(ctx, target, path, trigger, is_direct);
    let mut part = |key: &str, given: &Option<Spanned<String>>| {
        given.as_ref().map(|g| ctx.text(owner, &format!("{path}.{key}"), g))
    };
    let (prefix, suffix) = (part("prefix", &trigger.prefix), part("suffix", &trigger.suffix));
    let words = name.value.to_string();
    if is_direct {
        let mut properties = Map::from([("Bucket", Expr::reference(&found.id).with_span(name.span))]);
        properties.insert("Events", direct);
        let rules: Vec<Expr> = [("prefix", prefix), ("suffix", suffix)]
            .into_iter()
            .filter_map(|(key, value)| Some(Expr::from([("Name", Expr::from(key)), ("Value", value?)])))
            .collect();
        if !rules.is_empty() {
            let key = Map::from([("Rules", Expr::from(rules))]);
            properties.insert("Filter", Map::from([("S3Key", Expr::from(key))]));
        }
        target.add(&words, "S3", properties, name.span);
        return;
    }
    let Some(bucket_name) = ctx.needed(owner, path, name, &found, "name") else { return };
    let bucket = Map::from([("name", Expr::from(vec![bucket_name]))]);
    let mut detail = Map::from([("bucket", Expr::from(bucket))]);
    if let Some(key) = key_pattern(prefix, suffix) {
        detail.insert("object", Map::from([("key", Expr::from(vec![key]))]));
    }
    let mut pattern = Map::from([("source", Expr::from(vec![Expr::from("aws.s3")]))]);
    pattern.insert("detail-type", types);
    pattern.insert("detail", detail);
    let properties = Map::from([("Pattern", Expr::from(pattern).with_span(name.span))]);
    target.add(&words, "EventBridgeRule", properties, name.span);
}

/// The pattern of the keys of objects. Both parts must hold, while a list means any of them.
fn key_pattern(prefix: Option<Expr>, suffix: Option<Expr>) -> Option<Expr> {
    match (prefix, suffix) {
        (Some(prefix), Some(suffix)) => {
            let parts = vec![
                super::text::Part::Value(prefix),
                super::text::Part::Text("*".to_owned()),
                super::text::Part::Value(suffix),
            ];
            Some(Expr::from([("wildcard", super::text::join(parts))]))
        }
        (Some(prefix), None) => Some(Expr::from([("prefix", prefix)])),
        (None, Some(suffix)) => Some(Expr::from([("suffix", suffix)])),
        (None, None) => None,
    }
}

/// The events as S3 names them, and as EventBridge does.
fn events(
    ctx: &mut Lower<'_>,
    target: &Target<'_>,
    path: &str,
    trigger: &Trigger,
    is_direct: bool,
) -> (Vec<Expr>, Vec<Expr>) {
    let (mut direct, mut types) = (Vec::new(), Vec::new());
    let created = vec![Spanned::new("created".to_owned(), None)];
    for event in trigger.events.as_ref().unwrap_or(&created) {
        if let Some((_, name, by_type)) = EVENTS.iter().find(|(word, _, _)| *word == event.value) {
            direct.push(Expr::from(*name).with_span(event.span));
            types.extend(by_type.iter().map(|t| Expr::from(*t)));
            continue;
        }
        if event.value.starts_with("s3:") && is_direct {
            direct.push(Expr::from(event.value.as_str()).with_span(event.span));
            continue;
        }
        let words: Vec<&str> = EVENTS.iter().map(|(word, _, _)| *word).collect();
        let help = match samc_base::nearest(&event.value, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("its events are {}, and those of S3 such as `s3:ObjectCreated:Put`", words.join(", "))
            }
        };
        let finding =
            Diagnostic::error(codes::INVALID_VALUE, format!("a bucket has no event `{}`", event.value))
                .at(event.span, "not an event of buckets")
                .help(help);
        ctx.report(target.owner, path, finding);
    }
    (direct, types)
}
