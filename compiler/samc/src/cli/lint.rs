//! `samc lint`.

use clap::Args;
use samc::compile::{Compilation, Settings, compile};
use samc::render::{MessageFormat, Part, render, render_all};
use samc::summary;
use samc_base::SourceMap;
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

/// What stands for every rule.
const ALL: &str = "ALL";

/// The code of a rule from its code or name in any letter case.
fn rule(text: &str) -> Result<String, String> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(text);
    if let Some(rule) = samc::RULES.iter().find(|r| is_it(r.code.id()) || is_it(r.code.name())) {
        return Ok(rule.code.id().to_owned());
    }
    let names = samc::RULES.iter().flat_map(|r| [r.code.id(), r.code.name()]);
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
    /// The codes of the rules that were asked for by code or name.
    fn selected(&self) -> Vec<String> {
        let all = self.select.iter().any(|s| s == ALL);
        let asked = |code: &str| all || self.select.iter().any(|s| s == code);
        samc::RULES.iter().map(|r| r.code.id()).filter(|code| asked(code)).map(str::to_owned).collect()
    }

    /// The codes of the rules that are off.
    fn ignored(&self) -> Vec<String> {
        let on = |code: &str| self.select.is_empty() || self.select.iter().any(|s| s == code || s == ALL);
        let off = |code: &str| !on(code) || self.ignore.iter().any(|i| i == code);
        samc::RULES.iter().map(|r| r.code.id()).filter(|code| off(code)).map(str::to_owned).collect()
    }

    /// Runs the command; the exit status is the highest of the files'.
    pub(super) fn run(self) -> u8 {
        let specs: Vec<Option<&str>> = match self.specs.as_slice() {
            [] => vec![None],
            several => several.iter().map(|s| Some(s.as_str())).collect(),
        };
        if self.common.format().is_document() {
            return self.document(&specs);
        }
        specs.into_iter().map(|spec| self.one(spec)).max().unwrap_or(0)
    }

    /// Writes one document about all files.
    fn document(&self, specs: &[Option<&str>]) -> u8 {
        let mut status = 0;
        let mut done = Vec::new();
        for spec in specs {
            let (name, compiled) = match self.common.settings(*spec) {
                Ok(mut settings) => {
                    self.choose(&mut settings);
                    (settings.input.clone(), compile(&settings))
                }
                Err(finding) => (
                    spec.unwrap_or_default().to_owned(),
                    Compilation { diagnostics: vec![finding], status: 2, ..Compilation::default() },
                ),
            };
            status = compiled.status.max(status);
            done.push((name, compiled));
        }
        let parts: Vec<Part<'_>> = done
            .iter()
            .map(|(name, c)| Part { name, diagnostics: &c.diagnostics, sources: &c.sources })
            .collect();
        status.max(stdout(&render_all(&parts, self.common.format(), false)))
    }

    /// Says which rules run.
    fn choose(&self, settings: &mut Settings) {
        settings.ignored = self.ignored();
        settings.selected = self.selected();
        settings.profiles.clone_from(&self.profiles);
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
        self.choose(&mut settings);
        let done = compile(&settings);
        let written = stdout(&render(&done.diagnostics, &done.sources, self.common.format(), color));
        if self.common.format() == MessageFormat::Human && !self.common.quiet && done.status != 2 {
            stderr(&format!("{}\n", summary::findings(&done, &settings.input)));
        }
        if self.common.format() == MessageFormat::Human && self.common.verbose {
            stderr(&summary::stages(&done));
        }
        done.status.max(written)
    }
}
