//! Writing output: each file whole or not at all, and nothing where the input is wrong.

use std::io::Write;
use std::path::{Path, PathBuf};

use samc_base::{Diagnostic, codes};

/// A file to be written.
#[derive(Debug, Clone)]
pub struct OutputFile {
    /// Where, from the current folder.
    pub path: PathBuf,
    /// The bytes.
    pub contents: Vec<u8>,
}

/// Writes all files. Each is first written in full beside its place; only when all of them are
/// there do they take their places, one rename each. A file with the same bytes is left alone.
pub fn write_all(files: &[OutputFile]) -> Result<(), Diagnostic> {
    let mut ready = Vec::new();
    for file in files {
        if std::fs::read(&file.path).is_ok_and(|there| there == file.contents) {
            continue;
        }
        let folder = file.path.parent().unwrap_or(Path::new("."));
        make_folder(folder)?;
        if file.path.is_dir() {
            return Err(in_the_way(&file.path, "a folder"));
        }
        let written = tempfile::NamedTempFile::new_in(folder)
            .and_then(|mut temporary| temporary.write_all(&file.contents).map(|()| temporary))
            .map_err(|e| cannot_write(&file.path, &e))?;
        ready.push((written, &file.path));
    }
    for (temporary, path) in ready {
        let file = temporary.persist(path).map_err(|e| cannot_write(path, &e.error))?;
        open_to_readers(&file);
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

/// Whether every file is there with these bytes.
pub fn is_current(files: &[OutputFile]) -> bool {
    files.iter().all(|f| std::fs::read(&f.path).is_ok_and(|there| there == f.contents))
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
