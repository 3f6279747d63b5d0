//! Codes about keys, names and values that every dialect shares.

super::codes! {
    /// A section at the top level that the dialect does not have.
    UNKNOWN_SECTION = "E101" "unknown-section";
    /// A template without resources.
    NO_RESOURCES = "E109" "no-resources";
    /// A key that the thing it stands in does not have.
    UNKNOWN_PROPERTY = "E102" "unknown-property";
    /// A key that must be there.
    MISSING_PROPERTY = "E103" "missing-property";
    /// A value of the wrong shape: text where a mapping is wanted, and the like.
    WRONG_TYPE = "E104" "wrong-type";
    /// A value of the right shape that is not among those allowed.
    INVALID_VALUE = "E105" "invalid-value";
    /// Two keys that exclude each other.
    EXCLUSIVE_PROPERTIES = "E106" "exclusive-properties";
    /// A reference to something that is not declared.
    UNKNOWN_REFERENCE = "E107" "unknown-reference";
    /// A parameter without a value at compile time.
    UNKNOWN_PARAMETER = "E108" "unknown-parameter";
}
