//! Commands that print what samc knows: pages, codes.

use clap::{Args, ValueEnum};
use samc::explain;

use super::options::Common;
use super::{stderr, stdout};

/// Say more about a code such as E102, or about a component such as app.yaml#functions.create.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code or its name; or a file, `#`, and a component in it
    #[arg(value_name = "CODE|SPEC#COMPONENT")]
    code: String,
    #[command(flatten)]
    common: Common,
}

impl Explain {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        if let Some((spec, component)) = self.code.split_once('#') {
            return self.component(spec, component);
        }
        if let Some(page) = explain::page(&self.code) {
            return stdout(&format!("{page}{}", explain::footer(page)));
        }
        // A policy of the configuration here, which is read for nothing else.
        let configuration = self.common.configuration("").ok().flatten();
        match configuration.and_then(|loaded| samc::policy_page(&loaded, &self.code)) {
            Some(page) => stdout(&page),
            None => {
                let near =
                    explain::near(&self.code).map_or_else(String::new, |n| format!("; did you mean {n}?"));
                stderr(&format!("error: there is no code {}{near}\nsamc rules lists them all\n", self.code));
                2
            }
        }
    }
}

impl Explain {
    /// Explains a component; the exit status.
    fn component(&self, spec: &str, component: &str) -> u8 {
        let color = self.common.color(&std::io::stderr());
        let tell = |findings: &[samc_base::Diagnostic], sources: &samc_base::SourceMap| {
            stderr(&samc::render::render(findings, sources, self.common.format(), color));
        };
        let settings = match self.common.settings(Some(spec).filter(|s| !s.is_empty())) {
            Ok(settings) => settings,
            Err(finding) => {
                tell(&[finding], &samc_base::SourceMap::default());
                return 2;
            }
        };
        let done = samc::component::explain(&settings, component);
        let errors: Vec<_> = done
            .compilation
            .diagnostics
            .iter()
            .filter(|d| d.severity == samc_base::Severity::Error)
            .cloned()
            .collect();
        tell(&errors, &done.compilation.sources);
        match done.text.is_empty() {
            true => done.compilation.status.max(1),
            false => stdout(&done.text),
        }
    }
}

/// Print the JSON Schema of app.yaml, of samc.yaml, of findings, or of the manifest that runs locally.
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The language
    #[arg(value_enum, default_value_t)]
    of: Language,
    /// The draft of JSON Schema: 7, which every editor knows, or 2020-12
    #[arg(long, value_enum, default_value_t, value_name = "DRAFT")]
    draft: Draft,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Language {
    /// app.yaml
    #[default]
    App,
    /// A finding of `--message-format json`
    Diagnostics,
    /// The manifest.json of `--target local`
    Manifest,
    /// samc.yaml
    Config,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Draft {
    /// Draft 7
    #[default]
    #[value(name = "7")]
    Seven,
    /// Draft 2020-12
    #[value(name = "2020-12")]
    Of2020,
}

impl Schema {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        let schema = match self.of {
            Language::App => samc_schema::app_schema(),
            Language::Diagnostics => samc_schema::diagnostic_schema(),
            Language::Manifest => samc_schema::manifest_schema(),
            Language::Config => samc_schema::config_schema(),
        };
        let schema = match self.draft {
            Draft::Seven => schema,
            Draft::Of2020 => samc_schema::in_draft_2020_12(schema),
        };
        stdout(&format!("{schema:#}\n"))
    }
}

/// List every code and rule.
#[derive(Debug, Args)]
pub(super) struct Rules {
    /// The form of the list
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ListFormat,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ListFormat {
    /// One line each
    #[default]
    Text,
    /// A JSON list
    Json,
}

/// A line of the list, in columns.
fn line([id, kind, name, when]: &[&str; 4]) -> String {
    let text = format!("{id:5} {kind:4} {name:28} {when}");
    format!("{}\n", text.trim_end())
}

/// A rule or code for programs.
fn object(one: &samc::rules::Listed) -> serde_json::Value {
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
    };
    let controls = one.controls.unwrap_or_default();
    serde_json::json!({
        "code": one.code.id(),
        "name": one.code.name(),
        "kind": if one.is_rule { "rule" } else { "code" },
        "category": one.category,
        "level": one.level.as_str(),
        "profiles": one.profiles,
        "controls": {
            "pci_dss_4.0.1": list(controls.pci),
            "hipaa": list(controls.hipaa),
            "nist_800_53_r5": list(controls.nist),
            "soc2": list(controls.soc2),
        },
    })
}

impl Rules {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        let all = samc::rules::all();
        match self.format {
            ListFormat::Text => {
                let lines = all.iter().map(|one| {
                    let kind = if one.is_rule { "rule" } else { "code" };
                    line(&[one.code.id(), kind, one.code.name(), &one.profiles.join(" ")])
                });
                stdout(&lines.collect::<String>())
            }
            ListFormat::Json => {
                let list: Vec<_> = all.iter().map(object).collect();
                stdout(&format!("{:#}\n", serde_json::Value::from(list)))
            }
        }
    }
}
