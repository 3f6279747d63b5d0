//! R502: functions that send to what starts them.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic};

use crate::policy::covers;
use crate::query::{at_name, name, property};
use crate::rule::{On, Profile, Rule};

/// Each event makes another one, and each is paid for.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R502", "event-loop"),
    on: On::Default,
    page: include_str!("event_loop.md"),
    check: |context, diagnostics| {
        let application = context.application();
        let strict = context.wants_more(RULE.code, &[Profile::Strict]);
        let mut told = FxHashSet::default();
        for trigger in &application.triggers {
            let resources = &context.graph.resources;
            let (Some((of, function)), Some((id, source))) = (
                resources.get_key_value(&trigger.function),
                trigger.source.as_ref().and_then(|s| resources.get_key_value(s)),
            ) else {
                continue;
            };
            // Those that write to a stream, a bucket or a table often end it themselves: by a prefix, by what they look at.
            let (actions, certain): (&[&str], bool) = match &*source.resource_type {
                "AWS::SQS::Queue" => (&["sqs:SendMessage"], true),
                "AWS::SNS::Topic" => (&["sns:Publish"], true),
                "AWS::Kinesis::Stream" => (&["kinesis:PutRecord", "kinesis:PutRecords"], false),
                "AWS::DynamoDB::Table" => (&["dynamodb:PutItem", "dynamodb:UpdateItem"], false),
                "AWS::S3::Bucket" => (&["s3:PutObject"], false),
                _ => continue,
            };
            let Some(view) = application.function(&trigger.function).filter(|_| certain || strict) else {
                continue;
            };
            let grant = application.grants_of(view).find(|grant| {
                let writes = grant.actions.iter().any(|a| actions.iter().any(|wanted| covers(a, wanted)));
                writes && grant.resources.contains(id)
            });
            let Some(grant) = grant.filter(|_| told.insert((of, id))) else { continue };
            let message = format!(
                "{} is started by {} and may send to it: each event can make another one, without end",
                name(of, function),
                name(id, source)
            );
            let found = Diagnostic::warning(RULE.code, message)
                .label(grant.span, "may send")
                .label(source.origin.key_span, "starts the function")
                .help(format!(
                    "send to another resource than {}, or take the right away; where it is meant, count the rounds",
                    name(id, source)
                ));
            let limited = !property(function, "RecursiveLoop").is_absent();
            if !limited {
                diagnostics.push(at_name(found, of, function, "sends to what starts it"));
            }
        }
    },
};
