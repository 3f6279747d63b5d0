//! The two sides: AWS's translator in a process of its own, and samc in this one.

use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};

/// What both sides are given.
#[derive(Clone)]
pub(super) struct Input {
    /// The template.
    pub(super) template: Value,
    /// Whether it is written as YAML.
    pub(super) yaml: bool,
    /// The region.
    pub(super) region: String,
    /// Values of parameters.
    pub(super) parameters: IndexMap<String, String>,
}

impl Input {
    /// The template as text.
    pub(super) fn text(&self) -> Result<String, String> {
        if self.yaml && !ambiguous(&self.template) {
            serde_yaml::to_string(&self.template).map_err(|error| error.to_string())
        } else {
            serde_json::to_string_pretty(&self.template).map_err(|error| error.to_string())
        }
    }

    fn options(&self) -> samc_frontends::Options {
        samc_frontends::Options {
            region: self.region.clone(),
            region_given: true,
            parameters: self.parameters.clone(),
            ..samc_frontends::Options::default()
        }
    }
}

/// Whether a text in the value is a truth value to YAML 1.1, which the writer of YAML 1.2 does not
/// quote. JSON is YAML too, and says it clearly.
fn ambiguous(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            ["y", "n", "yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word))
        }
        Value::Array(items) => items.iter().any(ambiguous),
        Value::Object(members) => members.values().any(ambiguous),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A reason for which a template was refused.
#[derive(Deserialize)]
pub(super) struct Fault {
    /// The resource it is about.
    pub(super) id: Option<String>,
    /// The sentence.
    pub(super) message: String,
}

/// The answer of one side.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    /// The template it made.
    Made(Value),
    /// Why it made none.
    Refused(Vec<Fault>),
    /// It fell over.
    Crashed(String),
}

/// AWS's translator, which is asked again and again.
pub(super) struct Translator {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Translator {
    /// Starts it with a Python that has it installed.
    pub(super) fn start(python: &Path) -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles/translate.py");
        let mut process = Command::new(python)
            .arg(script)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!("{}: {error}; install the oracles or give --python", python.display())
            })?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the translator has no pipes".to_owned());
        };
        Ok(Translator { process, questions, answers: BufReader::new(answers) })
    }

    /// Its answer.
    pub(super) fn ask(&mut self, input: &Input) -> Result<Answer, String> {
        let question = json!({
            "template": input.text()?,
            "region": input.region,
            "partition": input.options().partition(),
            "parameters": input.parameters,
        });
        writeln!(self.questions, "{question}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|error| format!("the translator answered `{line}`: {error}"))
    }
}

impl Drop for Translator {
    fn drop(&mut self) {
        // It only waits for more to read, so nothing is lost; a failure means that it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// samc's answer, as `samc build --target cloudformation --format json --no-lint` has it.
pub(super) fn samc(input: &Input) -> Result<Answer, String> {
    let text = input.text()?;
    let settings = samc::compile::Settings {
        input: if input.yaml { "template.yaml" } else { "template.json" }.to_owned(),
        dialect: Some("sam".to_owned()),
        options: input.options(),
        isolated: true,
        targets: vec!["cloudformation".to_owned()],
        format: samc_target::Format::Json,
        ..samc::compile::Settings::default()
    };
    let done = match catch_unwind(AssertUnwindSafe(|| samc::compile::compile_text(text, &settings))) {
        Ok(done) => done,
        Err(panic) => {
            let why = panic.downcast_ref::<String>().cloned();
            return Ok(Answer::Crashed(
                why.or(panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default(),
            ));
        }
    };
    match done.outputs.first().and_then(|(_, artifacts)| artifacts.first()) {
        Some(document) => Ok(Answer::Made(
            serde_json::from_slice(&document.contents)
                .map_err(|error| format!("samc wrote no JSON: {error}"))?,
        )),
        None => Ok(Answer::Refused(
            done.diagnostics
                .iter()
                .filter(|finding| finding.severity == samc_base::Severity::Error)
                .map(|finding| Fault {
                    id: finding.resource.as_deref().map(str::to_owned),
                    message: format!("{}: {}", finding.code(), finding.message),
                })
                .collect(),
        )),
    }
}
