//! The command as a user meets it: wrong files, wrong folders, what is written and what is not.
#![allow(clippy::disallowed_methods, reason = "the tests lay out files and read what was written")]
#![allow(clippy::unwrap_used, reason = "a failure here is the test's own")]

use std::fs;
use std::path::Path;
use std::process::Command;

const GOOD: &str = "Resources:\n  News: {Type: AWS::SNS::Topic}\n";

/// Exit status, stdout and stderr of a run in a folder.
struct Run {
    status: i32,
    out: String,
    err: String,
}

fn samc(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_samc"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("SAMC_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
        .output()
        .unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Builds one file of this content and gives what the run says.
fn build(name: &str, contents: &[u8]) -> Run {
    let folder = folder();
    fs::write(folder.path().join(name), contents).unwrap();
    let run = samc(folder.path(), &["build", name]);
    assert!(!folder.path().join("build").exists(), "{name} left output behind");
    assert_eq!(run.out, "", "{name}: stdout is for what was asked for");
    assert!(!run.err.contains("samc has a bug"), "{}", run.err);
    run
}

#[test]
fn wrong_input_is_told_with_a_code_and_a_place() {
    let deep = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let bomb = (0..30).fold(String::from("a0: &a0 [x, x]\n"), |text, i| {
        text + &format!("a{}: &a{} [*a{i}, *a{i}, *a{i}, *a{i}]\n", i + 1, i + 1)
    });
    let cases: &[(&str, &[u8], &str)] = &[
        ("empty.yaml", b"", "E001"),
        ("comment.yaml", b"# nothing\n", "E001"),
        ("list.yaml", b"- a\n- b\n", "E010"),
        ("text.yaml", b"hello\n", "E010"),
        ("binary.yaml", &[0, 159, 146, 150, 0xff, 0xfe], "E002"),
        ("deep.yaml", deep.as_bytes(), "E006"),
        ("bomb.yaml", bomb.as_bytes(), "E008"),
        ("other.yaml", b"name: x\n", "E014"),
        ("serverless.yml", b"service: x\nprovider: {name: google}\n", "E105"),
        ("broken.json", b"{\"Resources\": {\"A\": [}}", "E003"),
    ];
    for (name, contents, code) in cases {
        let run = build(name, contents);
        assert_eq!(run.status, 1, "{name}: {}", run.err);
        assert!(run.err.contains(&format!("error[{code}]")), "{name} wants {code}\n{}", run.err);
        if *code != "E002" {
            assert!(run.err.contains(&format!("[{name}:")), "{name}: no place\n{}", run.err);
        }
    }
}

#[test]
fn a_misspelt_key_that_says_what_a_file_is_is_named() {
    let service: &[u8] = b"service: x\nprovder: {name: aws}\n";
    let template: &[u8] = b"Resorces: {A: {Type: 'AWS::SNS::Topic'}}\n";
    let application: &[u8] = b"functons: {a: {handler: a.b}}\n";
    for (contents, own, slip, meant) in [
        (service, "serverless.yml", "2:1]", "`provider`"),
        (template, "template.yaml", "1:1]", "`Resources`"),
        (application, "app.yaml", "1:1]", "`functions`"),
    ] {
        for (name, code) in [(own, "E101"), ("other.yaml", "E014"), ("template.yml.yaml", "E014")] {
            let run = build(name, contents);
            assert_eq!(run.status, 1, "{name}: {}", run.err);
            let (head, rest) = run.err.split_once("╰─").or(run.err.split_once("╰──")).unwrap();
            assert!(head.contains(&format!("error[{code}]")) && head.contains(slip), "{name}\n{}", run.err);
            assert!(rest.contains(&format!("did you mean {meant}?")), "{name}\n{}", run.err);
        }
    }
    // The user's word counts more than the name.
    let folder = folder();
    fs::write(folder.path().join("other.yaml"), service).unwrap();
    let run = samc(folder.path(), &["lint", "other.yaml", "--dialect", "serverless"]);
    assert!(run.out.contains("error[E101]"), "{}", run.out);
    // A file of somebody else's has no slips.
    let run = build("template.yaml", b"apiVersion: v1\nkind: Service\nmetadata: {name: x}\n");
    assert!(run.err.contains("error[E014]") && !run.err.contains("did you mean"), "{}", run.err);
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let folder = folder();
    let file = fs::File::create(folder.path().join("huge.yaml")).unwrap();
    file.set_len(100 << 20).unwrap();
    let run = samc(folder.path(), &["build", "huge.yaml"]);
    assert_eq!((run.status, run.out.as_str()), (1, ""));
    assert!(run.err.contains("error[E007]"), "{}", run.err);
}

#[test]
fn what_cannot_be_read_or_written_has_status_two() {
    let folder = folder();
    let root = folder.path();
    fs::create_dir(root.join("sub")).unwrap();
    fs::write(root.join("template.yaml"), GOOD).unwrap();
    fs::write(root.join("taken"), "x").unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["build", "sub"], "is a folder"),
        (&["build", "tempalte.yaml"], "did you mean template.yaml?"),
        (&["build", "--out-dir", "taken"], "error[E904]"),
        (&["build", "--out-dir", "taken/deeper"], "error[E904]"),
        (&["build", "--frmat", "json"], "--format"),
        (&["explain", "X999"], "X999"),
    ];
    for (arguments, words) in cases {
        let run = samc(root, arguments);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(words), "{arguments:?} wants {words}\n{}", run.err);
    }
    assert_eq!(fs::read_to_string(root.join("taken")).unwrap(), "x");
    let run = samc(&root.join("sub"), &["build"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("app.yaml, app.yml, template.yaml, template.yml, template.json"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_has_status_two() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("template.yaml");
    fs::write(&path, GOOD).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // An administrator may read everything; there the case cannot be made.
    if fs::read(&path).is_err() {
        let run = samc(folder.path(), &["build"]);
        assert_eq!(run.status, 2, "{}", run.err);
        assert!(run.err.contains("error[E901]"), "{}", run.err);
    }
}

#[test]
fn a_failed_build_leaves_the_last_good_output() {
    let folder = folder();
    let root = folder.path();
    fs::write(root.join("template.yaml"), GOOD).unwrap();
    assert_eq!(samc(root, &["build"]).status, 0);
    let built = root.join("build/cloudformation/template.yaml");
    let good = fs::read_to_string(&built).unwrap();
    assert!(good.contains("AWS::SNS::Topic"), "{good}");
    assert_eq!(samc(root, &["build", "--check"]).status, 0);
    fs::write(root.join("template.yaml"), GOOD.replace("Topic", "Topics")).unwrap();
    let run = samc(root, &["build"]);
    assert_eq!(run.status, 1, "{}", run.err);
    assert_eq!(fs::read_to_string(&built).unwrap(), good);
    fs::write(root.join("template.yaml"), GOOD.replace("News", "Letters")).unwrap();
    assert_eq!(samc(root, &["build", "--check"]).status, 1);
    assert_eq!(fs::read_to_string(&built).unwrap(), good);
}

#[test]
fn stdout_holds_the_document_and_nothing_else() {
    let folder = folder();
    fs::write(folder.path().join("template.yaml"), GOOD).unwrap();
    let run = samc(folder.path(), &["build", "--stdout", "--format", "json"]);
    assert_eq!(run.status, 0);
    assert!(run.out.starts_with("{\n") && run.out.ends_with("}\n"), "{}", run.out);
    assert!(!folder.path().join("build").exists());
}

const WITH_CODE: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Greet:\n    \
    Type: AWS::Serverless::Function\n    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.13}\n";

#[test]
fn code_is_packed_beside_the_document_or_named_in_a_bucket() {
    let folder = folder();
    let root = folder.path();
    fs::write(root.join("template.yaml"), WITH_CODE).unwrap();
    let run = samc(root, &["build"]);
    assert_eq!(run.status, 1);
    assert!(run.err.contains("error[E701]"), "{}", run.err);
    fs::write(root.join("wrong.yaml"), WITH_CODE.replace("Handler", "Handlr")).unwrap();
    let run = samc(root, &["build", "wrong.yaml"]);
    assert!(run.err.contains("error[E701]") && run.err.contains("error[E102]"), "{}", run.err);
    assert_eq!(samc(root, &["build", "--no-package", "--out-dir", "plain"]).status, 0);
    assert!(!root.join("plain/cloudformation/artifacts").exists());

    fs::create_dir(root.join("src")).unwrap();
    fs::write(root.join("src/app.py"), "def handler(event, context):\n    return 1\n").unwrap();
    assert_eq!(samc(root, &["build"]).status, 0);
    let out = root.join("build/cloudformation");
    let archives: Vec<_> = fs::read_dir(out.join("artifacts")).unwrap().flatten().collect();
    assert_eq!(archives.len(), 1);
    let name = archives[0].file_name().into_string().unwrap();
    let document = fs::read_to_string(out.join("template.yaml")).unwrap();
    assert!(document.contains(&format!("Code: artifacts/{name}")), "{document}");
    let manifest = fs::read_to_string(out.join("artifacts.json")).unwrap();
    assert!(manifest.contains(&format!("\"file\": \"artifacts/{name}\"")), "{manifest}");

    let arguments = ["build", "--artifact-bucket", "deploy", "--artifact-prefix", "greet", "--out-dir", "s3"];
    assert_eq!(samc(root, &arguments).status, 0);
    let document = fs::read_to_string(root.join("s3/cloudformation/template.yaml")).unwrap();
    assert!(document.contains("S3Bucket: deploy"), "{document}");
    assert!(document.contains(&format!("S3Key: greet/{name}")), "{document}");
}

#[test]
fn archives_of_earlier_builds_go_and_foreign_files_stay() {
    let folder = folder();
    let root = folder.path();
    fs::write(root.join("template.yaml"), WITH_CODE).unwrap();
    fs::create_dir(root.join("src")).unwrap();
    fs::write(root.join("src/app.py"), "handler = one\n").unwrap();
    assert_eq!(samc(root, &["build"]).status, 0);
    let artifacts = root.join("build/cloudformation/artifacts");
    fs::write(artifacts.join("mine.zip"), "not samc's").unwrap();
    fs::write(root.join("src/app.py"), "handler = two\n").unwrap();
    assert_eq!(samc(root, &["build"]).status, 0);
    let names = || fs::read_dir(&artifacts).unwrap().flatten().count();
    assert_eq!(names(), 2);
    assert_eq!(samc(root, &["build", "--no-package"]).status, 0);
    assert_eq!(names(), 1);
    assert!(!root.join("build/cloudformation/artifacts.json").exists());
}

#[test]
fn findings_for_programs_are_lines_of_json_alone() {
    let folder = folder();
    let root = folder.path();
    fs::write(root.join("template.yaml"), GOOD.replace("Topic", "Topik")).unwrap();
    for arguments in [
        &["build", "--message-format", "json"][..],
        &["build", "--message-format", "json", "-v", "--stdout"],
        &["build", "--message-format", "json", "absent.yaml"],
        &["lint", "--message-format", "json"],
    ] {
        let run = samc(root, arguments);
        let (findings, other) =
            if arguments[0] == "lint" { (&run.out, &run.err) } else { (&run.err, &run.out) };
        assert_eq!(other, "", "{arguments:?}");
        assert_eq!(findings.lines().count(), 1, "{arguments:?}: {findings}");
        let finding: serde_json::Value = serde_json::from_str(findings).unwrap();
        assert_eq!(finding["severity"], "error");
        let is_read = finding["code"] == "C236";
        assert_eq!(finding["span"]["line"].as_u64(), is_read.then_some(2), "{finding}");
    }
    fs::write(root.join("template.yaml"), GOOD).unwrap();
    let run = samc(root, &["build", "--check", "--message-format", "json"]);
    assert_eq!(run.status, 1);
    assert!(run.err.lines().all(|line| line.contains(r#""code":"E905""#)), "{}", run.err);
}

#[test]
fn colours_are_for_those_who_ask() {
    let folder = folder();
    fs::write(folder.path().join("template.yaml"), GOOD.replace("Topic", "Topik")).unwrap();
    let lint = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_samc"))
            .arg("lint")
            .args(arguments)
            .current_dir(folder.path())
            .env_remove("NO_COLOR")
            .env_remove("FORCE_COLOR")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\x1b')
    };
    assert!(!lint(&[], &[]));
    assert!(lint(&[], &[("FORCE_COLOR", "1")]));
    assert!(!lint(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(lint(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!lint(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[test]
fn one_fault_brought_in_by_aliases_is_told_once() {
    let folder = folder();
    let text = "Transform: AWS::Serverless-2016-10-31\nMetadata:\n  Shared: &shared\n    Handler: a.b\n    \
        Runtime: python3.13\n    InlineCode: x\n    Timeoutt: 5\nResources:\n  \
        One: {Type: AWS::Serverless::Function, Properties: *shared}\n  \
        Two: {Type: AWS::Serverless::Function, Properties: {<<: *shared, Timeout: 3}}\n";
    fs::write(folder.path().join("template.yaml"), text).unwrap();
    let run = samc(folder.path(), &["lint"]);
    assert_eq!(run.out.matches("`Timeoutt`").count(), 1, "{}", run.out);
    assert!(run.out.contains("this alias brings it into One"), "{}", run.out);
    assert!(run.out.contains("this alias brings it into Two"), "{}", run.out);
}

#[test]
fn the_language_is_printed_for_editors() {
    let run = samc(folder().path(), &["schema", "app"]);
    let schema: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.status, schema["title"].as_str()), (0, Some("app.yaml")));
}

#[test]
fn options_that_mean_nothing_are_told() {
    let folder = folder();
    let root = folder.path();
    let text = format!("Parameters: {{Stage: {{Type: String}}}}\n{GOOD}");
    fs::write(root.join("template.yaml"), text).unwrap();
    let run = samc(root, &["build", "--stdout", "--param", "Stge=prod"]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.err.contains("warning[W905]") && run.err.contains("did you mean `Stage`?"), "{}", run.err);
    let run = samc(root, &["build", "--stdout", "--param", "Stage=prod", "--region", "us-gov-west-1"]);
    assert!(run.err.contains("no findings"), "{}", run.err);
    for arguments in [["--region", "Frankfurt"], ["--param", "Stage"], ["--target", "cloudfromation"]] {
        let run = samc(root, &["build", arguments[0], arguments[1]]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn every_starter_builds_and_its_tests_pass() {
    let has_python = std::process::Command::new("python3").arg("--version").output().is_ok();
    for name in ["api", "worker", "cron", "stream", "workflow", "full"] {
        let folder = folder();
        let run = samc(folder.path(), &["init", "my-shop", "--template", name]);
        assert_eq!(run.status, 0, "{name}: {}", run.err);
        let made = folder.path().join("my-shop");
        let run = samc(&made, &["build", "--deny", "warning"]);
        assert_eq!(run.status, 0, "{name}: {}", run.err);
        let spec = std::fs::read_to_string(made.join("app.yaml")).unwrap();
        assert!(spec.starts_with("app: my-shop\n") && !spec.contains("{{"), "{spec}");
        if has_python {
            let tests = std::process::Command::new("python3")
                .args(["-m", "unittest"])
                .current_dir(&made)
                .output()
                .unwrap();
            assert!(tests.status.success(), "{name}: {}", String::from_utf8_lossy(&tests.stderr));
        }
        let again = samc(folder.path(), &["init", "my-shop", "--template", name]);
        assert_eq!(again.status, 2, "{name} was written over");
    }
    let folder = folder();
    let run = samc(folder.path(), &["init", "x", "--template", "apy"]);
    assert!(run.status == 2 && run.err.contains("did you mean `api`?"), "{}", run.err);
}
