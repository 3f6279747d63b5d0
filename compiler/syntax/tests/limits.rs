//! Texts that are huge, deep or hostile are refused in little time, and honest ones are not.

#![allow(clippy::unwrap_used)]

mod support;

use std::fmt::Write;

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{Document, ParseOptions, from_node, parse};

/// The document, and the codes found.
fn read(text: &str, options: &ParseOptions) -> (Document, Vec<String>) {
    let file = SourceFile::new(FileId(0), "t.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let document = parse(&file, options, &mut diagnostics);
    let codes = diagnostics.finish().iter().map(|d| format!("{} {}", d.code(), d.message)).collect();
    (document, codes)
}

fn codes(text: &str) -> Vec<String> {
    let (document, found) = read(text, &ParseOptions::default());
    // Copies, comparisons and the end of the tree must not need more stack than reading did.
    assert!(document.clone().root == document.root);
    found.into_iter().map(|f| f[..4].to_owned()).collect()
}

#[test]
fn deep_nesting_is_refused_in_every_form() {
    const N: usize = 10_000;
    let brackets = format!("a: {}{}", "[".repeat(N), "]".repeat(N));
    let open = "[".repeat(N * 10);
    let braces = format!("{}1{}", "{\"a\":".repeat(N), "}".repeat(N));
    let dashes = "- ".repeat(N) + "x";
    let mut keys = String::new();
    for i in 0..N {
        let _ = writeln!(keys, "{:i$}a:", "");
    }
    let questions = "? ".repeat(N);
    for text in [brackets, open, braces, dashes, keys, questions] {
        let found = codes(&text);
        assert!(found.contains(&"E006".to_owned()), "{found:?}");
    }
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(codes(&nested(200)).is_empty());
    assert_eq!(codes(&nested(201)), ["E006"]);
    let few = ParseOptions { max_depth: 3, ..ParseOptions::default() };
    assert!(read("[[[1]]]", &few).1.is_empty());
    assert_eq!(read("[[[[1]]]]", &few).1, ["E006 the document nests deeper than 3 levels"]);
    assert!(read("a:\n  b:\n  - 1", &few).1.is_empty());
    assert_eq!(read("a:\n  b:\n  - - 1", &few).1, ["E006 the document nests deeper than 3 levels"]);
    assert_eq!(
        read("a: &x [[1]]\nb: *x\nc: [*x]", &few).1,
        ["E006 with the copy for `*x` the document nests deeper than 3 levels"]
    );
}

#[test]
fn the_deepest_tree_is_copied_compared_decoded_and_dropped() {
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    let options = ParseOptions { max_depth: 100_000, ..ParseOptions::default() };
    let (document, found) = read(&nested(1_000), &options);
    assert!(found.is_empty(), "{found:?}");
    assert!(document.clone().root == document.root);
    assert_eq!(read(&nested(1_001), &options).1, ["E006 the document nests deeper than 1000 levels"]);

    let (document, _) = read(&nested(200), &ParseOptions::default());
    let mut diagnostics = Diagnostics::default();
    assert!(from_node::<serde_json::Value>(&document.root, &mut diagnostics).is_some());
    assert!(from_node::<Vec<Vec<Vec<u8>>>>(&document.root, &mut diagnostics).is_none());
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..10 {
        let copies = vec![format!("*a{}", i - 1); 9].join(", ");
        let _ = writeln!(laughs, "a{i}: &a{i} [{copies}]");
    }
    assert_eq!(codes(&laughs), ["E008"]);

    let quadratic = format!("a: &a {}\nb:\n{}", "x".repeat(100_000), "- *a\n".repeat(10_000));
    assert_eq!(codes(&quadratic), ["E008"]);

    // Anchors around anchors: each is kept, and paid for.
    let mut nested = String::new();
    for i in 0..150 {
        let _ = writeln!(nested, "{:i$}- &x{i}", "");
    }
    let _ = writeln!(nested, "{:150}- [{}1]", "", "1, ".repeat(20_000));
    let names: Vec<String> = (0..150).map(|i| format!("*x{i}")).collect();
    let _ = writeln!(nested, "- [{}]", names.join(", "));
    assert_eq!(codes(&nested), ["E008"]);

    let message = read(&laughs, &ParseOptions::default()).1.join("");
    assert!(message.contains("`*a5`"), "{message}");
}

#[test]
fn honest_templates_may_use_many_aliases() {
    let mut text = String::from(
        "Base: &base {Handler: a.b, Runtime: python3.13, Environment: {A: 1, B: 2}}\nResources:\n",
    );
    for i in 0..20_000 {
        let _ = writeln!(text, "  Fn{i}:\n    Type: F\n    Properties:\n      <<: *base\n      Timeout: {i}");
    }
    let (document, found) = read(&text, &ParseOptions::default());
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(document.aliases.len(), 20_000);
    let last =
        document.root.get("Resources").and_then(|r| r.get("Fn19999")).and_then(|f| f.get("Properties"));
    assert_eq!(last.and_then(|p| p.as_mapping()).map(<[_]>::len), Some(4));
}

#[test]
fn many_keys_and_long_lines_are_read() {
    let long =
        format!("a: {}\nb: \"{}\"\n{}: c\n", "x ".repeat(100_000), "é".repeat(100_000), "k".repeat(900));
    assert!(codes(&long).is_empty());
    let json = format!("{{\"{}\": 1, \"b\": [{}2]}}", "k".repeat(20_000), "1,".repeat(50_000));
    assert!(codes(&json).is_empty());
    let mut keys = String::new();
    for i in 0..50_000 {
        let _ = writeln!(keys, "key{i}: {i}");
    }
    assert!(codes(&keys).is_empty());
    assert_eq!(codes(&(keys + "key77: again")), ["E004"]);
}

#[test]
fn the_size_is_limited() {
    let options = ParseOptions { max_bytes: 10, ..ParseOptions::default() };
    assert_eq!(read("a: 3456789", &options).1, Vec::<String>::new());
    let (document, found) = read("a: 34567890", &options);
    assert_eq!(found, ["E007 t.yaml has 11 bytes; files of up to 10 bytes are read"]);
    assert!(document.root.as_scalar().is_some());
}
