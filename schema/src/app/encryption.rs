//! `encrypt` of queues, topics, buckets, tables, streams and logs, and `keys`.

use samc_syntax::Spanned;
use schemars::JsonSchema;

use super::forms::component;
use super::scalars::Duration;

component! {
    /// A key of KMS, which components name under `encrypt`.
    #[schemars(rename = "Key")]
    pub struct Key {
        /// Whether KMS changes the key material once a year, or how often, 90d to 2560d. Default true.
        pub rotate: Option<Spanned<Rotation>>,
        /// How long it can still be kept from deletion after it was taken out, 7d to 30d. Default 30d.
        pub pending: Option<Spanned<Duration>>,
        /// The name after `alias/`. Default `<app>-<stage>-<name>`.
        pub alias: Option<Spanned<String>>,
        /// Whether it is one key in several regions. Default false.
        pub multi_region: Option<Spanned<bool>>,
        /// Who else may use it: ARNs of accounts, roles or users.
        pub share_with: Option<Vec<Spanned<String>>>,
        /// What it is for.
        pub description: Option<Spanned<String>>,
    }
}

/// Whether a key rotates: `true`, `false`, or how often.
#[derive(Debug, Clone, Copy, serde::Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
#[schemars(rename = "Rotation", transform = rotation_schema)]
pub struct Rotation {
    /// Whether it does.
    #[serde(skip)]
    pub is_on: bool,
    /// How often; none for once a year.
    #[serde(skip)]
    pub every: Option<Duration>,
}

super::forms::shorthand!(Rotation, "`true`, `false`, or a duration such as `180d`", |text| match text {
    "true" => Some(Rotation { is_on: true, every: None }),
    "false" => Some(Rotation { is_on: false, every: None }),
    text => Duration::parse(text).map(|every| Rotation { is_on: true, every: Some(every) }),
});

fn rotation_schema(schema: &mut schemars::Schema) {
    let description = schema.get("description").cloned();
    *schema = schemars::json_schema!({
        "anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^[0-9]+[smhd]$"}]
    });
    if let Some(description) = description {
        schema.insert("description".to_owned(), description);
    }
}

/// Declares how a kind of component encrypts: words of its own, or a key.
macro_rules! encryption {
    ($(#[$meta:meta])* $name:ident, $wanted:literal, { $($(#[doc = $doc:literal])* $variant:ident => $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $doc])* $variant,)*
            /// With a key of KMS: its name under `keys`, or its ARN.
            Key(String),
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visit;

                impl serde::de::Visitor<'_> for Visit {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($wanted)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        match text {
                            $($word => Ok($name::$variant),)*
                            key if is_key(key) => Ok($name::Key(key.to_owned())),
                            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                        }
                    }
                }

                deserializer.deserialize_any(Visit)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "anyOf": [
                        $({"const": $word, "description": concat!($($doc),*).trim()},)*
                        {
                            "type": "string",
                            "pattern": "^([a-z][a-z0-9-]{0,39}/)?([a-z][a-z0-9-]{0,39}|arn:.+)$",
                            "description": "A key under `keys`, or the ARN of one.",
                        },
                    ]
                })
            }
        }
    };
}

/// True for the name of a key, an ARN, and what becomes one.
fn is_key(text: &str) -> bool {
    super::scalars::Name::parse(text).is_some() || text.starts_with("arn:") || text.contains("${")
}

encryption! {
    /// How a queue encrypts.
    QueueEncryption, "`sqs`, `kms`, a name under `keys`, or the ARN of a key", {
        /// With keys of SQS.
        Sqs => "sqs",
        /// With the key that AWS manages for SQS in KMS.
        Kms => "kms",
    }
}

encryption! {
    /// How a topic or a stream encrypts.
    TopicEncryption, "`none`, `kms`, a name under `keys`, or the ARN of a key", {
        /// Not at rest.
        None => "none",
        /// With the key that AWS manages for the service in KMS.
        Kms => "kms",
    }
}

encryption! {
    /// How a bucket is encrypted.
    BucketEncryption, "`s3`, `kms`, a name under `keys`, or the ARN of a key", {
        /// With keys of S3.
        S3 => "s3",
        /// With the key that AWS manages for S3 in KMS.
        Kms => "kms",
    }
}

encryption! {
    /// How a table is encrypted.
    TableEncryption, "`aws-owned`, `kms`, a name under `keys`, or the ARN of a key", {
        /// With a key that belongs to DynamoDB.
        AwsOwned => "aws-owned",
        /// With the key that AWS manages for DynamoDB in KMS.
        Kms => "kms",
    }
}
