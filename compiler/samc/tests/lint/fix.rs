//! `--fix` and `--diff`: what is changed in the text, and what is left alone.

use std::fs;

use super::{Folder, Run};

const TEMPLATE: &str = "# my template
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:   # the jobs
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 120   # two minutes
  Mails: {Type: AWS::SQS::Queue}
  Flow: {Type: AWS::SQS::Queue, Properties: {QueueName: x, VisibilityTimeout: '70'}}
  Works:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.8
      Handler: a.b
      InlineCode: x
      Timout: 60
      Events:
        Q: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
        M: {Type: SQS, Properties: {Queue: !GetAtt Mails.Arn}}
        F: {Type: SQS, Properties: {Queue: !GetAtt Flow.Arn}}
  Group:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: x
# the end
Outputs:
  X: {Value: !Ref Jobs}
";

const FIXED: &str = "# my template
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:   # the jobs
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 360   # two minutes
  Mails: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 360}}
  Flow: {Type: AWS::SQS::Queue, Properties: {QueueName: x, VisibilityTimeout: '360'}}
  Works:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.8
      Handler: a.b
      InlineCode: x
      Timeout: 60
      Events:
        Q: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
        M: {Type: SQS, Properties: {Queue: !GetAtt Mails.Arn}}
        F: {Type: SQS, Properties: {Queue: !GetAtt Flow.Arn}}
  Group:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: x
      RetentionInDays: 30
  WorksLogGroup:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/${Works}
      RetentionInDays: 30
# the end
Outputs:
  X: {Value: !Ref Jobs}
";

const OPTIONS: &str = "--profile strict --as-of 2026-11-23";

fn read(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// Files after `--fix` of the first of them: the folder, the run, and the texts in their order.
fn mended<const N: usize>(files: [(&str, &str); N], options: &str) -> (Folder, Run, [String; N]) {
    let folder = Folder::with(&files);
    let run = folder.run(&format!("lint {} --fix {options}", files[0].0));
    let texts = files.map(|(name, _)| read(&folder, name));
    (folder, run, texts)
}

/// A template after `--fix`.
fn fixed(name: &str, text: &str, options: &str) -> String {
    let (_, _, [text]) = mended([(name, text)], options);
    text
}

#[test]
fn fixes_change_what_they_are_about_and_nothing_else() {
    let (folder, run, [text]) = mended([("template.yaml", TEMPLATE)], OPTIONS);
    assert_eq!(text, FIXED);
    assert!(run.err.contains("fixed 6 findings in template.yaml"), "{}", run.err);
    assert!(!run.out.contains("R501") && run.out.contains("D701"), "{}", run.out);
    let run = folder.run(&format!("lint template.yaml --fix {OPTIONS}"));
    assert!(run.err.contains("nothing to fix"), "{}", run.err);
    assert_eq!(read(&folder, "template.yaml"), FIXED);
    assert_eq!(folder.run(&format!("lint template.yaml --diff {OPTIONS}")).out, "");
}

#[test]
fn a_diff_is_shown_and_nothing_written() {
    let folder = Folder::with(&[("template.yaml", TEMPLATE)]);
    let run = folder.run("lint template.yaml --diff --select E102,R501 --as-of 2026-11-23");
    assert_eq!(run.status, 2, "errors of the language are no rules: {}", run.out);
    let run = folder.run("lint template.yaml --diff --select R501 --as-of 2026-11-23");
    assert_eq!(run.status, 1);
    assert!(run.out.starts_with("--- a/template.yaml\n+++ b/template.yaml\n@@ "), "{}", run.out);
    for line in
        ["-      VisibilityTimeout: 120   # two minutes", "+      VisibilityTimeout: 360   # two minutes"]
    {
        assert!(run.out.lines().any(|l| l == line), "{line}\n{}", run.out);
    }
    assert!(!run.out.contains("LogGroup"), "{}", run.out);
    assert_eq!(read(&folder, "template.yaml"), TEMPLATE);
    // The diff is one that others can apply.
    let whole = folder.run(&format!("lint template.yaml --diff {OPTIONS}")).out;
    folder.write("change.diff", &whole);
    if let Ok(done) = std::process::Command::new("patch")
        .args(["-p1", "-i", "change.diff"])
        .current_dir(folder.path())
        .output()
    {
        assert!(done.status.success(), "{done:?}");
        assert_eq!(read(&folder, "template.yaml"), FIXED);
    }
}

#[test]
fn what_changes_what_is_deployed_waits_to_be_asked_for() {
    assert!(fixed("template.yaml", TEMPLATE, OPTIONS).contains("Runtime: python3.8\n"));
    let text = fixed("template.yaml", TEMPLATE, &format!("{OPTIONS} --unsafe-fixes"));
    assert!(text.contains("Runtime: python3.1") && !text.contains("python3.8"), "{text}");
}

#[test]
fn json_stays_json() {
    let text = "{
  \"Resources\": {
    \"Group\": {
      \"Type\": \"AWS::Logs::LogGroup\",
      \"Properties\": {
        \"LogGroupName\": \"x\"
      }
    },
    \"Bare\": {\"Type\": \"AWS::Logs::LogGroup\"},
    \"Works\": {
      \"Type\": \"AWS::Lambda::Function\",
      \"Properties\": {\"Code\": {\"ZipFile\": \"x\"}, \"Role\": \"arn:aws:iam::123456789012:role/x\", \"Runtime\": \"python3.13\", \"Hndler\": \"a.b\"}
    }
  }
}
";
    let out = fixed("template.json", text, "--select K903,O601,C230");
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    let resources = &value["Resources"];
    assert_eq!(resources["Group"]["Properties"]["RetentionInDays"], 30, "{out}");
    assert_eq!(resources["Bare"]["Properties"]["RetentionInDays"], 30, "{out}");
    assert_eq!(resources["Works"]["Properties"]["Handler"], "a.b", "{out}");
    assert_eq!(resources["WorksLogGroup"]["Properties"]["LogGroupName"]["Fn::Sub"], "/aws/lambda/${Works}");
    assert!(out.contains("        \"LogGroupName\": \"x\",\n        \"RetentionInDays\": 30\n"), "{out}");
}

#[test]
fn ends_of_lines_and_marks_of_encodings_stay() {
    let text = format!("\u{feff}{}", TEMPLATE.replace('\n', "\r\n"));
    let out = fixed("template.yaml", &text, OPTIONS);
    assert_eq!(out, format!("\u{feff}{}", FIXED.replace('\n', "\r\n")));
}

#[test]
fn what_aliases_share_is_left_alone() {
    let text = "Resources:
  A: {Type: AWS::Logs::LogGroup, Properties: &p {LogGroupClass: STANDARD}}
  B: {Type: AWS::Logs::LogGroup, Properties: *p}
  C:
    Type: AWS::Logs::LogGroup
    Properties:
      <<: *p
      LogGroupName: c
";
    let out = fixed("template.yaml", text, "--select K903");
    assert!(out.contains("B: {Type: AWS::Logs::LogGroup, Properties: *p}"), "{out}");
    assert!(out.contains("      LogGroupName: c\n      RetentionInDays: 30\n"), "{out}");
}

#[test]
fn spelling_is_mended_where_one_word_is_certain() {
    let text = "Transform: AWS::Serverless-2016-10-31
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      'BilingMode': \"PAY_PER_REQEST\"
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: a.b, InlineCode: x, Timeout: 3, Timeuot: 4}
";
    let out = fixed("template.yaml", text, "");
    assert!(out.contains("'BillingMode': \"PAY_PER_REQUEST\""), "{out}");
    // There is a Timeout already.
    assert!(out.contains("Timeout: 3, Timeuot: 4"), "{out}");
}

#[test]
fn app_yaml_and_its_modules_are_mended_in_their_own_words() {
    let app = "app: a
include: [m/app.yaml]
functions:
  f: {handler: a.b, runtime: python3.13, code: src, timeout: 60s, on: {queue: work}}
queues:
  work: {visibility: 100s}
  more:
    retian: 4d
";
    let module = "module: m
functions:
  g: {handler: a.b, runtime: python3.13, code: ../src, timeout: 10s, on: {queue: inner, btach: 3}}
queues:
  inner: {}
";
    let files = [("app.yaml", app), ("m/app.yaml", module), ("src/a.py", "def b(e, c): pass\n")];
    let (_, run, [app, module, _]) = mended(files, "");
    assert!(app.contains("work: {visibility: 360s}"), "{app}\n{}", run.out);
    assert!(app.contains("    retain: 4d"), "{app}\n{}", run.out);
    assert!(module.contains("batch: 3"), "{module}\n{}", run.out);
}

#[test]
fn what_a_stage_says_is_mended_there_and_resources_of_app_yaml_as_in_templates() {
    let app = "app: a
defaults: {function: {runtime: python3.8, code: src}}
functions:
  f: {handler: a.b, timeout: 60s, on: {queue: work}}
  g: {handler: a.b, timeout: 60s, on: {queue: mails}}
queues:
  work: {visibility: 400s}
  mails: {}
stages:
  prod: {queues: {work: {visibility: 70s}}}
resources:
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupNam: x}}
  Old:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/x', Code: {ZipFile: x}}
";
    let files = [("app.yaml", app), ("src/a.py", "def b(e, c): pass\n")];
    let options = "--stage prod --select R501,O601,D701,K903,C230 --as-of 2026-11-23 --unsafe-fixes";
    let (folder, run, [text, _]) = mended(files, options);
    assert!(run.out.is_empty(), "{}{}", run.out, run.err);
    let line = |wanted: &str| assert!(text.lines().any(|line| line == wanted), "{wanted}\n{text}");
    line("  work: {visibility: 400s}");
    line("  prod: {queues: {work: {visibility: 360s}}}");
    line("  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: x, RetentionInDays: 30}}");
    line("  OldLogGroup:");
    line("      LogGroupName: !Sub /aws/lambda/${Old}");
    assert!(text.contains("{runtime: python3.1") && !text.contains("python3.8"), "{text}");
    // Without the stage there is nothing more to do.
    assert_eq!(folder.run(&format!("lint app.yaml --diff {}", options.replace("--stage prod ", ""))).out, "");
}

#[test]
fn fixes_of_many_findings_take_few_rounds() {
    use std::fmt::Write;
    let mut text = String::from("Resources:\n");
    for n in 0..40 {
        let properties = "{Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/x', Code: {ZipFile: x}}";
        write!(text, "  F{n}:\n    Type: AWS::Lambda::Function\n    Properties: {properties}\n").unwrap();
    }
    // All of them go to one place, one after the other.
    let (_, run, [text]) = mended([("template.yaml", &text)], "--select O601");
    assert!(run.err.contains("fixed 40 findings"), "{}", run.err);
    let groups: Vec<&str> = text.lines().filter(|line| line.ends_with("LogGroup:")).collect();
    assert_eq!(groups, (0..40).map(|n| format!("  F{n}LogGroup:")).collect::<Vec<_>>());
}

#[test]
fn programs_get_fixes_with_their_edits() {
    let template = TEMPLATE.replace("Timout", "Timeout");
    let folder = Folder::with(&[("template.yaml", &template)]);
    let run = folder.run(&format!("lint template.yaml --message-format json {OPTIONS}"));
    let findings: Vec<serde_json::Value> =
        run.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let of = |code: &str| findings.iter().find(|f| f["code"] == code).unwrap();
    let fix = &of("R501")["fixes"][0];
    assert_eq!(
        (fix["message"].as_str(), fix["applicability"].as_str()),
        (Some("set VisibilityTimeout to 360"), Some("safe"))
    );
    assert_eq!(of("D701")["fixes"][0]["applicability"], "unsafe");
    let edit = &fix["edits"][0];
    let (offset, length) =
        (edit["offset"].as_u64().unwrap() as usize, edit["length"].as_u64().unwrap() as usize);
    let place = &template[offset..offset + length];
    assert!(["120", "70", ""].contains(&place), "{place}");
}

#[cfg(unix)]
#[test]
fn files_that_cannot_be_written_stay_as_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::with(&[("real/template.yaml", TEMPLATE)]);
    let real = folder.path().join("real/template.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/template.yaml", folder.path().join("template.yaml")).unwrap();
    folder.run(&format!("lint template.yaml --fix {OPTIONS}"));
    assert!(folder.path().join("template.yaml").is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), FIXED);
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path().join("real")).unwrap().count(), 1);
}

#[test]
fn a_serverless_yml_is_mended_in_its_own_words() {
    let text = "service: till
provider: {name: aws, runtime: python3.13}
functions:
  charge:
    handler: till.charge
    timeout: 20
    events:
      - sqs: !GetAtt Sales.Arn
resources:
  Resources:
    # what was sold
    Sales:
      Type: AWS::SQS::Queue
";
    let folder = Folder::with(&[("serverless.yml", text)]);
    let run = folder.run("lint serverless.yml --message-format json --select K903,R501");
    let paths: Vec<String> = run
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|finding| format!("{} {}", finding["code"], finding["path"]).replace('"', ""))
        .collect();
    assert_eq!(paths, ["K903 functions.charge", "R501 resources.Resources.Sales"]);
    folder.run("lint serverless.yml --fix --select K903,R501");
    let mended = text
        .replace(
            "      - sqs: !GetAtt Sales.Arn\n",
            "      - sqs: !GetAtt Sales.Arn\n    logRetentionInDays: 30\n",
        )
        .replace(
            "      Type: AWS::SQS::Queue\n",
            "      Type: AWS::SQS::Queue\n      Properties:\n        VisibilityTimeout: 120\n",
        );
    assert_eq!(read(&folder, "serverless.yml"), mended);
}

#[test]
fn misspelt_keys_of_a_serverless_yml_are_mended() {
    let text = "service: orchard\nprovider: {name: aws, runtime: nodejs24.x, timout: 10}\nfunctions:\n  \
                press:\n    handler: press.handler\n    memorysize: 512\n    tracing: active\n";
    let folder =
        Folder::with(&[("serverless.yml", text), ("press.js", "exports.handler = async () => {}\n")]);
    folder.run("lint serverless.yml --fix");
    let mended =
        text.replace("timout", "timeout").replace("memorysize", "memorySize").replace("active", "Active");
    assert_eq!(read(&folder, "serverless.yml"), mended);
    let folder = Folder::with(&[
        ("serverless.yml", &text.replace("provider", "provder")),
        ("press.js", "exports.handler = async () => {}\n"),
    ]);
    folder.run("lint serverless.yml --fix");
    assert_eq!(read(&folder, "serverless.yml"), mended, "the key that says what the file is");
}
