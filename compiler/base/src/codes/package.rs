//! Codes of packaging: local code that cannot become an artifact.

super::codes! {
    /// A path to code where nothing is.
    CODE_MISSING = "E701" "code-missing";
    /// A folder without a file to pack.
    CODE_EMPTY = "E703" "code-empty";
    /// A symbolic link that leads out of the code, or nowhere.
    CODE_LINK = "E704" "code-link";
    /// A file of the code that cannot be read or named in an archive.
    CODE_UNREADABLE = "E705" "code-unreadable";
    /// A folder where a single file is wanted.
    CODE_NOT_A_FILE = "E706" "code-not-a-file";
    /// Code whose build failed.
    CODE_BUILD = "E707" "code-build";
    /// A template of the user's that is not handlebars.
    TEMPLATE_SYNTAX = "E711" "template-syntax";
    /// A template of the user's that asks for what there is not.
    TEMPLATE_FAILED = "E712" "template-failed";
    /// Code that is larger than Lambda takes, or nearly is.
    ARTEFACT_SIZE = "L105" "lambda-artefact-size";
    /// A handler that is not in the code.
    HANDLER_MISSING = "C212" "handler-missing";
    /// Native code for another system or processor.
    RUNTIME_ARCHITECTURE = "C213" "runtime-architecture";
    /// A layer in which its runtimes find nothing.
    LAYER_UNREAD = "W703" "layer-unread";
}
