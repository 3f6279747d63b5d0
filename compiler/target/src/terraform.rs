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
    /// The stack to import.
    pub import: Option<ImportedStack>,
    /// True for a module that another one calls: it has no provider of its own.
    pub is_called: bool,
    /// The modules that nested stacks become, by logical id.
    pub modules: std::collections::BTreeMap<String, Module>,
}

/// A template that another one nests, as a module.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// Where it lies, as the module that calls it names it.
    pub source: String,
    /// The sections of the template, `Parameters` and `Outputs` among them.
    pub sections: samc_ir::Map,
    /// Whether it asks for the bucket that code is put into.
    pub needs_bucket: bool,
}

/// The variable for that bucket.
pub const ARTIFACT_BUCKET: &str = "artifact_bucket";

/// The folder of the module that a nested template becomes, below that of the back end. `name` has the ids
/// of the stacks that lead to it, with `.` between.
pub fn module_folder(name: &str) -> String {
    format!("modules/{}", name.replace('.', "-"))
}

/// True for the text of a file of Terraform that an earlier build wrote.
pub fn is_written(text: &str) -> bool {
    let text = text.trim_start_matches(['{', ' ', '\n']);
    let text = text.strip_prefix("# ").or_else(|| text.strip_prefix("\"//\": \""));
    text.is_some_and(|text| text.starts_with(WRITTEN))
}

/// A stack whose resources Terraform takes over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedStack {
    /// The name of the stack.
    pub name: String,
    /// Its ARN, where the list of its resources tells it.
    pub arn: Option<String>,
    /// What is in it, by logical id.
    pub resources: std::collections::BTreeMap<String, StackResource>,
}

/// One resource of such a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    /// What the service knows it by.
    pub physical_id: String,
    /// Its type.
    pub resource_type: String,
}
