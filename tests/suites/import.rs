//! `samc import --to app`: the file that a template becomes deploys what the template deploys.

#![allow(clippy::disallowed_methods, reason = "a test writes what it expects when asked to")]

use std::collections::BTreeMap;

use samc::compile::{Compilation, Settings, compile, compile_text};
use samc::import::import;
use samc::render::{MessageFormat, render};
use samc_tests::{files, read, root};

/// Templates of the cases that are right and stand alone.
fn inputs() -> Vec<String> {
    let is_input = |file: &String| {
        let is_case = file.starts_with("tests/cases/sam/") || file.starts_with("tests/cases/cloudformation/");
        is_case && file.ends_with("/template.yaml") && !file.contains("/wrong-") && !file.contains("/out/")
    };
    files().into_iter().filter(is_input).collect()
}

fn settings(input: &str) -> Settings {
    Settings {
        input: root().join(input).to_string_lossy().into_owned(),
        lint: false,
        isolated: true,
        ..Settings::default()
    }
}

fn told(done: &Compilation) -> String {
    render(&done.diagnostics, &done.sources, MessageFormat::Human, false)
}

/// Ends of the types whose resources become a part of a component, and hold no data.
const PARTS: [&str; 4] = ["Policy", "::Permission", "::Rule", "::EventSourceMapping"];

/// How many resources there are of each type.
fn types(done: &Compilation) -> BTreeMap<String, usize> {
    let mut types = BTreeMap::new();
    for resource in done.graph.iter().flat_map(|g| g.resources.values()) {
        *types.entry(resource.resource_type.to_string()).or_default() += 1;
    }
    types
}

/// Compiles the file that a template became, from the folder of the template.
fn again(input: &str, text: &str) -> Compilation {
    let app = input.replace("template.yaml", "app.yaml");
    compile_text(text.to_owned(), &settings(&app))
}

#[test]
fn nothing_of_a_template_is_lost() {
    let inputs = inputs();
    assert!(inputs.len() > 25, "{inputs:?}");
    let mut components = 0;
    for input in &inputs {
        let direct = compile(&settings(input));
        if direct.status != 0 {
            continue;
        }
        let done = import(&settings(input));
        assert!(!done.text.is_empty(), "{input}\n{}", told(&done.compilation));
        let open: Vec<&String> = done.notes.iter().filter(|n| n.starts_with("differs")).collect();
        assert!(open.is_empty(), "{input}: {open:?}\n{}", done.text);
        let built = again(input, &done.text);
        assert_eq!(built.status, 0, "{input}\n{}\n{}", told(&built), done.text);
        let made = types(&built);
        for (kind, count) in types(&direct) {
            assert!(made.get(&kind) >= Some(&count), "{input}: fewer {kind}\n{}", done.text);
        }
        // Logical ids stay, so that a stack is updated and nothing in it replaced.
        let there = |id: &str| built.graph.as_ref().is_some_and(|graph| graph.resources.contains_key(id));
        let source = samc_tests::read(input);
        for (id, resource) in direct.graph.iter().flat_map(|graph| &graph.resources) {
            let is_part = PARTS.iter().any(|end| resource.resource_type.ends_with(end));
            if source.contains(&format!("\n  {id}:")) {
                assert!(is_part || there(id), "{input}: no {id}\n{}", done.text);
            }
        }
        assert_eq!(import(&settings(input)).text, done.text, "{input}");
        components += usize::from(done.text.contains("\nfunctions:"));
    }
    assert!(components > 15, "{components} of {} have functions", inputs.len());
}

#[test]
fn an_application_reads_as_if_it_had_been_written_so() {
    let done = import(&settings("tests/import/template.yaml"));
    let notes = done.notes.join("\n");
    let wanted = read("tests/import/app.yaml");
    let made =
        format!("{}{}", done.text, if notes.is_empty() { String::new() } else { format!("# {notes}\n") });
    if std::env::var_os("SAMC_UPDATE").is_some() {
        std::fs::write(root().join("tests/import/app.yaml"), &made).unwrap_or_default();
        return;
    }
    assert_eq!(made, wanted);
}

/// What the Serverless Framework makes for itself, which does not come along.
const OF_THE_FRAMEWORK: [&str; 3] = ["AWS::Lambda::Version", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"];

#[test]
fn nothing_of_a_service_is_lost() {
    let is_input =
        |file: &String| file.starts_with("tests/cases/serverless/") && file.ends_with("/serverless.yml");
    let mut components = 0;
    for input in files().into_iter().filter(is_input) {
        let direct = compile(&settings(&input));
        if direct.status != 0 {
            continue;
        }
        let done = import(&settings(&input));
        assert!(!done.text.is_empty(), "{input}\n{}", told(&done.compilation));
        let open: Vec<&String> = done.notes.iter().filter(|n| n.starts_with("differs")).collect();
        assert!(open.is_empty(), "{input}: {open:?}\n{}", done.text);
        let built = compile_text(done.text.clone(), &settings(&input.replace("serverless.yml", "app.yaml")));
        assert_eq!(built.status, 0, "{input}\n{}\n{}", told(&built), done.text);
        let made = types(&built);
        for (kind, count) in
            types(&direct).iter().filter(|(kind, _)| !OF_THE_FRAMEWORK.contains(&kind.as_str()))
        {
            assert!(made.get(kind) >= Some(count), "{input}: fewer {kind}\n{}", done.text);
        }
        components += usize::from(done.text.contains("\nfunctions:"));
    }
    assert!(components > 15, "{components} have functions");
}

#[test]
fn a_service_reads_as_if_it_had_been_written_so() {
    let done = import(&settings("examples/serverless-tools/serverless.yml"));
    let made = format!("{}# {}\n", done.text, done.notes.join("\n# "));
    let wanted = read("tests/import/tools.yaml");
    if std::env::var_os("SAMC_UPDATE").is_some() {
        std::fs::write(root().join("tests/import/tools.yaml"), &made).unwrap_or_default();
        return;
    }
    assert_eq!(made, wanted);
}

#[test]
fn an_app_yaml_is_not_imported() {
    let done = import(&settings("examples/thumbs/app.yaml"));
    assert!(done.text.is_empty());
    assert!(told(&done.compilation).contains("E273"), "{}", told(&done.compilation));
}
