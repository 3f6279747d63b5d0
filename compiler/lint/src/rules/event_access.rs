//! C206 and C208: events that never arrive, for want of a permission or of a stream.

use rustc_hash::FxHashMap;
use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_ir::application::TriggerKind;
use samc_ir::references;
use samc_ir::{Expr, Resource};

use crate::context::Context;
use crate::query::{at_name, at_property, name, property};
use crate::rule::{On, Rule};

/// Lambda asks whether the service may call the function, and drops the event if it may not.
pub(super) static PERMISSION: Rule = Rule {
    code: Code::new("C206", "target-without-permission"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("target_permission.md"),
    check: |context, diagnostics| {
        let permissions = Permissions::of(context);
        for trigger in &context.application().triggers {
            let resources = &context.graph.resources;
            let (Some((id, source)), Some((of, function))) =
                (resources.get_key_value(&trigger.resource), resources.get_key_value(&trigger.function))
            else {
                continue;
            };
            let (service, path) = match (&*source.resource_type, trigger.kind) {
                ("AWS::Events::Rule", _) => ("events.amazonaws.com", "Targets"),
                ("AWS::SNS::Subscription", _) => ("sns.amazonaws.com", "Endpoint"),
                ("AWS::S3::Bucket", TriggerKind::Bucket) => ("s3.amazonaws.com", "NotificationConfiguration"),
                _ => continue,
            };
            if may_call(context, &permissions, service, of, function) {
                continue;
            }
            let message = format!(
                "{} calls {}, and nothing lets {service} do so: its events never arrive",
                name(id, source),
                name(of, function)
            );
            let found = Diagnostic::error(PERMISSION.code, message)
                .label(function.origin.key_span, "the function")
                .help(format!("add an AWS::Lambda::Permission for {service} with the SourceArn of {id}"));
            diagnostics.push(at_property(found, id, source, path, format!("calls {of}")));
        }
    },
};

/// The permissions of a graph, so that each function looks at its own.
struct Permissions<'g> {
    /// Those that name one function and nothing else.
    by_function: FxHashMap<&'g LogicalId, Vec<&'g Resource>>,
    /// Those that may be about any.
    others: Vec<&'g Resource>,
}

impl<'g> Permissions<'g> {
    fn of(context: &Context<'g>) -> Permissions<'g> {
        let mut found = Permissions { by_function: FxHashMap::default(), others: Vec::new() };
        for (_, permission) in context.of_type("AWS::Lambda::Permission") {
            let (mut function, mut count) = (None, 0);
            if let Some(value) = permission.property("FunctionName") {
                references::each(value, false, &mut |r| {
                    function = context.graph.resources.get_key_value(r.name);
                    count += 1;
                });
            }
            match function {
                Some((id, named)) if count == 1 && named.resource_type == *"AWS::Lambda::Function" => {
                    found.by_function.entry(id).or_default().push(permission);
                }
                Some(_) | None => found.others.push(permission),
            }
        }
        found
    }
}

/// True where a permission lets the service call the function, or may do so.
fn may_call(
    context: &Context<'_>,
    permissions: &Permissions<'_>,
    service: &str,
    of: &LogicalId,
    function: &Resource,
) -> bool {
    let own_name = property(function, "FunctionName").value().and_then(Expr::as_str);
    let leads = |value: &Expr| {
        if let Some(text) = value.as_str() {
            return own_name.is_some_and(|own| text.contains(own));
        }
        let (mut leads, mut elsewhere) = (false, false);
        references::each(value, false, &mut |r| {
            let named = context.graph.resources.get(r.name);
            let is_alias =
                named.is_some_and(|n| n.resource_type.starts_with("AWS::Lambda::") && r.name != of.as_str());
            elsewhere |= is_alias && named.is_some_and(|n| n.resource_type == *"AWS::Lambda::Function");
            // An alias, a version or what is known only at deployment may stand for any function.
            leads |= !elsewhere && (r.name == of.as_str() || is_alias || named.is_none());
        });
        leads
    };
    let own = permissions.by_function.get(of).into_iter().flatten();
    own.chain(&permissions.others).any(|permission| {
        let principal = permission.property("Principal");
        let fits = principal.is_none_or(|p| p.as_str().is_none_or(|p| p == service || p == "*"));
        fits && permission.property("FunctionName").is_none_or(leads)
    }) || context.may_exist(&format!("{of}Permission"))
}

/// A table has a stream only where it asks for one.
pub(super) static STREAM: Rule = Rule {
    code: Code::new("C208", "stream-not-enabled"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("stream_not_enabled.md"),
    check: |context, diagnostics| {
        for trigger in context.application().triggers.iter().filter(|t| t.kind == TriggerKind::Poll) {
            let resources = &context.graph.resources;
            let Some((id, table)) = trigger.source.as_ref().and_then(|s| resources.get_key_value(s)) else {
                continue;
            };
            let Some((reader, mapping)) = resources.get_key_value(&trigger.resource) else { continue };
            let is_table = table.resource_type == *"AWS::DynamoDB::Table";
            if !is_table || !property(table, "StreamSpecification").is_absent() {
                continue;
            }
            let message =
                format!("{} reads the stream of {}, which has none", name(reader, mapping), name(id, table));
            let found = Diagnostic::error(STREAM.code, message)
                .label(property(mapping, "EventSourceArn").value().and_then(|v| v.span), "read here")
                .help("add StreamSpecification with StreamViewType NEW_AND_OLD_IMAGES, and read StreamArn");
            diagnostics.push(at_name(found, id, table, "no StreamSpecification"));
        }
    },
};
