//! A whole template: its sections, and its resources by type.

use samc_base::{Diagnostic, Diagnostics, LogicalId, codes};
use samc_ir::{Expr, Kind, Map, Origin, Resource, ResourceGraph};
use samc_syntax::{Document, Entry, Node, Style};

use super::read_expr;

/// True where a document is a SAM template: `Transform` names SAM's transform, or, where the author
/// forgot it, there are resources of SAM types or a `Globals` section.
pub fn is_sam(document: &Document) -> bool {
    names_sam_transform(document)
        || document.root.get("Globals").is_some_and(|_| document.root.get("Resources").is_some())
        || document.root.get("Resources").and_then(Node::as_mapping).is_some_and(|resources| {
            let sam_type = |n: &Node| n.as_scalar().is_some_and(|s| s.text.starts_with("AWS::Serverless::"));
            resources.iter().any(|r| r.value.get("Type").is_some_and(sam_type))
        })
}

/// True where `Transform` names SAM's transform, alone or in a list.
pub fn names_sam_transform(document: &Document) -> bool {
    let is_sam = |node: &Node| node.as_scalar().is_some_and(|s| &*s.text == "AWS::Serverless-2016-10-31");
    document
        .root
        .get("Transform")
        .is_some_and(|t| is_sam(t) || t.as_sequence().is_some_and(|items| items.iter().any(is_sam)))
}

/// Reads a document as a template. Resources that cannot be read are reported and left out.
/// None where nothing of a template could be found.
pub fn read_document(document: &Document, diagnostics: &mut Diagnostics) -> Option<ResourceGraph> {
    let Some(entries) = document.root.as_mapping() else {
        diagnostics.push(
            Diagnostic::error(
                codes::NOT_A_MAPPING,
                format!(
                    "a template is a mapping of sections, and this document is {}",
                    document.root.kind_name()
                ),
            )
            .at(document.root.span, "not a mapping")
            .help("start with `Resources:`")
            .path(""),
        );
        return None;
    };
    let mut graph = ResourceGraph::default();
    let mut resources = None;
    for entry in entries {
        if &*entry.key == "Resources" {
            resources = Some(entry);
        } else {
            let value = read_expr(&entry.value);
            graph.sections.insert_spanned(entry.key.clone(), Some(entry.key_span), value);
        }
    }
    let no_resources = |at, label: &str| {
        Diagnostic::error(codes::NO_RESOURCES, "a template needs `Resources` with at least one resource")
            .at(at, label)
            .path("Resources")
    };
    let Some(section) = resources else {
        diagnostics.push(no_resources(document.root.span.part(0, 1), "no Resources in this document"));
        return None;
    };
    match section.value.as_mapping() {
        Some(members) if !members.is_empty() => {
            for member in members {
                read_member(member, &mut graph, diagnostics);
            }
        }
        _ => {
            diagnostics.push(no_resources(section.key_span, "holds no resources"));
            return None;
        }
    }
    Some(graph)
}

fn read_member(member: &Entry, graph: &mut ResourceGraph, diagnostics: &mut Diagnostics) {
    let has_type = member.value.as_mapping().is_none() || member.value.get("Type").is_some();
    if member.key.starts_with("Fn::") || !has_type {
        let value = read_expr(&member.value);
        graph.loops.insert_spanned(member.key.clone(), Some(member.key_span), value);
        return;
    }
    if let Some(resource) = read_resource(member, diagnostics) {
        graph.resources.insert(LogicalId::new(member.key.clone()), resource);
    }
}

fn read_resource(member: &Entry, diagnostics: &mut Diagnostics) -> Option<Resource> {
    let id = &member.key;
    let path = format!("Resources.{id}");
    let mut report = |finding: Diagnostic| {
        diagnostics.push(finding.resource(&**id).path(path.clone()));
    };
    let Some(entries) = member.value.as_mapping() else {
        let found = match &member.value.kind {
            samc_syntax::NodeKind::Scalar(scalar) if scalar.is_null() => "nothing",
            _ => member.value.kind_name(),
        };
        report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("the resource {id} is {found}, and must be a mapping with Type"),
            )
            .at(member.key_span, "not a mapping")
            .help("what belongs to a resource is indented below its name"),
        );
        return None;
    };
    let resource_type = match member.value.get("Type") {
        Some(Node { tag: None, kind: samc_syntax::NodeKind::Scalar(scalar), .. })
            if !scalar.text.is_empty() =>
        {
            scalar.text.clone()
        }
        Some(other) => {
            report(
                Diagnostic::error(codes::WRONG_TYPE, format!("Type of {id} must be text"))
                    .at(other.span, "not text"),
            );
            return None;
        }
        // AWS's transform passes it on; that CloudFormation refuses it is for lint to say.
        None => return None,
    };
    if resource_type.starts_with("AWS::Serverless::")
        && member.key_style == Style::Plain
        && !matches!(samc_syntax::yaml11(id), samc_syntax::Resolved::Text)
    {
        report(
            Diagnostic::error(
                codes::LOGICAL_ID,
                format!("`{id}` is not text in YAML 1.1, and a logical id must be"),
            )
            .at(member.key_span, "read as a number or a truth value")
            .help("choose a name that begins with a letter"),
        );
    }
    let mut attributes = Map::new();
    let mut properties = None;
    for entry in entries {
        match &*entry.key {
            "Type" => {}
            "Properties" => properties = Some(read_expr(&entry.value)),
            _ => {
                attributes.insert_spanned(entry.key.clone(), Some(entry.key_span), read_expr(&entry.value));
            }
        }
    }
    let origin = Origin {
        source: Some(LogicalId::new(id.clone())),
        key_span: Some(member.key_span),
        type_span: entries.iter().find(|e| &*e.key == "Type").map(|e| e.value.span),
        span: Some(member.key_span.to(member.value.span)),
        path,
        metadata: None,
        route: None,
        advice: None,
    };
    Some(Resource {
        resource_type: resource_type.into(),
        properties: properties.map(properties_map),
        attributes,
        origin,
    })
}

/// `Properties` of one key that looks like a function is still a mapping of properties.
fn properties_map(properties: Expr) -> Expr {
    match properties.kind {
        Kind::Call(samc_ir::Function::Condition | samc_ir::Function::Ref, _) => {
            let Kind::Call(function, argument) = properties.kind else { return Expr::null() };
            Expr::new(Kind::Map(Map::from([(function.key(), *argument)])), properties.span)
        }
        kind => Expr::new(kind, properties.span),
    }
}
