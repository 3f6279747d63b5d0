//! P414: logs that hold whole requests and answers.

use samc_base::{Code, Diagnostic, Diagnostics, Severity};

use crate::context::{Context, about};
use crate::query::{at_property, flag, items, member, name, name_span, property, text};
use crate::rule::{On, Profile, Rule};

/// Card numbers and health data then lie in a log, where nobody looks for them.
pub(super) static RULE: Rule = Rule {
    code: Code::new("P414", "log-payload"),
    level: Severity::Warning,
    on: On::Profiles(&[Profile::Pci, Profile::Hipaa]),
    page: include_str!("log_payload.md"),
    check,
};

fn check(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let stages = [
        ("AWS::ApiGateway::Stage", "MethodSettings"),
        ("AWS::ApiGatewayV2::Stage", "RouteSettings"),
        ("AWS::ApiGatewayV2::Stage", "DefaultRouteSettings"),
    ];
    for (resource_type, key) in stages {
        for (id, stage) in context.of_type(resource_type) {
            for settings in items(property(stage, key).value()) {
                let trace = member(settings, "DataTraceEnabled");
                if flag(trace) != Some(true) {
                    continue;
                }
                let message = format!("the stage {} logs whole requests and answers", name(id, stage));
                let at = trace.value().and_then(|v| v.span).or(name_span(stage));
                let found = Diagnostic::warning(RULE.code, message)
                    .at(at, "with everything users send")
                    .help("set DataTraceEnabled to false outside of development");
                diagnostics.push(about(found, id, &stage.origin, format!("Resources.{id}.Properties.{key}")));
            }
        }
    }
    for (id, api) in context.of_type("AWS::AppSync::GraphQLApi") {
        let short = flag(property(api, "LogConfig.ExcludeVerboseContent"));
        if text(api, "LogConfig.FieldLogLevel") == Some("ALL") && short == Some(false) {
            let message = format!("{} logs whole requests and answers", name(id, api));
            let found = Diagnostic::warning(RULE.code, message)
                .help("set ExcludeVerboseContent to true, or FieldLogLevel to ERROR");
            diagnostics.push(at_property(
                found,
                id,
                api,
                "LogConfig.FieldLogLevel",
                "with everything users send",
            ));
        }
    }
    for (id, machine) in context.of_type("AWS::StepFunctions::StateMachine") {
        const DATA: &str = "LoggingConfiguration.IncludeExecutionData";
        if flag(property(machine, DATA)) == Some(true) {
            let message = format!("{} logs what its steps take and give", name(id, machine));
            let found = Diagnostic::warning(RULE.code, message).help("set IncludeExecutionData to false");
            diagnostics.push(at_property(found, id, machine, DATA, "with all data"));
        }
    }
}
