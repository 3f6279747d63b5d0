//! The files beside the input, for the front ends.

use std::cell::RefCell;
use std::collections::BTreeMap;

use samc_frontends::Files;
use samc_ir::LeftOut;
use samc_package::Options;

/// A folder, and what is left out of it.
type Seen = (String, LeftOut);

/// Files on disk, by paths relative to a folder.
#[derive(Debug)]
pub(crate) struct DiskFiles {
    options: Options,
    /// The digests given so far: a folder that a thousand functions share is looked at once.
    fingerprints: RefCell<BTreeMap<Seen, Option<String>>>,
}

impl DiskFiles {
    /// The files that packaging with these options would see.
    pub(crate) fn new(options: Options) -> Self {
        DiskFiles { options, fingerprints: RefCell::default() }
    }
}

impl Files for DiskFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        let bytes =
            std::fs::read(self.options.root.join(path)).map_err(|e| format!("{path} cannot be read: {e}"))?;
        String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8 text"))
    }

    fn fingerprint(&self, path: &str, left_out: &LeftOut) -> Option<String> {
        let mut known = self.fingerprints.borrow_mut();
        let made = || samc_package::fingerprint(path, left_out, &self.options);
        known.entry((path.to_owned(), left_out.clone())).or_insert_with(made).clone()
    }

    fn exists(&self, path: &str) -> bool {
        self.options.root.join(path).exists()
    }
}
