//! L104 and C215: environments that Lambda refuses.

use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_data::limits::limit;
use samc_ir::{Expr, Map, Resource};

use crate::context::{Context, about};
use crate::rule::{On, Rule};

/// Names that Lambda sets itself. Source: "Defined runtime environment variables" in Lambda's guide.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// The rule about size.
pub(super) static SIZE: Rule = Rule {
    code: Code::new("L104", "lambda-env-size"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("lambda_env_size.md"),
    check: |context, diagnostics| {
        let Some(most) = limit("lambda.environment.max").map(|l| l.value) else { return };
        each(context, |id, resource, variables, value| {
            // What is known only at deployment counts as nothing, so that the sum is a floor.
            let bytes: usize =
                variables.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len)).sum();
            if bytes as u64 <= most {
                return;
            }
            let largest = variables.iter().max_by_key(|(_, value)| value.as_str().map_or(0, str::len));
            let source = resource.origin.source.as_deref().unwrap_or(id);
            let message =
                format!("the environment of {source} is at least {bytes} bytes long; Lambda takes {most}");
            let mut found = Diagnostic::error(SIZE.code, message)
                .at(value.span.or(resource.origin.key_span), format!("{} variables", variables.len()))
                .help("keep long values in a parameter, a secret or a file of the code");
            if let Some((name, value)) = largest {
                let bytes = value.as_str().map_or(0, str::len);
                found = found.label(value.span, format!("{name} alone has {bytes} bytes"));
            }
            diagnostics.push(about(found, id, &resource.origin, path(id, None)));
        });
    },
};

/// The rule about names.
pub(super) static RESERVED_NAME: Rule = Rule {
    code: Code::new("C215", "env-reserved"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("env_reserved.md"),
    check: |context, diagnostics| {
        each(context, |id, resource, variables, _| {
            for entry in variables.entries() {
                let name = &*entry.key;
                let source = resource.origin.source.as_deref().unwrap_or(id);
                // Malformed names do not fit the schema, whose rule tells of them.
                if !RESERVED.contains(&name) {
                    continue;
                }
                let message = format!("{source} sets `{name}`, which Lambda keeps for itself");
                let found = Diagnostic::error(RESERVED_NAME.code, message)
                    .at(entry.key_span, "reserved")
                    .help("take it out: the function finds the variable set; or use a name of your own");
                diagnostics.push(about(found, id, &resource.origin, path(id, Some(name))));
            }
        });
    },
};

fn path(id: &LogicalId, name: Option<&str>) -> String {
    let variables = format!("Resources.{id}.Properties.Environment.Variables");
    name.map_or(variables.clone(), |name| format!("{variables}.{name}"))
}

/// Looks at the variables of every function.
fn each<'g>(context: &Context<'g>, mut look: impl FnMut(&'g LogicalId, &'g Resource, &'g Map, &'g Expr)) {
    for (id, resource) in context.of_type("AWS::Lambda::Function") {
        let variables = resource.property("Environment").and_then(|e| e.as_map()?.get("Variables"));
        if let Some((value, map)) = variables.and_then(|v| Some((v, v.as_map()?))) {
            look(id, resource, map, value);
        }
    }
}
