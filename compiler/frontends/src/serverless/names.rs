//! Logical ids and names as the Serverless Framework gives them, so that a stack that is already deployed is
//! updated in place. Source: lib/plugins/aws/lib/naming.js of osls 3.77.1.

/// The role that functions without a role of their own share.
pub(super) const ROLE: &str = "IamRoleLambdaExecution";

/// The bucket that `deploy` uploads to.
pub(super) const DEPLOYMENT_BUCKET: &str = "ServerlessDeploymentBucket";

/// The REST API of a service.
pub(super) const REST_API: &str = "ApiGatewayRestApi";

/// The HTTP API of a service.
pub(super) const HTTP_API: &str = "HttpApi";

/// The WebSocket API of a service.
pub(super) const WEBSOCKET_API: &str = "WebsocketsApi";

/// The text with its first letter as a capital.
pub(super) fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A name of a function, layer or authorizer as a part of a logical id: `my-fn_a` is `MyDashfnUnderscorea`.
pub(super) fn normalized(name: &str) -> String {
    upper_first(&name.replace('-', "Dash").replace('_', "Underscore"))
}

/// Only the letters and digits of ASCII, the first of them as a capital.
pub(super) fn alphanumeric(name: &str) -> String {
    upper_first(&name.chars().filter(char::is_ascii_alphanumeric).collect::<String>())
}

/// A path of a route as a part of a logical id: `/a-b/{id}` is `ADashbIdVar`.
pub(super) fn path(path: &str) -> String {
    path.split('/').map(path_part).collect()
}

fn path_part(part: &str) -> String {
    let part = part.to_lowercase().replace('-', "Dash");
    // From the first opening to the last closing brace, as the expression of the framework is greedy.
    let part = match (part.find('{'), part.rfind('}')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}Var{}", &part[..open], &part[open + 1..close], &part[close + 1..])
        }
        _ => part,
    };
    alphanumeric(&part)
}

/// The logical id of a function, by its key.
pub(super) fn function(key: &str) -> String {
    format!("{}LambdaFunction", normalized(key))
}

/// The logical id of a function's log group, by the key of the function.
pub(super) fn log_group(key: &str) -> String {
    format!("{}LogGroup", normalized(key))
}

/// The log group that Lambda writes to, by the name of the function.
pub(super) fn log_group_name(name: &str) -> String {
    format!("/aws/lambda/{name}")
}

/// The logical id of a layer, by its key.
pub(super) fn layer(key: &str) -> String {
    format!("{}LambdaLayer", normalized(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_framework() {
        assert_eq!(function("my-fn_a"), "MyDashfnUnderscoreaLambdaFunction");
        assert_eq!(path("/a-b/{id}"), "ADashbIdVar");
        assert_eq!(path("users/{proxy+}"), "UsersProxyVar");
        assert_eq!(path("/v1.0/{userId}/x"), "V10UseridVarX");
        assert_eq!(path("{a}-{b}"), "ADashbVar");
        assert_eq!(alphanumeric("my.topic-1"), "Mytopic1");
        assert_eq!((path("/"), upper_first("")), (String::new(), String::new()));
    }
}
