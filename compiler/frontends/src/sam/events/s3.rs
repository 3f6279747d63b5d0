//! Objects of a bucket: the bucket of the template gets a notification.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map};

use super::permission::{self, Restriction};
use super::{Event, EventType, LambdaTarget};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;
use crate::sam::properties::{Property, Shape};
use crate::sam::role::Role;
use crate::sam::tags;

/// Objects that come and go in a bucket of the same template.
pub(super) const S3: EventType = EventType {
    name: "S3",
    properties: &[
        Property::required("Bucket", Shape::Text),
        Property::required("Events", Shape::OneOf(&[Shape::Text, Shape::ListOf(&Shape::Text)])).literal(),
        Property::optional("Filter", Shape::MapOf(&Shape::Text)),
    ],
    expand,
};

/// Sets the tags of a function that propagates them on the buckets of its S3 events as well, in
/// place of theirs: the transform counts a bucket that it has edited as one it has made.
pub(crate) fn propagate_tags(ctx: &mut Expansion<'_>, function: &Map) {
    let is_set = |name: &str| function.get(name).is_some_and(Expr::is_truthy);
    let Some(tags) = function.get("Tags").and_then(Expr::as_map).filter(|t| !t.is_empty()) else { return };
    if !is_set("PropagateTags") {
        return;
    }
    let events = function.get("Events").and_then(Expr::as_map);
    for event in events.into_iter().flat_map(Map::values).filter_map(Expr::as_map) {
        let bucket =
            event.get("Properties").and_then(Expr::as_map).and_then(|p| p.get("Bucket")?.as_ref_to());
        let properties = bucket
            .filter(|_| event.get("Type").and_then(Expr::as_str) == Some(S3.name))
            .and_then(|id| ctx.output.get_mut(id)?.properties.as_mut()?.as_map_mut());
        if let Some(properties) = properties {
            properties.insert("Tags", tags::tag_list(tags));
        }
    }
}

fn expand(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    _: &mut Role,
) -> Result<Vec<Generated>> {
    let given = event.get("Bucket").cloned().unwrap_or_else(Expr::null);
    let bucket = given.as_ref_to().filter(|id| ctx.output.contains_key(*id)).map(LogicalId::from);
    let Some(bucket) = bucket else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::UNKNOWN_REFERENCE,
                format!("the S3 event {} must name a bucket of this template", event.key),
            )
            .at(given.span.or(event.span), "not a !Ref of a bucket here")
            .help(
                "a bucket from elsewhere sends its events through EventBridge: use an EventBridgeRule event with \
                 source aws.s3",
            ),
        ));
    };
    let restriction =
        Restriction { source_account: Some(Expr::reference("AWS::AccountId")), ..Restriction::default() };
    let permission =
        permission::invoke(ctx, format!("{}Permission", event.id), target, "s3.amazonaws.com", restriction);
    let condition = target.attributes.get("Condition").cloned();
    wait_for(ctx, &bucket, &permission, condition.as_ref())?;
    notify(ctx, event, target, &bucket, condition.as_ref())?;
    Ok(vec![permission])
}

/// S3 checks when the bucket is made that it may call the function: the bucket waits for the
/// permission. `DependsOn` cannot be conditional; a conditional tag that refers to it can.
fn wait_for(
    ctx: &mut Expansion<'_>,
    bucket: &LogicalId,
    permission: &Generated,
    condition: Option<&Expr>,
) -> Result {
    let Some(resource) = ctx.output.get_mut(bucket) else { return Ok(()) };
    let place = resource.origin.key_span;
    if let Some(condition) = condition {
        let tag = Expr::from([
            ("Key", Expr::from(format!("sam:ConditionalDependsOn:{}", permission.id))),
            ("Value", Expr::if_else(condition.clone(), Expr::reference(&permission.id), "no dependency")),
        ]);
        let Some(properties) = resource.properties_mut() else {
            return Err(not_a_map(ctx, bucket, "Properties", place));
        };
        let tags = properties.get_or_insert_with("Tags", || Vec::new().into());
        if tags.is_null() {
            *tags = Vec::new().into();
        }
        let Some(list) = tags.as_list_mut() else { return Err(not_a_map(ctx, bucket, "Tags", place)) };
        list.push(tag);
        return Ok(());
    }
    let mut waits = match resource.attributes.get("DependsOn") {
        None => Vec::new(),
        Some(one) if one.as_str().is_some() => vec![one.clone()],
        Some(list) => match list.as_list().filter(|l| l.iter().all(|e| e.as_str().is_some())) {
            Some(list) => list.to_vec(),
            None => {
                let at = list.span.or(place);
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!("DependsOn of {bucket} must be a name or a list of names"),
                    )
                    .at(at, "neither of the two"),
                ));
            }
        },
    };
    let id = Expr::from(&permission.id);
    if !waits.contains(&id) {
        waits.push(id);
    }
    resource.attributes.insert("DependsOn", waits);
    Ok(())
}

/// Adds a notification for each kind of event, unless an equal one is there.
fn notify(
    ctx: &mut Expansion<'_>,
    event: &Event,
    target: &LambdaTarget,
    bucket: &LogicalId,
    condition: Option<&Expr>,
) -> Result {
    let events = event.get("Events").cloned().unwrap_or_else(Expr::null);
    let kinds = events.as_list().map_or_else(|| vec![events.clone()], <[Expr]>::to_vec);
    let Some(resource) = ctx.output.get_mut(bucket) else { return Ok(()) };
    let place = resource.origin.key_span;
    let Some(properties) = resource.properties_mut() else {
        return Err(not_a_map(ctx, bucket, "Properties", place));
    };
    let Some(configuration) = map_in(properties, "NotificationConfiguration") else {
        return Err(not_a_map(ctx, bucket, "NotificationConfiguration", place));
    };
    let list = configuration.get_or_insert_with("LambdaConfigurations", || Vec::new().into());
    if list.is_null() {
        *list = Vec::new().into();
    }
    let at = list.span;
    let Some(list) = list.as_list_mut() else {
        return Err(ctx.report(
            Diagnostic::error(codes::WRONG_TYPE, format!("LambdaConfigurations of {bucket} must be a list"))
                .at(at.or(place), "not a list"),
        ));
    };
    for kind in kinds {
        let mut entry = Map::from([("Function", target.arn())]);
        if let Some(filter) = event.get("Filter") {
            entry.insert("Filter", filter.clone());
        }
        entry.insert("Event", kind);
        let entry = match condition {
            Some(condition) => Expr::if_else(condition.clone(), entry, Expr::no_value()),
            None => entry.into(),
        };
        if !list.contains(&entry) {
            list.push(entry);
        }
    }
    Ok(())
}

/// The map under a key, made where there is none.
fn map_in<'a>(properties: &'a mut Map, name: &str) -> Option<&'a mut Map> {
    let value = properties.get_or_insert_with(name, || Map::new().into());
    if value.is_null() {
        *value = Map::new().into();
    }
    value.as_map_mut()
}

fn not_a_map(
    ctx: &mut Expansion<'_>,
    bucket: &LogicalId,
    name: &str,
    place: Option<samc_base::Span>,
) -> samc_base::Reported {
    let wanted = if name == "Tags" { "a list" } else { "a mapping" };
    let at = ctx.output.get(bucket).and_then(|b| b.property(name).and_then(|p| p.span)).or(place);
    ctx.report(
        Diagnostic::error(codes::WRONG_TYPE, format!("{name} of {bucket} must be {wanted}"))
            .at(at, format!("not {wanted}")),
    )
}
