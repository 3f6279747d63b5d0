//! Codes of app.yaml.

super::codes! {
    /// A `format` this compiler does not know.
    UNKNOWN_FORMAT = "E100" "unknown-format";
}
