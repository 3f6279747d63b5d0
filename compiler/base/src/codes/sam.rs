//! Codes of SAM constructs.

super::codes! {
    /// A logical id with characters other than letters and digits.
    LOGICAL_ID = "E501" "logical-id";
    /// An id the expansion makes that the template already uses.
    LOGICAL_ID_TAKEN = "E502" "logical-id-taken";
    /// An intrinsic function with arguments it cannot take.
    INTRINSIC_ARGUMENTS = "E503" "intrinsic-arguments";
    /// An event of a type its owner does not have.
    UNKNOWN_EVENT_TYPE = "E520" "unknown-event-type";
    /// A resource type `AWS::Serverless::…` that SAM does not have.
    UNKNOWN_SAM_TYPE = "W504" "unknown-sam-type";
}
