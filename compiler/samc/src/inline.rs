//! Local files that `aws cloudformation package` does not upload, put into the template instead.

use std::path::Path;

use samc_frontends::template::read_expr;
use samc_ir::{Expr, Kind, Map, ResourceGraph};

use crate::nested::relative;
use crate::run::{Place, Run};
use crate::{definitions, input};

/// Type, property of a place in a bucket, the property that takes the content itself, and whether
/// that is a document rather than text. Source: the resource reference of CloudFormation, and the
/// types that aws-cli 1.46 uploads files of.
const NOT_UPLOADED: [(&str, &str, &str, bool); 3] = [
    ("AWS::ApiGatewayV2::Api", "BodyS3Location", "Body", true),
    ("AWS::AppSync::FunctionConfiguration", "CodeS3Location", "Code", false),
    ("AWS::AppSync::Resolver", "CodeS3Location", "Code", false),
];

/// Puts the files in. One that is not there or cannot be read stays for packaging to tell.
pub(crate) fn apply(run: &mut Run, graph: &mut ResourceGraph, place: &Place) {
    for resource in graph.resources.values_mut() {
        let kind = resource.resource_type.as_str();
        let Some((_, from, to, is_document)) = NOT_UPLOADED
            .iter()
            .find(|(t, property, _, _)| *t == kind && resource.property(property).is_some())
        else {
            continue;
        };
        let Some(properties) = resource.properties_mut() else { continue };
        let Some(Kind::Asset(asset)) = properties.get(from).map(|value| &value.kind) else { continue };
        let shown = relative(&place.folder(), &asset.path);
        if !Path::new(&shown).is_file() {
            continue;
        }
        let content = if *is_document {
            definitions::document(run, &shown).map(|document| read_expr(&document.root))
        } else {
            input::read(&shown).ok().map(Expr::from)
        };
        let Some(content) = content else { continue };
        let mut replaced = Map::new();
        for entry in properties.entries() {
            let is_it = &*entry.key == *from;
            let (key, value) = if is_it {
                ((*to).into(), content.clone())
            } else {
                (entry.key.clone(), entry.value.clone())
            };
            replaced.insert_spanned(key, entry.key_span, value);
        }
        *properties = replaced;
    }
}
