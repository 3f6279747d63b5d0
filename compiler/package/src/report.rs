//! What is in the artifacts and how much of them it is.

use std::collections::BTreeMap;

use crate::build::Packaged;
use crate::checks::view::View;

/// One artifact with the sizes of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactSizes {
    /// Its path below the target's folder.
    pub path: String,
    /// What the author calls the resources that use it, in the order of the graph.
    pub users: Vec<String>,
    /// Its size in bytes.
    pub zipped: u64,
    /// Size of the sum of its files, in bytes.
    pub unzipped: u64,
    /// Its files, the largest first.
    pub files: Vec<FileSize>,
}

/// One file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSize {
    /// Its name, with `/`.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// What it takes in the archive, in bytes.
    pub zipped: u64,
}

/// A folder or a file, with what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branch {
    /// Its name below the branch above, with `/` at the end of a folder. What is alone in its folder is
    /// one branch with it.
    pub name: String,
    /// Size of the sum of its files, in bytes.
    pub bytes: u64,
    /// What they take in the archive, in bytes.
    pub zipped: u64,
    /// How many files there are.
    pub files: usize,
    /// What is in it, the largest first.
    pub inner: Vec<Branch>,
}

/// The sizes of all archives, in their order. Files that are no archives have none.
pub fn sizes(packaged: &Packaged) -> Vec<ArtifactSizes> {
    let of = |artifact: &crate::build::PackagedArtifact| {
        let view = View::open(&artifact.contents)?;
        let mut files: Vec<FileSize> = view
            .files
            .iter()
            .map(|f| FileSize { name: f.name.clone(), bytes: f.bytes, zipped: f.packed })
            .collect();
        files.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        Some(ArtifactSizes {
            path: artifact.path.clone(),
            users: artifact.users.clone(),
            zipped: artifact.contents.size(),
            unzipped: artifact.unzipped,
            files,
        })
    };
    packaged.artifacts.iter().filter_map(of).collect()
}

impl ArtifactSizes {
    /// Its files in their folders.
    pub fn tree(&self) -> Branch {
        let mut top = Folder::default();
        for file in &self.files {
            top.add(&file.name, file);
        }
        top.branch(String::new())
    }
}

#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Folder<'a>>,
    files: Vec<(&'a str, &'a FileSize)>,
}

impl<'a> Folder<'a> {
    fn add(&mut self, name: &'a str, file: &'a FileSize) {
        let mut at = self;
        let mut rest = name;
        while let Some((folder, below)) = rest.split_once('/') {
            at = at.folders.entry(folder).or_default();
            rest = below;
        }
        at.files.push((rest, file));
    }

    fn branch(self, name: String) -> Branch {
        let mut branch = Branch { name, ..Branch::default() };
        let files = self.files.into_iter().map(|(name, file)| Branch {
            name: name.to_owned(),
            bytes: file.bytes,
            zipped: file.zipped,
            files: 1,
            inner: Vec::new(),
        });
        let folders = self.folders.into_iter().map(|(name, folder)| folder.branch(format!("{name}/")));
        branch.inner = files.chain(folders).collect();
        for inner in &branch.inner {
            branch.bytes += inner.bytes;
            branch.zipped += inner.zipped;
            branch.files += inner.files;
        }
        branch.inner.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        match branch.inner.as_mut_slice() {
            [only] if !branch.name.is_empty() => Branch {
                name: format!("{}{}", branch.name, only.name),
                inner: std::mem::take(&mut only.inner),
                ..branch
            },
            _ => branch,
        }
    }
}
