//! `samc lint`.

use clap::Args;
use samc::compile::compile;
use samc::render::{MessageFormat, render};
use samc::summary;
use samc_base::SourceMap;

use super::options::Common;
use super::{stderr, stdout};

/// Check an application and write nothing.
#[derive(Debug, Args)]
pub(super) struct Lint {
    /// The files: app.yaml, SAM templates or CloudFormation templates
    specs: Vec<String>,
    /// Codes of rules to leave out
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    ignore: Vec<String>,
    #[command(flatten)]
    common: Common,
}

impl Lint {
    /// Runs the command; the exit status is the highest of the files'.
    pub(super) fn run(self) -> u8 {
        let specs: Vec<Option<&str>> = match self.specs.as_slice() {
            [] => vec![None],
            several => several.iter().map(|s| Some(s.as_str())).collect(),
        };
        specs.into_iter().map(|spec| self.one(spec)).max().unwrap_or(0)
    }

    fn one(&self, spec: Option<&str>) -> u8 {
        let color = self.common.color(&std::io::stdout());
        let mut settings = match self.common.settings(spec) {
            Ok(settings) => settings,
            Err(finding) => {
                stdout(&render(&[finding], &SourceMap::default(), self.common.format(), color));
                return 2;
            }
        };
        settings.ignored.clone_from(&self.ignore);
        let done = compile(&settings);
        stdout(&render(&done.diagnostics, &done.sources, self.common.format(), color));
        if self.common.format() == MessageFormat::Human && !self.common.quiet && done.status != 2 {
            stderr(&format!("{}\n", summary::findings(&done, &settings.input)));
        }
        if self.common.format() == MessageFormat::Human && self.common.verbose {
            stderr(&summary::stages(&done, &settings.options.region));
        }
        done.status
    }
}
