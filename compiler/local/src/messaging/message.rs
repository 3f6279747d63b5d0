//! What is put into queues, topics, buses, buckets and streams, as programs and people write it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use indexmap::IndexMap;
use md5::{Digest, Md5};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A message for a queue.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// Its text. What is not text in JSON is taken as the JSON it is.
    #[serde(deserialize_with = "text")]
    pub body: String,
    /// Its attributes by name.
    #[serde(default)]
    pub attributes: IndexMap<String, Attribute>,
    /// Its group, for FIFO queues.
    #[serde(default)]
    pub group_id: Option<String>,
    /// What tells it from others, for FIFO queues.
    #[serde(default)]
    pub deduplication_id: Option<String>,
    /// Seconds before it can be received, where it is not what the queue says.
    #[serde(default)]
    pub delay_seconds: Option<u64>,
    /// The header of X-Ray that came with it.
    #[serde(default)]
    pub trace: Option<String>,
}

/// A message for a topic.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Publication {
    /// Its text. What is not text in JSON is taken as the JSON it is.
    #[serde(deserialize_with = "text")]
    pub message: String,
    /// Its subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// `json` where the text has a text for each protocol.
    #[serde(default)]
    pub structure: Option<String>,
    /// Its attributes by name.
    #[serde(default)]
    pub attributes: IndexMap<String, Attribute>,
    /// Its group, for FIFO topics.
    #[serde(default)]
    pub group_id: Option<String>,
    /// What tells it from others, for FIFO topics.
    #[serde(default)]
    pub deduplication_id: Option<String>,
}

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, with a name after a point where the sender gives one;
    /// `String.Array` in topics.
    pub data_type: String,
    /// Its value.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text, or a number as text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Attribute {
    /// One of type `String`.
    pub fn text(value: impl Into<String>) -> Attribute {
        Attribute { data_type: "String".to_owned(), value: AttributeValue::Text(value.into()) }
    }

    /// Its value as events have it: text, or bytes in base64.
    pub fn as_text(&self) -> String {
        match &self.value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Binary(bytes) => BASE64_STANDARD.encode(bytes),
        }
    }

    /// Bytes that it counts for.
    pub(crate) fn size(&self) -> usize {
        let value = match &self.value {
            AttributeValue::Text(text) => text.len(),
            AttributeValue::Binary(bytes) => bytes.len(),
        };
        self.data_type.len() + value
    }

    /// One as some form of JSON has it: a plain value, or an object with a type and a value in the names
    /// that SQS, SNS or their events use.
    fn read(value: &Value) -> Result<Attribute, String> {
        let plain = |kind: &str, text: String| Attribute {
            data_type: kind.to_owned(),
            value: AttributeValue::Text(text),
        };
        let object = match value {
            Value::String(text) => return Ok(plain("String", text.clone())),
            Value::Number(number) => return Ok(plain("Number", number.to_string())),
            Value::Array(_) => return Ok(plain("String.Array", value.to_string())),
            Value::Object(object) => object,
            Value::Bool(_) | Value::Null => return Err(format!("{value} is no value of an attribute")),
        };
        let get = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
        let text = |names: &[&str]| {
            get(names).and_then(|value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let data_type = text(&["dataType", "DataType", "Type", "type"]);
        if let Some(bytes) = text(&["binaryValue", "BinaryValue"]) {
            let bytes = BASE64_STANDARD.decode(bytes).map_err(|_| "BinaryValue is not base64".to_owned())?;
            let data_type = data_type.unwrap_or_else(|| "Binary".to_owned());
            return Ok(Attribute { data_type, value: AttributeValue::Binary(bytes) });
        }
        let value = text(&["stringValue", "StringValue", "Value", "value"])
            .ok_or("an attribute needs StringValue or BinaryValue")?;
        let data_type = data_type.unwrap_or_else(|| "String".to_owned());
        Ok(Attribute { data_type, value: AttributeValue::Text(value) })
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Attribute::read(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// An event for a bus.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewEvent {
    /// Who sends it.
    pub source: String,
    /// What happened, in words.
    #[serde(alias = "detailType")]
    pub detail_type: String,
    /// What happened, as data.
    #[serde(default)]
    pub detail: Map<String, Value>,
    /// What it is about, as ARNs.
    #[serde(default)]
    pub resources: Vec<String>,
    /// When, such as `2026-03-01T12:00:00Z`; now where it is not said.
    #[serde(default)]
    pub time: Option<String>,
    /// Its id; a new one where it is not said.
    #[serde(default)]
    pub id: Option<String>,
    /// The account it comes from; that of the application where it is not said.
    #[serde(default)]
    pub account: Option<String>,
    /// The region it comes from; that of the application where it is not said.
    #[serde(default)]
    pub region: Option<String>,
    /// The version of its form, `0`.
    #[serde(default)]
    pub version: Option<String>,
}

/// What happened to an object of a bucket.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectEvent {
    /// Its key, not encoded.
    pub key: String,
    /// What happened, such as `ObjectCreated:Put` or `ObjectRemoved:Delete`.
    #[serde(default = "put")]
    pub kind: String,
    /// Its size in bytes.
    #[serde(default)]
    pub size: u64,
    /// The MD5 of its content, in hexadecimal digits.
    #[serde(default)]
    pub etag: Option<String>,
}

fn put() -> String {
    "ObjectCreated:Put".to_owned()
}

/// A change of an item of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// `INSERT`, `MODIFY` or `REMOVE`; what the images say where it is not said.
    #[serde(default, alias = "eventName")]
    pub kind: Option<String>,
    /// Its key in DynamoDB's JSON; that of an image where it is not said.
    #[serde(default, alias = "Keys")]
    pub keys: Option<Map<String, Value>>,
    /// The item after it, in DynamoDB's JSON.
    #[serde(default, alias = "NewImage")]
    pub new_image: Option<Map<String, Value>>,
    /// The item before it, in DynamoDB's JSON.
    #[serde(default, alias = "OldImage")]
    pub old_image: Option<Map<String, Value>>,
}

/// A record of a stream of Kinesis.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StreamRecord {
    /// Its text. What is not text in JSON is taken as the JSON it is.
    #[serde(default, deserialize_with = "text")]
    pub data: String,
    /// What decides on its shard.
    #[serde(default)]
    pub partition_key: Option<String>,
}

/// What became of a message that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The id of the message.
    pub message_id: String,
    /// The MD5 of its body, in hexadecimal digits.
    pub md5_of_body: String,
    /// The MD5 of its attributes; none where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md5_of_attributes: Option<String>,
    /// Where it stands among the messages of a FIFO queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// A text, or the text of some JSON.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

/// The MD5 of bytes, in hexadecimal digits.
pub fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// The MD5 of a file and its size in bytes.
pub(crate) fn md5_of_file(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let (mut digest, mut size, mut buffer) = (Md5::new(), 0, vec![0; 64 * 1024]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((hex(&digest.finalize()), size));
        }
        digest.update(&buffer[..count]);
        size += u64::try_from(count).unwrap_or_default();
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| text + &format!("{byte:02x}"))
}

/// The MD5 of attributes, as SDKs check it. Source: "Calculating the MD5 message digest for message
/// attributes" in the guide of SQS.
pub fn md5_of_attributes(attributes: &IndexMap<String, Attribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut all: Vec<_> = attributes.iter().collect();
    all.sort_by(|a, b| a.0.cmp(b.0));
    let mut parts = Vec::new();
    for (name, attribute) in all {
        parts.push((name.as_bytes(), None));
        let (transport, value) = match &attribute.value {
            AttributeValue::Text(text) => (1_u8, text.as_bytes()),
            AttributeValue::Binary(bytes) => (2, bytes.as_slice()),
        };
        parts.push((attribute.data_type.as_bytes(), Some(transport)));
        parts.push((value, None));
    }
    let mut digest = Md5::new();
    for (bytes, transport) in parts {
        digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        digest.update(bytes);
        if let Some(transport) = transport {
            digest.update([transport]);
        }
    }
    Some(hex(&digest.finalize()))
}
