//! What a back end needs that runs code in place: the application unpackaged, and where the code lies.

use std::path::Path;

use samc_base::Diagnostics;
use samc_ir::{AssetKind, ResourceGraph, ValidGraph};
use samc_target::CodeFolder;

use crate::run::{Place, Run};
use crate::written::way;

/// The name of the back end, and of its folder.
pub const TARGET: &str = "local";

/// The folder below the target's with what is not run where it is written: archives that are unpacked,
/// and what builds make.
const MADE: &str = "code";

/// The graph as it is before packaging, and the folders of its code. What has no place where it is written
/// gets one in the target's folder.
pub(crate) fn unpackaged(
    run: &mut Run,
    graph: &ResourceGraph,
    place: &Place,
    options: &samc_package::Options,
    found: &mut Diagnostics,
) -> (ValidGraph, Vec<CodeFolder>) {
    let folder = match &run.settings.packaging {
        Some(packaging) => packaging.out_dir.join(TARGET),
        None => place.folder(),
    };
    let mut code = Vec::new();
    for tree in samc_package::trees(graph, options, found) {
        run.code.push(tree.clone());
        let source = path_from(&folder, &tree.source);
        let root = if tree.in_place {
            source.clone()
        } else {
            let made = format!("{MADE}/{}", tree.resource);
            run.trees.push((made.clone(), tree.clone()));
            made
        };
        let built_from = (!tree.in_place).then_some(source);
        code.push(CodeFolder { resource: tree.resource, root, built_from });
    }
    // It was valid before the paths in it became assets, and is so still.
    (samc_ir::validate(graph.clone(), &mut Diagnostics::default()), code)
}

/// The folders of code as they are written, where nothing is looked at.
pub(crate) fn as_written(graph: &ResourceGraph) -> Vec<CodeFolder> {
    let mut graph = graph.clone();
    samc_package::localize(&mut graph);
    let assets = samc_ir::analyze(&graph).assets;
    let folders = assets.into_iter().filter(|asset| asset.kind != AssetKind::File);
    folders
        .map(|asset| CodeFolder { resource: asset.resource, root: asset.path.to_string(), built_from: None })
        .collect()
}

/// A path as it is seen from a folder, with `/`; in full where no way leads there.
fn path_from(folder: &Path, path: &Path) -> String {
    let way = way(folder, path).unwrap_or_else(|| path.to_owned());
    let text = way.to_string_lossy().replace('\\', "/");
    if text.is_empty() { ".".to_owned() } else { text }
}
