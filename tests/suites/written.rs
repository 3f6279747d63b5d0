//! `--target sam`: the template that an application means, compiled again, gives the same resources.

use std::collections::BTreeMap;

use samc::compile::{Compilation, Settings, compile, compile_text};
use samc::render::{MessageFormat, render};
use samc_tests::{files, root};

/// Every app.yaml of the cases and examples that is right.
fn inputs() -> Vec<String> {
    let is_input = |file: &String| {
        // What `overrides` change comes after the template.
        let says_last = file.contains("/last-words/");
        let is_app = file.ends_with("/app.yaml") && !file.contains("/wrong-") && !says_last;
        is_app && (file.starts_with("tests/cases/app/") || file.starts_with("examples/"))
    };
    files().into_iter().filter(is_input).collect()
}

fn settings(input: &str, target: &str) -> Settings {
    Settings {
        input: root().join(input).to_string_lossy().into_owned(),
        lint: false,
        isolated: true,
        targets: vec![target.to_owned()],
        ..Settings::default()
    }
}

fn resources(done: &Compilation) -> BTreeMap<String, String> {
    let graph = done.graph.as_ref().unwrap_or_else(|| panic!("no graph of {}", done.title));
    let shown = |(id, r): (&samc_base::LogicalId, &samc_ir::Resource)| {
        let style = samc_ir::JsonStyle { sort_keys: true, ..samc_ir::JsonStyle::PRETTY };
        let properties = r.properties.as_ref().map(|p| p.to_json(style)).unwrap_or_default();
        let attributes = samc_ir::Expr::from(r.attributes.clone()).to_json(style);
        (id.to_string(), format!("{} {properties} {attributes}", r.resource_type.as_str()))
    };
    graph.resources.iter().map(shown).collect()
}

#[test]
fn the_sam_template_of_an_application_gives_the_same_resources() {
    let inputs = inputs();
    assert!(inputs.len() > 15, "{inputs:?}");
    for input in inputs {
        let direct = compile(&settings(&input, "cloudformation"));
        let written = compile(&settings(&input, "sam"));
        let told = render(&written.diagnostics, &written.sources, MessageFormat::Human, false);
        let Some(document) = written.outputs.first().and_then(|(_, files)| files.first()) else {
            panic!("{input} has no SAM template\n{told}");
        };
        let text = String::from_utf8_lossy(&document.contents).into_owned();
        assert!(text.contains("Transform: AWS::Serverless-2016-10-31"), "{input}");
        let template = input.replace("app.yaml", "template.yaml");
        let again = compile_text(text, &settings(&template, "cloudformation"));
        let told = render(&again.diagnostics, &again.sources, MessageFormat::Human, false);
        assert_eq!(again.status, 0, "{input}\n{told}");
        let (direct, again) = (resources(&direct), resources(&again));
        let ids = |all: &BTreeMap<String, String>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(&direct), ids(&again), "{input}");
        for (id, resource) in direct {
            assert_eq!(Some(&resource), again.get(&id), "{input}: {id}");
        }
    }
}

#[test]
fn a_template_sees_the_application() {
    let render_with = |text: &str| {
        let mut settings = settings("examples/thumbs/app.yaml", "template");
        settings.template = Some(("page.md.hbs".to_owned(), text.to_owned()));
        compile(&settings)
    };
    let done = render_with(
        "{{app.name}} {{upper app.name}}\n{{#each functions}}{{name}} {{runtime}} {{timeout}}\n{{/each}}{{json app.stages}}",
    );
    let (name, files) = done.outputs.first().unwrap_or_else(|| panic!("{:?}", done.diagnostics));
    let file = files.first().unwrap_or_else(|| panic!("no file"));
    assert_eq!((*name, file.path.as_str()), ("template", "page.md"));
    let text = String::from_utf8_lossy(&file.contents);
    assert_eq!(text, "thumbs THUMBS\nresize python3.13 60\n[]");
    for (wrong, code) in [
        ("{{#each functions}}", "E711"),
        ("{{nmae}}", "E712"),
        ("{{#each functions}}{{nmae}}{{/each}}", "E712"),
    ] {
        let done = render_with(wrong);
        let codes: Vec<&str> = done.diagnostics.iter().map(|d| d.code().id()).collect();
        assert_eq!((done.status, codes), (1, vec![code]), "{wrong}");
    }
}
