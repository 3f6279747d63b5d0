//! What belongs to the code of a folder and what does not, by the rules of `.gitignore`.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::fault::Fault;

/// The file of patterns in a folder of code.
pub(crate) const IGNORE_FILE: &str = ".samcignore";

/// What is never code: history, caches, what other tools built, and what editors keep. A `!` in
/// `.samcignore` or `build.exclude` brings one back.
pub(crate) const BUILT_IN: [&str; 20] = [
    ".git",
    ".hg/",
    ".svn/",
    ".aws-sam/",
    ".samc/",
    ".serverless/",
    ".terraform/",
    "__pycache__/",
    "*.pyc",
    "*.pyo",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".venv/",
    "**/node_modules/.cache/",
    ".idea/",
    ".vscode/",
    ".DS_Store",
    "Thumbs.db",
    IGNORE_FILE,
];

/// Patterns that hold below one folder.
#[derive(Debug, Clone)]
pub(crate) struct Patterns(Gitignore);

impl Patterns {
    /// Reads patterns, one in each line; comments and empty lines are none.
    pub(crate) fn new<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, Fault> {
        let mut builder = GitignoreBuilder::new("");
        for line in lines {
            let bad = |_| Fault::Pattern { pattern: line.to_owned() };
            builder.add_line(None, &literal_braces(line)).map_err(bad)?;
        }
        builder.build().map(Patterns).map_err(|error| Fault::Pattern { pattern: error.to_string() })
    }

    /// Some(true) where the last pattern that fits leaves the path out, Some(false) where it brings it
    /// back, none where no pattern fits.
    pub(crate) fn leaves_out(&self, path: &str, is_folder: bool) -> Option<bool> {
        match self.0.matched(path, is_folder) {
            Match::None => None,
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
        }
    }
}

/// Braces mean themselves in `.gitignore`; to the matcher they are alternatives.
fn literal_braces(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let (mut is_escaped, mut in_class) = (false, false);
    for (at, c) in line.char_indices() {
        if !is_escaped && !in_class && matches!(c, '{' | '}') {
            out.push('\\');
        }
        in_class = !is_escaped && if in_class { c != ']' } else { c == '[' && line[at..].contains(']') };
        is_escaped = !is_escaped && c == '\\';
        out.push(c);
    }
    out
}

/// The patterns of samc's own list.
pub(crate) fn built_in() -> Result<Patterns, Fault> {
    Patterns::new(BUILT_IN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_those_of_gitignore() {
        let lines = ["# a comment", "*.log", "!keep.log", "/top", "docs/", "a/**/z", "\\!odd", "name\\ "];
        let patterns = Patterns::new(lines).unwrap();
        for (path, is_folder, wanted) in [
            ("x.log", false, Some(true)),
            ("deep/x.log", false, Some(true)),
            ("deep/keep.log", false, Some(false)),
            ("top", false, Some(true)),
            ("deep/top", false, None),
            ("docs", true, Some(true)),
            ("docs", false, None),
            ("a/b/c/z", false, Some(true)),
            ("!odd", false, Some(true)),
            ("name ", false, Some(true)),
            ("# a comment", false, None),
        ] {
            assert_eq!(patterns.leaves_out(path, is_folder), wanted, "{path}");
        }
        let braces = Patterns::new(["a{b,c}", "[{]x"]).unwrap();
        assert_eq!(braces.leaves_out("a{b,c}", false), Some(true));
        assert_eq!(braces.leaves_out("ab", false), None);
        assert_eq!(braces.leaves_out("{x", false), Some(true));
        assert!(Patterns::new(["[z-a]"]).is_err() && Patterns::new(["a[b{"]).is_ok());
    }

    #[test]
    fn the_built_in_list_knows_files_from_folders() {
        let list = built_in().unwrap();
        let out = |path, is_folder| list.leaves_out(path, is_folder) == Some(true);
        assert!(out(".git", false) && out(".git", true) && out("a/__pycache__", true));
        assert!(out("a/node_modules/.cache", true) && !out("a/.cache", true) && !out(".venv", false));
    }
}
