//! What a Python module defines at its top, as far as it can be told without running it.

/// Whether a module has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defines {
    /// It is bound at the top of the module.
    Yes,
    /// Nothing binds it.
    No,
    /// Something could that only running the module tells, such as `from x import *`.
    Unclear,
}

/// Names that can bind others: whoever uses one gets the benefit of the doubt.
const DYNAMIC: [&str; 7] = ["globals", "locals", "vars", "exec", "eval", "setattr", "__getattr__"];

/// Whether `name` is bound at the top of a module, in blocks such as `if` and `try` as well.
pub(super) fn defines(source: &str, name: &str) -> Defines {
    let mut hidden: Option<usize> = None;
    let mut answer = Defines::No;
    for line in logical_lines(source) {
        let words = words(&line.text);
        if words.iter().any(|w| DYNAMIC.contains(w)) {
            answer = Defines::Unclear;
        }
        if words.first() == Some(&"global") && words.contains(&name) {
            return Defines::Yes;
        }
        // What stands in a function or a class is not at the top.
        if hidden.is_some_and(|indent| line.indent > indent) {
            continue;
        }
        hidden = None;
        for statement in line.text.split(';') {
            match binds(statement, name) {
                Defines::Yes => return Defines::Yes,
                Defines::Unclear => answer = Defines::Unclear,
                Defines::No => {}
            }
        }
        if is_scope(&words) {
            hidden = Some(line.indent);
        }
    }
    answer
}

fn is_scope(words: &[&str]) -> bool {
    matches!(words, ["def" | "class", ..] | ["async", "def", ..])
}

fn binds(statement: &str, name: &str) -> Defines {
    let words = words(statement);
    let yes = |is_it| if is_it { Defines::Yes } else { Defines::No };
    match words.as_slice() {
        ["def" | "class", defined, ..] | ["async", "def", defined, ..] => yes(*defined == name),
        ["from", ..] if statement.trim_end().ends_with('*') => Defines::Unclear,
        ["import" | "from", ..] => {
            // `import a.b as c, d` and `from a import (b as c, d)`: what follows `as`, else the name itself.
            let names = statement.rsplit_once("import ").map_or("", |(_, names)| names);
            yes(names.split(',').any(|part| {
                let part = part.trim_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
                let bound = part.rsplit_once(" as ").map_or(part, |(_, alias)| alias);
                bound.trim().split('.').next() == Some(name)
            }))
        }
        _ => yes(is_target(statement, name)),
    }
}

/// Whether a name stands where it is bound: before `=`, `:=` or `:`, after `for` or `as`.
fn is_target(statement: &str, name: &str) -> bool {
    let bytes = statement.as_bytes();
    let mut from = 0;
    while let Some(found) = statement[from..].find(name) {
        let (start, end) = (from + found, from + found + name.len());
        from = end;
        let before = statement[..start].trim_end();
        let is_word =
            |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80);
        if is_word(start.checked_sub(1).and_then(|at| bytes.get(at))) || is_word(bytes.get(end)) {
            continue;
        }
        if before.ends_with('.') {
            continue;
        }
        let after = statement[end..].trim_start();
        let before_word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        if matches!(before_word, "as" | "for") || after.starts_with(":=") {
            return true;
        }
        // `name = ...`, `a, name = ...`, `name: T = ...`, `x = name = ...`: an assignment follows, and nothing is
        // open that would make it an argument.
        let depth = before.bytes().fold(0i32, |depth, b| match b {
            b'(' | b'[' | b'{' => depth + 1,
            b')' | b']' | b'}' => depth - 1,
            _ => depth,
        });
        let is_tuple = before.starts_with('(') || before.starts_with('[');
        let assigns = after.split("==").next().is_some_and(|rest| {
            rest.find('=')
                .is_some_and(|at| at == 0 || !rest[..at].ends_with(['<', '>', '!', '+', '-', '*', '/']))
        });
        if (depth == 0 || is_tuple) && (assigns || after.starts_with(':') && before.is_empty()) {
            return true;
        }
    }
    false
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect()
}

/// A statement, or several with `;` between them, on one line, without strings and comments.
struct Line {
    indent: usize,
    text: String,
}

fn logical_lines(source: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut text = String::new();
    let mut depth = 0usize;
    let mut chars = source.char_indices().peekable();
    let mut finish = |text: &mut String| {
        if !text.trim().is_empty() {
            let body = text.trim_start();
            let indent =
                text.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 8 } else { 1 }).sum();
            lines.push(Line { indent, text: body.to_owned() });
        }
        text.clear();
    };
    while let Some((at, c)) = chars.next() {
        match c {
            '#' => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '\'' | '"' => {
                let quote = &source[at..=at];
                let triple = quote.repeat(3);
                let (open, close) =
                    if source[at..].starts_with(&triple) { (3, triple.as_str()) } else { (1, quote) };
                for _ in 1..open {
                    chars.next();
                }
                while let Some((at, c)) = chars.peek().copied() {
                    if source[at..].starts_with(close) {
                        for _ in 0..open {
                            chars.next();
                        }
                        break;
                    }
                    if open == 1 && c == '\n' {
                        break;
                    }
                    chars.next();
                    if c == '\\' {
                        chars.next();
                    }
                }
                text.push_str("''");
            }
            '\\' if chars.next_if(|(_, c)| *c == '\n').is_some() => text.push(' '),
            '(' | '[' | '{' => {
                depth += 1;
                text.push(c);
            }
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                text.push(c);
            }
            '\n' if depth == 0 => finish(&mut text),
            '\n' | '\r' => text.push(' '),
            c => text.push(c),
        }
    }
    finish(&mut text);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_binds_a_name_is_seen() {
        for source in [
            "def handler(event, context):\n    return 1\n",
            "async def handler(e, c): pass",
            "class handler:\n  pass",
            "from app import handler",
            "from app import (\n    other,  # not it\n    main as handler,\n)\n",
            "import app.main as handler",
            "import handler.sub",
            "handler = Mangum(app)",
            "a, handler = make()",
            "(a, handler) = make()",
            "app = handler = make()",
            "handler: Callable = make()",
            "try:\n    from fast import handler\nexcept ImportError:\n    pass\n",
            "if True:\n\tif False:\n\t\tx = 1\n\telse:\n\t\thandler = lambda e, c: 1\n",
            "@decorated(\"def\")\ndef \\\n  handler(e, c): pass",
            "def make():\n    global handler\n    handler = 1\nmake()",
            "x = 1; handler = 2",
            "with a() as handler:\n  pass",
            "text = '''\n'''\nhandler = 1",
            "x = \"it's\"\nhandler = f'{x}'",
        ] {
            assert_eq!(defines(source, "handler"), Defines::Yes, "{source}");
        }
    }

    #[test]
    fn what_does_not_bind_it_is_not_taken_for_it() {
        for source in [
            "",
            "def handle(event, context): pass",
            "# def handler(): pass",
            "'''\ndef handler(): pass\n'''",
            "class App:\n    def handler(self): pass\n",
            "def make():\n    handler = 1\n    def handler(): pass\n",
            "app.handler = 1",
            "call(handler=1)",
            "print(handler)",
            "x = handler == 1",
            "my_handler = 1",
            "from handler import other",
            "import app.handler",
            "x: handler",
            "\"unclosed\ndef handle(): pass",
        ] {
            assert_eq!(defines(source, "handler"), Defines::No, "{source}");
        }
        for source in ["from app import *", "globals()['handler'] = 1", "def __getattr__(n): pass"] {
            assert_eq!(defines(source, "handler"), Defines::Unclear, "{source}");
        }
    }
}
