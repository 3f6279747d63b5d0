//! Writing output: each file whole or not at all, and nothing where the input is wrong.

use std::path::{Path, PathBuf};

use samc_base::{Diagnostic, codes};
use samc_package::Contents;
use samc_target::terraform::is_written;

/// The name of the list of archives in a target's folder.
pub const ARTIFACT_LIST: &str = "artifacts.json";

/// What is being written, before it is renamed.
const PART: &str = ".samc-part-";
/// A part this old belongs to a build that was killed.
const ABANDONED: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// A file to be written.
#[derive(Debug, Clone)]
pub struct OutputFile {
    /// Where, from the current folder.
    pub path: PathBuf,
    /// The bytes.
    pub contents: Contents,
}

/// Writes all files. Each is first written in full beside its place; only when all of them are
/// there do they take their places, one rename each. A file with the same bytes is left alone.
pub fn write_all(files: &[OutputFile]) -> Result<(), Diagnostic> {
    let mut ready = Vec::new();
    for file in files {
        if file.contents.is_in(&file.path) {
            continue;
        }
        let folder = file.path.parent().unwrap_or(Path::new("."));
        make_folder(folder)?;
        if file.path.is_dir() {
            return Err(in_the_way(&file.path, "a folder"));
        }
        let written = tempfile::Builder::new()
            .prefix(PART)
            .tempfile_in(folder)
            .and_then(|mut temporary| file.contents.write_to(temporary.as_file_mut()).map(|()| temporary))
            .map_err(|e| cannot_write(&file.path, &e))?;
        ready.push((written, &file.path));
    }
    for (temporary, path) in ready {
        let file = temporary.persist(path).map_err(|e| cannot_write(path, &e.error))?;
        open_to_readers(&file);
    }
    Ok(())
}

/// Writes the folders of code of the local target: below `folder`, each whole.
pub fn write_trees(folder: &Path, trees: &[(String, samc_package::Tree)]) -> Result<(), Diagnostic> {
    for (name, tree) in trees {
        let path = folder.join(name);
        make_folder(&path)?;
        tree.write_to(&path).map_err(|e| cannot_write(&path, &e))?;
    }
    Ok(())
}

/// Temporary files are private; output is for everybody who may read the folder.
fn open_to_readers(file: &std::fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Output that only its owner can read is still output.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// Removes the archives that an earlier build listed in a folder's `artifacts.json` and this one no
/// longer has, and the list itself where there is none any more. Other files are left alone. `list`
/// is the text of that list before this build.
pub fn remove_stale(folder: &Path, list: Option<&str>, files: &[OutputFile]) {
    let is_current = |path: &Path| files.iter().any(|f| f.path == path);
    remove_stale_nested(&folder.join(crate::nested::FOLDER), &is_current);
    remove_stale_terraform(folder, &is_current);
    let modules = folder.join("modules");
    for module in std::fs::read_dir(&modules).into_iter().flatten().flatten().map(|entry| entry.path()) {
        remove_stale_terraform(&module, &is_current);
        // Fails where something is left in it, and that is as it should be.
        let _ = std::fs::remove_dir(module);
    }
    let _ = std::fs::remove_dir(modules);
    remove_parts(folder);
    remove_parts(&folder.join("artifacts"));
    let Some(list) = list.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()) else {
        return;
    };
    let entries = list.get("artifacts").and_then(serde_json::Value::as_array);
    for name in entries.into_iter().flatten().filter_map(|entry| entry.get("file")?.as_str()) {
        // Only what samc itself could have named so.
        let is_own = name.strip_prefix("artifacts/").is_some_and(|n| !n.contains(['/', '\\']));
        let path = folder.join(name);
        if is_own && !is_current(&path) {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(path);
        }
    }
    let list = folder.join(ARTIFACT_LIST);
    if !is_current(&list) {
        let _ = std::fs::remove_file(list);
        let _ = std::fs::remove_dir(folder.join("artifacts"));
    }
}

/// Removes what builds that were killed had begun to write.
fn remove_parts(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_part = entry.file_name().to_string_lossy().starts_with(PART);
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_part && age().is_some_and(|age| age > ABANDONED) {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Removes documents of nested templates that are nested no longer, by the names samc gives them.
fn remove_stale_nested(folder: &Path, is_current: &dyn Fn(&Path) -> bool) {
    const ENDINGS: [&str; 3] = [".template.yaml", ".template.json", ".source-map.json"];
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if ENDINGS.iter().any(|ending| name.ends_with(ending)) && !is_current(&path) {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(path);
        }
    }
    // Fails where something is left in it, and that is as it should be.
    let _ = std::fs::remove_dir(folder);
}

/// Removes files of Terraform that an earlier build wrote: all files of a folder count there, also
/// those of a service that is not used any more, and those of the other syntax.
fn remove_stale_terraform(folder: &Path, is_current: &dyn Fn(&Path) -> bool) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_terraform = name.ends_with(".tf") || name.ends_with(".tf.json");
        if is_terraform
            && !is_current(&path)
            && std::fs::read_to_string(&path).is_ok_and(|text| is_written(&text))
        {
            // Terraform would take it for a part of the whole; but what cannot be removed is told by it.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A finding for each file that is not there with these bytes.
pub fn differing(files: &[OutputFile]) -> Vec<Diagnostic> {
    files
        .iter()
        .filter_map(|file| {
            let what = match file.path.is_file() {
                true if file.contents.is_in(&file.path) => return None,
                true => "is not what this input builds",
                false => "is not there, and this input builds it",
            };
            let message = format!("{} {what}", file.path.display());
            Some(Diagnostic::error(codes::OUTPUT_DIFFERS, message).help("run `samc build` without --check"))
        })
        .collect()
}

fn make_folder(folder: &Path) -> Result<(), Diagnostic> {
    if let Some(file) = folder.ancestors().find(|a| a.is_file()) {
        return Err(in_the_way(file, "a file"));
    }
    std::fs::create_dir_all(folder).map_err(|e| cannot_write(folder, &e))
}

fn in_the_way(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::error(
        codes::OUTPUT_IN_THE_WAY,
        format!("{} is {what}, and output is to go there", path.display()),
    )
    .help("move it away, or choose another folder with --out-dir")
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(codes::CANNOT_WRITE, format!("{} cannot be written: {error}", path.display()))
}
