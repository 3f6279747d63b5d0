//! `samc init`: starters, each a small application with working handlers and their tests.

use std::path::{Path, PathBuf};

use handlebars::Handlebars;
use samc_base::{Diagnostic, codes};
use samc_schema::app::Name;
use serde_json::json;

/// A starter: its name, what it is, a function of it, and its files.
#[derive(Debug, Clone, Copy)]
pub struct Starter {
    /// The name that `--template` takes.
    pub name: &'static str,
    /// What it makes, in a sentence.
    pub about: &'static str,
    /// A function that the README explains.
    first: &'static str,
    /// Paths and templates.
    files: &'static [(&'static str, &'static str)],
}

const README: &str = include_str!("../starters/readme.md.hbs");
const STAND_IN: &str = include_str!("../starters/stand_in.py.hbs");

/// A starter with one module of handlers.
macro_rules! starter {
    ($name:literal, $about:literal, $first:literal, $module:literal) => {
        Starter {
            name: $name,
            about: $about,
            first: $first,
            files: &[
                ("app.yaml", include_str!(concat!("../starters/", $name, "/app.yaml.hbs"))),
                (
                    concat!("src/", $module, ".py"),
                    include_str!(concat!("../starters/", $name, "/", $module, ".py.hbs")),
                ),
                ("test_handlers.py", include_str!(concat!("../starters/", $name, "/test_handlers.py.hbs"))),
                ("stand_in.py", STAND_IN),
                ("README.md", README),
            ],
        }
    };
}

/// Every starter.
pub static STARTERS: [Starter; 6] = [
    starter!("api", "Items over HTTP, kept in a table.", "create", "items"),
    starter!("worker", "Messages of a queue, worked on in batches.", "worker", "work"),
    starter!("cron", "A report, every morning.", "report", "report"),
    starter!("stream", "Records of a stream, counted while they come in.", "count", "count"),
    starter!("workflow", "Steps one after the other, with a choice and retries.", "check", "steps"),
    starter!(
        "full",
        "Orders over HTTP, a queue, a bus, a schedule, alarms, and three stages.",
        "create",
        "orders"
    ),
];

/// Writes a starter into a folder, which may be there but holds none of its files. Gives the paths written.
pub fn init(folder: &Path, starter: &str, name: Option<&str>) -> Result<Vec<PathBuf>, Diagnostic> {
    let known: Vec<&str> = STARTERS.iter().map(|s| s.name).collect();
    let Some(starter) = STARTERS.iter().find(|s| s.name == starter) else {
        let finding = Diagnostic::error(codes::NO_INPUT, format!("there is no starter `{starter}`"));
        return Err(match samc_base::nearest(starter, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("there is {}", known.join(", "))),
        });
    };
    let name = match name {
        Some(name) => name.to_owned(),
        None => name_of(folder),
    };
    if Name::parse(&name).is_none() {
        return Err(Diagnostic::error(codes::INVALID_VALUE, format!("`{name}` cannot be the name of an application"))
            .help("a name is a small letter, then at most 39 small letters, digits and hyphens; give one with --name"));
    }
    let context = json!({"name": name, "about": starter.about, "first": starter.first});
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(handlebars::no_escape);
    let mut files = Vec::new();
    for (path, template) in starter.files {
        let path = folder.join(path);
        if path.exists() {
            return Err(Diagnostic::error(
                codes::CANNOT_WRITE,
                format!("{} is there already", path.display()),
            )
            .help("nothing was written; choose another folder"));
        }
        let text = engine.render_template(template, &context).map_err(|error| {
            Diagnostic::error(
                codes::TEMPLATE_FAILED,
                format!("the starter {} is broken: {error}", starter.name),
            )
        })?;
        // A blank keeps braces of YAML and Python apart from those of the template.
        files.push((path, text.replace("} }", "}}").replace("} }", "}}")));
    }
    let cannot = |path: &Path, error: std::io::Error| {
        Diagnostic::error(codes::CANNOT_WRITE, format!("{} cannot be written: {error}", path.display()))
    };
    for (path, text) in &files {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| cannot(parent, e))?;
        }
        std::fs::write(path, text).map_err(|e| cannot(path, e))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// The name of an application from that of its folder.
fn name_of(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let last = whole.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain: String = last.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.trim_matches(|c: char| c == '-' || c.is_ascii_digit());
    let name: String = plain.chars().take(40).collect();
    if name.is_empty() { "app".to_owned() } else { name }
}
