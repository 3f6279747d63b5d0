//! `samc build --target terraform` as a user meets it: which files are there, and which are not.
#![allow(clippy::disallowed_methods, reason = "the tests lay out files and read what was written")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SMALL: &str = "Resources:\n  News: {Type: AWS::SNS::Topic}\n";

fn samc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_samc"))
        .args(["build", "--target", "terraform"])
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("SAMC_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
        .output()
        .unwrap()
}

/// Builds, which must succeed, and gives the names of what lies in the folder then.
fn built(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = samc(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut names: Vec<String> = fs::read_dir(folder.join("build/terraform"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn files_of_the_other_syntax_and_of_services_that_went_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let many: String = (0..14).map(|i| format!("  Q{i}: {{Type: AWS::SQS::Queue}}\n")).collect();
    fs::write(folder.path().join("template.yaml"), format!("{SMALL}{many}")).unwrap();
    assert_eq!(
        built(folder.path(), &[]),
        ["providers.tf", "sns.tf", "sqs.tf", "variables.tf", "versions.tf"]
    );
    // What is not samc's stays, whatever it is called.
    fs::write(folder.path().join("build/terraform/backend.tf"), "terraform {\n  backend \"s3\" {}\n}\n")
        .unwrap();
    fs::write(folder.path().join("template.yaml"), SMALL).unwrap();
    assert_eq!(
        built(folder.path(), &[]),
        ["backend.tf", "main.tf", "providers.tf", "variables.tf", "versions.tf"]
    );
    assert_eq!(
        built(folder.path(), &["--tf-syntax", "json"]),
        ["backend.tf", "main.tf.json", "providers.tf.json", "variables.tf.json", "versions.tf.json"]
    );
    assert_eq!(
        built(folder.path(), &["--tf-syntax", "hcl"]),
        ["backend.tf", "main.tf", "providers.tf", "variables.tf", "versions.tf"]
    );
}

#[test]
fn archives_lie_where_the_files_name_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/app.py"), "def handler(event, context):\n    return 1\n").unwrap();
    let function = "app: work\nfunctions:\n  hello: {handler: src/app.handler, runtime: python3.13}\n";
    fs::write(folder.path().join("app.yaml"), function).unwrap();
    let names = built(folder.path(), &[]);
    assert!(names.contains(&"artifacts".to_owned()), "{names:?}");
    let root = folder.path().join("build/terraform");
    let text = fs::read_to_string(root.join("main.tf")).unwrap();
    let named = text.split("${path.module}/").nth(1).unwrap().split('"').next().unwrap();
    assert!(root.join(named).is_file(), "{named}");
}

#[test]
fn an_unknown_syntax_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), SMALL).unwrap();
    let output = samc(folder.path(), &["--tf-syntax", "yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("possible values: hcl, json"));
}

#[test]
fn a_stack_is_taken_over_only_with_its_resources() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), SMALL).unwrap();
    fs::write(folder.path().join("bad.json"), "{}").unwrap();
    let wrong: [(&[&str], &str); 4] = [
        (&["--import-stack", "shop"], "list-stack-resources"),
        (&["--stack-resources", "bad.json"], "--import-stack"),
        (&["--import-stack", "shop", "--stack-resources", "bad.json"], "StackResourceSummaries"),
        (&["--import-stack", "shop", "--stack-resources", "none.json"], "none.json"),
    ];
    for (arguments, word) in wrong {
        let output = samc(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{arguments:?}");
        assert!(!folder.path().join("build").exists());
    }
    let entry = r#"{"LogicalResourceId": "News", "PhysicalResourceId": "arn:aws:sns:eu-west-1:1:shop-News-X", "ResourceType": "AWS::SNS::Topic"}"#;
    fs::write(folder.path().join("shop.json"), format!(r#"{{"StackResourceSummaries": [{entry}]}}"#))
        .unwrap();
    let names = built(folder.path(), &["--import-stack", "shop", "--stack-resources", "shop.json"]);
    assert!(names.contains(&"imports.tf".to_owned()), "{names:?}");
    let main = fs::read_to_string(folder.path().join("build/terraform/main.tf")).unwrap();
    assert!(main.contains("name = \"shop-News-X\""), "{main}");
}
