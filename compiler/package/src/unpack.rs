//! Archives that were there already, as folders.

use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use tempfile::TempDir;
use zip::ZipArchive;

use crate::fault::Fault;
use crate::tree::set_executable;
use crate::walk::{Member, everything, reason};

/// The files of an archive in a scratch folder.
pub(crate) fn unpacked(archive: &Path) -> Result<(Vec<Member>, TempDir), Vec<Fault>> {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let broken = |why: String| vec![Fault::Unreadable { name: name.clone(), why }];
    let scratch = tempfile::Builder::new().prefix("samc-tree-").tempdir().map_err(|e| broken(reason(&e)))?;
    let file = std::fs::File::open(archive).map_err(|e| broken(reason(&e)))?;
    unpack(file, scratch.path()).map_err(|e| vec![Fault::NoArchive { why: in_words(archive, &e) }])?;
    match everything(scratch.path())? {
        members if members.is_empty() => Err(vec![Fault::Empty]),
        members => Ok((members, scratch)),
    }
}

/// Why an archive cannot be unpacked.
pub(crate) fn in_words(archive: &Path, error: &Error) -> String {
    let mut start = [0; 2];
    let is_zip = std::fs::File::open(archive).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *b"PK";
    match is_zip {
        true => error.to_string(),
        false => "it does not begin as a zip archive does".to_owned(),
    }
}

/// Unpacks an archive into an empty folder. Names that lead out of it are refused.
pub(crate) fn unpack(file: std::fs::File, folder: &Path) -> std::io::Result<()> {
    let mut archive = ZipArchive::new(std::io::BufReader::new(file)).map_err(Error::other)?;
    let top = folder.canonicalize()?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(Error::other)?;
        let outside = || Error::new(ErrorKind::InvalidData, "a name in it leads out of it");
        let to = top.join(entry.enclosed_name().ok_or_else(outside)?);
        if entry.is_dir() {
            std::fs::create_dir_all(&to)?;
            continue;
        }
        let parent = to.parent().unwrap_or(&top);
        std::fs::create_dir_all(parent)?;
        // A link that was unpacked before must not lead the next file elsewhere.
        if parent.canonicalize()? != parent || to.symlink_metadata().is_ok() {
            return Err(outside());
        }
        let mode = entry.unix_mode().unwrap_or(0o644);
        if entry.is_symlink() {
            let mut target = String::new();
            entry.read_to_string(&mut target)?;
            let from = parent.strip_prefix(&top).unwrap_or(Path::new(""));
            if !stays_inside(from, Path::new(&target)) {
                return Err(outside());
            }
            #[cfg(unix)]
            std::os::unix::fs::symlink(&target, &to)?;
            continue;
        }
        let mut out = std::fs::File::create(&to)?;
        std::io::copy(&mut entry, &mut out)?;
        set_executable(&to, mode & 0o111 != 0)?;
    }
    Ok(())
}

/// Whether a link in a folder, which is relative to the top, leads to something below the top.
fn stays_inside(from: &Path, target: &Path) -> bool {
    let mut depth = from.components().count();
    for part in target.components() {
        match part {
            std::path::Component::Normal(_) => depth += 1,
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if depth > 0 => depth -= 1,
            _ => return false,
        }
    }
    true
}
