//! samc.yaml: where it is found, what it says, and what stands over it.

use super::Folder;

/// R501 (twice), and with `--profile strict` more.
const QUEUES: &str = "Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Handler: a.b, Timeout: 60}}
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 120}}
  Mails: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 120}}
  Works:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Events:
        Q: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
  Sends:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Events:
        Q: {Type: SQS, Properties: {Queue: !GetAtt Mails.Arn}}
";

const BOTH: [&str; 2] = ["4 R501 Jobs", "5 R501 Mails"];

/// A folder with the queues in `app/template.yaml` and a configuration above it.
fn configured(config: &str) -> Folder {
    Folder::with(&[("app/template.yaml", QUEUES), ("samc.yaml", config)])
}

fn only_r501(folder: &Folder, arguments: &str) -> Vec<String> {
    let found = folder.found(arguments);
    found.into_iter().filter(|f| f.contains("R501")).collect()
}

#[test]
fn the_nearest_configuration_upwards_holds() {
    let folder = configured("lint: {ignore: R501}");
    assert_eq!(only_r501(&folder, "app/template.yaml"), [""; 0]);
    assert_eq!(only_r501(&folder, "app/template.yaml --isolated"), BOTH);
    let absolute = folder.path().join("app/template.yaml").display().to_string();
    assert_eq!(only_r501(&folder, &absolute), [""; 0]);
    folder.write("app/samc.yaml", "# nothing\n");
    assert_eq!(only_r501(&folder, "app/template.yaml"), BOTH);
    folder.write("other.yaml", "lint: {ignore: [sqs-visibility-6x]}");
    assert_eq!(only_r501(&folder, "app/template.yaml --config other.yaml"), [""; 0]);
    let run = folder.run("lint app/template.yaml --config nowhere.yaml");
    assert_eq!(run.status, 2);
    assert!(run.out.contains("nowhere.yaml cannot be read"), "{}", run.out);
}

#[test]
fn options_of_the_command_line_stand_over_it() {
    let folder =
        configured("lint: {select: [R501], deny: warning, as_of: 2020-01-01, severity: {R501: info}}");
    let run = folder.run("lint app/template.yaml");
    assert_eq!(run.status, 0, "info is below warning: {}", run.out);
    assert_eq!(run.out.matches("info[R501]").count(), 2, "{}", run.out);
    assert_eq!(folder.run("lint app/template.yaml --deny info").status, 1);
    folder.write("samc.yaml", "lint: {select: [R501], deny: warning}");
    assert_eq!(folder.run("lint app/template.yaml").status, 1);
    assert_eq!(folder.run("lint app/template.yaml --deny error").status, 0);
    assert_eq!(only_r501(&folder, "app/template.yaml --select C202"), [""; 0]);
    folder.write("samc.yaml", "lint: {severity: {R501: error}}");
    let run = folder.run("build app/template.yaml");
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(!folder.path().join("build").exists());
    folder.write("samc.yaml", "lint: {severity: {R501: 'off'}}");
    assert_eq!(only_r501(&folder, "app/template.yaml"), [""; 0]);
}

#[test]
fn regions_parameters_and_profiles_come_from_it() {
    let text = "Parameters: {Time: {Type: Number, Default: 400}}
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub t-${Time}
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
";
    let config = "region: eu-central-1\nparams: {Time: 30, Tiem: 3}\nlint: {profile: strict}\n";
    let folder = Folder::with(&[("template.yaml", text), ("samc.yaml", config)]);
    let found = folder.found("template.yaml");
    assert!(found.iter().any(|f| f.contains("P409")), "{found:?}");
    assert_eq!(folder.found("template.yaml --isolated"), [""; 0]);
    let run = folder.run("lint template.yaml -v");
    assert!(run.err.contains("eu-central-1"), "{}", run.err);
    let run = folder.run("lint template.yaml -v --region us-west-2");
    assert!(run.err.contains("us-west-2"), "{}", run.err);
}

#[test]
fn what_is_wrong_in_it_is_told_at_its_place() {
    let config = "lnt: {}
lint:
  ignroe: [R501]
  select: [R051, ALL]
  profile: [strct]
  severity: {sqs-visibilty-6x: error, R501: fatal}
  deny: never
  as-of: yesterday
  per-path: [{paths: 'x[', ignore: R501, reason: y}]
region: Frankfurt
";
    let folder = configured(config);
    let run = folder.run("lint app/template.yaml --message-format concise");
    assert_eq!(run.status, 1);
    for told in [
        "samc.yaml:1:1: error[E102] the document has no key `lnt`",
        "samc.yaml:3:3: error[E102] `lint` has no key `ignroe`",
        "samc.yaml:4:12: error[E105] there is no rule `R051`",
        "samc.yaml:5:13: error[E105] `lint.profile[0]` cannot be `strct`",
        "samc.yaml:6:14: error[E105] there is no rule `sqs-visibilty-6x`",
        "samc.yaml:6:45: error[E105] `lint.severity.R501` cannot be `fatal`",
        "samc.yaml:7:9: error[E105] `lint.deny` cannot be `never`",
        "samc.yaml:8:10: error[E105] `yesterday` is not a day",
        "samc.yaml:9:22: error[E105] `x[` is not a pattern",
        "samc.yaml:10:9: error[E105] `Frankfurt` is not a region",
    ] {
        assert!(run.out.contains(told), "{told}\n{}", run.out);
    }
    let help = folder.run("lint app/template.yaml").out;
    for near in
        ["did you mean `lint`?", "did you mean `R501`?", "did you mean `strict`?", "did you mean `ignore`?"]
    {
        assert!(help.contains(near), "{near}\n{help}");
    }
    folder.write("samc.yaml", "lint: [\n");
    let run = folder.run("lint app/template.yaml --message-format concise");
    assert!(run.status == 1 && run.out.contains("samc.yaml:"), "{}", run.out);
}

#[test]
fn what_is_wrong_in_it_is_told_once_for_several_inputs() {
    let folder = configured("lnt: {}");
    folder.write("app/second.yaml", QUEUES);
    let run = folder.run("lint app/template.yaml app/second.yaml --message-format concise");
    assert_eq!(run.out.matches("E102").count(), 1, "{}", run.out);
    assert_eq!(run.out.matches("R501").count(), 4, "{}", run.out);
}

#[test]
fn the_schema_of_it_is_printed() {
    let folder = Folder::with(&[]);
    let run = folder.run("schema config");
    let schema: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(schema["title"], "samc.yaml");
    assert!(schema["properties"]["lint"].is_object());
}
