//! Values of every awkward kind, and how they are written.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use proptest::prelude::*;
use samc_syntax::Writer;
use serde_json::{Value, json};

/// Writes a value.
pub fn write(value: &Value, out: &mut Writer) {
    match value {
        Value::Null => out.null(),
        Value::Bool(b) => out.bool(*b),
        Value::Number(n) => match n.as_i64() {
            Some(n) => out.int(n.into()),
            None => out.float(n.as_f64().unwrap()),
        },
        Value::String(s) => out.string(s),
        Value::Array(items) => {
            out.begin_list();
            items.iter().for_each(|v| write(v, out));
            out.end();
        }
        Value::Object(map) => {
            out.begin_map();
            for (k, v) in map {
                out.key(k);
                write(v, out);
            }
            out.end();
        }
    }
}

/// The document of a value.
pub fn text(value: &Value) -> String {
    let mut out = Writer::new();
    write(value, &mut out);
    out.finish()
}

/// Any value, with a liking for texts that readers take for something else.
pub fn any_value() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "yes",
        "No",
        "~",
        "null",
        "0x1F",
        "1:30",
        "0777",
        "0o17",
        ".inf",
        "-.5",
        "+1",
        "1.",
        "a: b",
        "a:",
        " #",
        "#",
        "- a",
        "-",
        "---",
        "...",
        "?",
        "? a",
        ":",
        "!Ref",
        "&a",
        "*a",
        "|",
        ">",
        "%",
        "@",
        "`",
        "{",
        "}",
        "[",
        "]",
        ",",
        "'",
        "\"",
        "\\",
        "a\n",
        "\n",
        "\n\n",
        "a\n\nb\n",
        " a",
        "a ",
        "\t",
        "a\tb",
        "\n a",
        "a\n b\n  c",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{7f}",
        "\0",
        "\u{1f600}",
        "2001-01-01",
        "2001-1-1 1:1:1",
        "1_0",
        "99999999999999999999999999999999999999999999",
        "a\r\n",
        "é",
        "a\n\t",
        "a\n ",
        "a # b\nc",
        "- |\n x",
        "=",
        "<<",
        "y",
        "N",
        "0b1",
        "08",
        "1e3",
    ]);
    let text = prop_oneof![
        words.clone().prop_map(str::to_owned),
        "[ -~\n\t]{0,30}",
        "\\PC{0,20}",
        (words.clone(), words).prop_map(|(a, b)| format!("{a}{b}")),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| json!(n)),
        any::<i32>().prop_map(|n| json!(f64::from(n) / 8.0)),
        text.clone().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
