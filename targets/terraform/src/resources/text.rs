//! Texts that stand elsewhere: in a bucket, or in a file beside the files of Terraform.

use samc_ir::{Expr, Kind};

use super::{local_file, satellite};
use crate::context::Context;
use crate::hcl::{Block, Part, Value};
use crate::native::Site;

/// The text at a place, `s3://bucket/key`, an address of S3, or a local path; and what must be made for it to be
/// there.
pub(super) fn at_place(
    context: &Context<'_>,
    site: &Site<'_>,
    place: &Expr,
    what: &str,
) -> Option<(Value, Option<Block>)> {
    if let Some(path) = local(place) {
        return Some(match path.starts_with("artifacts/") {
            true => (Value::Call("file", vec![local_file(context, place)]), None),
            false => uploaded(context, site, place, path, what),
        });
    }
    let (bucket, key) = in_bucket(&context.value(place))?;
    let wish = key.as_literal().map_or(what, |key| key.rsplit('/').next().unwrap_or(key)).to_owned();
    let address = context.named_lookup("aws_s3_object", &wish, ("bucket", bucket), vec![("key", key)]);
    Some((Value::code(format!("{address}.body")), None))
}

/// The path of a local file.
fn local(place: &Expr) -> Option<&str> {
    match &place.kind {
        Kind::Asset(asset) => Some(&asset.path),
        Kind::String(text) if !text.contains("://") => Some(text),
        _ => None,
    }
}

/// A file that nobody has packed is put into the bucket for code and read from there: Terraform would
/// want to read it before it looks at anything else.
fn uploaded(
    context: &Context<'_>,
    site: &Site<'_>,
    place: &Expr,
    path: &str,
    what: &str,
) -> (Value, Option<Block>) {
    context.uploads.set(true);
    let mut object = satellite(context, site.plan, "aws_s3_object", what, None);
    object.set("bucket", Value::code("var.artifact_bucket"));
    object.set("key", Value::text(path.trim_start_matches("./")));
    object.set("source", local_file(context, place));
    object.set("content_type", Value::text("text/plain"));
    let made = object.labels.join(".");
    let bucket = Value::code(context.indexed(site.plan, &made, "bucket"));
    let rest = vec![
        ("key", Value::code(context.indexed(site.plan, &made, "key"))),
        ("depends_on", Value::List(vec![Value::code(made)])),
    ];
    let address = context.named_lookup("aws_s3_object", &object.labels[1], ("bucket", bucket), rest);
    (Value::code(format!("{address}.body")), Some(object))
}

/// The bucket and the key of `s3://bucket/key` or `https://bucket.s3.region.amazonaws.com/key`.
fn in_bucket(place: &Value) -> Option<(Value, Value)> {
    let Value::Text(parts) = place else { return None };
    let [Part::Lit(first), rest @ ..] = parts.as_slice() else { return None };
    if let Some(address) = first.strip_prefix("https://") {
        let (host, key) = place.as_literal().map(|_| address)?.split_once('/')?;
        let (bucket, service) = host.split_once(".s3").filter(|(_, rest)| rest.starts_with(['.', '-']))?;
        return service.contains(".amazonaws.com").then(|| (Value::text(bucket), Value::text(key)));
    }
    let first = first.strip_prefix("s3://")?;
    let (mut bucket, mut key) = (Vec::new(), Vec::new());
    let mut is_key = false;
    for part in std::iter::once(Part::Lit(first.to_owned())).chain(rest.iter().cloned()) {
        match part {
            Part::Lit(text) if !is_key => match text.split_once('/') {
                Some((before, after)) => {
                    bucket.push(Part::Lit(before.to_owned()));
                    key.push(Part::Lit(after.to_owned()));
                    is_key = true;
                }
                None => bucket.push(Part::Lit(text)),
            },
            part if is_key => key.push(part),
            part => bucket.push(part),
        }
    }
    let is_there = is_key && !bucket.is_empty() && !key.is_empty();
    is_there.then(|| (Value::template(bucket), Value::template(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_bucket_is_taken_apart() {
        let of = |text: &str| in_bucket(&Value::text(text));
        let pair = |bucket: &str, key: &str| Some((Value::text(bucket), Value::text(key)));
        assert_eq!(of("s3://things/a/b.graphql"), pair("things", "a/b.graphql"));
        assert_eq!(of("https://things.s3.eu-west-1.amazonaws.com/a/b"), pair("things", "a/b"));
        assert_eq!(of("https://example.org/things/a"), None);
        assert_eq!(of("s3://things"), None);
        let computed = Value::Text(vec![
            Part::Lit("s3://".to_owned()),
            Part::Value(Value::code("var.bucket")),
            Part::Lit("/a".to_owned()),
        ]);
        let bucket = Value::Text(vec![Part::Value(Value::code("var.bucket"))]);
        assert_eq!(in_bucket(&computed), Some((bucket, Value::text("a"))));
    }
}
