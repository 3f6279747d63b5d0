//! C236: resource types that CloudFormation does not have.

use rustc_hash::FxHashMap;
use samc_base::{Code, Diagnostic, Diagnostics, Severity, nearest};
use samc_data::resource_schemas;

use crate::context::{Context, about, named};
use crate::rule::{On, Rule};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: Code::new("C236", "unknown-type"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("unknown_type.md"),
    check,
};

/// The types of SAM. One that is left in the graph was not expanded, for reasons already told.
const SAM: [&str; 14] = [
    "AWS::Serverless::Api",
    "AWS::Serverless::Application",
    "AWS::Serverless::CapacityProvider",
    "AWS::Serverless::Connector",
    "AWS::Serverless::Function",
    "AWS::Serverless::GraphQLApi",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::MicrovmImage",
    "AWS::Serverless::NetworkConnector",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::StateMachine",
    "AWS::Serverless::WebFunction",
    "AWS::Serverless::WebSocketApi",
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    // One type may stand at thousands of resources.
    let mut near_names: FxHashMap<&str, Option<&str>> = FxHashMap::default();
    for (id, resource) in &context.graph.resources {
        let name = &*resource.resource_type;
        // Types of others are registered in an account, where this compiler cannot look.
        let theirs = name.contains("::") && !name.starts_with("AWS::");
        if theirs || SAM.contains(&name) || name.ends_with("::MODULE") || context.schema(resource).is_some() {
            continue;
        }
        let who = named(id, &resource.origin);
        let unknown = |who: &str| {
            Diagnostic::error(
                RULE.code,
                format!("{who} is of type `{name}`, which CloudFormation does not have"),
            )
        };
        let is_sam = name.starts_with("AWS::Serverless::");
        let near =
            *near_names.entry(name).or_insert_with(|| nearest(name, resource_schemas::types().chain(SAM)));
        let at = resource.origin.type_span.or(resource.origin.key_span);
        let label = near.map_or_else(|| "no such type".to_owned(), |near| format!("did you mean `{near}`?"));
        let found = match near {
            Some(_) => unknown(&who),
            None if is_sam => {
                unknown(&who).help(format!("SAM has {}", SAM.join(", ").replace("AWS::Serverless::", "")))
            }
            None if !name.contains("::") => {
                unknown(&who).help("types are written in full, such as `AWS::SQS::Queue`; case counts")
            }
            None => Diagnostic::warning(
                RULE.code,
                format!("{who} is of type `{name}`, which is not among the types known to this compiler"),
            )
            .help("check the spelling; a type that is newer than the compiler's tables works as it is"),
        };
        let found = found.at(at, label);
        diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.Type")));
    }
}
