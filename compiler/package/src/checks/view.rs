//! An archive to look into: what is in it, and the bytes of single files.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};

use zip::ZipArchive;

use crate::contents::Contents;

/// What an archive is read from.
trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// No source file or header that is looked at is longer.
const MOST: u64 = 64 << 20;

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its name, with `/`.
    pub(crate) name: String,
    /// Its size unzipped.
    pub(crate) bytes: u64,
    /// Its size in the archive.
    pub(crate) packed: u64,
    /// Whether it may be executed.
    pub(crate) executable: bool,
    at: usize,
}

/// An open archive.
pub(crate) struct View {
    archive: ZipArchive<Box<dyn Source>>,
    /// Its files, sorted by name.
    pub(crate) files: Vec<Listed>,
}

impl View {
    /// Opens an archive; none where it is none.
    pub(crate) fn open(contents: &Contents) -> Option<View> {
        let source: Box<dyn Source> = match contents {
            Contents::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Contents::File { path, .. } => Box::new(BufReader::new(File::open(path).ok()?)),
        };
        let mut archive = ZipArchive::new(source).ok()?;
        let mut files = Vec::with_capacity(archive.len());
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at).ok()?;
            let Ok(name) = entry.name() else { continue };
            if entry.is_dir() {
                continue;
            }
            files.push(Listed {
                name: name.replace('\\', "/"),
                bytes: entry.size(),
                packed: entry.compressed_size(),
                // An archive that was made without modes is unpacked with all rights.
                executable: entry.unix_mode().is_none_or(|mode| mode & 0o111 != 0),
                at,
            });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Some(View { archive, files })
    }

    /// Names and sizes of its files.
    pub(crate) fn sizes(&self) -> Vec<(&str, u64)> {
        self.files.iter().map(|f| (f.name.as_str(), f.bytes)).collect()
    }

    /// The file of a name.
    pub(crate) fn find(&self, name: &str) -> Option<&Listed> {
        self.files.binary_search_by(|f| f.name.as_str().cmp(name)).ok().map(|at| &self.files[at])
    }

    /// The files whose names begin so.
    pub(crate) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Listed> {
        let first = self.files.partition_point(|f| f.name.as_str() < prefix);
        self.files[first..].iter().take_while(move |f| f.name.starts_with(prefix))
    }

    /// The first bytes of a file.
    pub(crate) fn head(&mut self, name: &str, most: u64) -> Option<Vec<u8>> {
        let at = self.find(name)?.at;
        let mut bytes = Vec::new();
        self.archive.by_index(at).ok()?.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// A file as text; none where it is not there or too large to be one.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let bytes = self.head(name, MOST)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// An archive in the archive.
    pub(crate) fn inner(&mut self, name: &str) -> Option<View> {
        self.find(name).filter(|f| f.bytes <= MOST)?;
        View::open(&Contents::Bytes(self.head(name, MOST)?))
    }
}
