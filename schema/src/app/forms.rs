//! The forms values may take: a scalar in place of a mapping, one thing in place of a list, and the
//! keys that every component has.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use samc_base::Span;
use samc_syntax::{Node, Spanned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::compliance::Compliance;
use super::scalars::{LogicalName, Name};

/// Tags of AWS resources: at most 50, keys of at most 128 and values of at most 256 characters.
pub type Tags = IndexMap<String, Spanned<String>>;

/// A condition of CloudFormation: the component is made only where a parameter has a value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct When {
    /// The name of a parameter declared under `params`.
    pub param: Spanned<Name>,
    /// The value that the parameter must have, as text.
    pub equals: Spanned<String>,
}

/// The keys that every kind of component has, as a view.
#[derive(Debug, Clone, Copy)]
pub struct Common<'a> {
    /// Its logical id, where it is given.
    pub id: Option<&'a Spanned<LogicalName>>,
    /// The earlier name, which the logical id is still made from.
    pub was: Option<&'a Spanned<Name>>,
    /// The condition it is made under.
    pub when: Option<&'a Spanned<When>>,
    /// Its own tags.
    pub tags: Option<&'a Tags>,
    /// Whether it survives the deletion of the stack.
    pub protect: Option<bool>,
    /// What it must comply with.
    pub compliance: Option<&'a Spanned<Compliance>>,
}

/// A kind of component.
pub trait Component {
    /// The keys that every kind has.
    fn common(&self) -> Common<'_>;
}

/// Declares the struct of a component with its own keys and those that every component has.
///
/// `short` takes a function from the text that may stand for the whole mapping.
macro_rules! component {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Its logical id, for what is deployed under that one already. Default: made from its name.
            pub id: Option<samc_syntax::Spanned<$crate::app::LogicalName>>,
            /// The name it had before. Its logical id is still made from that one, so that a new name
            /// does not replace what is deployed.
            pub was: Option<samc_syntax::Spanned<$crate::app::Name>>,
            /// The stages in which it exists. Left out: all.
            pub only: Option<Vec<$crate::app::Name>>,
            /// The stages in which it does not exist.
            pub not: Option<Vec<$crate::app::Name>>,
            /// A condition on a parameter: it is made only where the condition holds at deployment.
            pub when: Option<samc_syntax::Spanned<$crate::app::When>>,
            /// Tags of its resources, beside those of the whole file.
            pub tags: Option<$crate::app::Tags>,
            /// Keeps its main resource when it is taken out or the stack is deleted. True for tables
            /// and buckets of production stages, else false.
            pub protect: Option<samc_syntax::Spanned<bool>>,
            /// A note for people; nothing is made of it.
            pub note: Option<String>,
            /// What it must comply with, beside what the file says for all: a list of programmes, or a mapping.
            pub compliance: Option<samc_syntax::Spanned<$crate::app::Compliance>>,
        }

        impl $crate::app::Component for $name {
            fn common(&self) -> $crate::app::Common<'_> {
                $crate::app::Common {
                    id: self.id.as_ref(),
                    was: self.was.as_ref(),
                    when: self.when.as_ref(),
                    tags: self.tags.as_ref(),
                    protect: self.protect.as_ref().map(|p| p.value),
                    compliance: self.compliance.as_ref(),
                }
            }
        }
    };
}
pub(crate) use component;

/// Makes `Deserialize` for a type whose mapping a text may stand for. The type derives serde's
/// `Deserialize` with `remote = "Self"`, which gives the way for the mapping.
macro_rules! shorthand {
    ($type:ident, $wanted:literal, |$text:ident| $make:expr) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visit;

                impl<'de> serde::de::Visitor<'de> for Visit {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($wanted)
                    }

                    fn visit_str<E: serde::de::Error>(self, $text: &str) -> Result<$type, E> {
                        let made: Option<$type> = $make;
                        made.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str($text), &self))
                    }

                    fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<$type, E> {
                        let $text: &str = &n.to_string();
                        let made: Option<$type> = $make;
                        made.ok_or_else(|| E::invalid_type(serde::de::Unexpected::Unsigned(n), &self))
                    }

                    fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<$type, E> {
                        let $text: &str = &n.to_string();
                        let made: Option<$type> = $make;
                        made.ok_or_else(|| E::invalid_type(serde::de::Unexpected::Signed(n), &self))
                    }

                    fn visit_f64<E: serde::de::Error>(self, n: f64) -> Result<$type, E> {
                        let $text: &str = &n.to_string();
                        let made: Option<$type> = $make;
                        made.ok_or_else(|| E::invalid_type(serde::de::Unexpected::Float(n), &self))
                    }

                    fn visit_bool<E: serde::de::Error>(self, b: bool) -> Result<$type, E> {
                        let $text: &str = if b { "true" } else { "false" };
                        let made: Option<$type> = $make;
                        made.ok_or_else(|| E::invalid_type(serde::de::Unexpected::Bool(b), &self))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        $type::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_any(Visit)
            }
        }
    };
}
pub(crate) use shorthand;

/// What the text of a shorthand must look like: a key that types leave for [`or_text`].
const PATTERN: &str = "x-text-pattern";
/// The words that it may be.
const WORDS: &str = "x-text-words";

/// Turns the schema of a mapping into that of a text or the mapping, for shorthands.
///
/// One schema with two types tells an editor exactly what is wrong, where `anyOf` has to guess which of
/// its forms was meant; only words need a form of their own, so that they are offered.
pub(crate) fn or_text(schema: &mut Schema) {
    let pattern = schema.remove(PATTERN);
    if let Some(words) = schema.remove(WORDS) {
        or(schema, serde_json::json!({"enum": words}));
        return;
    }
    or_type(schema, "string");
    if let Some(pattern) = pattern {
        schema.insert("pattern".to_owned(), pattern);
    }
}

/// Turns the schema of a mapping into that of a text, a number, true, false or the mapping.
pub(crate) fn or_scalar(schema: &mut Schema) {
    schema.insert("type".to_owned(), serde_json::json!(["string", "number", "boolean", "object"]));
}

/// Turns the schema of a mapping into that of a whole number or the mapping.
pub(crate) fn or_integer(schema: &mut Schema) {
    or_type(schema, "integer");
    schema.insert("minimum".to_owned(), 0.into());
}

/// Turns the schema of a mapping into that of true, false or the mapping.
pub(crate) fn or_bool(schema: &mut Schema) {
    or_type(schema, "boolean");
}

/// Turns the schema of a mapping into that of `false`, a name or the mapping.
pub(crate) fn or_false_or_text(schema: &mut Schema) {
    or(schema, serde_json::json!({"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"}));
    if let Some(forms) = schema.get_mut("anyOf").and_then(|f| f.as_array_mut()) {
        forms.insert(0, serde_json::json!({"const": false}));
    }
}

/// Lets a value be of another type than a mapping; what is said of each type holds for it alone.
fn or_type(schema: &mut Schema, other: &str) {
    schema.insert("type".to_owned(), serde_json::json!([other, "object"]));
}

/// Turns the schema of a mapping into that of something else or the mapping.
pub(crate) fn or(schema: &mut Schema, other: serde_json::Value) {
    let mut mapping = schema.clone().to_value();
    let description = mapping.as_object_mut().and_then(|m| m.remove("description"));
    *schema = json_schema!({"anyOf": [other, mapping]});
    if let Some(description) = description {
        schema.insert("description".to_owned(), description);
    }
}

/// One thing, or a list of them.
#[derive(Debug, Clone)]
pub enum OneOrMany<T> {
    /// Written without a list.
    One(Box<T>),
    /// Written as a list; each knows its place.
    Many(Vec<Spanned<T>>),
}

impl<T> OneOrMany<T> {
    /// Each with its place; `own` is the place of the whole.
    pub fn items(&self, own: Option<Span>) -> Vec<Spanned<&T>> {
        match self {
            OneOrMany::One(one) => vec![Spanned::new(&**one, own)],
            OneOrMany::Many(many) => many.iter().map(Spanned::as_ref).collect(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Visit<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one or a list")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let inner: StrDeserializer<'_, E> = text.into_deserializer();
                T::deserialize(inner).map(|one| OneOrMany::One(Box::new(one)))
            }

            // Numbers and truth values are texts wherever a text will do.
            fn visit_bool<E: Error>(self, b: bool) -> Result<Self::Value, E> {
                self.visit_str(&b.to_string())
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<Self::Value, E> {
                self.visit_str(&n.to_string())
            }

            fn visit_i64<E: Error>(self, n: i64) -> Result<Self::Value, E> {
                self.visit_str(&n.to_string())
            }

            fn visit_f64<E: Error>(self, n: f64) -> Result<Self::Value, E> {
                self.visit_str(&n.to_string())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMany::One(Box::new(one)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut many = Vec::new();
                while let Some(item) = items.next_element()? {
                    many.push(item);
                }
                Ok(OneOrMany::Many(many))
            }
        }

        deserializer.deserialize_any(Visit(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}OrList", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({"anyOf": [one, {"type": "array", "items": one}]})
    }
}

/// `false`, or a value.
#[derive(Debug, Clone)]
pub enum Off<T> {
    /// `false`: there is none.
    Off,
    /// The value.
    On(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Off<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Visit<T> {
            type Value = Off<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`false` or a value")
            }

            fn visit_bool<E: Error>(self, b: bool) -> Result<Self::Value, E> {
                if b {
                    return Err(E::invalid_value(serde::de::Unexpected::Bool(b), &self));
                }
                Ok(Off::Off)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let inner: StrDeserializer<'_, E> = text.into_deserializer();
                T::deserialize(inner).map(Off::On)
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<Self::Value, E> {
                T::deserialize(IntoDeserializer::<E>::into_deserializer(n)).map(Off::On)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Off::On)
            }
        }

        deserializer.deserialize_any(Visit(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Off<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}OrFalse", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({"anyOf": [{"const": false}, value]})
    }
}

/// Any value of YAML, kept as written with its places.
pub type Any = Node;
