//! Codes of serverless.yml.

super::codes! {
    /// A variable that no source has a value for.
    VARIABLE_UNRESOLVED = "E801" "unresolved-variable";
    /// A variable that is misspelt, or asks a source that is none.
    VARIABLE_SYNTAX = "E802" "variable-syntax";
    /// Variables that need each other.
    VARIABLE_CYCLE = "E803" "variable-cycle";
    /// A value of a variable that cannot be used where it stands.
    VARIABLE_VALUE = "E804" "variable-value";
    /// A value that only AWS knows, with a fallback beside it.
    LOOKUP_FALLBACK = "W801" "lookup-fallback";
    /// An event of a kind that the framework itself does not have.
    UNKNOWN_EVENT = "W810" "unknown-event";
    /// A setting of a service that the template cannot carry out, or that another setting rules out.
    SETTING_WITHOUT_EFFECT = "W811" "setting-without-effect";
    /// A route of a REST or WebSocket API that two events have.
    ROUTE_TAKEN_TWICE = "W812" "route-taken-twice";
    /// A plugin that may add to the template.
    PLUGIN_NOT_RUN = "W820" "plugin-not-run";
    /// A key of a service that is none, and so is not read.
    UNKNOWN_KEY_OF_SERVICE = "W822" "unknown-key-of-service";
    /// A value of a service of another type, size or form than its key takes.
    WRONG_VALUE_OF_SERVICE = "W823" "wrong-value-of-service";
    /// A mapping of a service without a key that belongs to it.
    MISSING_KEY_OF_SERVICE = "W824" "missing-key-of-service";
    /// A helper function that the framework writes the code of.
    FRAMEWORK_HELPER = "W830" "framework-helper";
    /// An event, or a setting of one, that the framework makes nothing of.
    EVENT_WITHOUT_EFFECT = "W831" "event-without-effect";
}
