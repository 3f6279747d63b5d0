//! C204: rights on resources that nothing else of the function mentions.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Severity};
use samc_ir::application::Code as Where;
use samc_ir::references;

use crate::query::name;
use crate::rights::Rights;
use crate::rule::{On, Profile, Rule};

/// How would the code know the resource?
pub(super) static RULE: Rule = Rule {
    code: Code::new("C204", "grant-without-use"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("grant_use.md"),
    check: |context, diagnostics| {
        let graph = context.graph;
        for view in &context.application().functions {
            let Some((id, function)) = graph.resources.get_key_value(&view.id) else { continue };
            // Code in the template may have names in it.
            if view.code == Where::Inline {
                continue;
            }
            let Some(rights) = Rights::of(context, view) else { continue };
            let mut known: FxHashSet<&str> = FxHashSet::default();
            let mut texts: Vec<&str> = Vec::new();
            if let Some(properties) = &function.properties {
                references::each(properties, false, &mut |r| {
                    known.insert(r.name);
                });
                properties.walk(&mut |e| texts.extend(e.as_str()));
            }
            for trigger in context.application().triggers.iter().filter(|t| t.function == view.id) {
                known.extend(trigger.source.as_deref());
                known.insert(&trigger.resource);
            }
            for (_, other) in context
                .of_type("AWS::Lambda::EventInvokeConfig")
                .chain(context.of_type("AWS::Lambda::EventSourceMapping"))
            {
                if let Some(properties) = &other.properties {
                    references::each(properties, false, &mut |r| {
                        known.insert(r.name);
                    });
                }
            }
            let mut told: FxHashSet<&str> = FxHashSet::default();
            for statement in rights.statements() {
                for resource in statement.items("Resource") {
                    references::each(resource, false, &mut |r| {
                        let Some((target, stored)) = graph.resources.get_key_value(r.name) else { return };
                        let is_key = stored.resource_type == *"AWS::KMS::Key"
                            || stored.resource_type == *"AWS::Logs::LogGroup";
                        let is_named = stored.properties_map().is_some_and(|p| {
                            p.iter().any(|(key, value)| {
                                key.ends_with("Name") && value.as_str().is_some_and(|v| texts.contains(&v))
                            })
                        });
                        if is_key
                            || is_named
                            || known.contains(r.name)
                            || r.name == id.as_str()
                            || !told.insert(r.name)
                        {
                            return;
                        }
                        let message = format!(
                            "{} may use {}, and nothing tells its code what that is called",
                            name(id, function),
                            name(target, stored)
                        );
                        let found = Diagnostic::new(Severity::Info, RULE.code, message)
                            .label(function.origin.key_span, "no variable of it names the resource")
                            .help("take the right away, or hand the name over in the environment");
                        let at = r.span.or(resource.span);
                        diagnostics.push(statement.at(found, at, "this right"));
                    });
                }
            }
        }
    },
};
