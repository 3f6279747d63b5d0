//! `image` of functions: a container in place of a handler.

use samc_base::{Diagnostic, LogicalId, codes};
use samc_ir::{Expr, Map};
use samc_schema::app::{Function, Image};
use samc_syntax::Spanned;

use super::lower::{Lower, Owner};

/// The properties of a function that is a container image.
pub(super) fn code(
    ctx: &mut Lower<'_>,
    owner: &Owner,
    id: &LogicalId,
    function: &Function,
    image: &Spanned<Image>,
) -> Map {
    let given = [
        ("handler", function.handler.as_ref().map(|h| h.span)),
        ("runtime", function.runtime.as_ref().map(|r| r.span)),
        ("layers", function.layers.as_ref().and_then(|l| l.first()).map(|l| l.span)),
        ("code", function.code.as_ref().map(|c| c.span)),
        ("snapstart", function.snapstart.as_ref().filter(|s| s.value).map(|s| s.span)),
    ];
    for (key, span) in given {
        let Some(span) = span else { continue };
        // What the defaults say is for the functions that are no images.
        let of_defaults = ctx.defaults.is_some_and(|d| span.is_some_and(|s| d.contains(s)));
        if of_defaults {
            continue;
        }
        let message = format!("{} is a container image, which brings its own `{key}`", owner.origin.path);
        let finding = Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, message)
            .at(span, "has no effect on an image")
            .label(image.span, "the image")
            .help("leave out one of them");
        ctx.report(owner, key, finding);
    }
    let image = &image.value;
    let mut properties = Map::from([("PackageType", Expr::from("Image"))]);
    let uri = match &image.uri {
        Some(uri) => ctx.text(owner, "image", uri),
        None => parameter(ctx, owner, id),
    };
    properties.insert("ImageUri", uri);
    let mut config = Map::new();
    for (key, values) in [("Command", &image.command), ("EntryPoint", &image.entrypoint)] {
        if let Some(values) = values {
            let values: Vec<Expr> = values.iter().map(|v| ctx.text(owner, "image", v)).collect();
            config.insert(key, values);
        }
    }
    if let Some(workdir) = &image.workdir {
        let value = ctx.text(owner, "image.workdir", workdir);
        config.insert("WorkingDirectory", value);
    }
    if !config.is_empty() {
        properties.insert("ImageConfig", config);
    }
    properties
}

/// The parameter that the address of an image is given by, which somebody else builds and pushes.
fn parameter(ctx: &mut Lower<'_>, owner: &Owner, id: &LogicalId) -> Expr {
    let name = ctx.fresh_id(&format!("{id}ImageUri"), "Parameter");
    let text = format!("The address in ECR of the image of the function {id}");
    let declaration = Map::from([("Type", "String"), ("Description", text.as_str())]);
    let parameters = ctx.template.sections.get_or_insert_with("Parameters", || Map::new().into());
    if let Some(parameters) = parameters.as_map_mut() {
        let declaration = Expr::from(declaration).with_span(owner.origin.key_span);
        parameters.insert_spanned(name.as_str(), owner.origin.key_span, declaration);
    }
    Expr::reference(&name)
}

/// How the image is built, for those who build it: what `sam build` reads.
pub(super) fn metadata(ctx: &mut Lower<'_>, owner: &Owner, image: &Image) -> Option<Expr> {
    if image.file.is_none() && image.context.is_none() {
        return None;
    }
    let text = |given: &Option<Spanned<String>>, default: &str| match given {
        Some(given) => Expr::from(given.value.as_str()).with_span(given.span),
        None => Expr::from(default),
    };
    let mut metadata = Map::from([
        ("Dockerfile", text(&image.file, "Dockerfile")),
        ("DockerContext", text(&image.context, ".")),
    ]);
    if let Some(target) = &image.target {
        metadata.insert("DockerBuildTarget", Expr::from(target.value.as_str()).with_span(target.span));
    }
    if let Some(args) = &image.args {
        let args: Map =
            args.iter().map(|(key, value)| (key.as_str(), ctx.text(owner, "image.args", value))).collect();
        metadata.insert("DockerBuildArgs", args);
    }
    Some(metadata.into())
}
