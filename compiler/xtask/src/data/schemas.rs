//! The table of resource schemas: what cfn-lint's copies of AWS's schemas say, without prose.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use samc_data::resource_schemas::{Constraint, Node, NodeId, Schema, Text, Types};
use serde_json::{Map, Value};

use super::Table;
use super::attributes::Exceptions;
use super::packages::{CFN_LINT, Packages};
use crate::Failure;

const FOLDER: &str = "cfnlint/data/schemas";

/// Texts by number, most used first, so that the numbers in the frames are short.
#[derive(Default)]
struct Texts {
    uses: BTreeMap<String, usize>,
    numbers: HashMap<String, u32>,
}

impl Texts {
    /// The number of a text; in the counting pass any number will do.
    fn number(&mut self, text: &str) -> Text {
        if let Some(number) = self.numbers.get(text) {
            return Text(*number);
        }
        *self.uses.entry(text.to_owned()).or_default() += 1;
        Text(0)
    }

    /// Ends the counting pass and gives the texts in the order of their numbers.
    fn settle(&mut self) -> Vec<String> {
        let mut order: Vec<(String, usize)> = std::mem::take(&mut self.uses).into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let texts: Vec<String> = order.into_iter().map(|(text, _)| text).collect();
        self.numbers = texts.iter().enumerate().map(|(i, t)| (t.clone(), i as u32)).collect();
        texts
    }
}

/// Builds the table. Types come from us-east-1; those it lacks, from the first region that has them.
pub(super) fn resource_schemas(packages: &Packages) -> Result<Table, Failure> {
    let mut inputs = Vec::new();
    let mut chosen: BTreeMap<String, String> = BTreeMap::new();
    let mut regions = packages.files(&format!("{FOLDER}/providers"), "json")?;
    regions.sort_by_key(|path| !path.ends_with("us-east-1.json"));
    for region in regions.into_iter().filter(|path| !path.ends_with("sam.json")) {
        for (name, hash) in packages.json(&region)?.as_object().ok_or("a list of types is no object")? {
            let hash = hash.as_str().ok_or("a type without the name of its file")?;
            chosen.entry(name.clone()).or_insert_with(|| hash.to_owned());
        }
        inputs.push(region);
    }
    let exceptions = Exceptions::read(packages)?;
    inputs.push(PathBuf::from(Exceptions::INPUT));
    let mut schemas = Vec::new();
    for (name, hash) in &chosen {
        let path = PathBuf::from(format!("{FOLDER}/resources/{hash}.json"));
        schemas.push((name.as_str(), packages.json(&path)?));
        inputs.push(path);
    }
    let mut texts = Texts::default();
    frames(&schemas, &exceptions, &mut texts)?;
    let order = texts.settle();
    let frames = frames(&schemas, &exceptions, &mut texts)?;
    let version = packages.json(format!("{FOLDER}/version.json"))?;
    let as_of = version["schema_date"].as_str().and_then(|date| date.get(..10)).map(str::to_owned);
    let contents = write(&order, &frames)?;
    Ok(Table { file: "resource_schemas.bin", pin: &CFN_LINT, inputs, as_of, contents })
}

type Frame = (Text, Vec<u8>);

fn frames(
    schemas: &[(&str, Value)],
    exceptions: &Exceptions,
    texts: &mut Texts,
) -> Result<Vec<Frame>, Failure> {
    schemas
        .iter()
        .map(|(name, json)| {
            let schema =
                Reader { json, texts, nodes: Vec::new(), seen: HashMap::new(), named: HashMap::new() }
                    .schema(exceptions.attributes(name, json));
            Ok((texts.number(name), postcard::to_stdvec(&schema)?))
        })
        .collect()
}

/// Numbers of texts and types, offsets of texts, rows of the index, texts, frames.
fn write(texts: &[String], frames: &[Frame]) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut put = |n: usize| -> Result<(), Failure> {
        out.extend(u32::try_from(n)?.to_le_bytes());
        Ok(())
    };
    put(texts.len())?;
    put(frames.len())?;
    let mut offset = 0;
    for text in texts {
        put(offset)?;
        offset += text.len();
    }
    put(offset)?;
    let mut offset = 0;
    for (name, frame) in frames {
        put(name.0 as usize)?;
        put(offset)?;
        offset += frame.len();
    }
    put(offset)?;
    texts.iter().for_each(|text| out.extend(text.as_bytes()));
    frames.iter().for_each(|(_, frame)| out.extend(frame));
    Ok(out)
}

/// Text, whole numbers, numbers, truth values, mappings and lists.
const ALL_SHAPES: u8 = 0b11_1111;

/// Turns one schema into nodes.
struct Reader<'a> {
    json: &'a Value,
    texts: &'a mut Texts,
    nodes: Vec<Node>,
    /// Nodes by their encoding, so that equal ones are kept once.
    seen: HashMap<Vec<u8>, NodeId>,
    /// Nodes of definitions; they may refer to themselves.
    named: HashMap<String, NodeId>,
}

impl Reader<'_> {
    fn schema(mut self, attributes: BTreeSet<String>) -> Schema {
        self.nodes.push(Node::default());
        // The schema of a resource leaves out that properties are a mapping.
        let root = self.build(self.json);
        self.nodes[0] = Node { types: Types::OBJECT, ..root };
        let attributes = attributes.iter().map(|a| self.texts.number(a)).collect();
        let mut pointers = |key: &str| -> Vec<Text> {
            let list = self.json[key].as_array().map_or(&[][..], Vec::as_slice);
            let dotted = |p: &Value| Some(p.as_str()?.strip_prefix("/properties/")?.replace('/', "."));
            list.iter().filter_map(dotted).map(|p| self.texts.number(&p)).collect()
        };
        let (read_only, create_only) = (pointers("readOnlyProperties"), pointers("createOnlyProperties"));
        let (write_only, primary_identifier) =
            (pointers("writeOnlyProperties"), pointers("primaryIdentifier"));
        Schema { nodes: self.nodes, attributes, read_only, create_only, write_only, primary_identifier }
    }

    fn node(&mut self, json: &Value) -> NodeId {
        if let Some(pointer) = json["$ref"].as_str() {
            return self.definition(pointer);
        }
        let node = self.build(json);
        // A node is encoded with numbers of other nodes, so equal encodings are equal rules.
        let key = postcard::to_stdvec(&node).unwrap_or_default();
        // In the counting pass every text has one number: nodes must not be taken for equal then.
        let counting = self.texts.numbers.is_empty();
        if let (Some(id), false) = (self.seen.get(&key), counting) {
            return *id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node);
        self.seen.insert(key, id);
        id
    }

    fn definition(&mut self, pointer: &str) -> NodeId {
        if let Some(id) = self.named.get(pointer) {
            return *id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node::default());
        self.named.insert(pointer.to_owned(), id);
        let json = pointer.strip_prefix('#').and_then(|p| self.json.pointer(p)).unwrap_or(&Value::Null);
        let node = match json["$ref"].as_str() {
            // A definition that is only another name.
            Some(other) => {
                let other = self.definition(other);
                Node { types: Types(0), constraints: vec![Constraint::AllOf(vec![other])] }
            }
            None => self.build(json),
        };
        self.nodes[id.0 as usize] = node;
        id
    }

    fn build(&mut self, json: &Value) -> Node {
        let mut types = 0;
        let names = match &json["type"] {
            Value::Array(names) => names.as_slice(),
            one => std::slice::from_ref(one),
        };
        for name in names.iter().filter_map(Value::as_str) {
            types |= match name {
                "string" => Types::STRING.0,
                "integer" => Types::INTEGER.0,
                "number" => Types::NUMBER.0,
                "boolean" => Types::BOOLEAN.0,
                "object" => Types::OBJECT.0,
                "array" => Types::ARRAY.0,
                _ => 0,
            };
        }
        // cfn-lint lists every shape where CloudFormation makes text of any plain value, as in the
        // environment of a function. What the service takes is text.
        if types == ALL_SHAPES {
            types = Types::STRING.0;
        }
        let constraints = match json.as_object() {
            Some(map) => map.iter().filter_map(|(key, value)| self.constraint(key, value)).collect(),
            None => Vec::new(),
        };
        Node { types: Types(types), constraints }
    }

    fn constraint(&mut self, key: &str, value: &Value) -> Option<Constraint> {
        Some(match key {
            "properties" => Constraint::Properties(self.properties(value.as_object()?)),
            "patternProperties" => Constraint::PatternProperties(self.properties(value.as_object()?)),
            "additionalProperties" if *value == Value::Bool(false) => Constraint::Closed,
            "required" => Constraint::Required(self.list(value)?),
            "items" => Constraint::Items(self.node(value)),
            "const" => Constraint::Enum(vec![self.texts.number(&plain(value))]),
            "enum" => Constraint::Enum(self.list(value)?),
            "enumCaseInsensitive" => Constraint::EnumIgnoringCase(self.list(value)?),
            "pattern" => Constraint::Pattern(self.texts.number(value.as_str()?)),
            "format" => Constraint::Format(self.texts.number(value.as_str()?)),
            "minLength" => Constraint::MinLength(value.as_u64()?),
            "maxLength" => Constraint::MaxLength(value.as_u64()?),
            "minimum" => Constraint::Minimum(value.as_f64()?),
            "maximum" => Constraint::Maximum(value.as_f64()?),
            "minItems" => Constraint::MinItems(value.as_u64()?),
            "maxItems" => Constraint::MaxItems(value.as_u64()?),
            "uniqueItems" if *value == Value::Bool(true) => Constraint::UniqueItems,
            "minProperties" => Constraint::MinProperties(value.as_u64()?),
            "maxProperties" => Constraint::MaxProperties(value.as_u64()?),
            "allOf" => Constraint::AllOf(self.nodes(value)?),
            "anyOf" => Constraint::AnyOf(self.nodes(value)?),
            "oneOf" => Constraint::OneOf(self.nodes(value)?),
            "requiredXor" => Constraint::RequiredXor(self.list(value)?),
            "requiredOr" => Constraint::RequiredOr(self.list(value)?),
            "dependentExcluded" => Constraint::DependentExcluded(self.dependencies(value)?),
            "dependentRequired" | "dependencies" => Constraint::DependentRequired(self.dependencies(value)?),
            "not" | "if" | "exclusiveMaximum" | "multipleOf" | "prefixItems" => Constraint::Unchecked,
            _ => return None,
        })
    }

    /// Names with nodes, sorted by name for the search.
    fn properties(&mut self, map: &Map<String, Value>) -> Vec<(Text, NodeId)> {
        let sorted: BTreeMap<&String, &Value> = map.iter().collect();
        sorted.into_iter().map(|(name, json)| (self.texts.number(name), self.node(json))).collect()
    }

    fn nodes(&mut self, value: &Value) -> Option<Vec<NodeId>> {
        Some(value.as_array()?.iter().map(|json| self.node(json)).collect())
    }

    fn list(&mut self, value: &Value) -> Option<Vec<Text>> {
        Some(value.as_array()?.iter().map(|v| self.texts.number(&plain(v))).collect())
    }

    fn dependencies(&mut self, value: &Value) -> Option<Vec<(Text, Vec<Text>)>> {
        let rows = value.as_object()?.iter();
        Some(rows.filter_map(|(k, v)| Some((self.texts.number(k), self.list(v)?))).collect())
    }
}

/// A value of an enumeration as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
