//! C236: resource types that CloudFormation does not have.

use samc_base::{Code, Diagnostic, Diagnostics, nearest};
use samc_data::resource_schemas;

use crate::context::{Context, about, named};
use crate::rule::Rule;

/// The rule.
pub(super) static RULE: Rule =
    Rule { code: Code::new("C236", "unknown-type"), page: include_str!("unknown_type.md"), check };

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, resource) in &context.graph.resources {
        let name = &*resource.resource_type;
        // Types of others are registered in an account, where this compiler cannot look; SAM's own
        // are its front end's affair.
        let own = name.starts_with("AWS::") && !name.starts_with("AWS::Serverless::");
        if !own || name.ends_with("::MODULE") || context.schema(resource).is_some() {
            continue;
        }
        let who = named(id, &resource.origin);
        let message = format!("{who} is of type `{name}`, which CloudFormation does not have");
        let found = match nearest(name, resource_schemas::types()) {
            Some(near) => Diagnostic::error(RULE.code, message).help(format!("did you mean `{near}`?")),
            None => Diagnostic::warning(
                RULE.code,
                format!("{who} is of type `{name}`, which is not among the types known to this compiler"),
            )
            .help("check the spelling; a type that is newer than the compiler's tables works as it is"),
        };
        let found = found.at(resource.origin.key_span, "of an unknown type");
        diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.Type")));
    }
}
