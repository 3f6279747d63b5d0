//! Codes of the reader: text that is not a document.

super::codes! {
    /// A file that holds nothing but blanks and comments.
    EMPTY_DOCUMENT = "E001" "empty-document";
    /// Bytes that are not UTF-8 text.
    NOT_UTF8 = "E002" "not-utf8";
    /// Text that is not YAML or JSON.
    YAML_SYNTAX = "E003" "yaml-syntax";
    /// The same key twice in one mapping.
    DUPLICATE_KEY = "E004" "duplicate-key";
    /// More than one document in a file.
    SEVERAL_DOCUMENTS = "E005" "several-documents";
    /// Nesting beyond the limit.
    TOO_DEEP = "E006" "too-deep";
    /// A file beyond the limit on its size.
    TOO_LARGE = "E007" "too-large";
    /// Aliases that expand to more than the budget.
    ALIAS_BUDGET = "E008" "alias-budget";
    /// A merge key whose value is not a mapping.
    MERGE_KEY = "E009" "merge-key";
    /// A document whose top level is not a mapping.
    NOT_A_MAPPING = "E010" "not-a-mapping";
    /// A mapping key that is not a scalar.
    COMPLEX_KEY = "E011" "complex-key";
    /// An alias without its anchor, or inside it.
    UNKNOWN_ALIAS = "E012" "unknown-alias";
    /// A tag that means nothing here.
    UNKNOWN_TAG = "E013" "unknown-tag";
    /// No dialect, or several, fit the document.
    UNKNOWN_DIALECT = "E014" "unknown-dialect";
    /// A plain scalar that YAML 1.1 reads as something other than its text.
    SCALAR_MEANING = "W001" "scalar-meaning";
}
