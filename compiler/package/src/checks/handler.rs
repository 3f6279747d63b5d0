//! Whether an archive holds what a function says it runs.

use super::node::{self, Lacks};
use super::python::{self, Defines};
use super::view::View;

/// What is wrong, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    /// After "`handler` of Orders ".
    pub(super) what: String,
    pub(super) help: String,
}

impl Missing {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Option<Missing> {
        Some(Missing { what: what.into(), help: help.into() })
    }
}

/// Looks for the handler. `has_layers` is true where what is missing may lie in a layer.
pub(super) fn missing(view: &mut View, runtime: &str, handler: &str, has_layers: bool) -> Option<Missing> {
    // A path that begins so leads into a layer.
    if handler.is_empty() || handler.starts_with('/') {
        return None;
    }
    match runtime.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
        "python" => of_python(view, handler, has_layers),
        _ if runtime.starts_with("nodejs") => of_node(view, handler, has_layers),
        "ruby" => of_ruby(view, handler, has_layers),
        _ if runtime.starts_with("java") => of_java(view, handler, has_layers),
        _ if runtime.starts_with("dotnet") => of_dotnet(view, handler),
        _ if runtime.starts_with("provided") => of_provided(view, has_layers),
        _ => None,
    }
}

/// Source of the rules: Lambda's runtime interface client for Python, `bootstrap.py`.
fn of_python(view: &mut View, handler: &str, has_layers: bool) -> Option<Missing> {
    let Some((module, name)) = handler.rsplit_once('.') else {
        return Missing::new(
            "has no dot in it",
            "write it as `file.function`, such as `app.handler` for `def handler` in app.py",
        );
    };
    let path = module.replace('.', "/");
    let file =
        [format!("{path}.py"), format!("{path}/__init__.py")].into_iter().find(|f| view.find(f).is_some());
    let Some(file) = file else {
        let (folder, stem) = path.rsplit_once('/').map_or(("", path.as_str()), |(f, s)| (f, s));
        let prefix = if folder.is_empty() { format!("{stem}.") } else { format!("{folder}/{stem}.") };
        let is_compiled = view.below(&prefix).any(|f| f.name.ends_with(".so") || f.name.ends_with(".pyc"));
        // A folder without __init__.py is a package too.
        if is_compiled || has_layers {
            return None;
        }
        return Missing::new(
            format!("names {path}.py, which is not in the code"),
            near(view, &path, &[".py"]),
        );
    };
    let source = view.text(&file)?;
    match python::defines(&source, name) {
        Defines::Yes | Defines::Unclear => None,
        Defines::No => Missing::new(
            format!("names `{name}`, which {file} does not define"),
            format!("define it at the top of {file}, import it there, or name what the file has"),
        ),
    }
}

/// Source of the rules: Lambda's runtime interface client for Node.js, `UserFunction.js`.
fn of_node(view: &mut View, handler: &str, has_layers: bool) -> Option<Missing> {
    let plain = handler.trim_start_matches("./");
    let (folder, last) = plain.rsplit_once('/').map_or(("", plain), |(f, l)| (f, l));
    let Some((stem, name)) = last.split_once('.') else {
        return Missing::new(
            "has no dot in it",
            "write it as `file.export`, such as `index.handler` for `export const handler` in index.mjs",
        );
    };
    let base = if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") };
    let candidates = ["", ".js", ".mjs", ".cjs"];
    let file = candidates.iter().map(|e| format!("{base}{e}")).find(|f| view.find(f).is_some());
    let Some(file) = file else {
        if has_layers || view.below(&format!("{base}/")).any(|f| f.name.ends_with("/index.js")) {
            return None;
        }
        let typed = [".ts", ".mts", ".cts", ".tsx"].iter().map(|e| format!("{base}{e}"));
        if let Some(typed) = typed.into_iter().find(|f| view.find(f).is_some()) {
            return Missing::new(
                format!("names {typed}, and Lambda does not run TypeScript"),
                "say how it is built: `build: esbuild`, or a command of your own",
            );
        }
        return Missing::new(
            format!("names {base}.js, which is not in the code (.mjs and .cjs are not there either)"),
            near(view, &base, &[".js", ".mjs", ".cjs"]),
        );
    };
    let source = view.text(&file)?;
    let first = name.split('.').next().unwrap_or(name);
    match node::lacks(&source, first)? {
        Lacks::Everything => Missing::new(
            format!("names {file}, which exports nothing"),
            format!("export it: `exports.{first} = ...`, or `export const {first} = ...` in an ES module"),
        ),
        Lacks::Name => Missing::new(
            format!("names `{first}`, which {file} does not export"),
            format!("export it: `exports.{first} = ...`, or `export const {first} = ...` in an ES module"),
        ),
    }
}

fn of_ruby(view: &mut View, handler: &str, has_layers: bool) -> Option<Missing> {
    let (module, _) = handler.split_once('.')?;
    if has_layers || view.find(&format!("{module}.rb")).is_some() {
        return None;
    }
    Missing::new(format!("names {module}.rb, which is not in the code"), near(view, module, &[".rb"]))
}

/// A class stands in the archive itself or in a jar under `lib/`.
/// Source: AWS Lambda Developer Guide, "Deploy Java Lambda functions with .zip or JAR file archives".
fn of_java(view: &mut View, handler: &str, has_layers: bool) -> Option<Missing> {
    let class = handler.split("::").next()?;
    let path = format!("{}.class", class.replace('.', "/"));
    if has_layers || view.find(&path).is_some() {
        return None;
    }
    let jars: Vec<String> =
        view.below("lib/").filter(|f| f.name.ends_with(".jar")).map(|f| f.name.clone()).collect();
    for jar in &jars {
        // A jar that cannot be looked into may have it.
        if view.inner(jar).is_none_or(|inner| inner.find(&path).is_some()) {
            return None;
        }
    }
    let is_source = ["pom.xml", "build.gradle", "build.gradle.kts"].iter().any(|f| view.find(f).is_some());
    let help = if is_source && jars.is_empty() {
        "these are sources: say how they are built, `build: mvn -q package ...`, or name the jar as the code"
    } else {
        "build the archive with the class in it, or in a jar under lib/"
    };
    Missing::new(format!("names the class {class}, which is not in the code"), help)
}

fn of_dotnet(view: &mut View, handler: &str) -> Option<Missing> {
    let assembly = handler.split("::").next()?;
    let dll = format!("{assembly}.dll");
    if view.find(&dll).is_some() || view.find(assembly).is_some() {
        return None;
    }
    let is_source = view.files.iter().any(|f| f.name.ends_with(".csproj") || f.name.ends_with(".fsproj"));
    let help = if is_source {
        "these are sources: say how they are built, `build: dotnet publish -c Release -o $ARTIFACTS_DIR`"
    } else {
        "name the assembly that the code has, or publish it into the folder"
    };
    Missing::new(format!("names {dll}, which is not in the code"), help)
}

fn of_provided(view: &mut View, has_layers: bool) -> Option<Missing> {
    match view.find("bootstrap") {
        Some(file) if file.executable => None,
        Some(_) => Missing::new("has a bootstrap that may not be executed", "`chmod +x bootstrap`"),
        None if has_layers => None,
        None => {
            let is_rust = view.find("Cargo.toml").is_some();
            let help = match is_rust {
                true => "these are sources: say how they are built, `build: rust`",
                false => {
                    "a function of its own runtime is started by an executable `bootstrap` at the top of its code"
                }
            };
            Missing::new("needs a file `bootstrap`, which is not in the code", help)
        }
    }
}

/// What to do about a file that is not there: one of the same name elsewhere is likely meant.
fn near(view: &View, base: &str, endings: &[&str]) -> String {
    let stem = base.rsplit('/').next().unwrap_or(base);
    let found = view.files.iter().find(|f| {
        let name = f.name.rsplit('/').next().unwrap_or(&f.name);
        endings.iter().any(|e| name.strip_suffix(e) == Some(stem)) && !f.name.contains("node_modules/")
    });
    match found {
        Some(file) => format!("{} is there: paths in a handler begin at the top of the code", file.name),
        None => {
            "name a file that is in the code; a build may have left it out, or not made it yet".to_owned()
        }
    }
}
