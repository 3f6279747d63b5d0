//! `samc build`.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use samc::compile::{Compilation, Packaging, compile};
use samc::output::{ARTIFACT_LIST, OutputFile, differing, remove_stale, write_all, write_trees};
use samc::render::{MessageFormat, render};
use samc::{sizes, summary};
use samc_base::{Diagnostic, SourceMap};
use samc_target::Artifact;

use super::cache::CacheOptions;
use super::options::Common;
use super::{stderr, stdout};

/// Check an application and write what deploys it.
#[derive(Debug, Args)]
pub(super) struct Build {
    /// The file: app.yaml, a SAM or CloudFormation template, or a serverless.yml
    spec: Option<String>,
    /// What to write; may be given several times
    #[arg(long = "target", value_name = "TARGET", default_values_t = [String::from("cloudformation")], value_parser = target)]
    targets: Vec<String>,
    /// The folder to write to, with a folder for each target in it
    #[arg(long, value_name = "DIR", default_value = "build")]
    out_dir: PathBuf,
    /// The handlebars template to render, with `--target template`
    #[arg(long, value_name = "FILE.hbs")]
    template: Option<String>,
    /// The form of documents
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The form of Terraform's files, with `--target terraform`
    #[arg(long, value_enum, default_value_t, value_name = "SYNTAX")]
    tf_syntax: TfSyntax,
    /// Take over the resources of this stack, with `--target terraform` and --stack-resources
    #[arg(long, value_name = "STACK")]
    import_stack: Option<String>,
    /// The resources of that stack, as `aws cloudformation list-stack-resources` prints them
    #[arg(long, value_name = "FILE")]
    stack_resources: Option<String>,
    /// Print the main document on stdout; write and package nothing
    #[arg(long)]
    stdout: bool,
    /// Leave out the rules: the output is exactly that of AWS's transform
    #[arg(long)]
    no_lint: bool,
    /// Leave local paths in the output as they are
    #[arg(long)]
    no_package: bool,
    /// Pack code as it lies where nobody has said how it is built: install no packages that it declares
    #[arg(long)]
    no_build: bool,
    /// Write the code's place in this S3 bucket instead of a local path
    #[arg(long, value_name = "BUCKET")]
    artifact_bucket: Option<String>,
    /// What stands before the names of artifacts in the bucket
    #[arg(long, value_name = "PREFIX", requires = "artifact_bucket")]
    artifact_prefix: Option<String>,
    /// Write nothing; exit with 1 if the output on disk differs
    #[arg(long, conflicts_with = "stdout")]
    check: bool,
    /// Print what is in the archives, the largest first; with `--message-format json` as JSON
    #[arg(long, conflicts_with_all = ["stdout", "no_package"])]
    report: bool,
    /// Pack everything anew, and remember nothing
    #[arg(long)]
    no_cache: bool,
    #[command(flatten)]
    cache: CacheOptions,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// YAML
    #[default]
    Yaml,
    /// JSON
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum TfSyntax {
    /// Terraform's own language, for people
    #[default]
    Hcl,
    /// The same as JSON, for programs
    Json,
}

fn target(text: &str) -> Result<String, String> {
    let known: Vec<&str> = samc::TARGETS.iter().map(|t| t.name()).collect();
    if known.contains(&text) { Ok(text.to_owned()) } else { Err(format!("one of {}", known.join(", "))) }
}

impl Build {
    /// Runs the command; the exit status.
    pub(super) fn run(self) -> u8 {
        let started = Instant::now();
        if self.stdout && self.targets.len() > 1 {
            stderr("error: --stdout prints one document; give one --target\n");
            return 2;
        }
        if self.template.is_none() && self.targets.iter().any(|t| t == "template") {
            stderr(
                "error: `--target template` renders a template of yours; name it with --template FILE.hbs\n",
            );
            return 2;
        }
        if let Some(fault) = self.import_fault() {
            stderr(&format!("error: {fault}\n"));
            return 2;
        }
        let mut settings = match self.common.settings(self.spec.as_deref()) {
            Ok(settings) => settings,
            Err(finding) => {
                self.report(&[finding], &SourceMap::default());
                return 2;
            }
        };
        settings.lint = !self.no_lint;
        settings.targets.clone_from(&self.targets);
        if let Some(name) = &self.template {
            if !settings.targets.iter().any(|t| t == "template") {
                settings.targets = vec!["template".to_owned()];
            }
            match samc::input::read(name) {
                Ok(text) => settings.template = Some((name.clone(), text)),
                Err(no_text) => {
                    self.report(&[no_text.diagnostic], &SourceMap::default());
                    return 2;
                }
            }
        }
        settings.format = match self.format {
            Format::Yaml => samc_target::Format::Yaml,
            Format::Json => samc_target::Format::Json,
        };
        settings.terraform.syntax = match self.tf_syntax {
            TfSyntax::Hcl => samc_target::terraform::Syntax::Hcl,
            TfSyntax::Json => samc_target::terraform::Syntax::Json,
        };
        if let (Some(stack), Some(file)) = (&self.import_stack, &self.stack_resources) {
            match samc::stack_resources::read(stack, file) {
                Ok(stack) => settings.terraform.import = Some(stack),
                Err(finding) => {
                    self.report(&[finding], &SourceMap::default());
                    return 2;
                }
            }
        }
        settings.never_code.push(self.out_dir.clone());
        if !self.stdout && !self.no_package {
            settings.packaging = Some(Packaging {
                out_dir: self.out_dir.clone(),
                bucket: self.artifact_bucket.clone(),
                prefix: self.artifact_prefix.clone(),
                builds: !self.no_build,
                cache: if self.no_cache { None } else { self.cache.settings() },
            });
        }
        let done = compile(&settings);
        self.report(&done.diagnostics, &done.sources);
        let status = match done.status {
            0 => self.deliver(&done),
            status => status,
        };
        if self.common.format() == MessageFormat::Human && !self.common.quiet && !self.check && status != 2 {
            self.close(&done, &settings.input, status, started);
        }
        // It is wanted most where something is too large, and the build fails.
        if self.report && (status == 0 || !done.packaged.artifacts.is_empty()) {
            let all = samc_package::sizes(&done.packaged);
            let target = done.outputs.first().map_or("cloudformation", |(target, _)| target);
            let folder = self.out_dir.join(target);
            stdout(&match self.common.format() {
                MessageFormat::Json => sizes::json(&folder, &all),
                _ => sizes::text(&folder, &all),
            });
        }
        if self.common.format() == MessageFormat::Human && self.common.verbose {
            stderr(&summary::stages(&done));
        }
        // The process ends here and gives all memory back at once; to drop millions of values one by
        // one takes a tenth of a large build.
        std::mem::forget(done);
        status
    }

    /// What is missing of the options that take a stack over.
    fn import_fault(&self) -> Option<String> {
        match (&self.import_stack, &self.stack_resources) {
            (None, None) => None,
            (Some(stack), None) => Some(format!(
                "--import-stack needs to know what is in the stack: `aws cloudformation list-stack-resources \
                 --stack-name {stack} --output json > FILE`, then --stack-resources FILE"
            )),
            (None, Some(_)) => {
                Some("--stack-resources says what is in a stack; name it with --import-stack".to_owned())
            }
            (Some(_), Some(_)) if self.targets.iter().any(|t| t == "terraform") => None,
            (Some(_), Some(_)) => {
                Some("--import-stack takes a stack over with Terraform; add --target terraform".to_owned())
            }
        }
    }

    fn report(&self, findings: &[Diagnostic], sources: &SourceMap) {
        stderr(&render(findings, sources, self.common.format(), self.common.color(&std::io::stderr())));
    }

    /// Writes or prints the output; the exit status.
    fn deliver(&self, done: &Compilation) -> u8 {
        if self.stdout {
            let main = done.outputs.first().and_then(|(_, artifacts)| artifacts.first());
            let text = main.map_or_else(Default::default, |m| String::from_utf8_lossy(&m.contents));
            return stdout(&text);
        }
        let files = self.files(done);
        if self.check {
            let different = differing(&files);
            self.report(&different, &SourceMap::default());
            return u8::from(!different.is_empty());
        }
        let folders: Vec<PathBuf> =
            done.outputs.iter().map(|(target, _)| self.out_dir.join(target)).collect();
        let lists: Vec<Option<String>> =
            folders.iter().map(|folder| std::fs::read_to_string(folder.join(ARTIFACT_LIST)).ok()).collect();
        let trees = write_trees(&self.out_dir.join(samc::local::TARGET), &done.trees);
        match trees.and_then(|()| write_all(&files)) {
            Ok(()) => {
                for (folder, list) in folders.iter().zip(&lists) {
                    remove_stale(folder, list.as_deref(), &files);
                }
                0
            }
            Err(finding) => {
                self.report(&[finding], &SourceMap::default());
                2
            }
        }
    }

    fn files(&self, done: &Compilation) -> Vec<OutputFile> {
        let mut files = Vec::new();
        for (target, artifacts) in &done.outputs {
            let folder = self.out_dir.join(target);
            let nothing = Vec::new();
            // Only what is deployed as it is names archives.
            let is_deployed = matches!(*target, "cloudformation" | "terraform");
            let packaged = if is_deployed { &done.packaged.artifacts } else { &nothing };
            files.extend(
                packaged
                    .iter()
                    .map(|a| OutputFile { path: folder.join(&a.path), contents: a.contents.clone() }),
            );
            if !packaged.is_empty() {
                let contents = done.packaged.manifest().into_bytes().into();
                files.push(OutputFile { path: folder.join(ARTIFACT_LIST), contents });
            }
            // The documents come last: they name the artifacts, and the main one those it nests.
            let nested = done.nested.iter().filter(|(name, _)| name == target).flat_map(|(_, files)| files);
            files.extend(
                nested
                    .chain(artifacts)
                    .map(|a| OutputFile { path: folder.join(&a.path), contents: a.contents.clone().into() }),
            );
        }
        files
    }

    /// The closing lines: what was built, or that nothing was.
    fn close(&self, done: &Compilation, input: &str, status: u8, started: Instant) {
        let milliseconds = started.elapsed().as_millis();
        let findings = summary::findings(done, input);
        let mut text = String::new();
        if status == 0 {
            if let Some(graph) = &done.graph {
                text.push_str(&format!("{}\n  {}\n", done.title, summary::counts(graph)));
            }
            if !self.stdout {
                for (target, artifacts) in &done.outputs {
                    let nested = done.nested.iter().filter(|(name, _)| name == target);
                    let documents: Vec<&Artifact> =
                        nested.flat_map(|(_, files)| files).chain(artifacts.first()).collect();
                    text.push_str(&summary::written(&self.out_dir.join(target), &documents, &done.packaged));
                }
            }
            text.push_str(&format!("{findings} · {milliseconds} ms\n"));
            text.push_str(&self.next_step(done));
        } else {
            text.push_str(&format!("{findings} · nothing written · {milliseconds} ms\n"));
            if let Some(first) = done.diagnostics.first() {
                text.push_str(&format!("samc explain {} says more about a code.\n", first.code()));
            }
        }
        stderr(&text);
    }

    /// The line that says what is to be done with the output where it names local files or a bucket.
    fn next_step(&self, done: &Compilation) -> String {
        let has_files = !done.packaged.artifacts.is_empty() || !done.nested.is_empty();
        let first = done.outputs.iter().find(|(t, _)| *t == "cloudformation");
        let first = first.and_then(|(target, a)| Some((self.out_dir.join(target), a.first()?)));
        let Some((folder, document)) = first.filter(|_| has_files && !self.stdout) else {
            return String::new();
        };
        match &done.bucket {
            Some((bucket, prefix)) => {
                let prefix =
                    prefix.as_ref().map_or_else(String::new, |p| format!("/{}", p.trim_end_matches('/')));
                format!("next: aws s3 sync {} s3://{bucket}{prefix}\n", folder.join("artifacts").display())
            }
            None => format!(
                "next: aws cloudformation package --template-file {} --s3-bucket ...\n",
                folder.join(&document.path).display()
            ),
        }
    }
}
