//! `samc.yaml`: the nearest one upwards from the input, read by its types and laid under what the command line
//! says.

use std::path::{Component, Path, PathBuf};

use samc_base::{Code, Diagnostic, Diagnostics, Severity, SourceMap, Span, codes, nearest};
use samc_lint::Profile;
use samc_schema::app::OneOrMany;
use samc_schema::config::{self, Config, Lint};
use samc_syntax::{ParseOptions, Spanned, from_node_in_part};

use crate::compile::Settings;
use crate::{baseline, input, samconfig};

/// The name that is looked for.
pub const NAME: &str = "samc.yaml";

/// What stands for every rule.
pub const ALL: &str = "ALL";

/// A configuration that was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says, as far as it could be read.
    pub config: Config,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// The file alone, to begin the files of a run with.
    pub sources: SourceMap,
    /// What is wrong in it.
    pub found: Vec<Diagnostic>,
}

/// What the command line has given, over which the configuration does not go.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Rules to run alone, by code, or [`ALL`].
    pub select: Vec<String>,
    /// Rules to leave out, by code.
    pub ignore: Vec<String>,
    /// Profiles.
    pub profiles: Vec<Profile>,
    /// The lowest severity that fails.
    pub deny: Option<Severity>,
    /// Whether a day was named.
    pub as_of: bool,
}

/// The configuration nearest to an input: in its folder, or in one above it.
pub fn find(input: &str) -> Option<String> {
    let parent = Path::new(input).parent().filter(|p| !p.as_os_str().is_empty());
    let mut folder = parent.unwrap_or(Path::new(".")).to_owned();
    // Above what the user typed the names are those of the way up, so that none of this machine is shown.
    let depth = std::path::absolute(&folder).ok()?.components().count();
    for _ in 0..=depth {
        let file = folder.join(NAME);
        if file.is_file() {
            return Some(plain(&file));
        }
        folder = match folder.components().next_back() {
            Some(Component::Normal(_)) => {
                let up = folder.parent().unwrap_or(Path::new("")).to_owned();
                if up.as_os_str().is_empty() { PathBuf::from(".") } else { up }
            }
            Some(Component::CurDir) | None => PathBuf::from(".."),
            Some(Component::ParentDir) => folder.join(".."),
            Some(Component::RootDir | Component::Prefix(_)) => return None,
        };
    }
    None
}

/// The name of a file as it is seen from a folder, both from the current one; `/` between its parts.
pub(crate) fn seen_from(folder: &Path, name: &str) -> String {
    let parts = |path: &Path| {
        let mut parts: Vec<String> = Vec::new();
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        for part in absolute.components() {
            match part {
                Component::ParentDir => {
                    parts.pop();
                }
                Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        parts
    };
    let (from, to) = (parts(folder), parts(Path::new(name)));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    up.chain(to.into_iter().skip(shared)).collect::<Vec<_>>().join("/")
}

/// A path without a `./` at its front.
pub(crate) fn plain(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.display().to_string()
}

/// Reads a configuration. The error is that it cannot be read at all.
pub fn load(name: &str) -> Result<Loaded, Diagnostic> {
    let text = input::read(name).map_err(|no_text| no_text.diagnostic)?;
    let mut sources = SourceMap::default();
    let file = sources.add(name, text);
    let mut found = Diagnostics::default();
    let document = samc_syntax::parse(sources.file(file), &ParseOptions::default(), &mut found);
    let is_empty = document.root.as_scalar().is_some_and(samc_syntax::Scalar::is_null);
    let mut config = Config::default();
    if is_empty {
        // A file of comments says nothing, and is none that is wrong.
        found = Diagnostics::default();
    } else if !found.has_errors()
        && let Some(part) = from_node_in_part::<Config>(&document.root, None, "", &mut found)
    {
        config = part.value;
    }
    check(&config, &mut found);
    let parent = Path::new(name).parent().filter(|p| !p.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new(".")).to_owned();
    Ok(Loaded { config, folder, sources, found: found.finish() })
}

/// What the types cannot say: regions, days and names of rules.
fn check(config: &Config, found: &mut Diagnostics) {
    let mut wrong = |span: Option<Span>, message: String, help: String, path: &str| {
        found.push(
            Diagnostic::error(codes::INVALID_VALUE, message)
                .at(span, "not allowed here")
                .help(help)
                .path(path),
        );
    };
    if let Some(region) = config.region.as_ref().filter(|r| !samconfig::is_region(&r.value)) {
        let message = format!("`{}` is not a region", region.value);
        wrong(region.span, message, "a region looks like `eu-central-1`".to_owned(), "region");
    }
    let Some(lint) = &config.lint else { return };
    if let Some(day) = lint.as_of.as_ref().filter(|day| !is_day(&day.value)) {
        let message = format!("`{}` is not a day", day.value);
        wrong(day.span, message, "a day looks like `2026-11-23`".to_owned(), "lint.as-of");
    }
    let own = own_codes(lint);
    let mut unknown = |name: &str, span: Option<Span>, path: &str| {
        let is_own = own.iter().any(|(code, given)| code == name || given.as_deref() == Some(name));
        if is_own || rule_named(name).is_some() {
            return;
        }
        let known = rule_codes().flat_map(|code| [code.id(), code.name()]);
        let known = known.chain(own.iter().map(|(code, _)| code.as_str()));
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`samc rules` lists the rules".to_owned(),
        };
        wrong(span, format!("there is no rule `{name}`"), help, path);
    };
    let mut each = |names: Option<&Spanned<OneOrMany<String>>>, path: &str| {
        for name in names.into_iter().flat_map(|n| n.value.items(n.span)) {
            if *name.value != ALL || path != "lint.select" {
                unknown(name.value, name.span, path);
            }
        }
    };
    each(lint.select.as_ref(), "lint.select");
    each(lint.ignore.as_ref(), "lint.ignore");
    for entry in lint.per_path.iter().flatten() {
        each(Some(&entry.value.ignore), "lint.per-path");
    }
    for entry in lint.per_resource.iter().flatten() {
        each(Some(&entry.value.ignore), "lint.per-resource");
    }
    for name in lint.severity.iter().flat_map(|map| map.keys()) {
        unknown(&name.value, name.span, "lint.severity");
    }
}

/// The codes and names of rules of one's own.
fn own_codes(lint: &Lint) -> Vec<(String, Option<String>)> {
    let policies = lint.policies.iter().flatten();
    policies.map(|p| (p.value.code.value.clone(), p.value.name.as_ref().map(|n| n.value.clone()))).collect()
}

/// True for a text of the form of `2026-11-23`.
pub fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_number = |part: &str, digits: usize, range: std::ops::RangeInclusive<u32>| {
        part.len() == digits
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse().is_ok_and(|n| range.contains(&n))
    };
    match parts.as_slice() {
        [year, month, day] => {
            is_number(year, 4, 1970..=9999) && is_number(month, 2, 1..=12) && is_number(day, 2, 1..=31)
        }
        _ => false,
    }
}

/// Every code of a rule: those of the graph and those of packed code.
pub fn rule_codes() -> impl Iterator<Item = Code> {
    crate::RULES.iter().map(|rule| rule.code).chain(samc_package::RULES)
}

/// The rule of a code or name in any letter case.
pub fn rule_named(name: &str) -> Option<Code> {
    let is_it = |text: &str| text.eq_ignore_ascii_case(name);
    rule_codes().find(|code| is_it(code.id()) || is_it(code.name()))
}

/// The names of a list.
pub(crate) fn names(given: Option<&Spanned<OneOrMany<String>>>) -> Vec<String> {
    given.into_iter().flat_map(|n| n.value.items(n.span)).map(|name| name.value.clone()).collect()
}

/// Lays a configuration under what the command line has given, and says in the settings which rules run.
pub fn apply(settings: &mut Settings, mut loaded: Option<Loaded>, given: &Given) {
    let mut given = given.clone();
    let of_config = |loaded: &Loaded| {
        let named = loaded.config.lint.as_ref()?.baseline.as_ref()?;
        let name = loaded.folder.join(&named.value);
        Some((plain(&name), named.span))
    };
    if let (None, Some((name, span))) = (&settings.baseline, loaded.as_ref().and_then(of_config)) {
        match input::read(&name) {
            Ok(text) => settings.baseline = Some(baseline::Text { name, text: Some(text) }),
            Err(no_text) => {
                if let Some(loaded) = &mut loaded {
                    loaded.found.push(no_text.diagnostic.at(span, "named here").path("lint.baseline"));
                }
            }
        }
    }
    if let Some(loaded) = loaded {
        lay_under(settings, &loaded.config, &mut given);
        settings.config = Some(std::sync::Arc::new(loaded));
    }
    let named = |list: &[String], code: &str| list.iter().any(|name| name == code);
    let all = named(&given.select, ALL);
    let codes: Vec<&'static str> = rule_codes().map(|code| code.id()).collect();
    let of = |keep: &dyn Fn(&str) -> bool| -> Vec<String> {
        codes.iter().filter(|code| keep(code)).map(|&code| code.to_owned()).collect()
    };
    settings.selected = of(&|code| all || named(&given.select, code));
    settings.ignored = of(&|code| {
        let on = given.select.is_empty() || all || named(&given.select, code);
        !on || named(&given.ignore, code)
    });
    // Rules of one's own have no place in the list of codes.
    settings.only = if given.select.is_empty() || all { None } else { Some(given.select.clone()) };
    settings.ignored.extend(given.ignore.iter().filter(|code| rule_named(code).is_none()).cloned());
    settings.profiles = given.profiles;
    settings.deny = given.deny.or(settings.deny);
}

fn lay_under(settings: &mut Settings, config: &Config, given: &mut Given) {
    let options = &mut settings.options;
    if options.stage.is_none() {
        options.stage = config.stage.as_ref().map(|stage| stage.value.clone());
    }
    if let Some(region) = config.region.as_ref().filter(|r| samconfig::is_region(&r.value))
        && !options.region_given
    {
        options.region.clone_from(&region.value);
        options.region_given = true;
    }
    for (name, value) in config.params.iter().flatten() {
        options.parameters.entry(name.clone()).or_insert_with(|| value.value.clone());
    }
    for (name, value) in config.vars.iter().flatten() {
        options.variables.entry(name.clone()).or_insert_with(|| value.value.clone());
    }
    let Some(lint) = &config.lint else { return };
    if let Some(day) = lint.as_of.as_ref().filter(|day| is_day(&day.value))
        && !given.as_of
    {
        options.today.clone_from(&day.value);
    }
    let canonical = |name: String| rule_named(&name).map_or(name, |code| code.id().to_owned());
    if given.select.is_empty() {
        given.select = names(lint.select.as_ref()).into_iter().map(canonical).collect();
    }
    if given.ignore.is_empty() {
        given.ignore = names(lint.ignore.as_ref()).into_iter().map(canonical).collect();
    }
    if given.profiles.is_empty() {
        let profiles = lint.profile.iter().flat_map(|p| p.value.items(p.span));
        given.profiles = profiles.map(|p| profile(*p.value)).collect();
    }
    given.deny = given.deny.or(lint.deny.as_ref().map(|deny| severity(deny.value)));
}

fn profile(profile: config::Profile) -> Profile {
    match profile {
        config::Profile::Strict => Profile::Strict,
        config::Profile::Pci => Profile::Pci,
        config::Profile::Hipaa => Profile::Hipaa,
        config::Profile::Cost => Profile::Cost,
    }
}

/// The severity of a word.
pub(crate) fn severity(word: config::Deny) -> Severity {
    match word {
        config::Deny::Error => Severity::Error,
        config::Deny::Warning => Severity::Warning,
        config::Deny::Info => Severity::Info,
    }
}

/// Gives the findings of rules the severity that the configuration says, or takes them out.
pub(crate) fn grade(found: &mut Diagnostics, settings: &Settings) {
    let lint = settings.config.as_ref().and_then(|loaded| loaded.config.lint.as_ref());
    let Some(levels) = lint.and_then(|lint| lint.severity.as_ref()) else { return };
    let level = |finding: &Diagnostic| {
        let code = finding.code();
        // An error of the language may share the name of a rule.
        let is_it = |name: &str| match rule_named(name) {
            Some(rule) => rule == code,
            None => name == code.id() || name == code.name(),
        };
        levels.iter().rev().find(|(name, _)| is_it(&name.value)).map(|(_, level)| level.value)
    };
    for finding in found.iter_mut() {
        match level(finding) {
            Some(config::Level::Error) => finding.severity = Severity::Error,
            Some(config::Level::Warning) => finding.severity = Severity::Warning,
            Some(config::Level::Info) => finding.severity = Severity::Info,
            Some(config::Level::Off) | None => {}
        }
    }
    // This counts the errors anew as well.
    found.retain(|finding| level(finding) != Some(config::Level::Off));
}
