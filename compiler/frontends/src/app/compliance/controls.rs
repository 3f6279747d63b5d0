//! The controls: what programmes ask for and a compiler can set or see.

/// A control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// Its id, which waivers name.
    pub id: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// Where it comes from: requirements of PCI DSS 4.0 and sections of 45 CFR 164 (HIPAA).
    pub sources: &'static str,
}

const fn control(id: &'static str, title: &'static str, sources: &'static str) -> Control {
    Control { id, title, sources }
}

/// Every control, in the order of reports.
pub const CONTROLS: [Control; 13] = [
    control(
        "C1",
        "data at rest are encrypted with a key of one's own",
        "PCI DSS 3.5; HIPAA 164.312(a)(2)(iv)",
    ),
    control("C2", "data travel encrypted, with TLS 1.2 or newer", "PCI DSS 4.2; HIPAA 164.312(e)(1)"),
    control("C3", "nobody gets in without saying who it is", "PCI DSS 8.3; HIPAA 164.312(d)"),
    control("C4", "logs are kept long enough", "PCI DSS 10.5; HIPAA 164.316(b)(2)(i)"),
    control("C5", "what is secret does not get into logs", "PCI DSS 3.3; HIPAA 164.312(b)"),
    control("C6", "data can be restored, and outlive the stack", "HIPAA 164.308(a)(7)"),
    control("C7", "access is logged and traced", "PCI DSS 10.2; HIPAA 164.312(b)"),
    control("C8", "public APIs stand behind a firewall and a throttle", "PCI DSS 6.4"),
    control("C9", "who reads card data runs in a network of one's own", "PCI DSS 1.4"),
    control("C10", "new versions take over step by step, watched by alarms", "PCI DSS 6.5"),
    control(
        "C11",
        "rights name their resources, and each function has a role of its own",
        "PCI DSS 7.2; HIPAA 164.308(a)(4)",
    ),
    control("C12", "resources say what their data are and whose they are", "PCI DSS 12.5"),
    control("C13", "users sign in with a second factor", "PCI DSS 8.4; HIPAA 164.312(d)"),
];

/// The control of an id.
pub(super) fn of(id: &str) -> Option<Control> {
    CONTROLS.into_iter().find(|c| c.id == id)
}
