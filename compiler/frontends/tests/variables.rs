//! Variables of serverless.yml, case by case: `tests/variables/*.txt` say what becomes of `custom`. What
//! they expect is what osls 3.77.1 prints, but for the cases whose name begins with "samc".

use std::collections::BTreeMap;
use std::fmt::Write as _;

use samc_base::{Diagnostic, Diagnostics, Reported, SourceMap, Span, codes};
use samc_frontends::Options;
use samc_frontends::serverless::variables::{Surroundings, resolve};
use samc_syntax::{Document, Node, NodeKind, ParseOptions, Resolved};
use serde_json::{Map, Value, json};

/// What every service begins with.
const HEAD: &str = "service: orders\nprovider:\n  name: aws\n  runtime: nodejs22.x\n";

#[derive(Debug, Default)]
struct Case {
    name: String,
    arguments: Vec<String>,
    /// The service after its head, other files, and what is expected, by their names.
    parts: BTreeMap<String, String>,
}

#[derive(Default)]
struct Files {
    files: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    sources: SourceMap,
}

impl Surroundings for Files {
    fn document(
        &mut self,
        path: &str,
        at: Span,
        found: &mut Diagnostics,
    ) -> Result<Option<Document>, Reported> {
        let Some(text) = self.files.get(path) else { return Ok(None) };
        let file = self.sources.add(path, text.as_str());
        let mut own = Diagnostics::default();
        let document = samc_syntax::parse(self.sources.file(file), &ParseOptions::default(), &mut own);
        if own.has_errors() {
            return Err(found.report(Diagnostic::error(codes::YAML_SYNTAX, "no YAML").at(at, "")));
        }
        Ok(Some(document))
    }

    fn text(
        &mut self,
        path: &str,
        _at: Span,
        _found: &mut Diagnostics,
    ) -> Result<Option<(String, Span)>, Reported> {
        let Some(text) = self.files.get(path) else { return Ok(None) };
        let file = self.sources.add(path, text.as_str());
        Ok(Some((text.clone(), Span::new(file, 0, text.len() as u32))))
    }

    fn near(&self, path: &str) -> Option<String> {
        samc_base::nearest(path, self.files.keys().map(String::as_str)).map(str::to_owned)
    }

    fn environment(&mut self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }
}

/// A tree as JSON, with intrinsic functions in their long form.
fn value(node: &Node) -> Value {
    let bare = match &node.kind {
        NodeKind::Sequence(items) => items.iter().map(value).collect(),
        NodeKind::Mapping(entries) => {
            entries.iter().map(|e| (e.key.to_string(), value(&e.value))).collect::<Map<_, _>>().into()
        }
        NodeKind::Scalar(scalar) => match scalar.yaml12() {
            Resolved::Null => Value::Null,
            Resolved::Bool(is) => is.into(),
            Resolved::Int(number) => i64::try_from(number).map_or_else(|_| json!(number as f64), Value::from),
            Resolved::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => json!(number as i64),
            Resolved::Float(number) => json!(number),
            Resolved::Text => (*scalar.text).into(),
        },
    };
    match node.tag.as_ref().map(|tag| tag.text.trim_start_matches('!')) {
        Some("GetAtt") => {
            let (resource, attribute) =
                bare.as_str().and_then(|text| text.split_once('.')).unwrap_or_default();
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        Some("Ref") => json!({ "Ref": bare }),
        Some(name) => json!({ format!("Fn::{name}"): bare }),
        None => bare,
    }
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut part = String::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("== ") {
            let (name, arguments) = head.split_once(" | ").unwrap_or((head, ""));
            let arguments = arguments.split_whitespace().map(str::to_owned).collect();
            cases.push(Case { name: name.to_owned(), arguments, parts: BTreeMap::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        match line.strip_prefix("-- ") {
            Some(name) => {
                part = name.to_owned();
                case.parts.entry(part.clone()).or_default();
            }
            None => {
                let text = case.parts.entry(part.clone()).or_default();
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    cases
}

/// What becomes of a case: `custom` as JSON, or what is said.
fn run(case: &Case) -> (Value, String) {
    let mut options = Options::default();
    let mut around = Files::default();
    let mut arguments = case.arguments.iter();
    while let (Some(option), Some(given)) = (arguments.next(), arguments.next()) {
        let (name, value) = given.split_once('=').unwrap_or((given, ""));
        let (name, value) = (name.to_owned(), value.to_owned());
        match option.as_str() {
            "--stage" => options.stage = Some(given.clone()),
            "--region" => {
                options.region = given.clone();
                options.region_given = true;
            }
            "--param" => drop(options.parameters.insert(name, value)),
            "--var" => drop(options.variables.insert(name, value)),
            "env" => drop(around.environment.insert(name, value)),
            other => panic!("{}: {other} is no option", case.name),
        }
    }
    for (name, text) in &case.parts {
        // The last line break is the case's, not the file's.
        let text = if name.ends_with(".txt") { text.trim_end() } else { text };
        around.files.insert(name.clone(), text.to_owned());
    }
    let service = format!("{HEAD}{}", case.parts.get("service").map_or("", String::as_str));
    let file = around.sources.add("serverless.yml", service);
    let mut found = Diagnostics::default();
    let source = around.sources.file(file).clone();
    let mut document = samc_syntax::parse(&source, &ParseOptions::default(), &mut found);
    assert!(!found.has_errors(), "{}: {:?}", case.name, found.finish());
    resolve(&mut document, &options, &mut around, &mut found);
    let mut said = String::new();
    for finding in found.finish() {
        let at = finding.span().map(|span| around.sources.slice(span)).unwrap_or_default();
        let _ = writeln!(said, "{} {}", finding.code().id(), finding.message);
        let _ = writeln!(said, "   at {}", at.lines().next().unwrap_or_default());
        for label in &finding.labels {
            let at = around.sources.slice(label.span).lines().next().unwrap_or_default();
            let _ = writeln!(said, "   at {at}: {}", label.message);
        }
        if let Some(help) = finding.help {
            let _ = writeln!(said, "   help: {help}");
        }
    }
    (document.root.get("custom").map(value).unwrap_or_default(), said)
}

#[test]
fn variables_are_those_of_the_framework() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/variables");
    #[allow(clippy::disallowed_methods, reason = "the cases of this test are files")]
    let texts = ["values", "findings"].map(|n| std::fs::read_to_string(format!("{folder}/{n}.txt")).unwrap());
    let cases: Vec<Case> = texts.iter().flat_map(|text| read(text)).collect();
    let mut faults = String::new();
    for case in &cases {
        let (custom, said) = run(case);
        if let Some(expected) = case.parts.get("is") {
            let expected: Value =
                serde_json::from_str(expected).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            if custom != expected {
                let _ = writeln!(faults, "== {}\nis       {custom}\nexpected {expected}", case.name);
            }
        }
        let expected = case.parts.get("said").map_or("", |said| said.trim());
        if said.trim() != expected {
            let _ = writeln!(faults, "== {}\nsaid\n{}\nexpected\n{expected}", case.name, said.trim());
        }
    }
    assert!(cases.len() > 40, "{} cases", cases.len());
    assert!(faults.is_empty(), "{faults}");
}

/// The codes of what is said about a service.
fn codes_of(service: &str) -> Vec<&'static str> {
    let mut around = Files::default();
    let file = around.sources.add("serverless.yml", format!("{HEAD}{service}"));
    let source = around.sources.file(file).clone();
    let mut found = Diagnostics::default();
    let mut document = samc_syntax::parse(&source, &ParseOptions::default(), &mut found);
    resolve(&mut document, &Options::default(), &mut around, &mut found);
    found.finish().iter().map(|finding| finding.code().id()).collect()
}

#[test]
fn what_multiplies_is_stopped() {
    let ten = |name: &str| vec![format!("${{self:custom.{name}}}"); 10];
    let names: Vec<String> = (0..12).map(|n| format!("n{n}")).collect();
    let mut lists = "custom:\n  n0: [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    let mut texts = "custom:\n  n0: xxxxxxxxxx\n".to_owned();
    for pair in names.windows(2) {
        let _ = writeln!(lists, "  {}: [\"{}\"]", pair[1], ten(&pair[0]).join("\", \""));
        let _ = writeln!(texts, "  {}: {}", pair[1], ten(&pair[0]).concat());
    }
    for service in [lists, texts] {
        let codes = codes_of(&service);
        assert_eq!(codes, ["E008"], "{service}");
    }
}

#[test]
fn what_leads_on_and_on_is_stopped() {
    let mut chain = "custom:\n".to_owned();
    for n in 0..5_000 {
        let _ = writeln!(chain, "  n{n}: ${{self:custom.n{}}}", n + 1);
    }
    chain.push_str("  n5000: x\n");
    let codes = codes_of(&chain);
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "E006"), "{codes:?}");

    let nested = format!("custom:\n  a: {}x{}\n", "${self:custom.".repeat(40_000), "}".repeat(40_000));
    assert_eq!(codes_of(&nested), ["E802"]);

    // Each level of values brings the one below it, deep within itself.
    let mut deep = "custom:\n  n0: x\n".to_owned();
    for n in 1..20 {
        let inner = format!("\"${{self:custom.n{}}}\"", n - 1);
        let _ = writeln!(deep, "  n{n}: {}{inner}{}", "[".repeat(150), "]".repeat(150));
    }
    let codes = codes_of(&deep);
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "E006"), "{codes:?}");
}

#[test]
fn no_text_is_a_panic() {
    let pieces = [
        "$", "{", "}", "\\", "self:", "custom.a", "(", ")", ",", "'", "\"", " ", ":", "é", "file", "x", "1",
        ".",
    ];
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..14 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        let text = serde_json::to_string(&format!("${{{text}")).unwrap();
        codes_of(&format!("custom:\n  a: {text}\n"));
    }
}
