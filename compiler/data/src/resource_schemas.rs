//! The schemas of CloudFormation's resource types: which properties there are, of which shape, and
//! which attributes a resource has once it exists.
//!
//! The table is one file: texts that every schema shares, an index of types, and one frame per
//! type, decoded when it is asked for (in the order of 10 µs; a caller that asks often keeps it).

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

static TABLE: &[u8] = include_bytes!("../tables/resource_schemas.bin");

/// A text of the table. Two are equal where their texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text(pub u32);

impl Text {
    /// The text; empty where the number is not of this table.
    pub fn as_str(self) -> &'static str {
        let texts = texts();
        let at = |i: u32| Some(u32::from_le_bytes(*texts.offsets.get(i as usize)?) as usize);
        let found = || texts.blob.get(at(self.0)?..at(self.0.checked_add(1)?)?);
        found().unwrap_or("")
    }
}

/// The texts of the table, one after the other, and where each starts.
struct Texts {
    blob: &'static str,
    offsets: &'static [[u8; 4]],
}

/// Looks the texts up once a run: that they are sound UTF-8 takes some 50 µs to see.
fn texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let count = text_count() as usize;
        let offsets = TABLE.get(HEADER..HEADER + (count + 1) * 4).unwrap_or_default().as_chunks().0;
        let start = blob_start();
        let end = number(HEADER + count * 4).map_or(start, |length| start + length as usize);
        let blob = TABLE.get(start..end).and_then(|blob| std::str::from_utf8(blob).ok()).unwrap_or("");
        Texts { blob, offsets }
    })
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The number of a node within its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// The shapes of value that a node takes, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Types(pub u8);

impl Types {
    /// Text.
    pub const STRING: Types = Types(1);
    /// A whole number.
    pub const INTEGER: Types = Types(2);
    /// Any number.
    pub const NUMBER: Types = Types(4);
    /// True or false.
    pub const BOOLEAN: Types = Types(8);
    /// A mapping.
    pub const OBJECT: Types = Types(16);
    /// A list.
    pub const ARRAY: Types = Types(32);

    /// True where the schema says nothing about the shape.
    pub fn is_any(self) -> bool {
        self.0 == 0
    }

    /// True where one of `other`'s shapes is taken, or any.
    pub fn takes(self, other: Types) -> bool {
        self.is_any() || self.0 & other.0 != 0
    }
}

/// A rule that a value must keep. The words are those of JSON Schema where it has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Constraint {
    /// Properties by name, sorted by name.
    Properties(Vec<(Text, NodeId)>),
    /// Properties by a pattern of the name.
    PatternProperties(Vec<(Text, NodeId)>),
    /// No properties beside those named.
    Closed,
    /// Properties that must be there.
    Required(Vec<Text>),
    /// What each item of a list is.
    Items(NodeId),
    /// The values allowed, as text.
    Enum(Vec<Text>),
    /// The values allowed, in any letter case.
    EnumIgnoringCase(Vec<Text>),
    /// A regular expression that must be found in the text.
    Pattern(Text),
    /// Fewest characters.
    MinLength(u64),
    /// Most characters.
    MaxLength(u64),
    /// Least number.
    Minimum(f64),
    /// Greatest number.
    Maximum(f64),
    /// Fewest items.
    MinItems(u64),
    /// Most items.
    MaxItems(u64),
    /// No item twice.
    UniqueItems,
    /// Fewest properties.
    MinProperties(u64),
    /// Most properties.
    MaxProperties(u64),
    /// Every one of these must hold.
    AllOf(Vec<NodeId>),
    /// At least one of these must hold.
    AnyOf(Vec<NodeId>),
    /// Exactly one of these must hold.
    OneOf(Vec<NodeId>),
    /// Exactly one of these properties.
    RequiredXor(Vec<Text>),
    /// At least one of these properties.
    RequiredOr(Vec<Text>),
    /// Properties that bring others with them.
    DependentRequired(Vec<(Text, Vec<Text>)>),
    /// Properties that rule out others.
    DependentExcluded(Vec<(Text, Vec<Text>)>),
    /// What the text is, such as `date-time` or `AWS::IAM::Role.Arn`.
    Format(Text),
    /// A rule of a kind that this table does not carry.
    Unchecked,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Node {
    /// The shapes it may have.
    pub types: Types,
    /// What else must hold.
    pub constraints: Vec<Constraint>,
}

impl Node {
    /// The node of a property, if it is named. Patterns of names are not looked at.
    pub fn property(&self, name: &str) -> Option<NodeId> {
        self.constraints.iter().find_map(|c| match c {
            Constraint::Properties(properties) => properties
                .binary_search_by(|(text, _)| text.as_str().cmp(name))
                .ok()
                .and_then(|i| properties.get(i))
                .map(|(_, node)| *node),
            _ => None,
        })
    }
}

/// The schema of a resource type.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Schema {
    /// The nodes; the first is that of `Properties`.
    pub nodes: Vec<Node>,
    /// Attributes for `Fn::GetAtt`, sorted, with dots; `*` stands for any text.
    pub attributes: Vec<Text>,
    /// Properties that AWS sets, with dots; `*` stands for any item.
    pub read_only: Vec<Text>,
    /// Properties whose change replaces the resource.
    pub create_only: Vec<Text>,
    /// Properties that cannot be read back.
    pub write_only: Vec<Text>,
    /// The properties that together name the resource.
    pub primary_identifier: Vec<Text>,
}

impl Schema {
    /// The node of `Properties`.
    pub const ROOT: NodeId = NodeId(0);

    /// A node by its number; one that takes anything where the number is not of this schema.
    pub fn node(&self, id: NodeId) -> &Node {
        static ANYTHING: Node = Node { types: Types(0), constraints: Vec::new() };
        self.nodes.get(id.0 as usize).unwrap_or(&ANYTHING)
    }

    /// True where `Fn::GetAtt` may ask for the attribute.
    pub fn has_attribute(&self, name: &str) -> bool {
        self.attributes.iter().any(|a| attribute_matches(a.as_str(), name))
    }
}

/// `Outputs.*` fits `Outputs.TableName`; other attributes fit themselves.
fn attribute_matches(attribute: &str, name: &str) -> bool {
    match attribute.split_once('*') {
        None => attribute == name,
        Some((before, after)) => {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
    }
}

/// Bytes before the offsets of the texts: the number of texts, and of types.
const HEADER: usize = 8;

fn number(at: usize) -> Option<u32> {
    let bytes = TABLE.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn text_count() -> u32 {
    number(0).unwrap_or(0)
}

fn type_count() -> usize {
    number(4).unwrap_or(0) as usize
}

/// Where the rows of the index start: text number of the name, start of the frame.
fn index_start() -> usize {
    HEADER + (text_count() as usize + 1) * 4
}

/// Where the texts start: after the rows, and the end of the last frame.
fn blob_start() -> usize {
    index_start() + type_count() * 8 + 4
}

fn type_name(i: usize) -> &'static str {
    number(index_start() + i * 8).map_or("", |n| Text(n).as_str())
}

/// The types that have a schema, sorted.
pub fn types() -> impl Iterator<Item = &'static str> {
    (0..type_count()).map(type_name)
}

/// The number of a type in the sorted list, to keep its schema under.
pub fn position(resource_type: &str) -> Option<usize> {
    let (mut low, mut high) = (0, type_count());
    while low < high {
        let middle = low + (high - low) / 2;
        match type_name(middle).cmp(resource_type) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The schema of a resource type, such as `AWS::Lambda::Function`.
pub fn schema(resource_type: &str) -> Option<Schema> {
    let row = index_start() + position(resource_type)? * 8;
    let texts_end = blob_start() + number(HEADER + text_count() as usize * 4)? as usize;
    // The start of the next type's frame, or after the last row the end of all, is this one's end.
    let (start, next) = (number(row + 4)? as usize, row + 12);
    let end = if next < blob_start() - 4 { number(next)? } else { number(blob_start() - 4)? } as usize;
    postcard::from_bytes(TABLE.get(texts_end + start..texts_end + end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_its_properties() {
        let schema = schema("AWS::Lambda::Function").unwrap();
        let root = schema.node(Schema::ROOT);
        assert_eq!(root.types, Types::OBJECT);
        let timeout = schema.node(root.property("Timeout").unwrap());
        assert_eq!(timeout.types, Types::INTEGER);
        assert!(timeout.constraints.contains(&Constraint::Minimum(1.0)));
        assert_eq!(root.property("Runtme"), None);
        assert!(schema.has_attribute("Arn"));
        assert!(!schema.has_attribute("Name"));
        assert_eq!(schema.primary_identifier[0].as_str(), "FunctionName");
    }

    #[test]
    fn every_type_decodes_and_refers_to_its_own_nodes() {
        let mut last = "";
        let mut nodes = 0;
        for name in types() {
            assert!(last < name, "{last} {name}");
            last = name;
            let schema = schema(name).unwrap();
            let in_range = |id: &NodeId| assert!((id.0 as usize) < schema.nodes.len(), "{name}");
            nodes += schema.nodes.len();
            for constraint in schema.nodes.iter().flat_map(|n| &n.constraints) {
                match constraint {
                    Constraint::Properties(p) | Constraint::PatternProperties(p) => {
                        p.iter().for_each(|(text, id)| {
                            assert!(!text.as_str().is_empty(), "{name}");
                            in_range(id);
                        });
                    }
                    Constraint::Items(id) => in_range(id),
                    Constraint::AllOf(ids) | Constraint::AnyOf(ids) | Constraint::OneOf(ids) => {
                        ids.iter().for_each(in_range);
                    }
                    _ => {}
                }
            }
        }
        assert!(types().count() > 1800 && nodes > 30_000, "{nodes}");
    }

    #[test]
    fn outputs_of_a_nested_stack_have_any_name() {
        assert!(schema("AWS::CloudFormation::Stack").unwrap().has_attribute("Outputs.TableName"));
    }

    #[test]
    fn unknown_names_are_not_found() {
        assert!(schema("AWS::Lambda::Functions").is_none());
        assert_eq!(Text(u32::MAX).as_str(), "");
    }
}
