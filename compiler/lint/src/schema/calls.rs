//! What the result of an intrinsic function surely is: its shape, and what it names.

use samc_data::formats::{self, Format};
use samc_data::resource_schemas::{self, Constraint, NodeId, Schema, Types};
use samc_ir::{Expr, Function, Kind, ResourceGraph};

use super::Problem;

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

/// What a property must have the ARN of.
enum Wanted {
    /// Of this type.
    Of(&'static str, Format),
    /// Of what a pattern says.
    Any,
}

/// A reference to a resource where an ARN is wanted, and it gives a name, or is of another service.
pub(super) fn wrong_kind(graph: &ResourceGraph, call: &Expr, schema: &Schema, id: NodeId) -> Option<Problem> {
    let attribute = call.as_get_att();
    let name = attribute.map(|(id, _)| id).or(call.as_ref_to())?;
    let wanted = wanted(schema, id)?;
    let resource_type = &*graph.resources.get(name)?.resource_type;
    let formats: Vec<Format> = wanted
        .iter()
        .filter_map(|one| match one {
            Wanted::Of(_, format) => Some(*format),
            Wanted::Any => None,
        })
        .collect();
    // Custom resources, nested stacks and what SAM has not expanded may give anything.
    let is_known = resource_type.starts_with("AWS::")
        && !["AWS::Serverless::", "AWS::CloudFormation::"].iter().any(|p| resource_type.starts_with(p));
    let is_other = wanted.iter().all(|one| match one {
        // Not every name of a form is that of a type: certificates are of `AWS::ACM` there.
        Wanted::Of(name, _) => {
            resource_schemas::position(name).is_some()
                && name.split("::").nth(1) != resource_type.split("::").nth(1)
        }
        Wanted::Any => false,
    });
    if is_known && is_other {
        let part = attribute.map_or_else(String::new, |(_, attribute)| format!("`{attribute}` of "));
        let given = format!("{part}`{name}`, of the type {resource_type}");
        return Some(Problem::Refers { given, formats, instead: None });
    }
    let may_be = |one: &Wanted| match one {
        Wanted::Of(name, _) => *name == resource_type,
        Wanted::Any => true,
    };
    if attribute.is_some() || !wanted.iter().all(may_be) {
        return None;
    }
    // `Ref` gives what names the resource. What is called `Id` may be an ARN.
    let own = resource_schemas::schema(resource_type)?;
    let [identifier] = own.primary_identifier.as_slice() else { return None };
    let identifier = identifier.as_str();
    if identifier.ends_with("Arn") || identifier == "Id" || !own.has_attribute("Arn") {
        return None;
    }
    let given = format!("the {identifier} of `{name}`");
    Some(Problem::Refers { given, formats, instead: Some(format!("!GetAtt {name}.Arn")) })
}

/// What a value must be the ARN of; none where anything else is taken as well.
fn wanted(schema: &Schema, id: NodeId) -> Option<Vec<Wanted>> {
    let of = |id: NodeId| {
        schema.node(id).constraints.iter().find_map(|constraint| match constraint {
            Constraint::Format(name) => {
                let name = name.as_str();
                Some(Wanted::Of(name.strip_suffix(".Arn")?, formats::format(name)?))
            }
            Constraint::Pattern(pattern) => is_of_arns(pattern.as_str()).then_some(Wanted::Any),
            _ => None,
        })
    };
    let forms = schema.node(id).constraints.iter().find_map(|constraint| match constraint {
        Constraint::AnyOf(forms) | Constraint::OneOf(forms) => Some(forms),
        _ => None,
    });
    match (of(id), forms) {
        (Some(one), _) => Some(vec![one]),
        (None, Some(forms)) => forms.iter().map(|form| of(*form)).collect(),
        (None, None) => None,
    }
}

/// True for a pattern that only ARNs fit.
fn is_of_arns(pattern: &str) -> bool {
    let mut depth = 0_i32;
    let has_choice = pattern.chars().any(|c| {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        c == '|' && depth == 0
    });
    pattern.starts_with("^arn:") && !has_choice
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
