//! Codes of the command line and of files.

super::codes! {
    /// A file that cannot be read.
    CANNOT_READ = "E901" "cannot-read";
    /// A file or folder that cannot be written.
    CANNOT_WRITE = "E902" "cannot-write";
    /// No input file where one is looked for.
    NO_INPUT = "E903" "no-input";
    /// An output that would hurt something that is there.
    OUTPUT_IN_THE_WAY = "E904" "output-in-the-way";
    /// Output on disk that is not what the input builds.
    OUTPUT_DIFFERS = "E905" "output-differs";
    /// A value on the command line for a parameter that the template does not have.
    PARAMETER_NOT_DECLARED = "W905" "parameter-not-declared";
    /// A comment that is to allow something and does not say what, or why.
    ALLOW_MALFORMED = "W921" "allow-malformed";
    /// A comment that allows what nothing finds.
    ALLOW_UNUSED = "W922" "allow-unused";
    /// A comment that allowed something until a day that is over.
    ALLOW_EXPIRED = "W923" "allow-expired";
    /// A configuration file that cannot be read as one.
    MALFORMED_CONFIG = "E906" "malformed-config";
    /// A stage where nothing depends on one.
    STAGE_WITHOUT_EFFECT = "W906" "stage-without-effect";
    /// A file of findings that were there before is not of the form.
    MALFORMED_BASELINE = "E907" "malformed-baseline";
    /// An entry of the baseline that is about nothing any more.
    STALE_BASELINE = "W924" "stale-baseline";
    /// A rule of one's own that cannot be checked.
    MALFORMED_POLICY = "E908" "malformed-policy";
}
