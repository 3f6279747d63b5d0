//! P404: services that a programme's list of services in scope does not have.

use samc_base::{Code, Diagnostic, Severity};
use samc_data::scopes;

use crate::context::about;
use crate::flow::Flow;
use crate::query::name;
use crate::rule::{On, Profile, Rule};

/// AWS's own assessment ends at its list. That a service is on it says nothing about the application.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P404", "service-scope"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("service_scope.md"),
    check: |context, diagnostics| {
        let flow = Flow::of(context);
        for (profile, programme) in [(Profile::Pci, "PCI DSS"), (Profile::Hipaa, "HIPAA")] {
            let claimed = context.has_profile(profile) || flow.marks().any(|(_, mark)| mark.is_of(profile));
            if !claimed {
                continue;
            }
            for (id, resource) in &context.graph.resources {
                let kind = &*resource.resource_type;
                let is_of_aws = kind.starts_with("AWS::") && !kind.starts_with("AWS::Serverless::");
                if !is_of_aws || scopes::is_in_scope(kind, profile.name()) {
                    continue;
                }
                let message = format!(
                    "{} is of {kind}, which is not on the list of services in scope of {programme} as of {}",
                    name(id, resource),
                    scopes::as_of()
                );
                let found = Diagnostic::warning(RULE.code, message)
                    .at(resource.origin.type_span.or(resource.origin.key_span), "not on the list")
                    .help("look at https://aws.amazon.com/compliance/services-in-scope/, keep flagged data away from it, or take another service");
                diagnostics.push(about(found, id, &resource.origin, format!("Resources.{id}.Type")));
            }
        }
    },
};
