//! What shape the result of an intrinsic function surely has.

use samc_data::resource_schemas::Types;
use samc_ir::{Expr, Function, Kind, ResourceGraph};

/// The shape, with words for it; none where it is known only at deployment.
pub(super) fn shape(graph: &ResourceGraph, call: &Expr) -> Option<(Types, String)> {
    let Kind::Call(function, argument) = &call.kind else { return None };
    match function {
        Function::Ref => reference(graph, argument.as_str()?),
        Function::Sub | Function::Join | Function::Base64 => {
            Some((Types::STRING, format!("text, made by `{function}`,")))
        }
        Function::Split | Function::GetAZs | Function::Cidr => {
            Some((Types::ARRAY, format!("a list, made by `{function}`,")))
        }
        _ => None,
    }
}

fn reference(graph: &ResourceGraph, name: &str) -> Option<(Types, String)> {
    if let Some(parameter) = graph.parameters().and_then(|p| p.get(name)) {
        let kind = parameter.as_map()?.get("Type")?.as_str()?;
        // `List<Number>`, `CommaDelimitedList`, and both behind a name in the parameter store.
        let list = kind.contains("List<") || kind.contains("CommaDelimitedList");
        return Some(if list {
            (Types::ARRAY, format!("the list parameter `{name}`"))
        } else {
            (Types::STRING, format!("the parameter `{name}` of type {kind}"))
        });
    }
    match name {
        "AWS::NotificationARNs" => Some((Types::ARRAY, format!("the list `{name}`"))),
        _ if name.starts_with("AWS::") => Some((Types::STRING, format!("the text `{name}`"))),
        _ => {
            let resource = graph.resources.get(name)?;
            // What others' types and SAM's own give is not known here.
            let known = resource.resource_type.starts_with("AWS::")
                && !resource.resource_type.starts_with("AWS::Serverless::");
            known.then(|| (Types::STRING, format!("the name or id of `{name}`")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samc_ir::Map;

    #[test]
    fn parameters_have_the_shape_of_their_type() {
        let mut graph = ResourceGraph::default();
        let parameter = |kind: &str| Expr::from([("Type", Expr::from(kind))]);
        let parameters = Map::from([
            ("One", parameter("String")),
            ("Many", parameter("List<AWS::EC2::Subnet::Id>")),
            ("Stored", parameter("AWS::SSM::Parameter::Value<List<String>>")),
        ]);
        graph.sections.insert("Parameters", parameters);
        let of = |name: &str| shape(&graph, &Expr::reference(name)).map(|(types, _)| types);
        assert_eq!(of("One"), Some(Types::STRING));
        assert_eq!((of("Many"), of("Stored")), (Some(Types::ARRAY), Some(Types::ARRAY)));
        assert_eq!(of("Unknown"), None);
    }
}
