//! The event of an object of a bucket, for functions, queues and topics, and for buses.

use serde_json::{Value, json};

use super::Place;
use crate::messaging::{NewEvent, ObjectEvent};
use crate::{clock, ids};

/// The notification of an object.
pub fn s3(place: &Place<'_>, bucket: &str, configuration: &str, object: &ObjectEvent) -> Value {
    let kind = object.kind.trim_start_matches("s3:");
    let mut about = json!({ "key": s3_key(&object.key) });
    // What is gone has no size.
    if !kind.starts_with("ObjectRemoved:") {
        about["size"] = object.size.into();
        about["eTag"] = object.etag.as_deref().unwrap_or("d41d8cd98f00b204e9800998ecf8427e").into();
    }
    about["sequencer"] = format!("{:018X}", place.now_ms).into();
    json!({ "Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": place.region,
        "eventTime": clock::iso(place.now_ms),
        "eventName": kind,
        "userIdentity": { "principalId": "AWS:LOCAL" },
        "requestParameters": { "sourceIPAddress": "127.0.0.1" },
        "responseElements": {
            "x-amz-request-id": ids::hex(16).to_uppercase(),
            "x-amz-id-2": ids::hex(32),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": {
                "name": bucket,
                "ownerIdentity": { "principalId": "LOCAL" },
                "arn": format!("arn:aws:s3:::{bucket}"),
            },
            "object": about,
        },
    }]})
}

/// A key as it stands in notifications: percent-encoded as in a query, with `+` for a space. Slashes stay.
pub fn s3_key(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                text.push(char::from(byte));
            }
            b' ' => text.push('+'),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

/// The event of an object for the default bus, where the bucket has EventBridge on. Nothing else of a
/// bucket comes there but what it tells of objects.
///
/// Source: "EventBridge event message structure" in the guide of S3.
pub fn object_event(place: &Place<'_>, bucket: &str, object: &ObjectEvent) -> NewEvent {
    let kind = object.kind.trim_start_matches("s3:");
    let removed = kind.starts_with("ObjectRemoved:");
    let mut about = json!({ "key": object.key, "sequencer": format!("{:018X}", place.now_ms) });
    if !removed {
        about["size"] = object.size.into();
        about["etag"] = object.etag.as_deref().unwrap_or("d41d8cd98f00b204e9800998ecf8427e").into();
    }
    let mut detail = json!({
        "version": "0",
        "bucket": { "name": bucket },
        "object": about,
        "request-id": ids::hex(16).to_uppercase(),
        "requester": place.account,
        "source-ip-address": "127.0.0.1",
        "reason": match kind {
            "ObjectCreated:Copy" => "CopyObject",
            "ObjectCreated:Post" => "POST Object",
            "ObjectCreated:CompleteMultipartUpload" => "CompleteMultipartUpload",
            _ if removed => "DeleteObject",
            _ => "PutObject",
        },
    });
    if removed {
        detail["deletion-type"] = "Permanently Deleted".into();
    }
    NewEvent {
        source: "aws.s3".to_owned(),
        detail_type: if removed { "Object Deleted" } else { "Object Created" }.to_owned(),
        detail: detail.as_object().cloned().unwrap_or_default(),
        resources: vec![format!("arn:aws:s3:::{bucket}")],
        ..NewEvent::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_encoded_as_s3_encodes_them() {
        assert_eq!(s3_key("in/a b+c (1)ä.png"), "in/a+b%2Bc+%281%29%C3%A4.png");
    }
}
