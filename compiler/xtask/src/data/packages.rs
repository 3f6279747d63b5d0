//! The pinned packages: where their files lie, which version they must have, and what is written
//! about them beside each table.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::Table;
use crate::Failure;

/// A package of the Python index at one version.
pub(super) struct Pin {
    /// Its name in the index.
    pub(super) name: &'static str,
    version: &'static str,
    licence: &'static str,
    /// When this version was fetched; changed by hand together with the version.
    retrieved: &'static str,
    /// The day to which the facts in it are known to hold, where a table has no better one.
    as_of: &'static str,
    /// Licence and notice files, relative to the metadata folder.
    notices: &'static [&'static str],
}

/// The transform of SAM.
pub(super) const SAM: Pin = Pin {
    name: "aws-sam-translator",
    version: "1.115.0",
    licence: "Apache-2.0",
    retrieved: "2026-11-23",
    as_of: "2026-11-23",
    notices: &["licenses/LICENSE", "licenses/NOTICE"],
};

/// The linter, which carries the schemas AWS publishes.
pub(super) const CFN_LINT: Pin = Pin {
    name: "cfn-lint",
    version: "1.58.0",
    licence: "MIT-0",
    retrieved: "2026-11-23",
    as_of: "2026-11-23",
    notices: &["licenses/LICENSE", "licenses/NOTICE"],
};

/// The mock of AWS, which carries the managed policies with their documents.
pub(super) const MOTO: Pin = Pin {
    name: "moto",
    version: "5.2.5",
    licence: "Apache-2.0",
    retrieved: "2026-11-28",
    as_of: "2026-11-28",
    notices: &["licenses/LICENSE"],
};

const PINS: [&Pin; 3] = [&SAM, &CFN_LINT, &MOTO];

/// An installed set of the pinned packages.
pub(super) struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// Checks that the folder holds the pinned versions.
    pub(super) fn open(folder: PathBuf) -> Result<Packages, Failure> {
        for pin in PINS {
            let metadata = metadata_folder(&folder, pin);
            if !metadata.is_dir() {
                return Err(format!("{} {} is not installed there", pin.name, pin.version).into());
            }
        }
        Ok(Packages { folder })
    }

    /// The bytes of a file.
    pub(super) fn read(&self, path: impl AsRef<Path>) -> Result<Vec<u8>, Failure> {
        let path = path.as_ref();
        fs::read(self.folder.join(path)).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    /// The content of a JSON file.
    pub(super) fn json(&self, path: impl AsRef<Path>) -> Result<serde_json::Value, Failure> {
        let path = path.as_ref();
        serde_json::from_slice(&self.read(path)?).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    /// Every file below a folder with this extension, sorted, relative to the site-packages folder.
    pub(super) fn files(&self, below: &str, extension: &str) -> Result<Vec<PathBuf>, Failure> {
        let mut found = Vec::new();
        let mut open = vec![PathBuf::from(below)];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(self.folder.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|e| e == extension) {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Copies licence texts and notices beside the tables.
    pub(super) fn copy_licences(&self, target: &Path) -> Result<(), Failure> {
        fs::create_dir_all(target)?;
        for pin in PINS {
            for notice in pin.notices {
                let from = metadata_folder(&self.folder, pin).join(notice);
                let name = Path::new(notice).file_name().and_then(|n| n.to_str()).unwrap_or(notice);
                fs::write(target.join(format!("{}.{name}.txt", pin.name)), fs::read(from)?)?;
            }
        }
        Ok(())
    }

    /// The text of a table's `.source.toml`.
    pub(super) fn provenance(&self, table: &Table) -> Result<String, Failure> {
        let pin = table.pin;
        let mut digest = Sha256::new();
        for input in &table.inputs {
            digest.update(self.read(input)?);
        }
        let mut out = String::from("# Written by `cargo xtask data`.\n");
        writeln!(out, "source = \"https://pypi.org/project/{}/{}/\"", pin.name, pin.version)?;
        writeln!(out, "revision = \"{}\"", pin.version)?;
        match table.inputs.as_slice() {
            [one] => writeln!(out, "file = \"{}\"", one.display())?,
            [first, .., last] => {
                writeln!(out, "# {} files, in the order they are read.", table.inputs.len())?;
                writeln!(out, "files = [\"{}\", \"…\", \"{}\"]", first.display(), last.display())?;
            }
            [] => {}
        }
        writeln!(out, "retrieved = \"{}\"", pin.retrieved)?;
        writeln!(out, "as_of = \"{}\"", table.as_of.as_deref().unwrap_or(pin.as_of))?;
        writeln!(out, "licence = \"{}\"", pin.licence)?;
        writeln!(out, "# Of the source files, one after the other.")?;
        writeln!(out, "sha256 = \"{}\"", hex(&digest.finalize()))?;
        writeln!(out, "# Of the table beside this file.")?;
        writeln!(out, "table_sha256 = \"{}\"", hex(&Sha256::digest(&table.contents)))?;
        Ok(out)
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn metadata_folder(folder: &Path, pin: &Pin) -> PathBuf {
    folder.join(format!("{}-{}.dist-info", pin.name.replace('-', "_"), pin.version))
}

/// Installs the pinned packages, without what they need to run, below `target/`.
pub(super) fn install() -> Result<PathBuf, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/data-packages");
    if PINS.iter().all(|pin| metadata_folder(&folder, pin).is_dir()) {
        return Ok(folder);
    }
    let status = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--upgrade", "--target"])
        .arg(&folder)
        .args(PINS.iter().map(|pin| format!("{}=={}", pin.name, pin.version)))
        .status()?;
    if !status.success() {
        return Err("pip could not install the pinned packages".into());
    }
    Ok(folder)
}
