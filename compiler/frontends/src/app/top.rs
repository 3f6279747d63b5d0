//! What stands around the components: description, parameters, secrets, raw resources and outputs.

use samc_base::{Diagnostic, LogicalId, Span, codes};
use samc_ir::{Expr, Kind as ExprKind, Map, Origin, Resource};
use samc_schema::app::{Common, Kind, Param, ParamType, Reference, Secret};
use samc_syntax::{Node, Spanned};

use super::lower::{Lower, Owner, Parameter};
use super::names::{Component, upper_camel};
use super::raw;

/// The description of the template.
pub(super) fn head(ctx: &mut Lower<'_>) {
    ctx.template.sections.insert("AWSTemplateFormatVersion", "2010-09-09");
    if let Some(description) = &ctx.app.description {
        let length = description.value.chars().count();
        if length > 1024 {
            let message = format!("`description` has {length} characters, and takes at most 1024");
            let finding = Diagnostic::error(codes::INVALID_VALUE, message).at(description.span, "too long");
            ctx.report(&Owner::default(), "description", finding);
        }
        let text = Expr::from(description.value.as_str()).with_span(description.span);
        ctx.template.sections.insert("Description", text);
    }
}

fn owner_at(section: &str, name: &str, span: Option<Span>) -> Owner {
    let origin = Origin {
        source: Some(LogicalId::new(name)),
        key_span: span,
        span,
        path: format!("{section}.{name}"),
        ..Origin::default()
    };
    Owner { origin, ..Owner::default() }
}

/// Parameters of the template.
pub(super) fn params(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    let mut section = Map::new();
    for (key, param) in app.params.iter().flat_map(|p| &p.0) {
        let name = key.name().as_str();
        let owner = owner_at("params", name, key.span());
        let kind = param.r#type.as_ref().map_or(ParamType::String, |t| t.value);
        let is_stored = matches!(kind, ParamType::Ssm | ParamType::SecretSsm);
        if is_stored && param.ssm.is_none() {
            let finding = Diagnostic::error(
                codes::MISSING_PROPERTY,
                format!("`params.{name}` is a value in the parameter store, and its path is missing"),
            )
            .at(key.span(), "`ssm` is missing in here")
            .help("add `ssm: /path`");
            ctx.report(&owner, "ssm", finding);
            ctx.broken.insert(format!("params.{name}"));
            continue;
        }
        let path = param.ssm.as_ref().map(|p| p.value.clone());
        let store_path = param.ssm.as_ref().map(|p| Expr::from(p.value.as_str()).with_span(p.span));
        if kind == ParamType::SecretSsm {
            let text = format!("{{{{resolve:ssm-secure:{}}}}}", path.unwrap_or_default());
            let parameter = Parameter { value: text.into(), store_path };
            ctx.params.insert(name.to_owned(), parameter);
            continue;
        }
        let wanted = param.id.as_ref().map_or_else(|| upper_camel(name), |id| id.value.to_string());
        let id = ctx.fresh_id(&wanted, "Parameter");
        let entry = declaration(ctx, &owner, param, kind);
        section.insert_spanned(id.shared(), key.span(), Expr::from(entry).with_span(key.span()));
        ctx.params.insert(name.to_owned(), Parameter { value: Expr::reference(&id), store_path });
    }
    if !section.is_empty() {
        ctx.template.sections.insert("Parameters", section);
    }
}

fn declaration(ctx: &mut Lower<'_>, owner: &Owner, param: &Param, kind: ParamType) -> Map {
    let word = match kind {
        ParamType::String | ParamType::SecretSsm => "String",
        ParamType::Number => "Number",
        ParamType::List => "CommaDelimitedList",
        ParamType::Ssm => "AWS::SSM::Parameter::Value<String>",
    };
    let mut entry =
        Map::from([("Type", Expr::from(word).with_span(param.r#type.as_ref().and_then(|t| t.span)))]);
    let text = |value: &Spanned<String>| Expr::from(value.value.as_str()).with_span(value.span);
    if let Some(default) = param.ssm.as_ref().or(param.default.as_ref()) {
        if kind == ParamType::Number && default.value.parse::<f64>().is_err() {
            let message = format!("the default of a number is `{}`", default.value);
            let finding = Diagnostic::error(codes::INVALID_VALUE, message).at(default.span, "not a number");
            ctx.report(owner, "default", finding);
        }
        entry.insert("Default", text(default));
    }
    if let Some(allowed) = &param.allowed {
        entry.insert("AllowedValues", allowed.iter().map(text).collect::<Vec<_>>());
    }
    if let Some(pattern) = &param.pattern {
        entry.insert("AllowedPattern", text(pattern));
    }
    let keys = if kind == ParamType::Number { ("MinValue", "MaxValue") } else { ("MinLength", "MaxLength") };
    for (key, value) in [(keys.0, &param.min), (keys.1, &param.max)] {
        if let Some(value) = value {
            entry.insert(key, super::api::number(value.value, value.span));
        }
    }
    if let Some(hidden) = param.hidden.as_ref().filter(|h| h.value) {
        entry.insert("NoEcho", Expr::from(true).with_span(hidden.span));
    }
    if let Some(describe) = &param.describe {
        entry.insert("Description", text(describe));
    }
    entry
}

/// Gives secrets their logical ids.
pub(super) fn name_secrets(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (key, secret) in app.secrets.iter().flat_map(|s| &s.0) {
        let name = key.name().as_str();
        let source = secret.was.as_ref().map_or(name, |w| w.value.as_str());
        if let Some(import) = &secret.import {
            let owner = owner_at("secrets", name, key.span());
            let given = ctx.text(&owner, "import", import);
            let mut component = Component::new(Kind::Secret, LogicalId::new(name), key.span());
            let resolved = super::text::join(vec![
                super::text::Part::Text("{{resolve:secretsmanager:".to_owned()),
                super::text::Part::Value(given.clone()),
                super::text::Part::Text("}}".to_owned()),
            ]);
            let is_arn = import.value.starts_with("arn:") || import.value.contains("${");
            let arn = if is_arn {
                given
            } else {
                // The ARN of a secret ends in six characters that AWS chooses.
                Expr::sub(format!(
                    "arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{}-??????",
                    import.value
                ))
            };
            component.external =
                Some([("value".to_owned(), resolved), ("arn".to_owned(), arn)].into_iter().collect());
            ctx.secrets.insert(name.to_owned(), component);
            continue;
        }
        let id = ctx.fresh_id(&upper_camel(source), "Secret");
        ctx.secrets.insert(name.to_owned(), Component::new(Kind::Secret, id, key.span()));
    }
}

/// Makes the secrets that do not exist yet.
pub(super) fn secrets(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (key, secret) in app.secrets.iter().flat_map(|s| &s.0) {
        let name = key.name().as_str();
        let nothing = Common { id: None, was: None, when: None, tags: None, protect: None, compliance: None };
        let owner = ctx.owner("secrets", name, key.span(), nothing);
        let Some(found) = ctx.secrets.get(name).cloned() else { continue };
        if found.external.is_none() {
            lower_secret(ctx, &owner, &found.id, secret);
        } else if secret.generate.is_some() {
            let finding = Diagnostic::error(
                codes::EXCLUSIVE_PROPERTIES,
                format!("`secrets.{name}` exists already, and cannot be made up as well"),
            )
            .at(secret.import.as_ref().and_then(|i| i.span), "exists already")
            .help("keep `import` or `generate`");
            ctx.report(&owner, "import", finding);
        }
        if let Some(rotate) = &secret.rotate {
            let function = &rotate.function;
            let reference = Reference { name: function.value.to_string(), part: None };
            let reference = Spanned::new(reference, function.span);
            let found_function =
                ctx.component_of(&owner, "rotate.function", &reference, &[Kind::Function], "`rotate`");
            if let Some(function) = found_function
                && let Some(arn) = ctx.needed(&owner, "rotate.function", &reference, &function, "arn")
                && let Some(secret_arn) = found.attribute("arn")
            {
                let days = ctx.seconds(&owner, "rotate.every", &rotate.every, "1d", "1000d") / 86_400;
                rotation(
                    ctx,
                    &owner,
                    name,
                    arn,
                    secret_arn,
                    Expr::new(ExprKind::Int(days.into()), rotate.every.span),
                );
            }
        }
    }
}

fn lower_secret(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId, secret: &Secret) {
    let mut properties = Map::new();
    ctx.put_name(owner, &mut properties, "Name", secret.name.as_ref());
    ctx.put_name(owner, &mut properties, "Description", secret.describe.as_ref());
    if let Some(key) = &secret.encrypt
        && let Some(arn) = super::encryption::key(ctx, owner, "encrypt", &key.value, key.span)
    {
        properties.insert("KmsKeyId", arn);
    }
    let generate = secret.generate.clone().unwrap_or_default();
    let length = match &generate.length {
        Some(length) => ctx.number(owner, "generate.length", length, 1, 4096),
        None => 32.into(),
    };
    let mut made = Map::from([("PasswordLength", length)]);
    let texts = [
        ("ExcludeCharacters", &generate.exclude),
        ("SecretStringTemplate", &generate.template),
        ("GenerateStringKey", &generate.key),
    ];
    for (key, value) in texts {
        if let Some(value) = value {
            made.insert(key, Expr::from(value.value.as_str()).with_span(value.span));
        }
    }
    if generate.template.is_some() != generate.key.is_some() {
        let given = generate.template.as_ref().or(generate.key.as_ref()).and_then(|g| g.span);
        let finding =
            Diagnostic::error(codes::MISSING_PROPERTY, "`template` and `key` of a secret belong together")
                .at(given, "the other one is missing");
        ctx.report(owner, "generate", finding);
    }
    properties.insert("GenerateSecretString", made);
    ctx.add_main(id, "AWS::SecretsManager::Secret", properties, owner);
}

fn rotation(ctx: &mut Lower<'_>, owner: &Owner, name: &str, function: Expr, secret: Expr, days: Expr) {
    let permission = ctx.fresh_id(&format!("{}RotationPermission", upper_camel(name)), "2");
    let mut properties = Map::from([("Action", Expr::from("lambda:InvokeFunction"))]);
    properties.insert("FunctionName", function.clone());
    properties.insert("Principal", "secretsmanager.amazonaws.com");
    // Source: Secrets Manager User Guide, "Lambda rotation function execution role permissions": without an account
    // the service may call on behalf of anybody's secret.
    properties.insert("SourceAccount", Expr::reference("AWS::AccountId"));
    ctx.add(&permission, "AWS::Lambda::Permission", properties, owner);
    let schedule = ctx.fresh_id(&format!("{}Rotation", upper_camel(name)), "Schedule");
    let mut properties = Map::from([("SecretId", secret), ("RotationLambdaARN", function)]);
    properties.insert("RotationRules", Map::from([("AutomaticallyAfterDays", days)]));
    let resource = ctx.add(&schedule, "AWS::SecretsManager::RotationSchedule", properties, owner);
    // Secrets Manager tries the function at once.
    resource.attributes.insert("DependsOn", permission.as_str());
}

/// Resources of CloudFormation as they are.
pub(super) fn resources(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    for (name, given) in [("Conditions", &app.conditions), ("Mappings", &app.mappings)] {
        for (key, node) in given.iter().flatten() {
            let section = ctx.template.sections.get_or_insert_with(name, || Map::new().into());
            if let Some(section) = section.as_map_mut() {
                section.insert_spanned(key.as_str(), Some(node.span), raw::expr(node));
            }
        }
    }
    for (id, node) in app.resources.iter().flatten() {
        let owner = owner_at("resources", id, Some(node.span));
        if let Some(resource) = raw_resource(ctx, &owner, id, node) {
            ctx.template.resources.insert(LogicalId::new(id.as_str()), resource);
        }
    }
}

fn raw_resource(ctx: &mut Lower<'_>, owner: &Owner, id: &str, node: &Node) -> Option<Resource> {
    let Some(entries) = node.as_mapping() else {
        let message = format!("the resource {id} is {}, and must be a mapping with Type", node.kind_name());
        let finding = Diagnostic::error(codes::WRONG_TYPE, message).at(node.span, "not a mapping");
        ctx.report(owner, "", finding);
        return None;
    };
    let kind = node.get("Type").and_then(Node::as_scalar).map(|s| s.text.clone());
    let Some(kind) = kind.filter(|k| !k.is_empty()) else {
        let finding = Diagnostic::error(codes::MISSING_PROPERTY, format!("the resource {id} needs a Type"))
            .at(node.span, "`Type` is missing in here")
            .help("for example `Type: AWS::SSM::Parameter`");
        ctx.report(owner, "Type", finding);
        return None;
    };
    let mut attributes = Map::new();
    let mut properties = None;
    for entry in entries {
        match &*entry.key {
            "Type" => {}
            "Properties" => properties = Some(raw::expr(&entry.value)),
            _ => {
                attributes.insert_spanned(entry.key.clone(), Some(entry.key_span), raw::expr(&entry.value));
            }
        }
    }
    Some(Resource { resource_type: kind.into(), properties, attributes, origin: owner.origin.clone() })
}

/// The condition that the components an output names are made under: without them it cannot be made either.
fn condition_of(ctx: &mut Lower<'_>, owner: &Owner, value: &Spanned<String>) -> Option<String> {
    let mut found: Option<String> = None;
    for part in super::text::segments(&value.value).unwrap_or_default() {
        let super::text::Segment::Reference { path, .. } = part else { continue };
        let name = path.split('.').next().unwrap_or(path);
        let Some(condition) = ctx.conditions.get(name).cloned() else { continue };
        if found.as_ref().is_some_and(|other| *other != condition) {
            let finding = Diagnostic::error(
                codes::FILTERED_AWAY,
                format!("{} names components that are made under different conditions", owner.origin.path),
            )
            .at(value.span, "may name what is not there")
            .help("write an output for each of them");
            ctx.report(owner, "value", finding);
            return found;
        }
        found = Some(condition);
    }
    found
}

/// Outputs of the stack.
pub(super) fn outputs(ctx: &mut Lower<'_>) {
    let app = ctx.app;
    let mut section = Map::new();
    for (key, output) in app.outputs.iter().flat_map(|o| &o.0) {
        let name = key.name().as_str();
        let owner = owner_at("outputs", name, key.span());
        let mut value = ctx.text(&owner, "value", &output.value);
        if value.span.is_none() {
            value.span = key.span();
        }
        let mut entry = Map::from([("Value", value)]);
        if let Some(condition) = condition_of(ctx, &owner, &output.value) {
            entry.insert("Condition", condition);
        }
        if let Some(describe) = &output.describe {
            entry.insert("Description", Expr::from(describe.value.as_str()).with_span(describe.span));
        }
        if let Some(export) = output.export.as_ref().filter(|e| !e.value.is_off) {
            let exported = match &export.value.name {
                Some(given) => ctx.text_at(&owner, "export", given, export.span),
                None => Expr::sub(format!("${{AWS::StackName}}-{name}")),
            };
            entry.insert("Export", Map::from([("Name", exported)]));
        }
        let id = output.id.as_ref().map_or_else(|| upper_camel(name), |id| id.value.to_string());
        section.insert_spanned(id, key.span(), Expr::from(entry).with_span(key.span()));
    }
    if !section.is_empty() {
        ctx.template.sections.insert("Outputs", section);
    }
}
