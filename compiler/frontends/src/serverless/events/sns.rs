//! `sns`: messages of a topic, which is made here or is there already. Source:
//! lib/plugins/aws/package/compile/events/sns.js of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Advice, Expr, Map, Matter, Origin};

use super::common::{permission, wait_for_alias};
use crate::serverless::names::{alphanumeric, normalized};
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function, Service};
use crate::serverless::value::{given, set, text};

/// What makes the policy of a dead-letter queue name its topic.
const OF_ACCESS: &str = "make the topic under `resources` and name it by `arn` (`!Ref`) and `topicName`: the policy then \
                         lets it alone send";

/// A topic as an event names it.
struct Topic<'a> {
    /// Its name, by which resources are called.
    name: String,
    /// Its ARN, where it is there already.
    arn: Option<&'a Expr>,
}

/// Lowers the events.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    for (function, event, _) in service.events("sns") {
        let Some(topic) = topic(function, event, out) else { continue };
        let Ok(redrive) = redrive(function, event, &topic, out) else { continue };
        let region = region(service, event, &topic);
        let source = match topic.arn {
            Some(arn) => {
                subscribe((function, event, &topic), arn.clone(), region, redrive, out);
                arn.clone()
            }
            None => {
                new_topic(function, event, &topic, redrive, out);
                arn_of(&topic.name)
            }
        };
        let id = format!("{}LambdaPermission{}SNS", normalized(&function.key), alphanumeric(&topic.name));
        permission((function, event), id, "sns.amazonaws.com", Some(source), out);
    }
}

fn topic<'a>(function: &Function, event: &'a Event, out: &mut Output<'_>) -> Option<Topic<'a>> {
    let last = |arn: &str| arn.rsplit(':').next().unwrap_or_default().to_owned();
    let read = match event.value.as_map() {
        Some(settings) => {
            let name = given(settings, "topicName").and_then(text);
            let arn = given(settings, "arn");
            let of_arn = || arn.and_then(Expr::as_str).map(last);
            name.or_else(of_arn).map(|name| Topic { name, arn })
        }
        None => text(&event.value).map(|text| match text.starts_with("arn:") {
            true => Topic { name: last(&text), arn: Some(&event.value) },
            false => Topic { name: text, arn: None },
        }),
    };
    if read.is_none() {
        let refers = event.value.is_call() || event.given("arn").is_some();
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("an sns event of {} does not name its topic", function.key),
            event.value.span,
            "no topicName",
            if refers {
                "a reference has no name that resources could be called by: write `- sns: {arn: !Ref Topic, topicName: NAME}`"
            } else {
                "give the name of a topic to be made, `- sns: NAME`, or the ARN of one that is there, `- sns: arn:…`"
            },
        );
    }
    read
}

fn arn_of(name: &str) -> Expr {
    let parts = [
        "arn:".into(),
        Expr::reference("AWS::Partition"),
        ":sns:".into(),
        Expr::reference("AWS::Region"),
        ":".into(),
        Expr::reference("AWS::AccountId"),
        ":".into(),
        name.into(),
    ];
    Expr::join("", parts.into())
}

/// Adds the topic, with the subscription in it, or apart where the subscription says more than where to.
fn new_topic(
    function: &Function,
    event: &Event,
    topic: &Topic<'_>,
    redrive: Option<Expr>,
    out: &mut Output<'_>,
) {
    let id = format!("SNSTopic{}", alphanumeric(&topic.name));
    if !out.has(&id) {
        let mut properties = Map::from([("TopicName", topic.name.as_str())]);
        set(&mut properties, "DisplayName", event.given("displayName"));
        out.add(id.as_str(), "AWS::SNS::Topic", properties, &event.origin);
    }
    let wait = function.target_depends_on();
    if let (Some(alias), Some(resource)) = (wait, out.graph.resources.get_mut(id.as_str())) {
        let list = resource.attributes.get_or_insert_with("DependsOn", || Vec::<Expr>::new().into());
        if let Some(list) = list.as_list_mut().filter(|list| !list.contains(&alias)) {
            list.push(alias);
        }
    }
    if event.given("filterPolicy").is_some() || redrive.is_some() {
        subscribe((function, event, topic), Expr::reference(id), None, redrive, out);
        return;
    }
    let subscription = Expr::from([("Endpoint", function.target()), ("Protocol", "lambda".into())]);
    let Some(properties) = out.properties(&id) else { return };
    let list = properties.get_or_insert_with("Subscription", || Vec::<Expr>::new().into());
    if let Some(list) = list.as_list_mut() {
        list.push(subscription);
    }
}

/// Adds a subscription of the function to a topic.
fn subscribe(
    (function, event, topic): (&Function, &Event, &Topic<'_>),
    arn: Expr,
    region: Option<String>,
    redrive: Option<Expr>,
    out: &mut Output<'_>,
) {
    let mut properties =
        Map::from([("TopicArn", arn), ("Protocol", "lambda".into()), ("Endpoint", function.target())]);
    set(&mut properties, "FilterPolicy", event.setting("filterPolicy"));
    set(&mut properties, "FilterPolicyScope", event.setting("filterPolicyScope"));
    set(&mut properties, "RedrivePolicy", redrive.as_ref());
    if let Some(region) = region {
        properties.insert("Region", region);
    }
    let id = format!("{}SnsSubscription{}", normalized(&function.key), alphanumeric(&topic.name));
    let resource = out.add(id, "AWS::SNS::Subscription", properties, &event.origin);
    wait_for_alias(function, resource);
}

/// The region of a topic, where its ARN says one that is not that of the service. An event that is only an ARN
/// is taken to be in the same region, as osls takes it.
fn region(service: &Service, event: &Event, topic: &Topic<'_>) -> Option<String> {
    event.value.as_map()?;
    // Parts of the ARN may be pseudo parameters, which have colons of their own.
    let arn = topic.arn?.as_str()?.replace("::", "\n");
    let region = arn.split(':').nth(3)?.replace('\n', "::");
    (region != service.region).then_some(region)
}

/// The policy for messages that cannot be delivered, and what lets the topic send them to that queue.
fn redrive(
    function: &Function,
    event: &Event,
    topic: &Topic<'_>,
    out: &mut Output<'_>,
) -> Result<Option<Expr>, ()> {
    let Some(policy) = event.given("redrivePolicy") else { return Ok(None) };
    let Some((arn, url)) = policy.as_map().and_then(dead_letters) else {
        out.error(
            codes::MISSING_PROPERTY,
            &event.origin,
            format!("redrivePolicy of an sns event of {} does not name a queue", function.key),
            policy.span,
            "no queue",
            "give one of deadLetterTargetArn (an ARN), deadLetterTargetRef (the logical id of a queue) and deadLetterTargetImport (arn and url, the names of exports)",
        );
        return Err(());
    };
    // A topic that is made here is not in the condition: osls knows its ARN only later.
    let source = topic.arn.map(|arn| Map::from([("aws:SourceArn", arn.clone())])).unwrap_or_default();
    let id = format!("{}To{}DLQPolicy", alphanumeric(&topic.name), normalized(&function.key));
    let statement = Expr::from([
        ("Effect", Expr::from("Allow")),
        ("Principal", Expr::from([("Service", "sns.amazonaws.com")])),
        ("Action", "sqs:SendMessage".into()),
        ("Resource", arn.clone()),
        ("Condition", Expr::from([("ArnEquals", source)])),
    ]);
    let document = Expr::from([
        ("Version", Expr::from("2012-10-17")),
        ("Id", id.as_str().into()),
        ("Statement", vec![statement].into()),
    ]);
    let properties = Map::from([("PolicyDocument", document), ("Queues", vec![url].into())]);
    let advice = topic.arn.is_none().then_some(Advice { matter: Matter::Access, text: OF_ACCESS });
    let origin = Origin { advice, ..event.origin.clone() };
    out.add(id, "AWS::SQS::QueuePolicy", properties, &origin);
    Ok(Some(Expr::from([("deadLetterTargetArn", arn)])))
}

/// The ARN and the URL of the queue of a `redrivePolicy`.
fn dead_letters(policy: &Map) -> Option<(Expr, Expr)> {
    if let Some(arn) = given(policy, "deadLetterTargetArn") {
        let mut parts = arn.as_str()?.rsplit(':');
        let (queue, account, region) = (parts.next()?, parts.next()?, parts.next()?);
        let url = vec![
            format!("https://sqs.{region}.").into(),
            Expr::reference("AWS::URLSuffix"),
            format!("/{account}/{queue}").into(),
        ];
        return Some((arn.clone(), Expr::join("", url)));
    }
    if let Some(id) = given(policy, "deadLetterTargetRef") {
        return Some((Expr::get_att(id.clone(), "Arn"), Expr::reference(id.clone())));
    }
    let import = given(policy, "deadLetterTargetImport")?.as_map()?;
    let import = |key: &str| Some(Expr::call(samc_ir::Function::ImportValue, import.get(key)?.clone()));
    Some((import("arn")?, import("url")?))
}
