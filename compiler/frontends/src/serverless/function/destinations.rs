//! What happens to asynchronous calls: how often and how long they are tried, and where they go then.

use samc_base::codes;
use samc_ir::{Expr, Map};

use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Function, Service};
use crate::serverless::value::{given, set};

/// Adds the settings of asynchronous calls, where there are any.
pub(super) fn lower(service: &Service, function: &Function, out: &mut Output<'_>) {
    let settings = &function.settings;
    let destinations = given(settings, "destinations").and_then(Expr::as_map);
    let age = given(settings, "maximumEventAge");
    let attempts = settings.get("maximumRetryAttempts").filter(|attempts| !attempts.is_null());
    if destinations.is_none() && age.is_none() && attempts.is_none() {
        return;
    }
    let mut config = Map::new();
    let mut depends_on: Vec<Expr> = function.target_depends_on().into_iter().collect();
    for (key, property) in [("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")] {
        let Some(destination) = destinations.and_then(|both| given(both, key)) else { continue };
        let Some(place) = Place::of(service, destination) else {
            let message = format!("{key} of {} names no function of the service, and no ARN", function.key);
            let help = "name a function of this file, give an ARN, or a mapping of `type` (function, sqs, sns, eventBus) and `arn`";
            out.error(codes::INVALID_VALUE, &function.origin, message, destination.span, "not known", help);
            continue;
        };
        config.insert(property, Map::from([("Destination", place.arn)]));
        if service.given_role(function).is_none() {
            out.allow_once_as_text(place.action, place.resource);
        }
        depends_on.extend(place.depends_on.filter(|alias| !depends_on.contains(alias)));
    }
    let qualifier = function.alias().map_or("$LATEST", |alias| alias.name);
    let mut properties = Map::from([
        ("FunctionName", Expr::reference(function.id())),
        ("DestinationConfig", config.into()),
        ("Qualifier", qualifier.into()),
    ]);
    set(&mut properties, "MaximumEventAgeInSeconds", age);
    set(&mut properties, "MaximumRetryAttempts", attempts);
    let id = format!("{}LambdaEvConf", normalized(&function.key));
    let resource = out.add(id, "AWS::Lambda::EventInvokeConfig", properties, &function.origin);
    match depends_on.as_slice() {
        [] => {}
        [one] => {
            resource.attributes.insert("DependsOn", one.clone());
        }
        _ => {
            resource.attributes.insert("DependsOn", depends_on);
        }
    }
}

/// Where a call goes.
struct Place {
    /// What Lambda is told.
    arn: Expr,
    /// What the role must be allowed to.
    action: &'static str,
    /// On which resource: not a reference to a function, which would be a cycle through the role.
    resource: Expr,
    /// The alias of the function.
    depends_on: Option<Expr>,
}

impl Place {
    fn of(service: &Service, destination: &Expr) -> Option<Place> {
        let (arn, action) = match (destination.as_map(), destination.as_str()) {
            (Some(settings), _) => {
                let action = match settings.get("type").and_then(Expr::as_str)? {
                    "function" => "lambda:InvokeFunction",
                    "sqs" => "sqs:SendMessage",
                    "sns" => "sns:Publish",
                    "eventBus" => "events:PutEvents",
                    _ => return None,
                };
                (settings.get("arn")?.clone(), action)
            }
            (None, Some(text)) if text.starts_with("arn:") => {
                let action = if text.contains(":function:") {
                    "lambda:InvokeFunction"
                } else if text.contains(":sqs:") {
                    "sqs:SendMessage"
                } else if text.contains(":sns:") {
                    "sns:Publish"
                } else if text.contains(":event-bus/") {
                    "events:PutEvents"
                } else {
                    return None;
                };
                (destination.clone(), action)
            }
            (None, Some(key)) => {
                let function = service.function_of(key)?;
                let name = function.name.as_str()?;
                let alias = function.alias().map_or_else(String::new, |alias| format!(":{}", alias.name));
                let resource = Expr::sub(format!(
                    "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}{alias}"
                ));
                return Some(Place {
                    arn: function.target(),
                    action: "lambda:InvokeFunction",
                    resource,
                    depends_on: function.target_depends_on(),
                });
            }
            (None, None) => return None,
        };
        Some(Place { resource: arn.clone(), arn, action, depends_on: None })
    }
}
