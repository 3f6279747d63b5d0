//! The templates that make the event of a function out of a request, where the request does not go through as
//! it is. Source: lib/method/integration.js and lib/method/index.js of the events `api-gateway` of osls 3.77.1; the
//! files beside this one are what the framework puts into stacks, which is part of what functions are written
//! for, and so the same to the letter.

use samc_ir::{Expr, Map};

use super::route::{Integration, Route};
use crate::serverless::value::text;

/// Makes the event, with `$body` set before.
const COMMON: &str = include_str!("templates/common.vtl");

/// Sets `$body` from a form.
const FORM: &str = include_str!("templates/form.vtl");

/// Sets `$body` from JSON.
const JSON: &str = "    #set( $body = $input.json(\"$\") )\n";

/// What stands in a template for the claims that the authorizer picks.
const CLAIMS: &str = "extraCognitoPoolClaims";

/// The templates of a route, by the type of the content.
pub(super) fn requests(route: &Route<'_>) -> Map {
    let mut templates = Map::new();
    if route.integration == Integration::Aws {
        for (content, body) in [("application/json", JSON), ("application/x-www-form-urlencoded", FORM)] {
            templates.insert(content, format!("\n{body}\n    \n{COMMON}\n  "));
        }
    }
    let own = route.request("template").and_then(Expr::as_map);
    for entry in own.map(Map::entries).unwrap_or_default() {
        if entry.value.is_null() {
            templates.remove(&entry.key);
        } else {
            templates.insert_spanned(entry.key.clone(), entry.key_span, entry.value.clone());
        }
    }
    let claims = claims(route);
    for template in templates.values_mut() {
        if let Some(text) = template.as_str().filter(|text| text.contains(CLAIMS)) {
            *template = Expr::from(text.replacen(CLAIMS, &claims, 1)).with_span(template.span);
        }
    }
    templates
}

/// The claims that the authorizer picks, as members of a JSON object.
fn claims(route: &Route<'_>) -> String {
    let claims = route.authorizer.as_ref().map(|authorizer| authorizer.claims()).unwrap_or_default();
    let member = |claim: String| match claim.split_once(':') {
        Some((_, name)) => format!("\"{name}\": \"$context.authorizer.claims['{claim}']\","),
        None => format!("\"{claim}\": \"$context.authorizer.claims.{claim}\","),
    };
    claims.iter().filter_map(text).map(member).collect()
}
