//! The grammar of templates, read from `grammar/*.yaml`: what the properties of each construct can look like.
//!
//! A file maps names to shapes. A shape is a value with these signs in it:
//! `$name` the shape of that name; a list one of its items; a map the map, where a key that ends
//! in `!` is always there, one in `?` seldom, any other every second time; `=list: S` a list of one to three
//! S; `=all: [S, ...]` the list of these; `=named: S` a map of one to three S by made-up names;
//! `=as: V` the value V to the letter; `=wrong: S` in a list of choices an S that only templates with
//! mistakes draw; a key `+x` stands for the members of its shape. Calls of intrinsic functions and
//! everything else stand for themselves.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::dice::Dice;
use crate::Failure;

const FILES: [&str; 4] = [
    include_str!("grammar/resources.yaml"),
    include_str!("grammar/events.yaml"),
    include_str!("grammar/shapes.yaml"),
    include_str!("grammar/apis.yaml"),
];

/// How much of a template is out of the ordinary, in thousandths of its values.
#[derive(Clone, Copy)]
pub(super) struct Mood {
    /// Values that an intrinsic function stands for.
    pub(super) intrinsics: u32,
    /// Values of a type that does not belong there.
    pub(super) wrong: u32,
}

/// The shapes by name.
pub(super) struct Grammar(BTreeMap<String, Value>);

impl Grammar {
    /// Reads the files that are compiled in.
    pub(super) fn read() -> Result<Self, Failure> {
        let mut shapes = BTreeMap::new();
        for text in FILES {
            shapes.extend(serde_yaml::from_str::<BTreeMap<String, Value>>(text)?);
        }
        Ok(Grammar(shapes))
    }

    /// True where there is a shape of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The shape of a name; the name itself where there is none, which shows up in the output.
    pub(super) fn named(&self, name: &str, dice: &mut Dice, mood: Mood) -> Value {
        match self.0.get(name) {
            Some(shape) => self.draw(shape, dice, mood),
            None => Value::from(format!("no shape {name}")),
        }
    }

    /// A value of a shape.
    fn draw(&self, shape: &Value, dice: &mut Dice, mood: Mood) -> Value {
        match shape {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) => self.named(name, dice, mood),
                None => shape.clone(),
            },
            Value::Array(choices) => {
                let open: Vec<&Value> = choices
                    .iter()
                    .filter(|choice| mood.wrong > 0 || choice.get("=wrong").is_none())
                    .collect();
                dice.pick(&open).map_or(json!([]), |choice| self.draw(choice, dice, mood))
            }
            Value::Object(members) => self.members(members, dice, mood),
            Value::Null | Value::Bool(_) | Value::Number(_) => shape.clone(),
        }
    }

    fn members(&self, members: &Map<String, Value>, dice: &mut Dice, mood: Mood) -> Value {
        if let Some((sign, inner)) = members.iter().next().filter(|(key, _)| key.starts_with('=')) {
            return self.signed(sign, inner, dice, mood);
        }
        if members.len() == 1 && members.keys().all(|key| key == "Ref" || key.starts_with("Fn::")) {
            return Value::Object(members.clone());
        }
        let mut made = Map::new();
        for (key, shape) in members {
            if key.starts_with('+') {
                if let Value::Object(more) = self.draw(shape, dice, mood) {
                    made.extend(more);
                }
                continue;
            }
            let (name, odds) = match (key.strip_suffix('!'), key.strip_suffix('?')) {
                (Some(name), _) => (name, if mood.wrong > 0 { 985 } else { 1000 }),
                (_, Some(name)) => (name, 120),
                _ => (key.as_str(), 500),
            };
            if dice.chance(odds) {
                let value = self.draw(shape, dice, mood);
                // What kind of thing it is decides everything else about it, so that is seldom touched.
                let value = if name == "Type" && dice.chance(900) { value } else { odd(value, dice, mood) };
                made.insert(name.to_owned(), value);
            }
        }
        if dice.chance(mood.wrong / 4) {
            made.insert("Unheard".to_owned(), Value::from("of"));
        }
        Value::Object(made)
    }

    fn signed(&self, sign: &str, inner: &Value, dice: &mut Dice, mood: Mood) -> Value {
        let count = dice.between(1, 3);
        match (sign, inner) {
            ("=all", Value::Array(items)) => items.iter().map(|item| self.draw(item, dice, mood)).collect(),
            ("=named", _) => {
                let mut made = Map::new();
                for _ in 0..count {
                    let last = if dice.chance(mood.wrong) { "a-b" } else { "Other" };
                    let names = ["One", "Two", "My3", "Late", last];
                    let name = dice.pick(&names).copied().unwrap_or_default();
                    let value = self.draw(inner, dice, mood);
                    made.insert(name.to_owned(), odd(value, dice, mood));
                }
                Value::Object(made)
            }
            ("=as", _) => inner.clone(),
            ("=wrong", _) => self.draw(inner, dice, mood),
            _ => (0..count)
                .map(|_| {
                    let value = self.draw(inner, dice, mood);
                    odd(value, dice, mood)
                })
                .collect(),
        }
    }
}

/// The value, or now and then something that stands for it or does not belong there.
fn odd(value: Value, dice: &mut Dice, mood: Mood) -> Value {
    if dice.chance(mood.intrinsics) {
        return intrinsic(value, dice);
    }
    if dice.chance(mood.wrong) {
        let wrong = [
            json!(null),
            json!(""),
            json!("text"),
            json!(7),
            json!(1.5),
            json!(true),
            json!(false),
            json!([]),
            json!({}),
            json!(["a", {"b": 1}]),
            json!({"Unheard": "of"}),
            json!({"Ref": "Nowhere"}),
            json!({"Fn::Sub": ["${Nowhere}-${x}", {"x": 1}]}),
        ];
        return dice.pick(&wrong).cloned().unwrap_or_default();
    }
    value
}

/// An intrinsic function in the place of a value.
fn intrinsic(value: Value, dice: &mut Dice) -> Value {
    let (is_number, is_bool) = (value.is_number(), value.is_boolean());
    let named = match dice.between(0, 3) {
        _ if is_number => "Count",
        _ if is_bool => "Flag",
        0 => "Stage",
        1 => "Name",
        2 => "NoDefault",
        _ => "Names",
    };
    match dice.between(0, 9) {
        0 | 1 => json!({"Ref": named}),
        2 => json!({"Fn::If": ["IsProd", value, {"Ref": "AWS::NoValue"}]}),
        3 => json!({"Fn::If": ["IsProd", value.clone(), value]}),
        4 => json!({"Ref": "AWS::NoValue"}),
        5 => json!({"Fn::Sub": "${AWS::StackName}-${Stage}"}),
        6 => json!({"Fn::Join": ["-", [{"Ref": "Stage"}, "x"]]}),
        7 => json!({"Fn::FindInMap": ["ByStage", {"Ref": "Stage"}, "Value"]}),
        8 => json!({"Fn::ImportValue": {"Fn::Sub": "${Stage}-export"}}),
        _ => json!({"Fn::GetAtt": ["Queue", "Arn"]}),
    }
}
