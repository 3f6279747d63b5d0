//! What the Serverless Framework makes for itself and app.yaml has no need of: its bucket for archives, versions of
//! functions that nothing names, outputs of both.

use rustc_hash::FxHashSet;
use samc_ir::{Expr, Kind, Map, ResourceGraph, references};

/// The logical id of the bucket for archives. Source: lib/plugins/aws/lib/naming.js of osls 3.77.1.
const BUCKET: &str = "ServerlessDeploymentBucket";
/// Where a service has resources of its author.
const OF_AUTHOR: &str = "resources";

/// Takes it out of the graphs of a service, and tells of it.
pub(super) fn take_out(graphs: [&mut ResourceGraph; 2]) -> Vec<String> {
    let [graph, written] = graphs;
    let named = named(graph);
    let goes = |id: &str, kind: &str, path: &str| match kind {
        "AWS::Lambda::Version" => !path.starts_with(OF_AUTHOR) && !named.contains(id),
        "AWS::S3::Bucket" => id == BUCKET && !named.contains(id),
        "AWS::S3::BucketPolicy" => id.strip_suffix("Policy") == Some(BUCKET) && !named.contains(BUCKET),
        _ => false,
    };
    let of: Vec<(String, String)> = graph
        .resources
        .iter()
        .filter(|(id, r)| goes(id, &r.resource_type, &r.origin.path))
        .map(|(id, r)| (id.to_string(), r.resource_type.to_string()))
        .collect();
    let ids: FxHashSet<&str> = of.iter().map(|(id, _)| id.as_str()).collect();
    for graph in [graph, written] {
        for properties in graph.resources.values_mut().filter_map(|r| r.properties.as_mut()) {
            // Code lies beside the file, and no more in the bucket.
            properties.walk_mut(&mut |value| {
                if let Kind::Asset(asset) = &mut value.kind {
                    asset.place = None;
                }
            });
        }
        graph.resources.retain(|id, _| !ids.contains(id.as_str()));
        graph.sections.remove("Description");
        let Some(outputs) = graph.sections.get_mut("Outputs").and_then(Expr::as_map_mut) else { continue };
        let mut kept = Map::new();
        kept.extend(std::mem::take(outputs).into_iter().filter(|output| !names_one_of(&output.value, &ids)));
        *outputs = kept;
        if outputs.is_empty() {
            graph.sections.remove("Outputs");
        }
    }
    let versions = of.iter().filter(|(_, kind)| kind == "AWS::Lambda::Version").count();
    let mut notes = Vec::new();
    if versions > 0 {
        let s = if versions == 1 { "" } else { "s" };
        notes.push(format!(
            "left out: {versions} version{s} of functions and the outputs that name them; a function with an `alias` has versions"
        ));
    }
    if ids.contains(BUCKET) {
        notes.push(format!(
            "left out: {BUCKET}, which holds archives of the Serverless Framework; where the stack is updated with this \
             file CloudFormation deletes it if it is empty, and leaves it behind if not"
        ));
    }
    notes
}

/// The resources that another one names, the policy of the bucket aside.
fn named(graph: &ResourceGraph) -> FxHashSet<String> {
    let mut named = FxHashSet::default();
    let others = graph.resources.iter().filter(|(id, _)| id.strip_suffix("Policy") != Some(BUCKET));
    for (_, resource) in others {
        for value in resource.properties.iter().chain(resource.attributes.values()) {
            references::each(value, false, &mut |r| {
                named.insert(r.name.to_owned());
            });
        }
        let waits = resource.attributes.get("DependsOn");
        let waits = waits.map(|w| w.as_list().unwrap_or(std::slice::from_ref(w))).unwrap_or_default();
        named.extend(waits.iter().filter_map(Expr::as_str).map(str::to_owned));
    }
    named
}

fn names_one_of(value: &Expr, ids: &FxHashSet<&str>) -> bool {
    let mut found = false;
    references::each(value, false, &mut |r| found |= ids.contains(r.name));
    found
}
