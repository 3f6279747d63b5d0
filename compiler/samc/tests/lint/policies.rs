//! Policies of one's own: those of docs/policies.md, and what they must not say.

use super::Folder;

/// The blocks of docs/policies.md.
fn examples() -> Vec<&'static str> {
    let page = include_str!("../../../../docs/policies.md");
    page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

fn found(config: &str, template: &str, arguments: &str) -> Vec<String> {
    let folder = Folder::with(&[("template.yaml", template), ("samc.yaml", config)]);
    let found = folder.found(&format!("template.yaml {arguments}"));
    found.into_iter().filter(|f| f.contains(" X") || f.contains(" E")).collect()
}

#[test]
fn the_tags_of_the_page_are_asked_for() {
    let template = "Parameters: {Team: {Type: String}}
Resources:
  A: {Type: AWS::SQS::Queue}
  B: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: cost, Value: x}]}}
  C: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: cost, Value: x}, {Key: owner, Value: !Ref Team}]}}
  D: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: !Ref Team, Value: x}]}}
  E: {Type: AWS::SNS::Topic}
";
    assert_eq!(found(examples()[0], template, ""), ["3 X001 A", "4 X001 B"]);
}

#[test]
fn the_runtimes_of_the_page_are_asked_for_after_the_transform() {
    let template = "Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: a.b, Runtime: python3.12}}
Parameters:
  Known: {Type: String, Default: nodejs22.x}
  Open: {Type: String}
Resources:
  A: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}
  B: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Runtime: python3.13}}
  C: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Runtime: !Ref Known}}
  D: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Runtime: !Ref Open}}
  E: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Runtime: !Sub 'python3.${Open}'}}
";
    let config = examples()[1];
    assert_eq!(found(config, template, ""), ["2 X002 A", "9 X002 C"]);
    // A value that is given is known.
    assert_eq!(found(config, template, "--param Known=python3.13 --param Open=ruby3.4").len(), 3);
    let folder = Folder::with(&[("template.yaml", template), ("samc.yaml", config)]);
    let run = folder.run("lint template.yaml");
    assert_eq!(run.status, 1);
    assert!(run.out.contains("error[X002]: A: its runtime is not one that we keep up"), "{}", run.out);
    assert!(run.out.contains("used by `A`") || run.out.contains("A takes it from there"), "{}", run.out);
}

#[test]
fn a_policy_is_explained_like_a_rule() {
    let folder = Folder::with(&[("samc.yaml", examples()[1])]);
    let page = folder.run("explain x002");
    assert_eq!(page.status, 0, "{}", page.err);
    assert!(
        page.out.starts_with("# X002 allowed-runtimes\n\nA policy of samc.yaml:3, error.\n"),
        "{}",
        page.out
    );
    assert!(page.out.contains("of `AWS::Lambda::Function`.\n\nits runtime is not one that we keep up\n"));
    assert!(
        page.out.contains("\nWhat to do: move to one of") && page.out.contains("\"Runtime\""),
        "{}",
        page.out
    );
    assert_eq!(folder.run("explain allowed-runtimes").out, page.out);
    assert_eq!(folder.run("explain X009").status, 2);
    // Without a configuration, and with one that cannot be read, codes are explained all the same.
    folder.write("samc.yaml", "lint: [");
    assert_eq!(folder.run("explain R501").status, 0);
    assert_eq!(folder.run("explain X002").status, 2);
}

#[test]
fn the_names_of_the_page_are_asked_for() {
    let template = "Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: JobsQueue}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs-queue.fifo, FifoQueue: true}}
  C: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${AWS::StackName}_X'}}
  D: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'in-${AWS::Region}-1'}}
  E: {Type: AWS::SQS::Queue}
";
    assert_eq!(found(examples()[2], template, ""), ["2 X003 A"]);
    assert_eq!(found(examples()[2], template, "--region eu-central-1"), ["2 X003 A", "5 X003 D"]);
}

#[test]
fn what_a_value_that_is_not_known_decides_is_not_told() {
    let template = "Parameters: {P: {Type: String}, L: {Type: CommaDelimitedList, Default: 'a,b'}}
Conditions: {Big: !Equals [!Ref P, x]}
Resources:
  Base: {Type: AWS::SNS::Topic}
  T:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Ref P
      KmsMasterKeyId: !GetAtt Base.TopicArn
      DelaySeconds: !If [Big, 1, !Ref AWS::NoValue]
      Tags: [!If [Big, {Key: a, Value: b}, !Ref AWS::NoValue], {Key: c, Value: !Ref P}]
";
    for (schema, count) in [
        ("{properties: {QueueName: {enum: [a]}}}", 0),
        ("{properties: {QueueName: {type: integer}}}", 0),
        ("{properties: {KmsMasterKeyId: {pattern: '^alias/'}}}", 0),
        ("{properties: {DelaySeconds: {minimum: 5}}}", 0),
        ("{properties: {Tags: {maxItems: 1}}}", 0),
        ("{properties: {Tags: {contains: {properties: {Key: {const: z}}}}}}", 0),
        ("{properties: {Tags: {items: {properties: {Value: {const: z}}}}}}", 0),
        ("{anyOf: [{properties: {QueueName: {const: a}}}, {required: [FifoQueue]}]}", 0),
        ("{not: {properties: {QueueName: {minLength: 1}}}}", 0),
        ("{if: {properties: {QueueName: {const: a}}}, then: {}, else: {required: [FifoQueue]}}", 0),
        (
            "{if: {properties: {FifoQueue: {const: true}}, required: [FifoQueue]}, else: {required: [MessageRetentionPeriod]}}",
            1,
        ),
        ("{required: [FifoQueue]}", 1),
        ("{properties: {Tags: {items: {properties: {Key: {const: z}}}}}}", 1),
        ("{properties: {Tags: {type: object}}}", 1),
        ("{type: object, properties: {QueueName: true}, additionalProperties: false}", 0),
    ] {
        let config = format!("lint: {{policies: [{{code: X009, type: 'AWS::SQS::*', schema: {schema}}}]}}");
        let found = found(&config, template, "");
        assert_eq!(found.iter().filter(|f| f.contains("X009 T")).count(), count, "{schema}: {found:?}");
        assert!(!found.iter().any(|f| f.contains(" E")), "{schema}: {found:?}");
    }
}

#[test]
fn policies_are_rules_like_others() {
    let template = "Resources:\n  A: {Type: AWS::SQS::Queue} # samc: allow owner-tag -- a sandbox\n  B: {Type: AWS::SQS::Queue}\n";
    let config = examples()[0];
    assert_eq!(found(config, template, ""), ["3 X001 B"]);
    assert_eq!(found(config, template, "--ignore X001"), [""; 0]);
    assert_eq!(found(config, template, "--select X001"), ["3 X001 B"]);
    assert_eq!(found(config, template, "--select R501"), [""; 0]);
    let graded = config.replace("lint:\n", "lint:\n  severity: {owner-tag: error}\n  per-resource: [{resources: B, ignore: X001, reason: old}]\n");
    assert_eq!(found(&graded, template, ""), [""; 0]);
    let folder = Folder::with(&[("template.yaml", template), ("samc.yaml", config)]);
    folder.run("lint template.yaml --write-baseline known.json");
    assert_eq!(folder.found("template.yaml --baseline known.json"), [""; 0]);
    let json = folder.run("lint template.yaml --message-format json").out;
    assert!(json.contains("\"name\":\"owner-tag\""), "{json}");
    // Lint is left out, and policies with it.
    assert_eq!(folder.run("build template.yaml --no-lint").err.matches("X001").count(), 0);
}

#[test]
fn a_schema_may_be_in_a_file() {
    let config = "lint: {policies: [{code: X001, type: AWS::SQS::Queue, schema: rules/queue.json, url: 'https://example.com/x'}]}";
    let folder = Folder::with(&[
        ("template.yaml", "Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 3}}}"),
        ("samc.yaml", config),
        ("rules/queue.json", "{\"properties\": {\"DelaySeconds\": {\"maximum\": 2}}}"),
    ]);
    let json = folder.run("lint template.yaml --message-format json").out;
    assert!(json.contains("X001") && json.contains("https://example.com/x"), "{json}");
    folder.write("rules/queue.json", "{\"properties\": {\"DelaySeconds\": {\"maximum\": \"2\"}}}");
    let run = folder.run("lint template.yaml --message-format concise");
    assert!(run.out.contains("rules/queue.json:1:") && run.out.contains("error[E908]"), "{}", run.out);
    folder.write("samc.yaml", &config.replace("queue.json", "none.json"));
    let run = folder.run("lint template.yaml --message-format concise");
    assert!(run.out.contains("samc.yaml:1:") && run.out.contains("error[E901]"), "{}", run.out);
}

#[test]
fn policies_that_cannot_be_checked_are_told_and_others_hold() {
    let config = "lint:
  policies:
    - {code: R501, type: AWS::SQS::Queue, schema: {}}
    - {code: x1, type: AWS::SQS::Queue, schema: {}}
    - {code: X001, type: AWS::SQS::Queue, schema: {type: objekt}}
    - {code: X002, type: AWS::SQS::Queue, schema: {$ref: 'https://example.com/schema.json'}}
    - {code: X003, type: 'AWS::[', schema: {}}
    - {code: X004, type: AWS::SQS::Queue, schema: {required: [QueueName]}}
    - {code: X004, type: AWS::SQS::Queue, schema: {}}
    - {code: X005, name: iam-admin, type: AWS::SQS::Queue, schema: {}}
    - {code: X006, type: AWS::SQS::Queue, schema: {}, sevrity: error}
";
    let template = "Resources: {A: {Type: AWS::SQS::Queue}}";
    let found = found(config, template, "");
    assert_eq!(
        found,
        ["3 E908", "4 E908", "5 E908", "6 E908", "7 E908", "9 E908", "10 E908", "11 E102", "1 X004 A"]
    );
}
