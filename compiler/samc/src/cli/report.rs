//! `samc report`.

use clap::{Args, ValueEnum};
use samc::compliance;
use samc::render::render;
use samc_base::SourceMap;

use super::options::Common;
use super::{stderr, stdout};

/// Report on an application.
#[derive(Debug, Args)]
pub(super) struct Report {
    /// What to report on
    #[arg(value_enum)]
    on: On,
    /// The file: app.yaml
    spec: Option<String>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum On {
    /// Controls, the components they are about, and what shows that they hold
    Compliance,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// One JSON document
    Json,
    /// A page that needs nothing else
    Html,
}

impl Report {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        let On::Compliance = self.on;
        let settings = match self.common.settings(self.spec.as_deref()) {
            Ok(settings) => settings,
            Err(finding) => {
                self.tell(&[finding], &SourceMap::default());
                return 2;
            }
        };
        let done = compliance::report(&settings);
        self.tell(&done.diagnostics, &done.sources);
        if done.status != 0 {
            return done.status;
        }
        let text = match self.format {
            Format::Text => compliance::text(&done),
            Format::Json => compliance::json(&done),
            Format::Html => compliance::html(&done),
        };
        stdout(&text)
    }

    fn tell(&self, findings: &[samc_base::Diagnostic], sources: &SourceMap) {
        let color = self.common.color(&std::io::stderr());
        stderr(&render(findings, sources, self.common.format(), color));
    }
}
