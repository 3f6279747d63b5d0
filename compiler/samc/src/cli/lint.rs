//! `samc lint`.

use clap::Args;
use samc::baseline;
use samc::compile::{Compilation, Settings, compile};
use samc::config::{self, ALL, Given};
use samc::fix::{self, Texts};
use samc::output::{OutputFile, write_all};
use samc::render::{MessageFormat, Part, render, render_all};
use samc::{several, summary};
use samc_base::{Diagnostic, SourceMap};
use samc_lint::Profile;

use super::options::Common;
use super::{stderr, stdout};

/// Check an application and write nothing.
#[derive(Debug, Args)]
pub(super) struct Lint {
    /// The files: app.yaml, SAM and CloudFormation templates, serverless.yml
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
    /// A file of findings that were there before, which are not told
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,
    /// Write every finding of a rule to this file, to be given to --baseline
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<String>,
    /// Apply fixes to the files
    #[arg(long)]
    fix: bool,
    /// Apply also fixes that change what is deployed in a way somebody should see
    #[arg(long)]
    unsafe_fixes: bool,
    /// Show what fixes would change, and write nothing; exit with 1 if there is anything
    #[arg(long)]
    diff: bool,
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

/// What is told of a file that could not be read.
fn failed(spec: Option<&str>, finding: Diagnostic) -> (String, Compilation) {
    let compilation = Compilation { diagnostics: vec![finding], status: 2, ..Compilation::default() };
    (spec.unwrap_or_default().to_owned(), compilation)
}

impl Lint {
    /// Runs the command; the exit status is the highest of the files'.
    pub(super) fn run(self) -> u8 {
        let specs: Vec<Option<&str>> = match self.specs.as_slice() {
            [] => vec![None],
            several => several.iter().map(|s| Some(s.as_str())).collect(),
        };
        if self.fix || self.diff {
            return self.mend(&specs);
        }
        let mut done: Vec<(String, Compilation)> = specs.iter().map(|spec| self.one(*spec)).collect();
        several::merge(done.iter_mut().map(|(_, compilation)| compilation));
        let status = done.iter().map(|(_, compilation)| compilation.status).max().unwrap_or(0);
        let told = self.tell(&done);
        status.max(told).max(self.remember(&done))
    }

    /// Applies fixes, or shows what they change; the exit status.
    fn mend(&self, specs: &[Option<&str>]) -> u8 {
        let (mut texts, mut read) = (Texts::new(), Texts::new());
        let (mut done, mut count) = (Vec::new(), 0);
        for spec in specs {
            match self.settings(*spec) {
                Ok(settings) => {
                    let before = compile(&settings);
                    read.extend(before.sources.files().map(|f| (f.name().to_owned(), f.text().to_owned())));
                    let fixed = fix::fix(&settings, self.unsafe_fixes, &mut texts);
                    count += fixed.count;
                    done.push((settings.input.clone(), fixed.compilation));
                }
                Err(finding) => done.push(failed(*spec, finding)),
            }
        }
        if self.diff {
            return match fix::diff(&texts) {
                Ok(diff) => {
                    let unreadable = done.iter().map(|(_, c)| c.status).max().filter(|status| *status == 2);
                    stdout(&diff).max(u8::from(!diff.is_empty())).max(unreadable.unwrap_or(0))
                }
                Err(finding) => self.fail(&finding),
            };
        }
        if let Err(finding) = fix::write(&texts, &read) {
            return self.fail(&finding);
        }
        several::merge(done.iter_mut().map(|(_, compilation)| compilation));
        let told = self.tell(&done);
        if self.common.format() == MessageFormat::Human && !self.common.quiet {
            let names: Vec<&str> = texts.keys().map(String::as_str).collect();
            let what = if count == 1 { "finding" } else { "findings" };
            stderr(&match count {
                0 => "nothing to fix\n".to_owned(),
                _ => format!("fixed {count} {what} in {}\n", names.join(", ")),
            });
        }
        done.iter().map(|(_, compilation)| compilation.status).max().unwrap_or(0).max(told)
    }

    /// Tells why files could not be changed; the exit status.
    fn fail(&self, finding: &Diagnostic) -> u8 {
        let findings = std::slice::from_ref(finding);
        stderr(&render(findings, &SourceMap::default(), self.common.format(), false));
        2
    }

    /// Writes the baseline that was asked for; the exit status of that.
    fn remember(&self, done: &[(String, Compilation)]) -> u8 {
        let Some(name) = &self.write_baseline else { return 0 };
        let mut counts = baseline::Counts::new();
        let mut looked_at = Vec::new();
        for (_, compilation) in done {
            for (key, count) in &compilation.met {
                *counts.entry(key.clone()).or_default() += count;
            }
            looked_at.extend(compilation.sources.files().map(|file| file.name().to_owned()));
        }
        let before = std::fs::read_to_string(name).ok();
        let text = baseline::write(name, &counts, &looked_at, before.as_deref());
        let file = OutputFile { path: name.into(), contents: text.into_bytes().into() };
        match write_all(&[file]) {
            Ok(()) => {
                if !self.common.quiet {
                    let count: usize = counts.values().sum();
                    let what = if count == 1 { "finding" } else { "findings" };
                    stderr(&format!("{count} {what} written to {name}\n"));
                }
                0
            }
            Err(finding) => {
                stderr(&render(&[finding], &SourceMap::default(), self.common.format(), false));
                2
            }
        }
    }

    /// Checks one file.
    fn one(&self, spec: Option<&str>) -> (String, Compilation) {
        match self.settings(spec) {
            Ok(settings) => (settings.input.clone(), compile(&settings)),
            Err(finding) => failed(spec, finding),
        }
    }

    /// The settings for one file.
    fn settings(&self, spec: Option<&str>) -> Result<Settings, Diagnostic> {
        let baseline = match (&self.baseline, &self.write_baseline) {
            (Some(name), _) => {
                let text = samc::input::read(name).map_err(|no_text| no_text.diagnostic)?;
                Some(baseline::Text { name: name.clone(), text: Some(text) })
            }
            (None, Some(name)) => Some(baseline::Text { name: name.clone(), text: None }),
            (None, None) => None,
        };
        self.common.settings_with(spec, self.given(), baseline)
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
