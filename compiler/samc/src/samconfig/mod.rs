//! `samconfig.toml` beside a template: what SAM CLI would be given for an environment.
//!
//! Read are the tables `[ENV.global.parameters]` and, over them, `[ENV.deploy.parameters]`, where
//! ENV is the stage or `default`. As with SAM CLI one environment takes nothing from another.

mod overrides;
mod toml;

use std::path::Path;

use samc_base::{Diagnostic, Diagnostics, SourceMap, Span, codes, nearest};
use samc_syntax::{Entry, Node, ParseOptions};

use crate::compile::Settings;

/// The names that are looked for, in this order.
pub const NAMES: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];

/// The environment without a stage.
const DEFAULT: &str = "default";

/// A parameter's value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Override {
    /// The parameter.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: String,
    /// Where it is written.
    pub(crate) span: Span,
}

/// What the configuration says for one environment.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The stage it has something for, where one was asked for.
    pub(crate) stage: Option<String>,
    /// Values of parameters.
    pub(crate) overrides: Vec<Override>,
}

/// Reads the configuration beside the input, if there is one, and lays it under the settings: what
/// the command line says stays.
pub(crate) fn apply(
    settings: &mut Settings,
    template: &Node,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Config {
    let folder = Path::new(&settings.input).parent().unwrap_or(Path::new(""));
    let Some(path) = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) else {
        if let Some(stage) = &settings.options.stage {
            diagnostics.push(
                Diagnostic::warning(
                    codes::STAGE_WITHOUT_EFFECT,
                    format!("the stage {stage} changes nothing: there is no samconfig.toml beside {}", settings.input),
                )
                .at(template.span.part(0, 1), "the same in every stage")
                .help("a template takes the parameters of a stage from samconfig.toml; without one give them with --param")
                .path(""),
            );
        }
        return Config::default();
    };
    let name = path.display().to_string();
    let text = match crate::input::read(&name) {
        Ok(text) => text,
        Err(no_text) => {
            diagnostics.push(no_text.diagnostic.at(template.span.part(0, 1), "the template it lies beside"));
            return Config::default();
        }
    };
    match parse(&name, text, sources, diagnostics) {
        Some(root) => environment(&root, &name, settings, sources, diagnostics),
        None => Config::default(),
    }
}

/// Reads a file in TOML or, by its name, YAML; none where it has faults, which are told.
fn parse(name: &str, text: String, sources: &mut SourceMap, diagnostics: &mut Diagnostics) -> Option<Node> {
    let file = sources.add(name, text);
    if name.ends_with(".toml") {
        return toml::parse(sources.file(file), diagnostics);
    }
    let mut found = Diagnostics::default();
    let document = samc_syntax::parse(sources.file(file), &ParseOptions::default(), &mut found);
    let is_whole = !found.has_errors();
    diagnostics.append(found);
    is_whole.then_some(document.root)
}

/// Takes over what the environment of the stage says.
fn environment(
    root: &Node,
    file: &str,
    settings: &mut Settings,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Config {
    let stage = settings.options.stage.as_deref();
    let wanted = stage.unwrap_or(DEFAULT);
    let Some(entry) = root.entry(wanted) else {
        if let Some(stage) = stage {
            diagnostics.push(no_such_stage(root, file, stage));
        }
        return Config::default();
    };
    let mut values: Vec<&Entry> = Vec::new();
    if let Some(commands) = mapping(entry, wanted, diagnostics) {
        for command in ["global", "deploy"] {
            let Some(command) = commands.iter().find(|c| &*c.key == command) else { continue };
            let path = format!("{wanted}.{}", command.key);
            let Some(parts) = mapping(command, &path, diagnostics) else { continue };
            let Some(parameters) = parts.iter().find(|p| &*p.key == "parameters") else { continue };
            let path = format!("{path}.parameters");
            values.extend(mapping(parameters, &path, diagnostics).into_iter().flatten());
        }
    }
    // What `deploy` says comes last and stands over what `global` says.
    let value = |name: &str| values.iter().rev().find(|v| v.key.replace('-', "_") == name);
    let mut faults = Vec::new();
    let mut text = |name: &str| {
        let entry = value(name)?;
        let text = entry.value.as_scalar().filter(|scalar| !scalar.text.is_empty());
        if text.is_none() {
            let what = entry.value.kind_name();
            faults.push(malformed(entry.value.span, format!("`{name}` is {what}, and must be text")));
        }
        Some((text?.text.to_string(), entry.value.span))
    };
    let (region, bucket, prefix) = (text("region"), text("s3_bucket"), text("s3_prefix"));
    faults.into_iter().for_each(|fault| diagnostics.push(fault));
    if let Some((region, span)) = region.filter(|_| !settings.options.region_given) {
        if is_region(&region) {
            settings.options.region = region;
            settings.options.region_given = true;
        } else {
            diagnostics.push(
                malformed(span, format!("`{region}` is not a region"))
                    .help("a region looks like `eu-central-1`"),
            );
        }
    }
    if let Some(packaging) = settings.packaging.as_mut().filter(|p| p.bucket.is_none()) {
        packaging.bucket = bucket.map(|(text, _)| text);
        packaging.prefix = prefix.map(|(text, _)| text).filter(|_| packaging.bucket.is_some());
    }
    let mut config = Config { stage: settings.options.stage.clone(), ..Config::default() };
    if let Some(entry) = value("parameter_overrides") {
        let mut reader =
            overrides::Reader { sources, found: diagnostics, values: Vec::new(), files: Vec::new() };
        reader.read(&entry.value);
        config.overrides = reader.values;
    }
    let given: Vec<String> = settings.options.parameters.keys().cloned().collect();
    for one in config.overrides.iter().filter(|one| !given.contains(&one.name)) {
        settings.options.parameters.insert(one.name.clone(), one.value.clone());
    }
    config
}

/// The entries of a table, or a finding that it is none.
fn mapping<'n>(entry: &'n Entry, path: &str, diagnostics: &mut Diagnostics) -> Option<&'n [Entry]> {
    let entries = entry.value.as_mapping();
    if entries.is_none() {
        let what = entry.value.kind_name();
        diagnostics
            .push(malformed(entry.key_span, format!("`{path}` is {what}, and must be a table")).help(
                "values for a template stand under [ENV.deploy.parameters] or [ENV.global.parameters]",
            ));
    }
    entries
}

fn malformed(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(codes::MALFORMED_CONFIG, message).at(span, "not as samconfig has it")
}

fn no_such_stage(root: &Node, file: &str, stage: &str) -> Diagnostic {
    let entries = root.as_mapping().unwrap_or_default();
    let stages: Vec<&Entry> = entries.iter().filter(|e| e.value.as_mapping().is_some()).collect();
    let names: Vec<&str> = stages.iter().map(|e| &*e.key).collect();
    let at = stages.first().map_or(root.span.part(0, 1), |e| e.key_span);
    let label = if names.is_empty() {
        "no environment in this file".to_owned()
    } else {
        format!("there {} {}", if names.len() == 1 { "is" } else { "are" }, names.join(", "))
    };
    let finding =
        Diagnostic::error(codes::UNKNOWN_STAGE, format!("{file} has nothing for the stage {stage}"))
            .at(at, label);
    match nearest(stage, names) {
        Some(near) => finding.help(format!("did you mean --stage {near}?")),
        None => finding.help(format!("add [{stage}.deploy.parameters], or choose another --stage")),
    }
}

/// True for a text of the form of `eu-central-1` and `us-gov-west-1`; which regions there are
/// changes every year.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number] => {
            words.len() >= 2 && words.iter().all(is_word) && number.parse::<u8>().is_ok_and(|n| n > 0)
        }
        [] => false,
    }
}
