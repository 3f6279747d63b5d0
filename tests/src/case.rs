//! A case: a folder with an input, its settings, and what must come out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Names an input may have; a case has exactly one of them.
pub const INPUTS: [&str; 4] = ["app.yaml", "template.yaml", "template.json", "serverless.yml"];

/// Front ends, which are the folders of `tests/cases`.
pub const FRONTENDS: [&str; 4] = ["app", "cloudformation", "sam", "serverless"];

/// `case.toml`. A key that is not one of these is an error.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What the case is about, for whoever reads it.
    pub about: Option<String>,
    /// Values of CloudFormation parameters.
    pub params: BTreeMap<String, String>,
    /// Values of compile-time variables.
    pub vars: BTreeMap<String, String>,
    /// The region; without it, one of the partition.
    pub region: Option<String>,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: Option<String>,
    /// The stage of app.yaml.
    pub stage: Option<String>,
    /// `yaml` or `json`.
    pub format: Option<String>,
    /// False for the transform alone, as with `--no-lint`.
    pub lint: Option<bool>,
    /// True where local code is packed and the document names the archives.
    pub package: bool,
    /// The bucket that the archives go to.
    pub bucket: Option<String>,
    /// True where the case is written as Terraform as well.
    pub terraform: bool,
    /// `hcl` or `json`.
    pub tf_syntax: Option<String>,
    /// The stack that Terraform takes over.
    pub import_stack: Option<String>,
    /// The file with what is in it.
    pub stack_resources: Option<String>,
    /// True where the manifest that runs the case locally is written as well.
    pub local: bool,
    /// Templates of applications of the repository, by id; paths from the folder of the case.
    pub sar_templates: BTreeMap<String, String>,
    /// What the case has that AWS's transform alone never sees; it is then not compared with it.
    pub beyond_transform: Option<String>,
    /// Further files of the case, which the input names.
    pub files: Vec<String>,
}

/// A case on disk.
#[derive(Debug, Clone)]
pub struct Case {
    /// `sam/queue-worker`.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The name of its input.
    pub input: String,
    /// Its settings.
    pub settings: Settings,
}

impl Case {
    /// Reads a case. A misnamed file, an unknown setting or a missing input is an error.
    pub fn read(name: String, folder: &Path) -> Result<Case, String> {
        let entries = names(folder)?;
        let inputs: Vec<&str> = INPUTS.into_iter().filter(|n| entries.iter().any(|e| e == n)).collect();
        let [input] = inputs[..] else {
            return Err(format!("has {} inputs; exactly one of {}", inputs.len(), INPUTS.join(", ")));
        };
        let settings = match std::fs::read_to_string(folder.join("case.toml")) {
            Ok(text) => toml::from_str(&text).map_err(|error| format!("case.toml: {error}"))?,
            Err(_) => Settings::default(),
        };
        let known = |name: &String| {
            name == input || name == "case.toml" || name == "out" || settings.files.contains(name)
        };
        if let Some(stray) = entries.iter().find(|name| !known(name)) {
            return Err(format!(
                "`{stray}` is neither input, case.toml nor out/; name it in `files` if the input reads it"
            ));
        }
        Ok(Case { name, folder: folder.to_owned(), input: input.to_owned(), settings })
    }

    /// The region of the settings.
    pub fn region(&self) -> Result<Option<String>, String> {
        if let Some(region) = &self.settings.region {
            return Ok(Some(region.clone()));
        }
        Ok(match self.settings.partition.as_deref() {
            None => None,
            Some("aws") => Some("us-east-1".to_owned()),
            Some("aws-cn") => Some("cn-north-1".to_owned()),
            Some("aws-us-gov") => Some("us-gov-west-1".to_owned()),
            Some(other) => return Err(format!("case.toml: no partition `{other}`")),
        })
    }

    /// What stands in `out/`, by path from there with `/`.
    pub fn expected(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        collect(&self.folder.join("out"), "", &mut found);
        found
    }

    /// Makes `out/` hold exactly these files.
    pub fn update(&self, files: &BTreeMap<String, String>) -> std::io::Result<()> {
        let out = self.folder.join("out");
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        for (name, text) in files {
            let path = out.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, text)?;
        }
        Ok(())
    }
}

/// Every case, or what is wrong with the folder that should be one.
pub fn cases() -> Vec<(String, Result<Case, String>)> {
    let root = crate::root().join("tests/cases");
    let mut found = Vec::new();
    for frontend in names(&root).unwrap_or_default() {
        if !FRONTENDS.contains(&frontend.as_str()) {
            found.push((frontend.clone(), Err(format!("no front end is called `{frontend}`"))));
            continue;
        }
        for case in names(&root.join(&frontend)).unwrap_or_default() {
            let name = format!("{frontend}/{case}");
            found.push((name.clone(), Case::read(name, &root.join(&frontend).join(&case))));
        }
    }
    found
}

fn names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("is no folder: {error}"))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for name in names(folder).unwrap_or_default() {
        let path = folder.join(&name);
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), found);
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            found.insert(format!("{prefix}{name}"), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
