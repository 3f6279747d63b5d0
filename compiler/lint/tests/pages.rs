//! The pages of the rules are their first tests: what a page calls bad, its rule finds; what it
//! calls good, no rule finds anything in.

use samc_base::{Diagnostic, Diagnostics, SourceMap};
use samc_frontends::template::read_document;
use samc_ir::ResourceGraph;
use samc_lint::{Options, PlainText, RULES, resolve_scalars, run};

/// Reads a template.
fn read(text: &str) -> (ResourceGraph, SourceMap) {
    let mut sources = SourceMap::default();
    let file = sources.add("template.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document =
        samc_syntax::parse(sources.file(file), &samc_syntax::ParseOptions::default(), &mut diagnostics);
    let graph = read_document(&document, &mut diagnostics).unwrap_or_default();
    assert!(!diagnostics.has_errors(), "{:?}", diagnostics.finish());
    (graph, sources)
}

/// What the rules that are on by default find in a template, with the text to look places up in.
fn lint(text: &str) -> (Vec<Diagnostic>, SourceMap) {
    lint_with(text, &[])
}

/// What these rules find, and those that are on by default.
fn lint_with(text: &str, on: &[&str]) -> (Vec<Diagnostic>, SourceMap) {
    let (graph, sources) = read(text);
    let mut diagnostics = Diagnostics::default();
    let on = on.iter().map(|&code| code.to_owned()).collect();
    let options = Options { as_of: "2026-11-23".to_owned(), on, ..Options::default() };
    run(&graph, &options, &mut diagnostics);
    (diagnostics.finish(), sources)
}

/// The blocks of a page that are marked `yaml bad` or `yaml good`.
fn blocks(page: &str, mark: &str) -> Vec<String> {
    let start = format!("```yaml {mark}\n");
    page.split(&start).skip(1).filter_map(|rest| rest.split("```").next()).map(repeated).collect()
}

/// A line with `{1..N}` stands for N lines with the numbers in that place, where a limit is large.
fn repeated(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let range = line.split("{1..").nth(1).and_then(|rest| rest.split('}').next());
        match range.and_then(|n| Some((format!("{{1..{n}}}"), n.parse::<u32>().ok()?))) {
            Some((mark, most)) => {
                (1..=most).for_each(|n| out.push_str(&format!("{}\n", line.replace(&mark, &n.to_string()))));
            }
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

#[test]
fn every_page_shows_what_is_wrong_and_what_is_right() {
    let mut faults: Vec<String> = Vec::new();
    for rule in RULES {
        let code = rule.code;
        let mut fault = |what: &str, found: &[Diagnostic]| {
            let found: Vec<String> =
                found.iter().map(|d| format!("\n    {} {}", d.code(), d.message)).collect();
            faults.push(format!("{code}: {what}{}", found.concat()));
        };
        if !rule.page.starts_with(&format!("# {} {}\n", code.id(), code.name())) {
            fault("the page has another title", &[]);
        }
        let (bad, good) = (blocks(rule.page, "bad"), blocks(rule.page, "good"));
        if bad.is_empty() || good.is_empty() {
            fault("an example is missing", &[]);
        }
        for text in &bad {
            let (found, _) = lint_with(text, &[code.id()]);
            if found.is_empty() || found.iter().any(|d| d.code() != code) {
                fault("what is bad has other findings than its own", &found);
            }
            let says_what_to_do = |d: &Diagnostic| {
                d.help.is_some()
                    || !d.fixes.is_empty()
                    || d.primary.as_ref().is_some_and(|l| l.message.starts_with("did you mean"))
            };
            if !found.iter().all(|d| d.span().is_some() && says_what_to_do(d)) {
                fault("a finding has no place, or does not say what to do", &found);
            }
            let worst = found.iter().map(|d| d.severity).max();
            if worst.is_some_and(|worst| worst > rule.level) {
                fault("a finding is graver than the level of its rule", &found);
            }
        }
        for text in &good {
            let (found, _) = lint_with(text, &[code.id()]);
            if !found.is_empty() {
                fault("what is good has findings", &found);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Code, text under the primary label, path and message of each finding.
fn summary(text: &str) -> Vec<String> {
    let (found, sources) = lint(text);
    found
        .iter()
        .map(|d| {
            let place = d.span().map_or("", |s| sources.slice(s));
            format!("{} {place} | {} | {}", d.code(), d.path.as_deref().unwrap_or(""), d.message)
        })
        .collect()
}

#[test]
fn a_table_whose_keys_cannot_be_read_lacks_definitions_all_the_same() {
    let found = summary(
        "Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {BillingMode: PAY_PER_REQUEST, KeySchema: [id]}
",
    );
    let wanted = "C231 Orders | Resources.Orders | Orders has no `AttributeDefinitions`, which must be there";
    assert!(found.iter().any(|f| f == wanted), "{found:#?}");
}

#[test]
fn findings_point_at_the_narrowest_place() {
    let found = summary(
        "Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AWS::StackName}-${Nmae}-jobs'
      VisibilityTimeout: !If [Slow, 90000, !Ref AWS::NoValue]
      Tags:
        - Key: a
          Valu: b
  Worker:
    Type: AWS::Lambda::Function
    DependsOn: [Jobs, Job]
    Properties:
      Code: {ZipFile: x}
      Role: !GetAtt Jobs.Arn
      Runtime: python3.99
      Timeout: '30'
Conditions:
  Slow: !Equals [!Ref AWS::Region, eu-north-1]
",
    );
    assert_eq!(
        found,
        [
            "C229 Nmae | Resources.Jobs.Properties.QueueName | `Jobs` refers to `Nmae`, which is not declared",
            "C232 90000 | Resources.Jobs.Properties.VisibilityTimeout | `VisibilityTimeout` of `Jobs` is 90000; \
             the most is 43200",
            "C230 Valu | Resources.Jobs.Properties.Tags[0].Valu | `Tags[0]` of `Jobs`, an AWS::SQS::Queue, has \
             no key `Valu`",
            "C229 Job | Resources.Worker.DependsOn | `Worker` depends on `Job`, which is not declared",
            "C232 python3.99 | Resources.Worker.Properties.Runtime | `Runtime` of `Worker` is `python3.99`, \
             which is not one of the values it takes",
        ]
    );
}

#[test]
fn plain_scalars_are_text_where_text_is_taken() {
    let (mut graph, sources) = read(
        "Parameters:
  Account: {Type: String, Default: 000000000012}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Timeout: 0x1F
      Description: !Join [' ', [at, 1:30]]
      Environment:
        Variables: {COUNTRY: NO, VERSION: 3.10, PORT: 8080, ON: true, QUOTED: '010'}
",
    );
    let mut diagnostics = Diagnostics::default();
    resolve_scalars(&mut graph, &sources, PlainText::AsWritten, &mut diagnostics);
    let found = diagnostics.finish();
    let texts: Vec<&str> = found.iter().filter_map(|d| Some(sources.slice(d.span()?))).collect();
    assert_eq!(texts, ["000000000012", "1:30", "NO", "3.10"]);
    assert!(found.iter().all(|d| d.code().id() == "W001" && !d.fixes.is_empty()));
    let worker = graph.resources["Worker"].properties_map().unwrap();
    assert_eq!(worker.get("Timeout").unwrap().as_int(), Some(31));
    let variables = worker.get("Environment").unwrap().as_map().unwrap().get("Variables").unwrap();
    assert_eq!(variables.as_map().unwrap().get("VERSION").unwrap().as_str(), Some("3.10"));
    assert_eq!(variables.as_map().unwrap().get("PORT").unwrap().as_int(), Some(8080));
}

#[test]
fn results_of_functions_have_the_shape_that_is_wanted() {
    let found = summary(
        "Parameters:
  Group: {Type: String}
  Groups: {Type: CommaDelimitedList}
  Size: {Type: Number}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: x}
      Role: !Sub 'arn:aws:iam::${AWS::AccountId}:role/x'
      MemorySize: !Ref Size
      Description: !Ref Groups
      VpcConfig: {SubnetIds: !Ref Groups, SecurityGroupIds: !Ref Group}
      TracingConfig: !If [Slow, !Ref AWS::NoValue, !Sub '${Group}']
Conditions:
  Slow: !Equals [!Ref Size, 1]
",
    );
    assert_eq!(
        found,
        [
            "C232 !Ref Groups | Resources.Worker.Properties.Description | `Description` of `Worker` is the list \
             parameter `Groups` where text is wanted",
            "C232 !Ref Group | Resources.Worker.Properties.VpcConfig.SecurityGroupIds | \
             `VpcConfig.SecurityGroupIds` of `Worker` is the parameter `Group` of type String where a list is wanted",
            "C232 !Sub '${Group}' | Resources.Worker.Properties.TracingConfig | `TracingConfig` of `Worker` is \
             text, made by `Fn::Sub`, where a mapping is wanted",
        ]
    );
}

#[test]
fn values_beside_properties_are_looked_at_too() {
    let found = summary(
        "Parameters:
  Stage: {Type: Strng, Default: dev}
  Size: {Type: String, Default: s, AllowedValues: [small, large]}
  On: {Type: String, Default: true, AllowedValues: ['true', 'false']}
  Zones: {Type: CommaDelimitedList, Default: 'a,b', AllowedValues: [a, b]}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    DeletionPolicy: Retian
    UpdateReplacePolicy: Retain
",
    );
    let places: Vec<&str> = found.iter().filter_map(|f| f.split(" | ").next()).collect();
    assert_eq!(places, ["C232 Strng", "C232 s", "C232 Retian"]);
}

#[test]
fn keys_that_need_or_exclude_each_other_are_told_apart() {
    let found = summary(
        "Resources:
  Policy:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      PolicyName: p
      PolicyType: TargetTrackingScaling
      ResourceId: table/x
      ScalingTargetId: y
  Neither:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      PolicyName: p
      PolicyType: TargetTrackingScaling
  Maybe:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      PolicyName: p
      PolicyType: TargetTrackingScaling
      ResourceId: !If [Slow, table/x, !Ref AWS::NoValue]
      ScalableDimension: !If [Slow, 'dynamodb:table:ReadCapacityUnits', !Ref AWS::NoValue]
      ServiceNamespace: !If [Slow, dynamodb, !Ref AWS::NoValue]
      ScalingTargetId: !If [Slow, !Ref AWS::NoValue, y]
Conditions:
  Slow: !Equals [!Ref AWS::Region, eu-north-1]
",
    );
    let who = "AWS::ApplicationAutoScaling::ScalingPolicy";
    assert_eq!(
        found,
        [
            format!(
                "C231 Policy | Resources.Policy.Properties | `Policy` ({who}) has `ResourceId` without \
                 `ScalableDimension`"
            ),
            format!(
                "C231 Policy | Resources.Policy.Properties | `Policy` ({who}) has `ResourceId` without \
                 `ServiceNamespace`"
            ),
            format!(
                "C231 Policy | Resources.Policy.Properties | `Policy` ({who}) has `ScalingTargetId` and \
                 `ResourceId`, which exclude each other"
            ),
            format!(
                "C231 Neither | Resources.Neither.Properties | `Neither` ({who}) has none of `ScalingTargetId` \
                 or `ResourceId`, and needs one of them"
            ),
        ]
    );
}

#[test]
fn what_only_some_teams_follow_waits_for_a_profile() {
    let text = "Resources:
  Files:
    Type: AWS::S3::Bucket
  Users:
    Type: AWS::Cognito::UserPool
  Admin:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: admin
      Users: [root]
      PolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Action: '*', Resource: '*'}
  Jobs:
    Type: AWS::SQS::Queue
  Send:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: '2012-10-17'
        Statement: {Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}
";
    assert_eq!(summary(text), [] as [&str; 0]);
    let (graph, _) = read(text);
    let mut codes = Vec::new();
    for profile in [samc_lint::Profile::Strict, samc_lint::Profile::Pci] {
        let mut diagnostics = Diagnostics::default();
        run(&graph, &Options { profiles: vec![profile], ..Options::default() }, &mut diagnostics);
        codes.push(diagnostics.finish().iter().map(|d| d.code().id()).collect::<Vec<_>>());
    }
    for code in ["S301", "S302", "S304", "S315", "S316", "S320", "P407", "P409", "P411"] {
        assert!(codes.iter().all(|codes| codes.contains(&code)), "{code}: {codes:?}");
    }
    assert!(!codes[0].contains(&"P401") && codes[1].contains(&"P401"), "{codes:?}");
}

#[test]
fn policies_known_only_at_deployment_are_left_alone() {
    let text = "Parameters:
  Who: {Type: String}
Conditions:
  Open: !Equals [!Ref Who, '*']
Resources:
  Call:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: worker
      Action: lambda:InvokeFunction
      Principal: !Ref Who
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {AWS: !If [Open, '*', !Ref AWS::AccountId]}
            Action: sts:AssumeRole
          - !If [Open, {Effect: Allow, Principal: '*', Action: sts:AssumeRole}, !Ref AWS::NoValue]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - {Effect: !Ref Who, Action: !Ref Who, Resource: !Ref Who}
";
    let all: Vec<&str> =
        RULES.iter().map(|r| r.code.id()).filter(|id| id.starts_with('S') || *id == "C225").collect();
    let found = lint_with(text, &all).0;
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_policy_written_as_text_is_read() {
    let found = summary(
        r#"Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
  Broken:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: '{"Statement": ['
"#,
    );
    let found: Vec<_> = found.iter().filter_map(|f| f.rsplit(" | ").next()).collect();
    assert_eq!(found, ["any AWS account can take the role Reader"]);
}
