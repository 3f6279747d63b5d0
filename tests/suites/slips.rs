//! One slip in each example: one finding, on its line, with the right suggestion.

use samc::compile::{Compilation, Settings, compile_text};
use samc::render::{MessageFormat, render};
use samc_tests::{files, read, root};

fn examples() -> Vec<String> {
    files().into_iter().filter(|f| f.starts_with("examples/") && f.ends_with("/app.yaml")).collect()
}

fn compiled(input: &str, text: String) -> Compilation {
    let input = root().join(input).to_string_lossy().into_owned();
    compile_text(text, &Settings { input, lint: true, isolated: true, ..Settings::default() })
}

/// The text with the first of several patterns replaced, and the line of that, from 1.
fn replaced(text: &str, patterns: &[(&str, &str)]) -> Option<(String, usize)> {
    let (from, to, at) = patterns.iter().find_map(|(from, to)| Some((from, to, text.find(from)?)))?;
    let line = text[..at].matches('\n').count() + from.find(|c| c != '\n').unwrap_or(0) + 1;
    Some((format!("{}{to}{}", &text[..at], &text[at + from.len()..]), line))
}

/// The error that was found, with its line; everything that was said where it is not one.
fn only_error(done: &Compilation) -> Result<(String, usize, String), String> {
    let errors: Vec<_> =
        done.diagnostics.iter().filter(|d| d.severity == samc_base::Severity::Error).collect();
    let [only] = errors.as_slice() else {
        return Err(render(&done.diagnostics, &done.sources, MessageFormat::Human, false));
    };
    let span = only.span().ok_or("no place")?;
    let line = done.sources.file(span.file).line_column(span.start).line as usize;
    Ok((only.code().id().to_owned(), line, only.help.clone().unwrap_or_default()))
}

/// Makes the slip in every example that has a place for it; gives how many have.
fn check(what: &str, patterns: &[(&str, &str)], code: &str, suggestion: &str) -> usize {
    let mut count = 0;
    for input in examples() {
        let Some((text, line)) = replaced(&read(&input), patterns) else { continue };
        count += 1;
        match only_error(&compiled(&input, text)) {
            Ok((found, at, help)) => {
                assert_eq!((found.as_str(), at), (code, line), "{input}: {what}: {help}");
                assert!(help.contains(suggestion), "{input}: {what}: {help}");
            }
            Err(said) => panic!("{input}: {what}\n{said}"),
        }
    }
    count
}

#[test]
fn a_key_misspelt_is_one_finding() {
    assert!(check("handler", &[("handler: ", "handlr: ")], "E102", "did you mean `handler`?") >= 9);
    assert!(check("timeout", &[("timeout: ", "timeuot: ")], "E102", "did you mean `timeout`?") >= 5);
    assert!(check("section", &[("\nfunctions:", "\nfunctons:")], "E101", "did you mean `functions`?") >= 1);
}

#[test]
fn a_reference_renamed_is_one_finding() {
    let patterns = [
        ("queue: parts", "queue: partz"),
        ("queue: batches", "queue: batchez"),
        ("queue: jobs", "queue: jobz"),
        ("queue: work", "queue: worq"),
        ("stream: views", "stream: viewz"),
        ("bucket: photos", "bucket: photoz"),
        ("publish: ops", "publish: opz"),
        ("start: fulfil", "start: fulfill"),
        ("publish: events", "publish: eventz"),
    ];
    assert!(check("reference", &patterns, "E107", "did you mean `") >= 8);
}

#[test]
fn a_wrong_unit_is_one_finding() {
    let patterns =
        [("timeout: 30s", "timeout: 30"), ("timeout: 1m", "timeout: 60"), ("timeout: 10s", "timeout: 10")];
    assert!(check("no unit", &patterns, "E104", "") >= 5);
    let patterns = [
        ("timeout: 30s", "timeout: 30 s"),
        ("timeout: 1m", "timeout: 1min"),
        ("timeout: 10s", "timeout: 10sec"),
    ];
    assert!(check("wrong unit", &patterns, "E105", "") >= 5);
    assert!(
        check("memory", &[("memory: 512MB", "memory: 512mb"), ("memory: 1GB", "memory: 1gb")], "E105", "")
            >= 2
    );
}

#[test]
fn an_overlay_of_what_is_not_there_is_one_finding() {
    let mut count = 0;
    for input in examples() {
        let text = read(&input);
        let (text, line) = match text.contains("\nstages:\n") {
            true => match replaced(&text, &[("\n  dev: {", "\n  dev: {queues: {nowhere: {delay: 5s}}, ")]) {
                Some(changed) => changed,
                None => continue,
            },
            false => {
                let line = text.matches('\n').count() + 2;
                (format!("{text}stages:\n  dev: {{queues: {{nowhere: {{delay: 5s}}}}}}\n"), line)
            }
        };
        // The line after the last one of the text; a changed line begins after its line break.
        match only_error(&compiled(&input, text)) {
            Ok((code, at, help)) => {
                assert_eq!((code.as_str(), at), ("E131", line), "{input}: {help}");
                assert!(help.contains("`new: true`"), "{input}: {help}");
            }
            Err(said) => panic!("{input}\n{said}"),
        }
        count += 1;
    }
    assert!(count >= 8, "only {count} examples");
}
