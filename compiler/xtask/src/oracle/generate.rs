//! Putting a template together: sections around a few resources of the grammar.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::grammar::{Grammar, Mood};
use super::sides::Input;

/// The constructs with how often each is drawn.
const CONSTRUCTS: [(&str, usize); 14] = [
    ("Api", 2),
    ("HttpApi", 2),
    ("WebSocketApi", 1),
    ("GraphQLApi", 1),
    ("CapacityProvider", 1),
    ("NetworkConnector", 1),
    ("MicrovmImage", 1),
    ("WebFunction", 1),
    ("Function", 12),
    ("StateMachine", 4),
    ("SimpleTable", 2),
    ("LayerVersion", 2),
    ("Application", 1),
    ("Connector", 3),
];

/// Constructs that `Globals` has a section for.
const SHARED: [&str; 4] = ["Function", "SimpleTable", "StateMachine", "LayerVersion"];

/// The template of a number in a run.
pub(super) fn template(grammar: &Grammar, seed: u64, number: u64) -> Input {
    let mut dice = Dice::new(seed, number);
    let mood = match dice.between(0, 9) {
        0..=3 => Mood { intrinsics: 0, wrong: 0 },
        4..=6 => Mood { intrinsics: 25, wrong: 0 },
        7 => Mood { intrinsics: 120, wrong: 0 },
        8 => Mood { intrinsics: 10, wrong: 8 },
        _ => Mood { intrinsics: 30, wrong: 40 },
    };
    let mut document = sections(&mut dice);
    let count = dice.between(1, 2);
    let mut resources = Map::new();
    for index in 0..count {
        let construct = construct(&mut dice);
        let id =
            if construct == "Connector" { format!("Link{index}") } else { format!("{construct}{index}") };
        resources.insert(id, resource(grammar, construct, &mut dice, mood));
    }
    if dice.chance(300) {
        let mut shared = Map::new();
        for construct in SHARED {
            let name = format!("Globals{construct}");
            if grammar.has(&name) && dice.chance(400) {
                shared.insert(construct.to_owned(), grammar.named(&name, &mut dice, mood));
            }
        }
        document.insert("Globals".to_owned(), Value::Object(shared));
    }
    beside(grammar, &mut resources);
    document.insert("Resources".to_owned(), Value::Object(resources));
    let region = ["us-east-1", "us-east-1", "us-east-1", "cn-north-1", "us-gov-west-1", "eu-west-3"];
    let mut parameters = IndexMap::new();
    if dice.chance(250) {
        parameters.insert("Stage".to_owned(), "live".to_owned());
    }
    if dice.chance(100) {
        parameters.insert("NoDefault".to_owned(), "given".to_owned());
    }
    Input {
        template: Value::Object(document),
        yaml: dice.chance(500),
        region: dice.pick(&region).copied().unwrap_or("us-east-1").to_owned(),
        parameters,
    }
}

fn construct(dice: &mut Dice) -> &'static str {
    let mut left = dice.between(1, CONSTRUCTS.iter().map(|(_, weight)| weight).sum());
    for (construct, weight) in CONSTRUCTS {
        if left <= weight {
            return construct;
        }
        left -= weight;
    }
    "Function"
}

fn resource(grammar: &Grammar, construct: &str, dice: &mut Dice, mood: Mood) -> Value {
    let mut members = Map::new();
    members.insert("Type".to_owned(), Value::from(format!("AWS::Serverless::{construct}")));
    members.insert("Properties".to_owned(), grammar.named(construct, dice, mood));
    if dice.chance(350)
        && let Value::Object(attributes) = grammar.named("Attributes", dice, mood)
    {
        members.extend(attributes);
    }
    if construct == "Function" && dice.chance(100) {
        members.insert("Connectors".to_owned(), grammar.named("Connectors", dice, mood));
    }
    Value::Object(members)
}

/// Version, parameters, mappings and conditions, which every template has in much the same form.
fn sections(dice: &mut Dice) -> Map<String, Value> {
    let mut document = Map::new();
    if dice.chance(500) {
        document.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
    }
    let transform = match dice.between(0, 9) {
        0 => json!(["AWS::Serverless-2016-10-31"]),
        1 => json!(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]),
        _ => json!("AWS::Serverless-2016-10-31"),
    };
    document.insert("Transform".to_owned(), transform);
    let parameters = json!({
        "Stage": {"Type": "String", "Default": "beta"},
        "Name": {"Type": "String", "Default": "orders"},
        "NoDefault": {"Type": "String"},
        "Names": {"Type": "CommaDelimitedList", "Default": "a,b"},
        "Count": {"Type": "Number", "Default": 3},
        "Flag": {"Type": "String", "Default": "true"},
    });
    document.insert("Parameters".to_owned(), parameters);
    document
        .insert("Mappings".to_owned(), json!({"ByStage": {"beta": {"Value": "b"}, "live": {"Value": "l"}}}));
    let conditions = json!({
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
        "IsBeta": {"Fn::Not": [{"Condition": "IsProd"}]},
    });
    document.insert("Conditions".to_owned(), conditions);
    document
}

/// What a grammar names beside the resources drawn, in an order in which none needs an earlier one.
const BESIDE: [&str; 18] = [
    "Api0",
    "HttpApi0",
    "Function0",
    "Function1",
    "StateMachine0",
    "StateMachine1",
    "SimpleTable0",
    "SimpleTable1",
    "LayerVersion0",
    "LayerVersion1",
    "Queue",
    "Topic",
    "Stream",
    "Bucket",
    "Pool",
    "Rows",
    "Bus",
    "Role",
];

/// Adds the resources that something refers to.
fn beside(grammar: &Grammar, resources: &mut Map<String, Value>) {
    let mut dice = Dice::new(0, 0);
    let text = Value::Object(resources.clone()).to_string();
    let plain = Mood { intrinsics: 0, wrong: 0 };
    for name in BESIDE {
        let shape = format!("Beside{}", name.trim_end_matches(['0', '1']));
        if (text.contains(&format!("\"{name}\"")) || text.contains(&format!("${{{name}")))
            && grammar.has(&shape)
        {
            resources.entry(name).or_insert_with(|| grammar.named(&shape, &mut dice, plain));
        }
    }
}
