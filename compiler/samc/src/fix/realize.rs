//! Changes that are said by names become edits of the text as it is written: block or flow, YAML or JSON, with
//! the indentation that is there. What cannot be said for certain is left out.

use samc_base::{Change, Diagnostics, Edit, Fix, Put, SourceFile, SourceMap, Span, What};
use samc_schema::metadata::Form;
use samc_syntax::{Document, Entry, Node, NodeKind, Style};

use super::write::{self, Writing};

/// Gives findings the fixes that their changes come to.
pub(crate) fn realize(found: &mut Diagnostics, document: &Document, sources: &SourceMap) {
    for finding in found.iter_mut().filter(|finding| !finding.changes.is_empty()) {
        let changes = std::mem::take(&mut finding.changes);
        let Some(place) = finding.primary.as_ref().map(|label| label.span) else { continue };
        for change in changes {
            let Some((message, edit)) = edit(&change, place, document, sources) else { continue };
            // An edit is of the file that the finding is in.
            if place.file == edit.span.file {
                let message = message.unwrap_or(change.message);
                let fix = Fix { message, applicability: change.applicability, edits: vec![edit] };
                finding.fixes.push(fix);
            }
        }
    }
}

/// The edit of a change, and what it does in the words of app.yaml, where those are others. `place` is where the
/// finding is.
fn edit(
    change: &Change,
    place: Span,
    document: &Document,
    sources: &SourceMap,
) -> Option<(Option<String>, Edit)> {
    let section = section(document);
    let resources = section.iter().try_fold(&document.root, |node, key| node.get(key));
    match &change.what {
        What::Spelling { span, from, to } => Some((None, spelling(*span, from, to, document, sources)?)),
        What::Property { resource, resource_type, path, value } => {
            if let Some(node) = resources.and_then(|resources| resources.get(resource)) {
                // What a resource of another type was made into has properties of other names.
                if node.get("Type").and_then(Node::as_scalar).is_none_or(|t| *t.text != *resource_type) {
                    return None;
                }
                let own = [resource, "Properties"].into_iter().chain(path.iter().map(String::as_str));
                let keys: Vec<String> = section.iter().copied().chain(own).map(str::to_owned).collect();
                return Some((None, set(document, &keys, value, sources)?));
            }
            let (keys, value) = match Form::of(&document.root) {
                Form::Service => in_service(document, (resource, resource_type), path, value)?,
                Form::App => in_app(document, place, (resource, resource_type), path, value)?,
                Form::Template => return None,
            };
            let message = match (keys.last(), &value) {
                (Some(key), Put::Text(text)) => Some(format!("set {key} to {text}")),
                (Some(key), Put::Number(number)) => Some(format!("set {key} to {number}")),
                _ => None,
            };
            Some((message, set(document, &keys, &value, sources)?))
        }
        What::Resource { id, body } => {
            if resources?.entry(id).is_some() {
                return None;
            }
            let keys: Vec<String> = section.iter().copied().chain([&**id]).map(str::to_owned).collect();
            Some((None, set(document, &keys, body, sources)?))
        }
    }
}

/// The keys that lead to the resources of the author.
fn section(document: &Document) -> &'static [&'static str] {
    match Form::of(&document.root) {
        Form::Template => &["Resources"],
        Form::App => &["resources"],
        Form::Service => &["resources", "Resources"],
    }
}

/// How properties of what a function of a serverless.yml becomes are called among its settings. Source: the
/// front end's function/settings.rs.
const IN_SERVICE: &[(&str, &str, &str)] = &[
    ("AWS::Lambda::Function", "Timeout", "timeout"),
    ("AWS::Lambda::Function", "MemorySize", "memorySize"),
    ("AWS::Lambda::Function", "Runtime", "runtime"),
    ("AWS::Logs::LogGroup", "RetentionInDays", "logRetentionInDays"),
];

/// The keys that lead to a setting of a function in a serverless.yml. A setting that the provider has for all
/// is set for the one function.
fn in_service(
    document: &Document,
    (resource, resource_type): (&str, &str),
    path: &[String],
    value: &Put,
) -> Option<(Vec<String>, Put)> {
    let [property] = path else { return None };
    let (.., key) = IN_SERVICE.iter().find(|(t, p, _)| *t == resource_type && p == property)?;
    document.root.get("functions")?.entry(resource)?;
    Some((["functions", resource, key].map(str::to_owned).to_vec(), value.clone()))
}

/// How properties are called in app.yaml, and the unit their numbers have there. Source: docs/app-yaml.md.
const IN_APP: &[(&str, &str, &str, &str)] =
    &[("AWS::SQS::Queue", "VisibilityTimeout", "queues", "visibility")];

/// The keys that lead to a property of a component in app.yaml, and the value as it is written there. Where a stage
/// has a value of its own at the place of the finding, it is that one.
fn in_app(
    document: &Document,
    place: Span,
    (resource, resource_type): (&str, &str),
    path: &[String],
    value: &Put,
) -> Option<(Vec<String>, Put)> {
    let [property] = path else { return None };
    let (_, _, section, key) = IN_APP.iter().find(|(t, p, ..)| *t == resource_type && p == property)?;
    document.root.get(section)?.entry(resource)?;
    let Put::Number(seconds) = value else { return None };
    let own = [section, resource, key].map(str::to_owned);
    let stages = document.root.get("stages").and_then(Node::as_mapping).unwrap_or_default();
    let of_stage = stages.iter().find(|stage| {
        let found = own.iter().try_fold(&stage.value, |node, key| node.get(key));
        found.is_some_and(|node| node.span == place)
    });
    let stage = of_stage.map(|stage| vec!["stages".to_owned(), stage.key.to_string()]);
    let keys = stage.into_iter().flatten().chain(own).collect();
    Some((keys, Put::Text(format!("{seconds}s"))))
}

/// Replaces a word where it stands as expected.
fn spelling(span: Span, from: &str, to: &str, document: &Document, sources: &SourceMap) -> Option<Edit> {
    let text = sources.slice(span);
    let quotes = ['"', '\''];
    let inner = match text.chars().next().filter(|c| quotes.contains(c)) {
        Some(quote) if text.len() >= 2 && text.ends_with(quote) => span.part(1, span.len() - 2),
        _ => span,
    };
    if sources.slice(inner) != from || to.contains(quotes) {
        return None;
    }
    // A key that is there already cannot be written a second time.
    if span.file == document.file && sibling_has(&document.root, span, to) {
        return None;
    }
    Some(Edit { span: inner, text: to.to_owned() })
}

/// True where a mapping has a key at a place, and another of the given name. Only what holds the place is looked at.
fn sibling_has(node: &Node, at: Span, name: &str) -> bool {
    match &node.kind {
        NodeKind::Scalar(_) => false,
        NodeKind::Sequence(items) => {
            items.iter().filter(|item| item.span.contains(at)).any(|item| sibling_has(item, at, name))
        }
        NodeKind::Mapping(entries) => {
            let is_here = entries.iter().any(|entry| entry.key_span == at);
            is_here && entries.iter().any(|entry| &*entry.key == name && entry.key_span != at)
                || entries
                    .iter()
                    .filter(|entry| entry.value.span.contains(at))
                    .any(|entry| sibling_has(&entry.value, at, name))
        }
    }
}

/// Writes a value under a path of keys: in place of the value there is, or as a new entry of the innermost
/// mapping that is there.
fn set(document: &Document, keys: &[String], value: &Put, sources: &SourceMap) -> Option<Edit> {
    let file = sources.file(document.file);
    let mut node = &document.root;
    for (depth, key) in keys.iter().enumerate() {
        let missing = keys.get(depth..)?;
        if node.tag.is_some() || node.span.file != document.file {
            return None;
        }
        let Some(entries) = node.as_mapping() else {
            return match &node.kind {
                NodeKind::Scalar(scalar) if scalar.is_null() => fill(node, missing, value, file),
                _ => None,
            };
        };
        let Some(entry) = entries.iter().find(|entry| *entry.key == **key) else {
            return insert(node, entries, missing, value, file);
        };
        if !is_own(node, entry) {
            return None;
        }
        node = &entry.value;
    }
    let scalar = node.as_scalar().filter(|_| node.tag.is_none())?;
    let writing = Writing::of(write::Form::Flow { quoted: false }, file);
    match scalar.style {
        Style::Plain if !scalar.is_null() => Some(Edit { span: node.span, text: writing.value(value)? }),
        Style::SingleQuoted | Style::DoubleQuoted => Some(Edit {
            span: node.span.part(1, node.span.len().checked_sub(2)?),
            text: writing.value(value)?,
        }),
        Style::Plain | Style::Literal | Style::Folded => None,
    }
}

/// False for what an alias or a merge key brought in: its text is somebody else's too.
fn is_own(parent: &Node, entry: &Entry) -> bool {
    let value = entry.value.span;
    parent.span.contains(entry.key_span)
        && value.file == entry.key_span.file
        && value.start >= entry.key_span.end
        && value.end <= parent.span.end
}

/// An entry in a place where nothing is written after a key.
fn fill(node: &Node, keys: &[String], value: &Put, file: &SourceFile) -> Option<Edit> {
    let quoted = is_json(file);
    if quoted {
        return None;
    }
    let writing = Writing::of(write::Form::Flow { quoted }, file);
    let text = format!(" {{{}}}", writing.entry(&nested(keys, value))?);
    Some(Edit { span: node.span.part(0, 0), text })
}

/// A new entry at the end of a mapping; in flow style on one line, at its front.
fn insert(node: &Node, entries: &[Entry], keys: &[String], value: &Put, file: &SourceFile) -> Option<Edit> {
    let text = file.text();
    let entry = nested(keys, value);
    let is_flow = text.get(node.span.start as usize..)?.starts_with('{');
    let Some(first) = entries.iter().find(|entry| node.span.contains(entry.key_span)) else {
        let writing = Writing::of(write::Form::Flow { quoted: is_json(file) }, file);
        let inside = Span::new(node.span.file, node.span.start + 1, node.span.start + 1);
        return is_flow.then(|| writing.entry(&entry)).flatten().map(|text| Edit { span: inside, text });
    };
    let line = file.line_start(file.line_of(first.key_span.start));
    let before = text.get(line as usize..first.key_span.start as usize)?;
    if is_flow {
        let quoted = first.key_style == Style::DoubleQuoted;
        let is_alone = before.trim().is_empty();
        let form = match is_alone {
            true => write::Form::Lines { indent: before.len(), quoted },
            false => write::Form::Flow { quoted },
        };
        let written = Writing::of(form, file).entry(&entry)?;
        let parted = if is_alone { format!(",\n{before}") } else { ", ".to_owned() };
        // After the last entry, where that is known; else before the first.
        return match entries.iter().rev().find(|entry| node.span.contains(entry.key_span)) {
            Some(last) if is_own(node, last) && !last.value.span.is_empty() => {
                let end = last.value.span.end;
                Some(Edit { span: Span::new(node.span.file, end, end), text: format!("{parted}{written}") })
            }
            _ => Some(Edit { span: first.key_span.part(0, 0), text: format!("{written}{parted}") }),
        };
    }
    // What stands before the first key may be the dash of an item.
    if !before.bytes().all(|b| b == b' ' || b == b'-') {
        return None;
    }
    let last = entries.iter().rev().find(|entry| node.span.contains(entry.key_span))?;
    let end = node.span.end.max(last.key_span.end);
    if keeps_blank_lines(&last.value) {
        return None;
    }
    let rest = text.get(end as usize..)?;
    let line_end = rest.find('\n').map_or(text.len(), |at| end as usize + at);
    let line_end = if text.get(..line_end)?.ends_with('\r') { line_end - 1 } else { line_end };
    // What follows on the line may only be a comment.
    let tail = text.get(end as usize..line_end)?.trim_start();
    if !(tail.is_empty() || tail.starts_with('#') || tail.starts_with(':')) {
        return None;
    }
    let indent = before.len();
    let written = Writing::of(write::Form::Block { indent }, file).entry(&entry)?;
    let at = Span::new(node.span.file, line_end as u32, line_end as u32);
    Some(Edit { span: at, text: format!("\n{}{written}", " ".repeat(indent)) })
}

/// True where blank lines at the end are a part of the last value.
fn keeps_blank_lines(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            matches!(scalar.style, Style::Literal | Style::Folded) && scalar.text.ends_with("\n\n")
        }
        NodeKind::Sequence(items) => items.last().is_some_and(keeps_blank_lines),
        NodeKind::Mapping(entries) => entries.last().is_some_and(|entry| keeps_blank_lines(&entry.value)),
    }
}

fn is_json(file: &SourceFile) -> bool {
    file.text().trim_start().starts_with('{') && file.text().contains('"')
}

/// A value under keys, each in a mapping of its own: the first of them with what stands under it.
fn nested(keys: &[String], value: &Put) -> (String, Put) {
    let (first, rest) = keys.split_first().map_or((String::new(), keys), |(f, rest)| (f.clone(), rest));
    let inner = rest.iter().rev().fold(value.clone(), |inner, key| Put::Map(vec![(key.clone(), inner)]));
    (first, inner)
}
