//! Which controls of programmes a lint rule serves.

use crate::lines;

const TABLE: &str = include_str!("../tables/controls.txt");

/// The controls that a rule serves, by programme. Several of one programme stand in one text, between commas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Controls {
    /// Requirements of PCI DSS 4.0.1.
    pub pci: &'static str,
    /// Paragraphs of 45 CFR 164, the HIPAA rules.
    pub hipaa: &'static str,
    /// Controls of NIST SP 800-53 r5.
    pub nist: &'static str,
    /// Trust services criteria of SOC 2.
    pub soc2: &'static str,
}

/// The controls of a rule, by its code; none where it serves no programme.
pub fn controls(code: &str) -> Option<Controls> {
    let mut fields = lines::find(TABLE, lines::by_first(code))?.split('\t').skip(1);
    let mut next = || fields.next().unwrap_or("");
    Some(Controls { pci: next(), hipaa: next(), nist: next(), soc2: next() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_a_control() {
        for line in TABLE.lines() {
            let code = line.split('\t').next().unwrap_or("");
            let found = controls(code).expect(line);
            assert_eq!(line.split('\t').count(), 5, "{line}");
            assert_ne!(found, Controls::default(), "{line}");
        }
        assert_eq!(controls("R501"), None);
    }
}
