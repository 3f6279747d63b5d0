//! The forms that programs read: SARIF by its schema, and what GitLab, GitHub and JUnit ask for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Folder;

const SCHEMA: &str = include_str!("data/sarif-schema-2.1.0.json");
const EXAMPLE: &str = "tests/lint/data/example.sarif";

/// Findings with all they may have: places in another part of the file, fixes, help, names with odd characters.
const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.8, Handler: a.b, Timeout: 60}}
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 120, QueueName: 'a, b: 100%'}}
  Works:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Policies: [{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}]
      Events:
        Q: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
";

const POLICY: &str = "lint: {policies: [{code: X001, type: AWS::SQS::Queue, schema: {required: [Tags]}, message: no tags, help: add them, url: 'https://example.com/tags'}]}";

fn folder() -> Folder {
    let other = "Resources:\n  'Ü': {Type: AWS::Nowhere::Thing}\n  Q: {Type: AWS::SQS::Queue, Properties: {Delay: 1}}\n";
    Folder::with(&[("template.yaml", TEMPLATE), ("a folder/ü, b.yaml", other), ("samc.yaml", POLICY)])
}

/// What a form says of both files.
fn form(name: &str) -> String {
    let folder = folder();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_samc"))
        .args([
            "lint",
            "template.yaml",
            "a folder/ü, b.yaml",
            "--as-of",
            "2026-11-23",
            "--message-format",
            name,
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn sarif_fits_the_schema_of_the_standard() {
    let text = form("sarif");
    let log: Value = serde_json::from_str(&text).unwrap();
    // A bracket too many, which strict readers of patterns refuse; the log names no language.
    let slip = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    assert!(SCHEMA.contains(slip));
    let schema: Value = serde_json::from_str(&SCHEMA.replace(slip, "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$")).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
    // The schema refuses what is no log, so that the line above says something.
    let mut wrong = log.clone();
    wrong["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!validator.is_valid(&wrong));

    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[key]["text"].as_str().is_some_and(|t| !t.trim().is_empty()), "{rule}");
        }
    }
    let of = |code: &str| results.iter().find(|r| r["ruleId"] == code).unwrap();
    assert!(of("R501")["relatedLocations"][0]["message"]["text"].is_string());
    let replacement = &of("R501")["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "360");
    let uri = &of("C230")["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%20folder/%C3%BC%2C%20b.yaml");
    let own = rules.iter().find(|r| r["id"] == "X001").unwrap();
    assert_eq!(own["helpUri"], "https://example.com/tags");
    // Two findings of one rule are told apart.
    let prints: BTreeSet<String> = results.iter().map(|r| r["partialFingerprints"].to_string()).collect();
    assert_eq!(prints.len(), results.len(), "{prints:?}");
}

/// Compares with the committed log; `SAMC_UPDATE=1` writes it. Pages of rules may change without it.
#[test]
fn the_example_is_what_is_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLE);
    let text = form("sarif");
    if std::env::var_os("SAMC_UPDATE").is_some_and(|v| v != "0") {
        fs::write(&path, &text).unwrap();
    }
    let without_pages = |text: &str| {
        let mut log: Value = serde_json::from_str(text).unwrap();
        for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
            let rule = rule.as_object_mut().unwrap();
            rule.remove("help");
            rule.remove("fullDescription");
        }
        log
    };
    let committed = fs::read_to_string(&path).unwrap();
    assert_eq!(
        without_pages(&committed),
        without_pages(&text),
        "{EXAMPLE} is out of date: run with SAMC_UPDATE=1"
    );
}

#[test]
fn gitlab_gets_what_its_code_quality_asks_for() {
    let report: Value = serde_json::from_str(&form("gitlab")).unwrap();
    let issues = report.as_array().unwrap();
    assert!(issues.len() > 4);
    let severities = ["info", "minor", "major", "critical", "blocker"];
    for issue in issues {
        assert!(issue["description"].as_str().is_some_and(|t| !t.is_empty()));
        assert!(issue["check_name"].as_str().is_some_and(|t| !t.is_empty()));
        assert!(severities.contains(&issue["severity"].as_str().unwrap()));
        assert!(issue["location"]["path"].as_str().is_some_and(|p| !p.is_empty() && !p.starts_with("./")));
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0));
    }
    let prints: BTreeSet<&str> = issues.iter().map(|i| i["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.len(), "fingerprints are told apart");
    // They stay while lines move.
    let folder =
        Folder::with(&[("template.yaml", &TEMPLATE.replace("Resources:\n", "\n# more\n\nResources:\n"))]);
    folder.write("samc.yaml", POLICY);
    let moved: Value = serde_json::from_str(
        &folder.run("lint template.yaml --as-of 2026-11-23 --message-format gitlab --select C230,C236,D701,R501,S301,X001").out,
    )
    .unwrap();
    for issue in moved.as_array().unwrap() {
        assert!(prints.contains(issue["fingerprint"].as_str().unwrap()), "{issue}");
    }
}

#[test]
fn github_gets_annotations_with_everything_escaped() {
    let text = form("github");
    for line in text.lines() {
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (command, properties) = head.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&command), "{line}");
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&name), "{line}");
            assert!(!value.contains(':') && !value.is_empty(), "{line}");
        }
        assert!(!message.contains('\r') && !message.is_empty(), "{line}");
    }
    assert!(text.contains("file=a folder/ü%2C b.yaml,"), "{text}");
}

#[test]
fn junit_is_well_formed_and_counts_what_it_has() {
    let text = form("junit");
    let count = |tag: &str| text.matches(&format!("<{tag} ")).count();
    let attribute = |name: &str| -> usize {
        let rest = text.split(&format!(" {name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    assert_eq!(count("testcase"), attribute("tests"));
    assert_eq!(count("failure"), attribute("failures"));
    // Every tag that opens closes, and no text has a bare sign.
    let mut open: Vec<&str> = Vec::new();
    for part in text.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        assert!(!rest.contains('&') || rest.split('&').skip(1).all(|e| e.contains(';')), "{rest}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') || tag.starts_with('?') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn rules_and_pages_are_listed_for_programs() {
    let folder = Folder::with(&[]);
    let rules: Value = serde_json::from_str(&folder.run("rules --format json").out).unwrap();
    let rules = rules.as_array().unwrap();
    let of = |code: &str| rules.iter().find(|r| r["code"] == code).unwrap();
    assert_eq!(of("R501")["category"], "reliability");
    assert_eq!(of("R501")["level"], "warning");
    assert_eq!(of("C230")["level"], "error");
    assert_eq!(of("P401")["controls"]["nist_800_53_r5"], serde_json::json!(["SC-28"]));
    assert_eq!(of("P401")["controls"]["hipaa"], serde_json::json!(["164.312(a)(2)(iv)"]));
    assert_eq!(of("P401")["profiles"], serde_json::json!(["pci", "hipaa"]));
    assert_eq!(of("L105")["kind"], "rule");
    for rule in rules {
        assert!(["error", "warning", "info"].contains(&rule["level"].as_str().unwrap()), "{rule}");
    }
    // Every code has a page, which is tested where they are; here is that the command finds it.
    for rule in rules.iter().step_by(20) {
        let page = folder.run(&format!("explain {}", rule["code"].as_str().unwrap()));
        assert!(
            page.status == 0 && page.out.starts_with(&format!("# {}", rule["code"].as_str().unwrap())),
            "{rule}"
        );
    }
}
