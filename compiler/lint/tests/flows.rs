//! Flagged data are followed over every kind of step, and the way is told.

use samc_base::{Diagnostic, Diagnostics, SourceMap};
use samc_frontends::template::read_document;
use samc_lint::{Options, Profile, run};

/// A function whose data fall under PCI DSS, with a role that may do one thing; and a key.
const START: &str = "Resources:
  Charge:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt ChargeRole.Arn
      Code: {S3Bucket: code, S3Key: charge.zip}
      Tags: [{Key: compliance, Value: pci}]
EXTRA  ChargeRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: '2012-10-17'
            Statement: {Effect: Allow, Action: ['ACTION'], Resource: !GetAtt TARGET.Arn}
";

/// What the rules of PCI DSS find, with the number of questions left open.
fn lint(text: &str) -> (Vec<Diagnostic>, usize) {
    let mut sources = SourceMap::default();
    let file = sources.add("template.yaml", text);
    let mut told = Diagnostics::default();
    let document = samc_syntax::parse(sources.file(file), &samc_syntax::ParseOptions::default(), &mut told);
    let graph = read_document(&document, &mut told).unwrap_or_default();
    assert!(!told.has_errors(), "{:?}", told.finish());
    let profiles = vec![Profile::Pci];
    let mut found = Diagnostics::default();
    let open =
        run(&graph, &Options { profiles, as_of: "2026-11-23".to_owned(), ..Options::default() }, &mut found);
    (found.finish(), open)
}

/// The way that the finding about a resource tells, from the resource back to the flag.
fn way(extra: &str, action: &str, target: &str, rest: &str, code: &str, about: &str) -> Vec<String> {
    let start = START.replace("EXTRA", extra).replace("ACTION", action).replace("TARGET", target);
    let text = format!("{start}{rest}");
    let (found, _) = lint(&text);
    let named = |d: &&Diagnostic| d.code().id() == code && d.resource.as_deref() == Some(about);
    let finding = found.iter().find(named);
    let finding = finding.unwrap_or_else(|| panic!("no {code} about {about} in {found:#?}"));
    finding.labels.iter().map(|label| label.message.clone()).collect()
}

const QUEUE: &str = "  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      KmsMasterKeyId: alias/own
";

#[test]
fn over_rights_to_stores_and_channels() {
    let rows = [
        (
            "dynamodb:PutItem",
            "  Store:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      BillingMode: PAY_PER_REQUEST\n      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n      KeySchema: [{AttributeName: id, KeyType: HASH}]\n",
        ),
        ("s3:PutObject", "  Store:\n    Type: AWS::S3::Bucket\n"),
        ("sqs:SendMessage", "  Store:\n    Type: AWS::SQS::Queue\n"),
        ("kinesis:PutRecord", "  Store:\n    Type: AWS::Kinesis::Stream\n    Properties: {ShardCount: 1}\n"),
        ("firehose:PutRecord", "  Store:\n    Type: AWS::KinesisFirehose::DeliveryStream\n"),
    ];
    for (action, store) in rows {
        let told = way("", action, "Store", store, "P402", "Store");
        assert_eq!(told, ["Charge may write to it", "here it says compliance: pci"], "{action}");
    }
    let topic = "  Store:\n    Type: AWS::SNS::Topic\n";
    let start = START
        .replace("EXTRA", "")
        .replace("ACTION", "sns:Publish")
        .replace("!GetAtt TARGET.Arn", "!Ref Store");
    assert!(lint(&format!("{start}{topic}")).0.iter().any(|d| d.code().id() == "P402"));
}

#[test]
fn over_dead_letters_logs_and_destinations() {
    let dead = format!(
        "{QUEUE}      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}\n  Dead:\n    Type: AWS::SQS::Queue\n"
    );
    let told = way("", "sqs:SendMessage", "Jobs", &dead, "P402", "Dead");
    assert_eq!(
        told,
        ["Jobs sets failed messages aside there", "Charge may write to it", "here it says compliance: pci"]
    );

    let own = "      DeadLetterConfig: {TargetArn: !GetAtt Dead.Arn}\n";
    let told = way(
        own,
        "sqs:SendMessage",
        "Jobs",
        &format!("{QUEUE}  Dead:\n    Type: AWS::SQS::Queue\n"),
        "P402",
        "Dead",
    );
    assert_eq!(told.first().map(String::as_str), Some("Charge puts failed events there"));

    let config = format!(
        "{QUEUE}  Caught:\n    Type: AWS::Lambda::EventInvokeConfig\n    Properties:\n      FunctionName: !Ref Charge\n      Qualifier: $LATEST\n      DestinationConfig: {{OnFailure: {{Destination: !GetAtt Dead.Arn}}}}\n  Dead:\n    Type: AWS::SQS::Queue\n"
    );
    let told = way("", "sqs:SendMessage", "Jobs", &config, "P402", "Dead");
    assert_eq!(told.first().map(String::as_str), Some("Charge puts failed events there"));

    let by_name = format!(
        "{QUEUE}  Log:\n    Type: AWS::Logs::LogGroup\n    Properties: {{LogGroupName: !Sub '/aws/lambda/${{Charge}}', RetentionInDays: 30}}\n"
    );
    let told = way("", "sqs:SendMessage", "Jobs", &by_name, "P402", "Log");
    assert_eq!(told, ["Charge logs there", "here it says compliance: pci"]);
    let told = way("", "sqs:SendMessage", "Jobs", &by_name, "P408", "Log");
    assert_eq!(told, ["Charge logs there", "here it says compliance: pci"]);

    let by_setting =
        format!("{QUEUE}  Log:\n    Type: AWS::Logs::LogGroup\n    Properties: {{RetentionInDays: 400}}\n");
    let own = "      LoggingConfig: {LogGroup: !Ref Log}\n";
    let told = way(own, "sqs:SendMessage", "Jobs", &by_setting, "P402", "Log");
    assert_eq!(told.first().map(String::as_str), Some("Charge logs there"));
}

#[test]
fn over_what_is_started_and_sent_on() {
    let poll = "  Poll:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Read, EventSourceArn: !GetAtt Jobs.Arn}
";
    let told = way(
        "",
        "sqs:SendMessage",
        "Jobs",
        &format!("{QUEUE}{}{poll}", reader("sqs:ReceiveMessage", "!GetAtt Jobs.Arn")),
        "P402",
        "Reports",
    );
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told.first().map(String::as_str), Some("Read may write to it"));
    assert_eq!(told.last().map(String::as_str), Some("here it says compliance: pci"));

    let topic = "  News:
    Type: AWS::SNS::Topic
    Properties: {KmsMasterKeyId: alias/own}
  Jobs:
    Type: AWS::SQS::Queue
  Sub:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref News, Protocol: sqs, Endpoint: !GetAtt Jobs.Arn, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn}}
  Mail:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref News, Protocol: email, Endpoint: team@example.com}
  Dead:
    Type: AWS::SQS::Queue
";
    let start = START
        .replace("EXTRA", "")
        .replace("ACTION", "sns:Publish")
        .replace("!GetAtt TARGET.Arn", "!Ref News");
    let (found, _) = lint(&format!("{start}{topic}"));
    let about = |code: &str, id: &str| {
        let finding = found.iter().find(|d| d.code().id() == code && d.resource.as_deref() == Some(id));
        finding.map(|d| d.labels.iter().map(|l| l.message.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(
        about("P402", "Jobs"),
        Some(vec!["News sends it on", "Charge may write to it", "here it says compliance: pci"])
    );
    assert_eq!(
        about("P402", "Dead").and_then(|w| w.first().copied()),
        Some("News sets failed messages aside there")
    );
    assert_eq!(about("P403", "Mail").and_then(|w| w.last().copied()), Some("here it says compliance: pci"));
}

#[test]
fn what_only_the_deployment_answers_is_counted() {
    let text = |value: &str| {
        format!(
            "Parameters:\n  Most: {{Type: Number}}\nConditions:\n  Slow: !Equals [!Ref AWS::Region, eu-north-1]\nResources:\n  Jobs:\n    \
             Type: AWS::SQS::Queue\n    Properties:\n      KmsMasterKeyId: alias/own\n      MessageRetentionPeriod: 60\n      \
             VisibilityTimeout: {value}\n  Read:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties: {{FunctionName: \
             !Ref Worker, EventSourceArn: !GetAtt Jobs.Arn}}\n  Worker:\n    Type: AWS::Lambda::Function\n    Properties: \
             {{Handler: a.b, Runtime: python3.13, Role: 'arn:aws:iam::123456789012:role/w', Code: {{S3Bucket: b, S3Key: k}}, \
             Timeout: 60}}\n"
        )
    };
    assert_eq!(lint(&text("360")).1, 0);
    // Both rules about the time that messages stay hidden ask for it.
    let (found, open) = lint(&text("!Ref Most"));
    assert_eq!(open, 2);
    assert!(!found.iter().any(|d| matches!(d.code().id(), "C202" | "R501")), "{found:#?}");
    assert_eq!(lint(&text("!If [Slow, 30, 360]")).1, 2);
}

#[test]
fn an_environment_of_names_needs_no_key() {
    let with = |variables: &str| {
        let own = format!("      Environment: {{Variables: {variables}}}\n");
        let start =
            START.replace("EXTRA", &own).replace("ACTION", "sqs:SendMessage").replace("TARGET", "Jobs");
        lint(&format!("{start}{QUEUE}")).0.iter().any(|d| d.code().id() == "P401")
    };
    assert!(!with("{QUEUE: !Ref Jobs, LEVEL: info}"));
    assert!(with("{QUEUE: !Ref Jobs, DB_PASSWORD: '{{resolve:secretsmanager:db}}'}"));
}

#[test]
fn an_api_that_hands_over_events_does_not_wait() {
    let api = |more: &str| {
        format!(
            "Resources:\n  Work:\n    Type: AWS::Lambda::Function\n    Properties: {{Handler: a.b, Runtime: python3.13, Role: \
             'arn:aws:iam::123456789012:role/w', Code: {{S3Bucket: b, S3Key: k}}, Timeout: 120}}\n  Api:\n    Type: \
             AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n        openapi: 3.0.1\n        paths:\n          \
             /work:\n            post:\n              x-amazon-apigateway-integration:\n                type: aws\n                \
             uri: !Sub 'arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{Work.Arn}}/invocations'\n{more}"
        )
    };
    let is_late = |more: &str| lint(&api(more)).0.iter().any(|d| d.code().id() == "C201");
    assert!(is_late(""));
    assert!(!is_late(
        "                requestParameters: {integration.request.header.X-Amz-Invocation-Type: \"'Event'\"}\n"
    ));
}

/// A function without flags that may write to a bucket without a key, so that whatever starts it leads there.
const READER: &str = "  Read:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt ReadRole.Arn
      Code: {S3Bucket: code, S3Key: read.zip}
  ReadRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: '2012-10-17'
            Statement: {Effect: Allow, Action: ['s3:PutObject', 'logs:PutLogEvents', 'ACTION'], Resource: [!Sub '${Reports.Arn}/*', RESOURCE]}
  Reports:
    Type: AWS::S3::Bucket
";

/// That function, allowed one more action and on one more resource.
fn reader(action: &str, resource: &str) -> String {
    READER.replace("ACTION", action).replace("RESOURCE", resource)
}

/// That function, which reads streams.
fn reader_of_streams() -> String {
    reader("kinesis:*", "!Sub '${Reports}-'")
}

#[test]
fn over_rules_of_a_bus() {
    let bus = "  Bus:
    Type: AWS::Events::EventBus
    Properties: {Name: orders, KmsKeyIdentifier: alias/own}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [charge]}
      Targets:
        - {Id: queue, Arn: !GetAtt Jobs.Arn, DeadLetterConfig: {Arn: !GetAtt Dead.Arn}}
        - {Id: read, Arn: !GetAtt Read.Arn}
        - {Id: out, Arn: !GetAtt Outside.Arn, RoleArn: 'arn:aws:iam::123456789012:role/out'}
  MayStart:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Read, Action: 'lambda:InvokeFunction', Principal: events.amazonaws.com, SourceArn: !GetAtt Rule.Arn}
  Jobs:
    Type: AWS::SQS::Queue
  Dead:
    Type: AWS::SQS::Queue
  Login:
    Type: AWS::Events::Connection
    Properties:
      AuthorizationType: API_KEY
      AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: key, ApiKeyValue: '{{resolve:secretsmanager:partner}}'}}
  Outside:
    Type: AWS::Events::ApiDestination
    Properties: {ConnectionArn: !GetAtt Login.Arn, HttpMethod: POST, InvocationEndpoint: 'https://partner.example.com/orders'}
";
    let told = |code: &str, about: &str| {
        way("", "events:PutEvents", "Bus", &format!("{bus}{}", reader_of_streams()), code, about)
    };
    let from = ["Charge may write to it", "here it says compliance: pci"];
    assert_eq!(told("P402", "Jobs"), [&["Bus sends it on"], &from[..]].concat());
    assert_eq!(told("P402", "Dead"), [&["Bus sets failed events aside there"], &from[..]].concat());
    assert_eq!(told("P402", "Reports"), [&["Read may write to it", "Bus starts it"], &from[..]].concat());
    assert_eq!(told("P403", "Rule"), from);
}

#[test]
fn over_streams_that_deliver_and_streams_that_are_read() {
    let firehose = "  Pipe:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamEncryptionConfigurationInput: {KeyType: CUSTOMER_MANAGED_CMK, KeyARN: 'arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666'}
      ExtendedS3DestinationConfiguration: {BucketARN: !GetAtt Lake.Arn, RoleARN: 'arn:aws:iam::123456789012:role/pipe'}
  Lake:
    Type: AWS::S3::Bucket
";
    assert_eq!(
        way("", "firehose:PutRecord", "Pipe", firehose, "P402", "Lake"),
        ["Pipe delivers to it", "Charge may write to it", "here it says compliance: pci"]
    );
    let stream = "  Clicks:
    Type: AWS::Kinesis::Stream
    Properties: {ShardCount: 1, StreamEncryption: {EncryptionType: KMS, KeyId: alias/own}}
  Poll:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Read
      EventSourceArn: !GetAtt Clicks.Arn
      StartingPosition: LATEST
      DestinationConfig: {OnFailure: {Destination: !GetAtt Lost.Arn}}
  Lost:
    Type: AWS::SQS::Queue
";
    let stream = format!("{stream}{}", reader_of_streams());
    let from = ["Charge may write to it", "here it says compliance: pci"];
    assert_eq!(
        way("", "kinesis:PutRecord", "Clicks", &stream, "P402", "Reports"),
        [&["Read may write to it", "Clicks starts it"], &from[..]].concat()
    );
    assert_eq!(
        way("", "kinesis:PutRecord", "Clicks", &stream, "P402", "Lost"),
        [&["Clicks sets failed records aside there"], &from[..]].concat()
    );
}

#[test]
fn over_steps_of_a_state_machine() {
    let machine = "  Steps:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt StepsRole.Arn
      DefinitionSubstitutions: {Read: !GetAtt Read.Arn, Store: !Ref Store}
      Definition:
        StartAt: Read
        States:
          Read: {Type: Task, Resource: '${Read}', Next: Keep}
          Keep: {Type: Task, Resource: 'arn:aws:states:::dynamodb:putItem', Parameters: {TableName: '${Store}', Item: {}}, End: true}
  StepsRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: 'sts:AssumeRole'}
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - {Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt Read.Arn}
              - {Effect: Allow, Action: 'dynamodb:PutItem', Resource: !GetAtt Store.Arn}
  Store:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
";
    let text = format!("{machine}{}", reader_of_streams());
    let from = ["Charge may start it", "here it says compliance: pci"];
    assert_eq!(
        way("", "states:StartExecution", "Steps", &text, "P402", "Reports"),
        [&["Read may write to it", "Steps may start it"], &from[..]].concat()
    );
    assert_eq!(
        way("", "states:StartExecution", "Steps", &text, "P402", "Store"),
        [&["Steps may write to it"], &from[..]].concat()
    );
}

#[test]
fn who_is_not_known_changes_what_is_flagged() {
    // Charge is a function with an open URL; what it may write to is flagged.
    let open = "  Url:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: !Ref Charge, AuthType: NONE}
";
    let stores = [
        (
            "dynamodb:PutItem",
            "AWS::DynamoDB::Table",
            "BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}], ",
        ),
        ("s3:PutObject", "AWS::S3::Bucket", ""),
        ("sqs:SendMessage", "AWS::SQS::Queue", ""),
        ("kinesis:PutRecord", "AWS::Kinesis::Stream", "ShardCount: 1, "),
        ("events:PutEvents", "AWS::Events::EventBus", "Name: orders, "),
    ];
    for (action, store_type, properties) in stores {
        let tags = "Tags: [{Key: data-class, Value: restricted}]";
        let store = format!("  Store:\n    Type: {store_type}\n    Properties: {{{properties}{tags}}}\n");
        let told = way("", action, "Store", &format!("{store}{open}"), "S321", "Charge");
        assert_eq!(
            told,
            [
                "the URL of Charge asks nobody who they are",
                "may write to Store",
                "under data-class: restricted"
            ],
            "{action}"
        );
        let is_told = |rest: &str, action: &str| {
            let start = START.replace("EXTRA", "").replace("ACTION", action).replace("TARGET", "Store");
            lint(&format!("{start}{store}{rest}")).0.iter().any(|d| d.code().id() == "S321")
        };
        assert!(!is_told(&open.replace("NONE", "AWS_IAM"), action), "{action}: who calls is known");
        let reading = "logs:PutLogEvents";
        assert!(!is_told(open, reading), "{action}: nothing is written");
    }
}
