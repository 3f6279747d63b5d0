//! What belongs to an API besides its routes: its name on the internet, its document, usage plans, and the
//! firewall before it.

use samc_base::{Diagnostic, codes};
use samc_ir::{Expr, Kind as ExprKind, Map};
use samc_schema::app::{Api, Domain, UsagePlan};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};
use super::names::{Component, upper_camel};
use super::{index, raw, role, service_routes, workflow};

/// `Domain` of SAM.
pub(super) fn domain(ctx: &mut Lower<'_>, owner: &Owner, domain: &Domain) -> Expr {
    let name = ctx.text(owner, "domain.name", &domain.name);
    let certificate = ctx.text(owner, "domain.certificate", &domain.certificate);
    let mut made = Map::from([("DomainName", name), ("CertificateArn", certificate)]);
    made.insert("EndpointConfiguration", "REGIONAL");
    made.insert("SecurityPolicy", "TLS_1_2");
    if let Some(path) = &domain.path {
        let text = path.value.trim_matches('/').to_owned();
        let value = ctx.text(owner, "domain.path", &Spanned::new(text, path.span));
        made.insert("BasePath", vec![value]);
    }
    if let Some(zone) = &domain.zone {
        let value = ctx.text(owner, "domain.zone", zone);
        made.insert("Route53", Map::from([("HostedZoneId", value)]));
    }
    if let Some(store) = &domain.mutual_tls {
        let value = ctx.text(owner, "domain.mutual-tls", store);
        made.insert("MutualTlsAuthentication", Map::from([("TruststoreUri", value)]));
    }
    made.into()
}

/// `DefinitionBody`: the document that is given, with the routes that lead to services. None where SAM makes
/// it from the functions alone.
pub(super) fn body(ctx: &mut Lower<'_>, owner: &Owner, api: &Api, found: &Component) -> Option<Expr> {
    let mut document = match &api.openapi {
        Some(path) => {
            let node = workflow::file(ctx, owner, &path.value, path.span)?;
            let document = raw::expr(&node);
            document.as_map().cloned()?
        }
        None => {
            let info = [("title", Expr::reference("AWS::StackName")), ("version", Expr::from("1.0"))];
            Map::from([
                ("openapi", Expr::from("3.0.1")),
                ("info", Expr::from(info)),
                ("paths", Map::new().into()),
            ])
        }
    };
    let role_id = samc_base::LogicalId::new(format!("{}IntegrationRole", found.id));
    let (paths, statements) = service_routes::paths(ctx, owner, api, found, &Expr::get_att(&role_id, "Arn"));
    if api.openapi.is_none() && paths.is_empty() {
        return None;
    }
    if !statements.is_empty() {
        role::for_service(ctx, owner, &found.id, "IntegrationRole", "apigateway.amazonaws.com", statements);
    }
    let all = document.get_or_insert_with("paths", || Map::new().into());
    if let Some(all) = all.as_map_mut() {
        for (path, item) in paths.iter() {
            let there = all.get_or_insert_with(path, || Map::new().into());
            if let (Some(there), Some(item)) = (there.as_map_mut(), item.as_map()) {
                there.extend(item.clone());
            }
        }
    }
    Some(document.into())
}

/// Plans of who may call how often, with the keys that callers show.
pub(super) fn usage_plans(ctx: &mut Lower<'_>, owner: &Owner, api: &Api, found: &Component) {
    for (key, plan) in api.usage_plans.iter().flat_map(|p| &p.0) {
        usage_plan(ctx, owner, key.name().as_str(), plan, found);
    }
}

fn usage_plan(ctx: &mut Lower<'_>, owner: &Owner, name: &str, plan: &UsagePlan, found: &Component) {
    let id = ctx.fresh_id(&format!("{}{}Plan", found.id, upper_camel(name)), "2");
    let stage =
        [("ApiId", Expr::reference(&found.id)), ("Stage", Expr::reference(format!("{}.Stage", found.id)))];
    let mut properties = Map::from([("ApiStages", Expr::from(vec![Expr::from(stage)]))]);
    properties.insert("UsagePlanName", format!("{}-{}-{name}", ctx.name, ctx.stage));
    let mut throttle = Map::new();
    if let Some(rate) = &plan.rate {
        throttle.insert("RateLimit", super::api::number(rate.value, rate.span));
    }
    if let Some(burst) = &plan.burst {
        throttle.insert("BurstLimit", Expr::new(ExprKind::Int(burst.value.into()), burst.span));
    }
    if !throttle.is_empty() {
        properties.insert("Throttle", throttle);
    }
    if let Some(quota) = &plan.quota {
        let limit = Expr::new(ExprKind::Int(quota.value.limit.into()), quota.span);
        properties
            .insert("Quota", Expr::from([("Limit", limit), ("Period", Expr::from(quota.value.period))]));
    }
    ctx.add(&id, "AWS::ApiGateway::UsagePlan", properties, owner);
    for key in plan.keys.iter().flatten() {
        let made = ctx.fresh_id(&format!("{}{}Key", found.id, upper_camel(key.value.as_str())), "2");
        let name = format!("{}-{}-{}", ctx.name, ctx.stage, key.value);
        let properties =
            Map::from([("Name", Expr::from(name).with_span(key.span)), ("Enabled", Expr::from(true))]);
        ctx.add(&made, "AWS::ApiGateway::ApiKey", properties, owner);
        let belongs = ctx.fresh_id(&format!("{id}{}", upper_camel(key.value.as_str())), "2");
        let properties = Map::from([
            ("KeyId", Expr::reference(&made)),
            ("KeyType", Expr::from("API_KEY")),
            ("UsagePlanId", Expr::reference(&id)),
        ]);
        ctx.add(&belongs, "AWS::ApiGateway::UsagePlanKey", properties, owner);
    }
}

/// The firewall that looks at each request first.
pub(super) fn firewall(ctx: &mut Lower<'_>, owner: &Owner, acl: &Spanned<String>, found: &Component) {
    let acl = ctx.text(owner, "waf", acl);
    let id = index::derived(ctx, &found.id, "Firewall");
    let stage = Map::from([("Stage", Expr::reference(format!("{}.Stage", found.id)))]);
    let arn = Expr::sub_with(
        format!(
            "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::/restapis/${{{}}}/stages/${{Stage}}",
            found.id
        ),
        stage,
    );
    let properties = Map::from([("ResourceArn", arn), ("WebACLArn", acl)]);
    ctx.add(&id, "AWS::WAFv2::WebACLAssociation", properties, owner);
}

/// Reports keys that are for REST APIs alone.
pub(super) fn check_http(ctx: &mut Lower<'_>, owner: &Owner, name: &str, api: &Api) {
    let kind = if api.r#type.as_ref().is_some_and(|t| t.value == samc_schema::app::ApiType::Websocket) {
        "a WebSocket API"
    } else {
        "an HTTP API"
    };
    for (key, span) in [
        ("endpoint", api.endpoint.as_ref().map(|e| e.span)),
        ("compress", api.compress.as_ref().map(|e| e.span)),
        ("tracing", api.tracing.as_ref().map(|e| e.span)),
        ("binary", api.binary.as_ref().and_then(|b| b.first()).map(|b| b.span)),
        ("cache", api.cache.as_ref().map(|c| c.size.as_ref().and_then(|s| s.span).or(owner.origin.key_span))),
        ("waf", api.waf.as_ref().map(|w| w.span)),
        ("models", api.models.as_ref().and_then(|m| m.values().next()).map(|m| Some(m.span))),
        ("usage-plans", api.usage_plans.as_ref().and_then(|p| p.0.keys().next()).map(|k| k.span())),
        ("vpc-endpoints", api.vpc_endpoints.as_ref().and_then(|v| v.first()).map(|v| v.span)),
    ] {
        let Some(span) = span else { continue };
        let message = format!("`{key}` is for REST APIs, and {name} is {kind}");
        let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
            .at(span, "for REST APIs only")
            .help("write `type: rest`, or leave it out");
        ctx.report(owner, key, finding);
    }
}
