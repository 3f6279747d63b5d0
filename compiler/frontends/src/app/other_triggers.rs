//! Triggers that are no part of most applications: logs, alarms, Kafka, brokers, things, load balancers,
//! Alexa and AWS Config.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Broker, Kind, Name, OneOrMany, Reference, StartingPosition, Trigger};
use samc_syntax::Spanned;

use super::function::part;
use super::lower::Lower;
use super::names::upper_camel;
use super::raw;
use super::role;
use super::trigger::{Target, common_of_pollers};

/// What Lambda does to reach a cluster or broker in its network. None of these actions has a resource
/// level. Source: "Amazon MSK cluster permissions" and "Amazon MQ" in its guide.
const REACH: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];

/// Lowers a trigger of one of these kinds. False where it is of another.
pub(super) fn lower(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, trigger: &Trigger) -> bool {
    if let Some(log) = &trigger.log {
        self::log(ctx, target, path, log, trigger);
    } else if let Some(alarm) = &trigger.alarm {
        self::alarm(ctx, target, path, alarm);
    } else if let Some(cluster) = &trigger.kafka {
        kafka(ctx, target, path, cluster, trigger);
    } else if let Some(broker) = &trigger.mq {
        mq(ctx, target, path, broker, trigger);
    } else if let Some(sql) = &trigger.iot {
        let value = ctx.text(target.owner, path, sql);
        let version = Expr::from("2016-03-23");
        let properties = Map::from([("Sql", value), ("AwsIotSqlVersion", version)]);
        target.add("things", "IoTRule", properties, sql.span);
    } else if let Some(listener) = &trigger.alb {
        alb(ctx, target, path, listener, trigger);
    } else if let Some(skill) = &trigger.alexa {
        let value = ctx.text(target.owner, path, skill);
        target.add("alexa", "AlexaSkill", Map::from([("SkillId", value)]), skill.span);
    } else if let Some(types) = &trigger.config_rule {
        config_rule(ctx, target, types, trigger);
    } else {
        return false;
    }
    true
}

/// Lines of the logs of a function of this file, or of any log group.
fn log(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, log: &Spanned<String>, trigger: &Trigger) {
    let owner = target.owner;
    let reference = Reference::parse(&log.value).map(|r| Spanned::new(r, log.span));
    let group = match reference {
        // Names of log groups begin with a slash or hold one.
        Some(name) if ctx.components.contains_key(&name.value.to_string()) => {
            let what = "a log trigger";
            let Some(found) = ctx.component_of(owner, path, &name, &[Kind::Function], what) else { return };
            if name.value.name == target.name {
                let message =
                    format!("{} would be called for its own log lines, and write more of them", target.name);
                let finding = Diagnostic::error(codes::INVALID_VALUE, message)
                    .at(log.span, "a circle")
                    .help("listen to the logs of another function");
                ctx.report(owner, path, finding);
                return;
            }
            Expr::reference(format!("{}LogGroup", found.id))
        }
        _ => ctx.text(owner, path, log),
    };
    let pattern = match &trigger.pattern {
        Some(pattern) => Expr::from(pattern.value.as_str()).with_span(pattern.span),
        None => Expr::from(""),
    };
    let properties = Map::from([("LogGroupName", group.with_span(log.span)), ("FilterPattern", pattern)]);
    target.add(&format!("{} log", log.value), "CloudWatchLogs", properties, log.span);
}

/// An alarm that rings; the alarm itself names the function as its action.
fn alarm(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, alarm: &Spanned<Name>) {
    let owner = target.owner;
    let reference = Reference { name: alarm.value.to_string(), part: None };
    let reference = Spanned::new(reference, alarm.span);
    let Some(found) = ctx.component_of(owner, path, &reference, &[Kind::Alarm], "an alarm trigger") else {
        return;
    };
    let Some(arn) = ctx.needed(owner, path, &reference, &found, "arn") else { return };
    let words = upper_camel(alarm.value.as_str());
    permit(ctx, target, &format!("{words}Permission"), "lambda.alarms.cloudwatch.amazonaws.com", Some(arn));
}

/// Lets a service call the function.
fn permit(
    ctx: &mut Lower<'_>,
    target: &Target<'_>,
    suffix: &str,
    principal: &str,
    source: Option<Expr>,
) -> samc_base::LogicalId {
    let id = part(ctx, target.id, suffix);
    let mut properties = Map::from([("Action", Expr::from("lambda:InvokeFunction"))]);
    properties.insert("FunctionName", Expr::get_att(target.id, "Arn"));
    properties.insert("Principal", principal);
    if let Some(source) = source {
        properties.insert("SourceArn", source);
    } else {
        properties.insert("SourceAccount", Expr::reference("AWS::AccountId"));
    }
    ctx.add(&id, "AWS::Lambda::Permission", properties, target.owner);
    id
}

/// The secret that a cluster or broker is entered with: of this file, or an ARN. The function may read it.
fn secret(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    kind: &str,
    trigger: &Trigger,
) -> Option<Expr> {
    let given = trigger.secret.as_ref()?;
    let arn = if given.value.starts_with("arn:") || given.value.contains("${") {
        ctx.text(target.owner, path, given)
    } else {
        let found = ctx.secret(target.owner, path, &given.value, given.span)?;
        found.attribute("arn")?.with_span(given.span)
    };
    let read = role::allow(&["secretsmanager:GetSecretValue"], vec![arn.clone()]);
    target.statements.own.push(read.with_span(given.span));
    Some(Expr::from([("Type", Expr::from(kind)), ("URI", arn)]))
}

fn texts(
    ctx: &mut Lower<'_>,
    target: &Target<'_>,
    path: &str,
    given: &Spanned<OneOrMany<String>>,
) -> Vec<Expr> {
    let items: Vec<Spanned<String>> = given
        .value
        .items(given.span)
        .into_iter()
        .map(|item| Spanned::new(item.value.clone(), item.span))
        .collect();
    items.iter().map(|item| ctx.text(target.owner, path, item)).collect()
}

fn kafka(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    cluster: &Spanned<String>,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let Some(topics) = &trigger.topics else {
        let finding = Diagnostic::error(
            codes::MISSING_PROPERTY,
            format!("`{}` does not say which topic", owner.at(path)),
        )
        .at(cluster.span, "needs `topics`")
        .help("add `topics: NAME`");
        ctx.report(owner, path, finding);
        return;
    };
    let topics = texts(ctx, target, path, topics);
    let mut properties = Map::new();
    common_of_pollers(ctx, owner, path, trigger, &mut properties);
    properties.insert("Topics", topics);
    let position = match trigger.from.as_ref().map(|f| f.value) {
        Some(StartingPosition::Start) => "TRIM_HORIZON",
        Some(StartingPosition::Latest) | None => "LATEST",
    };
    properties.insert("StartingPosition", position);
    target.statements.own.push(role::allow(REACH, vec![Expr::from("*")]).with_span(cluster.span));
    let is_own = cluster.value == "self-managed";
    let access = secret(ctx, target, path, "SASL_SCRAM_512_AUTH", trigger);
    if let Some(access) = access {
        properties.insert("SourceAccessConfigurations", vec![access]);
    }
    if is_own {
        let servers: Vec<Expr> = trigger.servers.iter().flatten().map(|s| ctx.text(owner, path, s)).collect();
        if servers.is_empty() {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                "a cluster of one's own is found by its `servers`",
            )
            .at(cluster.span, "needs `servers`")
            .help("add `servers: [\"HOST:9092\"]`");
            ctx.report(owner, path, finding);
        }
        properties.insert("KafkaBootstrapServers", servers);
        if let Some(group) = &trigger.group {
            properties.insert("ConsumerGroupId", Expr::from(group.value.as_str()).with_span(group.span));
        }
        target.add("kafka", "SelfManagedKafka", properties, cluster.span);
        return;
    }
    let arn = ctx.text(owner, path, cluster);
    properties.insert("Stream", arn.clone());
    if let Some(group) = &trigger.group {
        properties.insert("ConsumerGroupId", Expr::from(group.value.as_str()).with_span(group.span));
    }
    let cluster_actions = ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"];
    target.statements.own.push(role::allow(&cluster_actions, vec![arn]).with_span(cluster.span));
    target.add("kafka", "MSK", properties, cluster.span);
}

fn mq(ctx: &mut Lower<'_>, target: &mut Target<'_>, path: &str, broker: &Spanned<String>, trigger: &Trigger) {
    let owner = target.owner;
    for (key, is_there) in
        [("from-queue", trigger.from_queue.is_some()), ("secret", trigger.secret.is_some())]
    {
        if !is_there {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("`{}` needs the key `{key}`", owner.at(path)),
            )
            .at(broker.span, format!("`{key}` is missing in here"));
            ctx.report(owner, path, finding);
        }
    }
    let arn = ctx.text(owner, path, broker);
    let mut properties = Map::new();
    common_of_pollers(ctx, owner, path, trigger, &mut properties);
    properties.insert("Broker", arn.clone());
    if let Some(queue) = &trigger.from_queue {
        let value = ctx.text(owner, path, queue);
        properties.insert("Queues", vec![value]);
    }
    let access = secret(ctx, target, path, "BASIC_AUTH", trigger);
    let mut accesses: Vec<Expr> = access.into_iter().collect();
    if trigger.broker.as_ref().is_some_and(|b| b.value == Broker::Rabbit) {
        accesses.push(Expr::from([("Type", Expr::from("VIRTUAL_HOST")), ("URI", Expr::from("/"))]));
    }
    if !accesses.is_empty() {
        properties.insert("SourceAccessConfigurations", accesses);
    }
    target.statements.own.push(role::allow(&["mq:DescribeBroker"], vec![arn]).with_span(broker.span));
    target.statements.own.push(role::allow(REACH, vec![Expr::from("*")]).with_span(broker.span));
    target.add("broker", "MQ", properties, broker.span);
}

/// A rule of a load balancer's listener that leads to the function.
fn alb(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    listener: &Spanned<String>,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let mut conditions = Vec::new();
    for (field, given) in [("path-pattern", &trigger.path), ("host-header", &trigger.host)] {
        if let Some(given) = given {
            let values = texts(ctx, target, path, given);
            conditions.push(Expr::from([("Field", Expr::from(field)), ("Values", values.into())]));
        }
    }
    let Some(priority) = trigger.priority.as_ref().filter(|_| !conditions.is_empty()) else {
        let finding = Diagnostic::error(
            codes::MISSING_PROPERTY,
            format!("`{}` does not say which requests it takes", owner.at(path)),
        )
        .at(listener.span, "needs `priority`, and `path` or `host`")
        .help("write for example `{alb: ARN, priority: 10, path: /shop/*}`");
        ctx.report(owner, path, finding);
        return;
    };
    let permission = permit(ctx, target, "AlbPermission", "elasticloadbalancing.amazonaws.com", None);
    let group = part(ctx, target.id, "TargetGroup");
    let function = Expr::from([("Id", Expr::get_att(target.id, "Arn"))]);
    let properties = Map::from([("TargetType", Expr::from("lambda")), ("Targets", vec![function].into())]);
    let resource = ctx.add(&group, "AWS::ElasticLoadBalancingV2::TargetGroup", properties, owner);
    // The load balancer tries the function when it becomes a target.
    resource.attributes.insert("DependsOn", permission.as_str());
    let arn = ctx.text(owner, path, listener);
    let forward = [("Type", Expr::from("forward")), ("TargetGroupArn", Expr::reference(&group))];
    let place = ctx.number(owner, &format!("{path}.priority"), priority, 1, 50_000);
    let mut properties = Map::from([("ListenerArn", arn), ("Priority", place)]);
    properties.insert("Conditions", conditions);
    properties.insert("Actions", vec![Expr::from(forward)]);
    let rule = part(ctx, target.id, "ListenerRule");
    ctx.add(&rule, "AWS::ElasticLoadBalancingV2::ListenerRule", properties, owner);
}

/// A rule of AWS Config that the function decides.
fn config_rule(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    types: &Spanned<OneOrMany<String>>,
    trigger: &Trigger,
) {
    let owner = target.owner;
    let types_list = texts(ctx, target, "config-rule", types);
    let permission = permit(ctx, target, "ConfigPermission", "config.amazonaws.com", None);
    let detail = [
        ("EventSource", Expr::from("aws.config")),
        ("MessageType", Expr::from("ConfigurationItemChangeNotification")),
    ];
    let source = [
        ("Owner", Expr::from("CUSTOM_LAMBDA")),
        ("SourceIdentifier", Expr::get_att(target.id, "Arn")),
        ("SourceDetails", vec![Expr::from(detail)].into()),
    ];
    let mut properties = Map::from([("Source", Expr::from(source))]);
    properties.insert("Scope", Map::from([("ComplianceResourceTypes", Expr::from(types_list))]));
    if let Some(input) = &trigger.input {
        properties.insert("InputParameters", raw::data(&input.value));
    }
    let rule = part(ctx, target.id, "ConfigRule");
    let resource = ctx.add(&rule, "AWS::Config::ConfigRule", properties, owner);
    resource.attributes.insert("DependsOn", permission.as_str());
    // The action has no resource level.
    target
        .statements
        .own
        .push(role::allow(&["config:PutEvaluations"], vec![Expr::from("*")]).with_span(types.span));
}
