//! S318: front doors that take old protocols.

use samc_base::{Code, Diagnostic, Diagnostics, LogicalId, Severity};
use samc_ir::{Expr, Resource};

use crate::context::{Context, about};
use crate::query::{Known, at_property, flag, items, member, name, name_span, outline, property, text};
use crate::rule::{On, Profile, Rule};

/// TLS 1.0 and 1.1 are broken, and plain HTTP can be read by everybody on the way.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S318", "tls-min"),
    level: Severity::Warning,
    on: On::Default,
    page: include_str!("tls_minimum.md"),
    check,
};

const PROFILES: &[Profile] = &[Profile::Strict, Profile::Pci, Profile::Hipaa];

/// What may be written where something older than TLS 1.2 is taken.
const OLD: [&str; 10] = [
    "SSLv3",
    "TLSv1",
    "TLSv1_2016",
    "TLSv1.1",
    "TLSv1.1_2016",
    "TLS_1_0",
    "Policy-Min-TLS-1-0-2019-07",
    "TLS-1-0",
    "TLS_1_1",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let more = context.wants_more(RULE.code, PROFILES);
    for (id, distribution) in context.of_type("AWS::CloudFront::Distribution") {
        viewers(id, distribution, more, diagnostics);
        origins(id, distribution, more, diagnostics);
    }
    let places = [
        ("AWS::ApiGateway::DomainName", "SecurityPolicy"),
        ("AWS::OpenSearchService::Domain", "DomainEndpointOptions.TLSSecurityPolicy"),
        ("AWS::Elasticsearch::Domain", "DomainEndpointOptions.TLSSecurityPolicy"),
    ];
    for (resource_type, path) in places {
        for (id, resource) in context.of_type(resource_type) {
            if more && path == "SecurityPolicy" && property(resource, path).is_absent() {
                let message = format!("{} does not say that it takes TLS 1.2 alone", name(id, resource));
                let found = Diagnostic::warning(RULE.code, message).help("add SecurityPolicy: TLS_1_2");
                diagnostics.push(at_property(found, id, resource, path, "left to the default"));
            }
            if let Some(old) = text(resource, path).filter(|value| OLD.contains(value)) {
                let found = Diagnostic::warning(
                    RULE.code,
                    format!("{} takes connections older than TLS 1.2", name(id, resource)),
                )
                .help("choose the policy for TLS 1.2");
                diagnostics.push(at_property(found, id, resource, path, format!("{old} begins at TLS 1.0")));
            }
        }
    }
    for (id, domain) in context.of_type("AWS::ApiGatewayV2::DomainName") {
        for item in items(property(domain, "DomainNameConfigurations").value()) {
            if let Some(value) = member(item, "SecurityPolicy").value().filter(|v| is_old(v)) {
                let message = format!("{} takes connections older than TLS 1.2", name(id, domain));
                let found = Diagnostic::warning(RULE.code, message)
                    .at(value.span.or(name_span(domain)), "begins at TLS 1.0")
                    .help("write TLS_1_2");
                let path = format!("Resources.{id}.Properties.DomainNameConfigurations");
                diagnostics.push(about(found, id, &domain.origin, path));
            }
        }
    }
}

fn is_old(value: &Expr) -> bool {
    value.as_str().is_some_and(|text| OLD.contains(&text))
}

/// How viewers reach a distribution.
fn viewers(id: &LogicalId, distribution: &Resource, more: bool, diagnostics: &mut Diagnostics) {
    const CERTIFICATE: &str = "DistributionConfig.ViewerCertificate";
    const VERSION: &str = "DistributionConfig.ViewerCertificate.MinimumProtocolVersion";
    let who = name(id, distribution);
    let certificate = property(distribution, CERTIFICATE);
    let own = certificate.value().is_some_and(|c| {
        ["AcmCertificateArn", "IamCertificateId"].iter().any(|key| !member(c, key).is_absent())
    });
    let found = match property(distribution, VERSION) {
        Known::Is(value) if is_old(value) && (own || more) => {
            Some((VERSION, "begins below TLS 1.2", "write TLSv1.2_2021"))
        }
        Known::Absent if own && more => {
            Some((CERTIFICATE, "no MinimumProtocolVersion", "add MinimumProtocolVersion: TLSv1.2_2021"))
        }
        Known::Absent if more && !own && !matches!(certificate, Known::Unknown) => Some((
            CERTIFICATE,
            "CloudFront's own certificate comes with TLS 1.0",
            "give it a domain and a certificate of its own, with MinimumProtocolVersion: TLSv1.2_2021",
        )),
        _ => None,
    };
    if let Some((path, label, help)) = found {
        let message = format!("{who} lets viewers connect with less than TLS 1.2");
        let found = Diagnostic::warning(RULE.code, message).help(help);
        diagnostics.push(at_property(found, id, distribution, path, label));
    }
    let behaviors = property(distribution, "DistributionConfig.CacheBehaviors").value();
    let behavior = property(distribution, "DistributionConfig.DefaultCacheBehavior").value();
    for behavior in items(behaviors).chain(behavior).filter(|_| more) {
        let Some(value) = member(behavior, "ViewerProtocolPolicy").value() else { continue };
        if value.as_str() == Some("allow-all") {
            let found = Diagnostic::warning(RULE.code, format!("{who} also serves plain HTTP"))
                .at(value.span.or(name_span(distribution)), "http:// is answered as well")
                .help("write redirect-to-https or https-only");
            let path = format!("Resources.{id}.Properties.DistributionConfig");
            diagnostics.push(about(found, id, &distribution.origin, path));
        }
    }
}

/// How a distribution reaches what it serves.
fn origins(id: &LogicalId, distribution: &Resource, more: bool, diagnostics: &mut Diagnostics) {
    let who = name(id, distribution);
    for origin in items(property(distribution, "DistributionConfig.Origins").value()) {
        let Some(config) = member(origin, "CustomOriginConfig").value() else { continue };
        let domain = member(origin, "DomainName").value().and_then(outline).unwrap_or_default();
        let policy = member(config, "OriginProtocolPolicy").value().and_then(Expr::as_str);
        let protocols = member(config, "OriginSSLProtocols");
        let old = items(protocols.value()).find(|p| is_old(p));
        let (at, message, help) = match (policy, old) {
            // The websites of S3 speak HTTP alone.
            _ if domain.contains("s3-website") => continue,
            (Some("http-only"), _) if more => (
                member(config, "OriginProtocolPolicy").value().and_then(|v| v.span),
                format!("{who} fetches from its origin over plain HTTP"),
                "write https-only",
            ),
            (Some("match-viewer"), _) if more => (
                member(config, "OriginProtocolPolicy").value().and_then(|v| v.span),
                format!("{who} fetches from its origin over plain HTTP where its viewers use that"),
                "write https-only",
            ),
            (Some("http-only"), _) => continue,
            (_, Some(old)) => (
                old.span,
                format!("{who} talks to its origin with less than TLS 1.2"),
                "write OriginSSLProtocols: [TLSv1.2]",
            ),
            (_, None) if more && protocols.is_absent() && flag(protocols).is_some() => (
                config.span,
                format!("{who} does not say that it talks to its origin with TLS 1.2 alone"),
                "add OriginSSLProtocols: [TLSv1.2]",
            ),
            (_, None) => continue,
        };
        let found = Diagnostic::warning(RULE.code, message)
            .at(at.or(name_span(distribution)), "this origin")
            .help(help);
        let path = format!("Resources.{id}.Properties.DistributionConfig.Origins");
        diagnostics.push(about(found, id, &distribution.origin, path));
    }
}
