//! What a `package.json` says.

use std::path::Path;

use serde_json::{Map, Value};

/// Scripts of a package that run when it is installed, and may read any file.
const SCRIPTS: [&str; 6] = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare"];
/// How the places of packages begin that lie on this machine.
const LOCAL: [&str; 7] = ["file:", "link:", "workspace:", "portal:", "patch:", ".", "/"];

/// What `package.json` says.
#[derive(Debug)]
pub(crate) struct Package(Map<String, Value>);

impl Package {
    /// Reads that of a folder; none where it has none that can be read.
    pub(crate) fn read(folder: &Path) -> Option<Package> {
        let text = std::fs::read_to_string(folder.join("package.json")).ok()?;
        match serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()? {
            Value::Object(map) => Some(Package(map)),
            _ => None,
        }
    }

    fn packages(&self, of: &str) -> impl Iterator<Item = (&String, &str)> {
        let all = self.0.get(of).and_then(Value::as_object);
        all.into_iter().flatten().filter_map(|(name, place)| Some((name, place.as_str()?)))
    }

    /// Whether it needs packages when it runs.
    pub(crate) fn has_dependencies(&self) -> bool {
        self.packages("dependencies").next().is_some()
    }

    /// Whether a package is needed to build it.
    pub(crate) fn develops_with(&self, wanted: &str) -> bool {
        ["devDependencies", "dependencies"]
            .into_iter()
            .any(|of| self.packages(of).any(|(name, _)| name == wanted))
    }

    /// Whether its files are ES modules.
    pub(crate) fn is_module(&self) -> bool {
        self.0.get("type").and_then(Value::as_str) == Some("module")
    }

    /// Whether what is installed depends on this file and the lock file alone.
    pub(crate) fn is_plain(&self) -> bool {
        let has_script = self
            .0
            .get("scripts")
            .and_then(Value::as_object)
            .is_some_and(|scripts| SCRIPTS.iter().any(|script| scripts.contains_key(*script)));
        let kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
        let is_local = |place: &str| LOCAL.iter().any(|start| place.starts_with(start));
        !has_script
            && !self.0.contains_key("workspaces")
            && !kinds.into_iter().any(|kind| self.packages(kind).any(|(_, place)| is_local(place)))
    }

    /// The package manager it asks for, such as `yarn@4.1.0`.
    pub(crate) fn manager(&self) -> Option<&str> {
        self.0.get("packageManager").and_then(Value::as_str)
    }

    /// The names of packages under a key such as `dependencies`.
    pub(crate) fn names(&self, of: &str) -> impl Iterator<Item = &str> {
        let all = self.0.get(of).and_then(Value::as_object);
        all.into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// Whether it has workspaces, whose packages are linked among the others.
    pub(crate) fn has_workspaces(&self) -> bool {
        self.0.contains_key("workspaces")
    }

    /// The commands it brings. `folder` is the name of its folder, which a command without a name has.
    pub(crate) fn commands<'a>(&'a self, folder: &'a str) -> Vec<&'a str> {
        match self.0.get("bin") {
            Some(Value::String(_)) => vec![folder],
            Some(Value::Object(commands)) => commands.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}
