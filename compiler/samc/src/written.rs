//! Paths in a template that is written to another folder than its source.

use std::path::{Component, Path, PathBuf};

use samc_ir::{Expr, Kind, ResourceGraph};

/// Properties of SAM's types that name local files, beside those of CloudFormation's. Source: what `sam build`
/// and `sam package` read.
const LOCAL: &[(&str, &str)] = &[
    ("AWS::Serverless::Api", "DefinitionUri"),
    ("AWS::Serverless::Application", "Location"),
    ("AWS::Serverless::Function", "CodeUri"),
    ("AWS::Serverless::GraphQLApi", "SchemaUri"),
    ("AWS::Serverless::HttpApi", "DefinitionUri"),
    ("AWS::Serverless::LayerVersion", "ContentUri"),
    ("AWS::Serverless::StateMachine", "DefinitionUri"),
];

/// Makes local paths relative to the folder that the template is written to.
pub(crate) fn rebase(graph: &mut ResourceGraph, from: &Path, to: &Path) {
    let Some(back) = way(to, from) else { return };
    for resource in graph.resources.values_mut() {
        let resource_type = resource.resource_type.to_string();
        if let Some(context) = resource
            .attributes
            .get_mut("Metadata")
            .and_then(Expr::as_map_mut)
            .and_then(|metadata| metadata.get_mut("DockerContext"))
        {
            prefix(context, &back);
        }
        let Some(properties) = resource.properties.as_mut().and_then(Expr::as_map_mut) else { continue };
        for (name, value) in properties.iter_mut() {
            let is_local = LOCAL.contains(&(resource_type.as_str(), name))
                || samc_data::local_paths::may_be_local(&resource_type, name);
            if is_local {
                prefix(value, &back);
            }
        }
    }
}

fn prefix(value: &mut Expr, back: &Path) {
    let Kind::String(text) = &value.kind else { return };
    if text.is_empty() || text.contains("://") || text.starts_with("{{") || Path::new(&**text).is_absolute() {
        return;
    }
    let joined = back.join(&**text);
    let plain: Vec<String> = joined
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    value.kind = Kind::String(plain.join("/").into());
}

/// The way from one folder to another, both as seen from the current one; none where it cannot be said
/// without names that stand nowhere.
pub(crate) fn way(from: &Path, to: &Path) -> Option<PathBuf> {
    let parts = |path: &Path| -> Option<Vec<String>> {
        path.components()
            .filter(|part| *part != Component::CurDir)
            .map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            })
            .collect()
    };
    let (from, to) = match (parts(from), parts(to)) {
        (Some(from), Some(to)) => (from, to),
        _ => {
            let absolute = |path: &Path| std::path::absolute(path).ok();
            let all = |path: PathBuf| -> Vec<String> {
                path.components().skip(1).map(|p| p.as_os_str().to_string_lossy().into_owned()).collect()
            };
            (all(absolute(from)?), all(absolute(to)?))
        }
    };
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    Some(up.chain(to.into_iter().skip(shared)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_lead_back() {
        let way = |from: &str, to: &str| way(Path::new(from), Path::new(to)).unwrap().display().to_string();
        assert_eq!(way("build/sam", "."), "../..");
        assert_eq!(way("out/sam", "examples/hello"), "../../examples/hello");
        assert_eq!(way("examples/hello/build/sam", "examples/hello"), "../..");
    }
}
