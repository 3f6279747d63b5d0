//! APIs in OpenAPI: keys that stand where only paths and methods can.

use samc_base::{Diagnostic, Diagnostics, codes, nearest};
use samc_syntax::{Entry, Node};

use super::{Owner, is_call};

/// What may stand in a path item. Source: OpenAPI 3.0 and Swagger 2.0; `any` is what SAM's events
/// and many templates write for API Gateway's own method.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "any"];

/// What may stand beside the methods.
const BESIDE: [&str; 5] = ["$ref", "summary", "description", "servers", "parameters"];

/// Checks an API.
pub fn check(definition: &Node, owner: Owner<'_>, found: &mut Diagnostics) {
    if is_call(definition) {
        return;
    }
    let Some(sections) = definition.as_mapping() else {
        let message =
            format!("the definition of {} is {}, and must be a mapping", owner.id, definition.kind_name());
        let finding = Diagnostic::error(codes::INVALID_DEFINITION, message)
            .at(definition.span.part(0, 1), "no OpenAPI document");
        owner.report(found, "", finding);
        return;
    };
    // With a macro in it, anything may still come.
    if sections.iter().any(|section| section.key.starts_with("Fn::")) {
        return;
    }
    let Some(paths) = definition.entry("paths").filter(|paths| !is_call(&paths.value)) else { return };
    for path in paths.value.as_mapping().unwrap_or_default() {
        if is_extension(&path.key) {
            continue;
        }
        if !path.key.starts_with('/') && &*path.key != "$default" {
            let finding =
                unknown(path, format!("`{}` stands among the paths of {}, and is none", path.key, owner.id))
                    .help("a path begins with `/`");
            owner.report(found, &format!(".paths.{}", path.key), finding);
            continue;
        }
        if is_call(&path.value) {
            continue;
        }
        for method in path.value.as_mapping().unwrap_or_default() {
            let lower = method.key.to_lowercase();
            if METHODS.contains(&&*lower) || BESIDE.contains(&&*method.key) || is_extension(&method.key) {
                continue;
            }
            let message =
                format!("`{}` of {} is no method, so that the route is not there", method.key, path.key);
            let finding = match nearest(&lower, METHODS) {
                Some(near) => unknown(method, message).help(format!("did you mean `{near}`?")),
                None => unknown(method, message)
                    .help(format!("one of {}, or x-amazon-apigateway-any-method", METHODS[..7].join(", "))),
            };
            owner.report(found, &format!(".paths.{}.{}", path.key, method.key), finding);
        }
    }
}

fn unknown(entry: &Entry, message: String) -> Diagnostic {
    Diagnostic::warning(codes::UNKNOWN_API_KEY, message).at(entry.key_span, "not as OpenAPI has it")
}

/// Extensions, and functions of CloudFormation.
fn is_extension(key: &str) -> bool {
    key.starts_with("x-") || key.starts_with("Fn::")
}
