//! One authorizer of a REST API: a Lambda function, a user pool, or IAM.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Map};

use super::deployment::python_text;
use super::py27::{Clock, Dict, Py, PyKind, Text};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::properties::{Property, Shape, check, warn_of_dropped_call};

const PROPERTIES: &[Property] = &[
    Property::pass("UserPoolArn"),
    Property::pass("FunctionArn"),
    Property::pass("Identity"),
    Property::pass("FunctionPayloadType"),
    Property::pass("FunctionInvokeRole"),
    Property::optional("AuthorizationScopes", Shape::List).literal(),
    Property::optional("DisableFunctionDefaultPermissions", Shape::Bool).literal(),
];

/// The parts of a request that an authorizer may look at, with their prefixes.
const SOURCES: [(&str, &str); 4] = [
    ("Headers", "method.request.header."),
    ("QueryStrings", "method.request.querystring."),
    ("StageVariables", "stageVariables."),
    ("Context", "context."),
];

/// What an authorizer asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Iam,
    UserPool,
    Function,
}

/// An authorizer as written.
#[derive(Debug, Clone)]
pub(super) struct Authorizer {
    kind: Kind,
    settings: Map,
}

impl Authorizer {
    /// IAM, which needs no settings.
    pub(super) fn iam() -> Self {
        Authorizer { kind: Kind::Iam, settings: Map::new() }
    }

    /// Reads an authorizer of an API.
    pub(super) fn read(ctx: &mut Expansion<'_>, name: &str, value: &Expr) -> Result<Self> {
        let path = format!("{}.Auth.Authorizers.{name}", ctx.current.path);
        let Some(settings) = value.as_map() else {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("the authorizer {name} is {}, and must be a mapping", value.kind_name()),
                )
                .at(value.span, "not a mapping")
                .path(path),
            ));
        };
        let mut known = settings.clone();
        known.retain(|key, _| PROPERTIES.iter().any(|p| p.is(key)));
        check(ctx, &known, PROPERTIES, &format!("the authorizer {name}"))?;
        let is_set = |key: &str| settings.get(key).is_some_and(Expr::is_truthy);
        let kind = if is_set("UserPoolArn") { Kind::UserPool } else { Kind::Function };
        let authorizer = Authorizer { kind, settings: settings.clone() };
        authorizer.check_payload_type(ctx, name, value, &path)?;
        authorizer.check_identity(ctx, name, &path)?;
        Ok(authorizer)
    }

    fn get(&self, name: &str) -> Option<&Expr> {
        self.settings.get(name).filter(|v| v.is_truthy())
    }

    fn identity(&self) -> Option<&Map> {
        self.get("Identity")?.as_map()
    }

    /// The scopes that are asked for where a method names none.
    pub(super) fn scopes(&self) -> Option<&Expr> {
        self.settings.get("AuthorizationScopes").filter(|s| !s.is_null())
    }

    /// The function that needs a permission to be asked.
    pub(super) fn function_to_permit(&self) -> Option<&Expr> {
        self.get("FunctionArn").filter(|_| self.get("DisableFunctionDefaultPermissions").is_none())
    }

    fn asks_with_request(&self) -> bool {
        self.get("FunctionPayloadType").and_then(Expr::as_str) == Some("REQUEST")
    }

    fn check_payload_type(&self, ctx: &mut Expansion<'_>, name: &str, whole: &Expr, path: &str) -> Result {
        let given = self.settings.get("FunctionPayloadType").filter(|t| !t.is_null());
        let known = given.is_none_or(|t| matches!(t.as_str(), Some("TOKEN" | "REQUEST")));
        if !known {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    format!("FunctionPayloadType of the authorizer {name} must be TOKEN or REQUEST"),
                )
                .at(given.and_then(|g| g.span).or(whole.span), "neither of the two")
                .path(format!("{path}.FunctionPayloadType")),
            ));
        }
        let identity = self.get("Identity");
        if self.asks_with_request() && self.lacks_sources() {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::MISSING_PROPERTY,
                    format!(
                        "the authorizer {name} looks at requests: its Identity needs Headers, QueryStrings, \
                         StageVariables or Context"
                    ),
                )
                .at(identity.and_then(|i| i.span).or(whole.span), "names no part of the request")
                .path(format!("{path}.Identity")),
            ));
        }
        Ok(())
    }

    /// True where a cached answer would have nothing to be told by.
    fn lacks_sources(&self) -> bool {
        let Some(identity) = self.identity() else { return true };
        let missing = SOURCES.iter().all(|(name, _)| !identity.get(name).is_some_and(Expr::is_truthy));
        let ttl = identity.get("ReauthorizeEvery").filter(|t| !t.is_null());
        let is_off = ttl.and_then(|t| python_text(t).trim().parse::<i64>().ok()).is_some_and(|t| t <= 0);
        missing && !is_off
    }

    fn check_identity(&self, ctx: &mut Expansion<'_>, name: &str, path: &str) -> Result {
        let path = format!("{path}.Identity");
        let Some(given) = self.get("Identity") else { return Ok(()) };
        if given.is_call() {
            // The transform looks for its own names in the call, and finds none of them.
            warn_of_dropped_call(ctx, given, &format!("Identity of the authorizer {name}"), path);
            return Ok(());
        }
        let Some(identity) = given.as_map() else {
            return Err(ctx.report(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("Identity of the authorizer {name} must be a mapping"),
                )
                .at(given.span, "not a mapping")
                .path(path),
            ));
        };
        if !self.asks_with_request() {
            return Ok(());
        }
        for (part, _) in SOURCES {
            let Some(list) = identity.get(part).filter(|l| l.is_truthy()) else { continue };
            let items = list.as_list();
            let bad = items.map_or(Some(list), |i| i.iter().find(|e| e.as_str().is_none()));
            if let Some(bad) = bad {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::WRONG_TYPE,
                        format!("{part} in Identity of the authorizer {name} must be a list of names"),
                    )
                    .at(bad.span.or(list.span), "not so")
                    .path(format!("{path}.{part}")),
                ));
            }
        }
        Ok(())
    }

    /// The security definition.
    pub(super) fn definition(&self, ctx: &Expansion<'_>, clock: Clock) -> Dict {
        let mut made = Dict::new(clock);
        made.insert("type", "apiKey", clock);
        let is_request = self.kind == Kind::Function && self.asks_with_request();
        let header = self.identity().and_then(|i| i.get("Header")).filter(|h| h.is_truthy());
        let name = match (is_request, header) {
            (true, _) => Py::from("Unused"),
            (false, Some(header)) => Py::written(header, clock),
            (false, None) => Py::from("Authorization"),
        };
        made.insert("name", name, clock);
        made.insert("in", "header", clock);
        let kind = match self.kind {
            Kind::Iam => "awsSigv4",
            Kind::UserPool => "cognito_user_pools",
            Kind::Function => "custom",
        };
        made.insert("x-amazon-apigateway-authtype", kind, clock);
        let mut authorizer = match self.kind {
            Kind::Iam => return made,
            Kind::UserPool => {
                let mut authorizer = Dict::new(clock);
                authorizer.insert("type", "cognito_user_pools", clock);
                let pools = self.get("UserPoolArn").map(|p| Py::written(p, clock));
                let pools = match pools {
                    Some(Py { kind: PyKind::List(list), .. }) => list,
                    other => other.into_iter().collect(),
                };
                authorizer.insert("providerARNs", pools, clock);
                authorizer
            }
            Kind::Function => self.function(ctx, is_request, clock),
        };
        if !is_request
            && let Some(expression) =
                self.identity().and_then(|i| i.get("ValidationExpression")).filter(|e| e.is_truthy())
        {
            authorizer.insert("identityValidationExpression", Py::written(expression, clock), clock);
        }
        made.insert("x-amazon-apigateway-authorizer", authorizer, clock);
        made
    }

    fn function(&self, ctx: &Expansion<'_>, is_request: bool, clock: Clock) -> Dict {
        let mut authorizer =
            Dict::of(clock, [("type", Py::from(if is_request { "request" } else { "token" }))]);
        let partition = ctx.options.partition();
        let uri = format!(
            "arn:{partition}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{__FunctionArn__}}/invocations"
        );
        let function =
            self.settings.get("FunctionArn").map_or_else(|| PyKind::None.into(), |f| Py::written(f, clock));
        let variables = Py::map_of("__FunctionArn__", function);
        authorizer.insert("authorizerUri", Py::map_of("Fn::Sub", vec![Py::from(uri), variables]), clock);
        if let Some(ttl) = self.identity().and_then(|i| i.get("ReauthorizeEvery")).filter(|t| !t.is_null()) {
            authorizer.insert("authorizerResultTtlInSeconds", Py::written(ttl, clock), clock);
        }
        if let Some(role) = self.get("FunctionInvokeRole").filter(|r| r.as_str() != Some("NONE")) {
            authorizer.insert("authorizerCredentials", Py::written(role, clock), clock);
        }
        let sources = self.identity_source();
        if is_request && !sources.is_empty() {
            authorizer.insert("identitySource", Text::unicode(sources.join(", ")), clock);
        }
        authorizer
    }

    fn identity_source(&self) -> Vec<String> {
        let Some(identity) = self.identity() else { return Vec::new() };
        SOURCES
            .iter()
            .flat_map(|(name, prefix)| {
                let names = identity.get(name).and_then(Expr::as_list).unwrap_or_default();
                names.iter().filter_map(Expr::as_str).map(move |n| format!("{prefix}{n}"))
            })
            .collect()
    }
}
