//! Publish and PublishBatch of SNS, in the query protocol: forms in, XML out.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::{Response, StatusCode};
use indexmap::IndexMap;

use super::Body;
use crate::http::{reply, routes};
use crate::ids;
use crate::messaging::{Attribute, AttributeValue, Messaging, Publication, Refused};

/// Entries of a batch at most. Source: PublishBatch in the API reference of SNS.
const MOST: usize = 10;

/// The fields of a form.
type Form = IndexMap<String, String>;

/// Answers a call.
pub(super) fn answer(messaging: &Messaging, body: &Bytes) -> Response<Body> {
    let text = String::from_utf8_lossy(body);
    let form: Form = routes::query(&text).into_iter().collect();
    let action = form.get("Action").map(String::as_str).unwrap_or_default();
    match action {
        "Publish" => match publish(messaging, &form, "") {
            Ok(result) => told(action, &result),
            Err(refused) => refuse(&refused),
        },
        "PublishBatch" => batch(messaging, &form),
        other => fault(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            &format!("{other} of SNS is not there locally: topics and subscriptions are in the template"),
        ),
    }
}

/// Publishes the message whose fields have a prefix, and gives the result as XML.
fn publish(messaging: &Messaging, form: &Form, prefix: &str) -> Result<String, Refused> {
    let get = |name: &str| form.get(&format!("{prefix}{name}")).cloned();
    let topic = form.get("TopicArn").or_else(|| form.get("TargetArn"));
    let topic = topic.ok_or_else(|| {
        Refused::Invalid("Invalid parameter: TopicArn: only topics are there locally".to_owned())
    })?;
    let message = Publication {
        message: get("Message").unwrap_or_default(),
        subject: get("Subject"),
        structure: get("MessageStructure"),
        attributes: attributes(form, prefix)?,
        group_id: get("MessageGroupId"),
        deduplication_id: get("MessageDeduplicationId"),
    };
    let published = messaging.publish(topic, message)?;
    let sequence = published.sequence_number.map(|n| format!("<SequenceNumber>{n}</SequenceNumber>"));
    Ok(format!("<MessageId>{}</MessageId>{}", published.message_id, sequence.unwrap_or_default()))
}

fn attributes(form: &Form, prefix: &str) -> Result<IndexMap<String, Attribute>, Refused> {
    let mut all = IndexMap::new();
    for number in 1.. {
        let get = |name: &str| form.get(&format!("{prefix}MessageAttributes.entry.{number}.{name}"));
        let Some(name) = get("Name") else { break };
        let invalid = |why: &str| Refused::Invalid(format!("Invalid parameter: attribute {name}: {why}"));
        let data_type = get("Value.DataType").ok_or_else(|| invalid("it has no DataType"))?;
        let value = match (get("Value.StringValue"), get("Value.BinaryValue")) {
            (Some(text), _) => AttributeValue::Text(text.clone()),
            (None, Some(bytes)) => {
                let bytes = BASE64_STANDARD.decode(bytes);
                AttributeValue::Binary(bytes.map_err(|_| invalid("BinaryValue is not base64"))?)
            }
            (None, None) => return Err(invalid("it has no value")),
        };
        all.insert(name.clone(), Attribute { data_type: data_type.clone(), value });
    }
    Ok(all)
}

fn batch(messaging: &Messaging, form: &Form) -> Response<Body> {
    let prefix = |number: usize| format!("PublishBatchRequestEntries.member.{number}.");
    let ids: Vec<&String> =
        (1..).map_while(|number| form.get(&format!("{}Id", prefix(number)))).take(MOST + 1).collect();
    if ids.is_empty() {
        return fault(StatusCode::BAD_REQUEST, "EmptyBatchRequest", "The batch request has no entries.");
    }
    if ids.len() > MOST {
        let text = format!("The batch request has more than {MOST} entries.");
        return fault(StatusCode::BAD_REQUEST, "TooManyEntriesInBatchRequest", &text);
    }
    let (mut done, mut failed) = (String::new(), String::new());
    for (number, id) in (1..).zip(ids) {
        let id = escaped(id);
        match publish(messaging, form, &prefix(number)) {
            Ok(result) => done += &format!("<member><Id>{id}</Id>{result}</member>"),
            Err(refused @ Refused::Unknown { .. }) => return refuse(&refused),
            Err(refused) => {
                let (_, code) = kind(&refused);
                let text = escaped(&refused.to_string());
                failed += &format!(
                    "<member><Id>{id}</Id><Code>{code}</Code><Message>{text}</Message>\
                     <SenderFault>true</SenderFault></member>"
                );
            }
        }
    }
    told("PublishBatch", &format!("<Successful>{done}</Successful><Failed>{failed}</Failed>"))
}

fn told(action: &str, result: &str) -> Response<Body> {
    let body = format!(
        "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{action}Result>{result}\
         </{action}Result><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        ids::uuid()
    );
    reply::plain(StatusCode::OK, "text/xml", body)
}

fn kind(refused: &Refused) -> (StatusCode, &'static str) {
    match refused {
        Refused::Unknown { .. } => (StatusCode::NOT_FOUND, "NotFound"),
        Refused::Full { .. } | Refused::CannotRun(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        Refused::TooLarge { .. } | Refused::Invalid(_) => (StatusCode::BAD_REQUEST, "InvalidParameter"),
    }
}

fn refuse(refused: &Refused) -> Response<Body> {
    let (status, code) = kind(refused);
    fault(status, code, &refused.to_string())
}

/// An error in the query protocol.
pub(super) fn fault(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let body = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        escaped(message),
        ids::uuid()
    );
    reply::plain(status, "text/xml", body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
