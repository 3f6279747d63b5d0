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

/// What a property must have.
enum Wanted {
    /// The ARN of this type.
    ArnOf(&'static str, Format),
    /// The id of this type.
    IdOf(&'static str, Format),
    /// Any ARN, by a pattern or the name of the property.
    Arn,
}

/// A property that is called an ARN and takes the name of a function as well.
/// Source: the reference of AWS::Lambda::Url.
const NOT_ONLY_ARN: &str = "TargetFunctionArn";

/// Types of which `Ref` gives a name or an address; of others it may be the ARN, whatever names them.
/// Source: "Return values" in the reference of each type.
const NAMED_BY_REF: [&str; 12] = [
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
];

/// A reference to a resource where an ARN or an id is wanted, and it gives a name, or is of something else. `key` is
/// the name of the property.
pub(super) fn wrong_kind(
    graph: &ResourceGraph,
    call: &Expr,
    (schema, id): (&Schema, NodeId),
    key: &str,
) -> Option<Problem> {
    let attribute = call.as_get_att();
    let name = attribute.map(|(id, _)| id).or(call.as_ref_to())?;
    let is_called_arn = key.ends_with("Arn") && key != NOT_ONLY_ARN;
    let wanted = wanted(schema, id).or_else(|| is_called_arn.then(|| vec![Wanted::Arn]))?;
    let resource_type = &*graph.resources.get(name)?.resource_type;
    // Custom resources, nested stacks and what SAM has not expanded may give anything.
    let is_known = resource_type.starts_with("AWS::")
        && !["AWS::Serverless::", "AWS::CloudFormation::"].iter().any(|p| resource_type.starts_with(p));
    if !is_known {
        return None;
    }
    let formats: Vec<Format> = wanted
        .iter()
        .filter_map(|one| match one {
            Wanted::ArnOf(_, format) | Wanted::IdOf(_, format) => Some(*format),
            Wanted::Arn => None,
        })
        .collect();
    // Attributes may name other things: the security group of a network, the secret of a database.
    let is_itself = attribute.is_none_or(|(_, attribute)| attribute == "Arn");
    let is_other = is_itself
        && wanted.iter().all(|one| match one {
            // Not every name of a form is that of a type: certificates are of `AWS::ACM` there.
            Wanted::ArnOf(name, _) => {
                resource_schemas::position(name).is_some()
                    && name.split("::").nth(1) != resource_type.split("::").nth(1)
            }
            // What has ids of another form.
            Wanted::IdOf(name, _) => {
                *name != resource_type && formats::format(&format!("{resource_type}.Id")).is_some()
            }
            Wanted::Arn => false,
        });
    if is_other {
        let part = attribute.map_or_else(String::new, |(_, attribute)| format!("`{attribute}` of "));
        let given = format!("{part}`{name}`, of the type {resource_type}");
        return Some(Problem::Refers { given, formats, instead: None });
    }
    let may_be = |one: &Wanted| match one {
        Wanted::ArnOf(name, _) => *name == resource_type,
        Wanted::IdOf(..) => false,
        Wanted::Arn => true,
    };
    if !wanted.iter().all(may_be) {
        return None;
    }
    // `Ref` gives what names the resource.
    let own = resource_schemas::schema(resource_type)?;
    let given = match (attribute, own.primary_identifier.as_slice()) {
        (Some((_, attribute)), _) => attribute,
        (None, [identifier]) => identifier.as_str(),
        _ => return None,
    };
    let is_name = match attribute {
        Some(_) => given.ends_with("Name") || given.ends_with("Url"),
        None => NAMED_BY_REF.contains(&resource_type),
    };
    let arn = own
        .attributes
        .iter()
        .map(|a| a.as_str())
        .find(|a| *a == "Arn" || (a.ends_with("Arn") && !a.contains('.')))?;
    let given = format!("the {given} of `{name}`");
    is_name.then(|| Problem::Refers { given, formats, instead: Some(format!("!GetAtt {name}.{arn}")) })
}

/// What a value must be; none where anything else is taken as well.
fn wanted(schema: &Schema, id: NodeId) -> Option<Vec<Wanted>> {
    let of = |id: NodeId| {
        schema.node(id).constraints.iter().find_map(|constraint| match constraint {
            Constraint::Format(name) => {
                let (of, format) = (name.as_str(), formats::format(name.as_str())?);
                let arn = of.strip_suffix(".Arn").map(|of| Wanted::ArnOf(of, format));
                arn.or_else(|| of.strip_suffix(".Id").map(|of| Wanted::IdOf(of, format)))
            }
            Constraint::Pattern(pattern) => is_of_arns(pattern.as_str()).then_some(Wanted::Arn),
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
pub(super) fn is_of_arns(pattern: &str) -> bool {
    let mut depth = 0_i32;
    let has_choice = pattern.chars().any(|c| {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        c == '|' && depth == 0
    });
    pattern.trim_start_matches('^').starts_with("arn:") && !has_choice
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
