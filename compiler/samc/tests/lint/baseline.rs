//! Findings that were there before are quiet, whatever happens to the text around them.

use super::Folder;

const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 120}
  Works:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      InlineCode: x
      Timeout: 60
      Policies:
        - Statement:
            - {Effect: Allow, Action: '*', Resource: '*'}
      Events:
        Q: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
";

/// The same, formatted anew: other indentation, sections and keys moved, comments added.
const MOVED: &str = "Resources:

    # works on the jobs
    Works:
        Properties:
            Timeout: 60
            Policies:
              - Statement:
                - Effect: Allow
                  Action: sqs:ReceiveMessage
                  Resource: !GetAtt Jobs.Arn
                - Action: \"*\"
                  Effect: Allow
                  Resource: '*'
            Events:
                Q:
                    Properties:
                        Queue: !GetAtt Jobs.Arn
                    Type: SQS
            InlineCode: x
            Handler: a.b
            Runtime: python3.13
        Type: AWS::Serverless::Function
    Jobs:
        Properties:
            VisibilityTimeout: 120   # two minutes
        Type: AWS::SQS::Queue
Transform: AWS::Serverless-2016-10-31
";

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn old_findings_stay_quiet_while_the_text_moves() {
    let folder = Folder::with(&[("app/template.yaml", TEMPLATE)]);
    let before = folder.found("app/template.yaml");
    assert!(before.len() >= 2, "{before:?}");
    let run = folder.run("lint app/template.yaml --write-baseline known.json");
    assert_eq!((run.status, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.contains(&format!("{} findings written to known.json", before.len())), "{}", run.err);
    assert_eq!(folder.found("app/template.yaml --baseline known.json"), [""; 0]);
    folder.write("app/template.yaml", MOVED);
    assert_eq!(folder.found("app/template.yaml").len(), before.len());
    assert_eq!(folder.found("app/template.yaml --baseline known.json"), [""; 0]);
    // The same of another resource is new.
    let more = MOVED
        .replace(
            "    Jobs:\n",
            "    Mails: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 120}}\n    Jobs:\n",
        )
        .replace(
            "                Q:\n",
            "                M: {Type: SQS, Properties: {Queue: !GetAtt Mails.Arn}}\n                Q:\n",
        );
    folder.write("app/template.yaml", &more);
    let found = folder.found("app/template.yaml --baseline known.json");
    assert!(found.len() == 1 && found[0].ends_with("R501 Mails"), "{found:?}");
    // From another folder, and by the configuration, it is the same file.
    folder.write("app/samc.yaml", "lint: {baseline: ../known.json}");
    assert_eq!(folder.found("app/template.yaml").len(), 1);
    folder.write("samc.yaml", "lint: {baseline: known.json}");
}

#[test]
fn what_was_mended_is_told() {
    let folder = Folder::with(&[("template.yaml", TEMPLATE)]);
    folder.run("lint template.yaml --write-baseline known.json");
    folder.write("template.yaml", &TEMPLATE.replace("VisibilityTimeout: 120", "VisibilityTimeout: 360"));
    let run = folder.run("lint template.yaml --baseline known.json --message-format concise");
    assert_eq!(run.status, 0);
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    assert!(
        run.out.starts_with("known.json:") && run.out.contains("info[W924] R501 is no longer found"),
        "{}",
        run.out
    );
    // Where the rule does not run, or the file is not looked at, nothing is known of it.
    assert_eq!(folder.found("template.yaml --baseline known.json --ignore R501"), [""; 0]);
    folder.write("other.yaml", "Resources: {T: {Type: AWS::SNS::Topic}}\n");
    assert_eq!(folder.found("other.yaml --baseline known.json"), [""; 0]);
}

#[test]
fn several_files_share_one_and_it_is_the_same_each_time() {
    let folder = Folder::with(&[("a.yaml", TEMPLATE), ("b.yaml", MOVED)]);
    folder.run("lint b.yaml a.yaml --write-baseline known.json");
    let both = read(&folder, "known.json");
    folder.run("lint a.yaml b.yaml --write-baseline known.json");
    assert_eq!(read(&folder, "known.json"), both);
    let parsed: serde_json::Value = serde_json::from_str(&both).unwrap();
    let files: Vec<&str> =
        parsed["findings"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    assert!(files.is_sorted() && files.contains(&"a.yaml") && files.contains(&"b.yaml"), "{files:?}");
    // What was not looked at stays.
    folder.run("lint a.yaml --write-baseline known.json");
    assert_eq!(read(&folder, "known.json"), both);
    assert_eq!(folder.found("a.yaml b.yaml --baseline known.json"), [""; 0]);
}

#[test]
fn errors_of_rules_are_kept_too_and_errors_of_the_language_are_not() {
    let text = "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {Visibility: 1}}\n";
    let folder = Folder::with(&[("template.yaml", text)]);
    assert_eq!(folder.run("lint template.yaml --write-baseline known.json").status, 0);
    assert_eq!(folder.run("build template.yaml").status, 1);
    folder.write("samc.yaml", "lint: {baseline: known.json}");
    let run = folder.run("build template.yaml");
    assert_eq!(run.status, 0, "{}", run.err);
    let broken = Folder::with(&[("template.yaml", "Resources: {Q: {Type: [], Properties: {}}}")]);
    let run = broken.run("lint template.yaml --write-baseline known.json");
    assert_eq!(run.status, 1, "{}", run.out);
}

#[test]
fn files_that_are_no_baselines_are_told() {
    let folder =
        Folder::with(&[("template.yaml", TEMPLATE), ("known.json", "{\"version\": 9, \"findings\": []}")]);
    let run = folder.run("lint template.yaml --baseline known.json --message-format concise");
    assert!(run.status == 1 && run.out.contains("known.json:1:13: error[E907]"), "{}", run.out);
    folder.write("known.json", "{\"version\": 1, \"findings\": [{\"rule\": \"R501\"}]}");
    let run = folder.run("lint template.yaml --baseline known.json --message-format concise");
    assert!(run.status == 1 && run.out.contains("error[E907]"), "{}", run.out);
    assert_eq!(folder.run("lint template.yaml --baseline nowhere.json").status, 2);
    folder.write("samc.yaml", "lint: {baseline: nowhere.json}");
    let run = folder.run("lint template.yaml --message-format concise");
    assert!(run.status == 1 && run.out.contains("samc.yaml:1:18: error[E901]"), "{}", run.out);
}
