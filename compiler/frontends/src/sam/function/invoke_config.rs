//! `EventInvokeConfig`: retries and destinations of asynchronous calls.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Function, Map, Resource};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy, main_attributes, passthrough_attributes};
use crate::sam::ids::hash_text;
use crate::sam::intrinsics::{as_keys, is_if};
use crate::sam::policy_documents;

/// CloudFormation's limit on the length of a condition's name.
const MAX_CONDITION_NAME: usize = 255;

/// The kinds of destination.
const KINDS: [&str; 5] = ["SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"];

/// What the configuration expands to.
#[derive(Default)]
pub(super) struct InvokeConfig {
    /// Queues and topics made for destinations, then the configuration itself.
    pub(super) generated: Vec<Generated>,
    /// Policies of the execution role to send to the destinations.
    pub(super) policies: Vec<Expr>,
}

/// Expands the configuration, if there is one.
pub(super) fn generate(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    source: &Resource,
    properties: &Map,
    alias: Option<&Generated>,
) -> Result<InvokeConfig> {
    let Some(config) = properties.get("EventInvokeConfig").filter(|c| c.is_truthy()) else {
        return Ok(InvokeConfig::default());
    };
    let resolved = ctx.resolve(config);
    let empty = Map::new();
    let config = resolved.as_map().unwrap_or(&empty);
    let config_id = format!("{id}EventInvokeConfig");
    let mut expanded = InvokeConfig::default();
    let mut destinations = Map::new();
    if let Some(given) = config.get("DestinationConfig").filter(|d| d.is_truthy()) {
        if given.as_call().is_some() {
            ctx.warn(
                Diagnostic::warning(
                    codes::IGNORED_ATTRIBUTE,
                    "DestinationConfig is a call of a function, which SAM drops: the function gets no destinations",
                )
                .at(given.span, "is not looked into")
                .help("write OnSuccess and OnFailure here, and the call as the Destination of each"),
            );
        }
        let Some(given) = as_keys(given) else {
            return Err(not_a_map(ctx, given, "EventInvokeConfig.DestinationConfig"));
        };
        for name in ["OnSuccess", "OnFailure"] {
            let Some(destination) = given.get(name).filter(|d| !d.is_null()) else { continue };
            let Some(map) = destination.as_map() else {
                return Err(not_a_map(
                    ctx,
                    destination,
                    &format!("EventInvokeConfig.DestinationConfig.{name}"),
                ));
            };
            let arn = expand_destination(ctx, source, map, destination, &config_id, name, &mut expanded)?;
            destinations.insert(name, Expr::from([("Destination", arn)]));
        }
    }
    let qualifier = match alias {
        Some(alias) => alias.resource.property("Name").cloned().unwrap_or_else(|| "$LATEST".into()),
        None => "$LATEST".into(),
    };
    let mut made = Map::from([("FunctionName", Expr::reference(id)), ("Qualifier", qualifier)]);
    made.insert("DestinationConfig", destinations);
    copy(config, "MaximumEventAgeInSeconds", &mut made);
    copy(config, "MaximumRetryAttempts", &mut made);
    let resource = Generated::new(config_id, "AWS::Lambda::EventInvokeConfig", made, ctx.current.clone())
        .depends_on(alias.map(|a| Expr::from([Expr::from(&a.id)])))
        .attributes(&main_attributes(source));
    expanded.generated.push(resource);
    Ok(expanded)
}

/// The transform makes the queue of the first function that shares a destination, writes its ARN into
/// the shared value, and so sends what every other function fails at to the first one's queue.
fn warn_of_sharing(ctx: &mut Expansion<'_>, destination: &Expr, name: &str) {
    let Some(span) = destination.span.filter(|span| ctx.globals.span.is_some_and(|g| g.contains(*span)))
    else {
        return;
    };
    let functions = ctx.shared_destinations.entry(span).or_default();
    *functions += 1;
    if *functions == 2 {
        let message = format!(
            "each function gets a destination {name} of its own, where SAM's transform has all of them share \
             the first one's"
        );
        ctx.warn(
            Diagnostic::warning(codes::SHARED_DESTINATION, message)
                .at(span, "in Globals, without an ARN")
                .help("name one queue or topic for all with Destination, or set this on each function"),
        );
    }
}

fn not_a_map(ctx: &mut Expansion<'_>, value: &Expr, name: &str) -> samc_base::Reported {
    ctx.report(
        Diagnostic::error(
            codes::WRONG_TYPE,
            format!("{name} is {}, and must be a mapping", value.kind_name()),
        )
        .at(value.span, "not a mapping")
        .path(format!("{}.{name}", ctx.current.path)),
    )
}

/// Makes the queue or topic of a destination without an ARN, and the policy for it; gives the ARN.
fn expand_destination(
    ctx: &mut Expansion<'_>,
    source: &Resource,
    destination: &Map,
    whole: &Expr,
    config_id: &str,
    name: &str,
    expanded: &mut InvokeConfig,
) -> Result<Expr> {
    let path = format!("{}.EventInvokeConfig.DestinationConfig.{name}", ctx.current.path);
    let kind = destination.get("Type").filter(|t| !t.is_null());
    let Some(kind) = kind.and_then(Expr::as_str).filter(|k| KINDS.contains(k)) else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::INVALID_VALUE,
                format!("{name} needs a Type: one of {}", KINDS.join(", ")),
            )
            .at(kind.and_then(|k| k.span).or(whole.span), "no such kind of destination")
            .path(path),
        ));
    };
    let given = destination.get("Destination").filter(|d| !d.is_null());
    let split = match given {
        Some(given) => split_condition(ctx, given, config_id)?,
        None => None,
    };
    let resource_id = format!("{config_id}{name}");
    let arn = match (given, split) {
        (Some(given), None) => given.clone(),
        (_, split) => {
            let (suffix, resource_type) = match kind {
                "SQS" => ("Queue", "AWS::SQS::Queue"),
                "SNS" => ("Topic", "AWS::SNS::Topic"),
                _ => {
                    return Err(ctx.report(
                        Diagnostic::error(
                            codes::MISSING_PROPERTY,
                            format!(
                                "{name} of type {kind} needs Destination; only SQS and SNS are made by SAM"
                            ),
                        )
                        .at(whole.span, "Destination is missing")
                        .path(path),
                    ));
                }
            };
            warn_of_sharing(ctx, whole, name);
            let made_id = format!("{resource_id}{suffix}");
            let mut made = Generated::new(made_id.as_str(), resource_type, Map::new(), ctx.current.clone())
                .attributes(&passthrough_attributes(source));
            let own = source.attributes.get("Condition").and_then(Expr::as_str).map(str::to_owned);
            let condition = combine(ctx, own, split.as_ref().map(|s| s.condition.clone()));
            if let Some(condition) = condition {
                made = made.attribute("Condition", condition);
            }
            let made_arn = match kind {
                "SQS" => Expr::get_att(made_id, "Arn"),
                _ => Expr::reference(made_id),
            };
            expanded.generated.push(made);
            match split {
                Some(split) => Expr::if_else(split.condition, made_arn, split.given),
                None => made_arn,
            }
        }
    };
    expanded.policies.extend(policy_documents::send_to(kind, arn.clone(), &resource_id));
    Ok(arn)
}

/// A destination that is given under one condition, and made under another.
struct Split {
    /// The condition under which the destination is made.
    condition: String,
    /// The destination otherwise.
    given: Expr,
}

/// `Fn::If` with `AWS::NoValue` in one arm asks for a destination of our own in that arm.
fn split_condition(ctx: &mut Expansion<'_>, destination: &Expr, config_id: &str) -> Result<Option<Split>> {
    if !is_if(destination) {
        return Ok(None);
    }
    let Some((condition, then, otherwise)) = destination.as_if() else {
        return Err(ctx.report(
            Diagnostic::error(
                codes::INTRINSIC_ARGUMENTS,
                format!("Fn::If in a Destination of {config_id} takes a list of three values"),
            )
            .at(destination.span, "not a list of three"),
        ));
    };
    let name = condition.as_str().unwrap_or_default();
    Ok(match (then.is_no_value(), otherwise.is_no_value()) {
        (true, false) => Some(Split { condition: name.to_owned(), given: otherwise.clone() }),
        (false, true) => {
            let negated = condition_name(format!("NOT{name}"), config_id);
            let value = Expr::call(Function::Not, vec![Expr::call(Function::Condition, name)]);
            ctx.add_condition(&negated, value);
            Some(Split { condition: negated, given: then.clone() })
        }
        _ => None,
    })
}

/// The condition that holds where both do.
fn combine(ctx: &mut Expansion<'_>, own: Option<String>, other: Option<String>) -> Option<String> {
    let (Some(own), Some(other)) = (&own, &other) else { return own.or(other) };
    let source = ctx.current.source.as_ref().map_or_else(String::new, ToString::to_string);
    let name = condition_name(format!("{own}AND{other}"), &source);
    // AWS's transform writes the name in a mapping of its own, and stacks exist that were made so.
    let named = |name: &str| Expr::call(Function::Condition, Expr::call(Function::Condition, name));
    let both = [named(own), named(other)];
    ctx.add_condition(&name, Expr::call(Function::And, both.to_vec()));
    Some(name)
}

fn condition_name(mut name: String, hashed: &str) -> String {
    name.push_str(&hash_text(hashed));
    name.truncate(MAX_CONDITION_NAME);
    name
}
