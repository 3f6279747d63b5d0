//! `alexaSkill` and `alexaSmartHome`: requests of a skill of Alexa. Source:
//! lib/plugins/aws/package/compile/events/alexa-skill.js and alexa-smart-home.js of osls 3.77.1.

use samc_base::codes;

use super::common::{article, permission};
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::Service;
use crate::serverless::value::set;

/// Lowers the events of skills that talk.
pub(super) fn lower_skills(service: &Service, out: &mut Output<'_>) {
    lower(service, "alexaSkill", ("AlexaSkill", "alexa-appkit.amazon.com"), out);
}

/// Lowers the events of skills for what is at home.
pub(super) fn lower_smart_home(service: &Service, out: &mut Output<'_>) {
    lower(service, "alexaSmartHome", ("AlexaSmartHome", "alexa-connectedhome.amazon.com"), out);
}

/// Adds a permission for each event, for the skill of its id. Where the event is off, the permission is one that
/// nobody can use.
fn lower(service: &Service, kind: &str, (name, principal): (&str, &str), out: &mut Output<'_>) {
    for (function, event, number) in service.events(kind) {
        let skill = match event.value.as_map() {
            Some(_) => event.given("appId"),
            None => Some(&event.value),
        };
        // The framework lets any skill that talks call a function whose event is a mapping without the id.
        let may_be_any = kind == "alexaSkill" && skill.is_none();
        if !may_be_any && skill.is_none_or(|skill| skill.as_str().is_none()) {
            out.error(
                codes::MISSING_PROPERTY,
                &event.origin,
                format!("{} event of {} does not say which skill may call it", article(kind), function.key),
                event.value.span,
                "no appId",
                &format!("give the id of the skill: `- {kind}: amzn1.ask.skill.…`"),
            );
            continue;
        }
        let id = format!("{}LambdaPermission{name}{number}", normalized(&function.key));
        permission((function, event), id.clone(), principal, None, out);
        let Some(properties) = out.properties(&id) else { continue };
        set(properties, "EventSourceToken", skill);
        if event.flag("enabled") == Some(false) {
            properties.insert("Action", "lambda:DisableInvokeFunction");
        }
    }
}
