//! `iot` and `iotFleetProvisioning`: messages that a rule of IoT picks, and devices that are about to be
//! provisioned. Source: lib/plugins/aws/package/compile/events/iot.js and iot-fleet-provisioning.js of osls 3.77.1.

use samc_base::codes;
use samc_ir::{Expr, Map};

use super::common::{as_text, permission, required, wait_for_alias};
use crate::serverless::names::normalized;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Service};
use crate::serverless::value::{set, stringify};

/// Lowers the rules.
pub(super) fn lower_rules(service: &Service, out: &mut Output<'_>) {
    for (function, event, number) in service.events("iot") {
        let of = (function, event);
        let Some([sql]) = required(of, ["sql"], "- iot: {sql: \"SELECT * FROM 'topic'\"}", out) else {
            continue;
        };
        if as_text(of, "sql", sql, "write the statement as text", out).is_none() {
            continue;
        }
        let is_off = event.flag("enabled") == Some(false);
        let action = Expr::from([("Lambda", Expr::from([("FunctionArn", function.target())]))]);
        let mut payload = Map::from([
            ("RuleDisabled", Expr::from(is_off)),
            ("Sql", on_one_line(sql)),
            ("Actions", vec![action].into()),
        ]);
        set(&mut payload, "Description", line(event, "description").as_ref());
        set(&mut payload, "AwsIotSqlVersion", line(event, "sqlVersion").as_ref());
        let mut properties = Map::from([("TopicRulePayload", payload)]);
        set(&mut properties, "RuleName", line(event, "name").as_ref());
        let key = normalized(&function.key);
        let id = format!("{key}IotTopicRule{number}");
        let resource = out.add(id.as_str(), "AWS::IoT::TopicRule", properties, &event.origin);
        wait_for_alias(function, resource);
        let source = vec![
            "arn:".into(),
            Expr::reference("AWS::Partition"),
            ":iot:".into(),
            Expr::reference("AWS::Region"),
            ":".into(),
            Expr::reference("AWS::AccountId"),
            ":rule/".into(),
            Expr::reference(id),
        ];
        let id = format!("{key}LambdaPermissionIotTopicRule{number}");
        permission(of, id, "iot.amazonaws.com", Some(Expr::join("", source)), out);
    }
}

fn line(event: &Event, key: &str) -> Option<Expr> {
    event.given(key).map(on_one_line)
}

fn on_one_line(value: &Expr) -> Expr {
    match value.as_str() {
        Some(text) if text.contains('\n') => {
            Expr::from(text.replace("\r\n", "").replace('\n', "")).with_span(value.span)
        }
        _ => value.clone(),
    }
}

/// Lowers the hooks of provisioning, of which a function has one.
pub(super) fn lower_provisioning(service: &Service, out: &mut Output<'_>) {
    for (function, event, number) in service.events("iotFleetProvisioning") {
        let of = (function, event);
        if number > 1 {
            out.error(
                codes::EXCLUSIVE_PROPERTIES,
                &event.origin,
                format!("{} has more than one iotFleetProvisioning event", function.key),
                event.value.span,
                "beside another",
                "keep one, and give the other to a function of its own",
            );
            continue;
        }
        let example = "- iotFleetProvisioning: {templateBody: {…}, provisioningRoleArn: ARN}";
        let Some([body, role]) = required(of, ["templateBody", "provisioningRoleArn"], example, out) else {
            continue;
        };
        let key = normalized(&function.key);
        let permission_id = format!("{key}LambdaPermissionIotProvisioningTemplate");
        let hook = Expr::from([("TargetArn", function.target())]);
        let mut properties = Map::from([
            ("Enabled", event.setting("enabled").cloned().unwrap_or_else(|| true.into())),
            ("PreProvisioningHook", hook),
            ("ProvisioningRoleArn", role.clone()),
            ("TemplateBody", Expr::from(stringify(body)).with_span(body.span)),
        ]);
        set(&mut properties, "TemplateName", event.given("templateName"));
        let mut depends_on = vec![Expr::from(permission_id.as_str())];
        depends_on.extend(function.target_depends_on());
        let id = format!("{key}IotProvisioningTemplate");
        let resource = out.add(id, "AWS::IoT::ProvisioningTemplate", properties, &event.origin);
        resource.attributes.insert("DependsOn", depends_on);
        permission(of, permission_id, "iot.amazonaws.com", None, out);
    }
}
