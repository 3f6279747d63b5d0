//! Files such as `.env`, as the packages dotenv 17 and dotenv-expand 12 read them, which the Framework
//! uses: unquoted values may hold blanks, quoted ones several lines, and `$NAME` in any of them stands
//! for a variable of the process or of a line before. The crate dotenvy, which reads those of
//! `samc local`, refuses the first.

use indexmap::IndexMap;

/// The names and values of a text. Lines that say nothing are passed over. `process` has what the
/// process's environment holds, which comes first.
pub(super) fn parse(text: &str, process: &mut dyn FnMut(&str) -> Option<String>) -> IndexMap<String, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut all: IndexMap<String, String> = IndexMap::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        rest = rest.trim_start();
        let (_, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let Some((name, value)) = assignment(rest) else {
            rest = after;
            continue;
        };
        let (value, after) = self::value(value);
        rest = after;
        let mut known = |name: &str| process(name).or_else(|| all.get(name).cloned());
        let value = expand(&value, &mut known);
        all.insert(name.to_owned(), value);
    }
    all
}

/// `export NAME =` and what follows.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let text = match text.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start_matches([' ', '\t']),
        _ => text,
    };
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))?;
    let (name, rest) = text.split_at(end);
    let value = match rest.trim_start_matches([' ', '\t']).strip_prefix('=') {
        Some(value) => value,
        None => rest.strip_prefix(':').filter(|value| value.starts_with([' ', '\t']))?,
    };
    (!name.is_empty()).then_some((name, value))
}

/// The value, and what comes after it.
fn value(text: &str) -> (String, &str) {
    let text = text.trim_start_matches([' ', '\t']);
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))
        && let Some((inner, after)) = quoted(&text[1..], quote)
    {
        let inner =
            if quote == '"' { inner.replace("\\n", "\n").replace("\\r", "\r") } else { inner.to_owned() };
        return (inner, after);
    }
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.split('#').next().unwrap_or_default();
    (line.trim().to_owned(), after)
}

/// Up to the closing quote, if nothing but a comment comes after it in its line.
fn quoted(text: &str, quote: char) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let end = text.find(|c| {
        let is_end = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    })?;
    let (line, after) = text[end + 1..].split_once('\n').unwrap_or((&text[end + 1..], ""));
    let line = line.trim_start();
    (line.is_empty() || line.starts_with('#')).then_some((&text[..end], after))
}

/// Carries out `$NAME`, `${NAME}`, `${NAME:-other}` and `${NAME:+other}`; `\$` is a dollar.
fn expand(text: &str, known: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        rest = &from[1..];
        if let Some(before) = before.strip_suffix('\\') {
            out.push_str(before);
            out.push('$');
            continue;
        }
        out.push_str(before);
        let inner = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        if let Some((inner, after)) = inner.filter(|(inner, _)| !inner.is_empty()) {
            out.push_str(&braced(inner, known));
            rest = after;
            continue;
        }
        let is_first = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if is_first {
            out.push_str(&known(&rest[..end]).unwrap_or_default());
            rest = &rest[end..];
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

fn braced(inner: &str, known: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let end = inner.find(['+', '-']).map(|at| if inner[..at].ends_with(':') { at - 1 } else { at });
    let Some(end) = end else { return known(inner).unwrap_or_default() };
    let (name, operator) = inner.split_at(end);
    let operator = operator.trim_start_matches(':');
    let value = known(name).filter(|value| !value.is_empty());
    match (operator.strip_prefix('+'), operator.strip_prefix('-')) {
        (Some(other), _) => value.map(|_| other.to_owned()).unwrap_or_default(),
        (None, Some(other)) => value.unwrap_or_else(|| other.to_owned()),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// What dotenv 17 and dotenv-expand 12 make of it, with HOME=there in the process.
    #[test]
    fn files_are_read_as_dotenv_reads_them() {
        let text = "# comment\n\nA=1\nexport B = two words # said\nC='single # $A'\nD=\"a\\nb\"\nE=`it's \"so\"`\nF=\nG: yaml\n\
                    H=\"more\nlines\"\nI=$A-${B}\nJ=${NONE:-other}\nK=\\$A\nL=${A:+yes}\nM='open\nno line\nN=$HOME/x\nA.b-c=dots\nO=#none\n";
        let mut process = |name: &str| (name == "HOME").then(|| "there".to_owned());
        let all: Vec<String> = parse(text, &mut process).iter().map(|(n, v)| format!("{n}={v}")).collect();
        let expected = [
            "A=1",
            "B=two words",
            "C=single # 1",
            "D=a\nb",
            "E=it's \"so\"",
            "F=",
            "G=yaml",
            "H=more\nlines",
            "I=1-two words",
            "J=other",
            "K=$A",
            "L=yes",
            "M='open",
            "N=there/x",
            "A.b-c=dots",
            "O=",
        ];
        assert_eq!(all, expected);
    }
}
