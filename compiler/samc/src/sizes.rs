//! `samc build --report`: what is in the archives, as a tree of sizes or as JSON.

use std::path::Path;

use samc_package::{ArtifactSizes, Branch, FileSize, max_unzipped_bytes};
use serde_json::{Value, json};

/// What is less than this part of an archive is summed up in one line.
const SHOWN: u64 = 50;
/// A folder of less than this part is one line.
const OPENED: u64 = 20;
/// The fewest lines of an archive that are shown, however small they are, and the most of a folder.
const LINES: std::ops::RangeInclusive<usize> = 5..=12;
/// A bar that stands for all of it.
const BAR: usize = 20;

/// For a terminal: each archive with the folders and files that weigh most.
pub fn text(folder: &Path, all: &[ArtifactSizes]) -> String {
    let mut out = String::new();
    for artifact in all {
        let users = match artifact.users.as_slice() {
            [] => String::new(),
            [first, second, third, rest @ ..] if !rest.is_empty() => {
                format!("  ({first}, {second}, {third} and {} more)", rest.len())
            }
            some => format!("  ({})", some.join(", ")),
        };
        out.push_str(&format!("{}{users}\n", folder.join(&artifact.path).display()));
        let files = match artifact.files.len() {
            1 => "1 file".to_owned(),
            n => format!("{} files", with_commas(n)),
        };
        out.push_str(&format!(
            "  {files}, {} unzipped ({} of what Lambda unpacks), {} zipped\n",
            size(artifact.unzipped),
            percent(artifact.unzipped, max_unzipped_bytes()),
            size(artifact.zipped),
        ));
        let tree = artifact.tree();
        out.push_str("       size    zipped\n");
        branches(&tree.inner, tree.bytes.max(1), "", &mut out);
        out.push('\n');
    }
    if all.is_empty() {
        out.push_str("nothing was packed\n");
    }
    out
}

fn branches(all: &[Branch], total: u64, indent: &str, out: &mut String) {
    let least = if indent.is_empty() { *LINES.start() } else { 1 };
    let is_shown = |(i, branch): &(usize, &Branch)| {
        *i < *LINES.end() && (*i < least || branch.bytes.saturating_mul(SHOWN) >= total)
    };
    let shown = all.iter().enumerate().take_while(is_shown).count();
    // One thing that is left over may as well be shown.
    let shown = if shown + 1 == all.len() { all.len() } else { shown };
    let rest = &all[shown..];
    for (i, branch) in all[..shown].iter().enumerate() {
        let is_last = i + 1 == shown && rest.is_empty();
        line(branch.bytes, branch.zipped, total, indent, is_last, &branch.name, out);
        if branch.bytes.saturating_mul(OPENED) >= total {
            let below = format!("{indent}{}", if is_last { "  " } else { "│ " });
            branches(&branch.inner, total, &below, out);
        }
    }
    if !rest.is_empty() {
        let sum = |of: fn(&Branch) -> u64| rest.iter().map(of).sum();
        let name = format!("… {} more", with_commas(rest.len()));
        line(sum(|b| b.bytes), sum(|b| b.zipped), total, indent, true, &name, out);
    }
}

fn line(bytes: u64, zipped: u64, total: u64, indent: &str, is_last: bool, name: &str, out: &mut String) {
    let filled = usize::try_from(u128::from(bytes) * BAR as u128 / u128::from(total)).unwrap_or(BAR);
    let bar = format!("{}{}", "█".repeat(filled), "·".repeat(BAR - filled.min(BAR)));
    let corner = if is_last { "└" } else { "├" };
    let columns = format!("{:>9} {:>9} {:>4}", size(bytes), size(zipped), percent(bytes, total));
    out.push_str(&format!("  {columns} {bar} {indent}{corner} {name}\n"));
}

/// For programs: one document with every file.
pub fn json(folder: &Path, all: &[ArtifactSizes]) -> String {
    let file = |f: &FileSize| json!({"name": f.name, "bytes": f.bytes, "zipped": f.zipped});
    let artifacts: Vec<Value> = all
        .iter()
        .map(|a| {
            json!({
                "file": folder.join(&a.path).to_string_lossy().replace('\\', "/"),
                "used_by": a.users,
                "zipped": a.zipped,
                "unzipped": a.unzipped,
                "limit": max_unzipped_bytes(),
                "files": a.files.iter().map(file).collect::<Vec<_>>(),
            })
        })
        .collect();
    format!("{:#}\n", json!({"artifacts": artifacts}))
}

/// A size as Lambda counts it: a megabyte has 1,048,576 bytes.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} kB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

fn percent(part: u64, of: u64) -> String {
    format!("{:.0}%", part as f64 * 100.0 / of as f64)
}

fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
