//! Folders that tools fill from the network, remembered by what they were asked for: a change of the code alone
//! installs nothing again.

use std::path::Path;

use super::scratch::failed;
use crate::cache::{Cache, Kind};
use crate::contents::Contents;
use crate::fault::Fault;
use crate::pack::{self, Looked};
use crate::walk::everything;
use crate::{stamp, unpack};

/// Fills a folder from the cache, or lets `fill` do it and remembers what is in it then. One thread at a time
/// does so for a key.
pub(super) fn filled(
    folder: &Path,
    key: &str,
    cache: Option<&Cache>,
    fill: impl FnOnce() -> Result<(), Vec<Fault>>,
) -> Result<(), Vec<Fault>> {
    let Some(cache) = cache else { return fill() };
    let turn = cache.turn(key);
    let _turn = turn.lock();
    let content = cache.read(Kind::Built, key).and_then(|bytes| String::from_utf8(bytes).ok());
    let stored = content.and_then(|content| pack::stored(cache, &content));
    if let Some(Contents::File { path, .. }) = stored.map(|archive| archive.contents) {
        let _ = std::fs::remove_dir_all(folder);
        let made = std::fs::create_dir_all(folder).and_then(|()| {
            let file = std::fs::File::open(&path)?;
            unpack::unpack(file, folder)
        });
        if made.is_ok() {
            return Ok(());
        }
        // What cannot be unpacked is made again.
        std::fs::remove_dir_all(folder).map_err(|error| failed("emptying a folder", &error))?;
    }
    fill()?;
    // A folder that stays empty, or cannot be remembered, is filled again the next time.
    let at = stamp::now();
    if let Ok(members) = everything(folder)
        && let Ok(archive) = pack::zip(Looked { members: &members, at, key: None }, Some(cache))
    {
        cache.write(Kind::Built, key, archive.content.as_bytes());
    }
    Ok(())
}
