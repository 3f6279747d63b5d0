//! Codes of the back end for Terraform: what it has no words for.

super::codes! {
    /// A macro, or what only CloudFormation expands.
    TERRAFORM_MACRO = "E721" "terraform-macro";
    /// A function used in a way that cannot be said.
    TERRAFORM_FUNCTION = "E722" "terraform-function";
    /// A name that nothing has, in a place where nothing can stand for it.
    TERRAFORM_NAME = "E723" "terraform-unknown-name";
    /// An exported output.
    TERRAFORM_EXPORT = "W721" "terraform-export";
    /// An alias whose traffic moves bit by bit.
    TERRAFORM_SHIFTING = "W722" "terraform-traffic-shifting";
    /// The id of the stack.
    TERRAFORM_STACK_ID = "W723" "terraform-stack-id";
    /// A resource that is to stay when it is removed.
    TERRAFORM_RETAIN = "W724" "terraform-retain";
    /// A pattern with parts that Terraform does not know.
    TERRAFORM_PATTERN = "W725" "terraform-pattern";
    /// A name that nothing has, which becomes a variable.
    TERRAFORM_ASKED = "W726" "terraform-asked-name";
    /// A stack that is not what the template says.
    TERRAFORM_STACK_DIFFERS = "W727" "terraform-stack-differs";
    /// A property of a nested stack that a module has no place for.
    TERRAFORM_MODULE = "W728" "terraform-module";
    /// A resource of a stack that Terraform cannot take over.
    TERRAFORM_IMPORT = "W729" "terraform-import";
}
