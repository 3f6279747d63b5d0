//! Values to YAML text: the forms, and that every reader gives back what was written.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{Node, NodeKind, ParseOptions, Resolved, Writer, parse};
use serde_json::{Value, json};
use support::values::{any_value, text};

/// What our own reader makes of a text under YAML 1.1.
fn ours(text: &str, resolve: fn(&samc_syntax::Scalar) -> Resolved) -> Value {
    let file = SourceFile::new(FileId(0), "t.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut diagnostics);
    let found: Vec<_> = diagnostics.finish().into_iter().filter(|d| d.code().id() != "E001").collect();
    assert!(found.is_empty(), "{text}\n{found:?}");
    value(&document.root, resolve)
}

fn value(node: &Node, resolve: fn(&samc_syntax::Scalar) -> Resolved) -> Value {
    match &node.kind {
        NodeKind::Scalar(s) => match resolve(s) {
            Resolved::Null => Value::Null,
            Resolved::Bool(b) => json!(b),
            Resolved::Int(n) => json!(n as i64),
            Resolved::Float(n) => json!(n),
            Resolved::Text => json!(&*s.text),
        },
        NodeKind::Sequence(items) => items.iter().map(|n| value(n, resolve)).collect(),
        NodeKind::Mapping(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.to_string(), value(&e.value, resolve))).collect())
        }
    }
}

fn check(value: &Value) {
    let text = text(value);
    assert_eq!(&ours(&text, |s| s.yaml11()), value, "YAML 1.1:\n{text}");
    assert_eq!(&ours(&text, |s| s.yaml12()), value, "YAML 1.2:\n{text}");
    let theirs: Value = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(&theirs, value, "another reader:\n{text}");
}

#[test]
fn forms() {
    let value = json!({
        "Version": "2012-10-17",
        "Plain": "arn:aws:s3:::x, [y] {z}#1",
        "Quoted": ["", "yes", "012", "a: b", "a #b", "*", "- x", "it's: \"so\"", "tab\there", "1e3", "1_000", "=", "<<", "y"],
        "Numbers": [1, 1.5, 1e300, 1e-7, 2.0, null, true],
        "Empty": {"Map": {}, "List": []},
        "Lines": ["a\nb\n", "a\nb", "a\nb\n\n", "  a\nb", "\n\na", "\ta\n", "a\r\nb", "a\n  "],
        "Nested": [[1, [2]], [{"a": 1, "b": [{"c": {}}]}], {"d": [3]}],
        "Last": "x\n\n",
    });
    let expected = r###"Version: '2012-10-17'
Plain: arn:aws:s3:::x, [y] {z}#1
Quoted:
  - ''
  - 'yes'
  - '012'
  - 'a: b'
  - 'a #b'
  - '*'
  - '- x'
  - "it's: \"so\""
  - "tab\there"
  - '1e3'
  - '1_000'
  - '='
  - '<<'
  - 'y'
Numbers:
  - 1
  - 1.5
  - 1.0e+300
  - 1.0e-7
  - 2.0
  - null
  - true
Empty:
  Map: {}
  List: []
Lines:
  - |
    a
    b
  - |-
    a
    b
  - |+
    a
    b

  - |2-
      a
    b
  - |2-


    a
  - |2
    	a
  - "a\r\nb"
  - "a\n  "
Nested:
  - - 1
    - - 2
  - - a: 1
      b:
        - c: {}
  - d:
      - 3
Last: |+
  x

"###;
    assert_eq!(text(&value), expected);
    check(&value);
}

#[test]
fn tags_comments_and_empty_lines() {
    let mut out = Writer::new();
    out.comment("made from app.yaml\n\ndo not edit");
    out.begin_map();
    out.key("Name");
    out.tag("!Sub");
    out.string("${AWS::StackName}-x");
    out.key("Script");
    out.tag("!Sub");
    out.string("a\nb\n");
    out.blank_line();
    out.key("Code");
    out.tag("!If");
    out.begin_list();
    out.string("IsProd");
    out.tag("!GetAtt");
    out.string("A.Arn");
    out.tag("!Join");
    out.begin_list();
    out.string("");
    out.begin_list();
    out.tag("!Ref");
    out.string("X");
    out.end();
    out.end();
    out.tag("!Transform");
    out.begin_map();
    out.key("Name");
    out.string("N");
    out.end();
    out.end();
    out.key("None");
    out.tag("!Empty");
    out.begin_map();
    out.end();
    out.key("List");
    out.begin_list();
    out.comment("first");
    out.begin_map();
    out.comment("inside");
    out.key("a");
    out.null();
    out.end();
    let text = out.finish();
    assert_eq!(
        text,
        "# made from app.yaml
#
# do not edit
Name: !Sub ${AWS::StackName}-x
Script: !Sub |
  a
  b

Code: !If
  - IsProd
  - !GetAtt A.Arn
  - !Join
    - ''
    - - !Ref X
  - !Transform
    Name: 'N'
None: !Empty {}
List:
  # first
  -
    # inside
    a: null
"
    );
    assert_eq!(ours(&text, |s| s.yaml12())["Code"][3]["Name"], json!("N"));
}

#[test]
fn very_long_keys_and_lines_stay_whole() {
    let long = "x".repeat(2_000);
    let words = "word ".repeat(500) + "end";
    let value = json!({ long.clone(): {"a": [1]}, "b": words, long.clone() + "\n": "c" });
    check(&value);
    assert!(text(&json!({"b": words})).lines().count() == 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_written_is_read_back(value in any_value()) {
        check(&value);
    }
}
