//! What the back end for Terraform is told beside what all are told.

/// What the first words of each file are that the back end writes. Files that begin with something else
/// are the user's, and stay.
pub const WRITTEN: &str = "Written by samc from ";

/// The two forms that Terraform reads its language in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// For people: files that end in `.tf`.
    #[default]
    Hcl,
    /// For programs: files that end in `.tf.json`.
    Json,
}

/// Settings of that back end.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The form of the files.
    pub syntax: Syntax,
}

/// True for the text of a file of Terraform that an earlier build wrote.
pub fn is_written(text: &str) -> bool {
    let text = text.trim_start_matches(['{', ' ', '\n']);
    let text = text.strip_prefix("# ").or_else(|| text.strip_prefix("\"//\": \""));
    text.is_some_and(|text| text.starts_with(WRITTEN))
}
