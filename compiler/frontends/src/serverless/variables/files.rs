//! `${file(path):a.b}`: values of other files.

use samc_base::Reported;
use samc_syntax::Style;

use super::cells::{Id, Misspelt};
use super::faults;
use super::resolver::{Found, Missing, Resolver};
use super::sources::{Ask, near_key};

/// A file that was read.
#[derive(Debug, Clone, Copy)]
pub(super) enum File {
    /// YAML or JSON.
    Tree(Id),
    /// Anything else.
    Text(Id),
    /// It is not there.
    Missing,
}

/// How files are read, by the ending of their name.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Tree,
    Text,
    /// A program whose result would be the value.
    Code,
    /// A program too; the Framework takes its text where no part of it is asked for.
    CodeOrText,
}

fn form(path: &str) -> Form {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending);
    match ending {
        Some("yml" | "yaml" | "json" | "tfstate") => Form::Tree,
        Some("js" | "cjs") => Form::Code,
        Some("ts" | "mts" | "cts" | "mjs") => Form::CodeOrText,
        _ => Form::Text,
    }
}

/// The answer of the source `file`.
pub(super) fn answer(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let Some(path) = ask.params.first().cloned().flatten().filter(|path| !path.is_empty()) else {
        return Err(faults::misused(
            resolver,
            ask.site,
            "names no file",
            "write its path in the parentheses: ${file(config.yml):key}",
        ));
    };
    let path = plain(&path);
    let form = form(&path);
    let is_code = form == Form::Code || form == Form::CodeOrText && ask.address.is_some();
    let file = read(resolver, &path, form == Form::Tree, ask)?;
    let from = match file {
        File::Missing => {
            let near = resolver.around.near(&path);
            let help = near.map_or_else(
                || "paths are relative to the folder of the service".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Ok(Missing::found(format!("there is no file `{path}`"), help));
        }
        File::Tree(_) | File::Text(_) if is_code => return Err(faults::code(resolver, ask, &path)),
        File::Tree(id) => id,
        File::Text(id) => resolver.resolved_text(id, ask.site)?,
    };
    let Some(address) = &ask.address else { return Ok(Found::Value(from)) };
    let keys: Vec<&str> = address.split('.').collect();
    match resolver.walk(from, &keys)? {
        Ok(value) => Ok(Found::Value(value)),
        Err(index) => {
            let help = near_key(resolver, from, &keys, index)?;
            Ok(Missing::found(format!("`{path}` has nothing at `{address}`"), help))
        }
    }
}

fn read(resolver: &mut Resolver<'_>, path: &str, is_tree: bool, ask: &Ask<'_>) -> Result<File, Reported> {
    if let Some(known) = resolver.files.get(path) {
        return *known;
    }
    let file = load(resolver, path, is_tree, ask);
    resolver.files.insert(path.to_owned(), file);
    file
}

fn load(resolver: &mut Resolver<'_>, path: &str, is_tree: bool, ask: &Ask<'_>) -> Result<File, Reported> {
    let at = ask.site.span;
    if !is_tree {
        return Ok(match resolver.around.text(path, at, resolver.found)? {
            Some((text, span)) => File::Text(resolver.cells.plain(span, &text, Style::DoubleQuoted)),
            None => File::Missing,
        });
    }
    let Some(document) = resolver.around.document(path, at, resolver.found)? else {
        return Ok(File::Missing);
    };
    resolver.aliases.extend(document.aliases);
    let found = &mut *resolver.found;
    let mut report = |misspelt: Misspelt| faults::misspelt(found, &misspelt);
    let id = resolver.cells.enter(document.root, &mut Vec::new(), Some(path), false, &mut report);
    Ok(File::Tree(id))
}

/// A path without `.`, and without the folders that `..` leaves.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
