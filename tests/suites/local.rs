//! The manifest of the local target: what it says of every example and case fits its schema, and is read back as it
//! was written.

use samc::compile::{Settings, compile};
use samc_schema::manifest::Manifest;
use samc_tests::case::INPUTS;
use samc_tests::{files, root};

fn manifests() -> Vec<(String, String)> {
    let is_input = |file: &String| {
        let name = file.rsplit('/').next().unwrap_or_default();
        INPUTS.contains(&name) && (file.starts_with("examples/") || file.starts_with("tests/cases/"))
    };
    let mut found = Vec::new();
    for input in files().into_iter().filter(is_input) {
        let done = compile(&Settings {
            input: root().join(&input).to_string_lossy().into_owned(),
            targets: vec!["local".to_owned()],
            ..Settings::default()
        });
        let main = done.outputs.first().and_then(|(_, artifacts)| artifacts.first());
        found.extend(main.map(|main| (input, String::from_utf8_lossy(&main.contents).into_owned())));
    }
    found
}

#[test]
fn every_manifest_is_read_back_and_fits_its_schema() {
    let schema = samc_schema::manifest_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let manifests = manifests();
    assert!(manifests.len() > 50, "only {} manifests", manifests.len());
    for (input, text) in manifests {
        let manifest: Manifest = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{input}: {e}"));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&manifest).unwrap(), value, "{input}");
        let faults: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{input}: {faults:?}");
        assert!(!text.contains(&*root().to_string_lossy()), "{input} names a place on this machine");
    }
}
