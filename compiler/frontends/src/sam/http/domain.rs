//! `Domain` of HTTP and WebSocket APIs: a custom domain name, its mappings, its records in Route 53.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Map};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::ids::hash_value;

/// Whether the record set group of a hosted zone is one for all APIs of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordSets {
    /// The records of all APIs stand in one group.
    Shared,
    /// The group has the records of this API alone. The transform treats WebSocket APIs so.
    Own,
}

/// One API's domain while it is expanded.
struct Settings<'a> {
    api: &'a LogicalId,
    domain: Map,
    span: Option<Span>,
    name: Expr,
    /// The logical id of the domain name.
    id: String,
    attributes: &'a Map,
}

fn fail<T>(ctx: &mut Expansion<'_>, part: &str, message: &str, at: Option<Span>) -> Result<T> {
    let path = format!("{}.Domain{part}", ctx.current.path);
    Err(ctx
        .report(Diagnostic::error(codes::INVALID_DOMAIN, message).at(at, "in the custom domain").path(path)))
}

/// Expands the domain of an API, if it has one. `attributes` are those that generated resources take
/// over from the API, `tags` those of the domain name.
pub(crate) fn generate(
    ctx: &mut Expansion<'_>,
    api: &LogicalId,
    properties: &Map,
    attributes: &Map,
    tags: Map,
    record_sets: RecordSets,
) -> Result<Vec<Generated>> {
    let Some(written) = properties.get("Domain").filter(|d| !d.is_null()) else { return Ok(Vec::new()) };
    let resolved = ctx.resolve(written);
    let span = written.span.or(properties.key_span("Domain"));
    let Some(domain) = resolved.as_map().cloned() else {
        return fail(ctx, "", "Domain must be a mapping", span);
    };
    let given = |name: &str| domain.get(name).filter(|v| !v.is_null());
    let (Some(name), Some(certificate)) = (given("DomainName").cloned(), given("CertificateArn").cloned())
    else {
        return fail(ctx, "", "Domain needs both DomainName and CertificateArn", span);
    };
    if let Some(endpoint) = given("EndpointConfiguration")
        && endpoint.as_str() != Some("REGIONAL")
    {
        let message = "EndpointConfiguration of this custom domain must be REGIONAL";
        return fail(ctx, ".EndpointConfiguration", message, endpoint.span.or(span));
    }
    let id = format!("ApiGatewayDomainNameV2{}", hash_value(&name));
    let settings = Settings { api, domain, span, name, id, attributes };
    let mut generated = vec![settings.domain_name(ctx, certificate, tags)?];
    generated.extend(settings.mappings(ctx)?);
    generated.extend(settings.record_set_group(ctx, record_sets)?);
    Ok(generated)
}

impl Settings<'_> {
    fn get(&self, name: &str) -> Option<&Expr> {
        self.domain.get(name).filter(|v| v.is_truthy())
    }

    fn domain_name(&self, ctx: &mut Expansion<'_>, certificate: Expr, tags: Map) -> Result<Generated> {
        let mut configuration =
            Map::from([("CertificateArn", certificate), ("EndpointType", Expr::from("REGIONAL"))]);
        for name in ["OwnershipVerificationCertificateArn", "SecurityPolicy"] {
            if self.get(name).is_some() {
                copy(&self.domain, name, &mut configuration);
            }
        }
        let mut made = Map::from([
            ("DomainName", self.name.clone()),
            ("DomainNameConfigurations", Expr::from([Expr::from(configuration)])),
        ]);
        if let Some(tls) = self.get("MutualTlsAuthentication") {
            made.insert("MutualTlsAuthentication", self.mutual_tls(ctx, tls)?);
        }
        made.insert("Tags", tags);
        let kind = "AWS::ApiGatewayV2::DomainName";
        Ok(Generated::new(self.id.as_str(), kind, made, ctx.current.clone()).attributes(self.attributes))
    }

    fn mutual_tls(&self, ctx: &mut Expansion<'_>, tls: &Expr) -> Result<Map> {
        const KNOWN: [&str; 2] = ["TruststoreUri", "TruststoreVersion"];
        let part = ".MutualTlsAuthentication";
        let at = tls.span.or(self.span);
        let Some(map) = tls.as_map() else {
            return fail(ctx, part, "MutualTlsAuthentication must be a mapping", at);
        };
        if let Some(entry) = map.entries().iter().find(|e| !KNOWN.contains(&&*e.key)) {
            let known = KNOWN.join(" and ");
            let message = format!("MutualTlsAuthentication takes {known}, not `{}`", entry.key);
            return fail(ctx, part, &message, entry.key_span.or(at));
        }
        let mut made = Map::new();
        for name in KNOWN {
            if map.get(name).is_some_and(Expr::is_truthy) {
                copy(map, name, &mut made);
            }
        }
        Ok(made)
    }

    fn mappings(&self, ctx: &mut Expansion<'_>) -> Result<Vec<Generated>> {
        let mapping = |ctx: &Expansion<'_>, plain: &str, key: Option<&Expr>| {
            let mut made = Map::from([
                ("DomainName", Expr::reference(self.id.as_str())),
                ("ApiId", Expr::reference(self.api)),
                ("Stage", Expr::reference(format!("{}.Stage", self.api))),
            ]);
            if let Some(key) = key {
                made.insert("ApiMappingKey", key.clone());
            }
            let id = format!("{}{plain}ApiMapping", self.api);
            Generated::new(id, "AWS::ApiGatewayV2::ApiMapping", made, ctx.current.clone())
                .attributes(self.attributes)
        };
        let paths = match self.get("BasePath") {
            Some(path) if path.as_str().is_some() => std::slice::from_ref(path),
            Some(paths) if paths.as_list().is_some() => paths.as_list().unwrap_or_default(),
            _ => return Ok(vec![mapping(ctx, "", None)]),
        };
        let mut made = Vec::new();
        for path in paths {
            let at = path.span.or(self.span);
            let Some(text) = path.as_str() else {
                return fail(ctx, ".BasePath", "BasePath must be text, or a list of texts", at);
            };
            let is_letter = |c: char| c.is_ascii_alphanumeric();
            if let Some(wrong) = text.chars().find(|c| !is_letter(*c) && !"/-_".contains(*c)) {
                let message =
                    format!("BasePath `{text}` has `{wrong}`; it takes letters, digits, `/`, `-` and `_`");
                return fail(ctx, ".BasePath", &message, at);
            }
            let plain: String = text.chars().filter(|c| is_letter(*c)).collect();
            let key = Expr::from(text.trim_matches('/')).with_span(path.span);
            made.push(mapping(ctx, &plain, Some(&key)));
        }
        Ok(made)
    }

    fn record_set_group(
        &self,
        ctx: &mut Expansion<'_>,
        record_sets: RecordSets,
    ) -> Result<Option<Generated>> {
        let Some(given) = self.domain.get("Route53").filter(|r| !r.is_null()) else { return Ok(None) };
        let at = given.span.or(self.span);
        let Some(route53) = given.as_map() else {
            return fail(ctx, ".Route53", "Route53 must be a mapping", at);
        };
        let zones = ["HostedZoneId", "HostedZoneName"].map(|name| route53.get(name).filter(|v| !v.is_null()));
        if zones == [None, None] {
            return fail(ctx, ".Route53", "Route53 needs HostedZoneId or HostedZoneName", at);
        }
        let zone = zones.into_iter().flatten().find(|v| v.is_truthy()).cloned().unwrap_or_else(Expr::null);
        let id = format!("RecordSetGroup{}", hash_value(&zone));
        let mut group = Map::new();
        let by_id = route53.contains_key("HostedZoneId");
        copy(route53, if by_id { "HostedZoneId" } else { "HostedZoneName" }, &mut group);
        let records = self.records(route53);
        let new = |ctx: &Expansion<'_>, mut group: Map, records: Vec<Expr>| {
            group.insert("RecordSets", records);
            Generated::new(id.as_str(), "AWS::Route53::RecordSetGroup", group, ctx.current.clone())
                .attributes(self.attributes)
        };
        if record_sets == RecordSets::Own {
            return Ok(Some(new(ctx, group, records)));
        }
        let Some(shared) = ctx.record_sets.get_mut(&id) else {
            let made = new(ctx, group, records);
            ctx.record_sets.insert(id, made.clone());
            return Ok(Some(made));
        };
        let list = shared.properties().get_or_insert_with("RecordSets", || Vec::new().into());
        if let Some(list) = list.as_list_mut() {
            list.extend(records);
        }
        Ok(Some(shared.clone()))
    }

    fn records(&self, route53: &Map) -> Vec<Expr> {
        let mut alias = Map::new();
        copy(route53, "EvaluateTargetHealth", &mut alias);
        let attribute = |name: &str| Expr::get_att(self.id.as_str(), name);
        alias.insert("HostedZoneId", attribute("RegionalHostedZoneId"));
        alias.insert("DNSName", attribute("RegionalDomainName"));
        let record = |kind: &str| {
            let mut record = Map::from([
                ("Name", self.name.clone()),
                ("Type", Expr::from(kind)),
                ("AliasTarget", alias.clone().into()),
            ]);
            copy(route53, "Region", &mut record);
            copy(route53, "SetIdentifier", &mut record);
            Expr::from(record)
        };
        let mut records = vec![record("A")];
        if route53.get("IpV6").and_then(Expr::as_bool) == Some(true) {
            records.push(record("AAAA"));
        }
        records
    }
}
