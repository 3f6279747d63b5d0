//! P413: caches and search domains whose traffic can be read on the way.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::Context;
use crate::query::{Known, at_property, flag, name, property};
use crate::rule::{On, Profile, Rule};

/// What is encrypted at rest travels in the clear.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P413", "transit"),
    level: Severity::Error,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("transit.md"),
    check,
};

/// The switches, and what is not encrypted without them.
const SWITCHES: &[(&str, &str, &str)] = &[
    ("AWS::ElastiCache::ReplicationGroup", "TransitEncryptionEnabled", "traffic with"),
    ("AWS::Elasticsearch::Domain", "DomainEndpointOptions.EnforceHTTPS", "every request to"),
    ("AWS::Elasticsearch::Domain", "NodeToNodeEncryptionOptions.Enabled", "traffic between the nodes of"),
    ("AWS::OpenSearchService::Domain", "DomainEndpointOptions.EnforceHTTPS", "every request to"),
    ("AWS::OpenSearchService::Domain", "NodeToNodeEncryptionOptions.Enabled", "traffic between the nodes of"),
];

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (resource_type, path, what) in SWITCHES {
        for (id, resource) in context.of_type(resource_type) {
            if flag(property(resource, path)) == Some(false) {
                let message = format!("{what} {} is not encrypted", name(id, resource));
                let found = Diagnostic::warning(RULE.code, message).help(format!("set {path} to true"));
                diagnostics.push(at_property(found, id, resource, path, "in the clear"));
            }
        }
    }
    for (id, cluster) in context.of_type("AWS::DAX::Cluster") {
        let kind = property(cluster, "ClusterEndpointEncryptionType");
        let open = match kind {
            Known::Absent => true,
            Known::Unknown => false,
            Known::Is(value) => value.as_str() == Some("NONE"),
        };
        if open {
            let found = Diagnostic::warning(
                RULE.code,
                format!("traffic with {} is not encrypted", name(id, cluster)),
            )
            .help("set ClusterEndpointEncryptionType to TLS");
            diagnostics.push(at_property(
                found,
                id,
                cluster,
                "ClusterEndpointEncryptionType",
                "in the clear",
            ));
        }
    }
}
