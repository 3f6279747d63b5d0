//! Codes of SAM constructs.

super::codes! {
    /// A logical id with characters other than letters and digits.
    LOGICAL_ID = "E501" "logical-id";
    /// An id the expansion makes that the template already uses.
    LOGICAL_ID_TAKEN = "E502" "logical-id-taken";
    /// An intrinsic function with arguments it cannot take.
    INTRINSIC_ARGUMENTS = "E503" "intrinsic-arguments";
    /// Secrets, networks or registries of a polled source that are not as it needs them.
    SOURCE_ACCESS = "E521" "source-access";
    /// Two types between which SAM has no connector.
    UNSUPPORTED_CONNECTOR = "E570" "unsupported-connector";
    /// An end of a connector that does not tell what is needed of it.
    CONNECTOR_END = "E571" "connector-end";
    /// A definition of an API that cannot be edited or is not as OpenAPI has it.
    INVALID_DEFINITION = "E540" "invalid-definition";
    /// A custom domain that lacks something or has it in a wrong form.
    INVALID_DOMAIN = "E541" "invalid-domain";
    /// An application that only the Serverless Application Repository has.
    REPOSITORY_APPLICATION = "E580" "repository-application";
    /// An entry of `Policies` that is none of the kinds of policy.
    UNKNOWN_POLICY = "E560" "unknown-policy";
    /// A policy template without a value for one of its parameters.
    POLICY_TEMPLATE_PARAMETERS = "E561" "policy-template-parameters";
    /// An `Fn::If` of policies whose arms are of different kinds.
    POLICY_KINDS_MIXED = "E562" "policy-kinds-mixed";
    /// An event of a type its owner does not have.
    UNKNOWN_EVENT_TYPE = "E520" "unknown-event-type";
    /// An attribute of a SAM resource that the transform drops.
    IGNORED_ATTRIBUTE = "W506" "ignored-attribute";
    /// An event of an HTTP API that names a REST API.
    HTTP_EVENT_OF_REST_API = "W508" "http-event-of-rest-api";
    /// Origins of a CORS configuration that are computed, and so displace the rest of it.
    CORS_COMPUTED = "W507" "cors-computed";
    /// A destination in Globals for which the transform makes one queue or topic, and samc one a function.
    SHARED_DESTINATION = "W509" "shared-destination";
    /// `AlwaysDeploy` of a REST API, which makes no deployment where nothing has changed.
    ALWAYS_DEPLOY = "W510" "always-deploy";
    /// The region in the body of a REST API, which the id of its deployment is made from.
    REGION_IN_DEPLOYMENT_ID = "W511" "region-in-deployment-id";
    /// A function that names no code: it is the folder of the template.
    CODE_OF_TEMPLATE_FOLDER = "W512" "code-of-template-folder";
    /// A function of an image that only `sam build` names.
    IMAGE_OF_SAM_BUILD = "W513" "image-of-sam-build";
    /// SAM resources in a template that does not name SAM's transform.
    NO_TRANSFORM = "W505" "no-transform";
    /// A resource type `AWS::Serverless::…` that SAM does not have.
    UNKNOWN_SAM_TYPE = "W504" "unknown-sam-type";
    /// A template that nests or includes itself.
    NESTING_CYCLE = "E581" "nesting-cycle";
    /// A parameter of a nested template without a value.
    NESTED_PARAMETER_MISSING = "E582" "nested-parameter-missing";
    /// A value for a parameter that a nested template does not have.
    NESTED_PARAMETER_UNKNOWN = "E583" "nested-parameter-unknown";
    /// An output that a nested template does not have.
    NESTED_OUTPUT_UNKNOWN = "E584" "nested-output-unknown";
    /// A transition to a state that the machine does not have.
    UNKNOWN_STATE = "E550" "unknown-state";
    /// A state that no transition leads to.
    UNREACHABLE_STATE = "E551" "unreachable-state";
    /// A name in a definition that gets no value.
    MISSING_SUBSTITUTION = "W550" "missing-substitution";
    /// A value for a name that is not in the definition.
    UNUSED_SUBSTITUTION = "W551" "unused-substitution";
    /// A key among the paths or methods of an API that is neither.
    UNKNOWN_API_KEY = "W540" "unknown-api-key";
}
