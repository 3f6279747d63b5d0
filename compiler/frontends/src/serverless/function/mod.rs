//! Functions, each with its log group, its version, and what else is published for it. Source:
//! lib/plugins/aws/package/compile/functions.js of osls 3.77.1.

mod destinations;
mod settings;
mod url;
mod version;

use samc_base::codes;
use samc_ir::{Expr, Kind, Map};

use super::names::{self, ROLE};
use super::output::Output;
use super::package;
use super::service::{Function, Service};
use super::value::{given, listed, set};

/// Lowers all functions.
pub(super) fn lower(service: &Service, out: &mut Output<'_>) {
    for function in &service.functions {
        log_group(service, function, out);
    }
    for function in &service.functions {
        one(service, function, out);
    }
}

fn log_group(service: &Service, function: &Function, out: &mut Output<'_>) {
    if given(&function.settings, "disableLogs").is_some() {
        return;
    }
    let name = match function.name.as_str() {
        Some(name) => Expr::from(names::log_group_name(name)),
        None => Expr::join("", vec!["/aws/lambda/".into(), function.name.clone()]),
    };
    let mut properties = Map::from([("LogGroupName", name)]);
    set(&mut properties, "RetentionInDays", service.setting(function, "logRetentionInDays"));
    set(&mut properties, "DataProtectionPolicy", service.setting(function, "logDataProtectionPolicy"));
    out.add(names::log_group(&function.key), "AWS::Logs::LogGroup", properties, &function.origin);
}

fn one(service: &Service, function: &Function, out: &mut Output<'_>) {
    let Some(mut properties) = code(service, function, out) else { return };
    let mut depends_on = Vec::new();
    if given(&function.settings, "disableLogs").is_none() {
        depends_on.push(Expr::from(names::log_group(&function.key)));
    }
    settings::plain(service, function, &mut properties);
    settings::with_grants(service, function, &mut properties, out);
    depends_on.extend(role(service, function, &mut properties));
    settings::network(service, function, &mut properties, out);
    match given(&function.settings, "dependsOn").map(|depends| (depends, &depends.kind)) {
        Some((_, Kind::List(items))) => depends_on.extend(items.iter().cloned()),
        Some((depends, _)) => depends_on.push(depends.clone()),
        None => {}
    }
    let resource = out.add(function.id(), "AWS::Lambda::Function", properties, &function.origin);
    resource.origin.metadata = package::metadata(service, function);
    if !depends_on.is_empty() {
        resource.attributes.insert("DependsOn", depends_on);
    }
    set(&mut resource.attributes, "Condition", given(&function.settings, "condition"));
    version::publish(service, function, out);
    url::lower(function, out);
    destinations::lower(service, function, out);
}

/// The properties about the code: where it lies, or the image. None where neither is said, which is reported.
fn code(service: &Service, function: &Function, out: &mut Output<'_>) -> Option<Map> {
    let handler = given(&function.settings, "handler");
    let image = given(&function.settings, "image");
    let key = &function.key;
    let mut properties = Map::new();
    match (handler, image) {
        (Some(handler), None) => {
            properties.insert("Code", package::code(service, function));
            properties.insert("Handler", handler.clone());
            let runtime = service.setting(function, "runtime").cloned();
            // What `provider.runtime` stands for where nothing is said. Source: getRuntime in provider.js.
            properties.insert("Runtime", runtime.unwrap_or_else(|| "nodejs24.x".into()));
            settings::runtime_management(service, function, &mut properties);
        }
        (None, Some(image)) => {
            let (uri, config) = self::image(service, function, image, out)?;
            properties.insert("Code", Map::from([("ImageUri", uri)]));
            properties.insert("PackageType", "Image");
            if !config.is_empty() {
                properties.insert("ImageConfig", config);
            }
        }
        (Some(_), Some(image)) => {
            out.error(
                codes::EXCLUSIVE_PROPERTIES,
                &function.origin,
                format!("the function {key} has a handler and an image, and runs one of them"),
                image.span,
                "beside `handler`",
                "take out one of the two; the image itself says what it runs",
            );
            return None;
        }
        (None, None) => {
            out.error(
                codes::MISSING_PROPERTY,
                &function.origin,
                format!("the function {key} has neither a handler nor an image"),
                None,
                "nothing to run",
                "add `handler: FILE.FUNCTION`, or `image: URI`",
            );
            return None;
        }
    }
    Some(properties)
}

/// The URI of an image, and how it is started. An image that `provider.ecr.images` names is looked up there.
fn image(service: &Service, function: &Function, image: &Expr, out: &mut Output<'_>) -> Option<(Expr, Map)> {
    let mut config = Map::new();
    let mut wanted = image;
    if let Some(settings) = image.as_map() {
        for (property, key) in [("Command", "command"), ("EntryPoint", "entryPoint")] {
            set(&mut config, property, given(settings, key).map(listed).as_ref());
        }
        set(&mut config, "WorkingDirectory", given(settings, "workingDirectory"));
        wanted = given(settings, "uri").or_else(|| given(settings, "name")).unwrap_or(image);
    }
    let named = wanted.as_str().and_then(|name| service.provider_at(&["ecr", "images", name]));
    let uri = match named {
        Some(image) => match image.as_map() {
            Some(settings) => given(settings, "uri").cloned(),
            None => Some(image.clone()),
        },
        // A name without a slash is one of `provider.ecr.images`, not a URI.
        None => Some(wanted.clone())
            .filter(|uri| uri.as_str().is_none_or(|uri| uri.contains('/')) && uri.as_map().is_none()),
    };
    if uri.is_none() {
        out.error(
            codes::INVALID_VALUE,
            &function.origin,
            format!("the image of {} has no URI, and samc builds no images", function.key),
            wanted.span,
            "no URI",
            "build and push the image, and give its URI: `image: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:DIGEST`",
        );
    }
    Some((uri?, config))
}

/// Sets the role of a function, and gives what it depends on for it.
fn role(service: &Service, function: &Function, properties: &mut Map) -> Option<Expr> {
    let Some(role) = service.given_role(function) else {
        properties.insert("Role", Expr::get_att(ROLE, "Arn"));
        return None;
    };
    match role.as_str() {
        Some(arn) if arn.starts_with("arn:") => {
            properties.insert("Role", role.clone());
            None
        }
        Some(id) => {
            properties.insert(
                "Role",
                Expr::get_att(Expr::from(id).with_span(role.span), "Arn").with_span(role.span),
            );
            (id != ROLE).then(|| id.into())
        }
        None => {
            properties.insert("Role", role.clone());
            role.as_get_att().map(|(id, _)| id.into())
        }
    }
}
