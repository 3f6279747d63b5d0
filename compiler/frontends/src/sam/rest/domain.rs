//! `Domain`: a custom domain name with its mappings and its records in Route 53.

use samc_base::{Diagnostic, LogicalId, Reported, Span, codes};
use samc_ir::{Expr, Map};

use super::py27::{Dict, Py, Text};
use crate::sam::expansion::{Expansion, Result};
use crate::sam::generated::{Generated, copy};
use crate::sam::ids::{hash_value, hashed_id};

/// The hosted zone of CloudFront, which edge domains are aliases into. Source: Route 53 API
/// reference, `AliasTarget`.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

/// What a domain expands to.
#[derive(Default)]
pub(super) struct Domain {
    /// The domain name and its mappings.
    pub(super) generated: Vec<Generated>,
    /// The group of records, if there is one: the latest state of one shared by several APIs.
    pub(super) record_set_group: Option<Generated>,
    /// The association of a private domain with an endpoint.
    pub(super) association: Option<Generated>,
    /// The settings as the deployment's hash sees them.
    pub(super) hashed: Option<String>,
}

/// One API's domain while it is expanded.
struct Settings<'a> {
    api: &'a LogicalId,
    domain: Map,
    span: Option<Span>,
    name: Expr,
    /// The logical id of the domain name.
    id: String,
    endpoint: String,
    attributes: &'a Map,
}

fn fail<T>(ctx: &mut Expansion<'_>, part: &str, message: String, at: Option<Span>) -> Result<T> {
    let path = format!("{}.Domain{part}", ctx.current.path);
    let reported: Reported = ctx
        .report(Diagnostic::error(codes::INVALID_DOMAIN, message).at(at, "in the custom domain").path(path));
    Err(reported)
}

/// Expands the domain of an API, if it has one.
pub(super) fn generate(
    ctx: &mut Expansion<'_>,
    api: &LogicalId,
    properties: &mut Map,
    attributes: &Map,
) -> Result<Domain> {
    let Some(given) = properties.get("Domain").filter(|d| !d.is_null()).cloned() else {
        return Ok(Domain::default());
    };
    let span = given.span.or(properties.key_span("Domain"));
    let Some(domain) = given.as_map().cloned() else {
        return fail(ctx, "", "Domain must be a mapping".to_owned(), span);
    };
    let mut texts = Vec::new();
    for name in ["DomainName", "CertificateArn"] {
        match domain.get(name).filter(|v| !v.is_null()) {
            Some(value) => texts.push(value.clone()),
            None => return fail(ctx, "", format!("Domain needs {name}"), span),
        }
    }
    let endpoint = domain.get("EndpointConfiguration").filter(|e| !e.is_null());
    let endpoint_text = endpoint.map_or(Some("REGIONAL"), Expr::as_str);
    let Some(endpoint) = endpoint_text.filter(|e| ["EDGE", "REGIONAL", "PRIVATE"].contains(e)) else {
        let at = endpoint.and_then(|e| e.span).or(span);
        let message = "EndpointConfiguration of a custom domain must be EDGE, REGIONAL or PRIVATE".to_owned();
        return fail(ctx, ".EndpointConfiguration", message, at);
    };
    let endpoint = endpoint.to_owned();
    let is_private = endpoint == "PRIVATE";
    let prefix = if is_private { "ApiGatewayDomainNameV2" } else { "ApiGatewayDomainName" };
    let mut settings = Settings {
        api,
        span,
        name: texts[0].clone(),
        id: format!("{prefix}{}", hash_value(&texts[0])),
        endpoint,
        attributes,
        domain,
    };
    let mut expanded = Domain::default();
    expanded.generated.push(settings.domain_name(ctx, &texts[1], is_private)?);
    expanded.generated.extend(settings.mappings(ctx, is_private)?);
    expanded.association = settings.association(ctx)?;
    expanded.record_set_group = settings.records(ctx)?;
    expanded.hashed = Some(settings.hashed(is_private, properties.get("Domain")));
    Ok(expanded)
}

impl Settings<'_> {
    fn get(&self, name: &str) -> Option<&Expr> {
        self.domain.get(name).filter(|v| v.is_truthy())
    }

    fn domain_name(
        &self,
        ctx: &mut Expansion<'_>,
        certificate: &Expr,
        is_private: bool,
    ) -> Result<Generated> {
        let mut made = Map::from([("DomainName", self.name.clone())]);
        let key = if self.endpoint == "REGIONAL" { "RegionalCertificateArn" } else { "CertificateArn" };
        made.insert(key, certificate.clone());
        let mut endpoint = Map::from([("Types", Expr::from([Expr::from(self.endpoint.as_str())]))]);
        if self.get("IpAddressType").is_some() {
            copy(&self.domain, "IpAddressType", &mut endpoint);
        }
        made.insert("EndpointConfiguration", endpoint);
        if !is_private && let Some(tls) = self.get("MutualTlsAuthentication") {
            made.insert("MutualTlsAuthentication", self.mutual_tls(ctx, tls)?);
        }
        for name in ["SecurityPolicy", "EndpointAccessMode"] {
            if self.get(name).is_some() {
                copy(&self.domain, name, &mut made);
            }
        }
        const OWNERSHIP: &str = "OwnershipVerificationCertificateArn";
        let (own, foreign) = if is_private { ("Policy", OWNERSHIP) } else { (OWNERSHIP, "Policy") };
        if self.get(own).is_some() {
            copy(&self.domain, own, &mut made);
        }
        if let Some(value) = self.get(foreign) {
            let (is, needs) = if is_private { ("a private", "REGIONAL") } else { ("a public", "PRIVATE") };
            let message = format!(
                "{foreign} cannot be set on {is} domain name: it needs EndpointConfiguration {needs}"
            );
            return fail(ctx, &format!(".{foreign}"), message, self.domain.key_span(foreign).or(value.span));
        }
        let kind = if is_private { "AWS::ApiGateway::DomainNameV2" } else { "AWS::ApiGateway::DomainName" };
        Ok(Generated::new(self.id.as_str(), kind, made, ctx.current.clone()).attributes(self.attributes))
    }

    fn mutual_tls(&self, ctx: &mut Expansion<'_>, tls: &Expr) -> Result<Map> {
        const KNOWN: [&str; 2] = ["TruststoreUri", "TruststoreVersion"];
        let at = tls.span.or(self.span);
        let Some(map) = tls.as_map() else {
            return fail(
                ctx,
                ".MutualTlsAuthentication",
                "MutualTlsAuthentication must be a mapping".to_owned(),
                at,
            );
        };
        if let Some(entry) = map.entries().iter().find(|e| !KNOWN.contains(&&*e.key)) {
            let message =
                format!("MutualTlsAuthentication takes {}, not `{}`", KNOWN.join(" and "), entry.key);
            return fail(ctx, ".MutualTlsAuthentication", message, entry.key_span.or(at));
        }
        let mut made = Map::new();
        for name in KNOWN {
            if map.get(name).is_some_and(Expr::is_truthy) {
                copy(map, name, &mut made);
            }
        }
        Ok(made)
    }

    fn mappings(&self, ctx: &mut Expansion<'_>, is_private: bool) -> Result<Vec<Generated>> {
        let kind = match is_private {
            true => "AWS::ApiGateway::BasePathMappingV2",
            false => "AWS::ApiGateway::BasePathMapping",
        };
        let mapping = |ctx: &Expansion<'_>, id: String, path: Option<&str>| {
            let domain = if is_private { "DomainNameArn" } else { "DomainName" };
            let mut made = Map::from([
                (domain, Expr::reference(self.id.as_str())),
                ("RestApiId", Expr::reference(self.api)),
                ("Stage", Expr::reference(format!("{}.Stage", self.api))),
            ]);
            if let Some(path) = path {
                made.insert("BasePath", path);
            }
            Generated::new(id, kind, made, ctx.current.clone()).attributes(self.attributes)
        };
        let given = self.get("BasePath");
        let paths = match given.map(|g| (g, g.as_list())) {
            Some((_, Some(list))) => list.to_vec(),
            Some((one, None)) if one.as_str().is_some() => vec![one.clone()],
            _ => return Ok(vec![mapping(ctx, format!("{}BasePathMapping", self.api), None)]),
        };
        let normalize = self.domain.get("NormalizeBasePath").is_none_or(Expr::is_truthy);
        let mut made = Vec::new();
        for path in &paths {
            let Some(text) = path.as_str() else {
                let at = path.span.or(self.span);
                return fail(ctx, ".BasePath", "BasePath must be text, or a list of texts".to_owned(), at);
            };
            let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
            let id = format!("{}{plain}BasePathMapping", self.api);
            made.push(mapping(ctx, id, Some(if normalize { &plain } else { text })));
        }
        Ok(made)
    }

    fn association(&self, ctx: &mut Expansion<'_>) -> Result<Option<Generated>> {
        let given = self.domain.get("AccessAssociation").filter(|a| !a.is_null());
        let Some(given) = given.filter(|_| self.endpoint == "PRIVATE") else { return Ok(None) };
        let Some(map) = given.as_map() else {
            let at = given.span.or(self.span);
            return fail(ctx, ".AccessAssociation", "AccessAssociation must be a mapping".to_owned(), at);
        };
        let endpoint = map.get("VpcEndpointId").cloned().unwrap_or_else(Expr::null);
        let data = Expr::from([endpoint.clone(), Expr::from(self.id.as_str())]);
        let mut made = Map::from([
            ("DomainNameArn", Expr::reference(self.id.as_str())),
            ("AccessAssociationSourceType", Expr::from("VPCE")),
        ]);
        if !endpoint.is_null() {
            made.insert("AccessAssociationSource", endpoint);
        }
        let id = hashed_id("DomainNameAccessAssociation", &data);
        let kind = "AWS::ApiGateway::DomainNameAccessAssociation";
        Ok(Some(Generated::new(id, kind, made, ctx.current.clone()).attributes(self.attributes)))
    }

    fn records(&mut self, ctx: &mut Expansion<'_>) -> Result<Option<Generated>> {
        let Some(given) = self.domain.get("Route53").filter(|r| !r.is_null()).cloned() else {
            return Ok(None);
        };
        let at = given.span.or(self.span);
        let Some(mut route53) = given.as_map().cloned() else {
            return fail(ctx, ".Route53", "Route53 must be a mapping".to_owned(), at);
        };
        let zone = ["HostedZoneId", "HostedZoneName"];
        let set = |name: &str| route53.get(name).filter(|v| !v.is_null());
        if zone.iter().all(|name| set(name).is_none()) {
            return fail(ctx, ".Route53", "Route53 needs HostedZoneId or HostedZoneName".to_owned(), at);
        }
        let key =
            zone.iter().filter_map(|n| set(n)).find(|v| v.is_truthy()).cloned().unwrap_or_else(Expr::null);
        let separate = set("SeparateRecordSetGroup").filter(|s| s.is_truthy()).cloned();
        if let Some(separate) = separate.as_ref().filter(|s| s.as_bool().is_none()) {
            let at = separate.span.or(at);
            return fail(ctx, ".Route53", "SeparateRecordSetGroup must be true or false".to_owned(), at);
        }
        let mut group = Map::new();
        for name in zone {
            match separate.is_some() {
                true if set(name).is_none_or(|v| !v.is_truthy()) => {}
                _ => copy(&route53, name, &mut group),
            }
        }
        let target =
            if self.endpoint == "PRIVATE" { self.name.clone() } else { Expr::from(self.id.as_str()) };
        let records = self.record_sets(&mut route53, &target);
        self.domain.insert("Route53", route53);
        if separate.is_some() {
            group.insert("RecordSets", records);
            let id = hashed_id("RecordSetGroup", &Expr::from([key, self.name.clone()]));
            let made = Generated::new(id, "AWS::Route53::RecordSetGroup", group, ctx.current.clone());
            return Ok(Some(made.attributes(self.attributes)));
        }
        let id = format!("RecordSetGroup{}", hash_value(&key));
        let shared = ctx.record_sets.entry(id.clone()).or_insert_with(|| {
            group.insert("RecordSets", Vec::new());
            Generated::new(id, "AWS::Route53::RecordSetGroup", group, ctx.current.clone())
                .attributes(self.attributes)
        });
        let list = shared.properties().get_or_insert_with("RecordSets", || Vec::new().into());
        if let Some(list) = list.as_list_mut() {
            list.extend(records);
        }
        Ok(Some(shared.clone()))
    }

    fn record_sets(&self, route53: &mut Map, target: &Expr) -> Vec<Expr> {
        let set = |route53: &Map, name: &str| route53.get(name).filter(|v| !v.is_null()).cloned();
        let mut alias = Map::new();
        if let Some(health) = set(route53, "EvaluateTargetHealth") {
            alias.insert("EvaluateTargetHealth", health);
        }
        let attribute = |name: &str| Expr::get_att(target.clone(), name);
        match self.endpoint.as_str() {
            "REGIONAL" => {
                alias.insert("HostedZoneId", attribute("RegionalHostedZoneId"));
                alias.insert("DNSName", attribute("RegionalDomainName"));
            }
            "EDGE" => {
                if set(route53, "DistributionDomainName").is_none() {
                    route53.insert("DistributionDomainName", attribute("DistributionDomainName"));
                }
                alias.insert("HostedZoneId", CLOUDFRONT_ZONE);
                alias.insert("DNSName", set(route53, "DistributionDomainName").unwrap_or_else(Expr::null));
            }
            _ => {
                alias.insert(
                    "HostedZoneId",
                    set(route53, "VpcEndpointHostedZoneId").unwrap_or_else(Expr::null),
                );
                alias.insert("DNSName", set(route53, "VpcEndpointDomainName").unwrap_or_else(Expr::null));
            }
        }
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

    /// The settings as JSON, with what the expansion has added to them.
    fn hashed(&self, is_private: bool, written: Option<&Expr>) -> String {
        let mut value = written.map_or_else(|| Dict::new(0).into(), |d| Py::written(d, 0));
        if let Some(dict) = value.as_dict_mut() {
            if !is_private {
                dict.insert("ApiDomainName", self.id.as_str(), 0);
                if dict.get("EndpointConfiguration").is_none_or(|e| !e.is_truthy()) {
                    dict.insert("EndpointConfiguration", "REGIONAL", 0);
                }
            }
            let added = self
                .domain
                .get("Route53")
                .and_then(Expr::as_map)
                .and_then(|r| r.get("DistributionDomainName"));
            if let (Some(added), Some(route53)) = (added, dict.get_mut("Route53").and_then(Py::as_dict_mut))
                && !route53.get("DistributionDomainName").is_some_and(Py::is_truthy)
            {
                route53.insert(Text::from("DistributionDomainName"), Py::made(added), 0);
            }
        }
        value.to_python_json()
    }
}
