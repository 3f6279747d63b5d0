//! Buckets that are there already: a helper of the framework sets their notifications.

use indexmap::IndexMap;
use samc_base::codes;
use samc_ir::{Expr, Map};

use super::{CREATED, EXAMPLE, has_rules, is_existing, rules};
use crate::serverless::events::common::required;
use crate::serverless::events::custom_resources::{self, S3};
use crate::serverless::names::{normalized, upper_first};
use crate::serverless::output::{Output, statement};
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::stringify;

/// Adds what the helper is told of each function, and the helper.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let mut statements = Vec::new();
    let mut first = None;
    let mut of_bucket: IndexMap<String, Vec<String>> = IndexMap::new();
    for function in &service.functions {
        let events = function.events_of("s3").filter(|event| is_existing(event));
        let Some((event, bucket, id)) = one(function, &events.collect::<Vec<_>>(), out) else { continue };
        let arn = vec![
            "arn".into(),
            Expr::reference("AWS::Partition"),
            "s3".into(),
            "".into(),
            "".into(),
            bucket.clone(),
        ];
        let actions = ["s3:PutBucketNotification", "s3:GetBucketNotification"];
        statements.push(statement(&actions, Expr::join(":", arn)));
        of_bucket.entry(stringify(bucket)).or_default().push(id);
        first = first.or(Some(event));
    }
    let Some(first) = first else { return };
    custom_resources::one_after_another(of_bucket.values(), out);
    statements.push(custom_resources::permissions_of_functions());
    custom_resources::add(service, &S3, statements, first, out);
}

/// Adds the resource of a function, which has all events of its one bucket.
fn one<'a>(
    function: &Function,
    events: &[&'a Event],
    out: &mut Output<'_>,
) -> Option<(&'a Event, &'a Expr, String)> {
    let first = *events.first()?;
    let mut bucket: Option<&'a Expr> = None;
    let mut configs = Vec::new();
    for event in events {
        let [own] = required((function, event), ["bucket"], EXAMPLE, out)?;
        if let Some(other) = bucket.filter(|bucket| *bucket != own) {
            let name = |bucket: &Expr| bucket.as_str().map_or_else(|| stringify(bucket), str::to_owned);
            out.error(
                codes::EXCLUSIVE_PROPERTIES,
                &event.origin,
                format!(
                    "{} has events of two buckets that exist, {} and {}; the helper takes one for each function",
                    function.key,
                    name(other),
                    name(own)
                ),
                own.span,
                "a second bucket",
                "give the other bucket to a function of its own",
            );
            return None;
        }
        if !has_rules((function, event), out) {
            return None;
        }
        bucket = Some(own);
        let rules = rules(event, |key, value| Map::from([(upper_first(key), value.clone())]));
        let happens = event.given("event").cloned().unwrap_or_else(|| CREATED.into());
        configs.push(Expr::from([("Event", happens), ("Rules", rules.into())]));
    }
    let bucket = bucket?;
    let mut properties = Map::from([
        ("FunctionName", function.name.clone()),
        ("BucketName", bucket.clone()),
        ("BucketConfigs", configs.into()),
    ]);
    custom_resources::force(function, first, &mut properties, out);
    let id = format!("{}CustomS31", normalized(&function.key));
    custom_resources::resource(id.clone(), &S3, properties, (function, first), out);
    Some((first, bucket, id))
}
