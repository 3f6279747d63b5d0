//! Plain CloudFormation templates.
