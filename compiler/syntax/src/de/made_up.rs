//! A stand-in for a value that is missing, so that reading finds out what else is wrong.

use serde::de::value::{MapDeserializer, SeqDeserializer, UnitDeserializer};
use serde::de::{Deserializer, Error, Visitor};

use super::error::Failure;

/// Deserializes into the plainest value of whatever is asked for. Where a type refuses that, the
/// error is silent: the value was reported as missing already.
pub(super) struct MadeUp;

macro_rules! plainest {
    ($($method:ident $visit:ident $value:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.$visit($value).map_err(Failure::silent)
        }
    )*};
}

impl<'de> Deserializer<'de> for MadeUp {
    type Error = Failure;

    plainest! {
        deserialize_any visit_str "";
        deserialize_bool visit_bool false;
        deserialize_i8 visit_u64 0;
        deserialize_i16 visit_u64 0;
        deserialize_i32 visit_u64 0;
        deserialize_i64 visit_u64 0;
        deserialize_i128 visit_u64 0;
        deserialize_u8 visit_u64 0;
        deserialize_u16 visit_u64 0;
        deserialize_u32 visit_u64 0;
        deserialize_u64 visit_u64 0;
        deserialize_u128 visit_u64 0;
        deserialize_f32 visit_f64 0.0;
        deserialize_f64 visit_f64 0.0;
        deserialize_char visit_char ' ';
        deserialize_str visit_str "";
        deserialize_string visit_str "";
        deserialize_bytes visit_str "";
        deserialize_byte_buf visit_str "";
        deserialize_identifier visit_str "";
        deserialize_seq visit_seq SeqDeserializer::new(std::iter::empty::<UnitDeserializer<Failure>>());
        deserialize_map visit_map MapDeserializer::new(std::iter::empty::<(&'static str, &'static str)>());
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_none().map_err(Failure::silent)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit().map_err(Failure::silent)
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
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self).map_err(Failure::silent)
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
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Failure> {
        Err(Failure::custom("no variant is plainer than the others").silent())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }
}
