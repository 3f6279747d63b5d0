//! One test for each case and target, one for its findings, one for the properties that hold for
//! every case. `SAMC_UPDATE=1` writes what comes out to `out/` instead of comparing.
#![allow(clippy::disallowed_methods, reason = "SAMC_UPDATE comes from the environment")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use samc_tests::case::{Case, cases};
use samc_tests::compare::differences;
use samc_tests::pipeline::{self, Output};
use samc_tests::properties;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Every case names its input from there, as a user would.
    if let Err(error) = std::env::set_current_dir(samc_tests::root()) {
        return fail(&error.to_string());
    }
    let update = std::env::var_os("SAMC_UPDATE").is_some_and(|value| value != "0");
    let mut trials = Vec::new();
    for (name, case) in cases() {
        let case = match case {
            Ok(case) => Arc::new(case),
            Err(fault) => {
                trials.push(Trial::test(format!("{name}/folder"), move || Err(fault.into())));
                continue;
            }
        };
        for (part, check) in PARTS {
            let case = case.clone();
            trials.push(Trial::test(format!("{name}/{part}"), move || check(&case, update)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn fail(why: &str) -> ExitCode {
    let trial = Trial::test("setup", {
        let why = why.to_owned();
        move || Err(why.into())
    });
    libtest_mimic::run(&Arguments::default(), vec![trial]).exit_code()
}

type Check = fn(&Case, bool) -> Result<(), Failed>;

/// What is tested of each case. The first also notices files that belong to no part.
const PARTS: [(&str, Check); 3] =
    [("cloudformation", documents), ("diagnostics", findings), ("properties", invariants)];

const FINDINGS: &str = "diagnostics.txt";

fn documents(case: &Case, update: bool) -> Result<(), Failed> {
    let output = pipeline::run(case)?;
    if output.document.is_none() && output.rendered.is_empty() {
        return Err("there is neither a document nor a finding that says why".into());
    }
    let mut expected = case.expected();
    expected.remove(FINDINGS);
    let mut actual = files(&output);
    actual.remove(FINDINGS);
    settle(case, update, &expected, &actual, &output)
}

fn findings(case: &Case, update: bool) -> Result<(), Failed> {
    let output = pipeline::run(case)?;
    let mut expected = case.expected();
    expected.retain(|name, _| name == FINDINGS);
    let mut actual = files(&output);
    actual.retain(|name, _| name == FINDINGS);
    settle(case, update, &expected, &actual, &output)
}

fn invariants(case: &Case, _update: bool) -> Result<(), Failed> {
    let output = pipeline::run(case)?;
    let again = pipeline::run(case)?;
    if files(&output) != files(&again) || output.source_map != again.source_map {
        return Err("two runs over the same input differ".into());
    }
    let mut faults = properties::every_finding_has_a_place(&output);
    faults.extend(properties::every_resource_has_an_origin(&output));
    faults.extend(properties::reads_back_as_the_same_graph(&output));
    faults.extend(properties::both_syntaxes_say_the_same(case)?);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// Everything a case leaves in `out/`.
fn files(output: &Output) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    if let Some((name, text)) = &output.document {
        files.insert(format!("cloudformation/{name}"), text.clone());
    }
    for (name, text) in &output.nested {
        files.insert(format!("cloudformation/{name}"), text.clone());
    }
    for (name, text) in &output.beside {
        files.insert(name.clone(), text.clone());
    }
    if !output.rendered.is_empty() {
        files.insert(FINDINGS.to_owned(), output.rendered.clone());
    }
    files
}

fn settle(
    case: &Case,
    update: bool,
    expected: &BTreeMap<String, String>,
    actual: &BTreeMap<String, String>,
    output: &Output,
) -> Result<(), Failed> {
    if expected == actual {
        return Ok(());
    }
    if update {
        return Ok(case.update(&files(output))?);
    }
    Err(format!("{}\nSAMC_UPDATE=1 accepts it", differences(expected, actual)).into())
}
