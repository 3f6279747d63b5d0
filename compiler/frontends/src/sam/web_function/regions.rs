//! `ReplicaRegions` of a web function: regions and groups of them, included and excluded.

use std::collections::BTreeSet;

use samc_base::{Diagnostic, Reported, codes};
use samc_ir::{Expr, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::properties::{Property, Shape, section};

/// Groups of regions by name. Source: aws-sam-translator 1.115.0.
const GROUPS: &[(&str, &[&str])] = &[
    ("US", &["us-east-1", "us-east-2", "us-west-1", "us-west-2"]),
    (
        "AP",
        &[
            "ap-south-1",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-southeast-1",
            "ap-southeast-2",
        ],
    ),
    ("CA", &["ca-central-1"]),
    ("EU", &["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1"]),
    ("SA", &["sa-east-1"]),
    (
        "SPARSE_GLOBAL",
        &[
            "us-east-1",
            "eu-west-1",
            "eu-central-1",
            "ap-northeast-1",
            "ap-southeast-2",
            "sa-east-1",
            "ap-southeast-1",
        ],
    ),
];

/// Every region of every group.
const ALL: &str = "ALL_STANDARD";

const TABLE: &[Property] = &[
    Property::optional("IncludeRegions", Shape::List).literal(),
    Property::optional("ExcludeRegions", Shape::List).literal(),
];

/// The regions, sorted, with intrinsic functions behind them; nothing where the author names none.
pub(super) fn list(ctx: &mut Expansion<'_>, properties: &Map) -> Result<Option<Expr>> {
    let Some(given) = properties.get("ReplicaRegions").filter(|r| !r.is_null()) else { return Ok(None) };
    if given.is_call() {
        return Ok(Some(given.clone()));
    }
    if let Some(items) = given.as_list() {
        let (regions, calls) = expand(ctx, items)?;
        return Ok(Some(join(regions, calls)));
    }
    let Some(map) = section(ctx, properties, "ReplicaRegions", TABLE)? else { return Ok(None) };
    let items = |name: &str| map.get(name).and_then(Expr::as_list).unwrap_or_default();
    let (include, exclude) = (items("IncludeRegions"), items("ExcludeRegions"));
    let (mut included, calls) = expand(ctx, include)?;
    let (excluded, unknown) = expand(ctx, exclude)?;
    let place = map.key_span("ExcludeRegions");
    if include.is_empty() && !exclude.is_empty() {
        return Err(fault(ctx, "ExcludeRegions has a meaning only with IncludeRegions", place));
    }
    if let Some(call) = unknown.first() {
        return Err(fault(
            ctx,
            "a region in ExcludeRegions must be written out, and not an intrinsic function",
            call.span.or(place),
        ));
    }
    if let (false, Some(call)) = (excluded.is_empty(), calls.first()) {
        return Err(fault(
            ctx,
            "an intrinsic function in IncludeRegions may stand for a region that ExcludeRegions leaves out",
            call.span.or(place),
        ));
    }
    included.retain(|region| !excluded.contains(region));
    Ok(Some(join(included, calls)))
}

fn join(regions: BTreeSet<String>, calls: Vec<Expr>) -> Expr {
    regions.into_iter().map(Expr::from).chain(calls).collect::<Vec<_>>().into()
}

/// The regions that the texts name, groups taken apart, and what is not text.
fn expand(ctx: &mut Expansion<'_>, items: &[Expr]) -> Result<(BTreeSet<String>, Vec<Expr>)> {
    let mut regions = BTreeSet::new();
    let mut calls = Vec::new();
    let mut result = Ok(());
    for item in items {
        let Some(text) = item.as_str() else {
            calls.push(item.clone());
            continue;
        };
        let name = text.to_ascii_uppercase();
        let mut known = false;
        for (_, members) in GROUPS.iter().filter(|(group, _)| name == *group || name == ALL) {
            known = true;
            regions.extend(members.iter().map(ToString::to_string));
        }
        if known {
        } else if text.contains('-') {
            regions.insert(text.to_owned());
        } else {
            let names: Vec<_> = GROUPS.iter().map(|(group, _)| *group).chain([ALL]).collect();
            let message = format!(
                "`{text}` is neither a region nor a group of regions; the groups are {}",
                names.join(", ")
            );
            result = Err(fault(ctx, message, item.span));
        }
    }
    result.map(|()| (regions, calls))
}

fn fault(ctx: &mut Expansion<'_>, message: impl Into<String>, at: Option<samc_base::Span>) -> Reported {
    let path = format!("{}.ReplicaRegions", ctx.current.path);
    ctx.report(Diagnostic::error(codes::INVALID_VALUE, message).at(at, "").path(path))
}
