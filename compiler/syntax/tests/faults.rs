//! The words for what is wrong, over the cases of `faults.txt`: each begins with `=== ` and a text
//! with escapes, followed by the findings.

mod support;

use std::fmt::Write;

use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{ParseOptions, parse};

fn findings(text: &str) -> String {
    let file = SourceFile::new(FileId(0), "t.yaml", text);
    let mut diagnostics = Diagnostics::default();
    parse(&file, &ParseOptions::default(), &mut diagnostics);
    let mut helps = String::new();
    for d in diagnostics.iter() {
        if let Some(help) = &d.help {
            let _ = writeln!(helps, "  help: {help}");
        }
    }
    support::findings(&file, diagnostics) + &helps
}

#[test]
fn faults_are_said_in_words() {
    let cases = include_str!("faults.txt");
    let mut now = String::new();
    for case in cases.split("=== ").skip(1) {
        let written = case.lines().next().unwrap_or("");
        let text = written
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("\\uFEFF", "\u{feff}")
            .replace("\\u00A0", "\u{a0}")
            .replace("\\\\", "\\");
        let _ = write!(now, "=== {written}\n{}", findings(&text));
    }
    assert!(now == cases, "{now}");
}

#[test]
fn no_text_is_too_broken_to_be_read() {
    // Every prefix of every case, with every bracket and quote in between.
    for case in include_str!("faults.txt").lines().filter_map(|l| l.strip_prefix("=== ")) {
        let text = case.replace("\\n", "\n").replace("\\t", "\t");
        for (i, _) in text.char_indices() {
            for between in ["", "[", "}", "\"", "'", "\t", ": ", "\n- ", "*a", "&a ", "é", "|\n", "<<: "] {
                findings(&format!("{}{between}{}", &text[..i], &text[i..]));
                findings(&format!("{}{between}", &text[..i]));
            }
        }
    }
}
