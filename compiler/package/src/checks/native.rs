//! Native code in archives: for which system and processor it was compiled.

use std::collections::BTreeSet;

use super::view::View;
use crate::machine::Machine;

/// A file that this processor cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) name: String,
    /// What it was compiled for.
    pub(super) built_for: &'static str,
}

/// What a file was compiled for, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Built {
    Linux(Machine),
    Other(&'static str),
}

/// The files of an archive that cannot run on a processor. Packages that bring a file for each system are
/// fine where one of them fits.
pub(super) fn foreign(view: &mut View, wanted: Machine) -> Vec<Foreign> {
    let names: Vec<String> =
        view.files.iter().filter(|f| is_native(&f.name, f.executable)).map(|f| f.name.clone()).collect();
    let mut fitting = BTreeSet::new();
    let mut foreign = Vec::new();
    for name in names {
        match view.head(&name, 20).as_deref().and_then(built_for) {
            Some(Built::Linux(machine)) if machine == wanted => {
                fitting.insert(family(&name));
            }
            Some(Built::Linux(machine)) => foreign.push(Foreign { name, built_for: machine.name() }),
            Some(Built::Other(system)) => foreign.push(Foreign { name, built_for: system }),
            None => {}
        }
    }
    foreign.retain(|f| !fitting.contains(&family(&f.name)));
    foreign
}

/// Whether a name is one of a library or a program.
fn is_native(name: &str, executable: bool) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let is_library = file.ends_with(".so")
        || file.ends_with(".node")
        || file.split_once(".so.").is_some_and(|(_, v)| v.starts_with(|c: char| c.is_ascii_digit()));
    is_library || file == "bootstrap" || (executable && !file.contains('.'))
}

/// Source: the header of ELF (System V ABI, e_machine at 18), of Mach-O and of Windows' programs.
fn built_for(head: &[u8]) -> Option<Built> {
    match head {
        [0x7f, b'E', b'L', b'F', class, order, ..] => {
            let (low, high) = (*head.get(18)?, *head.get(19)?);
            let machine =
                if *order == 2 { u16::from_be_bytes([low, high]) } else { u16::from_le_bytes([low, high]) };
            Some(match (machine, class) {
                (0x3e, 2) => Built::Linux(Machine::X86),
                (0xb7, _) => Built::Linux(Machine::Arm),
                (0x03, _) => Built::Other("32-bit x86"),
                (0x28, _) => Built::Other("32-bit arm"),
                _ => Built::Other("another processor"),
            })
        }
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] => Some(Built::Other("macOS")),
        [b'M', b'Z', ..] => Some(Built::Other("Windows")),
        _ => None,
    }
}

/// A name without its words for systems and processors: files that stand for each other have the same.
fn family(name: &str) -> String {
    const WORDS: [&str; 22] = [
        "x86",
        "64",
        "x64",
        "amd64",
        "ia32",
        "i686",
        "aarch64",
        "arm64",
        "arm",
        "armv7",
        "armv7l",
        "armv8",
        "linux",
        "linuxmusl",
        "musl",
        "glibc",
        "gnu",
        "gnueabihf",
        "darwin",
        "macos",
        "win32",
        "windows",
    ];
    let mut family = String::new();
    for word in name.split_inclusive(['/', '.', '-', '_', '+']) {
        let bare = word.trim_end_matches(['/', '.', '-', '_', '+']);
        if !WORDS.contains(&bare) {
            family.push_str(word);
        } else if !family.ends_with('*') {
            family.push('*');
        }
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_a_file_was_compiled_for() {
        let elf = |class, machine: u16| {
            let mut head = vec![0x7f, b'E', b'L', b'F', class, 1, 1];
            head.resize(18, 0);
            head.extend(machine.to_le_bytes());
            head
        };
        assert_eq!(built_for(&elf(2, 0x3e)), Some(Built::Linux(Machine::X86)));
        assert_eq!(built_for(&elf(2, 0xb7)), Some(Built::Linux(Machine::Arm)));
        assert_eq!(built_for(&elf(1, 0x03)), Some(Built::Other("32-bit x86")));
        assert_eq!(built_for(&elf(2, 0x3e)[..19]), None);
        assert_eq!(built_for(&[0xcf, 0xfa, 0xed, 0xfe, 7]), Some(Built::Other("macOS")));
        assert_eq!(built_for(b"#!/bin/sh"), None);
        assert_eq!(built_for(b""), None);
    }

    #[test]
    fn files_for_several_systems_are_one_family() {
        let same = [
            ("prebuilds/linux-x64/a.node", "prebuilds/darwin-arm64/a.node"),
            ("x.cpython-313-x86_64-linux-gnu.so", "x.cpython-313-aarch64-linux-gnu.so"),
            (
                "node_modules/@img/sharp-linux-x64/lib/sharp.node",
                "node_modules/@img/sharp-linuxmusl-arm64/lib/sharp.node",
            ),
        ];
        for (a, b) in same {
            assert_eq!(family(a), family(b));
        }
        assert_ne!(family("a/libx.so"), family("b/libx.so"));
        assert!(
            is_native("lib/libx.so.1.2", false) && !is_native("a.sock", false) && !is_native("run.sh", true)
        );
    }
}
