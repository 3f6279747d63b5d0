//! The handlers of the examples run, with stand-ins for the parts of AWS they call.
#![allow(clippy::disallowed_methods, reason = "the suite runs other programs")]

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

/// Programs that run the scripts in `tests/handlers`, by the scripts' extension.
const RUNNERS: [(&str, &str); 2] = [(".py", "python3"), (".mjs", "node")];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each script is a process of its own; two at once are plenty.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let trials = samc_tests::files()
        .into_iter()
        .filter_map(|file| file.strip_prefix("tests/handlers/").map(str::to_owned))
        .filter(|name| !name.contains('/') && name != "common.py")
        .filter_map(|name| {
            let (extension, program) =
                RUNNERS.into_iter().find(|(extension, _)| name.ends_with(extension))?;
            let missing = Command::new(program).arg("--version").output().is_err();
            let example = name.trim_end_matches(extension).to_owned();
            // Someone without Python or Node can still work on the compiler; the checks before a
            // merge have both.
            Some(Trial::test(example, move || run(program, &name)).with_ignored_flag(missing))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn run(program: &str, name: &str) -> Result<(), Failed> {
    let script = samc_tests::root().join("tests/handlers").join(name);
    let output = Command::new(program).arg(&script).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{program} {name} failed\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}
