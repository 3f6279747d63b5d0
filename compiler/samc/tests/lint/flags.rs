//! What templates say of their data, and which rules that takes on.

use super::Folder;

const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Metadata: {samc: {}}
Resources:
  Cards:
    Type: AWS::DynamoDB::Table
    Metadata: {samc: {compliance: [pci]}}
    Properties: &table
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
  Other:
    Type: AWS::DynamoDB::Table
    Properties: *table
  Plans:
    Type: AWS::DynamoDB::Table
    Metadata: {samc: {compliance: {data: restricted}}}
    Properties: *table
  Work:
    Type: AWS::SQS::Queue
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      InlineCode: x
      Policies:
        - DynamoDBReadPolicy: {TableName: !Ref Cards}
        - SQSSendMessagePolicy: {QueueName: !GetAtt Work.QueueName}
";

#[test]
fn flags_of_a_resource_take_on_rules_for_it_and_for_what_its_data_come_to() {
    let folder = Folder::with(&[("template.yaml", TEMPLATE)]);
    let found = folder.found("template.yaml");
    assert_eq!(found, ["4 P401 Cards", "4 P409 Cards", "14 P401 Plans", "18 P402 Work"]);
    assert_eq!(folder.found("template.yaml --ignore P401,P402,P409"), [""; 0]);
}

#[test]
fn flags_of_a_template_take_on_the_profile() {
    let text = TEMPLATE.replace("{samc: {}}", "{samc: {compliance: [pci]}}");
    let folder = Folder::with(&[("template.yaml", &text)]);
    let plain = Folder::with(&[("template.yaml", &TEMPLATE.replace("compliance: ", "build: "))]);
    let found = folder.found("template.yaml");
    assert_eq!(found, plain.found("template.yaml --profile pci"));
    assert!(found.iter().any(|f| f.ends_with("P401 Other")), "{found:?}");
}

#[test]
fn plain_templates_and_templates_that_are_expanded_take_the_same_flags() {
    let text = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Metadata: {samc: {compliance: {contains: [phi]}}}\n";
    let folder = Folder::with(&[
        ("plain.yaml", text),
        ("sam.yaml", &format!("Transform: AWS::Serverless-2016-10-31\n{text}")),
        (
            "tagged.json",
            r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue",
 "Metadata": {"samc": {"compliance": {"frameworks": ["hipaa"]}}}}}}"#,
        ),
    ]);
    for name in ["plain.yaml", "sam.yaml", "tagged.json"] {
        let found = folder.found(name);
        assert!(found.iter().any(|f| f.ends_with("P401 Q")), "{name}: {found:?}");
    }
}

#[test]
fn words_that_mean_nothing_are_told_where_they_are() {
    let text = TEMPLATE
        .replace("{samc: {}}", "{samc: {complience: [pci]}}")
        .replace("compliance: [pci]", "compliance: [pcy]")
        .replace("data: restricted", "data: restricted, contains: [cards], class: x");
    let folder = Folder::with(&[("template.yaml", &text)]);
    let run = folder.run("lint template.yaml --message-format concise");
    assert_eq!(run.status, 1);
    for told in [
        "template.yaml:2:19: error[E102] `Metadata.samc` has no key `complience`",
        "template.yaml:6:36: error[E105] `Resources.Cards.Metadata.samc.compliance[0]` cannot be `pcy`",
        "`Resources.Plans.Metadata.samc.compliance.contains[0]` cannot be `cards`",
        "`Resources.Plans.Metadata.samc.compliance` has no key `class`",
    ] {
        assert!(run.out.contains(told), "{told}\n{}", run.out);
    }
}

#[test]
fn app_yaml_follows_flagged_data_and_leaves_the_rest_to_its_controls() {
    let text = "app: a
functions:
  f: {handler: a.b, runtime: python3.13, code: src, can: {read: cards, send: work}}
tables:
  cards: {key: id, compliance: {data: restricted, mode: check}}
queues:
  work: {}
";
    let folder = Folder::with(&[("app.yaml", text), ("src/a.py", "def b(e, c): pass\n")]);
    let found = folder.found("app.yaml");
    assert!(!found.iter().any(|f| f.contains("P401") || f.contains("P409")), "{found:?}");
    assert!(found.iter().any(|f| f.ends_with("P402 work")), "{found:?}");
    let asked = folder.found("app.yaml --profile pci");
    assert!(asked.iter().any(|f| f.ends_with("P401 cards")), "{asked:?}");
}
