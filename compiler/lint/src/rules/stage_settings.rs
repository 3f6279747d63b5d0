//! O605, O606 and R518: what stages of APIs, functions and machines do not record, and how much they let in.

use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_ir::{Expr, Resource};

use crate::context::Context;
use crate::query::{Known, at_property, flag, items, member, name, property, text};
use crate::rule::{On, Profile, Rule};

/// Where the time of a slow request went.
pub(super) static TRACING: Rule = Rule {
    code: Code::new("O605", "tracing"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("tracing.md"),
    check: |context, diagnostics| {
        /// Type, property, and how its being on is written where it is no truth value.
        const SWITCHES: [(&str, &str, Option<&str>); 4] = [
            ("AWS::ApiGateway::Stage", "TracingEnabled", None),
            ("AWS::AppSync::GraphQLApi", "XrayEnabled", None),
            ("AWS::Lambda::Function", "TracingConfig.Mode", Some("Active")),
            ("AWS::StepFunctions::StateMachine", "TracingConfiguration.Enabled", None),
        ];
        for (kind, path, on) in SWITCHES {
            for (id, resource) in context.of_type(kind) {
                let switch = property(resource, path);
                let is_off = match (switch, on) {
                    (Known::Unknown, _) => false,
                    (Known::Is(value), Some(on)) => value.as_str().is_some_and(|v| v != on),
                    (_, _) => flag(switch) == Some(false),
                };
                if !is_off {
                    continue;
                }
                let message =
                    format!("requests cannot be followed through {}: it is not traced", name(id, resource));
                let value = on.unwrap_or("true");
                let found = Diagnostic::new(Severity::Info, TRACING.code, message)
                    .help(format!("set {path} to {value}; in SAM it is Tracing or TracingEnabled"));
                diagnostics.push(at_property(found, id, resource, path, "no tracing"));
            }
        }
    },
};

/// Who called what, when, and what the answer was.
pub(super) static ACCESS: Rule = Rule {
    code: Code::new("O606", "access-log"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("access_log.md"),
    check: |context, diagnostics| {
        for (kind, path) in [
            ("AWS::ApiGateway::Stage", "AccessLogSetting"),
            ("AWS::ApiGatewayV2::Stage", "AccessLogSettings"),
        ] {
            for (id, stage) in context.of_type(kind) {
                if !property(stage, path).is_absent() {
                    continue;
                }
                let message = format!("the requests to the stage {} are not recorded", name(id, stage));
                let found = Diagnostic::warning(ACCESS.code, message)
                    .help(format!("give {path} a DestinationArn, such as a log group's, and a Format"));
                let found = at_property(found, id, stage, path, "no access log");
                diagnostics.push(match made_for(context, id, stage) {
                    Some((_, function)) => found.resource(function),
                    None => found,
                });
            }
        }
    },
};

/// The API of a stage that the author did not write, and the function whose events it was made for.
pub(super) fn made_for<'g>(
    context: &Context<'g>,
    id: &LogicalId,
    stage: &Resource,
) -> Option<(&'g str, &'g str)> {
    let api = stage.property("RestApiId").or(stage.property("ApiId"))?.as_ref_to()?;
    if !api.starts_with("Serverless") || !id.starts_with(api) {
        return None;
    }
    let (api, _) = context.graph.resources.get_key_value(api)?;
    let route = context.application().routes.iter().find(|route| route.api == *api)?;
    let (id, function) = context.graph.resources.get_key_value(route.function.as_ref()?)?;
    Some((api.as_str(), name(id, function)))
}

/// One caller can use up what all others need.
pub(super) static THROTTLE: Rule = Rule {
    code: Code::new("R518", "api-throttle"),
    level: Severity::Info,
    on: On::Profiles(&[Profile::Strict]),
    page: include_str!("api_throttle.md"),
    check: |context, diagnostics| {
        for (id, stage) in context.of_type("AWS::ApiGateway::Stage") {
            let settings = property(stage, "MethodSettings");
            let limits = |setting: &Expr| !member(setting, "ThrottlingRateLimit").is_absent();
            let open = matches!(settings, Known::Unknown)
                || settings.value().is_some_and(|s| s.is_call() || items(Some(s)).any(limits));
            let plan = context.of_type("AWS::ApiGateway::UsagePlan").any(|(_, plan)| {
                !property(plan, "Throttle").is_absent()
                    || plan
                        .property("ApiStages")
                        .is_some_and(|stages| items(Some(stages)).any(|s| !member(s, "Throttle").is_absent()))
            });
            if !open && !plan {
                diagnostics.push(unthrottled(
                    id,
                    stage,
                    "MethodSettings",
                    "ThrottlingRateLimit and ThrottlingBurstLimit",
                ));
            }
        }
        for (id, stage) in context.of_type("AWS::ApiGatewayV2::Stage") {
            let of = |path: &str| property(stage, path).is_absent();
            if of("DefaultRouteSettings.ThrottlingRateLimit") && of("RouteSettings") {
                diagnostics.push(unthrottled(
                    id,
                    stage,
                    "DefaultRouteSettings",
                    "ThrottlingRateLimit and ThrottlingBurstLimit",
                ));
            }
        }
    },
};

fn unthrottled(id: &LogicalId, stage: &Resource, path: &str, keys: &str) -> Diagnostic {
    let stage_name = text(stage, "StageName").unwrap_or("stage");
    let message =
        format!("the {stage_name} stage {} takes as many requests as the whole account may", name(id, stage));
    let found = Diagnostic::new(Severity::Info, THROTTLE.code, message)
        .help(format!("set {keys} in {path} to somewhat more than is expected"));
    at_property(found, id, stage, path, "no throttle")
}
