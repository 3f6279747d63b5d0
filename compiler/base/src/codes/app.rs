//! Codes of app.yaml.

super::codes! {
    /// A `format` this compiler does not know.
    UNKNOWN_FORMAT = "E100" "unknown-format";
    /// `${params.x}` or `${vars.x}` without a declaration.
    UNDECLARED_VALUE = "E110" "undeclared-value";
    /// `${` without an end, or with nothing that can stand in it.
    INTERPOLATION = "E111" "interpolation";
    /// Constants that are made from each other.
    CONSTANT_CYCLE = "E112" "constant-cycle";
    /// An attribute that a kind of component does not have.
    UNKNOWN_ATTRIBUTE = "E120" "unknown-attribute";
    /// The name of a component of another kind than is wanted.
    WRONG_KIND = "E121" "wrong-kind";
    /// One name for two components.
    NAME_TAKEN = "E122" "name-taken";
    /// A stage that the file does not have.
    UNKNOWN_STAGE = "E130" "unknown-stage";
    /// A key of a stage that is nowhere in the file it is laid over.
    UNKNOWN_OVERLAY_KEY = "E131" "unknown-overlay-key";
    /// A reference to a component that does not exist in this stage.
    FILTERED_AWAY = "E132" "filtered-away";
    /// A part of the language that this version cannot build.
    UNSUPPORTED = "E133" "unsupported";
    /// A region that the file does not allow.
    REGION_NOT_ALLOWED = "E134" "region-not-allowed";
    /// A dead-letter queue on a function whose triggers are all polled.
    DLQ_OF_POLLER = "E221" "dlq-of-poller";
    /// A trigger on the stream of a table that has none.
    TABLE_WITHOUT_STREAM = "E222" "table-without-stream";
    /// A verb that a kind of component does not have.
    UNKNOWN_VERB = "E230" "unknown-verb";
    /// A metric that a kind of component does not have.
    UNKNOWN_METRIC = "E231" "unknown-metric";
    /// A route that leads to two functions.
    ROUTE_TWICE = "E241" "route-twice";
    /// Something that exists already and would have to be changed.
    EXTERNAL_UNCHANGED = "E260" "external-unchanged";
    /// What the file says contradicts a control of compliance.
    COMPLIANCE_CONTRADICTION = "E410" "compliance-contradiction";
    /// A control of compliance that does not hold.
    COMPLIANCE_MISSING = "W410" "compliance-missing";
    /// A waiver of a control whose day is past.
    WAIVER_EXPIRED = "W411" "waiver-expired";
    /// A place in a resource that an override names and that is not there.
    OVERRIDE_PLACE = "E270" "override-place";
    /// An override that names no resource, or several.
    OVERRIDE_TARGET = "E271" "override-target";
    /// Overrides in a file that is to become a SAM template.
    OVERRIDE_IN_SAM = "E272" "override-in-sam";
    /// `samc import` of what is no template.
    IMPORT_SOURCE = "E273" "import-source";
    /// Stacks of a layout that wait for each other.
    LAYOUT_CYCLE = "E141" "layout-cycle";
    /// Two modules with one name.
    MODULE_TWICE = "E142" "module-twice";
    /// A file that includes itself, by way of others perhaps.
    INCLUDE_CYCLE = "E143" "include-cycle";
    /// A file that is included and cannot be.
    INCLUDE_FILE = "E144" "include-file";
    /// A component of a module that is not for others.
    NOT_EXPORTED = "E140" "not-exported";
}
