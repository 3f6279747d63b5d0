//! `userpools`: a pool of users with its programs, groups and functions that take part.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{
    Attribute, AuthFlow, Component as _, IdentityProvider, Kind, Mfa, Password, ProviderType, Reference,
    SignIn, Trigger, UserMoment, Userpool, UserpoolClient, Verified,
};
use samc_syntax::Spanned;

use super::index;
use super::lower::{Lower, Owner};
use super::names::{Component, upper_camel};
use super::trigger::Target;

/// The scopes of a program with sign-in pages that names none.
const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// Lowers one pool.
pub(super) fn lower(ctx: &mut Lower<'_>, name: &str, span: Option<Span>, pool: &Userpool) {
    let owner = ctx.owner("userpools", name, span, pool.common());
    let Some(id) = ctx.components.get(name).map(|c| c.id.clone()) else { return };
    let given = match &pool.name {
        Some(given) => ctx.text(&owner, "name", given),
        None => Expr::from(format!("{}-{}-{name}", ctx.name, ctx.stage)),
    };
    let mut properties = Map::from([("UserPoolName", given)]);
    sign_in(pool, &mut properties);
    mfa(pool, &mut properties);
    let policy = password(ctx, &owner, pool.password.as_ref());
    properties.insert("Policies", Map::from([("PasswordPolicy", policy)]));
    let only_admins = pool.self_signup.as_ref().is_some_and(|s| !s.value);
    let only_admins = Expr::from(only_admins).with_span(pool.self_signup.as_ref().and_then(|s| s.span));
    properties.insert("AdminCreateUserConfig", Map::from([("AllowAdminCreateUserOnly", only_admins)]));
    if let Some(attributes) = &pool.attributes {
        let schema = attributes.iter().map(|(name, kind)| {
            let word = match kind.value {
                Attribute::String => "String",
                Attribute::Number => "Number",
                Attribute::Boolean => "Boolean",
                Attribute::Date => "DateTime",
            };
            Expr::from([
                ("Name", Expr::from(name.as_str())),
                ("AttributeDataType", Expr::from(word).with_span(kind.span)),
                ("Mutable", Expr::from(true)),
            ])
        });
        properties.insert("Schema", schema.collect::<Vec<_>>());
    }
    if owner.protect {
        properties.insert("DeletionProtection", "ACTIVE");
    }
    let functions = functions(ctx, &owner, name, &id);
    if !functions.is_empty() {
        properties.insert("LambdaConfig", functions);
    }
    ctx.add_main(&id, "AWS::Cognito::UserPool", properties, &owner);
    let mut providers = Vec::new();
    for (key, provider) in pool.providers.iter().flat_map(|p| &p.0) {
        providers.push(self::provider(ctx, &owner, &id, key.name().as_str(), provider));
    }
    for (key, client) in pool.clients.iter().flat_map(|c| &c.0) {
        self::client(ctx, &owner, (name, &id), key.name().as_str(), client, &providers);
    }
    for (group, text) in pool.groups.iter().flatten() {
        let made = ctx.fresh_id(&format!("{id}{}Group", upper_camel(group)), "2");
        let mut properties =
            Map::from([("UserPoolId", Expr::reference(&id)), ("GroupName", group.as_str().into())]);
        let text = ctx.text(&owner, "groups", text);
        properties.insert("Description", text);
        ctx.add(&made, "AWS::Cognito::UserPoolGroup", properties, &owner);
    }
    if let Some(domain) = &pool.domain {
        let value = ctx.text(&owner, "domain", domain);
        let made = index::derived(ctx, &id, "Domain");
        let properties = Map::from([("UserPoolId", Expr::reference(&id)), ("Domain", value)]);
        ctx.add(&made, "AWS::Cognito::UserPoolDomain", properties, &owner);
    }
}

fn sign_in(pool: &Userpool, properties: &mut Map) {
    let ways: Vec<(SignIn, Option<Span>)> = match &pool.sign_in {
        Some(ways) => ways.iter().map(|w| (w.value, w.span)).collect(),
        None => vec![(SignIn::Email, None)],
    };
    let attribute = |(way, span): &(SignIn, Option<Span>)| {
        let word = match way {
            SignIn::Email => "email",
            SignIn::Phone => "phone_number",
            SignIn::Username => return None,
        };
        Some(Expr::from(word).with_span(*span))
    };
    let attributes: Vec<Expr> = ways.iter().filter_map(attribute).collect();
    // With a name of their own, the address is another name for them; else it is their name.
    let has_names = ways.iter().any(|(way, _)| *way == SignIn::Username);
    if !attributes.is_empty() {
        properties
            .insert(if has_names { "AliasAttributes" } else { "UsernameAttributes" }, attributes.clone());
    }
    let verified: Vec<Expr> = match &pool.verify {
        Some(verify) => verify
            .iter()
            .map(|v| {
                let word = if v.value == Verified::Email { "email" } else { "phone_number" };
                Expr::from(word).with_span(v.span)
            })
            .collect(),
        None => attributes,
    };
    if !verified.is_empty() {
        properties.insert("AutoVerifiedAttributes", verified);
    }
    properties.insert("UsernameConfiguration", Map::from([("CaseSensitive", false)]));
}

fn mfa(pool: &Userpool, properties: &mut Map) {
    let mfa = pool.mfa.as_ref();
    let word = match mfa.map(|m| m.value) {
        Some(Mfa::Optional) => "OPTIONAL",
        Some(Mfa::Required) => "ON",
        Some(Mfa::None) | None => return,
    };
    properties.insert("MfaConfiguration", Expr::from(word).with_span(mfa.and_then(|m| m.span)));
    properties.insert("EnabledMfas", vec![Expr::from("SOFTWARE_TOKEN_MFA")]);
}

fn password(ctx: &mut Lower<'_>, owner: &Owner, password: Option<&Password>) -> Map {
    let nothing = Password::default();
    let given = password.unwrap_or(&nothing);
    let least = match &given.min {
        Some(min) => ctx.number(owner, "password.min", min, 6, 99),
        None => 12.into(),
    };
    let mut policy = Map::from([("MinimumLength", least)]);
    for (key, value, default) in [
        ("RequireLowercase", &given.lowercase, true),
        ("RequireUppercase", &given.uppercase, true),
        ("RequireNumbers", &given.numbers, true),
        ("RequireSymbols", &given.symbols, false),
    ] {
        let span = value.as_ref().and_then(|v| v.span);
        policy.insert(key, Expr::from(value.as_ref().map_or(default, |v| v.value)).with_span(span));
    }
    if let Some(temporary) = &given.temporary {
        let days = ctx.seconds(owner, "password.temporary", temporary, "1d", "365d") / 86_400;
        policy.insert("TemporaryPasswordValidityDays", Expr::new(ExprKind::Int(days.into()), temporary.span));
    }
    policy
}

/// The functions that take part in the lives of users, each with the right to be called by the pool.
fn functions(ctx: &mut Lower<'_>, owner: &Owner, name: &str, id: &LogicalId) -> Map {
    let mut config = Map::new();
    for (moment, function, span) in ctx.listeners.users.get(name).cloned().unwrap_or_default() {
        let Some(arn) = ctx.components.get(&function).and_then(|c| c.attribute("arn")) else { continue };
        let key = match moment {
            UserMoment::PreSignup => "PreSignUp",
            UserMoment::PostConfirm => "PostConfirmation",
            UserMoment::PreAuth => "PreAuthentication",
            UserMoment::PostAuth => "PostAuthentication",
            UserMoment::PreToken => "PreTokenGeneration",
            UserMoment::DefineAuth => "DefineAuthChallenge",
            UserMoment::CreateAuth => "CreateAuthChallenge",
            UserMoment::VerifyAuth => "VerifyAuthChallengeResponse",
            UserMoment::Migrate => "UserMigration",
            UserMoment::Message => "CustomMessage",
        };
        if config.contains_key(key) {
            let finding = Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!("two functions take part in {name} at the same moment, and one can"),
            )
            .at(span, "the second")
            .label(config.get(key).and_then(|first: &Expr| first.span), "the first")
            .help("let one function do both");
            ctx.report(owner, "", finding);
            continue;
        }
        config.insert(key, arn.clone().with_span(span));
        let made = ctx.fresh_id(&format!("{id}{key}Permission"), "2");
        let mut properties = Map::from([("Action", Expr::from("lambda:InvokeFunction"))]);
        properties.insert("FunctionName", arn);
        properties.insert("Principal", "cognito-idp.amazonaws.com");
        properties.insert("SourceArn", Expr::get_att(id, "Arn"));
        ctx.add(&made, "AWS::Lambda::Permission", properties, owner);
    }
    config
}

fn provider(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    name: &str,
    provider: &IdentityProvider,
) -> LogicalId {
    let made = ctx.fresh_id(&format!("{id}{}Provider", upper_camel(name)), "2");
    let kind = match provider.r#type.value {
        ProviderType::Saml => "SAML",
        ProviderType::Oidc => "OIDC",
        ProviderType::Google => "Google",
        ProviderType::Facebook => "Facebook",
        ProviderType::Apple => "SignInWithApple",
        ProviderType::Amazon => "LoginWithAmazon",
    };
    let mut properties = Map::from([("UserPoolId", Expr::reference(id))]);
    properties.insert("ProviderName", provider_name(name, provider.r#type.value));
    properties.insert("ProviderType", Expr::from(kind).with_span(provider.r#type.span));
    let details: Map = provider
        .details
        .iter()
        .map(|(key, value)| (key.as_str(), ctx.text(owner, "providers", value)))
        .collect();
    properties.insert("ProviderDetails", details);
    if let Some(attributes) = &provider.attributes {
        let mapping: Map =
            attributes.iter().map(|(key, value)| (key.as_str(), value.value.as_str())).collect();
        properties.insert("AttributeMapping", mapping);
    }
    ctx.add(&made, "AWS::Cognito::UserPoolIdentityProvider", properties, owner);
    made
}

/// Providers that Cognito knows have names of their own.
fn provider_name(name: &str, kind: ProviderType) -> String {
    match kind {
        ProviderType::Google => "Google".to_owned(),
        ProviderType::Facebook => "Facebook".to_owned(),
        ProviderType::Apple => "SignInWithApple".to_owned(),
        ProviderType::Amazon => "LoginWithAmazon".to_owned(),
        ProviderType::Saml | ProviderType::Oidc => name.to_owned(),
    }
}

fn client(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    (pool, pool_id): (&str, &LogicalId),
    name: &str,
    client: &UserpoolClient,
    providers: &[LogicalId],
) {
    let Some(id) = ctx.components.get(&format!("{pool}.{name}")).map(|c| c.id.clone()) else { return };
    let path = format!("clients.{name}");
    let mut properties = Map::from([("UserPoolId", Expr::reference(pool_id)), ("ClientName", name.into())]);
    properties.insert("ExplicitAuthFlows", flows(client));
    let secret = client.secret.as_ref();
    let has_secret = Expr::from(secret.is_some_and(|s| s.value)).with_span(secret.and_then(|s| s.span));
    properties.insert("GenerateSecret", has_secret);
    properties.insert("PreventUserExistenceErrors", "ENABLED");
    properties.insert("EnableTokenRevocation", true);
    let mut list = |ctx: &mut Lower<'_>, key: &str, given: &Option<Vec<Spanned<String>>>| {
        if let Some(values) = given {
            let values: Vec<Expr> = values.iter().map(|v| ctx.text(owner, &path, v)).collect();
            properties.insert(key, values);
        }
    };
    list(ctx, "CallbackURLs", &client.callbacks);
    list(ctx, "LogoutURLs", &client.logout);
    if client.callbacks.is_some() {
        properties.insert("AllowedOAuthFlows", vec![Expr::from("code")]);
        properties.insert("AllowedOAuthFlowsUserPoolClient", true);
        let scopes: Vec<Expr> = match &client.scopes {
            Some(scopes) => scopes.iter().map(|s| ctx.text(owner, &path, s)).collect(),
            None => SCOPES.iter().map(|s| Expr::from(*s)).collect(),
        };
        properties.insert("AllowedOAuthScopes", scopes);
    }
    let pool_providers =
        ctx.app.userpools.as_ref().and_then(|p| p.0.get(pool)).and_then(|p| p.providers.as_ref());
    let mut supported = vec![Expr::from("COGNITO")];
    for provider in client.providers.iter().flatten() {
        match pool_providers.and_then(|p| p.0.get(provider.value.as_str())) {
            Some(found) => {
                let name = provider_name(&provider.value, found.r#type.value);
                supported.push(Expr::from(name).with_span(provider.span));
            }
            None => {
                let message = format!("the pool {pool} has no provider `{}`", provider.value);
                let finding = Diagnostic::error(codes::UNKNOWN_REFERENCE, message)
                    .at(provider.span, "not declared under `providers`");
                ctx.report(owner, &path, finding);
            }
        }
    }
    properties.insert("SupportedIdentityProviders", supported);
    tokens(ctx, owner, &path, client, &mut properties);
    let resource = ctx.add(&id, "AWS::Cognito::UserPoolClient", properties, owner);
    if client.providers.is_some() && !providers.is_empty() {
        let providers: Vec<Expr> = providers.iter().map(Expr::from).collect();
        resource.attributes.insert("DependsOn", providers);
    }
}

fn flows(client: &UserpoolClient) -> Vec<Expr> {
    let word = |flow: AuthFlow| match flow {
        AuthFlow::Srp => "ALLOW_USER_SRP_AUTH",
        AuthFlow::Password => "ALLOW_USER_PASSWORD_AUTH",
        AuthFlow::Admin => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        AuthFlow::Custom => "ALLOW_CUSTOM_AUTH",
        AuthFlow::Refresh => "ALLOW_REFRESH_TOKEN_AUTH",
        AuthFlow::User => "ALLOW_USER_AUTH",
    };
    match &client.flows {
        Some(flows) => flows.iter().map(|f| Expr::from(word(f.value)).with_span(f.span)).collect(),
        None => vec![word(AuthFlow::Srp).into(), word(AuthFlow::Refresh).into()],
    }
}

fn tokens(ctx: &mut Lower<'_>, owner: &Owner, path: &str, client: &UserpoolClient, properties: &mut Map) {
    let Some(tokens) = &client.tokens else { return };
    let mut units = Map::new();
    let all = [
        ("AccessToken", &tokens.access, ("5m", "1d"), 60, "minutes"),
        ("IdToken", &tokens.id, ("5m", "1d"), 60, "minutes"),
        ("RefreshToken", &tokens.refresh, ("1h", "3650d"), 3600, "hours"),
    ];
    for (key, given, (least, most), unit, word) in all {
        let Some(given) = given else { continue };
        let seconds = ctx.seconds(owner, &format!("{path}.tokens"), given, least, most);
        let count = Expr::new(ExprKind::Int((seconds / unit).into()), given.span);
        properties.insert(format!("{key}Validity"), count);
        units.insert(key, word);
    }
    if !units.is_empty() {
        properties.insert("TokenValidityUnits", units);
    }
}

/// The pool of a trigger `user`: the one it names, or the only one.
pub(super) fn pool_of(app: &samc_schema::app::App, trigger: &Trigger) -> Option<String> {
    if let Some(pool) = &trigger.userpool {
        return Some(pool.value.to_string());
    }
    let mut names = app.userpools.iter().flat_map(|p| p.0.keys()).map(|k| k.name().to_string());
    match (names.next(), names.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Checks the pool of a trigger; the pool itself names the function.
pub(super) fn from_trigger(
    ctx: &mut Lower<'_>,
    target: &mut Target<'_>,
    path: &str,
    moment: &Spanned<UserMoment>,
    trigger: &Trigger,
) {
    let owner = target.owner;
    if let Some(pool) = &trigger.userpool {
        let found: Option<Component> =
            ctx.component_of(owner, &format!("{path}.userpool"), pool, &[Kind::Userpool], "a user trigger");
        if let Some(found) = found.filter(|f| f.external.is_some()) {
            let finding = Diagnostic::error(
                codes::EXTERNAL_UNCHANGED,
                format!("{} exists already, and its functions are not changed", pool.value),
            )
            .at(pool.span, "would change the pool")
            .label(found.span, "external");
            ctx.report(owner, path, finding);
        }
        return;
    }
    if pool_of(ctx.app, trigger).is_none() {
        let names: Vec<String> =
            ctx.app.userpools.iter().flat_map(|p| p.0.keys()).map(|k| k.name().to_string()).collect();
        let message = match names.is_empty() {
            true => "there is no pool of users that this could be about".to_owned(),
            false => {
                format!("there are several pools ({}), and the trigger does not say which", names.join(", "))
            }
        };
        let finding = Diagnostic::error(codes::MISSING_PROPERTY, message)
            .at(moment.span.or(owner.origin.key_span), "of which pool?")
            .help("declare one under `userpools`, and name it as `userpool` where there are several");
        ctx.report(owner, path, finding);
    }
}

/// True where functions take part in the pool, so that what the pool needs cannot name the pool.
pub(super) fn is_listened(ctx: &Lower<'_>, reference: &Reference) -> bool {
    ctx.listeners.users.contains_key(&reference.to_string())
}
