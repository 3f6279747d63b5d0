//! `activemq` and `rabbitmq`: messages of a queue of Amazon MQ. Source:
//! lib/plugins/aws/package/compile/events/activemq.js and rabbitmq.js of osls 3.77.1.

use samc_ir::{Expr, Map};

use super::common::{as_text, required};
use super::source;
use crate::serverless::names::{alphanumeric, normalized};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};

/// Letters of the name of a queue that a logical id takes over, so that it stays below 255.
const LENGTH: usize = 150;

/// Lowers the events of Apache ActiveMQ.
pub(super) fn lower_activemq(service: &Service, out: &mut Output<'_>) {
    lower(service, "activemq", "ActiveMQ", out);
}

/// Lowers the events of RabbitMQ.
pub(super) fn lower_rabbitmq(service: &Service, out: &mut Output<'_>) {
    lower(service, "rabbitmq", "RabbitMQ", out);
}

fn lower(service: &Service, kind: &str, name: &str, out: &mut Output<'_>) {
    for function in &service.functions {
        let (mut secrets, mut brokers) = (Vec::new(), Vec::new());
        for event in function.events_of(kind) {
            if let Some([secret, broker]) = one(service, function, event, name, out) {
                secrets.push(secret);
                brokers.push(broker);
            }
        }
        if !brokers.is_empty() {
            out.allow(&["secretsmanager:GetSecretValue"], secrets);
            out.allow(&["mq:DescribeBroker"], brokers);
            out.allow(&source::NETWORK, "*");
        }
    }
}

/// Adds a mapping; gives the secret and the broker that the role needs.
fn one(
    service: &Service,
    function: &Function,
    event: &Event,
    name: &str,
    out: &mut Output<'_>,
) -> Option<[Expr; 2]> {
    let of = (function, event);
    let example = format!("- {}: {{arn: ARN, queue: NAME, basicAuthArn: ARN}}", event.kind);
    let [arn, queue, secret] = required(of, ["arn", "queue", "basicAuthArn"], &example, out)?;
    let queue_name = as_text(of, "queue", queue, "give the name of a queue", out)?;
    let mut access = vec![Expr::from([("Type", "BASIC_AUTH".into()), ("URI", secret.clone())])];
    if let Some(host) = event.given("virtualHost").filter(|_| &*event.kind == "rabbitmq") {
        access.push(Expr::from([("Type", "VIRTUAL_HOST".into()), ("URI", host.clone())]));
    }
    let mut properties = Map::from([
        ("FunctionName", function.target()),
        ("EventSourceArn", arn.clone()),
        ("Queues", vec![queue.clone()].into()),
        ("SourceAccessConfigurations", access.into()),
    ]);
    source::set_batch(&mut properties, event);
    let queue: String = alphanumeric(&queue_name).chars().take(LENGTH).collect();
    let id = format!("{}EventSourceMapping{name}{queue}", normalized(&function.key));
    source::map((service, function, event), id, properties, out);
    Some([secret.clone(), arn.clone()])
}
