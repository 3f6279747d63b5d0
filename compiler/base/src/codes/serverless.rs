//! Codes of serverless.yml.

super::codes! {
    /// An event of a kind that the framework itself does not have.
    UNKNOWN_EVENT = "W810" "unknown-event";
}
