//! `samc lint`.

use clap::Args;
use samc::compile::{Compilation, compile};
use samc::config::{self, ALL, Given};
use samc::render::{MessageFormat, Part, render, render_all};
use samc::{several, summary};
use samc_lint::Profile;

use super::options::Common;
use super::{stderr, stdout};

/// Check an application and write nothing.
#[derive(Debug, Args)]
pub(super) struct Lint {
    /// The files: app.yaml, SAM templates or CloudFormation templates
    specs: Vec<String>,
    /// Rules to leave out, by code or name
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = rule)]
    ignore: Vec<String>,
    /// The only rules to run, by code or name, or ALL
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = rule_or_all)]
    select: Vec<String>,
    /// Sets of further rules: strict, pci, hipaa or cost
    #[arg(long = "profile", value_name = "NAME", value_delimiter = ',', value_parser = profile)]
    profiles: Vec<Profile>,
    #[command(flatten)]
    common: Common,
}

/// The code of a rule from its code or name in any letter case. Rules of one's own are known once the
/// configuration is read.
fn rule(text: &str) -> Result<String, String> {
    if let Some(code) = config::rule_named(text) {
        return Ok(code.id().to_owned());
    }
    if samc::is_own_code(text) {
        return Ok(text.to_owned());
    }
    let names = config::rule_codes().flat_map(|code| [code.id(), code.name()]);
    let near = samc_base::nearest(text, names).map_or_else(String::new, |n| format!("; did you mean {n}?"));
    Err(format!("there is no such rule{near} (samc rules lists them)"))
}

fn rule_or_all(text: &str) -> Result<String, String> {
    if text.eq_ignore_ascii_case(ALL) { Ok(ALL.to_owned()) } else { rule(text) }
}

fn profile(text: &str) -> Result<Profile, String> {
    Profile::ALL.into_iter().find(|p| p.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
        let names = Profile::ALL.map(Profile::name);
        format!("there is no such profile; there are {}", names.join(", "))
    })
}

impl Lint {
    /// Runs the command; the exit status is the highest of the files'.
    pub(super) fn run(self) -> u8 {
        let specs: Vec<Option<&str>> = match self.specs.as_slice() {
            [] => vec![None],
            several => several.iter().map(|s| Some(s.as_str())).collect(),
        };
        let mut done: Vec<(String, Compilation)> = specs.iter().map(|spec| self.one(*spec)).collect();
        several::merge(done.iter_mut().map(|(_, compilation)| compilation));
        let status = done.iter().map(|(_, compilation)| compilation.status).max().unwrap_or(0);
        status.max(self.tell(&done))
    }

    /// Checks one file.
    fn one(&self, spec: Option<&str>) -> (String, Compilation) {
        match self.common.settings_with(spec, self.given()) {
            Ok(settings) => (settings.input.clone(), compile(&settings)),
            Err(finding) => (
                spec.unwrap_or_default().to_owned(),
                Compilation { diagnostics: vec![finding], status: 2, ..Compilation::default() },
            ),
        }
    }

    /// Writes what was found; the exit status of that.
    fn tell(&self, done: &[(String, Compilation)]) -> u8 {
        let format = self.common.format();
        let color = self.common.color(&std::io::stdout());
        if format.is_document() {
            let parts: Vec<Part<'_>> = done
                .iter()
                .map(|(name, c)| Part { name, diagnostics: &c.diagnostics, sources: &c.sources })
                .collect();
            return stdout(&render_all(&parts, format, false));
        }
        let mut status = 0;
        for (name, compilation) in done {
            status =
                stdout(&render(&compilation.diagnostics, &compilation.sources, format, color)).max(status);
            if format == MessageFormat::Human && !self.common.quiet && compilation.status != 2 {
                stderr(&format!("{}\n", summary::findings(compilation, name)));
            }
            if format == MessageFormat::Human && self.common.verbose {
                stderr(&summary::stages(compilation));
            }
        }
        status
    }

    /// What the command line says of rules.
    fn given(&self) -> Given {
        Given {
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            profiles: self.profiles.clone(),
            ..Given::default()
        }
    }
}
