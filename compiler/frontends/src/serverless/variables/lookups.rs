//! Sources that the Framework asks AWS for: `aws`, `ssm`, `cf` and `s3`. samc asks nobody, so that a
//! value is left to CloudFormation where that can look it up, and is the user's to give elsewhere:
//! `--var 'cf:stack.Output=value'`, which every source has.

use samc_base::Reported;
use samc_syntax::Style;

use super::cells::{Cell, Content, Id};
use super::faults;
use super::output::ACCOUNT;
use super::resolver::{Found, Missing, Resolver, Site};
use super::sources::Ask;

/// Parameters of the Parameter Store that stand for secrets of the Secrets Manager.
const SECRETS: &str = "/aws/reference/secretsmanager/";

/// `${aws:region}` and `${aws:accountId}`.
pub(super) fn aws(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let span = resolver.cells.get(ask.site.cell).span;
    match ask.need_address(resolver, ("value", "region"))? {
        "region" => region(resolver, ask.site).map(Found::Value),
        "accountId" => {
            let content = Content::Account(ACCOUNT.into());
            let account = Cell { span, tag: None, in_sub: false, content };
            Ok(Found::Value(resolver.cells.add(account)))
        }
        other => {
            let what = format!("asks for `{other}`, which `aws` does not have");
            Err(faults::misused(resolver, ask.site, &what, "it has `region` and `accountId`"))
        }
    }
}

/// The region: of the command line, else of the provider, else us-east-1.
pub(super) fn region(resolver: &mut Resolver<'_>, site: &Site) -> Result<Id, Reported> {
    let options = resolver.options;
    if !options.region_given
        && let Ok(region) = resolver.walk(resolver.root, &["provider", "region"])?
        && !resolver.is_null(region)
        && !resolver.text(region).is_ok_and(|text| text.is_empty())
    {
        resolver.complete(region)?;
        return Ok(region);
    }
    let region = if options.region_given { options.region.as_str() } else { "us-east-1" };
    let span = resolver.cells.get(site.cell).span;
    Ok(resolver.cells.plain(span, region, Style::DoubleQuoted))
}

/// `${ssm:/path}` as a dynamic reference, which CloudFormation resolves when the stack is deployed.
///
/// The Framework decrypts what is secret and puts it into the template as plain text. Whether a
/// parameter is secret cannot be known here, and `ssm-secure` fails for one that is not and may stand in
/// few properties only; so the reference is plain, and a secret makes the deployment fail instead of
/// showing. `~true`, with which versions 1 and 2 of the Framework marked secrets, asks for the secure
/// form. A list arrives as its text, with commas, which is what `raw` asks for.
/// Source: AWS CloudFormation User Guide, "Get values stored in other services using dynamic
/// references", as of 2026-11.
pub(super) fn ssm(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let address = ask.need_address(resolver, ("parameter", "/path"))?;
    let words = ask.params.iter().flatten().filter(|p| !matches!(p.as_str(), "raw" | "noDecrypt"));
    let given = given(ask);
    if let Some(region) = words.map(String::as_str).find(|region| !region.is_empty())
        && !(resolver.options.region_given && region == resolver.options.region)
    {
        let what =
            format!("asks for a parameter of the region {region}, which CloudFormation cannot look up");
        return Err(faults::unusable(resolver, ask.site, &what, &given));
    }
    let (path, service) = match address.strip_suffix("~true") {
        Some(path) => (path, "ssm-secure"),
        None => (address, "ssm"),
    };
    let (path, service) = match path.strip_prefix(SECRETS) {
        Some(secret) => (secret, "secretsmanager"),
        None => (path, service),
    };
    let (name, version) = path.split_once(':').unwrap_or((path, "1"));
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"_.-/+=@".contains(&b);
    let fits = !name.is_empty() && name.bytes().all(is_name) && version.parse::<u64>().is_ok();
    if !fits {
        let what = format!("names `{address}`, which CloudFormation cannot look up");
        let help =
            format!("a parameter's name has letters, digits and `_.-/`, and may end in :version; or {given}");
        return Err(faults::unusable(resolver, ask.site, &what, &help));
    }
    if ask.site.has_fallback {
        faults::fallback_not_taken(resolver, ask.site, &given);
    }
    let span = resolver.cells.get(ask.site.cell).span;
    let text = format!("{{{{resolve:{service}:{path}}}}}");
    Ok(Found::Value(resolver.cells.plain(span, &text, Style::DoubleQuoted)))
}

/// `${cf:stack.Output}`: an output of another stack.
pub(super) fn cf(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let address = ask.need_address(resolver, ("output of a stack", "stack.Output"))?;
    let Some((stack, output)) = address.split_once('.') else {
        let what = format!("names `{address}`, which is no output of a stack");
        return Err(faults::misused(resolver, ask.site, &what, "write ${cf:stack.Output}"));
    };
    Ok(unknown(format!("only AWS knows the output {output} of the stack {stack}"), ask))
}

/// `${s3:bucket/key}`: the content of an object.
pub(super) fn s3(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let address = ask.need_address(resolver, ("object", "bucket/key"))?;
    let Some((bucket, key)) = address.split_once('/') else {
        let what = format!("names `{address}`, which is no object in a bucket");
        return Err(faults::misused(resolver, ask.site, &what, "write ${s3:bucket/key}"));
    };
    Ok(unknown(format!("only AWS knows what the object {key} in the bucket {bucket} holds"), ask))
}

fn unknown(why: String, ask: &Ask<'_>) -> Found {
    Found::Nothing(Missing { why, help: given(ask), is_told: true })
}

/// How the user gives the value.
fn given(ask: &Ask<'_>) -> String {
    format!("give the value with --var '{}=VALUE'", ask.written())
}
