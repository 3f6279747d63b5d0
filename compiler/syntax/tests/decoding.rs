//! Trees into structs: values, places, and as many errors as there are.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{Node, ParseOptions, Spanned, decode_map, from_node, parse};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Function {
    handler: Spanned<String>,
    runtime: String,
    #[serde(default)]
    timeout: Option<Spanned<u8>>,
    #[serde(default)]
    tags: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    on: Vec<Trigger>,
    raw: Option<Node>,
    fast: Option<bool>,
    size: Option<f64>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Trigger {
    Always,
    Queue(String),
    Schedule { every: u32 },
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> (Option<T>, String) {
    let file = SourceFile::new(FileId(0), "app.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    let value = from_node(&document.root, &mut diagnostics);
    (value, words(&file, diagnostics))
}

fn words(file: &SourceFile, diagnostics: Diagnostics) -> String {
    let mut lines: Vec<String> = Vec::new();
    for d in diagnostics.finish() {
        let span = d.span().unwrap();
        let place = file.line_column(span.start);
        let help = d.help.as_deref().unwrap_or("-");
        lines.push(format!(
            "{}:{} {:?} {} {} | {help}",
            place.line,
            place.column,
            file.slice(span),
            d.code(),
            d.message
        ));
    }
    lines.join("\n")
}

#[test]
fn values_arrive_with_their_places() {
    let text = "handler: app.go\nruntime: 3.10\ntimeout: 30\ntags:\n  team: core\non: [always, {queue: q}, {schedule: {every: 5}}]\nraw: !Sub x\nfast: true\nsize: 1\n";
    let (value, errors) = read::<Function>(text);
    assert_eq!(errors, "");
    let f = value.unwrap();
    assert_eq!((f.handler.value.as_str(), f.runtime.as_str()), ("app.go", "3.10"));
    let at = f.handler.span.unwrap();
    assert_eq!(&text[at.start as usize..at.end as usize], "app.go");
    assert_eq!(f.timeout.unwrap().value, 30);
    let (key, value) = f.tags.iter().next().unwrap();
    assert_eq!((key.as_str(), value.as_str()), ("team", "core"));
    assert_eq!(key.span.unwrap().len(), 4);
    assert_eq!(f.tags.get("team").unwrap(), "core");
    assert_eq!(f.on, [Trigger::Always, Trigger::Queue("q".into()), Trigger::Schedule { every: 5 }]);
    assert_eq!(f.raw.unwrap().tag.unwrap().text.as_ref(), "!Sub");
    assert_eq!((f.fast, f.size), (Some(true), Some(1.0)));
}

#[test]
fn every_independent_error_is_found_in_one_run() {
    let text = "handlr: x\ntimeout: 300\nfast: yes\nsize: [1]\ntags: {a: b, c: }\non:\n- allways\n- queue: [1]\n- schedule: {every: soon, x: 1}\n- {a: 1, b: 2}\n- !Ref x\n- queu: x\n";
    let (value, errors) = read::<Function>(text);
    assert!(value.is_none());
    assert_eq!(errors, [
        r#"1:1 "handlr" E102 the document has no key `handlr` | did you mean `handler`?"#,
        r#"1:1 "handlr" E103 the document needs the key `runtime` | add `runtime: ...`"#,
        r#"2:10 "300" E105 `timeout` takes a whole number from 0 to 255, and got 300 | -"#,
        r#"3:7 "yes" E104 `fast` takes `true` or `false`, and got the text "yes" | -"#,
        r#"4:7 "[1]" E104 `size` takes a number, and got a list | -"#,
        r#"5:16 "" E104 `tags.c` takes text, and got nothing | -"#,
        r#"7:3 "allways" E105 `on[0]` cannot be `allways` | did you mean `always`?"#,
        r#"8:10 "[1]" E104 `on[1].queue` takes text, and got a list | -"#,
        r#"9:21 "soon" E104 `on[2].schedule.every` takes a whole number, and got the text "soon" | -"#,
        r#"10:3 "{a: 1, b: 2}" E105 `on[3]` takes exactly one key, and got 2 keys | -"#,
        r#"11:3 "!Ref" E013 `on[4]` carries the tag !Ref, which means nothing here | write the value without the tag"#,
            r#"12:3 "queu" E102 `on[5]` has no key `queu` | did you mean `queue`?"#,
    ].join("\n"));
}

#[test]
fn every_missing_key_is_named() {
    let (_, errors) = read::<Function>("timeout: 3\n");
    assert_eq!(
        errors,
        [
            r#"1:1 "timeout" E103 the document needs the key `handler` | add `handler: ...`"#,
            r#"1:1 "timeout" E103 the document needs the key `runtime` | add `runtime: ...`"#,
        ]
        .join("\n")
    );
}

#[test]
fn entries_are_decoded_on_their_own() {
    let file = SourceFile::new(
        FileId(0),
        "app.yaml",
        "a: {handler: x, runtime: y}\nb: {handler: x}\nc: []\nd: {runtime: y, handler: z, on: {}}",
    );
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    let all = decode_map::<Function>(&document.root, "functions", &mut diagnostics);
    assert_eq!(
        all.iter().map(|d| (&*d.key, d.value.is_some())).collect::<Vec<_>>(),
        [("a", true), ("b", false), ("c", false), ("d", false)]
    );
    assert_eq!(
        words(&file, diagnostics),
        [
            r#"2:1 "b" E103 `functions.b` needs the key `runtime` | add `runtime: ...`"#,
            r#"3:4 "[]" E104 `functions.c` takes a mapping, and got a list | -"#,
            r#"4:33 "{}" E104 `functions.d.on` takes a list, and got a mapping | -"#,
        ]
        .join("\n")
    );
}

#[test]
fn elsewhere_a_spanned_value_is_the_value() {
    let f: BTreeMap<String, Spanned<u8>> = serde_json::from_str("{\"a\": 1}").unwrap();
    assert_eq!((f["a"].value, f["a"].span), (1, None));
    assert_eq!(serde_json::to_string(&f).unwrap(), "{\"a\":1}");
    assert!(serde_json::from_str::<BTreeMap<String, Node>>("{\"a\": 1}").is_err());
}
