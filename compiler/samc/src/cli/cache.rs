//! Where the cache of packed code lies, and `samc clean`.
#![allow(clippy::disallowed_methods, reason = "the command line asks the environment where caches go")]

use std::path::PathBuf;

use clap::Args;
use samc_base::codes;
use samc_package::{CACHE_LIMIT, CacheSettings, clean};

use super::stderr;

/// Which cache of packed code is used.
#[derive(Debug, Args)]
pub(super) struct CacheOptions {
    /// The folder of the cache of packed code [default: samc in the user's cache folder]
    #[arg(long, value_name = "DIR", env = "SAMC_CACHE_DIR", hide_env_values = true)]
    cache_dir: Option<PathBuf>,
}

/// Remove the cache of packed code.
#[derive(Debug, Args)]
pub(super) struct Clean {
    #[command(flatten)]
    cache: CacheOptions,
}

impl CacheOptions {
    /// The settings of the cache; none where the system has no place for one.
    pub(super) fn settings(&self) -> Option<CacheSettings> {
        let folder = self.cache_dir.clone().or_else(of_user)?;
        Some(CacheSettings { folder, limit: CACHE_LIMIT })
    }
}

/// The user's cache folder, as the systems have it.
fn of_user() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        variable("HOME")?.join("Library").join("Caches")
    } else {
        // A relative path is to be taken as none, says the XDG base directory specification.
        variable("XDG_CACHE_HOME")
            .filter(|p| p.is_absolute())
            .or_else(|| Some(variable("HOME")?.join(".cache")))?
    };
    Some(folder.join("samc"))
}

impl Clean {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        let Some(settings) = self.cache.settings() else {
            stderr("there is no cache: the system has no folder for one\n");
            return 0;
        };
        let folder = settings.folder.display();
        match clean(&settings.folder) {
            Ok((0, _)) => {
                stderr(&format!("{folder} is empty\n"));
                0
            }
            Ok((files, bytes)) => {
                let megabytes = bytes as f64 / 1e6;
                stderr(&format!("removed {files} files, {megabytes:.1} MB, from {folder}\n"));
                0
            }
            Err(error) => {
                let code = codes::CANNOT_WRITE;
                stderr(&format!("error[{code}]: {folder} cannot be emptied: {error}\n"));
                2
            }
        }
    }
}
