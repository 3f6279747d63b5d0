//! app.yaml to a SAM template: what components become, and what is said of what is wrong.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_frontends::{Options, app, sam};
use samc_ir::{Expr, JsonStyle, Map};
use samc_syntax::{ParseOptions, parse};

/// Lowers a file; gives the template and the findings, each with the text it points at.
fn lower_with(text: &str, options: &Options) -> (Option<sam::Template>, Vec<String>) {
    let file = SourceFile::new(FileId(0), "app.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    assert!((app::FRONTEND.detect)(&document), "not taken for app.yaml: {text}");
    let template = app::lower(&document, options, &samc_frontends::NoFiles, &mut diagnostics);
    let say = |d: samc_base::Diagnostic| {
        let place = d.span().map_or("-", |s| file.slice(s)).to_owned();
        let help = d.help.clone().unwrap_or_default();
        format!("{} {} [{place}] {help}", d.code(), d.message).trim_end().to_owned()
    };
    (template, diagnostics.finish().into_iter().map(say).collect())
}

fn lower(text: &str) -> sam::Template {
    let (template, findings) = lower_with(text, &Options::default());
    assert_eq!(findings, Vec::<String>::new(), "{text}");
    template.unwrap()
}

fn findings(text: &str) -> Vec<String> {
    lower_with(text, &Options::default()).1
}

const STYLE: JsonStyle =
    JsonStyle { indent: None, item_separator: ",", key_separator: ":", sort_keys: false, ascii: false };

fn property(template: &sam::Template, id: &str, path: &str) -> String {
    let resource =
        template.resources.get(id).unwrap_or_else(|| panic!("no {id} in {:?}", template.resources.keys()));
    let mut found = resource.properties.as_ref();
    for key in path.split('.') {
        found = found.and_then(|e| match (e.as_map(), e.as_list()) {
            (Some(map), _) => map.get(key),
            (_, Some(items)) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        });
    }
    found.map_or("-".to_owned(), |e| e.to_json(STYLE))
}

fn kinds(template: &sam::Template) -> Vec<String> {
    template.resources.iter().map(|(id, r)| format!("{id} {}", r.resource_type)).collect()
}

const HEAD: &str = "app: shop\ndefaults: {function: {runtime: python3.13, code: src}}\n";

fn with_head(text: &str) -> String {
    format!("{HEAD}{text}")
}

#[test]
fn hello_becomes_an_api_and_a_function_with_role_and_logs() {
    let template = lower(
        "app: hello\nfunctions:\n  hello: {handler: app.handler, code: src, runtime: python3.13, on: GET /hello}\noutputs:\n  url: ${api}/hello\n",
    );
    assert_eq!(
        kinds(&template),
        [
            "HelloLogGroup AWS::Logs::LogGroup",
            "HelloRole AWS::IAM::Role",
            "Hello AWS::Serverless::Function",
            "ApiAccessLogs AWS::Logs::LogGroup",
            "Api AWS::Serverless::HttpApi",
        ]
    );
    assert_eq!(
        property(&template, "Hello", "Events"),
        r#"{"GetHello":{"Type":"HttpApi","Properties":{"ApiId":{"Ref":"Api"},"Path":"/hello","Method":"get"}}}"#
    );
    assert_eq!(property(&template, "Hello", "CodeUri"), r#""src""#);
    assert_eq!(property(&template, "HelloLogGroup", "RetentionInDays"), "30");
    let outputs = template.sections.get("Outputs").map(|o| o.to_json(STYLE));
    assert_eq!(outputs.as_deref(), Some(r#"{"Url":{"Value":{"Fn::Sub":"${Api.ApiEndpoint}/hello"}}}"#));
}

#[test]
fn code_may_lie_in_s3() {
    let template = lower(&with_head(
        "functions: {f: {handler: a.b, code: {s3: {bucket: b, key: \"${stage}.zip\"}}}, g: {handler: a.b, code: {zip: out}}}\n",
    ));
    assert_eq!(property(&template, "F", "CodeUri"), r#"{"Bucket":"b","Key":"dev.zip"}"#);
    assert_eq!(property(&template, "G", "CodeUri"), r#""out""#);
}

#[test]
fn every_value_of_the_author_keeps_its_place() {
    let text = with_head("functions:\n  f: {handler: a.b, timeout: 20s, memory: 1GB, env: {A: x}}\n");
    let template = lower(&text);
    for (path, written) in [
        ("Timeout", "20s"),
        ("MemorySize", "1GB"),
        ("Handler", "a.b"),
        ("Runtime", "python3.13"),
        ("CodeUri", "src"),
    ] {
        let resource = &template.resources["F"];
        let span = resource.property(path).and_then(|e| e.span).unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], written);
        assert_eq!(resource.origin.path, "functions.f");
    }
}

#[test]
fn texts_name_components_parameters_and_secrets() {
    let template = lower(&with_head(
        "params: {mail: ops@example.com, net: {type: ssm, ssm: /net/a}}\nsecrets: {key: generate}\n\
         tables: {orders: {key: id, stream: new}}\nqueues: {work: {}}\nbuckets: {media: {}}\n\
         resources: {Raw: {Type: 'AWS::SNS::Topic'}}\n\
         functions:\n  f:\n    handler: a.b\n    env:\n      A: ${orders}\n      B: x-${orders.arn}-${region}\n      \
         C: $${literal} ${stage}\n      D: ${work.dlq.arn}\n      E: ${params.mail}\n      F: ${secrets.key}\n      \
         G: ${raw.Raw.TopicName}\n      H: ${work}\n      I: ${orders.stream-arn}\n      J: 'a $${b} ${media.name}'\n",
    ));
    let variable = |name: &str| property(&template, "F", &format!("Environment.Variables.{name}"));
    assert_eq!(variable("A"), r#"{"Ref":"Orders"}"#);
    assert_eq!(variable("B"), r#"{"Fn::Sub":"x-${Orders.Arn}-${AWS::Region}"}"#);
    assert_eq!(variable("C"), r#""${literal} dev""#);
    assert_eq!(variable("D"), r#"{"Fn::GetAtt":["WorkDlq","Arn"]}"#);
    assert_eq!(variable("E"), r#"{"Ref":"Mail"}"#);
    assert_eq!(variable("F"), r#"{"Fn::Sub":"{{resolve:secretsmanager:${Key}}}"}"#);
    assert_eq!(variable("G"), r#"{"Fn::GetAtt":["Raw","TopicName"]}"#);
    assert_eq!(variable("H"), r#"{"Ref":"Work"}"#);
    assert_eq!(variable("I"), r#"{"Fn::GetAtt":["Orders","StreamArn"]}"#);
    assert_eq!(variable("J"), r#"{"Fn::Sub":"a ${!b} ${Media}"}"#);
}

#[test]
fn constants_keep_their_type_and_stages_change_them() {
    let text = with_head(
        "vars: {workers: 5, name: \"${app}-${stage}\", full: \"${vars.name}!\"}\nqueues: {work: {}}\n\
         functions: {f: {handler: a.b, on: {queue: work, concurrency: \"${vars.workers}\"}, env: {N: \"${vars.full}\"}}}\n\
         stages: {dev: {}, prod: {vars: {workers: 50}, functions: {f: {timeout: 1m}}}}\n",
    );
    let concurrency =
        |t: &sam::Template| property(t, "F", "Events.Work.Properties.ScalingConfig.MaximumConcurrency");
    let dev = lower(&text);
    assert_eq!(concurrency(&dev), "5");
    assert_eq!(property(&dev, "F", "Environment.Variables.N"), r#""shop-dev!""#);
    let (prod, found) = lower_with(&text, &Options { stage: Some("prod".to_owned()), ..Options::default() });
    assert_eq!(found, Vec::<String>::new());
    let prod = prod.unwrap();
    assert_eq!(concurrency(&prod), "50");
    assert_eq!(property(&prod, "F", "Timeout"), "60");
    let variables = [("workers".to_owned(), "7".to_owned())].into_iter().collect();
    let (given, _) = lower_with(&text, &Options { variables, ..Options::default() });
    assert_eq!(concurrency(&given.unwrap()), "7");
}

#[test]
fn a_stage_takes_out_adds_and_filters() {
    let text = with_head(
        "queues: {work: {}}\nfunctions:\n  f: {handler: a.b, layers: [one], on: {queue: work}}\n  \
         smoke: {handler: a.c, only: [prod]}\n  late: {handler: a.d, on: [{schedule: rate(5m), not: [dev]}, {queue: work}]}\n\
         layers: {one: l, two: l}\ntables: {t: id}\n\
         stages:\n  dev: {functions: {f: {on: null, layers+: [two]}}, queues: {extra: {new: true}}}\n  prod: {}\n",
    );
    let dev = lower(&text);
    assert_eq!(property(&dev, "F", "Events"), "-");
    assert_eq!(property(&dev, "F", "Layers"), r#"[{"Ref":"One"},{"Ref":"Two"}]"#);
    assert_eq!(property(&dev, "Late", "Events.Schedule"), "-");
    assert!(!dev.resources.contains_key("Smoke") && dev.resources.contains_key("Extra"));
    assert_eq!(dev.resources["T"].attributes, Map::new());
    let (prod, found) = lower_with(&text, &Options { stage: Some("prod".to_owned()), ..Options::default() });
    assert_eq!(found, Vec::<String>::new());
    let prod = prod.unwrap();
    assert!(prod.resources.contains_key("Smoke"));
    assert_eq!(prod.resources["T"].attributes.get("DeletionPolicy"), Some(&Expr::from("Retain")));
    assert_ne!(property(&prod, "Late", "Events.Schedule"), "-");
}

/// The statements of a function's role, without that for its logs.
fn statements(template: &sam::Template, role: &str) -> String {
    let all = property(template, role, "Policies.0.PolicyDocument.Statement");
    all.split_once("\"Resource\":{\"Fn::GetAtt\":[\"FLogGroup\",\"Arn\"]}}")
        .map_or(all.clone(), |(_, rest)| rest.to_owned())
}

#[test]
fn verbs_become_exactly_their_actions() {
    for (verb, components, wanted) in [
        (
            "query: {name: t, index: i}",
            "tables: {t: {key: id, indexes: {i: {key: a}}}}",
            r#"{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:BatchGetItem","dynamodb:Query"],"Resource":{"Fn::Sub":"${T.Arn}/index/i"}}"#,
        ),
        (
            "write: {name: t, items: \"${app}\"}",
            "tables: {t: id}",
            r#"{"Effect":"Allow","Action":["dynamodb:PutItem","dynamodb:UpdateItem","dynamodb:BatchWriteItem"],"Resource":{"Fn::GetAtt":["T","Arn"]},"Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["shop"]}}}"#,
        ),
        (
            "read: {name: b, prefix: in/}",
            "buckets: {b: {}}",
            r#"{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":{"Fn::Sub":"${B.Arn}/in/*"}},{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":{"Fn::GetAtt":["B","Arn"]},"Condition":{"StringLike":{"s3:prefix":"in/*"}}}"#,
        ),
        (
            "send: q",
            "queues: {q: {}}",
            r#"{"Effect":"Allow","Action":["sqs:SendMessage","sqs:GetQueueUrl"],"Resource":{"Fn::GetAtt":["Q","Arn"]}}"#,
        ),
        (
            "publish: p",
            "topics: {p: {}}",
            r#"{"Effect":"Allow","Action":["sns:Publish"],"Resource":{"Ref":"P"}}"#,
        ),
        (
            "publish: e",
            "buses: {e: {}}",
            r#"{"Effect":"Allow","Action":["events:PutEvents"],"Resource":{"Fn::GetAtt":["E","Arn"]}}"#,
        ),
        (
            "read: k",
            "secrets: {k: generate}",
            r#"{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":{"Ref":"K"}}"#,
        ),
    ] {
        let template = lower(&with_head(&format!(
            "functions: {{f: {{handler: a.b, can: {{{verb}}}}}}}\n{components}\n"
        )));
        assert_eq!(statements(&template, "FRole"), format!(",{wanted}]"), "{verb}");
    }
}

#[test]
fn functions_that_invoke_each_other_have_policies_apart() {
    let template = lower(&with_head(
        "functions: {f: {handler: a.b, can: {invoke: g}, inject: false}, g: {handler: a.b, can: {invoke: f}, inject: false}}\n",
    ));
    assert_eq!(statements(&template, "FRole"), "]");
    assert_eq!(
        property(&template, "FPolicy", "PolicyDocument.Statement.0.Resource"),
        r#"[{"Fn::GetAtt":["G","Arn"]},{"Fn::Sub":"${G.Arn}:*"}]"#
    );
    assert_eq!(property(&template, "FPolicy", "Roles"), r#"[{"Ref":"FRole"}]"#);
}

#[test]
fn a_bucket_that_its_function_names_has_a_name_beforehand() {
    let direct =
        "functions: {f: {handler: a.b, on: {bucket: media}, can: {get: media}}}\nbuckets: {media: {}}\n";
    let template = lower(&with_head(direct));
    let name = r#"{"Fn::Sub":"shop-dev-media-${AWS::AccountId}-${AWS::Region}"}"#;
    assert_eq!(property(&template, "Media", "BucketName"), name);
    assert_eq!(property(&template, "F", "Environment.Variables.MEDIA_BUCKET"), name);
    // By way of another function that it names.
    let in_turn = "functions: {f: {handler: a.b, on: {bucket: media}, can: {invoke: g}}, g: {handler: a.b, env: {M: \"${media}\"}}}\nbuckets: {media: {}}\n";
    assert_eq!(property(&lower(&with_head(in_turn)), "Media", "BucketName"), name);
    // Without a circle CloudFormation names it, and so it does by way of EventBridge.
    for straight in [
        "functions: {f: {handler: a.b, on: {bucket: media}}}\nbuckets: {media: {}}\n",
        "functions: {f: {handler: a.b, on: {bucket: media, via: eventbridge}, can: {get: media}}}\nbuckets: {media: {}}\n",
    ] {
        assert_eq!(property(&lower(&with_head(straight)), "Media", "BucketName"), "-");
    }
    let long = format!(
        "functions: {{f: {{handler: a.b, on: {{bucket: {0}}}, can: {{get: {0}}}}}}}\nbuckets: {{{0}: {{}}}}\n",
        "a".repeat(40)
    );
    let template = lower(&with_head(&long));
    let id = format!("A{}", "a".repeat(39));
    let text = property(&template, &id, "BucketName");
    let prefix = text.strip_prefix(r#"{"Fn::Sub":""#).and_then(|t| t.split_once("-${")).unwrap().0;
    assert!(prefix.len() <= 35, "{prefix}");
}

#[test]
fn queues_have_dead_letters_and_time_enough() {
    let template = lower(&with_head(
        "queues: {work: {}, plain: {dlq: false}, shared: {dlq: plain}}\nfunctions: {f: {handler: a.b, timeout: 1m, on: {queue: work, wait: 5s}}}\ntopics: {news: {subscribe: [{queue: plain}]}}\n",
    ));
    assert_eq!(property(&template, "Work", "VisibilityTimeout"), "365");
    assert_eq!(
        property(&template, "Work", "RedrivePolicy"),
        r#"{"deadLetterTargetArn":{"Fn::GetAtt":["WorkDlq","Arn"]},"maxReceiveCount":5}"#
    );
    assert_eq!(property(&template, "WorkDlq", "MessageRetentionPeriod"), "1209600");
    assert_eq!(property(&template, "Plain", "RedrivePolicy"), "-");
    assert_eq!(
        property(&template, "Shared", "RedrivePolicy.deadLetterTargetArn"),
        r#"{"Fn::GetAtt":["Plain","Arn"]}"#
    );
    assert_eq!(
        property(&template, "PlainPolicy", "PolicyDocument.Statement.0.Condition"),
        r#"{"ArnEquals":{"aws:SourceArn":{"Ref":"News"}}}"#
    );
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    for (text, wanted) in [
        (
            "queues: {work: {}}\nfunctions: {f: {handler: a.b, on: {queue: wrok}}}\n",
            "E107 nothing is called `wrok` [wrok] did you mean `work`, which is a queue?",
        ),
        (
            "tables: {orders: id}\nfunctions: {f: {handler: a.b, on: {queue: orders}}}\n",
            "E121 a queue trigger needs a queue; orders is a table [orders]",
        ),
        (
            "params: {alert-email: x}\noutputs: {a: \"${params.waf-arn}\"}\n",
            "E110 no param waf-arn (declared: alert-email) [${params.waf-arn}] declare it under `params`",
        ),
        (
            "tables: {t: id}\noutputs: {a: \"${t.url}\"}\n",
            "E120 t is a table, which has no `url` [${t.url}] it has name, arn",
        ),
        (
            "queues: {q: {only: [prod]}}\nfunctions: {f: {handler: a.b, can: {send: q}}}\n",
            "E132 q is a queue that does not exist in the stage `dev` [q] give what uses it the same `only` or `not`",
        ),
        (
            "vars: {a: \"${vars.b}\", b: \"${vars.a}\"}\n",
            "E112 the constants a -> b -> a are made from each other [\"${vars.a}\"] give one of them a value of its own",
        ),
        (
            "vars: {n: many}\nqueues: {q: {}}\nfunctions: {f: {handler: a.b, on: {queue: q, batch: \"${vars.n}\"}}}\n",
            "E104 `functions.f.on.batch` takes a whole number, and got the text \"many\" [\"${vars.n}\"]",
        ),
        (
            "tables: {t: id}\nfunctions: {f: {handler: a.b, on: {stream: t}}}\n",
            "E222 t is a table without a stream, so that its changes trigger nothing [t] add `stream: new` to the table, or `old`, `both` or `keys`",
        ),
        (
            "functions: {f: {handler: a.b, timeout: 16m}}\n",
            "E105 `functions.f.timeout` is 16m, and takes 1s to 15m [16m]",
        ),
        (
            "module: orders\n",
            "E133 a module is not built by itself [module] build the application that has it under `include`, or begin the file with `app:`",
        ),
        (
            "functions: {f: {handler: a.b, env: {A: \"${x\"}}}\n",
            "E111 `${` begins a reference, and this one has no name or no end [${] write `${name}`, or `$${` for the characters themselves",
        ),
        (
            "buckets: {b: {expire: {tmp/: 12h}}}\n",
            "E105 `buckets.b.expire` counts in whole days, and got 12h [12h] write for example `7d`",
        ),
        (
            "queues: {q: {}}\nalarms: {a: {on: q, metric: errors, over: 1}}\n",
            "E231 q is a queue, which has no metric `errors` [errors] its metrics are depth, age, empty-receives",
        ),
        (
            "functions: {f: {handler: a.b, runtime: python3.31}}\n",
            "E105 Lambda has no runtime `python3.31` [python3.31] did you mean `python3.11`?",
        ),
        (
            "external: {b: {kind: bucket, name: x}}\nfunctions: {f: {handler: a.b, on: {bucket: b, via: direct}}}\n",
            "E260 b exists already, and its notifications are not changed [direct] use `via: eventbridge`, and turn EventBridge on for the bucket",
        ),
    ] {
        assert_eq!(findings(&with_head(text)), [wanted], "{text}");
    }
    assert_eq!(
        findings("app: a\nfunctions: {f: {handler: a.b}}\n"),
        [
            "E103 `functions.f` needs the key `runtime` [f] add it here, or for all functions under `defaults.function`"
        ]
    );
}

#[test]
fn no_input_makes_it_panic() {
    let whole = include_str!("../../../examples/nightly/app.yaml");
    for end in 0..whole.len() {
        let _ = lower_anything(&whole[..end]);
        let mut cut = whole.to_owned();
        cut.remove(end);
        let _ = lower_anything(&cut);
    }
    for text in [
        "",
        "- a",
        "app: []",
        "app: {a: b}\nfunctions: 3",
        "app: a\nstages: 1\nvars: 2\nparams: 3\noutputs: [4]",
    ] {
        let _ = lower_anything(text);
    }
}

fn lower_anything(text: &str) -> usize {
    let file = SourceFile::new(FileId(0), "app.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    let _ = app::lower(&document, &Options::default(), &samc_frontends::NoFiles, &mut diagnostics);
    diagnostics.error_count()
}
