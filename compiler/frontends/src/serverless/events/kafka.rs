//! `kafka` and `msk`: records of a topic of Apache Kafka, on brokers of one's own or of Amazon MSK. Source:
//! lib/plugins/aws/package/compile/events/kafka.js and msk/index.js of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Expr, Function as Call, Kind, Map};

use super::common::{as_text, required};
use super::source;
use crate::serverless::names::{alphanumeric, normalized};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, set, text};

/// Letters of a name that a logical id takes over, so that it stays below 255: of a topic and a cluster, or of a
/// topic alone.
const OF_TWO: usize = 79;
const OF_ONE: usize = 158;

/// Ways of access: the setting, the type in the mapping, what is put before each value, and whether the value is
/// a secret.
const ACCESS: [(&str, &str, &str, bool); 7] = [
    ("vpcSubnet", "VPC_SUBNET", "subnet:", false),
    ("vpcSecurityGroup", "VPC_SECURITY_GROUP", "security_group:", false),
    ("saslPlainAuth", "BASIC_AUTH", "", true),
    ("saslScram256Auth", "SASL_SCRAM_256_AUTH", "", true),
    ("saslScram512Auth", "SASL_SCRAM_512_AUTH", "", true),
    ("clientCertificateTlsAuth", "CLIENT_CERTIFICATE_TLS_AUTH", "", true),
    ("serverRootCaCertificate", "SERVER_ROOT_CA_CERTIFICATE", "", true),
];

/// How the settings of an event of brokers of one's own are written.
const EXAMPLE: &str =
    "- kafka: {topic: NAME, bootstrapServers: [HOST:9092], accessConfigurations: {saslScram512Auth: ARN}}";

/// Lowers the events of Amazon MSK.
pub(super) fn lower_msk(service: &Service, out: &mut Output<'_>) {
    for function in &service.functions {
        let mut clusters = Vec::new();
        for event in function.events_of("msk") {
            clusters.extend(msk(service, function, event, out));
        }
        if !clusters.is_empty() {
            out.allow(&["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"], clusters);
            out.allow(&source::NETWORK, "*");
        }
    }
}

fn msk(service: &Service, function: &Function, event: &Event, out: &mut Output<'_>) -> Option<Expr> {
    let of = (function, event);
    let [arn, topic] = required(of, ["arn", "topic"], "- msk: {arn: ARN, topic: NAME}", out)?;
    let topic_name = as_text(of, "topic", topic, "give the name of a topic", out)?;
    let cluster = match &arn.kind {
        Kind::String(text) => text.split('/').nth(1).map(str::to_owned),
        Kind::Call(Call::Ref | Call::ImportValue, _) => source::name(arn),
        _ => None,
    };
    let Some(cluster) = cluster else {
        out.error(
            codes::INVALID_VALUE,
            &event.origin,
            format!(
                "the cluster of an msk event of {} has no name that its mapping could be called by",
                function.key
            ),
            arn.span,
            "no name in it",
            "give an ARN such as `arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/ID`, or !Ref or !ImportValue",
        );
        return None;
    };
    let mut properties = Map::from([("EventSourceArn", arn.clone()), ("FunctionName", function.target())]);
    records(function, event, topic, "AmazonManagedKafkaEventSourceConfig", &mut properties, out)?;
    if let Some(secret) = event.setting("saslScram512") {
        let access = Expr::from([("Type", "SASL_SCRAM_512_AUTH".into()), ("URI", secret.clone())]);
        properties.insert("SourceAccessConfigurations", vec![access]);
    }
    let cut = |name: &str| alphanumeric(name).chars().take(OF_TWO).collect::<String>();
    let id =
        format!("{}EventSourceMappingMSK{}{}", normalized(&function.key), cut(&cluster), cut(&topic_name));
    source::map((service, function, event), id, properties, out);
    Some(arn.clone())
}

/// Lowers the events of brokers of one's own.
pub(super) fn lower_kafka(service: &Service, out: &mut Output<'_>) {
    for function in &service.functions {
        let mut secrets = Vec::new();
        let mut in_network = false;
        for event in function.events_of("kafka") {
            kafka(service, function, event, (&mut secrets, &mut in_network), out);
        }
        if !secrets.is_empty() {
            out.allow(&["secretsmanager:GetSecretValue"], secrets);
        }
        if in_network {
            out.allow(&source::NETWORK, "*");
        }
    }
}

fn kafka(
    service: &Service,
    function: &Function,
    event: &Event,
    (secrets, in_network): (&mut Vec<Expr>, &mut bool),
    out: &mut Output<'_>,
) -> Option<()> {
    let of = (function, event);
    let [ways, topic] = required(of, ["accessConfigurations", "topic"], EXAMPLE, out)?;
    let topic_name = as_text(of, "topic", topic, "give the name of a topic", out)?;
    let Some(ways) = ways.as_map() else {
        let message = format!("accessConfigurations of a kafka event of {} is no mapping", function.key);
        let help = format!("write it as `{EXAMPLE}`");
        out.error(codes::WRONG_TYPE, &event.origin, message, ways.span, "not a mapping", &help);
        return None;
    };
    let parts = [("vpcSubnet", "vpcSecurityGroup"), ("vpcSecurityGroup", "vpcSubnet")];
    if let Some((there, missing)) =
        parts.into_iter().find(|(a, b)| given(ways, a).is_some() && given(ways, b).is_none())
    {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("a kafka event of {} has a {there} and no {missing}", function.key),
            ways.key_span(there),
            "half of a network",
            &format!("add `{missing}`: brokers in a VPC are reached with both"),
        );
        return None;
    }
    let mut access = Vec::new();
    for (key, values) in ways.iter() {
        let row = ACCESS.iter().find(|(name, ..)| *name == &**key);
        let (kind, before, is_secret) =
            row.map_or((&**key, "", false), |(_, kind, before, is_secret)| (*kind, *before, *is_secret));
        *in_network |= !before.is_empty();
        for value in values.as_list().unwrap_or(std::slice::from_ref(values)) {
            if is_secret {
                secrets.push(value.clone());
            }
            let uri = match text(value) {
                Some(text) => Expr::from(format!("{before}{text}")).with_span(value.span),
                None if before.is_empty() => value.clone(),
                None => Expr::join("", vec![before.into(), value.clone()]),
            };
            access.push(Expr::from([("Type", kind.into()), ("URI", uri)]));
        }
    }
    let mut properties = Map::from([
        ("FunctionName", function.target()),
        ("SelfManagedEventSource", Expr::from([("Endpoints", brokers(function, event, out))])),
        ("SourceAccessConfigurations", access.into()),
    ]);
    records(function, event, topic, "SelfManagedKafkaEventSourceConfig", &mut properties, out)?;
    if let Some(destination) = event.given("onFailureDestination") {
        let on_failure = Expr::from([("Destination", destination.clone())]);
        properties.insert("DestinationConfig", Map::from([("OnFailure", on_failure)]));
    }
    let cut: String = alphanumeric(&topic_name).chars().take(OF_ONE).collect();
    let id = format!("{}EventSourceMappingKafka{cut}", normalized(&function.key));
    source::map((service, function, event), id, properties, out);
    Some(())
}

/// The brokers that are asked first.
fn brokers(function: &Function, event: &Event, out: &mut Output<'_>) -> Map {
    let mut endpoints = Map::new();
    match event.setting("bootstrapServers") {
        Some(servers) if servers.as_list().is_some() => {
            endpoints.insert("KafkaBootstrapServers", servers.clone());
        }
        Some(server) => {
            endpoints.insert("KafkaBootstrapServers", vec![server.clone()]);
        }
        None => out.warn(
            codes::EVENT_WITHOUT_EFFECT,
            &event.origin,
            format!(
                "a kafka event of {} names no broker, and Lambda refuses a mapping without one",
                function.key
            ),
            event.value.span,
            "no `bootstrapServers`",
            &format!("write it as `{EXAMPLE}`"),
        ),
    }
    endpoints
}

/// Properties of both: the topic, where reading begins, batches, filters, and who reads.
fn records(
    function: &Function,
    event: &Event,
    topic: &Expr,
    group: &str,
    properties: &mut Map,
    out: &mut Output<'_>,
) -> Option<()> {
    let position = event.given("startingPosition").cloned().unwrap_or_else(|| source::FROM_THE_START.into());
    let time = event.setting("startingPositionTimestamp");
    if position.as_str() == Some("AT_TIMESTAMP") && time.is_none() {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("a topic of {} is read from a time, and no time is given", function.key),
            position.span,
            "from which time",
            "add `startingPositionTimestamp`, in seconds since 1970",
        );
        return None;
    }
    properties.insert("StartingPosition", position);
    properties.insert("Topics", vec![topic.clone()]);
    set(properties, "StartingPositionTimestamp", time);
    source::set_batch(properties, event);
    if let Some(id) = event.given("consumerGroupId") {
        properties.insert(group, Map::from([("ConsumerGroupId", id.clone())]));
    }
    if let Some(pollers) = event.given("provisionedPollerConfig").and_then(Expr::as_map) {
        let mut config = Map::new();
        for (key, property) in [("minimumPollers", "MinimumPollers"), ("maximumPollers", "MaximumPollers")] {
            set(&mut config, property, pollers.get(key).filter(|value| !value.is_null()));
        }
        properties.insert("ProvisionedPollerConfig", config);
    }
    Some(())
}
