//! The deserializer over a node, and the steps into its parts.

use samc_base::Span;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::error::{Failure, Kind, Mend, Step};
use super::made_up::MadeUp;
use super::{Mended, address, scalar};
use crate::node::{Entry, Node, NodeKind};
use crate::spanned::{self, NODE, SPANNED};

/// A node on its way into a value.
#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'a> {
    node: &'a Node,
    /// The key whose value it is; errors about what is missing inside belong there.
    owner: Option<Span>,
    mended: &'a Mended,
}

impl<'a> NodeDeserializer<'a> {
    pub(super) fn new(node: &'a Node, owner: Option<Span>, mended: &'a Mended) -> Self {
        NodeDeserializer { node, owner, mended }
    }

    /// Gives an error its place, unless it comes from further inside.
    fn place<T>(self, result: Result<T, Failure>) -> Result<T, Failure> {
        result.map_err(|failure| {
            let Kind::MissingKey(name) = *failure.kind() else { return failure.at(self.node.span) };
            if failure.is_placed() {
                return failure;
            }
            let failure = failure
                .at(self.owner.unwrap_or_else(|| self.begin()))
                .mend(Mend::MakeUp(address(self.node), name));
            if self.is_excused(name) { failure.silent() } else { failure }
        })
    }

    /// True where a key is missing because its entry was left out, or because it was misspelt; both
    /// have been reported.
    fn is_excused(self, name: &str) -> bool {
        let mut left_out = self
            .node
            .as_mapping()
            .unwrap_or_default()
            .iter()
            .filter(|e| self.mended.left_out.contains(&address(&e.value)));
        left_out.any(|e| &*e.key == name || samc_base::nearest(&e.key, [name]).is_some())
    }

    /// The first key of a mapping: to underline all of a long one says nothing.
    fn begin(self) -> Span {
        let first = self.node.as_mapping().and_then(|entries| entries.first());
        first.map_or(self.node.span, |entry| entry.key_span)
    }

    fn refuse_tag(self) -> Result<(), Failure> {
        match &self.node.tag {
            Some(tag) => Err(Failure::new(Kind::Tag(tag.text.to_string())).at(tag.span)),
            None => Ok(()),
        }
    }

    fn list<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            NodeKind::Sequence(items) => {
                visitor.visit_seq(Items { items: items.iter().enumerate(), mended: self.mended })
            }
            NodeKind::Scalar(_) | NodeKind::Mapping(_) => Err(scalar::wrong(self.node, "a list")),
        }
    }

    fn map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            NodeKind::Mapping(entries) => visitor.visit_map(Entries::new(self.node, entries, self.mended)),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) => Err(scalar::wrong(self.node, "a mapping")),
        }
    }
}

macro_rules! integers {
    ($($method:ident $type:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.refuse_tag()?;
            let limits = ($type::MIN as i128, i128::try_from($type::MAX).unwrap_or(i128::MAX));
            self.place(scalar::integer(self.node, limits, visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = Failure;

    integers! {
        deserialize_i8 i8;
        deserialize_i16 i16;
        deserialize_i32 i32;
        deserialize_i64 i64;
        deserialize_i128 i128;
        deserialize_u8 u8;
        deserialize_u16 u16;
        deserialize_u32 u32;
        deserialize_u64 u64;
        deserialize_u128 u128;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        let result = match &self.node.kind {
            NodeKind::Scalar(s) => scalar::any(s, visitor),
            NodeKind::Sequence(_) => self.list(visitor),
            NodeKind::Mapping(_) => self.map(visitor),
        };
        self.place(result)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        self.place(scalar::bool(self.node, visitor))
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        self.place(scalar::float(self.node, visitor))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        self.place(scalar::string(self.node, visitor))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let nothing = self.node.tag.is_none() && self.node.as_scalar().is_some_and(|s| s.is_null());
        let result = if nothing { visitor.visit_none() } else { visitor.visit_some(self) };
        self.place(result)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        self.place(scalar::unit(self.node, visitor))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match name {
            SPANNED => spanned::pass_span(self.node.span),
            NODE => spanned::pass_node(self.node.clone()),
            _ => {}
        }
        self.place(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        self.place(self.list(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        self.place(self.map(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.refuse_tag()?;
        let result = match &self.node.kind {
            NodeKind::Scalar(s) if !s.is_null() => visitor.visit_enum(Word(self, None)),
            NodeKind::Mapping(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Word(self, Some(entry))),
                entries => {
                    let got = format!("{} keys", entries.len());
                    Err(Failure::new(Kind::Range { got, wanted: "exactly one key".to_owned() }))
                }
            },
            NodeKind::Scalar(_) | NodeKind::Sequence(_) => {
                Err(scalar::wrong(self.node, &format!("one of {}", variants.join(", "))))
            }
        };
        self.place(result)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

/// The items of a list.
struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    mended: &'a Mended,
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
struct Entries<'a> {
    entries: std::slice::Iter<'a, Entry>,
    value: Option<&'a Entry>,
    node: &'a Node,
    mended: &'a Mended,
    made_up: std::slice::Iter<'a, (usize, &'static str)>,
}

impl<'a> Entries<'a> {
    fn new(node: &'a Node, entries: &'a [Entry], mended: &'a Mended) -> Self {
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
struct KeyDeserializer<'a>(&'a Entry);

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
struct Word<'a>(NodeDeserializer<'a>, Option<&'a Entry>);

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

struct Contents<'a>(NodeDeserializer<'a>, Option<&'a Entry>);

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
