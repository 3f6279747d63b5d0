//! The keys of a serverless.yml and what they take: the schema that osls checks a service by, in parts that are read
//! when a service comes to them.

use std::fmt;
use std::sync::OnceLock;

use regex_lite::Regex;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

const TABLE: &str = include_str!("../tables/serverless_keys.txt");

/// What may stand at one place.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    /// The type; none where any fits.
    #[serde(rename = "type")]
    pub kind: Option<Type>,
    /// The only values; none where all of the type do.
    #[serde(rename = "enum")]
    pub values: Vec<Value>,
    /// True where the letter case of those values does not matter.
    pub any_case: bool,
    /// What texts look like.
    pub pattern: Option<Pattern>,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The greatest number.
    pub maximum: Option<f64>,
    /// The fewest characters.
    pub min_length: Option<usize>,
    /// The most characters.
    pub max_length: Option<usize>,
    /// The fewest items.
    pub min_items: Option<usize>,
    /// The most items.
    pub max_items: Option<usize>,
    /// What each item is.
    pub items: Option<Use>,
    /// Keys that must be there.
    pub required: Vec<String>,
    /// What the keys hold.
    pub properties: Members<String>,
    /// What keys of a form hold.
    pub pattern_properties: Members<Pattern>,
    /// What all other keys hold; none where they may hold anything.
    pub additional_properties: Option<Use>,
    /// Parts of which one must fit; none where nothing more is asked.
    pub any_of: Vec<Use>,
    /// Parts which must all fit.
    pub all_of: Vec<Use>,
}

impl Part {
    /// What a key holds that has its own name here.
    pub fn property(&'static self, key: &str) -> Option<&'static Part> {
        self.properties.0.iter().find(|(name, _)| name == key).and_then(|(_, part)| part.part())
    }

    /// The keys that have a name here.
    pub fn keys(&'static self) -> impl Iterator<Item = &'static str> {
        self.properties.0.iter().map(|(name, _)| name.as_str())
    }
}

/// A type of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// Text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// A mapping.
    Object,
    /// An intrinsic function.
    Call,
}

impl Type {
    const ALL: [(&'static str, Type); 7] = [
        ("string", Type::String),
        ("number", Type::Number),
        ("integer", Type::Integer),
        ("boolean", Type::Boolean),
        ("array", Type::Array),
        ("object", Type::Object),
        ("call", Type::Call),
    ];
}

/// A part where it is used.
#[derive(Debug)]
pub enum Use {
    /// Nothing fits.
    Nothing,
    /// The part under a name, or of a word for a type.
    Named(String),
    /// A part that is used here only.
    Inline(Box<Part>),
}

impl Use {
    /// The part; none where nothing fits.
    pub fn part(&'static self) -> Option<&'static Part> {
        match self {
            Use::Nothing => None,
            Use::Named(name) => part(name),
            Use::Inline(part) => Some(part),
        }
    }
}

/// Parts by key.
#[derive(Debug)]
pub struct Members<K>(pub Vec<(K, Use)>);

impl<K> Default for Members<K> {
    fn default() -> Self {
        Members(Vec::new())
    }
}

/// A regular expression, which is put together when a text is held against it.
#[derive(Debug)]
pub struct Pattern {
    /// As it is written.
    pub text: String,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// True for a text that is of the form.
    pub fn fits(&self, text: &str) -> bool {
        self.regex
            .get_or_init(|| Regex::new(&self.text).ok())
            .as_ref()
            .is_none_or(|regex| regex.is_match(text))
    }
}

/// What a whole service is.
pub fn service() -> &'static Part {
    part("service").unwrap_or_else(|| word(None))
}

struct Line {
    name: &'static str,
    json: &'static str,
    part: OnceLock<Part>,
}

fn lines() -> &'static [Line] {
    static LINES: OnceLock<Vec<Line>> = OnceLock::new();
    LINES.get_or_init(|| {
        let fields = TABLE.lines().filter_map(|line| line.split_once('\t'));
        fields.map(|(name, json)| Line { name, json, part: OnceLock::new() }).collect()
    })
}

fn part(name: &str) -> Option<&'static Part> {
    if let Some((_, kind)) = Type::ALL.iter().find(|(word, _)| *word == name) {
        return Some(word(Some(*kind)));
    }
    if name == "any" {
        return Some(word(None));
    }
    let lines = lines();
    let line = &lines[lines.binary_search_by(|line| line.name.cmp(name)).ok()?];
    // A line that cannot be read asks for nothing; a test reads them all.
    Some(line.part.get_or_init(|| serde_json::from_str(line.json).unwrap_or_default()))
}

/// The part that is nothing but a type, or anything.
fn word(kind: Option<Type>) -> &'static Part {
    static WORDS: OnceLock<Vec<Part>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let kinds = Type::ALL.iter().map(|(_, kind)| Some(*kind)).chain([None]);
        kinds.map(|kind| Part { kind, ..Part::default() }).collect()
    });
    let place = Type::ALL.iter().position(|(_, known)| Some(*known) == kind);
    &words[place.unwrap_or(Type::ALL.len())]
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Pattern { text: String::deserialize(deserializer)?, regex: OnceLock::new() })
    }
}

impl<'de> Deserialize<'de> for Use {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Use;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part, the name of one, or false")
            }

            fn visit_bool<E: Error>(self, is_open: bool) -> Result<Use, E> {
                Ok(if is_open { Use::Named("any".to_owned()) } else { Use::Nothing })
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Use, E> {
                Ok(Use::Named(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Use, A::Error> {
                let part = Part::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Use::Inline(Box::new(part)))
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl<'de, K: Deserialize<'de>> Deserialize<'de> for Members<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K>(std::marker::PhantomData<K>);
        impl<'de, K: Deserialize<'de>> Visitor<'de> for Entries<K> {
            type Value = Members<K>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parts by key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<K>, A::Error> {
                let mut members = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    members.push(entry);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Entries(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(part: &'static Part, depth: usize, patterns: &mut Vec<&'static str>) {
        assert!(depth < 40, "parts go round in a circle");
        let mut regex = |pattern: &'static Pattern| {
            assert!(Regex::new(&pattern.text).is_ok(), "{}", pattern.text);
            patterns.push(&pattern.text);
        };
        part.pattern.iter().for_each(&mut regex);
        part.pattern_properties.0.iter().for_each(|(pattern, _)| regex(pattern));
        let uses = part.properties.0.iter().map(|(_, used)| used);
        let uses = uses.chain(part.pattern_properties.0.iter().map(|(_, used)| used));
        let uses = uses.chain(&part.additional_properties).chain(&part.items).chain(&part.any_of);
        for used in uses.chain(&part.all_of) {
            match used.part() {
                Some(part) => visit(part, depth + 1, patterns),
                None => assert!(matches!(used, Use::Nothing), "{used:?} is no line"),
            }
        }
    }

    #[test]
    fn every_line_can_be_read_and_every_name_is_one() {
        for line in lines() {
            assert!(serde_json::from_str::<Part>(line.json).is_ok(), "{}", line.name);
        }
        assert!(lines().is_sorted_by_key(|line| line.name));
        let mut patterns = Vec::new();
        visit(service(), 0, &mut patterns);
        assert!(patterns.len() > 100, "{}", patterns.len());
    }

    #[test]
    fn a_function_has_its_keys() {
        let functions = service().property("functions").unwrap();
        let function = functions.pattern_properties.0[0].1.part().unwrap();
        assert_eq!(function.property("memorySize").unwrap().maximum, Some(10240.0));
        assert!(function.property("memorysize").is_none());
        assert!(
            functions.pattern_properties.0[0].0.fits("hello")
                && !functions.pattern_properties.0[0].0.fits("a b")
        );
    }
}
