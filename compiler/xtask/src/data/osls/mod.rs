//! The table taken from osls, the open fork of the Serverless Framework: what keys a serverless.yml has, and what
//! they take. `cargo xtask data --osls DIR` makes it; in DIR, `npm install osls@3.77.1` was run.

mod simplify;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::packages::hex;
use crate::{Failure, report};

const VERSION: &str = "3.77.1";
/// When this version was fetched; changed by hand together with the version.
const RETRIEVED: &str = "2026-11-28";
const TABLE: &str = "serverless_keys.txt";
/// The plugin that writes the schema, and the service that loads it.
const PLUGIN: &str = include_str!("dump.js");
const SERVICE: &str = "service: keys\nprovider: {name: aws, runtime: nodejs22.x}\nplugins: [./dump.js]\nfunctions: {a: {handler: a.b}}\n";

/// A part that occurs more than once has a line of its own from this length on, in bytes.
const SHARED: usize = 48;
/// Any part has one from this length on, so that nothing long is read for one key of it.
const LONG: usize = 900;

/// Writes the table, what it was made from, and the licence.
pub(super) fn run(folder: &Path, target: &Path) -> Result<(), Failure> {
    let package = folder.join("node_modules/osls");
    let manifest: Value = serde_json::from_slice(&fs::read(package.join("package.json"))?)?;
    if manifest["version"] != VERSION {
        return Err(format!("osls {VERSION} is not installed there").into());
    }
    let schema = dump(folder, &package)?;
    let json: Value = serde_json::from_slice(&schema)?;
    let table = table(&json);
    fs::write(target.join(TABLE), &table)?;
    fs::write(target.join("serverless_keys.source.toml"), provenance(&schema, &table))?;
    fs::copy(package.join("LICENSE.txt"), target.join("licences/osls.LICENSE.txt"))?;
    report(&format!("{TABLE} ({} bytes)", table.len()));
    Ok(())
}

/// The schema as osls has it once its providers and events are loaded.
fn dump(folder: &Path, package: &Path) -> Result<Vec<u8>, Failure> {
    let work = folder.join("samc-dump");
    fs::create_dir_all(&work)?;
    fs::write(work.join("dump.js"), PLUGIN)?;
    fs::write(work.join("serverless.yml"), SERVICE)?;
    let command = fs::canonicalize(package.join("bin/serverless.js"))?;
    // `print` loads the plugins, and asks nobody; keys are wanted all the same.
    let status = Command::new("node")
        .arg(command)
        .arg("print")
        .current_dir(&work)
        .envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")])
        .envs([("SLS_TELEMETRY_DISABLED", "1"), ("SLS_NOTIFICATIONS_MODE", "off")])
        .stdout(std::process::Stdio::null())
        .status()?;
    if !status.success() {
        return Err("osls could not print the service".into());
    }
    Ok(fs::read(work.join("schema.json"))?)
}

/// `name <tab> part as JSON`, sorted by name; a text in the place of a part names another line, or is the word of
/// a type.
fn table(schema: &Value) -> String {
    let mut root = simplify::part(schema);
    amend(&mut root);
    let mut names = BTreeMap::new();
    for (name, definition) in schema["definitions"].as_object().into_iter().flatten() {
        names.entry(simplify::part(definition).to_string()).or_insert_with(|| name.clone());
    }
    let mut counts = BTreeMap::new();
    count(&root, &mut counts);
    let mut lines = Lines { names, counts, rows: BTreeMap::new() };
    let whole = lines.inside(&root, "");
    lines.rows.insert("service".to_owned(), whole.to_string());
    lines.rows.iter().fold(String::new(), |mut text, (name, part)| {
        let _ = writeln!(text, "{name}\t{part}");
        text
    })
}

/// What the schema has otherwise than osls does.
fn amend(root: &mut Value) {
    // What is said of buckets goes on to CloudFormation, which has more keys than the schema.
    if let Some(buckets) = root.pointer_mut("/properties/provider/properties/s3/additionalProperties") {
        *buckets = json!({"type": "object"});
    }
    // A resource with the id of one that osls makes is laid over it, and needs no type.
    let resources = root.pointer_mut("/properties/resources/properties/Resources/patternProperties");
    for resource in
        resources.and_then(Value::as_object_mut).into_iter().flat_map(|resources| resources.values_mut())
    {
        resource.as_object_mut().map(|resource| resource.remove("required"));
    }
    // Read in lib/plugins/aws/package/compile/events/cognito-user-pool.js, and documented.
    let functions = root.pointer_mut("/properties/functions/patternProperties");
    for function in
        functions.and_then(Value::as_object_mut).into_iter().flat_map(|functions| functions.values_mut())
    {
        let events = function.pointer_mut("/properties/events/items/anyOf").and_then(Value::as_array_mut);
        for event in events.into_iter().flatten() {
            if let Some(Value::Object(keys)) = event.pointer_mut("/properties/cognitoUserPool/properties") {
                keys.insert("lambdaVersion".to_owned(), json!({"type": "string"}));
            }
        }
    }
}

/// How often each part occurs, by its text.
fn count(part: &Value, counts: &mut BTreeMap<String, usize>) {
    if part.is_object() {
        let times = counts.entry(part.to_string()).or_default();
        *times += 1;
        // What is inside of a part that has a line counts once.
        if *times > 1 {
            return;
        }
    }
    simplify::parts_of(part, &mut |_, inner| count(inner, counts));
}

struct Lines {
    /// The names that osls has for parts, by their text.
    names: BTreeMap<String, String>,
    counts: BTreeMap<String, usize>,
    rows: BTreeMap<String, String>,
}

impl Lines {
    /// A part with what is long or shared in it by name.
    fn inside(&mut self, part: &Value, path: &str) -> Value {
        let mut short = part.clone();
        simplify::parts_of_mut(&mut short, &mut |step, inner| {
            let below = if path.is_empty() || step.is_empty() {
                format!("{path}{step}")
            } else {
                format!("{path}.{step}")
            };
            *inner = self.outside(inner, &below);
        });
        short
    }

    /// What stands in the place of a part: itself, its word, or the name of its line.
    fn outside(&mut self, part: &Value, path: &str) -> Value {
        if let Some(word) = simplify::word(part) {
            return word.into();
        }
        let text = part.to_string();
        let short = self.inside(part, path);
        let is_shared = self.counts.get(&text).is_some_and(|times| *times > 1) && text.len() >= SHARED;
        if !part.is_object() || !(is_shared || short.to_string().len() >= LONG) {
            return short;
        }
        let name = self.names.get(&text).cloned().unwrap_or_else(|| {
            let mut name = path.to_owned();
            while self.rows.contains_key(&name) {
                name.push('_');
            }
            name
        });
        self.names.insert(text, name.clone());
        self.rows.insert(name.clone(), short.to_string());
        name.into()
    }
}

fn provenance(schema: &[u8], table: &str) -> String {
    format!(
        "# Written by `cargo xtask data --osls DIR`.\n\
         source = \"https://registry.npmjs.org/osls/-/osls-{VERSION}.tgz\"\n\
         revision = \"{VERSION}\"\n\
         file = \"the schema of the configuration, as a plugin of a service for AWS sees it\"\n\
         retrieved = \"{RETRIEVED}\"\n\
         as_of = \"{RETRIEVED}\"\n\
         licence = \"MIT\"\n\
         # Of the schema as JSON.\n\
         sha256 = \"{}\"\n\
         # Of the table beside this file.\n\
         table_sha256 = \"{}\"\n",
        hex(&Sha256::digest(schema)),
        hex(&Sha256::digest(table)),
    )
}
