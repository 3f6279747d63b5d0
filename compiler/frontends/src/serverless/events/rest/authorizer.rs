//! Who may call methods. Source: getAuthorizer of lib/validate.js, lib/method/authorization.js and lib/authorizers.js
//! of the events `api-gateway` of osls 3.77.1.

use samc_base::{codes, nearest};
use samc_ir::{Expr, Map};

use super::route::{Integration, Route, title};
use super::{Api, gateway, permission_id};
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::Function;
use crate::serverless::value::{given, is_true, listed, text};

/// Seconds for which a decision holds where a mapping does not say.
const TTL: i64 = 300;

/// Where the token stands where nothing is said.
const IDENTITY_SOURCE: &str = "method.request.header.Authorization";

/// Who decides.
pub(super) struct Authorizer<'a> {
    who: Who<'a>,
    /// The settings, where it is a mapping.
    settings: Option<&'a Map>,
}

enum Who<'a> {
    /// IAM.
    Iam,
    /// An authorizer of the API that is there, of the type that is given.
    Existing(&'a Expr),
    /// A function or user pool by its ARN, under a name.
    Arn(String, &'a Expr),
    /// A function of the service.
    Function(&'a Function),
}

impl<'a> Authorizer<'a> {
    fn setting(&self, key: &str) -> Option<&'a Expr> {
        given(self.settings?, key)
    }

    /// Its type in capitals, where it is given.
    fn kind(&self) -> Option<String> {
        self.setting("type").and_then(Expr::as_str).map(str::to_uppercase)
    }

    /// The name its logical ids come from; none where none is made.
    fn name(&self) -> Option<&str> {
        match &self.who {
            Who::Iam | Who::Existing(_) => None,
            Who::Arn(name, _) => Some(name),
            Who::Function(function) => Some(&function.key),
        }
    }

    fn id(&self) -> Option<String> {
        self.name().map(|name| format!("{}ApiGatewayAuthorizer", normalized(name)))
    }

    fn is_user_pool(&self) -> bool {
        let by_arn = matches!(&self.who, Who::Arn(_, arn) if is_user_pool(arn));
        self.kind().as_deref() == Some("COGNITO_USER_POOLS") || by_arn
    }

    /// Seconds for which a decision holds; none where nothing says it.
    fn ttl(&self) -> Option<i64> {
        let settings = self.settings?;
        let given = settings.get("resultTtlInSeconds").and_then(text);
        Some(given.and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(TTL))
    }

    /// The claims of the token that the function is handed.
    pub(super) fn claims(&self) -> Vec<Expr> {
        let claims = self.setting("claims").map(listed);
        claims.as_ref().and_then(Expr::as_list).unwrap_or_default().to_vec()
    }

    /// The ARN that is called or asked, in parts.
    fn arn(&self) -> Vec<Expr> {
        match &self.who {
            Who::Arn(_, arn) => vec![(*arn).clone()],
            Who::Function(function) => gateway::target_parts(function),
            Who::Iam | Who::Existing(_) => Vec::new(),
        }
    }

    fn function(&self) -> Option<&'a Function> {
        match self.who {
            Who::Function(function) => Some(function),
            _ => None,
        }
    }

    /// What the method says of it, and what it waits for.
    pub(super) fn guard(&self, properties: &mut Map) -> Option<String> {
        let kind = self.setting("type");
        let scopes = self.setting("scopes").map(listed);
        let scopes = scopes.filter(|scopes| scopes.as_list().is_none_or(|list| !list.is_empty()));
        let (authorization, authorizer) = match &self.who {
            Who::Iam => ("AWS_IAM".into(), None),
            Who::Existing(id) => {
                let is_function = self.kind().is_some_and(|kind| kind == "TOKEN" || kind == "REQUEST");
                let kind = if is_function { Some("CUSTOM".into()) } else { kind.cloned() };
                (kind.unwrap_or_else(|| "CUSTOM".into()), Some((*id).clone()))
            }
            Who::Arn(..) | Who::Function(_) => {
                let kind = if self.is_user_pool() { "COGNITO_USER_POOLS" } else { "CUSTOM" };
                (kind.into(), self.id().map(Expr::reference))
            }
        };
        properties.insert("AuthorizationType", authorization);
        if let Some(authorizer) = authorizer {
            properties.insert("AuthorizerId", authorizer);
            if let Some(scopes) = scopes.filter(|_| self.is_user_pool()) {
                properties.insert("AuthorizationScopes", scopes);
            }
        }
        self.id()
    }
}

/// True for the ARN of a user pool, whatever the partition.
fn is_user_pool(arn: &Expr) -> bool {
    let parts = arn.as_str().and_then(|arn| arn.strip_prefix("arn:")).and_then(|rest| rest.split_once(':'));
    parts.is_some_and(|(partition, rest)| {
        partition.chars().all(|char| char.is_ascii_alphabetic() || char == '-')
            && rest.starts_with("cognito-idp")
    })
}

/// The name that an ARN brings: what stands behind the last dash of its last part.
fn name_of(arn: &str) -> String {
    let last = arn.rsplit(':').next().unwrap_or_default();
    last.rsplit('-').next().unwrap_or_default().to_owned()
}

/// Reads the `authorizer` of a route. None where it names nobody, which is reported.
pub(super) fn read<'a>(
    api: &Api<'a>,
    route: &Route<'a>,
    given_authorizer: &'a Expr,
    out: &mut Output<'_>,
) -> Option<Authorizer<'a>> {
    let settings = given_authorizer.as_map();
    let part = |key: &str| settings.and_then(|map| given(map, key));
    let kind = part("type").and_then(Expr::as_str).map(str::to_uppercase);
    let mut wrong = |code, message: String, label: &str, help: &str| {
        out.error(code, &route.event.origin, message, given_authorizer.span, label, help);
    };
    let (iam, arn, name) = match (given_authorizer.as_str(), settings) {
        (Some(text), _) if text.eq_ignore_ascii_case("aws_iam") => (true, None, None),
        (Some(text), _) if text.contains(':') => (false, Some(given_authorizer), None),
        (Some(text), _) => (false, None, Some(text)),
        (None, Some(_)) => {
            let existing = part("authorizerId").filter(|_| part("type").is_some());
            if let Some(id) = existing {
                return Some(Authorizer { who: Who::Existing(id), settings });
            }
            (kind.as_deref() == Some("AWS_IAM"), part("arn"), part("name").and_then(Expr::as_str))
        }
        (None, None) => (false, None, None),
    };
    let who = match (iam, arn, name) {
        (true, ..) => Who::Iam,
        (_, Some(arn), _) => {
            let name = name.map(str::to_owned).or_else(|| arn.as_str().map(name_of));
            let Some(name) = name else {
                let message = format!("the authorizer of {} has no name", title(route));
                let help = "add `name`, as the ARN is known when the stack is deployed, and gives none";
                wrong(codes::MISSING_PROPERTY, message, "`name` missing", help);
                return None;
            };
            Who::Arn(name, arn)
        }
        (_, None, Some(name)) => {
            let Some(function) = api.service.function_of(name) else {
                let message =
                    format!("{} is guarded by `{name}`, and the service has no such function", title(route));
                let keys = api.service.functions.iter().map(|function| &*function.key);
                let help = match nearest(name, keys) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "name a function under `functions`, or give the `arn` of one that is elsewhere"
                        .to_owned(),
                };
                wrong(codes::INVALID_VALUE, message, "no such function", &help);
                return None;
            };
            Who::Function(function)
        }
        (_, None, None) => {
            let message = format!("the authorizer of {} names nobody who decides", title(route));
            let help = "name a function, an `arn`, or `aws_iam`; an authorizer that is there needs its `type` beside `authorizerId`";
            wrong(codes::MISSING_PROPERTY, message, "neither a name nor an ARN", help);
            return None;
        }
    };
    let authorizer = Authorizer { who, settings };
    let is_filtered =
        !authorizer.claims().is_empty() && matches!(&authorizer.who, Who::Arn(_, arn) if is_user_pool(arn));
    if is_filtered && route.integration == Integration::AwsProxy {
        let message = format!("{} picks claims, and hands the request through as it is", title(route));
        let help = "take out `claims`, as the function gets all of them, or choose `integration: lambda`";
        wrong(codes::EXCLUSIVE_PROPERTIES, message, "claims cannot be picked", help);
        return None;
    }
    Some(authorizer)
}

/// Adds the authorizers.
pub(super) fn lower(api: &Api<'_>, routes: &[Route<'_>], out: &mut Output<'_>) {
    for route in routes {
        let Some(authorizer) = &route.authorizer else { continue };
        let (Some(id), Some(name)) = (authorizer.id(), authorizer.name()) else { continue };
        let mut properties = Map::from([("Name", Expr::from(name)), ("RestApiId", api.id())]);
        let ttl = authorizer.ttl();
        if let Some(ttl) = ttl {
            properties.insert("AuthorizerResultTtlInSeconds", ttl);
        }
        let kind = authorizer.kind();
        // A request whose decisions are not kept needs no source to keep them by.
        let needs_source = !(kind.as_deref() == Some("REQUEST") && ttl == Some(0));
        let source = authorizer.setting("identitySource").cloned();
        if let Some(source) = source.or_else(|| needs_source.then(|| IDENTITY_SOURCE.into())) {
            properties.insert("IdentitySource", source);
        }
        let expression = authorizer.settings.and_then(|map| map.get("identityValidationExpression"));
        if let Some(expression) = expression.filter(|expression| expression.as_str().is_some()) {
            properties.insert("IdentityValidationExpression", expression.clone());
        }
        if authorizer.is_user_pool() {
            properties.insert("Type", "COGNITO_USER_POOLS");
            properties.insert("ProviderARNs", authorizer.arn());
        } else {
            let uri = gateway::invocation(authorizer.arn(), gateway::INVOCATIONS);
            properties.insert("AuthorizerUri", uri);
            properties.insert("Type", kind.as_deref().unwrap_or("TOKEN"));
        }
        let resource = out.add(id, "AWS::ApiGateway::Authorizer", properties, &route.event.origin);
        if let Some(alias) = authorizer.function().and_then(Function::target_depends_on) {
            resource.attributes.insert("DependsOn", alias);
        }
    }
}

/// Lets the API call the function that decides, unless somebody else does.
pub(super) fn permit(api: &Api<'_>, route: &Route<'_>, out: &mut Output<'_>) {
    let Some(authorizer) = &route.authorizer else { return };
    let Some(name) = authorizer.name() else { return };
    let id = permission_id(name);
    let is_theirs = authorizer.settings.and_then(|map| map.get("managedExternally")).is_some_and(is_true);
    if authorizer.is_user_pool() || is_theirs || out.has(&id) {
        return;
    }
    let target = match &authorizer.who {
        Who::Function(function) => {
            function.alias().map_or_else(|| function.target(), |alias| Expr::reference(alias.id))
        }
        _ => authorizer.arn().swap_remove(0),
    };
    let properties = gateway::permission(target, Some(api.source_arn()));
    out.add(id, "AWS::Lambda::Permission", properties, &route.event.origin);
}
