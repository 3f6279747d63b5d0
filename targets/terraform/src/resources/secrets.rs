//! Secrets with their first version, which may be made up, and certificates with the proof of their domains.

use samc_ir::Map;

use super::{given, properties, satellite};
use crate::context::Context;
use crate::hcl::{Block, Value};
use crate::native::{Site, main};
use crate::reason::Reason;

const VERSION: &str = "aws_secretsmanager_secret_version";

/// What a made-up secret may be told, with the name that the provider has for it.
const MADE_UP: &[(&str, &str)] = &[
    ("ExcludeCharacters", "exclude_characters"),
    ("ExcludeLowercase", "exclude_lowercase"),
    ("ExcludeNumbers", "exclude_numbers"),
    ("ExcludePunctuation", "exclude_punctuation"),
    ("ExcludeUppercase", "exclude_uppercase"),
    ("IncludeSpace", "include_space"),
    ("PasswordLength", "password_length"),
    ("RequireEachIncludedType", "require_each_included_type"),
];

/// `AWS::SecretsManager::Secret` with its first version.
pub(crate) fn secret(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let mut blocks = vec![main(context, site, &["SecretString", "GenerateSecretString"])?];
    let id = Value::code(context.attribute(site.plan, "id"));
    if let Some(text) = given(&map, "SecretString") {
        let mut block = satellite(context, site.plan, VERSION, "", None);
        block.set("secret_id", id);
        block.set("secret_string", context.json(text));
        blocks.push(block);
    } else if let Some(rules) = given(&map, "GenerateSecretString") {
        let rules = context.within("GenerateSecretString", || rules.as_map())?;
        let (password, text) = made_up(context, site, rules)?;
        let mut block = satellite(context, site.plan, VERSION, "", None);
        block.set("secret_id", id);
        block.set("secret_string_wo", text);
        // A new number would make up a new secret, which CloudFormation never does by itself.
        block.set("secret_string_wo_version", Value::Number("1".to_owned()));
        context.writes_only.set(true);
        blocks.extend([password, block]);
    }
    Some(blocks)
}

/// A password that is in no state, and the text of the secret with it.
fn made_up(context: &Context<'_>, site: &Site<'_>, rules: &Map) -> Option<(Block, Value)> {
    let kind = "aws_secretsmanager_random_password";
    let mut block = Block::new("ephemeral", &[kind, &site.plan.label]);
    for (key, value) in rules.iter().filter(|(_, value)| !value.is_no_value()) {
        if matches!(&**key, "GenerateStringKey" | "SecretStringTemplate") {
            continue;
        }
        let Some((_, name)) = MADE_UP.iter().find(|(known, _)| *known == &**key) else {
            return context.lacks(Reason::Property(format!("GenerateSecretString.{key}")));
        };
        block.set(*name, context.value(value));
    }
    let address = format!("ephemeral.{kind}.{}", site.plan.label);
    let password = Value::code(context.indexed(site.plan, &address, "random_password"));
    let text = match (given(rules, "SecretStringTemplate"), given(rules, "GenerateStringKey")) {
        (None, None) => password,
        (Some(template), Some(key)) => {
            let key = context.value(key);
            let Some(key) = key.as_literal() else {
                return context.lacks(Reason::Form("GenerateSecretString.GenerateStringKey".to_owned()));
            };
            let template = Value::Call("jsondecode", vec![context.json(template)]);
            let own = Value::Object(vec![(key.to_owned(), password)]);
            Value::Call("jsonencode", vec![Value::Call("merge", vec![template, own])])
        }
        _ => return context.lacks(Reason::Form("GenerateSecretString.SecretStringTemplate".to_owned())),
    };
    Some((block, text))
}

/// `AWS::CertificateManager::Certificate`: where the zone of its domains is given, the records that prove them are
/// made, and the certificate is there when it is issued.
pub(crate) fn certificate(context: &Context<'_>, site: &Site<'_>) -> Option<Vec<Block>> {
    let map = properties(site.resource)?;
    let path = "DomainValidationOptions";
    let Some(options) = given(&map, path) else { return Some(vec![main(context, site, &[])?]) };
    let mut block = main(context, site, &[path])?;
    let options = context.within(path, || options.as_list())?;
    let mut zones: Vec<(String, Value)> = Vec::new();
    for option in options {
        let option = context.within(path, || option.as_map())?;
        let domain = context.value(option.get("DomainName")?);
        // The records are told apart by domain, which must be known for that before anything is made.
        let is_known =
            domain.as_literal().is_some() || matches!(&domain, Value::Code(code) if code.starts_with("var."));
        let zone = given(option, "HostedZoneId").filter(|_| is_known && option.len() == 2);
        let zone = context.value(context.within(path, || zone)?);
        let domain = match &domain {
            Value::Code(code) => format!("({code})"),
            other => crate::hcl::line(other),
        };
        zones.push((domain, zone));
    }
    // Two numbers of one block are not said here.
    if site.plan.condition.is_some() || zones.is_empty() {
        return context.within(path, || None);
    }
    let mut lifecycle = Block::new("lifecycle", &[]);
    lifecycle.set("create_before_destroy", Value::Bool(true));
    if !block.has("validation_method") {
        block.set("validation_method", Value::text("DNS"));
    }
    block.push(lifecycle);
    let certificate = site.plan.address.as_str();
    let mut records = satellite(context, site.plan, "aws_route53_record", "validation", None);
    let name = records.labels.join(".");
    records.set(
        "for_each",
        Value::code(format!("{{ for o in {certificate}.domain_validation_options : o.domain_name => o }}")),
    );
    let zone = match zones.as_slice() {
        [(_, zone)] => zone.clone(),
        [(_, first), rest @ ..] if rest.iter().all(|(_, zone)| zone == first) => first.clone(),
        _ => {
            let pairs: Vec<String> =
                zones.iter().map(|(domain, zone)| format!("{domain} = {}", crate::hcl::line(zone))).collect();
            Value::code(format!("{{ {} }}[each.key]", pairs.join(", ")))
        }
    };
    records.set("zone_id", zone);
    records.set("name", Value::code("each.value.resource_record_name"));
    records.set("type", Value::code("each.value.resource_record_type"));
    records.set("records", Value::List(vec![Value::code("each.value.resource_record_value")]));
    records.set("ttl", Value::Number("60".to_owned()));
    // Two certificates of one domain are proved by one record.
    records.set("allow_overwrite", Value::Bool(true));
    let mut issued = satellite(context, site.plan, "aws_acm_certificate_validation", "", None);
    issued.set("certificate_arn", Value::code(context.attribute(site.plan, "arn")));
    issued.set("validation_record_fqdns", Value::code(format!("[for r in {name} : r.fqdn]")));
    Some(vec![block, records, issued])
}
