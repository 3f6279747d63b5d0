//! What is allowed: by comments, in `Metadata`, in samc.yaml.

use super::Folder;

/// A queue that R501 speaks of, with a place for metadata and a comment.
fn queue(metadata: &str, comment: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {comment}
    Type: AWS::SQS::Queue
    Metadata: {{samc: {{{metadata}}}}}
    Properties: {{VisibilityTimeout: 120}}
  Works:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      InlineCode: x
      Timeout: 60
      Events:
        Q: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs.Arn}}}}
"
    )
}

fn found(text: &str, arguments: &str) -> Vec<String> {
    Folder::with(&[("template.yaml", text)]).found(&format!("template.yaml {arguments}"))
}

#[test]
fn metadata_of_a_resource_allow() {
    assert_eq!(found(&queue("", ""), ""), ["6 R501 Jobs"]);
    for allow in [
        "allow: [{rule: R501, reason: measured}]",
        "allow: [{rule: sqs-visibility-6x, reason: measured, until: 2099-01-01, by: payments}]",
    ] {
        assert_eq!(found(&queue(allow, ""), ""), [""; 0], "{allow}");
    }
}

#[test]
fn metadata_of_a_template_allow_and_json_has_them() {
    let text = queue("", "")
        .replace("Resources:", "Metadata: {samc: {allow: [{rule: R501, reason: all of them}]}}\nResources:");
    assert_eq!(found(&text, ""), [""; 0]);
    let json = r#"{"Resources": {
 "Q": {"Type": "AWS::SQS::Queue", "Metadata": {"samc": {"allow": [{"rule": "P401", "reason": "holds no data"}]}}},
 "R": {"Type": "AWS::SQS::Queue"}}}"#;
    let folder = Folder::with(&[("template.json", json)]);
    assert_eq!(folder.found("template.json --select P401"), ["3 P401 R"]);
}

#[test]
fn what_is_made_from_a_resource_inherits_what_it_allows() {
    let text = "Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {samc: {META}}
    Properties:
      Runtime: python3.13
      Handler: a.b
      InlineCode: x
      Policies: [{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}]
";
    let plain = found(&text.replace("META", ""), "");
    assert!(plain.iter().any(|f| f.contains("S301 F")), "{plain:?}");
    let allowed = text.replace("META", "allow: [{rule: iam-admin, reason: a sandbox}]");
    assert_eq!(found(&allowed, "").iter().filter(|f| f.contains("S301")).count(), 0);
}

#[test]
fn what_allows_nothing_is_told_in_every_form() {
    let unused = queue("allow: [{rule: C202, reason: x}]", "# samc: allow S301 -- x");
    assert_eq!(found(&unused, ""), ["3 W922", "5 W922", "6 R501 Jobs"].map(|f| f.to_owned()));
    let expired = queue("allow: [{rule: R501, reason: x, until: 2020-01-01}]", "");
    assert_eq!(found(&expired, ""), ["5 W923", "6 R501 Jobs"]);
    // Where a rule does not run nothing can be said of what is allowed of it.
    assert_eq!(found(&queue("allow: [{rule: P401, reason: x}]", ""), "--ignore R501"), [""; 0]);
    let folder = Folder::with(&[("template.yaml", &queue("", ""))]);
    for (config, wanted) in [
        ("per-resource: [{resources: Job*, ignore: C202, reason: x}]", "W922"),
        ("per-resource: [{resources: Job*, ignore: R501, reason: x, until: 2020-01-01}]", "W923"),
        ("per-path: [{paths: '*.yaml', ignore: C202, reason: x}]", "W922"),
        ("per-path: [{paths: '*.yaml', ignore: R501}]", "W921"),
    ] {
        folder.write("samc.yaml", &format!("lint: {{{config}}}"));
        let found = folder.found("template.yaml");
        assert!(found.iter().any(|f| f == &format!("1 {wanted}")), "{config}: {found:?}");
        assert!(found.iter().any(|f| f == "6 R501 Jobs"), "{config}: {found:?}");
    }
}

#[test]
fn words_that_say_nothing_are_told() {
    for allow in [
        "allow: [{rule: R501}]",
        "allow: [{rule: R501, reason: ' '}]",
        "allow: [{rule: R051, reason: x}]",
        "allow: [{rule: R501, reason: x, until: soon}]",
    ] {
        assert_eq!(found(&queue(allow, ""), ""), ["5 W921", "6 R501 Jobs"], "{allow}");
    }
    let misspelt = found(&queue("allow: [{rule: R501, reson: x}]", ""), "");
    assert!(misspelt.iter().any(|f| f.contains("E102 Jobs")), "{misspelt:?}");
}

#[test]
fn the_configuration_allows_by_resource_and_by_path() {
    let folder =
        Folder::with(&[("apps/a/template.yaml", &queue("", "")), ("apps/b/template.yaml", &queue("", ""))]);
    let both = "apps/a/template.yaml apps/b/template.yaml";
    for (config, left) in [
        ("per-path: [{paths: 'apps/a/**', ignore: R501, reason: to be retired}]", 1),
        ("per-path: [{paths: ['apps/**'], ignore: [R501], reason: to be retired}]", 0),
        ("per-path: [{paths: 'apps/*', ignore: R501, reason: other files}]", 2),
        ("per-resource: [{resources: 'J?bs', ignore: R501, reason: measured}]", 0),
        ("per-resource: [{resources: Resources.Jobs, ignore: R501, reason: measured}]", 0),
        ("per-resource: [{resources: [Mails], ignore: R501, reason: of another template}]", 2),
    ] {
        folder.write("samc.yaml", &format!("lint: {{{config}}}"));
        let found = folder.found(both);
        assert_eq!(found.iter().filter(|f| f.contains("R501")).count(), left, "{config}: {found:?}");
        assert_eq!(found.len(), left, "{config}: {found:?}");
    }
    // One use among several inputs is a use.
    folder.write(
        "apps/b/template.yaml",
        &queue("", "").replace("VisibilityTimeout: 120", "VisibilityTimeout: 900"),
    );
    folder.write("samc.yaml", "lint: {per-resource: [{resources: Jobs, ignore: R501, reason: measured}]}");
    assert_eq!(folder.found(both), [""; 0]);
    assert_eq!(folder.found("apps/b/template.yaml"), ["1 W922"]);
}

#[test]
fn components_of_app_yaml_are_allowed_by_name() {
    let text = "app: a
functions:
  f: {handler: a.b, runtime: python3.13, code: src, timeout: 60s, on: {queue: work}}
queues:
  work: {visibility: 100s}
";
    let folder = Folder::with(&[("app.yaml", text), ("src/a.py", "def b(e, c): pass\n")]);
    let has_r501 = |folder: &Folder| folder.found("app.yaml").iter().any(|f| f.contains("R501 work"));
    assert!(has_r501(&folder));
    folder.write(
        "samc.yaml",
        "lint: {per-resource: [{resources: 'queues.*', ignore: R501, reason: measured}]}",
    );
    assert!(!has_r501(&folder));
}

#[test]
fn exceptions_to_programmes_need_an_owner_and_an_end() {
    let wanted = |metadata: &str, comment: &str| {
        found(&queue(metadata, comment), "--profile pci --ignore R501,P401,P406,P409,P416,S317,K903,O601")
            .into_iter()
            .filter(|f| f.contains("P415"))
            .count()
    };
    assert_eq!(wanted("allow: [{rule: P401, reason: x}]", ""), 1);
    assert_eq!(wanted("allow: [{rule: P401, reason: x, by: payments, until: 2099-01-01}]", ""), 0);
    assert_eq!(wanted("", "# samc: allow P401 -- x until 2099-01-01"), 1);
    assert_eq!(wanted("", "# samc: allow P401 -- x @payments until 2099-01-01"), 0);
    assert_eq!(wanted("", "# samc: allow R501 -- x"), 0);
    let folder = Folder::with(&[("template.yaml", &queue("", ""))]);
    folder.write(
        "samc.yaml",
        "lint: {per-resource: [{resources: Jobs, ignore: P401, reason: x, until: 2099-01-01}]}",
    );
    let found = folder.found("template.yaml --profile pci");
    assert!(found.iter().any(|f| f == "1 P415"), "{found:?}");
}
