//! The rule of a listener: which requests it takes, who has to sign in, and that they go to the function.

use samc_base::{codes, nearest};
use samc_ir::{Entry, Expr, Map};

use super::Alb;
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::Service;
use crate::serverless::value::{given, set};

/// What an authorizer of Cognito says, and the property it becomes.
const COGNITO: [(&str, &str); 3] = [
    ("userPoolArn", "UserPoolArn"),
    ("userPoolClientId", "UserPoolClientId"),
    ("userPoolDomain", "UserPoolDomain"),
];

/// The same of an identity provider of OpenID Connect.
const OIDC: [(&str, &str); 5] = [
    ("authorizationEndpoint", "AuthorizationEndpoint"),
    ("clientId", "ClientId"),
    ("issuer", "Issuer"),
    ("tokenEndpoint", "TokenEndpoint"),
    ("userInfoEndpoint", "UserInfoEndpoint"),
];

/// What both say.
const BOTH: [(&str, &str); 4] = [
    ("requestExtraParams", "AuthenticationRequestExtraParams"),
    ("scope", "Scope"),
    ("sessionCookieName", "SessionCookieName"),
    ("sessionTimeout", "SessionTimeout"),
];

/// Adds the rule of an event.
pub(super) fn lower(service: &Service, alb: &Alb<'_>, out: &mut Output<'_>) {
    let mut actions = authenticate(service, alb, out);
    let mut forward =
        Map::from([("Type", Expr::from("forward")), ("TargetGroupArn", Expr::reference(alb.target_group()))]);
    if !actions.is_empty() {
        forward.insert("Order", actions.len() + 1);
    }
    actions.push(forward.into());
    let properties = Map::from([
        ("Actions", Expr::from(actions)),
        ("Conditions", conditions(alb).into()),
        ("ListenerArn", alb.settings.get("listenerArn").cloned().unwrap_or_else(Expr::null)),
        ("Priority", alb.priority()),
    ]);
    let number = crate::serverless::value::text(&alb.priority()).unwrap_or_default();
    let id = format!("{}AlbListenerRule{number}", normalized(&alb.function.key));
    out.add(id, "AWS::ElasticLoadBalancingV2::ListenerRule", properties, &alb.event.origin);
}

/// The actions that have requests sign in, in the order of the authorizers.
fn authenticate(service: &Service, alb: &Alb<'_>, out: &mut Output<'_>) -> Vec<Expr> {
    let Some(given_names) = given(alb.settings, "authorizer") else { return Vec::new() };
    let known = service.provider_at(&["alb", "authorizers"]).and_then(Expr::as_map);
    let names = given_names.as_list().map_or_else(|| vec![given_names.clone()], <[Expr]>::to_vec);
    let mut actions = Vec::new();
    for name in &names {
        let text = name.as_str().unwrap_or_default();
        let Some(settings) = known.and_then(|known| known.get(text)).and_then(Expr::as_map) else {
            let near = nearest(text, known.iter().flat_map(|known| known.keys().map(|key| &**key)));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "authorizers stand under `provider.alb.authorizers`".to_owned(),
            };
            let message = format!(
                "an alb event of {} names the authorizer `{text}`, which is not there",
                alb.function.key
            );
            out.error(codes::INVALID_VALUE, &alb.event.origin, message, name.span, "not there", &help);
            continue;
        };
        actions.push(action(settings, actions.len() + 1));
    }
    actions
}

fn action(settings: &Map, order: usize) -> Expr {
    let is_cognito = settings.get("type").and_then(Expr::as_str) == Some("cognito");
    let mut config = Map::new();
    let own: &[(&str, &str)] = if is_cognito { &COGNITO } else { &OIDC };
    for (key, property) in own.iter().chain(&BOTH) {
        set(&mut config, property, settings.get(key));
    }
    let unknown = given(settings, "onUnauthenticatedRequest").cloned().unwrap_or_else(|| "deny".into());
    config.insert("OnUnauthenticatedRequest", unknown);
    if !is_cognito {
        match given(settings, "clientSecret") {
            Some(secret) => config.insert("ClientSecret", secret.clone()),
            None => config.insert("UseExistingClientSecret", true),
        };
    }
    let (kind, name) = if is_cognito {
        ("authenticate-cognito", "AuthenticateCognitoConfig")
    } else {
        ("authenticate-oidc", "AuthenticateOidcConfig")
    };
    Expr::from([("Type", Expr::from(kind)), ("Order", order.into()), (name, config.into())])
}

/// The conditions, each kind in the form that listeners take.
fn conditions(alb: &Alb<'_>) -> Vec<Expr> {
    let Some(given_conditions) = alb.settings.get("conditions").and_then(Expr::as_map) else {
        return Vec::new();
    };
    let list =
        |value: &Expr| if value.as_list().is_some() { value.clone() } else { vec![value.clone()].into() };
    let values = |key: &str| given(given_conditions, key).map(list);
    let field = |name: &str, config: &str, content: Expr| {
        Expr::from([("Field", Expr::from(name)), (config, content)])
    };
    let of_values = |values: Expr| Expr::from([("Values", values)]);
    let mut conditions = Vec::new();
    conditions.extend(values("path").map(|paths| field("path-pattern", "Values", paths)));
    conditions.extend(values("host").map(|hosts| field("host-header", "HostHeaderConfig", of_values(hosts))));
    conditions.extend(
        values("method").map(|m| field("http-request-method", "HttpRequestMethodConfig", of_values(m))),
    );
    for header in values("header").iter().filter_map(Expr::as_list).flatten().filter_map(Expr::as_map) {
        let mut config = Map::new();
        set(&mut config, "HttpHeaderName", header.get("name"));
        set(&mut config, "Values", header.get("values"));
        conditions.push(field("http-header", "HttpHeaderConfig", config.into()));
    }
    if let Some(query) = given(given_conditions, "query").and_then(Expr::as_map) {
        let pair =
            |entry: &Entry| Expr::from([("Key", Expr::from(&entry.key)), ("Value", entry.value.clone())]);
        let pairs: Vec<Expr> = query.entries().iter().map(pair).collect();
        conditions.push(field("query-string", "QueryStringConfig", of_values(pairs.into())));
    }
    conditions.extend(values("ip").map(|ips| field("source-ip", "SourceIpConfig", of_values(ips))));
    conditions
}
