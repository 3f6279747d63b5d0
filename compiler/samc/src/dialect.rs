//! Which dialect a document is of, and what it is called in the closing lines.

use samc_base::{Diagnostic, Diagnostics, codes, nearest, nearest_certain};
use samc_frontends::Frontend;
use samc_schema::app::SECTIONS;
use samc_schema::metadata::Form;
use samc_syntax::{Document, Entry, Node, NodeKind};
use samc_target::About;

use crate::compile::Settings;
use crate::{FRONTENDS, samconfig};

/// "orders · dev · eu-central-1": what is built, for which stage (the first one where none is given),
/// and where it is to go, as far as that is said. A template has a stage only where its
/// configuration has something for it.
pub(crate) fn title(document: &Document, settings: &Settings, configured: Option<String>) -> String {
    let about = about(document, settings);
    let mut parts = Vec::new();
    if Form::of(&document.root) == Form::Template {
        parts.push(settings.input.clone());
        parts.extend(configured);
    } else {
        parts.push(about.name);
        parts.extend(about.stage);
    }
    parts.extend(settings.options.region_given.then(|| settings.options.region.clone()));
    parts.join(" · ")
}

/// Takes the region that a serverless.yml says for the one it is compiled for, where the command line names none.
pub(crate) fn settle_region(document: &Document, settings: &mut Settings) {
    let options = &mut settings.options;
    if options.region_given || Form::of(&document.root) != Form::Service {
        return;
    }
    let region = document.root.get("provider").and_then(|provider| provider.get("region"));
    let region = region.and_then(|region| Some(region.as_scalar()?.text.to_string()));
    if let Some(region) = region.filter(|region| samconfig::is_region(region)) {
        options.region = region;
        options.region_given = true;
    }
}

/// What the application is called and where it goes, for back ends that say so.
pub(crate) fn about(document: &Document, settings: &Settings) -> About {
    let text = |node: Option<&Node>| Some(node?.as_scalar()?.text.to_string());
    let root = &document.root;
    let (name, stages, first) = match Form::of(root) {
        Form::App => {
            let stages = root.get("stages").and_then(Node::as_mapping).unwrap_or_default();
            let stages: Vec<String> = stages.iter().map(|entry| entry.key.to_string()).collect();
            let first = stages.first().cloned();
            (text(root.get("app")), stages, first)
        }
        Form::Service => {
            let stage = text(root.get("provider").and_then(|provider| provider.get("stage")));
            (text(root.get("service")), Vec::new(), Some(stage.unwrap_or_else(|| "dev".to_owned())))
        }
        Form::Template => (None, Vec::new(), None),
    };
    let spec = settings.input.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = spec.split('.').next().unwrap_or_default();
    About {
        name: name.unwrap_or_else(|| stem.to_owned()),
        stage: settings.options.stage.clone().or(first),
        stages,
        region: settings.options.region_given.then(|| settings.options.region.clone()),
        spec: spec.to_owned(),
    }
}

/// The keys at the top that say which dialect a file is, the name such files have, and what they are called.
const MARKS: [(&str, &str, &[&str]); 3] = [
    ("app", "app.yaml", &["app"]),
    ("serverless", "serverless.yml", &["service", "provider"]),
    ("template", "a template", &["Resources", "Transform"]),
];

/// The keys that mark the files of a name. Sections of app.yaml mark one where there is no `app`.
fn marks(stem: &str) -> impl Iterator<Item = &'static str> {
    let sections = (stem == "app").then_some(SECTIONS).into_iter().flatten().map(|(name, _)| *name);
    MARKS
        .iter()
        .filter(move |(name, ..)| *name == stem)
        .flat_map(|(.., keys)| keys.iter().copied())
        .chain(sections)
}

/// The entry that is most likely a misspelt mark of some dialect, and the mark.
fn nearest_mark(entries: &[Entry]) -> Option<(&Entry, &'static str)> {
    let is_there = |key: &str| entries.iter().any(|entry| &*entry.key == key);
    let marks: Vec<&str> = MARKS.iter().flat_map(|(stem, ..)| marks(stem)).collect();
    let candidates = || marks.iter().copied().filter(|mark| !is_there(mark));
    let near = |entry: &'_ Entry| -> Option<&'static str> {
        // What is spelt as some dialect has it is no slip.
        if marks.contains(&&*entry.key) { None } else { nearest(&entry.key, candidates()) }
    };
    entries.iter().find_map(|entry| Some((entry, near(entry)?)))
}

/// Where nothing says which dialect a document is and the name of its file, or the user, does: tells the mark that is
/// misspelt, and spells it right, so that what else is wrong is told as well.
pub(crate) fn mend(
    document: &mut Document,
    input: &str,
    dialect: Option<&str>,
    diagnostics: &mut Diagnostics,
) {
    let file = input.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = match dialect {
        Some("sam" | "cloudformation") => "template",
        Some(name) => name,
        None => file.rsplit_once('.').map_or(file, |(stem, _)| stem),
    };
    let Some((_, shown, _)) = MARKS.iter().find(|(name, ..)| *name == stem) else { return };
    let fits = |document: &Document| match dialect {
        Some(name) => FRONTENDS.iter().any(|f| f.name == name && (f.detect)(document)),
        None => FRONTENDS.iter().any(|f| (f.detect)(document)),
    };
    let Some(entries) = document.root.as_mapping().filter(|_| !fits(document)) else { return };
    let is_there = |key: &str| entries.iter().any(|entry| &*entry.key == key);
    let mut missing: Vec<&str> = marks(stem).filter(|mark| !is_there(mark)).collect();
    let (mut mended, mut told) = (entries.to_vec(), Vec::new());
    for entry in &mut mended {
        if marks(stem).any(|mark| mark == &*entry.key) {
            continue;
        }
        let candidates = missing.clone();
        let Some(near) = nearest_certain(&entry.key, candidates.iter().copied()) else { continue };
        let message = format!("{shown} has no section `{}`", entry.key);
        let finding = Diagnostic::error(codes::UNKNOWN_SECTION, message)
            .at(entry.key_span, "not a section")
            .help(format!("did you mean `{near}`?"))
            .respell(entry.key_span, &entry.key, candidates)
            .path(&*entry.key);
        told.push(finding);
        missing.retain(|mark| *mark != near);
        entry.key = near.into();
    }
    let written = std::mem::replace(&mut document.root.kind, NodeKind::Mapping(mended));
    if !fits(document) {
        document.root.kind = written;
        return;
    }
    told.into_iter().for_each(|finding| diagnostics.push(finding));
}

/// The front end the user names, or the one whose dialect the content is of.
pub(crate) fn choose(
    document: &Document,
    input: &str,
    dialect: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> Option<&'static Frontend> {
    if let Some(name) = dialect {
        return FRONTENDS.iter().find(|f| f.name == name);
    }
    let Some(entries) = document.root.as_mapping() else {
        diagnostics.push(
            Diagnostic::error(
                codes::NOT_A_MAPPING,
                format!("{input} is {} at its top level, and must be a mapping", document.root.kind_name()),
            )
            .at(document.root.span.part(0, 1), format!("{} begins here", document.root.kind_name()))
            .help("begin with `app:` (app.yaml), or with a section of a template such as `Resources:`")
            .path(""),
        );
        return None;
    };
    let fitting: Vec<&Frontend> = FRONTENDS.iter().filter(|f| (f.detect)(document)).collect();
    if let [only] = fitting.as_slice() {
        return Some(only);
    }
    let finding = match fitting.as_slice() {
        [] => {
            let finding = Diagnostic::error(
                codes::UNKNOWN_DIALECT,
                format!("{input} is none of the kinds of file samc compiles"),
            )
            .help(
                "looked for a mapping with `app:` (app.yaml), `Transform: AWS::Serverless-2016-10-31` (SAM), \
                 `Resources:` (CloudFormation) or `service:` with `provider:` (serverless.yml)",
            );
            match nearest_mark(entries) {
                Some((entry, near)) => finding.at(entry.key_span, format!("did you mean `{near}`?")),
                None => finding.at(document.root.span.part(0, 1), "nothing here tells what it is"),
            }
        }
        several => {
            let names: Vec<_> = several.iter().map(|f| f.name).collect();
            Diagnostic::error(codes::UNKNOWN_DIALECT, format!("{input} could be {}", names.join(" or ")))
                .at(document.root.span.part(0, 1), "has the marks of each")
                .help("say which with --dialect")
        }
    };
    diagnostics.push(finding.path(""));
    None
}
