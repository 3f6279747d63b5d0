//! What a person sees on the screen, whole: a first template with mistakes in it, and a build that
//! works. `INSTA_UPDATE=always` accepts what changed.
#![allow(clippy::disallowed_methods, reason = "the tests lay out files")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Everything a run says, without colour, and with its time taken out.
fn screen(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_samc"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    let lines: Vec<String> = text.lines().map(without_time).collect();
    format!("$ samc {}\n{}\n", arguments.join(" "), lines.join("\n"))
}

/// A line that ends with a number of milliseconds, with `N` in place of the number.
fn without_time(line: &str) -> String {
    match line.strip_suffix(" ms").and_then(|rest| rest.rsplit_once(' ')) {
        Some((before, number)) if number.bytes().all(|b| b.is_ascii_digit()) => format!("{before} N ms"),
        _ => line.to_owned(),
    }
}

const MISTAKES: &str = "\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    Timeout: 1000
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handlr: app.handler
      MemorySize: lots
      Environment:
        Variables:
          QUEUE: !Ref JobQueue
      Policies:
        - SQSSendMessagePolicy: {QueueNme: !GetAtt JobsQueue.QueueName}
      Events:
        Work:
          Type: SQSQueue
          Properties: {Queue: !GetAtt JobsQueue.Arn}
  JobsQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 120
";

#[test]
fn a_template_with_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), MISTAKES).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    insta::assert_snapshot!(screen(folder.path(), &["build", "template.yaml"]));
}

#[test]
fn a_build_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let good = "Resources:\n  News: {Type: AWS::SNS::Topic}\n  Jobs: {Type: AWS::SQS::Queue}\n";
    fs::write(folder.path().join("template.yaml"), good).unwrap();
    insta::assert_snapshot!(screen(folder.path(), &["build"]));
}

const CARDS: &str = "\
app: cards
tags: {owner: payments}
compliance: {frameworks: [pci], waive: [{rule: C8, reason: the firewall comes in spring}]}
defaults: {function: {runtime: python3.13, code: src}}
tables: {cards: {key: id, compliance: {contains: [card]}}}
userpools: {people: {}}
functions:
  pay: {handler: pay.run, can: {write: cards}, env: {CURRENCY: EUR}, timeout: 5s}
";

#[test]
fn compliance_is_reported_control_by_control() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.yaml"), CARDS).unwrap();
    insta::assert_snapshot!(screen(folder.path(), &["report", "compliance", "app.yaml"]));
    let json = screen(folder.path(), &["report", "compliance", "app.yaml", "--format", "json"]);
    let json = json.split_once('\n').map(|(_, json)| json).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(value["frameworks"][0], "pci");
    assert!(value["summary"]["applied"].as_u64().unwrap() > 5, "{json}");
    let page = screen(folder.path(), &["report", "compliance", "app.yaml", "--format", "html"]);
    assert!(page.contains("<h2>C1 ") && page.contains("tables.cards"), "{page}");
    assert!(!page.contains("http"), "the page needs something from elsewhere");
}

#[test]
fn a_component_is_explained_with_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.yaml"), CARDS).unwrap();
    insta::assert_snapshot!(screen(folder.path(), &["explain", "app.yaml#functions.pay"]));
    let wrong = screen(folder.path(), &["explain", "app.yaml#functions.pey"]);
    assert!(wrong.contains("did you mean `functions.pay`?"), "{wrong}");
}
