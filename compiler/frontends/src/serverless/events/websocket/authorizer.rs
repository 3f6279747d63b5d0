//! Who may connect.

use samc_base::{codes, nearest};
use samc_ir::{Expr, Map};

use super::routes::{Route, permission_id};
use super::{Api, gateway};
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::{given, listed};

/// Where the token stands where nothing is said.
const IDENTITY_SOURCE: &str = "route.request.header.Auth";

/// A function that decides.
pub(super) struct Authorizer<'a> {
    name: String,
    who: Who<'a>,
    identity_source: Expr,
}

enum Who<'a> {
    Arn(&'a Expr),
    Function(&'a Function),
}

impl Authorizer<'_> {
    /// Its logical id.
    pub(super) fn id(&self) -> String {
        format!("{}WebsocketsAuthorizer", normalized(&self.name))
    }
}

/// Reads the `authorizer` of a route. None where it names nobody, which is reported.
pub(super) fn read<'a>(
    api: &Api<'a>,
    function: &Function,
    event: &Event,
    route: &str,
    given_authorizer: &'a Expr,
    out: &mut Output<'_>,
) -> Option<Authorizer<'a>> {
    let settings = given_authorizer.as_map();
    let part = |key: &str| settings.and_then(|map| given(map, key));
    let text = given_authorizer.as_str();
    let arn = part("arn").or_else(|| text.filter(|text| text.contains(':')).map(|_| given_authorizer));
    let name = part("name").and_then(Expr::as_str);
    let key = &function.key;
    let mut wrong = |code, message: String, label: &str, help: &str| {
        out.error(code, &event.origin, message, given_authorizer.span, label, help);
        None
    };
    let (name, who) = match (arn, name.or(text)) {
        (Some(arn), name) => match (arn.as_str(), name) {
            (Some(text), _) => (text.rsplit(':').next().unwrap_or_default().to_owned(), Who::Arn(arn)),
            (None, Some(name)) => (name.to_owned(), Who::Arn(arn)),
            (None, None) => {
                let message = format!("the authorizer of the route `{route}` of {key} has no name");
                let help = "add `name`, as the ARN is known when the stack is deployed, and gives none";
                return wrong(codes::MISSING_PROPERTY, message, "`name` missing", help);
            }
        },
        (None, Some(name)) => match api.service.function_of(name) {
            Some(function) => (name.to_owned(), Who::Function(function)),
            None => {
                let message = format!(
                    "the route `{route}` of {key} is guarded by `{name}`, and the service has no such function"
                );
                let keys = api.service.functions.iter().map(|function| &*function.key);
                let help = match nearest(name, keys) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "name a function under `functions`, or give the `arn` of one elsewhere".to_owned()
                    }
                };
                return wrong(codes::INVALID_VALUE, message, "no such function", &help);
            }
        },
        (None, None) => {
            let message = format!("the authorizer of the route `{route}` of {key} names nobody who decides");
            let help = "name a function, or give an `arn`";
            return wrong(codes::MISSING_PROPERTY, message, "neither a name nor an ARN", help);
        }
    };
    let default = || vec![Expr::from(IDENTITY_SOURCE)].into();
    let identity_source = part("identitySource").map(listed).unwrap_or_else(default);
    Some(Authorizer { name, who, identity_source })
}

/// Adds the authorizer of a route.
pub(super) fn lower(api: &Api<'_>, route: &Route<'_>, authorizer: &Authorizer<'_>, out: &mut Output<'_>) {
    let arn = match authorizer.who {
        Who::Arn(arn) => vec![arn.clone()],
        Who::Function(function) => gateway::target_parts(function),
    };
    let properties = Map::from([
        ("ApiId", api.id()),
        ("Name", authorizer.name.as_str().into()),
        ("AuthorizerType", "REQUEST".into()),
        ("AuthorizerUri", gateway::invocation(arn, gateway::INVOCATIONS)),
        ("IdentitySource", authorizer.identity_source.clone()),
    ]);
    // A function of the name is waited for, even where the ARN is that of another.
    let alias = api.service.function_of(&authorizer.name).and_then(Function::target_depends_on);
    let id = authorizer.id();
    let resource = out.add(id, "AWS::ApiGatewayV2::Authorizer", properties, &route.event.origin);
    if let Some(alias) = alias {
        resource.attributes.insert("DependsOn", alias);
    }
}

/// Lets the API call the function that decides.
pub(super) fn permit(api: &Api<'_>, route: &Route<'_>, authorizer: &Authorizer<'_>, out: &mut Output<'_>) {
    let mut depends_on: Vec<Expr> = api.to_wait_for().into_iter().collect();
    let target = match authorizer.who {
        Who::Arn(arn) => arn.clone(),
        Who::Function(function) => {
            depends_on.push(function.id().into());
            depends_on.extend(function.target_depends_on());
            function.target()
        }
    };
    let properties = gateway::permission(target, None);
    let id = permission_id(&authorizer.name);
    let resource = out.add(id, "AWS::Lambda::Permission", properties, &route.event.origin);
    if !depends_on.is_empty() {
        resource.attributes.insert("DependsOn", depends_on);
    }
}
