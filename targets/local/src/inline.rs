//! Code that stands in the template itself, as files.

use samc_ir::{Expr, Resource};
use samc_target::Artifact;

use crate::world::World;

/// What Lambda lays beside such code, and only such: by what begins its runtime, the word by which code asks for it
/// and the file. Source: "cfn-response module" in the CloudFormation user guide.
const MODULES: [(&str, &str, &str, &str); 2] = [
    ("python", "cfnresponse", "cfnresponse.py", include_str!("inline/cfnresponse.py")),
    ("nodejs", "cfn-response", "node_modules/cfn-response/index.js", include_str!("inline/cfn-response.js")),
];

/// The folder of a function whose code stands in the template.
pub(crate) fn folder(world: &World<'_>, id: &str, resource: &Resource) -> Option<String> {
    text(world, resource).map(|_| format!("inline/{id}"))
}

/// The files of each function whose code stands in the template.
pub(crate) fn files(world: &World<'_>) -> Vec<Artifact> {
    let mut files = Vec::new();
    for (id, resource) in &world.graph.resources {
        let Some(code) = text(world, resource) else { continue };
        let runtime = resource.property("Runtime").and_then(Expr::as_str).unwrap_or_default();
        // Lambda calls the file `index`, whatever the handler says before its dot. Source: AWS::Lambda::Function
        // Code, property ZipFile.
        let name = if runtime.starts_with("python") { "index.py" } else { "index.js" };
        let mut add = |name: &str, contents: &str| {
            files.push(Artifact {
                path: format!("inline/{id}/{name}"),
                contents: contents.as_bytes().to_vec(),
            });
        };
        add(name, &code);
        for (language, word, name, module) in MODULES {
            if runtime.starts_with(language) && code.contains(word) {
                add(name, module);
            }
        }
    }
    files
}

fn text(world: &World<'_>, resource: &Resource) -> Option<String> {
    if resource.resource_type != *crate::functions::FUNCTION {
        return None;
    }
    world.property(resource.property("Code")?.as_map()?, "ZipFile")
}
