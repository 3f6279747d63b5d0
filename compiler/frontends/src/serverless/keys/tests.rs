//! Mistakes in services, and what is said of each.

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{ParseOptions, parse};

use super::check;
use crate::template::read_expr_of_yaml12;

/// The findings about a service, one a line: code, place, message and help.
fn said(text: &str) -> String {
    let file = SourceFile::new(FileId(0), "serverless.yml", text);
    let mut found = Diagnostics::default();
    let document = parse(&file, &ParseOptions::default(), &mut found);
    check(&read_expr_of_yaml12(&document.root), &mut found);
    let line = |finding: samc_base::Diagnostic| {
        let line = finding.span().map_or(0, |span| file.line_column(span.start).line);
        format!("{} {line}: {}; {}\n", finding.code(), finding.message, finding.help.unwrap_or_default())
    };
    found.finish().into_iter().map(line).collect()
}

/// Services between lines of dashes: what each says beside its name, then what is said of it.
const MISTAKES: &str = include_str!("mistakes.txt");

#[test]
fn each_mistake_is_told_with_what_to_do() {
    let mut count = 0;
    for case in MISTAKES.split("\n---\n") {
        let (text, expected) = case.trim_end().split_once("\n>>>").unwrap();
        let provider =
            if text.contains("provider:") { "" } else { "provider: {name: aws, runtime: nodejs24.x}\n" };
        assert_eq!(said(&format!("service: s\n{provider}{text}\n")).trim_end(), expected.trim(), "{text}");
        count += usize::from(!expected.is_empty());
    }
    assert!(count > 80, "{count}");
}
