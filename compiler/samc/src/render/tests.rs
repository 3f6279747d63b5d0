//! Renderers on odd texts and many findings.

use miette::{SourceCode, SourceSpan};
use samc_base::{Code, Diagnostic, SourceMap, Span};

use super::source::IndexedSource;
use super::{MessageFormat, render};

const CODE: Code = Code::new("E102", "unknown-property");

fn all_formats(findings: &[Diagnostic], sources: &SourceMap) -> String {
    let human = render(findings, sources, MessageFormat::Human, false);
    let plain = |text: &str| !text.contains('\x1b');
    assert!(plain(&human), "{human}");
    let colored = render(findings, sources, MessageFormat::Human, true);
    let concise = render(findings, sources, MessageFormat::Concise, false);
    assert_eq!(concise.lines().count(), findings.len());
    for format in [MessageFormat::Sarif, MessageFormat::Gitlab] {
        let document = render(findings, sources, format, false);
        assert!(serde_json::from_str::<serde_json::Value>(&document).is_ok(), "{document}");
    }
    let github = render(findings, sources, MessageFormat::Github, false);
    assert_eq!(github.lines().count(), findings.len());
    assert!(github.lines().all(|line| line.starts_with("::error ")), "{github}");
    let junit = render(findings, sources, MessageFormat::Junit, false);
    assert_eq!(junit.matches("<failure ").count(), findings.len());
    let json = render(findings, sources, MessageFormat::Json, false);
    assert_eq!(json.lines().count(), findings.len());
    assert!(colored.len() >= human.len());
    human
}

#[test]
fn any_two_places_of_any_text_can_be_shown() {
    let texts = [
        "",
        "\n",
        "a",
        "a: 1\nb: 2",
        "a:\r\n\tb: 1\r\n\r\n",
        "日本: ü\n\t'\u{1f600}': e\u{301}\n",
        "\u{feff}a: \u{1b}[31m\u{7}\n",
        "a: |\n  x\n\n\n  y\nlast",
    ];
    for text in texts {
        let mut sources = SourceMap::default();
        let file = sources.add("odd.yaml", text);
        let end = text.len() as u32;
        for start in 0..=end {
            for length in 0..=(end - start) {
                let first = Span::new(file, start, start + length);
                let second = Span::new(file, end - start, end - start);
                let finding = Diagnostic::error(CODE, "odd").at(first, "").label(second, "here");
                let human = all_formats(std::slice::from_ref(&finding), &sources);
                assert!(human.contains("odd.yaml"), "{text:?} {start} {length}\n{human}");
                all_formats(&[finding.at(second, "there").label(first, "too")], &sources);
            }
        }
    }
}

#[test]
fn findings_in_two_files_show_both() {
    let mut sources = SourceMap::default();
    let one = sources.add("one.yaml", "a: 1\n");
    let two = sources.add("two.yaml", "b: 2\n");
    let finding = Diagnostic::error(CODE, "they differ")
        .at(Span::new(one, 0, 1), "this")
        .label(Span::new(two, 0, 1), "and that");
    let human = all_formats(&[finding], &sources);
    assert!(human.contains("[one.yaml:1:1]") && human.contains("[two.yaml:1:1]"), "{human}");
}

#[test]
fn a_finding_in_a_large_file_reads_the_lines_around_it() {
    let line = "      MemorySize: 128 # and so on, as templates of some size have it\n";
    let text = line.repeat(2_000_000 / line.len());
    let mut sources = SourceMap::default();
    let file = sources.add("large.yaml", text.as_str());
    let source = IndexedSource { file: sources.file(file), text: &text };
    let findings: Vec<Diagnostic> = (0..200)
        .map(|i| {
            let start = (i * 140 * line.len() + 6) as u32;
            let span = SourceSpan::new((start as usize).into(), 10);
            let around = source.read_span(&span, 1, 1).expect("it is in the file");
            assert!(around.data().len() <= 3 * line.len(), "{} bytes", around.data().len());
            Diagnostic::error(CODE, "a finding")
                .at(Span::new(file, start, start + 10), "here")
                .help("look at it")
        })
        .collect();
    let human = render(&findings, &sources, MessageFormat::Human, true);
    assert_eq!(human.matches("large.yaml:").count(), 200);
}

#[test]
fn what_a_program_said_keeps_its_lines() {
    let finding = Diagnostic::error(CODE, "it failed").help("it said:\nmake: no rule\n  stop");
    let text = render(&[finding], &SourceMap::default(), MessageFormat::Human, false);
    assert_eq!(text, "error[E102]: it failed\n  help: it said:\n        make: no rule\n        stop\n\n");
}
