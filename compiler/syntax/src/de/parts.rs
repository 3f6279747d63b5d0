//! The steps from a node into its parts: items, entries, keys, variants.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::access::NodeDeserializer;
use super::error::{Failure, Kind, Mend, Step};
use super::made_up::MadeUp;
use super::{Mended, address};
use crate::node::{Entry, Node};
use crate::spanned::{self, SPANNED};

/// The items of a list.
pub(super) struct Items<'a> {
    pub(super) items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    pub(super) mended: &'a Mended,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        for (i, node) in self.items.by_ref() {
            if self.mended.left_out.contains(&address(node)) {
                continue;
            }
            let value = seed.deserialize(NodeDeserializer::new(node, None, self.mended));
            return value
                .map(Some)
                .map_err(|failure| failure.mend(Mend::LeaveOut(address(node))).under(Step::Index(i)));
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a mapping.
pub(super) struct Entries<'a> {
    entries: std::slice::Iter<'a, Entry>,
    value: Option<&'a Entry>,
    node: &'a Node,
    mended: &'a Mended,
    made_up: std::slice::Iter<'a, (usize, &'static str)>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(node: &'a Node, entries: &'a [Entry], mended: &'a Mended) -> Self {
        Entries { entries: entries.iter(), value: None, node, mended, made_up: mended.made_up.iter() }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        for entry in self.entries.by_ref() {
            if self.mended.left_out.contains(&address(&entry.value)) {
                continue;
            }
            self.value = Some(entry);
            return seed
                .deserialize(KeyDeserializer(entry))
                .map(Some)
                .map_err(|failure| failure.at(entry.key_span).mend(Mend::LeaveOut(address(&entry.value))));
        }
        // Keys that are missing come last; that was reported, and the value is never used.
        for (mapping, key) in self.made_up.by_ref() {
            if *mapping == address(self.node) {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let Some(entry) = self.value.take() else {
            return seed.deserialize(MadeUp);
        };
        seed.deserialize(NodeDeserializer::new(&entry.value, Some(entry.key_span), self.mended)).map_err(
            |failure| {
                failure.mend(Mend::LeaveOut(address(&entry.value))).under(Step::Key(entry.key.to_string()))
            },
        )
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A key, which is always text.
pub(super) struct KeyDeserializer<'a>(&'a Entry);

impl<'de> Deserializer<'de> for KeyDeserializer<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(&self.0.key)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == SPANNED {
            spanned::pass_span(self.0.key_span);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let word: &str = &self.0.key;
        visitor.visit_enum(word.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant of an enum: a word, or the one key of a mapping with the contents as its value.
pub(super) struct Word<'a>(pub(super) NodeDeserializer<'a>, pub(super) Option<&'a Entry>);

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = Failure;
    type Variant = Contents<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Contents<'de>), Failure> {
        match self.1 {
            Some(entry) => {
                let variant = seed
                    .deserialize(KeyDeserializer(entry))
                    .map_err(|failure| failure.of_key().at(entry.key_span))?;
                Ok((variant, Contents(self.0, Some(entry))))
            }
            None => Ok((seed.deserialize(self.0)?, Contents(self.0, None))),
        }
    }
}

pub(super) struct Contents<'a>(NodeDeserializer<'a>, Option<&'a Entry>);

impl<'a> Contents<'a> {
    fn inner(&self, entry: &'a Entry) -> NodeDeserializer<'a> {
        NodeDeserializer::new(&entry.value, Some(entry.key_span), self.0.mended)
    }

    fn needs_mapping<T>(&self) -> Result<T, Failure> {
        let word = self.0.node.as_scalar().map_or("", |s| &s.text);
        Err(Failure::new(Kind::Type {
            wanted: format!("a mapping with the key `{word}`"),
            got: "the word alone".to_owned(),
        }))
    }

    fn under<T>(entry: &Entry, result: Result<T, Failure>) -> Result<T, Failure> {
        result.map_err(|failure| failure.under(Step::Key(entry.key.to_string())))
    }
}

impl<'de> VariantAccess<'de> for Contents<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.1 {
            Some(entry) => Self::under(entry, self.inner(entry).deserialize_unit(IgnoredAny)).map(|_| ()),
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        match self.1 {
            Some(entry) => Self::under(entry, seed.deserialize(self.inner(entry))),
            None => self.needs_mapping(),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        match self.1 {
            Some(entry) => Self::under(entry, self.inner(entry).deserialize_seq(visitor)),
            None => self.needs_mapping(),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.1 {
            Some(entry) => Self::under(entry, self.inner(entry).deserialize_map(visitor)),
            None => self.needs_mapping(),
        }
    }
}
