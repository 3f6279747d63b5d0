//! Reading texts into trees: kinds, tags, exact places.

mod support;

use support::show;

#[test]
fn a_mapping_ends_with_its_last_child() {
    assert_eq!(
        show("# c\na:\n  b: 1\n\n# d\nc: !Ref x\n"),
        "map @4 \"a:\\n  b: 1\\n\\n# d\\nc: !Ref x\"\n\
         - \"a\" Plain \"a\"\n  map @9 \"b: 1\"\n  - \"b\" Plain \"b\"\n    Plain \"1\" @12 \"1\"\n\
         - \"c\" Plain \"c\"\n  tag !Ref \"!Ref\"\n  Plain \"x\" @27 \"x\"\n"
    );
}

#[test]
fn block_scalars_end_with_their_last_line() {
    let text = "a: |\n  x\n\n# c\nb: >-\n  y\n  z\nc: |2+\n    k\n\n\nd: 1\n";
    let expected = r###"map @0 "a: |\n  x\n\n# c\nb: >-\n  y\n  z\nc: |2+\n    k\n\n\nd: 1"
- "a" Plain "a"
  Literal "x\n" @3 "|\n  x"
- "b" Plain "b"
  Folded "y z" @17 ">-\n  y\n  z"
- "c" Plain "c"
  Literal "  k\n\n\n" @31 "|2+\n    k"
- "d" Plain "d"
  Plain "1" @46 "1"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn block_scalars_may_be_empty_or_unfinished() {
    let text = "a: |\n\nb: >\n\n\nc: !Sub |\n  x";
    let expected = r###"map @0 "a: |\n\nb: >\n\n\nc: !Sub |\n  x"
- "a" Plain "a"
  Literal "" @3 "|"
- "b" Plain "b"
  Folded "" @9 ">"
- "c" Plain "c"
  tag !Sub "!Sub"
  Literal "x" @21 "|\n  x"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn headers_are_found_behind_comments() {
    let text = "a: | # note |\n  # not a comment\n  x\n # comment\nb: !Sub |-\n   1\n   2\n";
    let expected = r###"map @0 "a: | # note |\n  # not a comment\n  x\n # comment\nb: !Sub |-\n   1\n   2"
- "a" Plain "a"
  Literal "# not a comment\nx\n" @3 "| # note |\n  # not a comment\n  x"
- "b" Plain "b"
  tag !Sub "!Sub"
  Literal "1\n2" @55 "|-\n   1\n   2"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn block_scalars_stand_in_lists() {
    let text = "- |\n x\n- >-\n y\n- !Sub\n  |\n  z\n";
    let expected = r###"seq @0 "- |\n x\n- >-\n y\n- !Sub\n  |\n  z"
  Literal "x\n" @2 "|\n x"
  Folded "y" @9 ">-\n y"
  tag !Sub "!Sub"
  Literal "z\n" @24 "|\n  z"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn line_breaks_of_windows_and_wide_characters() {
    let text = "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: \"é😀\" # z\r\nd: {é: 😀, e: f}\r\n";
    let expected = r###"map @0 "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: \"é😀\" # z\r\nd: {é: 😀, e: f}"
- "a" Plain "a"
  Plain "1" @3 "1"
- "b" Plain "b"
  Literal "x\ny\n" @9 "|\r\n  x\r\n  y"
- "c" Plain "c"
  DoubleQuoted "é😀" @25 "\"é😀\""
- "d" Plain "d"
  map @42 "{é: 😀, e: f}"
  - "é" Plain "é"
    Plain "😀" @47 "😀"
  - "e" Plain "e"
    Plain "f" @56 "f"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let text = "﻿a: 1\n";
    let expected = r###"map @3 "a: 1"
- "a" Plain "a"
  Plain "1" @6 "1"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn merge_keys() {
    let text = "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\nc: {<<: [*x, {m: 4}], <<: {l: 9}}\nd: {<<: 1}\ne: {\"<<\": 1}\nf: {<<: [*x, 2]}\n";
    let expected = r###"map @0 "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\nc: {<<: [*x, {m: 4}], <<: {l: 9}}\nd: {<<: 1}\ne: {\"<<\": 1}\nf: {<<: [*x, 2]}"
- "a" Plain "a"
  map @6 "{k: 1, l: 2}"
  - "k" Plain "k"
    Plain "1" @10 "1"
  - "l" Plain "l"
    Plain "2" @16 "2"
- "b" Plain "b"
  map @24 "<<: *x\n  k: 3"
  - "l" Plain "l"
    Plain "2" @16 "2"
  - "k" Plain "k"
    Plain "3" @36 "3"
- "c" Plain "c"
  map @41 "{<<: [*x, {m: 4}], <<: {l: 9}}"
  - "k" Plain "k"
    Plain "1" @10 "1"
  - "m" Plain "m"
    Plain "4" @55 "4"
  - "l" Plain "l"
    Plain "9" @68 "9"
- "d" Plain "d"
  map @75 "{<<: 1}"
- "e" Plain "e"
  map @86 "{\"<<\": 1}"
  - "<<" DoubleQuoted "\"<<\""
    Plain "1" @93 "1"
- "f" Plain "f"
  map @99 "{<<: [*x, 2]}"
alias "*x" of "{k: 1, l: 2}"
alias "*x" of "{k: 1, l: 2}"
alias "*x" of "{k: 1, l: 2}"
E009 `<<` takes a mapping or a list of mappings, and got text
  6:9 "1" not a mapping
  6:5 "<<" the keys of mappings are merged here
E009 `<<` takes a mapping or a list of mappings, and got text
  8:14 "2" not a mapping
  8:5 "<<" the keys of mappings are merged here
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn aliases_need_their_anchor() {
    let text = "a: &x [*x]\nb: *y\nz: &yy 1\nc: *yx\n";
    let expected = r###"map @0 "a: &x [*x]\nb: *y\nz: &yy 1\nc: *yx"
- "a" Plain "a"
  seq @6 "[*x]"
    Plain "" @7 "*x"
- "b" Plain "b"
  Plain "" @14 "*y"
- "z" Plain "z"
  Plain "1" @24 "1"
- "c" Plain "c"
  Plain "" @29 "*yx"
E012 `*x` stands inside the value it names
  1:8 "*x" would contain itself without end
E012 no anchor `&y` stands above `*y`
  2:4 "*y" nothing to copy
E012 no anchor `&yx` stands above `*yx`
  4:4 "*yx" nothing to copy
  3:4 "&yy" an anchor of a similar name
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn aliases_may_be_keys() {
    let text = "&k key: 1\n*k : 2\n? *k\n: 3\n";
    let expected = r###"map @3 "key: 1\n*k : 2\n? *k\n: 3"
- "key" Plain "*k"
  Plain "3" @24 "3"
alias "*k" of "key"
alias "*k" of "key"
E004 the key `key` stands twice in the same mapping
  2:1 "*k" written again here
  1:4 "key" first written here
E004 the key `key` stands twice in the same mapping
  3:3 "*k" written again here
  2:1 "*k" first written here
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn of_two_equal_keys_the_last_counts() {
    let text = "a: {b: 1, b: 2}\nb: 1\na: 2\n";
    let expected = r###"map @0 "a: {b: 1, b: 2}\nb: 1\na: 2"
- "a" Plain "a"
  Plain "2" @24 "2"
- "b" Plain "b"
  Plain "1" @19 "1"
E004 the key `b` stands twice in the same mapping
  1:11 "b" written again here
  1:5 "b" first written here
E004 the key `a` stands twice in the same mapping
  3:1 "a" written again here
  1:1 "a" first written here
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn keys_are_their_text() {
    let text = "1: x\ntrue: y\nnull: z\n~: q\n? [a, b]\n: c\n!!str k: v\n!Ref k2: v\n";
    let expected = r###"map @0 "1: x\ntrue: y\nnull: z\n~: q\n? [a, b]\n: c\n!!str k: v\n!Ref k2: v"
- "1" Plain "1"
  Plain "x" @3 "x"
- "true" Plain "true"
  Plain "y" @11 "y"
- "null" Plain "null"
  Plain "z" @19 "z"
- "~" Plain "~"
  Plain "q" @24 "q"
- "k" DoubleQuoted "k"
  Plain "v" @48 "v"
E011 a key of this mapping is itself a list
  5:3 "[" keys are text
E011 the key `k2` carries the tag !Ref
  8:1 "!Ref" a key is plain text
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn a_second_document_is_refused() {
    let text = "--- a\n--- b\n";
    let expected = r###"Plain "a" @4 "a"
E005 there is more than one document in this file
  2:1 "---" a second document begins here
  1:5 "" the first begins here
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn markers_around_one_document_are_fine() {
    let text = "---\n---\na: 1\n...\n---\n";
    let expected = r###"map @8 "a: 1"
- "a" Plain "a"
  Plain "1" @11 "1"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn nothing_is_no_document() {
    let text = "# nothing\n";
    let expected = r###"Plain "" @0 ""
E001 t.yaml holds no document
  1:1 "" nothing but blanks and comments from here on
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn tags_of_the_core_schema_are_carried_out() {
    let text = "a: !!str 012\nb: !!int \"3\"\nc: !!binary aGk=\nd: !!map {}\ne: !<!Ref> x\nf: ! 12\ng: !!set {a}\nh: !<tag:yaml.org,2002:str> 1\n";
    let expected = r###"map @0 "a: !!str 012\nb: !!int \"3\"\nc: !!binary aGk=\nd: !!map {}\ne: !<!Ref> x\nf: ! 12\ng: !!set {a}\nh: !<tag:yaml.org,2002:str> 1"
- "a" Plain "a"
  DoubleQuoted "012" @9 "012"
- "b" Plain "b"
  Plain "3" @22 "\"3\""
- "c" Plain "c"
  tag !!binary "!!binary"
  Plain "aGk=" @38 "aGk="
- "d" Plain "d"
  map @52 "{}"
- "e" Plain "e"
  tag !Ref "!<!Ref>"
  Plain "x" @66 "x"
- "f" Plain "f"
  DoubleQuoted "12" @73 "12"
- "g" Plain "g"
  tag !!set "!!set"
  map @85 "{a}"
  - "a" Plain "a"
    Plain "" @87 ""
- "h" Plain "h"
  DoubleQuoted "1" @117 "1"
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn tags_on_every_kind_of_node() {
    let text = "a: !If [x, !Ref y]\nb: !GetAtt\n  - c\n  - d\nc: !Base64\n  Fn::Sub: x\nd: !T\ne: &a !T\n";
    let expected = r###"map @0 "a: !If [x, !Ref y]\nb: !GetAtt\n  - c\n  - d\nc: !Base64\n  Fn::Sub: x\nd: !T\ne: &a !T"
- "a" Plain "a"
  tag !If "!If"
  seq @7 "[x, !Ref y]"
    Plain "x" @8 "x"
    tag !Ref "!Ref"
    Plain "y" @16 "y"
- "b" Plain "b"
  tag !GetAtt "!GetAtt"
  seq @32 "- c\n  - d"
    Plain "c" @34 "c"
    Plain "d" @40 "d"
- "c" Plain "c"
  tag !Base64 "!Base64"
  map @55 "Fn::Sub: x"
  - "Fn::Sub" Plain "Fn::Sub"
    Plain "x" @64 "x"
- "d" Plain "d"
  tag !T "!T"
  Plain "" @71 ""
- "e" Plain "e"
  tag !T "!T"
  Plain "" @80 ""
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn plain_text_over_several_lines() {
    let text = "a: x\n   y\n   z # c\nb: 'q\n   r'\nc:   # none\nd:\n";
    let expected = r###"map @0 "a: x\n   y\n   z # c\nb: 'q\n   r'\nc:   # none\nd:"
- "a" Plain "a"
  Plain "x y z" @3 "x\n   y\n   z"
- "b" Plain "b"
  SingleQuoted "q r" @22 "'q\n   r'"
- "c" Plain "c"
  Plain "" @33 ""
- "d" Plain "d"
  Plain "" @45 ""
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn lists_begin_with_their_dash() {
    let text = "a:\n- b\n- - c\n  - d\n-\n  e: 1\n-\n";
    let expected = r###"map @0 "a:\n- b\n- - c\n  - d\n-\n  e: 1\n-"
- "a" Plain "a"
  seq @3 "- b\n- - c\n  - d\n-\n  e: 1\n-"
    Plain "b" @5 "b"
    seq @9 "- c\n  - d"
      Plain "c" @11 "c"
      Plain "d" @17 "d"
    map @23 "e: 1"
    - "e" Plain "e"
      Plain "1" @26 "1"
    Plain "" @29 ""
"###;
    assert_eq!(show(text), expected);
}

#[test]
fn json_with_tabs_and_escapes() {
    let text =
        "{\n\t\"a\": [1,\t2],\n\t\"b\"\t:\t\"x\\/y\\ud83d\\ude00\\u00e9\",\"c\"\n:\nnull,\"d\":{}\n}\n";
    let expected = r###"map @0 "{\n\t\"a\": [1,\t2],\n\t\"b\"\t:\t\"x\\/y\\ud83d\\ude00\\u00e9\",\"c\"\n:\nnull,\"d\":{}\n}"
- "a" DoubleQuoted "\"a\""
  seq @8 "[1,\t2]"
    Plain "1" @9 "1"
    Plain "2" @12 "2"
- "b" DoubleQuoted "\"b\""
  DoubleQuoted "x/y😀é" @23 "\"x\\/y\\ud83d\\ude00\\u00e9\""
- "c" DoubleQuoted "\"c\""
  Plain "null" @54 "null"
- "d" DoubleQuoted "\"d\""
  map @63 "{}"
"###;
    assert_eq!(show(text), expected);
}
