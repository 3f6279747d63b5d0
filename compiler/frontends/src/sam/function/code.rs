//! Where a function's code comes from.

use samc_base::{Diagnostic, LogicalId, Reported, Severity, codes, nearest};
use samc_ir::{Asset, AssetKind, Expr, Kind, Map, Resource};

use crate::sam::expansion::{Expansion, Result};
use crate::sam::intrinsics::is_intrinsic_like;

/// `Code` of the function. Inline code wins over `CodeUri`, as in the transform.
pub(super) fn generate(
    ctx: &mut Expansion<'_>,
    id: &LogicalId,
    source: &Resource,
    properties: &Map,
) -> Result<Expr> {
    let given = |name: &str| properties.entry(name).filter(|e| !e.value.is_null());
    let package_type =
        properties.get("PackageType").filter(|p| p.is_truthy()).and_then(Expr::as_str).unwrap_or("Zip");
    if package_type == "Image" {
        return match given("ImageUri") {
            Some(image) if image.value.is_truthy() => Ok(Expr::from([("ImageUri", image.value.clone())])),
            _ => match built_image(id, source) {
                Some(image) => Ok(told_image(ctx, id, image)),
                None => Err(missing_image(ctx)),
            },
        };
    }
    let mut code = if let Some(inline) = given("InlineCode") {
        Expr::from([("ZipFile", inline.value.clone())])
    } else if let Some(uri) = given("CodeUri") {
        location(ctx, &uri.value, "CodeUri", AssetKind::FunctionCode)?
    } else {
        folder_of_template(ctx, properties)
    };
    if let (Some(key), Some(map)) =
        (properties.get("SourceKMSKeyArn").filter(|k| k.is_truthy()), code.as_map_mut())
    {
        map.insert("SourceKMSKeyArn", key.clone());
    }
    Ok(code)
}

fn missing_image(ctx: &mut Expansion<'_>) -> Reported {
    ctx.report(
        Diagnostic::error(codes::MISSING_PROPERTY, "a function with PackageType Image needs ImageUri")
            .at(ctx.current.key_span, "has no code")
            .help("name the image, for example `ImageUri: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/orders:1`"),
    )
}

/// The name that `sam build` gives to the image of a function whose `Metadata` says how it is made; none where it
/// does not. Source: `_build_lambda_image` in `lib/build/app_builder.py` of aws-sam-cli 1.170.0.
fn built_image(id: &LogicalId, source: &Resource) -> Option<String> {
    let metadata = source.attributes.get("Metadata").and_then(Expr::as_map)?;
    let text = |name: &str| metadata.get(name).and_then(Expr::as_str);
    (text("Dockerfile").is_some() && text("DockerContext").is_some()).then(|| {
        let name = text("DockerImage").unwrap_or(id.as_str()).to_lowercase();
        format!("{name}:{}", text("DockerTag").unwrap_or("latest"))
    })
}

/// An image that is on the machine that has built it, which is told.
fn told_image(ctx: &mut Expansion<'_>, id: &LogicalId, image: String) -> Expr {
    let message =
        format!("{id} names no image: it gets {image}, which `sam build` makes on the machine where it runs");
    let mut finding = Diagnostic::warning(codes::IMAGE_OF_SAM_BUILD, message)
        .at(ctx.current.key_span, "no ImageUri")
        .help("push the image before this is deployed, and name it with ImageUri; `sam deploy --resolve-image-repos` does both");
    finding.severity = Severity::Info;
    ctx.warn(finding);
    Expr::from([("ImageUri", Expr::from(image))])
}

/// The code of a function that names none. The transform refuses such a function, and never sees one: `sam build`,
/// `sam package` and `aws cloudformation package`, whose work this is, have put the folder of the template there.
/// Source: `DEFAULT_CODEURI` and `PACKAGE_NULL_PROPERTY` of aws-sam-cli 1.170.0.
fn folder_of_template(ctx: &mut Expansion<'_>, properties: &Map) -> Expr {
    // A misspelt key is reported as such.
    if !properties.keys().any(|key| nearest(key, ["CodeUri", "InlineCode"]).is_some()) {
        let name = ctx.current.source.as_ref().map_or_else(String::new, ToString::to_string);
        ctx.without_code.push((name, ctx.current.key_span));
    }
    template_folder()
}

/// Tells once of all functions that name no code.
pub(crate) fn tell_of_template_folder(ctx: &mut Expansion<'_>) {
    let functions = std::mem::take(&mut ctx.without_code);
    let [(first, at), others @ ..] = functions.as_slice() else { return };
    let more = match others {
        [] => String::new(),
        [(name, _)] => format!(", and so does {name}"),
        _ => format!(", and so do {} more functions", others.len()),
    };
    let message =
        format!("{first} names no code: it gets the folder of the template, with all that lies there{more}");
    let mut finding = Diagnostic::warning(codes::CODE_OF_TEMPLATE_FOLDER, message)
        .at(*at, "neither CodeUri nor InlineCode")
        .help("name the folder of the code, for example `CodeUri: src/`; `CodeUri: .` says that this one is meant")
        .resource(first)
        .path(format!("Resources.{first}"));
    for (_, at) in others {
        finding = finding.label(*at, "this one too");
    }
    ctx.warn(finding);
}

/// The folder of the template as code.
pub(super) fn template_folder() -> Expr {
    Expr::from(Asset::new(".", AssetKind::FunctionCode))
}

/// A place of code or content: a map of bucket and key, an `s3://` URI, or a local path, which
/// becomes an asset. `kind` says what a local path is packed for.
pub(crate) fn location(ctx: &mut Expansion<'_>, uri: &Expr, property: &str, kind: AssetKind) -> Result<Expr> {
    let path = format!("{}.{property}", ctx.current.path);
    let (bucket, key, version, storage_mode) = match &uri.kind {
        Kind::Map(map) => {
            let part = |name: &str| map.get(name).filter(|v| v.is_truthy()).cloned();
            let (Some(bucket), Some(key)) = (part("Bucket"), part("Key")) else {
                return Err(ctx.report(
                    Diagnostic::error(codes::MISSING_PROPERTY, format!("{property} needs Bucket and Key"))
                        .at(uri.span, "one of the two is missing")
                        .path(path),
                ));
            };
            (bucket, key, map.get("Version").cloned(), map.get("StorageMode").cloned())
        }
        Kind::String(text) => {
            if !has_dynamic_reference(text)
                && let Some((bucket, key, version)) = parse_s3_uri(text)
            {
                let at = |text: String| Expr::from(text).with_span(uri.span);
                (at(bucket), at(key), version.map(at), None)
            } else if text.starts_with("s3:") || text.contains("://") || text.contains("{{resolve:") {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        format!("{property} `{text}` is not a place samc can read code from"),
                    )
                    .at(uri.span, "not of the form s3://bucket/key")
                    .help(
                        "give a local path, s3://bucket/key (?versionId=v may follow), or a mapping of Bucket and Key",
                    )
                    .path(path),
                ));
            } else {
                return Ok(Expr::from(Asset::new(text.clone(), kind)).with_span(uri.span));
            }
        }
        _ => {
            let what = if is_intrinsic_like(uri) { "an intrinsic function" } else { uri.kind_name() };
            return Err(ctx.report(
                Diagnostic::error(
                    codes::WRONG_TYPE,
                    format!("{property} is {what}, and must be text or a mapping"),
                )
                .at(uri.span, "neither a path, nor an S3 URI, nor a mapping of Bucket and Key")
                .path(path),
            ));
        }
    };
    let mut code = Map::from([("S3Bucket", bucket), ("S3Key", key)]);
    if let Some(version) = version {
        code.insert("S3ObjectVersion", version);
    }
    if let Some(mode) = storage_mode {
        code.insert("S3ObjectStorageMode", mode);
    }
    Ok(code.into())
}

/// A place of a definition: a map of bucket and key, an `s3://` URI, or a local file, which
/// becomes an asset.
pub(crate) fn document_location(ctx: &mut Expansion<'_>, uri: &Expr, property: &str) -> Result<Expr> {
    let path = format!("{}.{property}", ctx.current.path);
    match &uri.kind {
        Kind::Map(map) => {
            let part = |name: &str| map.get(name).filter(|v| v.is_truthy()).cloned();
            let (Some(bucket), Some(key)) = (part("Bucket"), part("Key")) else {
                return Err(ctx.report(
                    Diagnostic::error(codes::MISSING_PROPERTY, format!("{property} needs Bucket and Key"))
                        .at(uri.span, "one of the two is missing")
                        .path(path),
                ));
            };
            let mut location = Map::from([("Bucket", bucket), ("Key", key)]);
            if let Some(version) = map.get("Version") {
                location.insert("Version", version.clone());
            }
            Ok(location.into())
        }
        Kind::String(text) => {
            if let Some((bucket, key, version)) = parse_s3_uri(text) {
                let mut location = Map::from([("Bucket", bucket), ("Key", key)]);
                if let Some(version) = version {
                    location.insert("Version", version);
                }
                return Ok(location.into());
            }
            // A definition is a file, with an ending or in a folder; a bare word is something else.
            let is_path = text.contains(['/', '.']) || ctx.files.exists(text);
            if text.starts_with("s3:") || text.contains("://") || !is_path {
                return Err(ctx.report(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        format!("{property} `{text}` is not a place to read from"),
                    )
                    .at(uri.span, "not of the form s3://bucket/key")
                    .help("give a local path, s3://bucket/key, or a mapping of Bucket and Key")
                    .path(path),
                ));
            }
            Ok(Expr::from(Asset::new(text.clone(), AssetKind::File)).with_span(uri.span))
        }
        _ => Err(ctx.report(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("{property} is {}, and must be a path, an S3 URI, or a mapping", uri.kind_name()),
            )
            .at(uri.span, "not a place")
            .path(path),
        )),
    }
}

/// True where the text holds `{{resolve:…}}` of a path: the location must be known when a version is made.
fn has_dynamic_reference(text: &str) -> bool {
    let reference = text.split_once("{{resolve:").and_then(|(_, rest)| rest.split_once("}}")).map(|(r, _)| r);
    reference.is_some_and(|r| {
        r.contains('/')
            && ["ssm:", "ssm-secure:", "secretsmanager:"].iter().any(|service| r.starts_with(service))
    })
}

/// Bucket, key and version of `s3://bucket/key?versionId=version`.
pub(crate) fn parse_s3_uri(uri: &str) -> Option<(String, String, Option<String>)> {
    let (scheme, rest) = uri.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("s3") {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or(rest);
    let (place, query) = rest.split_once('?').map_or((rest, ""), |(p, q)| (p, q));
    let (bucket, key) = place.split_once('/')?;
    // Brackets hold an address in a URI, and no bucket is named by one: such text is a placeholder
    // that a generator of templates left behind.
    if bucket.is_empty() || bucket.contains(['[', ']']) {
        return None;
    }
    let mut versions =
        query.split('&').filter_map(|p| p.strip_prefix("versionId=")).filter(|v| !v.is_empty());
    let version = versions.next().filter(|_| versions.next().is_none());
    Some((bucket.to_owned(), key.trim_start_matches('/').to_owned(), version.map(str::to_owned)))
}

/// Rules about `PackageType` and the properties that go with it. `written` is what the author wrote,
/// misspelt keys included. What is at fault is reported and taken out of the function.
pub(super) fn check_package_type(ctx: &mut Expansion<'_>, function: &mut Map, written: &Map) {
    let is_set = |function: &Map, name: &str| function.get(name).is_some_and(Expr::is_truthy);
    match function.get("PackageType").filter(|p| p.is_truthy()).map(|p| (p.as_str(), p.span)) {
        None | Some((Some("Zip"), _)) => {
            // A misspelt key is reported as such; that the right one is missing says nothing more.
            let misspelt = |name: &str| written.keys().any(|key| nearest(key, [name]).is_some());
            let missing: Vec<_> =
                ["Runtime", "Handler"].into_iter().filter(|n| !is_set(function, n) && !misspelt(n)).collect();
            if !missing.is_empty() {
                let names = missing.join(" and ");
                ctx.report(
                    Diagnostic::error(codes::MISSING_PROPERTY, format!("the function needs {names}"))
                        .at(ctx.current.key_span, format!("{names} missing here and in Globals"))
                        .help("a function whose code is a zip file needs Runtime and Handler; an image needs neither, with PackageType: Image"),
                );
            } else if is_set(function, "ImageConfig") {
                exclusive(ctx, function, "ImageConfig", "a function whose PackageType is Zip");
            }
        }
        Some((Some("Image"), _)) => {
            for name in ["Handler", "Runtime", "Layers"] {
                if is_set(function, name) {
                    exclusive(ctx, function, name, "a function whose PackageType is Image");
                }
            }
        }
        Some((_, span)) => {
            ctx.report(
                Diagnostic::error(codes::INVALID_VALUE, "PackageType must be Zip or Image")
                    .at(span, "neither Zip nor Image")
                    .path(format!("{}.PackageType", ctx.current.path)),
            );
            function.remove("PackageType");
        }
    }
}

fn exclusive(ctx: &mut Expansion<'_>, function: &mut Map, name: &str, what: &str) {
    ctx.report(
        Diagnostic::error(codes::EXCLUSIVE_PROPERTIES, format!("{name} cannot be set on {what}"))
            .at(function.key_span(name), "take this out, or change PackageType")
            .path(format!("{}.{name}", ctx.current.path)),
    );
    function.remove(name);
}

#[cfg(test)]
mod tests {
    use super::parse_s3_uri;

    #[test]
    fn s3_uris_are_taken_apart() {
        let text = |s: &str| s.to_owned();
        assert_eq!(parse_s3_uri("s3://b/k/x?versionId=7"), Some((text("b"), text("k/x"), Some(text("7")))));
        assert_eq!(parse_s3_uri("s3://b/k"), Some((text("b"), text("k"), None)));
        assert_eq!(parse_s3_uri("s3://b"), None);
        assert_eq!(parse_s3_uri("src/"), None);
    }
}
