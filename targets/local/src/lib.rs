//! The manifest that `samc local` runs, from the graph alone, and what container tools and editors read
//! beside it.

mod apis;
mod compose;
mod facts;
mod functions;
mod inline;
mod launch;
mod resources;
mod triggers;
mod unsupported;
mod world;

use indexmap::IndexMap;
use samc_base::Diagnostics;
use samc_ir::{Expr, Map, ValidGraph};
use samc_schema::manifest::{ACCOUNT, FORM, Manifest};
use samc_target::{Artifact, Options, Takes, Target};
use serde::Serialize;

use crate::world::World;

/// The back end.
#[derive(Debug, Clone, Copy)]
pub struct Local;

impl Target for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn takes(&self) -> Takes {
        Takes::Unpackaged
    }

    fn emit(&self, graph: &ValidGraph, options: &Options, _: &mut Diagnostics) -> Vec<Artifact> {
        let world = world(graph, options);
        let manifest = of_world(&world, options);
        let mut files = vec![
            file("manifest.json", json(&manifest)),
            file("compose.yaml", compose::text(&manifest)),
            file("launch.json", json(&launch::configurations(&manifest))),
        ];
        files.extend(inline::files(&world));
        files
    }
}

fn file(path: &str, text: String) -> Artifact {
    Artifact { path: path.to_owned(), contents: text.into_bytes() }
}

/// A value as JSON, for people too. What cannot be written so, such as a map whose keys are no texts, does not
/// occur in the types of the manifest.
fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// What values of the application depend on.
fn world<'g>(graph: &'g ValidGraph, options: &'g Options) -> World<'g> {
    let about = &options.about;
    let app = if about.name.is_empty() { "app" } else { about.name.as_str() };
    World::new(graph, app, about.region.as_deref().unwrap_or("us-east-1"), &options.parameters)
}

/// The application as the manifest has it.
pub fn manifest(graph: &ValidGraph, options: &Options) -> Manifest {
    of_world(&world(graph, options), options)
}

fn of_world(world: &World<'_>, options: &Options) -> Manifest {
    let about = &options.about;
    let triggers = triggers::all(world);
    Manifest {
        manifest: FORM.to_owned(),
        app: world.app.to_owned(),
        stage: about.stage.clone(),
        region: world.region.to_owned(),
        account: ACCOUNT.to_owned(),
        spec: about.spec.clone(),
        functions: functions::all(world, options),
        apis: apis::all(world),
        unsupported: unsupported::all(world, &triggers),
        triggers,
        resources: resources::all(world),
        outputs: outputs(world),
    }
}

fn outputs(world: &World<'_>) -> IndexMap<String, String> {
    let outputs = world.graph.outputs();
    let value = |output: &Expr| world.text(output.as_map()?.get("Value")?).ok().flatten();
    outputs
        .into_iter()
        .flat_map(Map::iter)
        .filter_map(|(name, output)| Some((name.to_string(), value(output)?)))
        .collect()
}
