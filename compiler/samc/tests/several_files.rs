//! The command where an application is more than one file: samconfig, nested and included ones.
#![allow(clippy::disallowed_methods, reason = "the tests lay out files and read what was written")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::path::Path;
use std::process::Command;

const PARENT: &str = "Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: none}
Resources:
  Orders:
    Type: AWS::Serverless::Application
    Properties: {Location: orders/template.yaml}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: index.handler
      Runtime: python3.13
      AutoPublishAlias: !Ref Stage
";
const CHILD: &str = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n";
const CONFIG: &str = "version = 0.1
[default.deploy.parameters]
parameter_overrides = \"Stage=test\"
[prod.deploy.parameters]
parameter_overrides = \"Stage=prod\"
s3_bucket = \"shelf\"
s3_prefix = \"orders/\"
";

/// Exit status, stdout and stderr together of a run in a folder.
fn samc(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_samc"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
    (run.status.code().unwrap_or(-1), text)
}

fn application() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("orders")).unwrap();
    fs::write(root.join("template.yaml"), PARENT).unwrap();
    fs::write(root.join("orders/template.yaml"), CHILD).unwrap();
    fs::write(root.join("samconfig.toml"), CONFIG).unwrap();
    folder
}

#[test]
fn a_stage_takes_its_parameters_from_samconfig() {
    let folder = application();
    let alias = |arguments: &[&str]| {
        let (status, text) = samc(folder.path(), &[&["build", "--stdout", "-q"], arguments].concat());
        assert_eq!(status, 0, "{text}");
        text.split("FnAlias").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or("").to_owned()
    };
    assert_eq!(alias(&[]), "test");
    assert_eq!(alias(&["--stage", "prod"]), "prod");
    assert_eq!(alias(&["--stage", "prod", "--param", "Stage=mine"]), "mine");
    assert_eq!(alias(&["--isolated"]), "none");
    let (status, text) = samc(folder.path(), &["build", "--stage", "prd"]);
    assert_eq!(status, 1);
    assert!(text.contains("error[E130]") && text.contains("did you mean --stage prod?"), "{text}");
    assert!(text.contains("there are default, prod"), "{text}");
    fs::remove_file(folder.path().join("samconfig.toml")).unwrap();
    let (status, text) = samc(folder.path(), &["build", "--stage", "prod"]);
    assert_eq!(status, 0);
    assert!(text.contains("warning[W906]"), "{text}");
}

#[test]
fn nested_templates_are_written_beside_the_document_and_go_with_it() {
    let folder = application();
    let root = folder.path();
    let nested = root.join("build/cloudformation/nested");
    let (status, text) = samc(root, &["build"]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("next: aws cloudformation package"), "{text}");
    assert!(nested.join("Orders.template.yaml").exists());
    let document = fs::read_to_string(root.join("build/cloudformation/template.yaml")).unwrap();
    assert!(document.contains("TemplateURL: nested/Orders.template.yaml"), "{document}");
    assert_eq!(samc(root, &["build", "--check"]).0, 0);
    fs::write(root.join("orders/template.yaml"), CHILD.replace("SNS::Topic", "SQS::Queue")).unwrap();
    let (status, text) = samc(root, &["build", "--check"]);
    assert!(status == 1 && text.contains("Orders.template.yaml is not what this input builds"), "{text}");

    // What a build no longer nests goes; what somebody else put there stays.
    fs::write(nested.join("mine.txt"), "not samc's").unwrap();
    fs::write(root.join("template.yaml"), CHILD).unwrap();
    assert_eq!(samc(root, &["build"]).0, 0);
    assert!(!nested.join("Orders.template.yaml").exists() && nested.join("mine.txt").exists());
    fs::remove_file(nested.join("mine.txt")).unwrap();
    assert_eq!(samc(root, &["build"]).0, 0);
    assert!(!nested.exists());
}

#[test]
fn with_a_bucket_nested_templates_are_artifacts() {
    let folder = application();
    let (status, text) = samc(folder.path(), &["build", "--stage", "prod"]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("aws s3 sync build/cloudformation/artifacts s3://shelf/orders\n"), "{text}");
    let read =
        |name: &str| fs::read_to_string(folder.path().join("build/cloudformation").join(name)).unwrap();
    let list: serde_json::Value = serde_json::from_str(&read("artifacts.json")).unwrap();
    let entry = &list["artifacts"][0];
    let key = entry["s3_key"].as_str().unwrap();
    assert!(key.starts_with("orders/Orders-") && key.ends_with(".template.yaml"), "{key}");
    assert!(read("template.yaml").contains(&format!("/shelf/{key}")));
    assert!(read(entry["file"].as_str().unwrap()).contains("AWS::SNS::Topic"));
}

#[test]
fn a_fault_in_a_nested_template_stops_the_build() {
    let folder = application();
    fs::write(folder.path().join("orders/template.yaml"), CHILD.replace("Topic}", "Topik}")).unwrap();
    for arguments in [&["build"][..], &["lint", "template.yaml"], &["build", "--stdout"]] {
        let (status, text) = samc(folder.path(), arguments);
        assert_eq!(status, 1, "{text}");
        assert!(text.contains("orders/template.yaml:1:"), "{text}");
    }
    assert!(!folder.path().join("build").exists());
}

#[test]
fn overrides_come_as_tables_and_from_files_too() {
    let folder = application();
    let root = folder.path();
    let alias = |overrides: &str| {
        let config =
            format!("version = 0.1\n[default.deploy.parameters]\nparameter_overrides = {overrides}\n");
        fs::write(root.join("samconfig.toml"), config).unwrap();
        let (status, text) = samc(root, &["build", "--stdout", "-q", "--message-format", "concise"]);
        match text.split("FnAlias").nth(1).and_then(|rest| rest.split(':').next()) {
            Some(name) if status == 0 => name.to_owned(),
            _ => text,
        }
    };
    fs::create_dir(root.join("values")).unwrap();
    fs::write(root.join("values/prod.yaml"), "$include: file://more.toml\n").unwrap();
    fs::write(root.join("values/more.toml"), "Stage = 'shelf'\n").unwrap();
    fs::write(root.join("values/self.yaml"), "- Stage=x\n- file://self.yaml\n").unwrap();
    assert_eq!(alias("{ Stage = 'table' }"), "table");
    assert_eq!(alias("[{ Stage = 'early' }, ['Stage=late']]"), "late");
    assert_eq!(alias("{ Stage = true }"), "True");
    assert_eq!(alias("'file://values/prod.yaml'"), "shelf");
    assert!(alias("'file://values/none.yaml'").contains("samconfig.toml:3:23: error[E901] values/none.yaml"));
    assert!(alias("['file://values/self.yaml']").contains("values/self.yaml:2:3: error[E906]"));
    assert!(
        alias("{ Stage = { a = 1 } }").contains("error[E906] parameter_overrides gives a mapping to `Stage`")
    );
}
