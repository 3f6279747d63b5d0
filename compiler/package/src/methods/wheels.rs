//! Installed wheels without what differs from one machine or tool to the next.

use std::path::Path;

/// Files of `*.dist-info` that say who installed it, from where, and that it was asked for.
const NOTES: [&str; 4] = ["INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"];

/// Takes out of a folder of packages: notes of the installer, compiled files, and programs for the shell, which
/// begin with the path of this machine's Python. `sam build` has none of them either.
pub(super) fn clean(packages: &Path) -> std::io::Result<()> {
    let bin = packages.join("bin");
    if bin.is_dir() {
        for entry in std::fs::read_dir(&bin)? {
            let path = entry?.path();
            if path.is_file() && std::fs::read(&path)?.starts_with(b"#!") {
                std::fs::remove_file(&path)?;
            }
        }
        // It stays where something else is in it.
        let _ = std::fs::remove_dir(&bin);
    }
    let _ = std::fs::remove_file(packages.join(".lock"));
    for entry in std::fs::read_dir(packages)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().ends_with(".dist-info") {
            continue;
        }
        for note in NOTES {
            let _ = std::fs::remove_file(entry.path().join(note));
        }
        let record = entry.path().join("RECORD");
        if let Ok(text) = std::fs::read_to_string(&record) {
            std::fs::write(record, record_of(&text, |name| packages.join(name).is_file()))?;
        }
    }
    Ok(())
}

/// The list of a wheel's files without those that are gone, in one order.
fn record_of(text: &str, is_there: impl Fn(&str) -> bool) -> String {
    let mut lines: Vec<&str> = text
        .lines()
        .filter(|line| {
            let name = line.split(',').next().unwrap_or_default().trim_matches('"');
            !name.starts_with("../") && is_there(name)
        })
        .collect();
    lines.sort_unstable();
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_left_goes_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("bin/flask", "#!/usr/bin/python3.11\nrun()\n");
        put("bin/ruff", "\x7fELF");
        put("x/__init__.py", "");
        let info = "x-1.dist-info";
        put(&format!("{info}/INSTALLER"), "pip");
        put(&format!("{info}/direct_url.json"), "{}");
        put(&format!("{info}/METADATA"), "Name: x");
        let record = "x/__init__.py,sha256=1,0\r\n../../bin/flask,sha256=2,3\nx/__pycache__/a.pyc,,\n";
        put(
            &format!("{info}/RECORD"),
            &format!("{record}{info}/INSTALLER,sha256=3,4\n{info}/METADATA,,\nbin/flask,,\n"),
        );
        clean(folder.path()).unwrap();
        let left = |name: &str| folder.path().join(name).exists();
        assert!(left("bin/ruff") && left("x-1.dist-info/METADATA") && left("x/__init__.py"));
        assert!(
            !left("bin/flask") && !left("x-1.dist-info/INSTALLER") && !left("x-1.dist-info/direct_url.json")
        );
        let record = std::fs::read_to_string(folder.path().join(info).join("RECORD")).unwrap();
        assert_eq!(record, "x-1.dist-info/METADATA,,\nx/__init__.py,sha256=1,0\n");
    }
}
