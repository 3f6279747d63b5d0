//! Who may call routes: authorizers of `provider.httpApi.authorizers`, and what a route says of them.

use samc_base::{codes, nearest};
use samc_ir::{Entry, Expr, Map, Origin};

use super::Api;
use super::cors::once;
use crate::serverless::events::gateway;
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::{given, is_true, set};

/// The authorizers of the API.
pub(super) struct Authorizers<'a> {
    /// What they are called, those with a fault included.
    names: Vec<&'a str>,
    /// Those that can be made.
    sound: Vec<Authorizer<'a>>,
}

struct Authorizer<'a> {
    /// What routes call it.
    key: &'a str,
    settings: &'a Map,
    origin: Origin,
    /// The function of the service that decides, and what is called in any case.
    function: Option<(&'a Function, Expr)>,
}

impl Authorizer<'_> {
    /// Its name, which its logical id comes from.
    fn name(&self) -> &str {
        given(self.settings, "name").and_then(Expr::as_str).unwrap_or(self.key)
    }

    fn id(&self) -> String {
        format!("HttpApiAuthorizer{}", normalized(self.name()))
    }

    fn is_request(&self) -> bool {
        self.settings.get("type").and_then(Expr::as_str) == Some("request")
    }
}

impl<'a> Authorizers<'a> {
    /// Reads the authorizers. What is wrong is reported and left out.
    pub(super) fn read(api: &Api<'a>, out: &mut Output<'_>) -> Authorizers<'a> {
        let section = given(api.settings, "authorizers").and_then(Expr::as_map);
        // On an API of another stack they are reported as a whole.
        let section = section.filter(|_| api.external().is_none());
        let entries = || section.iter().flat_map(|map| map.entries());
        Authorizers {
            names: entries().map(|entry| &*entry.key).collect(),
            sound: entries().filter_map(|entry| one(api, entry, out)).collect(),
        }
    }

    /// Adds the authorizers, and lets the API call those that are functions.
    pub(super) fn lower(&self, api: &Api<'_>, out: &mut Output<'_>) {
        for authorizer in &self.sound {
            let settings = authorizer.settings;
            let sources = match given(settings, "identitySource") {
                Some(source) if source.as_list().is_some() => source.clone(),
                Some(source) => vec![source.clone()].into(),
                None => Vec::<Expr>::new().into(),
            };
            let name = Expr::from(authorizer.name());
            let mut properties =
                Map::from([("ApiId", api.id()), ("Name", name), ("IdentitySource", sources)]);
            let alias = authorizer.function.as_ref().and_then(|(function, _)| function.target_depends_on());
            if authorizer.is_request() {
                request(authorizer, &mut properties);
                if given(settings, "managedExternally").is_none() {
                    permit(api, authorizer, out);
                }
            } else {
                let audience = settings.get("audience").map_or_else(|| Vec::<Expr>::new().into(), once);
                let mut jwt = Map::from([("Audience", audience)]);
                set(&mut jwt, "Issuer", settings.get("issuerUrl"));
                properties.insert("AuthorizerType", "JWT");
                properties.insert("JwtConfiguration", jwt);
            }
            let resource =
                out.add(authorizer.id(), "AWS::ApiGatewayV2::Authorizer", properties, &authorizer.origin);
            if let Some(alias) = alias.filter(|_| authorizer.is_request()) {
                resource.attributes.insert("DependsOn", alias);
            }
        }
    }

    /// What guards a route, as properties of it. None where what it names is not there, which is reported.
    pub(super) fn guard(
        &self,
        api: &Api<'_>,
        function: &Function,
        event: &Event,
        given_guard: &Expr,
        out: &mut Output<'_>,
    ) -> Option<Map> {
        let empty = Map::new();
        let settings = given_guard.as_map().unwrap_or(&empty);
        let part = |key: &str| settings.get(key).filter(|value| is_true(value));
        let name = given_guard.as_str().or_else(|| part("name").and_then(Expr::as_str));
        let kind = part("type").and_then(Expr::as_str);
        let mut wrong = |message: String, label: &str, help: &str| {
            out.error(codes::INVALID_VALUE, &event.origin, message, given_guard.span, label, help);
        };
        let key = &function.key;
        let mut properties = Map::new();
        if kind == Some("aws_iam") {
            if name.is_some() || part("id").is_some() || part("scopes").is_some() {
                let message = format!("a route of {key} is guarded by IAM, which takes no other settings");
                wrong(message, "more than `type`", "take out name, id and scopes beside `type: aws_iam`");
                return None;
            }
            properties.insert("AuthorizationType", "AWS_IAM");
            return Some(properties);
        }
        let of_kind = |is_request: bool| if is_request { "CUSTOM" } else { "JWT" };
        match (part("id"), name) {
            (Some(_), _) if api.external().is_none() => {
                let message =
                    format!("a route of {key} names an authorizer by its id, and the API is of this service");
                wrong(
                    message,
                    "of another API",
                    "name one of `provider.httpApi.authorizers`, or give `provider.httpApi.id`",
                );
                return None;
            }
            (Some(id), _) => {
                properties.insert("AuthorizationType", of_kind(kind == Some("request")));
                properties.insert("AuthorizerId", id.clone());
            }
            (None, Some(name)) => {
                let Some(authorizer) = self.sound.iter().find(|authorizer| authorizer.key == name) else {
                    if self.names.contains(&name) {
                        return None;
                    }
                    let near = nearest(name, self.names.iter().copied());
                    let help = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "authorizers stand under `provider.httpApi.authorizers`".to_owned(),
                    };
                    wrong(
                        format!("a route of {key} names the authorizer `{name}`, which is not there"),
                        "not there",
                        &help,
                    );
                    return None;
                };
                properties.insert("AuthorizationType", of_kind(authorizer.is_request()));
                properties.insert("AuthorizerId", Expr::reference(authorizer.id()));
            }
            (None, None) => {
                let message = format!("the authorizer of a route of {key} has neither a name nor an id");
                wrong(message, "not said which", "name one of `provider.httpApi.authorizers`");
                return None;
            }
        }
        if let Some(scopes) = part("scopes") {
            properties.insert("AuthorizationScopes", once(scopes));
        }
        Some(properties)
    }
}

fn one<'a>(api: &Api<'a>, entry: &'a Entry, out: &mut Output<'_>) -> Option<Authorizer<'a>> {
    let path = format!("provider.httpApi.authorizers.{}", entry.key);
    let origin = Origin { key_span: entry.key_span, span: entry.key_span, path, ..Origin::default() };
    let key = &*entry.key;
    let Some(settings) = entry.value.as_map() else {
        let message = format!("the authorizer {key} is {}, and must be a mapping", entry.value.kind_name());
        out.error(
            codes::WRONG_TYPE,
            &origin,
            message,
            entry.value.span,
            "not a mapping",
            "give at least `type`",
        );
        return None;
    };
    let mut authorizer = Authorizer { key, settings, origin, function: None };
    if !authorizer.is_request() {
        return Some(authorizer);
    }
    let origin = &authorizer.origin;
    let mut wrong = |message: String, span, help: &str| {
        out.error(codes::INVALID_VALUE, origin, message, span, "", help);
    };
    let name = given(settings, "functionName");
    match (name, given(settings, "functionArn")) {
        (Some(name), Some(_)) => {
            let message =
                format!("the authorizer {key} has a functionName and a functionArn, and calls one of them");
            wrong(message, name.span, "take out one of the two");
            return None;
        }
        (None, None) => {
            let message = format!("the authorizer {key} names no function to ask");
            wrong(
                message,
                entry.key_span,
                "add `functionName: KEY` for a function of this file, or `functionArn`",
            );
            return None;
        }
        (Some(name), None) => {
            let text = name.as_str().unwrap_or_default();
            let Some(function) = api.service.function_of(text) else {
                let near = nearest(text, api.service.functions.iter().map(|function| &*function.key));
                let help = near.map_or_else(
                    || "name a function of this file".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                wrong(
                    format!("the authorizer {key} asks the function `{text}`, which is not there"),
                    name.span,
                    &help,
                );
                return None;
            };
            authorizer.function = Some((function, function.target()));
        }
        (None, Some(_)) => {}
    }
    let ttl = given(settings, "resultTtlInSeconds");
    if let Some(ttl) = ttl.filter(|_| given(settings, "identitySource").is_none()) {
        let message =
            format!("the authorizer {key} keeps its answers for some time, and does not say for whom");
        wrong(message, ttl.span, "add `identitySource`, such as `$request.header.Authorization`");
        return None;
    }
    Some(authorizer)
}

/// What is called: the function of the service, or the one of the ARN.
fn callee(authorizer: &Authorizer<'_>) -> Expr {
    match &authorizer.function {
        Some((_, target)) => target.clone(),
        None => authorizer.settings.get("functionArn").cloned().unwrap_or_else(Expr::null),
    }
}

/// The properties of an authorizer that is a function.
fn request(authorizer: &Authorizer<'_>, properties: &mut Map) {
    let settings = authorizer.settings;
    properties.insert("AuthorizerType", "REQUEST");
    set(properties, "EnableSimpleResponses", settings.get("enableSimpleResponses"));
    set(properties, "AuthorizerResultTtlInSeconds", settings.get("resultTtlInSeconds"));
    let version = given(settings, "payloadVersion").cloned().unwrap_or_else(|| "2.0".into());
    properties.insert("AuthorizerPayloadFormatVersion", version);
    let uri = gateway::invocation(vec![callee(authorizer)], gateway::INVOCATIONS);
    properties.insert("AuthorizerUri", uri);
}

/// Lets the API call the function of an authorizer.
fn permit(api: &Api<'_>, authorizer: &Authorizer<'_>, out: &mut Output<'_>) {
    let properties = gateway::permission(callee(authorizer), Some(api.source_arn()));
    let id = format!("{}LambdaAuthorizerPermissionHttpApi", normalized(authorizer.name()));
    let resource = out.add(id, "AWS::Lambda::Permission", properties, &authorizer.origin);
    if let Some(alias) = authorizer.function.as_ref().and_then(|(function, _)| function.target_depends_on()) {
        resource.attributes.insert("DependsOn", alias);
    }
}
