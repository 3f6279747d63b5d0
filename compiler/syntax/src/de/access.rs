//! The deserializer over a node.

use samc_base::Span;
use serde::de::{Deserializer, Visitor};

use super::error::{Failure, Kind, Mend};
use super::parts::{Entries, Items, Word};
use super::{Mended, address, scalar};
use crate::node::{Node, NodeKind};
use crate::spanned::{self, NODE, SPANNED};

/// A node on its way into a value.
#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'a> {
    pub(super) node: &'a Node,
    /// The key whose value it is; errors about what is missing inside belong there.
    owner: Option<Span>,
    pub(super) mended: &'a Mended,
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
