//! Rules of one's own: `lint.policies` of samc.yaml, each a JSON Schema for the properties of resources of a type.

mod check;
mod page;
mod value;

use std::collections::BTreeSet;
use std::sync::Mutex;

use globset::{Glob, GlobSet, GlobSetBuilder};
use samc_base::{Code, Diagnostic, Diagnostics, Severity, SourceMap, Span, codes};
use samc_schema::config;
use samc_syntax::{Node, NodeKind, ParseOptions, Resolved};
use serde_json::Value;

use crate::config::Loaded;
use crate::input;

pub(crate) use check::check;
pub use page::page;

/// A policy that is ready to be checked.
pub(crate) struct Policy {
    pub(crate) code: Code,
    types: GlobSet,
    validator: jsonschema::Validator,
    schema: Value,
    message: Option<String>,
    severity: Severity,
    help: Option<String>,
    url: Option<String>,
}

/// Texts of codes that a configuration has made. A code lives as long as the program, like those that are
/// written in it; each text is kept once, however often it is read.
static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

fn keep(text: &str) -> &'static str {
    let mut texts = TEXTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(kept) = texts.get(text) {
        return kept;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    texts.insert(kept);
    kept
}

/// The code of a policy, with its name or one made from the code.
pub(crate) fn code_of(policy: &config::Policy) -> Code {
    let id = &policy.code.value;
    let name =
        policy.name.as_ref().map_or_else(|| format!("policy-{}", id.to_lowercase()), |n| n.value.clone());
    Code::new(keep(id), keep(&name))
}

/// The codes of all policies.
pub(crate) fn codes_of(loaded: &Loaded) -> Vec<Code> {
    let policies = loaded.config.lint.iter().flat_map(|lint| lint.policies.iter().flatten());
    policies.map(|policy| code_of(&policy.value)).collect()
}

/// Makes the policies of a configuration ready; what is wrong with one is told at its place, and the others hold.
pub(crate) fn of_config(loaded: &Loaded, sources: &mut SourceMap, found: &mut Diagnostics) -> Vec<Policy> {
    let mut policies: Vec<Policy> = Vec::new();
    for given in loaded.config.lint.iter().flat_map(|lint| lint.policies.iter().flatten()) {
        let given = &given.value;
        let id = &given.code.value;
        if !is_own_code(id) {
            let help = "take one or two capital letters that none of samc's codes begins with, and three digits: `X001`";
            found.push(
                malformed(given.code.span, format!("`{id}` cannot be the code of a policy")).help(help),
            );
            continue;
        }
        if policies.iter().any(|policy| policy.code.id() == id) {
            let message = format!("{id} is the code of two policies");
            found.push(malformed(given.code.span, message).help("give one of them another code"));
            continue;
        }
        let name = code_of(given).name();
        let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !name.chars().all(is_kebab) || crate::config::rule_named(name).is_some() {
            let span = given.name.as_ref().and_then(|name| name.span);
            let message = format!("`{name}` cannot be the name of a policy");
            found.push(
                malformed(span, message)
                    .help("take small letters, digits and hyphens, and no name of samc's rules"),
            );
            continue;
        }
        policies.extend(ready(given, loaded, sources, found));
    }
    policies
}

fn malformed(span: Option<Span>, message: String) -> Diagnostic {
    Diagnostic::error(codes::MALFORMED_POLICY, message)
        .at(span, "this policy is not checked")
        .path("lint.policies")
}

fn ready(
    given: &config::Policy,
    loaded: &Loaded,
    sources: &mut SourceMap,
    found: &mut Diagnostics,
) -> Option<Policy> {
    let id = &given.code.value;
    let mut types = GlobSetBuilder::new();
    for pattern in given.r#type.value.items(given.r#type.span) {
        match Glob::new(pattern.value) {
            Ok(glob) => types.add(glob),
            Err(error) => {
                let message = format!("`{}` is not a pattern of types: {}", pattern.value, error.kind());
                found.push(malformed(pattern.span, message).help("such as `AWS::Lambda::*`"));
                return None;
            }
        };
    }
    let node = match given.schema.as_scalar() {
        Some(scalar) => file(&scalar.text, given.schema.span, loaded, sources, found)?,
        None => given.schema.clone(),
    };
    let schema = value_of(&node);
    let validator = match jsonschema::options().build(&schema) {
        Ok(validator) => validator,
        Err(error) => {
            let at = at_pointer(&node, error.instance_path().as_str());
            let message = format!("the schema of {id} is no JSON Schema: {error}");
            found.push(
                malformed(Some(at), message).help("see json-schema.org; `$ref` stays within the schema"),
            );
            return None;
        }
    };
    Some(Policy {
        code: code_of(given),
        types: types.build().ok()?,
        validator,
        schema,
        message: given.message.as_ref().map(|m| m.value.clone()),
        severity: given.severity.as_ref().map_or(Severity::Warning, |s| crate::config::severity(s.value)),
        help: given.help.as_ref().map(|h| h.value.clone()),
        url: given.url.as_ref().map(|u| u.value.clone()),
    })
}

/// A schema from a file, in JSON or YAML.
fn file(
    name: &str,
    at: Span,
    loaded: &Loaded,
    sources: &mut SourceMap,
    found: &mut Diagnostics,
) -> Option<Node> {
    let path = crate::config::plain(&loaded.folder.join(name));
    match input::read(&path) {
        Ok(text) => {
            let file = sources.add(path, text);
            let mut told = Diagnostics::default();
            let document = samc_syntax::parse(sources.file(file), &ParseOptions::default(), &mut told);
            let is_whole = !told.has_errors();
            found.append(told);
            is_whole.then_some(document.root)
        }
        Err(no_text) => {
            found.push(no_text.diagnostic.at(at, "named here").path("lint.policies"));
            None
        }
    }
}

/// A node as JSON, under YAML 1.2. The reader of documents bounds how deep nodes nest.
fn value_of(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.to_string(), value_of(&e.value))).collect())
        }
        NodeKind::Sequence(items) => Value::Array(items.iter().map(value_of).collect()),
        NodeKind::Scalar(scalar) => match scalar.yaml12() {
            Resolved::Null => Value::Null,
            Resolved::Bool(b) => b.into(),
            Resolved::Int(i) => i64::try_from(i).map_or(Value::Null, Value::from),
            Resolved::Float(f) => f.into(),
            Resolved::Text => scalar.text.to_string().into(),
        },
    }
}

/// The place of the part of a node that a JSON pointer leads to, as far as it leads.
fn at_pointer(node: &Node, pointer: &str) -> Span {
    let mut at = node;
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        let next = match &at.kind {
            NodeKind::Mapping(_) => at.get(&name),
            NodeKind::Sequence(items) => name.parse::<usize>().ok().and_then(|i| items.get(i)),
            NodeKind::Scalar(_) => None,
        };
        match next {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at.span
}

/// True for a text of the form of a code of one's own, `X001` or `AB123`, whose letters are none of samc's.
pub fn is_own_code(text: &str) -> bool {
    let letters = text.len().saturating_sub(3);
    let (head, digits) = text.split_at_checked(letters).unwrap_or(("", text));
    let is_form = (1..=2).contains(&head.len())
        && head.bytes().all(|b| b.is_ascii_uppercase())
        && digits.bytes().all(|b| b.is_ascii_digit());
    is_form && !OURS.contains(&head)
}

/// The letters that codes of samc begin with, and those that rules to come may have.
const OURS: [&str; 12] = ["C", "D", "E", "F", "K", "L", "O", "P", "R", "S", "T", "W"];
