//! Codes of the graph: a template that is not one, whatever dialect it came from.

super::codes! {
    /// A section that is not a mapping, or a member of one that lacks what it is there for.
    MALFORMED_SECTION = "E601" "malformed-section";
    /// A resource without a type, or with properties or attributes of the wrong shape.
    MALFORMED_RESOURCE = "E602" "malformed-resource";
}
