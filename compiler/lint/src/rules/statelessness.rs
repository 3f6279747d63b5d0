//! R520: code that keeps what it needs in a place that is gone with the next start.

use samc_base::{Code, Diagnostic, Severity};
use samc_ir::Expr;

use crate::query::{at_property, name, property};
use crate::rule::{On, Profile, Rule};

/// Calls that write a file, by their first argument: a path in quotes.
const WRITES: [&str; 7] = [
    "open(",
    "writeFile(",
    "writeFileSync(",
    "appendFile(",
    "appendFileSync(",
    "createWriteStream(",
    "mkdir(",
];

/// A hint: it looks at code in the template as text.
pub(super) static RULE: Rule = Rule {
    code: Code::new("R520", "statelessness"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("statelessness.md"),
    check: |context, diagnostics| {
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            let code = property(function, "Code.ZipFile").value();
            let Some(code) = code.and_then(|c| c.as_str().or(c.as_sub().map(|(text, _)| text))) else {
                continue;
            };
            let mounts = property(function, "FileSystemConfigs").value().is_some_and(Expr::is_truthy);
            let Some(path) = written(code).filter(|_| !mounts) else { continue };
            let message = format!(
                "the code of {} writes to {path}: a function can write under /tmp alone, and what is there is gone \
                 with the next start",
                name(id, function)
            );
            let found = Diagnostic::new(Severity::Info, RULE.code, message).help(
                "write to /tmp what only this call needs, and to a bucket or a table what another needs",
            );
            diagnostics.push(at_property(found, id, function, "Code.ZipFile", "this code"));
        }
    },
};

/// The first path outside of `/tmp` that code writes to.
fn written(code: &str) -> Option<&str> {
    code.lines().find_map(|line| {
        WRITES.iter().find_map(|call| {
            let (_, rest) = line.split_once(call)?;
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
            let (path, rest) = rest.get(1..)?.split_once(quote)?;
            // `open` reads unless its mode says otherwise.
            let writes = *call != "open("
                || ["'w", "\"w", "'a", "\"a", "'x", "\"x"].iter().any(|mode| rest.contains(mode));
            (writes && path.starts_with('/') && !path.starts_with("/tmp") && !path.starts_with("/mnt"))
                .then_some(path)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn what_is_written_outside_of_tmp_is_found() {
        assert_eq!(written("with open('/var/state', 'w') as f:"), Some("/var/state"));
        assert_eq!(written("fs.writeFileSync(\"/data/x\", y)"), Some("/data/x"));
        assert_eq!(written("open('/tmp', 'w')\nopen('/etc/hosts')\nopen(name, 'w')"), None);
    }
}
