//! L106, L107 and C214: code inside the template, layers, and images, as functions can have them.

use samc_base::{Code, Diagnostic, LogicalId, Severity};
use samc_data::limits::limit;
use samc_ir::{Expr, Resource};

use crate::context::Context;
use crate::length;
use crate::query::{at_property, at_value, items, name, property, text};
use crate::rule::{On, Rule};

/// Runtimes whose code may stand in the template.
/// Source: property ZipFile of AWS::Lambda::Function Code in the CloudFormation Template Reference.
const INLINE: [&str; 2] = ["nodejs", "python"];

/// Code in the template is a convenience with bounds.
pub(super) static INLINE_SIZE: Rule = Rule {
    code: Code::new("L106", "lambda-inline-size"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("lambda_inline_size.md"),
    check: |context, diagnostics| {
        for (id, function) in context.of_type("AWS::Lambda::Function") {
            let Some(code) = property(function, "Code.ZipFile").value() else { continue };
            if let Some(runtime) = text(function, "Runtime")
                && !INLINE.iter().any(|with| runtime.starts_with(with))
            {
                let message = format!(
                    "the code of {} is in the template, which {runtime} does not allow",
                    name(id, function)
                );
                let found = Diagnostic::error(INLINE_SIZE.code, message)
                    .label(
                        property(function, "Runtime").value().and_then(|r| r.span),
                        "compiled code is needed",
                    )
                    .help("put the code into a folder and name it in CodeUri or Code");
                diagnostics.push(at_property(found, id, function, "Code.ZipFile", "code in the template"));
            }
            let (length, Some(most)) = (length::of_text(code), limit("lambda.inline.max")) else { continue };
            if length > most.value {
                let message = format!(
                    "the code of {} in the template has {length} characters; Lambda takes {} bytes",
                    name(id, function),
                    most.value
                );
                let found = Diagnostic::error(INLINE_SIZE.code, message)
                    .help("put the code into a folder and name it in CodeUri or Code");
                diagnostics.push(at_property(found, id, function, "Code.ZipFile", "too long"));
            }
        }
    },
};

/// What layers a function can have.
pub(super) static LAYERS: Rule = Rule {
    code: Code::new("L107", "lambda-layers"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("lambda_layers.md"),
    check: |context, diagnostics| {
        for (id, function) in context.functions() {
            let layers = context.of_function(function, "Layers");
            let Some(most) = limit("lambda.layers.max") else { continue };
            let count = items(layers).count() as u64;
            if count > most.value {
                let message =
                    format!("{} has {count} layers; Lambda takes {}", name(id, function), most.value);
                let found =
                    Diagnostic::error(LAYERS.code, message).help("merge layers, or pack more with the code");
                let place = ("Layers", layers.and_then(|l| l.span));
                diagnostics.push(at_value(found, id, function, place, format!("at most {}", most.value)));
            }
            for layer in items(layers) {
                let problem = match layer.as_str() {
                    Some(arn) => malformed(arn),
                    None => layer
                        .as_ref_to()
                        .and_then(|l| context.graph.resources.get_key_value(l))
                        .and_then(|(layer_id, layer)| mismatch(function, layer_id, layer)),
                };
                if let Some((message, help)) = problem {
                    let message = format!("{} {message}", name(id, function));
                    let found = Diagnostic::error(LAYERS.code, message).help(help);
                    diagnostics.push(at_value(found, id, function, ("Layers", layer.span), "this layer"));
                }
            }
        }
    },
};

/// What is wrong with the ARN of a layer; Lambda wants that of a version of one.
fn malformed(arn: &str) -> Option<(String, String)> {
    let fields: Vec<&str> = arn.split(':').collect();
    let is_version = |v: &&str| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit());
    let help = || "write arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION".to_owned();
    match fields.as_slice() {
        [_, _, "lambda", _, _, "layer", _, version] if is_version(version) => None,
        [_, _, "lambda", _, _, "layer", layer] => {
            Some((format!("names the layer {layer} without a version"), help()))
        }
        _ if arn.contains("{{resolve:") => None,
        _ => Some((format!("names the layer `{arn}`, which is no ARN of a version of a layer"), help())),
    }
}

/// What a layer of the template says that it is not made for.
fn mismatch(function: &Resource, id: &LogicalId, layer: &Resource) -> Option<(String, String)> {
    if layer.resource_type != *"AWS::Lambda::LayerVersion" {
        let message = format!("names {}, an {}, as a layer", name(id, layer), layer.resource_type);
        return Some((message, "name an AWS::Lambda::LayerVersion".to_owned()));
    }
    let lists = |key: &str| -> Option<Vec<&str>> {
        let list = property(layer, key).value()?;
        items(Some(list)).map(Expr::as_str).collect::<Option<Vec<_>>>().filter(|l| !l.is_empty())
    };
    let runtime = text(function, "Runtime");
    if let (Some(runtime), Some(taken)) = (runtime, lists("CompatibleRuntimes"))
        && !taken.contains(&runtime)
    {
        let message =
            format!("runs on {runtime}; its layer {} says it is for {}", name(id, layer), taken.join(", "));
        return Some((message, format!("add {runtime} to CompatibleRuntimes, or take another layer")));
    }
    let own = property(function, "Architectures");
    let architecture = match own.value() {
        Some(list) => items(Some(list)).next()?.as_str()?,
        None if own.is_absent() => "x86_64",
        None => return None,
    };
    let taken = lists("CompatibleArchitectures")?;
    if taken.contains(&architecture) {
        return None;
    }
    let message =
        format!("runs on {architecture}; its layer {} says it is for {}", name(id, layer), taken.join(", "));
    Some((message, format!("build the layer for {architecture}, or change Architectures of the function")))
}

/// An image has its own runtime and entry point.
pub(super) static IMAGE: Rule = Rule {
    code: Code::new("C214", "image-exclusive"),
    level: Severity::Error,
    on: On::Default,
    page: include_str!("image_exclusive.md"),
    check: image,
};

fn image(context: &Context<'_>, diagnostics: &mut samc_base::Diagnostics) {
    for (id, function) in context.of_type("AWS::Lambda::Function") {
        let says_image = text(function, "PackageType") == Some("Image");
        let has_image = !property(function, "Code.ImageUri").is_absent();
        if has_image && property(function, "PackageType").is_absent() {
            let message =
                format!("the code of {} is an image, and its PackageType is Zip", name(id, function));
            let found = Diagnostic::error(IMAGE.code, message).help("set PackageType to Image");
            diagnostics.push(at_property(found, id, function, "Code.ImageUri", "an image"));
        }
        if !says_image && !has_image {
            continue;
        }
        for key in ["Handler", "Runtime", "Layers"] {
            let value = property(function, key);
            if value.is_absent() || value.value().is_some_and(|v| v.as_list().is_some_and(<[_]>::is_empty)) {
                continue;
            }
            let message =
                format!("{} is an image, which has its own; {key} is not for it", name(id, function));
            let found = Diagnostic::error(IMAGE.code, message)
                .help(format!("take {key} out; ImageConfig sets command and entry point of an image"));
            diagnostics.push(at_property(found, id, function, key, "not with PackageType Image"));
        }
    }
}
