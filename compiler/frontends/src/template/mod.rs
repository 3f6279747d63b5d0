//! What SAM and CloudFormation templates share: nodes read as expressions.
