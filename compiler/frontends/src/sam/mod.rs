//! AWS SAM templates.
