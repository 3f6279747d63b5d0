//! `samc import`.

use clap::{Args, ValueEnum};
use samc::import::import;
use samc::render::render;
use samc_base::SourceMap;

use super::options::Common;
use super::{stderr, stdout};

/// Write a template anew, as app.yaml or as a SAM template, on stdout.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The template; left out, the one in this folder
    spec: Option<String>,
    /// What to write
    #[arg(long, value_enum, value_name = "FORM")]
    to: To,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum To {
    /// app.yaml
    App,
    /// A SAM template
    Sam,
}

impl Import {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        let color = self.common.color(&std::io::stderr());
        let tell = |findings: &[samc_base::Diagnostic], sources: &SourceMap| {
            stderr(&render(findings, sources, self.common.format(), color));
        };
        let mut settings = match self.common.settings(self.spec.as_deref()) {
            Ok(settings) => settings,
            Err(finding) => {
                tell(&[finding], &SourceMap::default());
                return 2;
            }
        };
        if let To::Sam = self.to {
            settings.targets = vec!["sam".to_owned()];
            settings.lint = false;
            let done = samc::compile::compile(&settings);
            tell(&done.diagnostics, &done.sources);
            let main = done.outputs.first().and_then(|(_, files)| files.first());
            return match main.filter(|_| done.status == 0) {
                Some(main) => stdout(&String::from_utf8_lossy(&main.contents)),
                None => done.status,
            };
        }
        let done = import(&settings);
        tell(&done.compilation.diagnostics, &done.compilation.sources);
        if done.text.is_empty() {
            return done.compilation.status.max(1);
        }
        if !self.common.quiet {
            for note in &done.notes {
                stderr(&format!("note: {note}\n"));
            }
            let raw: Vec<String> = done.raw.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
            if !raw.is_empty() {
                stderr(&format!("as they are: {}\n", raw.join(", ")));
            }
        }
        stdout(&done.text)
    }
}
