//! P410: public APIs without a web application firewall.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::query::{at_property, items, name, property};
use crate::rule::{On, Profile, Rule};

/// PCI DSS asks for one in front of what the public reaches.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P410", "waf"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Pci]),
    page: include_str!("firewall.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut guarded: FxHashSet<&str> = FxHashSet::default();
    for (_, association) in context.of_type("AWS::WAFv2::WebACLAssociation") {
        let before = guarded.len();
        if let Some(value) = property(association, "ResourceArn").value() {
            samc_ir::references::each(value, false, &mut |r| {
                if context.graph.resources.contains_key(r.name) {
                    guarded.insert(r.name);
                }
            });
        }
        // An ARN that comes from elsewhere may be that of any of them.
        if guarded.len() == before {
            return;
        }
    }
    for (id, stage) in context.of_type("AWS::ApiGateway::Stage") {
        let api = property(stage, "RestApiId").value().and_then(|api| api.as_ref_to());
        let is_private = api.and_then(|api| context.graph.resources.get(api)).is_some_and(|api| {
            let types = property(api, "EndpointConfiguration.Types").value();
            items(types).any(|t| t.as_str() == Some("PRIVATE"))
        });
        if !is_private && !guarded.contains(id.as_str()) && !api.is_some_and(|api| guarded.contains(api)) {
            let message =
                format!("the stage {} takes requests that no firewall has looked at", name(id, stage));
            let found = Diagnostic::warning(RULE.code, message)
                .help("add an AWS::WAFv2::WebACLAssociation with its ARN");
            diagnostics.push(at_property(found, id, stage, "StageName", "no web ACL"));
        }
    }
    for (id, api) in context.of_type("AWS::AppSync::GraphQLApi") {
        if !guarded.contains(id.as_str()) {
            let message = format!("{} takes requests that no firewall has looked at", name(id, api));
            let found = Diagnostic::warning(RULE.code, message)
                .help("add an AWS::WAFv2::WebACLAssociation with its ARN");
            diagnostics.push(at_property(found, id, api, "", "no web ACL"));
        }
    }
    for (id, distribution) in context.of_type("AWS::CloudFront::Distribution") {
        const ACL: &str = "DistributionConfig.WebACLId";
        if property(distribution, ACL).is_absent() {
            let message = format!("{} takes requests that no firewall has looked at", name(id, distribution));
            let found = Diagnostic::warning(RULE.code, message)
                .help("name a web ACL of the scope CLOUDFRONT in WebACLId");
            diagnostics.push(at_property(found, id, distribution, ACL, "no web ACL"));
        }
    }
}
