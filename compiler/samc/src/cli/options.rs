//! Options that every command takes that reads an application.
#![allow(clippy::disallowed_methods, reason = "the command line asks the environment about colours")]

use clap::{Args, ValueEnum};
use samc::baseline;
use samc::compile::Settings;
use samc::config::{self, Given};
use samc::render::MessageFormat;
use samc_base::{Diagnostic, Severity, codes};
use samc_frontends::Options;

/// Where and how to compile, and how to report.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The stage of app.yaml, or the environment of samconfig.toml beside a template
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// The region it is deployed to; the partition follows from it
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    /// The value of a CloudFormation parameter
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = name_and_value)]
    params: Vec<(String, String)>,
    /// The value of a compile-time variable
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    vars: Vec<(String, String)>,
    /// A file of parameter values: a mapping, or the list that CloudFormation's tools take
    #[arg(long = "params", value_name = "FILE")]
    params_file: Option<String>,
    /// The template of an application in the Serverless Application Repository: a file or a URL
    #[arg(long = "sar-template", value_name = "ID=FILE-OR-URL", value_parser = name_and_value)]
    repository_templates: Vec<(String, String)>,
    /// The day for what depends on the date, such as the end of runtimes [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<String>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    message_format: Format,
    /// The lowest severity that fails [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    deny: Option<Deny>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
    /// The dialect of the input, instead of telling it by its content
    #[arg(long, value_name = "NAME", value_parser = dialect)]
    dialect: Option<String>,
    /// The configuration [default: the nearest samc.yaml upwards from the input]
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<String>,
    /// Read no samc.yaml, and no samconfig.toml beside the template
    #[arg(long)]
    isolated: bool,
    /// Say nothing that is not a finding
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Say how the input was read, and how long each stage took
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// With the lines of the source around them
    #[default]
    Human,
    /// One line each
    Concise,
    /// One JSON object a line
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// A SARIF 2.1.0 log, for code scanning
    Sarif,
    /// Tests in JUnit's XML
    Junit,
    /// GitLab's code quality report
    Gitlab,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Deny {
    /// Errors only
    Error,
    /// Warnings as well
    Warning,
    /// Every finding
    Info,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("there is no `=` in it")?;
    if name.is_empty() {
        return Err("nothing stands before `=`".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn region(text: &str) -> Result<String, String> {
    if samc::samconfig::is_region(text) {
        Ok(text.to_owned())
    } else {
        Err("a region looks like `eu-central-1`".to_owned())
    }
}

fn day(text: &str) -> Result<String, String> {
    if config::is_day(text) { Ok(text.to_owned()) } else { Err("a day looks like `2026-11-23`".to_owned()) }
}

/// The day it is, in UTC.
fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}

fn dialect(text: &str) -> Result<String, String> {
    let known: Vec<&str> = samc::FRONTENDS.iter().map(|f| f.name).collect();
    if known.contains(&text) { Ok(text.to_owned()) } else { Err(format!("one of {}", known.join(", "))) }
}

impl Common {
    /// How findings are written.
    pub(super) fn format(&self) -> MessageFormat {
        match self.message_format {
            Format::Human => MessageFormat::Human,
            Format::Concise => MessageFormat::Concise,
            Format::Json => MessageFormat::Json,
            Format::Github => MessageFormat::Github,
            Format::Sarif => MessageFormat::Sarif,
            Format::Junit => MessageFormat::Junit,
            Format::Gitlab => MessageFormat::Gitlab,
        }
    }

    /// Whether a stream gets colours: what the user says, else what the environment and the
    /// terminal say (NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR).
    pub(super) fn color(&self, stream: &impl anstream::stream::RawStream) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
                if !set("NO_COLOR") && std::env::var("FORCE_COLOR").is_ok_and(|v| !v.is_empty() && v != "0") {
                    return true;
                }
                anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
            }
        }
    }

    /// Settings of a compilation. Errors are about the options themselves.
    pub(super) fn settings(&self, spec: Option<&str>) -> Result<Settings, Diagnostic> {
        self.settings_with(spec, Given::default(), None)
    }

    /// The configuration that is named, or the nearest one to an input.
    pub(super) fn configuration(&self, input: &str) -> Result<Option<config::Loaded>, Diagnostic> {
        match &self.config {
            Some(name) => config::load(name).map(Some),
            None if self.isolated => Ok(None),
            None => config::find(input).map(|name| config::load(&name)).transpose(),
        }
    }

    /// Settings of a compilation, with what the command line says of rules. Options of the command line stand
    /// over those of the configuration.
    pub(super) fn settings_with(
        &self,
        spec: Option<&str>,
        given: Given,
        baseline: Option<baseline::Text>,
    ) -> Result<Settings, Diagnostic> {
        let input = match spec {
            Some(name) => name.to_owned(),
            None => samc::input::find().map_err(|e| e.diagnostic)?,
        };
        let today = self.as_of.clone().unwrap_or_else(today);
        let mut options = Options { today, stage: self.stage.clone(), ..Options::default() };
        if let Some(region) = &self.region {
            options.region.clone_from(region);
            options.region_given = true;
        }
        if let Some(file) = &self.params_file {
            options.parameters.extend(parameters_of(file)?);
        }
        options.parameters.extend(self.params.iter().cloned());
        options.variables.extend(self.vars.iter().cloned());
        options.repository_templates.extend(self.repository_templates.iter().cloned());
        let deny = self.deny.map(|deny| match deny {
            Deny::Error => Severity::Error,
            Deny::Warning => Severity::Warning,
            Deny::Info => Severity::Info,
        });
        let loaded = self.configuration(&input)?;
        let mut settings = Settings {
            input,
            dialect: self.dialect.clone(),
            options,
            named_parameters: self.params.iter().map(|(name, _)| name.clone()).collect(),
            isolated: self.isolated,
            lint: true,
            deny: Some(Severity::Error),
            baseline,
            ..Settings::default()
        };
        config::apply(&mut settings, loaded, &Given { deny, as_of: self.as_of.is_some(), ..given });
        Ok(settings)
    }
}

/// Parameter values from a file: `Name: value`, or a list of `ParameterKey` and `ParameterValue`.
fn parameters_of(file: &str) -> Result<Vec<(String, String)>, Diagnostic> {
    let text = samc::input::read(file).map_err(|e| e.diagnostic)?;
    let bad = |why: String| {
        Diagnostic::error(codes::CANNOT_READ, format!("{file} holds no parameter values: {why}"))
            .help("write `Name: value` lines, or the JSON list of ParameterKey and ParameterValue")
    };
    let value: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|e| bad(e.to_string()))?;
    let entries: Option<Vec<_>> = match &value {
        serde_yaml::Value::Mapping(map) => {
            map.iter().map(|(k, v)| Some((text_of(k)?, text_of(v)?))).collect()
        }
        serde_yaml::Value::Sequence(list) => list
            .iter()
            .map(|e| Some((text_of(e.get("ParameterKey")?)?, text_of(e.get("ParameterValue")?)?)))
            .collect(),
        _ => None,
    };
    entries.ok_or_else(|| bad("it is neither a mapping of texts nor a list of them".to_owned()))
}

fn text_of(value: &serde_yaml::Value) -> Option<String> {
    match value {
        serde_yaml::Value::String(s) => Some(s.clone()),
        serde_yaml::Value::Number(n) => Some(n.to_string()),
        serde_yaml::Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}
