//! S319: buckets behind a distribution that can only be open to everybody.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::Expr;

use crate::context::{Context, about};
use crate::query::{Known, items, member, name, name_span, outline, property};
use crate::rule::{On, Profile, Rule};

/// Without an identity of its own the distribution reads as everybody does.
pub(super) static RULE: Rule = Rule {
    code: Code::new("S319", "s3-origin-oac"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict, Profile::Pci, Profile::Hipaa]),
    page: include_str!("origin_access.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, distribution) in context.of_type("AWS::CloudFront::Distribution") {
        for origin in items(property(distribution, "DistributionConfig.Origins").value()) {
            let Known::Is(domain) = member(origin, "DomainName") else { continue };
            // An identity may be empty text, which is the old way to say that there is none.
            let shows = |path: &str| match member(origin, path) {
                Known::Absent => false,
                Known::Unknown => true,
                Known::Is(value) => value.is_truthy(),
            };
            let identified = shows("OriginAccessControlId") || shows("S3OriginConfig.OriginAccessIdentity");
            let of_bucket = !member(origin, "S3OriginConfig").is_absent() || is_website(context, domain);
            if identified || !of_bucket {
                continue;
            }
            let message = format!("{} can read its bucket only if everybody can", name(id, distribution));
            let found = Diagnostic::warning(RULE.code, message)
                .at(domain.span.or(name_span(distribution)), "no origin access control")
                .help("add an AWS::CloudFront::OriginAccessControl and name it in OriginAccessControlId");
            let path = format!("Resources.{id}.Properties.DistributionConfig.Origins");
            diagnostics.push(about(found, id, &distribution.origin, path));
        }
    }
}

/// The address of a bucket's website, which takes no signed requests.
fn is_website(context: &Context<'_>, domain: &Expr) -> bool {
    let mut of_bucket = false;
    domain.walk(&mut |value| {
        if let Some((id, "WebsiteURL")) = value.as_get_att() {
            of_bucket |=
                context.graph.resources.get(id).is_some_and(|r| r.resource_type == *"AWS::S3::Bucket");
        }
    });
    of_bucket || outline(domain).is_some_and(|text| text.contains(".s3-website"))
}
