//! Every example compiles without a finding, its code packed, and twice to the same bytes.

use samc::compile::{Compilation, Packaging, Settings, compile};
use samc::render::{MessageFormat, render};
use samc_frontends::Options;
use samc_tests::case::INPUTS;
use samc_tests::{files, root};

fn examples() -> Vec<String> {
    let is_input = |file: &String| {
        let mut parts = file.split('/');
        parts.next() == Some("examples")
            && parts.next().is_some()
            && parts.next().is_some_and(|name| INPUTS.contains(&name))
            && parts.next().is_none()
    };
    files().into_iter().filter(is_input).collect()
}

fn built(input: &str) -> Compilation {
    compile(&Settings {
        input: root().join(input).to_string_lossy().into_owned(),
        lint: true,
        // Rules about dates are on as well, as of the day of their table.
        options: Options { today: samc_data::runtimes::as_of().to_owned(), ..Options::default() },
        packaging: Some(Packaging::default()),
        targets: vec!["cloudformation".to_owned()],
        ..Settings::default()
    })
}

#[test]
fn every_example_compiles_without_a_finding() {
    let examples = examples();
    assert!(examples.len() >= 10, "{examples:?}");
    for input in examples {
        let done = built(&input);
        let told = render(&done.diagnostics, &done.sources, MessageFormat::Human, false);
        assert!(done.status == 0 && told.is_empty(), "{input}\n{told}");
        assert!(!done.packaged.artifacts.is_empty(), "{input} packs no code");
        let again = built(&input);
        assert_eq!(done.outputs, again.outputs, "{input}");
        assert_eq!(done.packaged, again.packaged, "{input}");
    }
}

#[test]
fn documents_name_no_place_on_this_machine() {
    let here = root().to_string_lossy().into_owned();
    for input in examples() {
        for (_, artifacts) in built(&input).outputs {
            // The source map names the input as it was typed, which is in full here.
            let document = String::from_utf8_lossy(&artifacts[0].contents).into_owned();
            assert!(!document.contains(&here), "{input}");
        }
    }
}
