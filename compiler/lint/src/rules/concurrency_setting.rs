//! R513, C227 and K902: functions that may not run, and copies kept warm for nobody.

use rustc_hash::FxHashSet;
use samc_base::{Code, Diagnostic, Diagnostics, Severity};
use samc_ir::{Expr, Function, first_of, references};

use crate::context::Context;
use crate::numbers::{number, number_of};
use crate::query::{at_property, name, property, text};
use crate::rule::{On, Profile, Rule};

/// A reserve of none is how a function is switched off in an emergency.
pub(super) static ZERO: Rule = Rule {
    code: Code::new("R513", "reserved-zero"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("reserved_zero.md"),
    check: |context, diagnostics| {
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            const KEY: &str = "ReservedConcurrentExecutions";
            if number_of(function, KEY).is_none_or(|n| n.value != 0) {
                continue;
            }
            let message = format!("every call of {} is refused: it has 0 calls reserved", name(id, function));
            let found = Diagnostic::warning(ZERO.code, message).help(
                "take it out, or give it 1 or more; where the function is switched off on purpose, allow this \
                 finding and say until when",
            );
            diagnostics.push(at_property(found, id, function, KEY, "switched off"));
        }
    },
};

const PROVISIONED: &str = "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions";

/// Copies are kept for a version; `$LATEST` is none.
pub(super) static LATEST: Rule = Rule {
    code: Code::new("C227", "provisioned-on-latest"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("provisioned_on_latest.md"),
    check: latest,
};

fn latest(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for (id, alias) in context.of_type("AWS::Lambda::Alias") {
        if property(alias, "ProvisionedConcurrencyConfig").is_absent() {
            continue;
        }
        if text(alias, "FunctionVersion") == Some("$LATEST") {
            let message = format!(
                "{} keeps copies of $LATEST warm, which Lambda refuses: only a published version can have them",
                name(id, alias)
            );
            let found = Diagnostic::error(LATEST.code, message)
                .help("publish a version (AWS::Lambda::Version, or AutoPublishAlias in SAM) and name it");
            diagnostics.push(at_property(found, id, alias, "FunctionVersion", "not published"));
            continue;
        }
        let graph = context.graph;
        let function = alias
            .property("FunctionName")
            .and_then(|f| first_of(graph, f, |t| t == "AWS::Lambda::Function"))
            .and_then(|f| graph.resources.get_key_value(&f));
        let Some((function_id, function)) = function else { continue };
        let (mut by_alias, mut by_name) = (false, None);
        for caller in [
            "AWS::Lambda::EventSourceMapping",
            "AWS::Events::Rule",
            "AWS::SNS::Subscription",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Method",
            "AWS::ApiGatewayV2::Api",
            "AWS::ApiGatewayV2::Integration",
            "AWS::Scheduler::Schedule",
            "AWS::StepFunctions::StateMachine",
            "AWS::Lambda::Url",
            "AWS::AppSync::DataSource",
        ] {
            for (caller_id, caller) in context.of_type(caller) {
                let Some(properties) = &caller.properties else { continue };
                if text(alias, "Name").is_some_and(|name| is_joined(properties, function_id.as_str(), name)) {
                    by_alias = true;
                    continue;
                }
                references::each(properties, false, &mut |r| {
                    by_alias |= r.name == id.as_str();
                    if r.name == function_id.as_str() && by_name.is_none() {
                        by_name = Some((caller_id, caller, r.span));
                    }
                });
            }
        }
        let Some((caller_id, caller, span)) = by_name.filter(|_| !by_alias) else { continue };
        let message = format!(
            "{} keeps copies of {} warm, and {} calls the function without its alias: they wait for nobody",
            name(id, alias),
            name(function_id, function),
            name(caller_id, caller)
        );
        let found = Diagnostic::warning(LATEST.code, message)
            .label(span, "calls $LATEST")
            .help(format!("call the alias: !Ref {id}"));
        diagnostics.push(at_property(found, id, alias, "ProvisionedConcurrencyConfig", "used by nobody"));
    }
}

/// True where an ARN of the function is followed by the name of an alias, as `Fn::Join` or `Fn::Sub` puts them together.
fn is_joined(properties: &Expr, function: &str, alias: &str) -> bool {
    let mut found = false;
    properties.walk(&mut |value| match value.as_call() {
        Some((Function::Join, argument)) => {
            let Some([delimiter, parts]) = argument.as_list() else { return };
            let (delimiter, parts) =
                (delimiter.as_str().unwrap_or_default(), parts.as_list().unwrap_or_default());
            let at = parts.iter().position(|part| part.as_get_att().is_some_and(|(id, _)| id == function));
            let behind = at.and_then(|at| parts.get(at + 1..)).unwrap_or_default();
            let behind: Vec<&str> = behind.iter().map_while(Expr::as_str).collect();
            found |= names_alias(&format!("{delimiter}{}", behind.join(delimiter)), alias);
        }
        Some((Function::Sub, _)) => {
            let Some((text, _)) = value.as_sub() else { return };
            let arn = format!("${{{function}.Arn}}");
            found |= text.split_once(&arn).is_some_and(|(_, behind)| names_alias(behind, alias));
        }
        _ => {}
    });
    found
}

/// True where a text goes on with an alias: `:live`, and then its end or `/`.
fn names_alias(behind: &str, alias: &str) -> bool {
    let rest = behind.strip_prefix(':').and_then(|rest| rest.strip_prefix(alias));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Copies are paid for whether they are used or not.
pub(super) static IDLE: Rule = Rule {
    code: Code::new("K902", "provisioned-idle"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Cost]),
    page: include_str!("provisioned_idle.md"),
    check: |context, diagnostics| {
        let graph = context.graph;
        let mut scaled: FxHashSet<&str> = FxHashSet::default();
        let mut open = false;
        for (_, target) in context.of_type("AWS::ApplicationAutoScaling::ScalableTarget") {
            if text(target, "ServiceNamespace").is_some_and(|s| s != "lambda") {
                continue;
            }
            let Some(resource) = target.property("ResourceId") else { continue };
            let mut named = false;
            references::each(resource, false, &mut |r| {
                named |= graph.resources.contains_key(r.name);
                scaled.insert(r.name);
            });
            open |= !named;
        }
        for (id, alias) in context.of_type("AWS::Lambda::Alias") {
            let Some(copies) = property(alias, PROVISIONED).value().and_then(number) else { continue };
            let function = alias
                .property("FunctionName")
                .and_then(|f| first_of(graph, f, |t| t == "AWS::Lambda::Function"))
                .and_then(|f| graph.resources.get_key_value(&f));
            let reserved = function.and_then(|(_, f)| number_of(f, "ReservedConcurrentExecutions"));
            let push = |message: String, help: String| {
                let found = Diagnostic::new(Severity::Info, IDLE.code, message).help(help);
                at_property(found, id, alias, PROVISIONED, format!("{} copies", copies.value))
            };
            if let Some(reserved) = reserved.filter(|r| r.value < copies.value) {
                let message = format!(
                    "{} keeps {} copies warm, and its function has {} calls reserved: the rest is never used",
                    name(id, alias),
                    copies.value,
                    reserved.value
                );
                diagnostics.push(push(message, format!("set both to {}", reserved.value)));
                continue;
            }
            let named = |id: &str| scaled.contains(id);
            if open || named(id) || function.is_some_and(|(f, _)| named(f)) {
                continue;
            }
            let message = format!(
                "{} keeps {} copies warm day and night, whether somebody calls or not",
                name(id, alias),
                copies.value
            );
            let help =
                "scale them with an AWS::ApplicationAutoScaling::ScalableTarget, by use or by the clock";
            diagnostics.push(push(message, help.to_owned()));
        }
    },
};
