//! Inputs as they look in the middle of an edit: the cases with lines lost, moved and filled with
//! odd values. Nothing of it may panic, and every finding must have a place.

use samc::compile::{Settings, compile_text};
use samc::render::{MessageFormat, render};

const RUNS: usize = 600;

const ODD_VALUES: &[&str] = &[
    "null",
    "[]",
    "{}",
    "''",
    "5",
    "-1.5",
    "true",
    "日本",
    "[null]",
    "{a: null}",
    "!Ref X",
    "!Ref AWS::NoValue",
    "!If [C, a, b]",
    "!Sub '${x.y}${'",
    "!GetAtt x",
    "{Ref: [a]}",
    "{'Fn::Sub': []}",
    "{'Fn::If': [C, {a: b}, !Ref AWS::NoValue]}",
    "{'Fn::Transform': {Name: x}}",
    "${x.y}",
    "AWS::Serverless::Function",
];

/// Numbers that look random and are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn mangle(text: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..1 + numbers.below(3) {
        let at = numbers.below(lines.len());
        let value = ODD_VALUES[numbers.below(ODD_VALUES.len())];
        let Some(line) = lines.get(at).cloned() else { break };
        match numbers.below(6) {
            0 => {
                lines.remove(at);
            }
            1 => {
                let other = numbers.below(lines.len());
                lines.swap(at, other);
            }
            2 => lines[at] = format!("{}- {value}", " ".repeat(indent(&line))),
            // What a key has becomes something else, with all that is below it.
            _ => {
                if let Some((key, _)) = line.split_once(':') {
                    lines[at] = format!("{key}: {value}");
                    while lines.get(at + 1).is_some_and(|l| indent(l) > indent(&line)) {
                        lines.remove(at + 1);
                    }
                }
            }
        }
    }
    lines.join("\n")
}

#[test]
fn nothing_panics_and_every_finding_has_a_place() {
    let inputs: Vec<String> = samc_tests::files()
        .into_iter()
        .filter(|name| name.starts_with("tests/cases/") && name.ends_with(".yaml") && !name.contains("/out/"))
        .collect();
    assert!(inputs.len() > 50, "the cases are not where they were");
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for run in 0..RUNS {
        let name = &inputs[run % inputs.len()];
        let text = mangle(&samc_tests::read(name), &mut numbers);
        let settings = Settings {
            input: name.clone(),
            lint: run % 3 > 0,
            targets: vec!["cloudformation".to_owned()],
            ..Settings::default()
        };
        let told = std::panic::catch_unwind(|| {
            let done = compile_text(text.clone(), &settings);
            render(&done.diagnostics, &done.sources, MessageFormat::Human, false);
            done.diagnostics
        });
        let Ok(told) = told else { panic!("a panic on {name} as\n{text}") };
        for finding in told {
            assert!(finding.span().is_some(), "{name}: no place for: {}\n{text}", finding.message);
        }
    }
}
