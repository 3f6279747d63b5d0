//! `plugins`: they do not run. What of the template would be their work is told.

use samc_base::codes;
use samc_data::serverless_plugins::{Effect, effect};
use samc_ir::{Expr, Kind, Origin};

use super::output::Output;
use super::service::Service;

/// Tells of plugins whose work is missing in what is made, and of those that nobody knows.
pub(super) fn tell(service: &Service, out: &mut Output<'_>) {
    let Some(section) = service.root.get("plugins") else { return };
    let list = match &section.kind {
        Kind::Map(map) => map.get("modules").and_then(Expr::as_list),
        _ => section.as_list(),
    };
    let origin = Origin {
        path: "plugins".to_owned(),
        key_span: service.root.key_span("plugins"),
        ..Origin::default()
    };
    for plugin in list.unwrap_or_default() {
        let Some(name) = plugin.as_str() else { continue };
        match effect(name) {
            Some(Effect::None) => {}
            Some(Effect::Adds(what)) => {
                let message = format!("the plugin {name} does not run, and what it makes is missing: {what}");
                let help = "write what it makes under `resources`, or deploy with the Framework";
                out.warn(codes::PLUGIN_NOT_RUN, &origin, message, plugin.span, "not run", help);
            }
            None => {
                let message =
                    format!("the plugin {name} does not run, and what it may add to the template is missing");
                let help = "compare with what `serverless package` makes, or take the plugin out if it has no part in the template";
                out.note(codes::PLUGIN_NOT_RUN, &origin, message, plugin.span, "not run", help);
            }
        }
    }
}
