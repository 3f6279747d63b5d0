//! Finding and reading the input file.

use std::io::Read;
use std::path::Path;

use samc_base::{Diagnostic, codes};

/// The names that are looked for where none is given, in this order.
pub const DEFAULT_NAMES: [&str; 6] =
    ["app.yaml", "app.yml", "template.yaml", "template.yml", "template.json", "serverless.yml"];

/// The largest input that is read, in bytes: 64 MiB.
pub const MAX_BYTES: u64 = 64 << 20;

/// Why there is no text to compile.
#[derive(Debug, Clone)]
pub struct NoText {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// Whether the machine is at fault (exit status 2) rather than the file's content (1).
    pub is_system: bool,
}

/// The input in the current folder, where none is named.
pub fn find() -> Result<String, NoText> {
    match DEFAULT_NAMES.iter().find(|name| Path::new(name).is_file()) {
        Some(name) => Ok((*name).to_owned()),
        None => {
            Err(system(Diagnostic::error(codes::NO_INPUT, "there is no input in this folder").help(format!(
                "looked for {}; name another file: samc build path/to/template.yaml",
                DEFAULT_NAMES.join(", ")
            ))))
        }
    }
}

/// The text of a file: UTF-8, with or without a byte order mark.
pub fn read(name: &str) -> Result<String, NoText> {
    let path = Path::new(name);
    let metadata = std::fs::metadata(path).map_err(|e| cannot_read(name, &e))?;
    if metadata.is_dir() {
        let inside = DEFAULT_NAMES.iter().find(|n| path.join(n).is_file());
        let help = match inside {
            Some(found) => format!("did you mean {}?", path.join(found).display()),
            None => "name a file in it".to_owned(),
        };
        return Err(system(
            Diagnostic::error(codes::CANNOT_READ, format!("{name} is a folder, not a file")).help(help),
        ));
    }
    if metadata.len() > MAX_BYTES {
        return Err(too_large(name, &(metadata.len() / 1_000_000).to_string()));
    }
    // A pipe or a device has no length beforehand; one byte past the limit is enough to know.
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path);
    opened
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| cannot_read(name, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large(name, &format!("more than {}", MAX_BYTES / 1_000_000)));
    }
    samc_syntax::decode(bytes).map_err(|no_text| wrong(no_text.diagnostic(name)))
}

fn too_large(name: &str, megabytes: &str) -> NoText {
    let limit = MAX_BYTES / 1_000_000;
    wrong(
        Diagnostic::error(
            codes::TOO_LARGE,
            format!("{name} has {megabytes} MB; files of up to {limit} MB are read"),
        )
        .help("move long texts into files of their own, or split the application"),
    )
}

fn cannot_read(name: &str, error: &std::io::Error) -> NoText {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission is denied".to_owned(),
        _ => error.to_string(),
    };
    let finding = Diagnostic::error(codes::CANNOT_READ, format!("{name} cannot be read: {reason}"));
    let near = (error.kind() == std::io::ErrorKind::NotFound).then(|| near_file(name)).flatten();
    system(match near {
        Some(near) => finding.help(format!("did you mean {near}?")),
        None => finding,
    })
}

/// A file beside the one that is not there, with nearly its name.
pub(crate) fn near_file(name: &str) -> Option<String> {
    let path = Path::new(name);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|e| e.path().is_file())
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    let wanted = path.file_name()?.to_str()?;
    let near = samc_base::nearest(wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).display().to_string())
}

fn system(diagnostic: Diagnostic) -> NoText {
    NoText { diagnostic, is_system: true }
}

fn wrong(diagnostic: Diagnostic) -> NoText {
    NoText { diagnostic, is_system: false }
}
