//! `sqs`: messages of a queue. Source: lib/plugins/aws/package/compile/events/sqs.js of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::source;
use crate::serverless::names::{alphanumeric, normalized};
use crate::serverless::output::Output;
use crate::serverless::service::Service;
use crate::serverless::value::set;

/// Messages in a batch where nothing is said.
const BATCH: i64 = 10;

/// Lowers the events, and lets the role read the queues.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    let mut queues = Vec::new();
    for (function, event, _) in service.events("sqs") {
        let Some((arn, name)) = source::arn(event).and_then(|arn| Some((arn, source::name(arn)?))) else {
            out.error(
                codes::MISSING_PROPERTY,
                &event.origin,
                format!("an sqs event of {} names no queue", function.key),
                event.value.span,
                "no ARN",
                "give the ARN of a queue: `- sqs: arn:…`, or `- sqs: {arn: !GetAtt Queue.Arn}`",
            );
            continue;
        };
        let setting = |key: &str| event.setting(key);
        let mut properties = Map::from([
            ("BatchSize", event.given("batchSize").cloned().unwrap_or_else(|| BATCH.into())),
            ("EventSourceArn", arn.clone()),
            ("FunctionName", function.target()),
            ("Enabled", source::enabled(event).unwrap_or_else(|| true.into())),
        ]);
        set(&mut properties, "MaximumBatchingWindowInSeconds", setting("maximumBatchingWindow"));
        if let Some(kind) = setting("functionResponseType") {
            properties.insert("FunctionResponseTypes", vec![kind.clone()]);
        }
        source::set_filters(&mut properties, event);
        if let Some(most) = event.given("maximumConcurrency") {
            properties.insert("ScalingConfig", Map::from([("MaximumConcurrency", most.clone())]));
        }
        let id = format!("{}EventSourceMappingSQS{}", normalized(&function.key), alphanumeric(&name));
        source::map((service, function, event), id, properties, out);
        queues.push(arn.clone());
    }
    if !queues.is_empty() {
        let actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        out.allow(&actions, Expr::from(queues));
    }
}
