//! What the properties of a web function must hold, each for itself and together.

use samc_base::{Diagnostic, Reported, Span, codes};
use samc_ir::{Expr, Kind, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::properties::missing;
use crate::sam::web_function::TYPE;

const MODES: [&str; 2] = ["LatestRevision", "Disabled"];
/// Seconds, both included.
const TIMEOUT: std::ops::RangeInclusive<i128> = 3..=900;
const MAX_WEIGHTS: usize = 2;
/// Characters.
const MAX_VARIABLE: usize = 4096;

/// Checks the properties, and reports every fault.
pub(super) fn check(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let mut result = deployment(ctx, properties);
    if !properties.get("AuthType").is_some_and(Expr::is_truthy) {
        result = Err(missing(ctx, "AuthType", TYPE));
    }
    if let Some(timeout) =
        properties.get("Timeout").filter(|t| t.as_int().is_some_and(|t| !TIMEOUT.contains(&t)))
    {
        let seconds = timeout.as_int().unwrap_or_default();
        let message =
            format!("Timeout is {seconds} s, and must be from {} s to {} s", TIMEOUT.start(), TIMEOUT.end());
        result = Err(fault(ctx, "Timeout", message, timeout.span));
    }
    result = result.and(weights(ctx, properties)).and(variables(ctx, properties));
    if let Some(arn) = properties.get("EgressNetworkConnectorArn")
        && arn.as_str().is_some_and(|text| !is_versioned_connector(text))
    {
        let message = "EgressNetworkConnectorArn must be the ARN of one version of a network connector";
        result = Err(fault(ctx, "EgressNetworkConnectorArn", message, arn.span));
    }
    result
}

/// How traffic moves to new revisions, which weights and the type of the endpoint decide together.
fn deployment(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let given = |name: &str| properties.get(name).filter(|v| v.is_truthy());
    let weighted = given("RevisionWeights").is_some();
    let mode = match given("AutoDeploymentMode") {
        None => MODES[0].to_owned(),
        Some(mode) => match ctx.resolve(mode).as_str().filter(|m| MODES.contains(m)) {
            Some(known) => known.to_owned(),
            None => {
                let message =
                    "AutoDeploymentMode must be LatestRevision or Disabled, and known when samc runs";
                return Err(fault(ctx, "AutoDeploymentMode", message, mode.span));
            }
        },
    };
    let endpoint = given("EndpointType").map(|e| ctx.resolve(e));
    let endpoint = endpoint.as_ref().and_then(Expr::as_str).unwrap_or("HomeRegion");
    let regional = matches!(endpoint, "MultiRegion" | "PerRegion");
    let automatic = mode == MODES[0];
    let mode_span = properties.key_span("AutoDeploymentMode");
    if automatic && weighted {
        let message = "RevisionWeights shares traffic out, and AutoDeploymentMode LatestRevision gives all of it to the newest revision";
        let place = properties.key_span("RevisionWeights");
        return Err(fault(ctx, "RevisionWeights", message, place));
    }
    if automatic && regional {
        let message = format!("an endpoint of type {endpoint} needs AutoDeploymentMode Disabled");
        let place = mode_span.or(properties.key_span("EndpointType"));
        return Err(fault(ctx, "AutoDeploymentMode", message, place));
    }
    if !automatic && !regional && !weighted {
        let message = "with AutoDeploymentMode Disabled, RevisionWeights must say where traffic goes";
        return Err(fault(ctx, "AutoDeploymentMode", message, mode_span));
    }
    Ok(())
}

/// At most two revisions, and weights from 1 to 100 that make 100.
fn weights(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let Some(given) = properties.get("RevisionWeights").filter(|w| w.is_truthy()) else { return Ok(()) };
    let Some(map) = given.as_map() else {
        let message = "RevisionWeights must be a mapping of revisions to weights, written out";
        return Err(fault(ctx, "RevisionWeights", message, given.span));
    };
    let mut result = Ok(());
    for entry in map.entries() {
        let fine = match &entry.value.kind {
            Kind::Int(weight) => (1..=100).contains(weight),
            Kind::Bool(weight) => *weight,
            Kind::Call(..) => true,
            Kind::Null | Kind::Float(_) | Kind::String(_) | Kind::List(_) | Kind::Map(_) | Kind::Asset(_) => {
                false
            }
        };
        if !fine {
            let message = format!("the weight of `{}` must be a whole number from 1 to 100", entry.key);
            result = Err(fault(ctx, "RevisionWeights", message, entry.value.span.or(entry.key_span)));
        }
    }
    if map.len() > MAX_WEIGHTS {
        let message = format!("RevisionWeights has {} entries, and takes {MAX_WEIGHTS} at most", map.len());
        result = Err(fault(ctx, "RevisionWeights", message, given.span));
    }
    result?;
    let all: Option<Vec<i128>> = map.values().map(Expr::as_int).collect();
    match all.map(|weights| weights.iter().sum::<i128>()) {
        Some(sum) if sum != 100 => {
            let message = format!("the weights of RevisionWeights make {sum}, and must make 100");
            Err(fault(ctx, "RevisionWeights", message, given.span))
        }
        _ => Ok(()),
    }
}

fn variables(ctx: &mut Expansion<'_>, properties: &Map) -> Result {
    let mut result = Ok(());
    let map = properties.get("EnvironmentVariables").and_then(Expr::as_map);
    for entry in map.into_iter().flat_map(Map::entries) {
        let key = &*entry.key;
        let named = key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let length = entry.value.as_str().map(|text| text.chars().count());
        let message = if !named {
            format!("`{key}` cannot name a variable: a letter, then letters, digits and underscores")
        } else if length == Some(0) {
            format!("the variable `{key}` is empty, and a web function's must not be")
        } else if let Some(length) = length.filter(|l| *l > MAX_VARIABLE) {
            format!("the variable `{key}` has {length} characters, and may have {MAX_VARIABLE}")
        } else {
            continue;
        };
        let place = if named { entry.value.span } else { entry.key_span };
        result = Err(fault(ctx, "EnvironmentVariables", message, place.or(entry.key_span)));
    }
    result
}

/// `arn:…:lambda:region:account:network-connector:name:version`.
fn is_versioned_connector(arn: &str) -> bool {
    let parts: Vec<_> = arn.split(':').collect();
    match parts[..] {
        ["arn", partition, "lambda", _, _, "network-connector", name, version] => {
            [partition, name, version].iter().all(|part| !part.is_empty())
        }
        _ => false,
    }
}

fn fault(ctx: &mut Expansion<'_>, name: &str, message: impl Into<String>, at: Option<Span>) -> Reported {
    let path = format!("{}.{name}", ctx.current.path);
    ctx.report(Diagnostic::error(codes::INVALID_VALUE, message).at(at, "").path(path))
}
