//! `tables` and `buckets`.

use indexmap::IndexMap;
use samc_syntax::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Components;
use super::encryption::{BucketEncryption, TableEncryption};
use super::forms::{Any, component, or_text, shorthand};
use super::function::Cors;
use super::scalars::{Duration, Name, Percent};

component! {
    /// A table (DynamoDB). A text stands for its key.
    #[serde(remote = "Self")]
    #[schemars(rename = "Table", transform = or_text)]
    pub struct Table {
        /// The key: `id`, or partition and sort key as `customer + created`. A type may follow each: `:S`
        /// for text (the default), `:N` for numbers, `:B` for bytes.
        pub key: Spanned<String>,
        /// Further ways to look items up, by name.
        pub indexes: Option<Components<Index>>,
        /// The attribute that holds when an item expires, in seconds since 1970.
        pub ttl: Option<Spanned<String>>,
        /// Which images of changed items its stream holds. Default: it has no stream.
        pub stream: Option<Spanned<TableStream>>,
        /// `on-demand` (the default), or what is paid for all the time.
        pub billing: Option<Spanned<Billing>>,
        /// Whether it can be restored to any second of the last 35 days. Default: true in production stages.
        pub backup: Option<Spanned<bool>>,
        /// How it is encrypted: `aws-owned` (the default), `kms` (the key that AWS manages), or a key under `keys`.
        pub encrypt: Option<Spanned<TableEncryption>>,
        /// The storage class. Default `standard`.
        pub class: Option<Spanned<TableClass>>,
        /// Other regions in which it is the same table. Needs `billing: on-demand` and a stream, which is then `both`.
        pub replicas: Option<Vec<Spanned<String>>>,
        /// Items it begins with, from S3.
        pub import: Option<TableImport>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
    }
}

shorthand!(Table, "a key such as `id` or `customer + created`, or a mapping with `key`", |text| {
    (!text.is_empty()).then(|| Table {
        key: text.to_owned().into(),
        indexes: None,
        ttl: None,
        stream: None,
        billing: None,
        backup: None,
        encrypt: None,
        class: None,
        replicas: None,
        import: None,
        name: None,
        id: None,
        was: None,
        only: None,
        not: None,
        when: None,
        tags: None,
        protect: None,
        note: None,
        compliance: None,
    })
});

/// Items that a table begins with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableImport {
    /// The bucket they lie in.
    pub bucket: Spanned<String>,
    /// The beginning of their keys.
    pub prefix: Option<Spanned<String>>,
    /// Their form: `csv`, `json` (of DynamoDB, the default) or `ion`.
    pub format: Option<Spanned<ImportFormat>>,
    /// Whether they are compressed with gzip. Default false.
    pub gzip: Option<Spanned<bool>>,
}

/// The form of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum ImportFormat {
    Csv,
    Json,
    Ion,
}

/// A further way to look items of a table up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Index {
    /// Its key, written as that of the table.
    pub key: Spanned<String>,
    /// The attributes it holds: `all` (the default), `keys`, or a list of names.
    pub project: Option<Spanned<Projection>>,
    /// Whether it shares the table's partition key and lies with it. Default false.
    pub local: Option<Spanned<bool>>,
}

/// The attributes an index holds: `all`, `keys`, or a list of names.
#[derive(Debug, Clone)]
pub enum Projection {
    /// Every attribute.
    All,
    /// The keys of the table and of the index.
    Keys,
    /// These besides the keys.
    Include(Vec<String>),
}

impl<'de> Deserialize<'de> for Projection {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Projection;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`all`, `keys`, or a list of attributes")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Projection, E> {
                match text {
                    "all" => Ok(Projection::All),
                    "keys" => Ok(Projection::Keys),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Projection, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = items.next_element()? {
                    names.push(name);
                }
                Ok(Projection::Include(names))
            }
        }

        deserializer.deserialize_any(Visit)
    }
}

impl JsonSchema for Projection {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Projection".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{"enum": ["all", "keys"]}, {"type": "array", "items": {"type": "string"}}]
        })
    }
}

/// Which images of a changed item a stream holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TableStream {
    /// The item after the change.
    New,
    /// The item before the change.
    Old,
    /// The item before and after the change.
    Both,
    /// The key of the item.
    Keys,
}

/// How a table is paid for. The word `on-demand` means by use.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Billing", extend("x-text-words" = ["on-demand"]), transform = or_text)]
pub struct Billing {
    /// Read capacity units that are paid for all the time.
    #[schemars(range(min = 1))]
    pub read: Option<Spanned<u64>>,
    /// Write capacity units that are paid for all the time.
    #[schemars(range(min = 1))]
    pub write: Option<Spanned<u64>>,
    /// The fewest units of each that scaling goes down to. Default `read` and `write`.
    pub min: Option<Spanned<u64>>,
    /// The most units of each that scaling goes up to; without it nothing scales.
    pub max: Option<Spanned<u64>>,
    /// The share of the units in use that scaling aims at, 20% to 90%. Default 70%.
    pub target: Option<Spanned<Percent>>,
}

shorthand!(Billing, "`on-demand`, or a mapping with `read` and `write`", |text| {
    (text == "on-demand").then(Billing::default)
});

/// The storage class of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TableClass {
    /// For tables in use.
    Standard,
    /// For tables that mostly lie there.
    InfrequentAccess,
}

component! {
    /// A bucket (S3). It is never public, and takes requests over TLS only.
    #[schemars(rename = "Bucket")]
    pub struct Bucket {
        /// Whether earlier versions of objects are kept. Default false.
        pub versions: Option<Spanned<bool>>,
        /// How objects are encrypted: `s3` (the default), `kms` (the key that AWS manages), or a key under `keys`.
        pub encrypt: Option<Spanned<BucketEncryption>>,
        /// After how long objects expire, by the beginning of their keys; at least 1d, in whole days.
        pub expire: Option<IndexMap<String, Spanned<Duration>>>,
        /// After how long objects move to a cheaper class, by the beginning of their keys.
        pub archive: Option<IndexMap<String, Archive>>,
        /// Which web pages may use it. Default none.
        pub cors: Option<Cors>,
        /// The bucket that gets its access logs.
        pub logs_to: Option<Spanned<Name>>,
        /// Whether it is a website: the documents for folders and for errors. Reached by way of CloudFront or
        /// another reader that its policy lets in; the bucket itself stays closed.
        pub website: Option<Website>,
        /// Whether objects cannot be deleted for a while, which needs `versions`.
        pub object_lock: Option<ObjectLock>,
        /// The ARN of the bucket that gets a copy of each object, which needs `versions`.
        pub replicate: Option<Replicate>,
        /// A resource policy as it is, beside that for TLS: a list of statements.
        pub policy: Option<Any>,
        /// Its physical name. Default: CloudFormation names it.
        pub name: Option<Spanned<String>>,
    }
}

/// The documents of a website.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Website {
    /// The document of a folder. Default `index.html`.
    pub index: Option<Spanned<String>>,
    /// The document for what is not there.
    pub error: Option<Spanned<String>>,
}

/// How long objects cannot be deleted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ObjectLock {
    /// For so many days after they were written.
    pub keep: Spanned<Duration>,
    /// `governance` (who may, can; the default) or `compliance` (nobody can).
    pub mode: Option<Spanned<LockMode>>,
}

/// Who can delete locked objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LockMode {
    /// Those with a permission of its own.
    Governance,
    /// Nobody.
    Compliance,
}

/// Where copies of objects go. A text stands for `to`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Replicate", transform = or_text)]
pub struct Replicate {
    /// The bucket: a name of this file, or an ARN.
    pub to: Spanned<String>,
    /// Only objects whose keys begin so.
    pub prefix: Option<Spanned<String>>,
}

shorthand!(Replicate, "the name or ARN of a bucket, or a mapping with `to`", |text| {
    (!text.is_empty()).then(|| Replicate { to: text.to_owned().into(), prefix: None })
});

/// A move to a cheaper storage class.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Archive {
    /// After how long, in whole days.
    pub after: Spanned<Duration>,
    /// The class. Default `glacier`.
    pub to: Option<StorageClass>,
}

/// A storage class of S3 that objects can move to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StorageClass {
    /// Rarely read, in several places.
    InfrequentAccess,
    /// Rarely read, in one place.
    OneZone,
    /// S3 finds out by itself.
    Intelligent,
    /// An archive that answers at once.
    GlacierInstant,
    /// An archive that answers within hours.
    Glacier,
    /// An archive that answers within a day or two.
    DeepArchive,
}
