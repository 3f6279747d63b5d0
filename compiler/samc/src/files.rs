//! The files beside the input, for the front ends.

use std::path::PathBuf;

use samc_frontends::Files;

/// Files on disk, by paths relative to a folder.
#[derive(Debug, Clone)]
pub(crate) struct DiskFiles {
    /// The folder of the input.
    pub(crate) root: PathBuf,
    /// What is never part of code: the folder the build writes to.
    pub(crate) excluded: Vec<PathBuf>,
}

impl Files for DiskFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        let bytes = std::fs::read(self.root.join(path)).map_err(|e| format!("{path} cannot be read: {e}"))?;
        String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8 text"))
    }

    fn fingerprint(&self, path: &str) -> Option<String> {
        samc_package::fingerprint(&self.root.join(path), &self.excluded)
    }

    fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }
}
