//! `Auth` of WebSocket APIs: who may connect.

use samc_base::{Diagnostic, LogicalId, Span, codes, nearest};
use samc_ir::{Expr, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::Generated;

/// How `$connect` is authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    None,
    Iam,
    Custom,
}

impl Kind {
    const ALL: [(&str, Kind); 3] = [("NONE", Kind::None), ("AWS_IAM", Kind::Iam), ("CUSTOM", Kind::Custom)];

    /// Its name, which is also CloudFormation's.
    pub(super) fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// The authorization of an API's connections.
#[derive(Debug, Clone)]
pub(super) struct Auth {
    /// How.
    pub(super) kind: Kind,
    settings: Map,
}

impl Auth {
    /// Reads and checks `Auth`; none where there is nothing in it.
    pub(super) fn read(
        ctx: &mut Expansion<'_>,
        id: &LogicalId,
        properties: &Map,
        routes: &Map,
    ) -> Result<Option<Auth>> {
        let Some(written) = properties.get("Auth").map(|auth| ctx.resolve(auth)) else { return Ok(None) };
        if !written.is_truthy() {
            return Ok(None);
        }
        let key = properties.key_span("Auth");
        let fail = |ctx: &mut Expansion<'_>, code, message: String, at: Option<Span>, label: &str| {
            let path = format!("{}.Properties.Auth", ctx.current.path);
            Err(ctx.report(Diagnostic::error(code, message).at(at.or(key), label).path(path)))
        };
        // Who may connect must be known when the API is expanded. To pass over a call would leave the
        // API open that its author meant to guard.
        let Some(settings) = written.as_map() else {
            let what = if written.is_call() { "an intrinsic function" } else { written.kind_name() };
            let message = format!("Auth of {id} is {what}, and must be a mapping written out");
            let at = properties.get("Auth").and_then(|auth| auth.span);
            return fail(ctx, codes::WRONG_TYPE, message, at, "does not say who may connect");
        };
        if !routes.contains_key("$connect") {
            let message = format!("{id} has Auth and no route $connect, the only one that is authorized");
            return fail(ctx, codes::MISSING_PROPERTY, message, key, "has nothing to guard");
        }
        let Some(given) = settings.get("AuthType").filter(|kind| kind.is_truthy()) else {
            let message = format!("Auth of {id} does not say its AuthType");
            return fail(
                ctx,
                codes::MISSING_PROPERTY,
                message,
                key,
                "AuthType is missing: CUSTOM, AWS_IAM or NONE",
            );
        };
        let known = given.as_str().and_then(|text| Kind::ALL.iter().find(|(name, _)| *name == text));
        let Some((_, kind)) = known else {
            let shown =
                given.as_str().map_or_else(|| given.kind_name().to_owned(), |text| format!("`{text}`"));
            let message = format!("AuthType of {id} is {shown}, and must be CUSTOM, AWS_IAM or NONE");
            let near = given.as_str().and_then(|text| nearest(text, Kind::ALL.iter().map(|(name, _)| *name)));
            let label =
                near.map_or_else(|| "none of the three".to_owned(), |n| format!("did you mean `{n}`?"));
            return fail(ctx, codes::INVALID_VALUE, message, given.span, &label);
        };
        if *kind == Kind::Custom {
            if !settings.get("AuthArn").is_some_and(Expr::is_truthy) {
                let message = format!("Auth of {id} is CUSTOM and names no function: AuthArn is missing");
                return fail(ctx, codes::MISSING_PROPERTY, message, given.span, "needs AuthArn");
            }
        } else if let Some(other) = settings.entries().iter().find(|e| &*e.key != "AuthType") {
            let message = format!("Auth of {id} is {}, which takes no `{}`", kind.name(), other.key);
            return fail(ctx, codes::EXCLUSIVE_PROPERTIES, message, other.key_span, "only for CUSTOM");
        }
        Ok(Some(Auth { kind: *kind, settings: settings.clone() }))
    }

    /// The logical id of the authorizer.
    pub(super) fn authorizer_id(id: &LogicalId) -> String {
        format!("{id}ConnectAuthorizer")
    }

    /// The authorizer and its permission to call the function, where there is one.
    pub(super) fn generate(&self, ctx: &Expansion<'_>, id: &LogicalId) -> Vec<Generated> {
        if self.kind != Kind::Custom {
            return Vec::new();
        }
        let get = |name: &str| self.settings.get(name).filter(|v| !v.is_null()).cloned();
        let arn = get("AuthArn").unwrap_or_else(Expr::null);
        let authorizer_id = Auth::authorizer_id(id);
        let mut made = Map::from([("ApiId", Expr::reference(id))]);
        if let Some(role) = get("InvokeRole") {
            made.insert("AuthorizerCredentialsArn", role);
        }
        made.insert("AuthorizerType", "REQUEST");
        let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${AuthArn}/invocations";
        made.insert("AuthorizerUri", Expr::sub_with(uri, Map::from([("AuthArn", arn.clone())])));
        if let Some(source) = get("IdentitySource") {
            made.insert("IdentitySource", source);
        }
        let name = get("Name").filter(Expr::is_truthy).unwrap_or_else(|| authorizer_id.as_str().into());
        made.insert("Name", name);
        let authorizer =
            Generated::new(authorizer_id, "AWS::ApiGatewayV2::Authorizer", made, ctx.current.clone());
        // With a role of its own API Gateway needs no permission on the function.
        if get("InvokeRole").is_some_and(|role| role.is_truthy()) {
            return vec![authorizer];
        }
        let source =
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let permission = Map::from([
            ("Action", Expr::from("lambda:InvokeFunction")),
            ("FunctionName", arn),
            ("Principal", Expr::from("apigateway.amazonaws.com")),
            ("SourceArn", Expr::sub_with(source, Map::from([("__ApiId__", Expr::reference(id))]))),
        ]);
        let permission_id = format!("{id}AuthorizerPermission");
        let permission =
            Generated::new(permission_id, "AWS::Lambda::Permission", permission, ctx.current.clone());
        vec![authorizer, permission]
    }
}
