//! What a folder of Python declares: `requirements.txt`, and `pyproject.toml` with or without a lock file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Table;

/// The files that say what is installed.
pub(super) const REQUIREMENTS: &str = "requirements.txt";
const PROJECT: &str = "pyproject.toml";

/// Where the packages of a folder are declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Declared {
    /// In a file that pip and uv read.
    File,
    /// In the lock file of uv.
    UvLock,
    /// In the lock file of Poetry.
    PoetryLock,
    /// In the project's own list, without a lock.
    Project(Vec<String>),
}

/// What a folder declares; none where it declares nothing. `requirements.txt` counts before the project's file.
pub(super) fn declared(folder: &Path) -> Option<Declared> {
    if let Ok(text) = std::fs::read_to_string(folder.join(REQUIREMENTS)) {
        return lines(&text).next().is_some().then_some(Declared::File);
    }
    let text = std::fs::read_to_string(folder.join(PROJECT)).ok()?;
    let project: Table = text.parse().ok()?;
    let own = project.get("project").and_then(|p| p.get("dependencies")).and_then(|d| d.as_array());
    let own: Vec<String> = own.into_iter().flatten().filter_map(|d| d.as_str().map(str::to_owned)).collect();
    let poetry = project.get("tool").and_then(|t| t.get("poetry")?.get("dependencies")?.as_table());
    let is_poetry = poetry.is_some_and(|table| table.keys().any(|name| name != "python"));
    if own.is_empty() && !is_poetry {
        return None;
    }
    if folder.join("uv.lock").is_file() {
        return Some(Declared::UvLock);
    }
    if folder.join("poetry.lock").is_file() || own.is_empty() {
        return Some(Declared::PoetryLock);
    }
    Some(Declared::Project(own))
}

/// Whether a folder declares packages.
pub(super) fn declares_packages(folder: &Path) -> bool {
    declared(folder).is_some()
}

/// The files that decide what is installed, with their names below the folder; none where that may depend on any
/// file, since a package of the folder itself is asked for.
pub(super) fn deciding_files(folder: &Path) -> Option<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for name in [PROJECT, "uv.lock", "poetry.lock", "uv.toml", "pip.conf"] {
        let Ok(text) = std::fs::read_to_string(folder.join(name)) else { continue };
        if locks_a_folder(&text) {
            return None;
        }
        found.insert(PathBuf::from(name));
    }
    let mut waiting = vec![PathBuf::from(REQUIREMENTS)];
    while let Some(file) = waiting.pop() {
        let Ok(text) = std::fs::read_to_string(folder.join(&file)) else { continue };
        if !found.insert(file.clone()) {
            continue;
        }
        let beside = file.parent().unwrap_or(Path::new("")).to_owned();
        for line in lines(&text) {
            let other = ["-r", "--requirement", "-c", "--constraint"].into_iter().find_map(|option| {
                let rest = line.strip_prefix(option)?;
                let rest = rest.strip_prefix('=').unwrap_or(rest);
                (rest.starts_with(char::is_whitespace)
                    || option.len() == 2
                    || rest.len() < line.len() - option.len())
                .then(|| rest.trim().to_owned())
            });
            match other {
                Some(other) if !other.contains("://") => waiting.push(beside.join(other)),
                Some(_) => {}
                None if is_local(&line) => return None,
                None => {}
            }
        }
    }
    Some(found)
}

/// Whether a project or its lock file has a package that lies on this machine, other than the project itself.
fn locks_a_folder(text: &str) -> bool {
    let is_other = |line: &str| {
        let of_uv =
            ["{ directory = ", "{ path = ", "{ editable = "].iter().any(|source| line.contains(source));
        (of_uv && !line.contains("{ editable = \".\" }"))
            || matches!(line.trim(), "type = \"directory\"" | "type = \"file\"")
            || line.contains("path = \"")
            || line.contains(" @ file:")
    };
    text.lines().any(is_other)
}

/// Whether a line asks for something that lies on this machine.
fn is_local(line: &str) -> bool {
    let options = ["-e", "--editable", "-f", "--find-links", "-i file:", "--index-url file:"];
    let first = line.split_whitespace().next().unwrap_or_default();
    options.iter().any(|option| line.starts_with(option))
        || line.contains("file:")
        || line.contains("${")
        || first.starts_with('.')
        || (first.contains('/') && !line.contains("://"))
        || first.ends_with(".whl")
        || first.ends_with(".tar.gz")
}

/// The lines of a file of requirements: comments go, what is continued is one.
fn lines(text: &str) -> impl Iterator<Item = String> {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let lines: Vec<String> = joined
        .lines()
        .map(|line| {
            let comment = line.match_indices('#').map(|(at, _)| at);
            let end = comment
                .into_iter()
                .find(|at| line[..*at].chars().next_back().is_none_or(char::is_whitespace));
            line[..end.unwrap_or(line.len())].trim().to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect();
    lines.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> (Option<Declared>, Option<Vec<String>>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let files = deciding_files(folder.path());
        let names = files.map(|all| all.into_iter().map(|f| f.to_string_lossy().into_owned()).collect());
        (declared(folder.path()), names)
    }

    #[test]
    fn what_is_declared_is_found() {
        assert_eq!(of(&[]).0, None);
        assert_eq!(of(&[("requirements.txt", "# nothing\n\n")]).0, None);
        assert_eq!(of(&[("requirements.txt", "requests==2 # why\n")]).0, Some(Declared::File));
        let project = "[project]\nname = 'x'\ndependencies = ['requests>=2', 'six']\n";
        let own = vec!["requests>=2".to_owned(), "six".to_owned()];
        assert_eq!(of(&[("pyproject.toml", project)]).0, Some(Declared::Project(own)));
        assert_eq!(of(&[("pyproject.toml", project), ("uv.lock", "")]).0, Some(Declared::UvLock));
        assert_eq!(of(&[("pyproject.toml", project), ("poetry.lock", "")]).0, Some(Declared::PoetryLock));
        let poetry = "[tool.poetry.dependencies]\npython = '^3.12'\nsix = '*'\n";
        assert_eq!(of(&[("pyproject.toml", poetry)]).0, Some(Declared::PoetryLock));
        assert_eq!(of(&[("pyproject.toml", "[tool.ruff]\nline-length = 1\n")]).0, None);
        assert_eq!(of(&[("pyproject.toml", project), ("requirements.txt", "six")]).0, Some(Declared::File));
    }

    #[test]
    fn files_that_decide_are_followed() {
        let (_, files) = of(&[
            ("requirements.txt", "-r more/base.txt\n-cpins.txt\n--requirement=last.txt\nsix\n"),
            ("more/base.txt", "a @ https://example.com/a.whl \\\n  --hash=sha256:1\n-r other.txt\n"),
            ("more/other.txt", "-r base.txt\n"),
            ("pins.txt", "six==1\n"),
            ("last.txt", ""),
            ("unread.txt", "x"),
        ]);
        let names = ["last.txt", "more/base.txt", "more/other.txt", "pins.txt", "requirements.txt"];
        assert_eq!(files.unwrap(), names);
        for local in ["-e .", "./pkg", "pkg/x", "a @ file:./pkg", "x-1.whl", "--find-links=wheels", "${X}/a"]
        {
            assert_eq!(of(&[("requirements.txt", local)]).1, None, "{local}");
        }
    }
}
