//! What a Node.js module exports, as far as it can be told without running it.

/// Why a module lacks a name, where that is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacks {
    /// It exports nothing at all.
    Everything,
    /// It exports, and the name occurs nowhere in it.
    Name,
}

/// What lets a module export names that do not stand in it.
const DYNAMIC: [&str; 6] =
    ["export *", "export*", "Object.assign", "__exportStar", "__reExport", "globalThis"];

/// Whether a module is without doubt without an export: none where it has it, or may have.
pub(super) fn lacks(source: &str, name: &str) -> Option<Lacks> {
    let text = without_comments(source);
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| !word.is_empty())
        .collect();
    if DYNAMIC.iter().any(|dynamic| text.contains(dynamic)) {
        return None;
    }
    if !words.iter().any(|word| matches!(*word, "export" | "exports" | "module" | "awslambda")) {
        return Some(Lacks::Everything);
    }
    if words.contains(&name) || is_replaced(&text) {
        return None;
    }
    Some(Lacks::Name)
}

/// Whether `module.exports` becomes something that is not written out: `module.exports = require("./app")`.
fn is_replaced(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("exports") {
        rest = &rest[at + "exports".len()..];
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            // `exports[name] = ...` with a name that is not a text.
            if rest
                .trim_start()
                .strip_prefix('[')
                .is_some_and(|key| !key.trim_start().starts_with(['"', '\'', '`']))
            {
                return true;
            }
            continue;
        };
        let value = value.trim_start();
        let is_plain_object = value.starts_with('{') && !value.contains("...");
        if !is_plain_object {
            return true;
        }
    }
    false
}

/// The text without its comments. Strings stay: names of exports stand in them too.
fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let mut quote: Option<char> = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                out.push(c);
                out.extend(chars.next());
            }
            (Some(open), c) => {
                out.push(c);
                if c == open || (c == '\n' && open != '`') {
                    quote = None;
                }
            }
            (None, '\'' | '"' | '`') => {
                out.push(c);
                quote = Some(c);
            }
            (None, '/') if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, '/') if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                out.push(' ');
            }
            (None, c) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_in_all_forms_are_seen() {
        for source in [
            "exports.handler = async () => 1;",
            "module.exports.handler = f;",
            "module.exports = { handler };",
            "module.exports = { handler: f, other };",
            "export const handler = async (event) => 1;",
            "export async function handler() {}",
            "export { main as handler };",
            "__export(app_exports, { handler: () => handler });\nmodule.exports = __toCommonJS(app_exports);",
            "Object.defineProperty(exports, 'handler', { get: f });",
            "exports['handler'] = f",
            "module.exports = require('./other');",
            "export * from './other.mjs';",
            "const f = 1; Object.assign(module.exports, f);",
            "module.exports = make();",
            "for (const n of names) exports[n] = f;",
            "(()=>{var e={};var r=e;for(var t in r)exports[t]=r[t]})();",
            "module.exports = { ...require('./a') };",
            "const url = 'http://x'; export const handler = 1;",
        ] {
            assert_eq!(lacks(source, "handler"), None, "{source}");
        }
    }

    #[test]
    fn a_module_without_it_is_told() {
        for (source, wanted) in [
            ("", Lacks::Everything),
            ("async function handler() {}", Lacks::Everything),
            ("// exports.handler = 1\nconst handler = 1;", Lacks::Everything),
            ("exports.handle = async () => 1;", Lacks::Name),
            ("export const main = 1; /* handler */", Lacks::Name),
            ("module.exports = { main: 1 };", Lacks::Name),
            ("exports[\"main\"] = 1", Lacks::Name),
        ] {
            assert_eq!(lacks(source, "handler"), Some(wanted), "{source}");
        }
    }
}
