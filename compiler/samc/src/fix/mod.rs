//! `samc lint --fix`: fixes applied to the text until nothing changes, checked, and shown or written.

mod realize;
mod taken;
mod write;

use std::collections::BTreeMap;

use samc_base::{Applicability, Diagnostic, Edit, Severity, codes};

use crate::compile::{Compilation, Settings, compile};

pub(crate) use realize::realize;
use taken::{Answer, Taken, by_name, is_readable, keep_readable};

/// Texts that stand in for files, by the names of the files: those that fixes have changed.
pub type Texts = BTreeMap<String, String>;

/// How often fixes are applied to what fixes have made.
const ROUNDS: usize = 10;

/// What came of it.
#[derive(Debug)]
pub struct Fixed {
    /// The compilation of what the fixes have made.
    pub compilation: Compilation,
    /// How many fixes were applied.
    pub count: usize,
}

/// Compiles an input and applies the fixes of its findings until none is left that changes anything. `texts`
/// has what was changed before, and gets what is changed now; no file is written.
pub fn fix(settings: &Settings, with_unsafe: bool, texts: &mut Texts) -> Fixed {
    let mut count = 0;
    let mut done = compile_with(settings, texts);
    for _ in 0..ROUNDS {
        let (next, applied) = apply(&done, with_unsafe);
        if applied == 0 {
            break;
        }
        let mut all = texts.clone();
        all.extend(next);
        let after = compile_with(settings, &all);
        // What makes more errors than it mends was no fix.
        if errors(&after) > errors(&done) {
            break;
        }
        count += applied;
        *texts = all;
        done = after;
    }
    Fixed { compilation: done, count }
}

fn compile_with(settings: &Settings, texts: &Texts) -> Compilation {
    compile(&Settings { texts: texts.clone(), ..settings.clone() })
}

fn errors(done: &Compilation) -> usize {
    done.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).count()
}

/// The texts with the fixes of all findings, and how many there were. Of two that change the same place the one
/// whose edits begin first is taken, and of those the one with the lower code.
fn apply(done: &Compilation, with_unsafe: bool) -> (Texts, usize) {
    let mut fixes: Vec<(&Diagnostic, &[Edit])> = done
        .diagnostics
        .iter()
        .filter_map(|finding| {
            let usable = |fix: &&samc_base::Fix| with_unsafe || fix.applicability == Applicability::Safe;
            finding.fixes.iter().find(usable).map(|fix| (finding, fix.edits.as_slice()))
        })
        .collect();
    fixes.sort_by_key(|(finding, edits)| (edits.first().map(|e| e.span), finding.code()));
    let (mut taken, mut kept) = (Taken::default(), Vec::new());
    for (_, edits) in fixes {
        let is_made = edits.iter().any(|edit| done.sources.slice(edit.span) == edit.text);
        // Where another finding has the same fix, it is made once.
        if !is_made && taken.ask(edits) == Answer::Free {
            taken.take(edits);
            kept.push(edits);
        }
    }
    let mut before = BTreeMap::new();
    let count = keep_readable(&mut taken, &kept, &mut |taken| is_readable(taken, &done.sources, &mut before));
    (by_name(taken.texts(&done.sources), &done.sources), count)
}

/// What the changed files were, as they are on disk.
fn before(name: &str) -> Result<(Vec<u8>, String), Diagnostic> {
    let bytes = std::fs::read(name)
        .map_err(|e| Diagnostic::error(codes::CANNOT_READ, format!("{name} cannot be read: {e}")))?;
    let text = crate::input::read(name).map_err(|no_text| no_text.diagnostic)?;
    Ok((bytes, text))
}

/// The changes as a unified diff, the files in the order of their names.
pub fn diff(texts: &Texts) -> Result<String, Diagnostic> {
    let mut out = String::new();
    for (name, text) in texts {
        let (_, old) = before(name)?;
        let name = name.replace('\\', "/");
        let (from, to) = (format!("a/{name}"), format!("b/{name}"));
        let diff = similar::TextDiff::from_lines(&old, text);
        out.push_str(&diff.unified_diff().context_radius(3).header(&from, &to).to_string());
    }
    Ok(out)
}

/// Writes the changed files, each beside its place and then renamed; nothing where one of them is no longer
/// what was read. `read` has the texts that the fixes began with.
pub fn write(texts: &Texts, read: &Texts) -> Result<(), Diagnostic> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let mut ready = Vec::new();
    for (name, text) in texts {
        let cannot =
            |why: String| Diagnostic::error(codes::CANNOT_WRITE, format!("{name} cannot be written: {why}"));
        let (bytes, old) = before(name)?;
        if read.get(name).is_some_and(|read| *read != old) {
            return Err(cannot("it was changed in the meantime".to_owned()).help("run samc lint --fix again"));
        }
        // Some readers keep the mark at the front of the text.
        let is_apart = bytes.starts_with(MARK) && !old.as_bytes().starts_with(MARK);
        let mark: &[u8] = if is_apart { MARK } else { b"" };
        if bytes.strip_prefix(mark) != Some(old.as_bytes()) {
            return Err(cannot("it is not in UTF-8".to_owned()).help("save it as UTF-8"));
        }
        // Through a link the file itself is written, not the link.
        let path = std::fs::canonicalize(name).map_err(|e| cannot(e.to_string()))?;
        let folder = path.parent().unwrap_or(std::path::Path::new("."));
        let written =
            tempfile::Builder::new().prefix(".samc-part-").tempfile_in(folder).and_then(|mut file| {
                use std::io::Write;
                file.write_all(mark)?;
                file.write_all(text.as_bytes())?;
                let permissions = std::fs::metadata(&path)?.permissions();
                file.as_file().set_permissions(permissions)?;
                Ok(file)
            });
        ready.push((written.map_err(|e| cannot(e.to_string()))?, path, name));
    }
    for (file, path, name) in ready {
        file.persist(&path).map_err(|e| {
            Diagnostic::error(codes::CANNOT_WRITE, format!("{name} cannot be written: {}", e.error))
        })?;
    }
    Ok(())
}
