//! `samc init`.

use std::path::PathBuf;

use clap::Args;
use samc::init;
use samc::render::{MessageFormat, render};
use samc_base::SourceMap;

use super::{stderr, stdout};

/// Begin an application.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder to write to
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// What to begin with: api, worker, cron, stream, workflow or full
    #[arg(long, value_name = "NAME", default_value = "api")]
    template: String,
    /// The name of the application [default: that of the folder]
    #[arg(long)]
    name: Option<String>,
}

impl Init {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        match init::init(&self.dir, &self.template, self.name.as_deref()) {
            Ok(paths) => {
                let mut text: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
                let way = match self.dir == std::path::Path::new(".") {
                    true => String::new(),
                    false => format!("cd {} && ", self.dir.display()),
                };
                text.push_str(&format!("next: {way}samc build\n"));
                stdout(&text)
            }
            Err(finding) => {
                stderr(&render(&[finding], &SourceMap::default(), MessageFormat::Human, false));
                2
            }
        }
    }
}
