//! What a path becomes before it is packed: the files of a folder as they lie, what a command made of
//! them, or an archive that was there already.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::build::Options;
use crate::fault::Fault;
use crate::filter::Patterns;
use crate::recipe::{self, Recipe};
use crate::uses::Use;
use crate::walk::{Code, Leave, Member, collect};

/// Files to be packed, or what is packed already.
#[derive(Debug)]
pub(crate) enum Source {
    /// Files, and the scratch folder that they lie in where a command made them.
    Files(Vec<Member>, Option<Arc<TempDir>>),
    /// An archive of somebody else's, or a file that is no code.
    Ready(Member),
}

/// Looks at what a use names, and builds it where its recipe says so.
pub(crate) fn of(used: &Use, options: &Options, excluded: &[PathBuf]) -> Result<Source, Vec<Fault>> {
    of_path(&options.root.join(&used.path), &used.recipe, excluded)
}

/// The same for a path and a recipe.
pub(crate) fn of_path(path: &Path, recipe: &Recipe, excluded: &[PathBuf]) -> Result<Source, Vec<Fault>> {
    let patterns = match recipe.exclude.as_slice() {
        [] => None,
        lines => Some(Patterns::new(lines.iter().map(String::as_str)).map_err(|fault| vec![fault])?),
    };
    let Some(command) = &recipe.command else {
        let leave = Leave { paths: excluded, patterns: patterns.as_ref(), ..Leave::default() };
        return Ok(match collect(path, leave)? {
            Code::Members(members) => Source::Files(members, None),
            Code::Ready(member) => Source::Ready(member),
        });
    };
    let inputs = match collect(path, Leave { paths: excluded, for_a_command: true, ..Leave::default() })? {
        Code::Members(members) => members,
        Code::Ready(member) => return Ok(Source::Ready(member)),
    };
    let (made, scratch) = recipe::run(command, &inputs)?;
    let members = match collect(&made, Leave { patterns: patterns.as_ref(), ..Leave::default() })? {
        Code::Members(members) => members,
        Code::Ready(member) => vec![member],
    };
    Ok(Source::Files(members, Some(Arc::new(scratch))))
}
