//! The sources of values, by name.
//!
//! The Framework resolves in two turns. In the first it asks `self`, `env`, `file`, `strToBool`, `sls:stage`
//! and options that are given or its own; what needs any other source waits for the second. In between it
//! writes the stage and the region into the provider, so that `${opt:mine, self:provider.stage}` is `dev`
//! where neither is said, and `${self:provider.stage}` is nothing.

use samc_base::Reported;
use samc_syntax::Style;
use sha1::{Digest, Sha1};

use super::cells::{Cell, Content, Id, Member};
use super::faults;
use super::resolver::{Found, Missing, Resolver, Site};
use super::syntax::{Argument, Call, Literal, Source, Variable};
use super::{dotenv, files, lookups};
use crate::Options;

/// The options of every command of the Framework: where one is not given, that is known at once.
const OPTIONS: [&str; 9] =
    ["aws-profile", "config", "debug", "help", "param", "region", "stage", "verbose", "version"];

/// What a source is asked, variables in it carried out.
#[derive(Debug)]
pub(super) struct Ask<'s> {
    /// The name of the source.
    pub(super) source: &'s str,
    /// What stands in parentheses; none for those that are null.
    pub(super) params: Vec<Option<String>>,
    /// What stands after the colon.
    pub(super) address: Option<String>,
    /// The variable.
    pub(super) site: &'s Site,
}

type Answer = fn(&mut Resolver<'_>, &Ask<'_>) -> Result<Found, Reported>;

/// Every source, and what answers for it.
const SOURCES: [(&str, Answer); 11] = [
    ("self", own),
    ("opt", option),
    ("env", dotenv::variable),
    ("file", files::answer),
    ("param", param),
    ("sls", service),
    ("strToBool", str_to_bool),
    ("aws", lookups::aws),
    ("ssm", lookups::ssm),
    ("cf", lookups::cf),
    ("s3", lookups::s3),
];

/// The names of the sources.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|(name, _)| *name)
}

/// Asks one source.
pub(super) fn ask(resolver: &mut Resolver<'_>, call: &Call, site: &Site) -> Result<Found, Reported> {
    let mut params = Vec::new();
    for param in call.params.iter().flatten() {
        params.push(resolver.argument(param, site)?);
    }
    let address = match &call.address {
        Some(address) => resolver.argument(address, site)?,
        None => None,
    };
    let ask = Ask { source: &call.name, params, address, site };
    if let Some(value) = resolver.given.get(&ask.written().replace(' ', "")).cloned() {
        let span = resolver.cells.get(site.cell).span;
        return Ok(Found::Value(resolver.cells.plain(span, &value, Style::DoubleQuoted)));
    }
    let is_given = || match &ask.address {
        Some(address) => option_value(resolver.options, address).is_some(),
        None => false,
    };
    resolver.is_late |= match call.name.as_str() {
        "self" | "env" | "file" | "strToBool" => false,
        "sls" => ask.address.as_deref() != Some("stage"),
        "opt" => !is_given() && !OPTIONS.contains(&ask.address.as_deref().unwrap_or_default()),
        _ => true,
    };
    match SOURCES.iter().find(|(name, _)| *name == call.name) {
        Some((_, answer)) => answer(resolver, &ask),
        None => Err(faults::unknown_source(resolver, call, site)),
    }
}

impl Ask<'_> {
    /// The address, without which the source has no answer: what it would name, and an example.
    pub(super) fn need_address(
        &self,
        resolver: &mut Resolver<'_>,
        (what, example): (&str, &str),
    ) -> Result<&str, Reported> {
        match &self.address {
            Some(address) => Ok(address),
            None => Err(faults::misused(
                resolver,
                self.site,
                &format!("names no {what}"),
                &format!("write it after the colon: ${{{}:{example}}}", self.source),
            )),
        }
    }

    /// The whole: what `--var` gives a value to, whatever blanks are in it.
    pub(super) fn written(&self) -> String {
        let mut out = self.source.to_owned();
        if !self.params.is_empty() {
            let params: Vec<&str> = self.params.iter().map(|p| p.as_deref().unwrap_or_default()).collect();
            out.push('(');
            out.push_str(&params.join(","));
            out.push(')');
        }
        if let Some(address) = &self.address {
            out.push(':');
            out.push_str(address);
        }
        out
    }
}

/// `${self:a.b}`: another value of the service.
fn own(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let address = ask.address.as_deref().unwrap_or_default();
    let keys: Vec<&str> = if address.is_empty() { Vec::new() } else { address.split('.').collect() };
    if resolver.is_late
        && let Some(value) = set_between(resolver, &keys, ask)?
    {
        return Ok(Found::Value(value));
    }
    match resolver.walk(resolver.root, &keys)? {
        Ok(value) => {
            resolver.complete(value)?;
            Ok(Found::Value(value))
        }
        Err(index) => {
            let help = match address {
                "provider.stage" => "`${sls:stage}` is the stage, `dev` where none is said".to_owned(),
                "provider.region" => "`${aws:region}` is the region, us-east-1 where none is said".to_owned(),
                _ => near_key(resolver, resolver.root, &keys, index)?,
            };
            Ok(Missing::found(format!("nothing is set at `{address}`"), help))
        }
    }
}

/// What `${opt:stage, self:provider.stage}` is where neither is said, and the same of the region. Many
/// services have it; the Framework asks for `--stage` then, and would take this for the stage.
pub(super) fn implied(
    resolver: &mut Resolver<'_>,
    variable: &Variable,
    site: &Site,
) -> Result<Option<Id>, Reported> {
    let asks = |name: &str, address: &str| {
        variable.sources.iter().any(|source| match source {
            Source::Call(Call {
                name: own, address: Some(Argument::Literal(Literal::Text(text))), ..
            }) => own == name && text == address,
            Source::Call(_) | Source::Literal(_) => false,
        })
    };
    if asks("opt", "stage") && asks("self", "provider.stage") {
        let span = resolver.cells.get(site.cell).span;
        return Ok(Some(resolver.cells.plain(span, "dev", Style::DoubleQuoted)));
    }
    if asks("opt", "region") && asks("self", "provider.region") {
        return lookups::region(resolver, site).map(Some);
    }
    Ok(None)
}

/// What the Framework has set of the provider before its second turn.
fn set_between(resolver: &mut Resolver<'_>, keys: &[&str], ask: &Ask<'_>) -> Result<Option<Id>, Reported> {
    let ["provider", key @ ("stage" | "region" | "versionFunctions")] = keys else { return Ok(None) };
    if *key == "region" {
        return lookups::region(resolver, ask.site).map(Some);
    }
    if let Ok(value) = resolver.walk(resolver.root, keys)?
        && !resolver.is_null(value)
    {
        return Ok(None);
    }
    let span = resolver.cells.get(ask.site.cell).span;
    let value = if *key == "stage" { ("dev", Style::DoubleQuoted) } else { ("true", Style::Plain) };
    Ok(Some(resolver.cells.plain(span, value.0, value.1)))
}

/// What to do about keys of which the one at `index` is not there.
pub(super) fn near_key(
    resolver: &mut Resolver<'_>,
    from: Id,
    keys: &[&str],
    index: usize,
) -> Result<String, Reported> {
    let (known, wanted) = keys.split_at(index);
    let (Ok(parent), Some(wanted)) = (resolver.walk(from, known)?, wanted.first()) else {
        return Ok(String::new());
    };
    let Content::Mapping(members) = &resolver.cells.get(parent).content else {
        return Ok(String::new());
    };
    let near = samc_base::nearest(wanted, members.iter().map(|member| &*member.key));
    Ok(near.map_or_else(String::new, |near| {
        let path: Vec<&str> = known.iter().copied().chain([near]).collect();
        format!("did you mean `{}`?", path.join("."))
    }))
}

/// What the command line says, by names.
fn options(options: &Options) -> impl Iterator<Item = (&str, &str)> {
    let stage = options.stage.as_deref().map(|stage| ("stage", stage));
    let region = options.region_given.then_some(("region", options.region.as_str()));
    let variables = options.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    stage.into_iter().chain(region).chain(variables)
}

fn option_value<'o>(all: &'o Options, name: &str) -> Option<&'o str> {
    options(all).find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// `${opt:name}`: what the command line says.
fn option(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let span = resolver.cells.get(ask.site.cell).span;
    let Some(address) = &ask.address else {
        let mut members = Vec::new();
        for (name, value) in options(resolver.options) {
            let value = resolver.cells.plain(span, value, Style::DoubleQuoted);
            members.push(Member { key: name.into(), key_span: span, key_style: Style::Plain, value });
        }
        let content = Content::Mapping(members);
        return Ok(Found::Value(resolver.cells.add(Cell { span, tag: None, in_sub: false, content })));
    };
    match option_value(resolver.options, address) {
        Some(value) => Ok(Found::Value(resolver.cells.plain(span, value, Style::DoubleQuoted))),
        None => {
            let help = match address.as_str() {
                "stage" => "give it with --stage NAME".to_owned(),
                "region" => "give it with --region NAME".to_owned(),
                name => format!("give it with --var {name}=VALUE"),
            };
            Ok(Missing::found(format!("the command line says nothing of `{address}`"), help))
        }
    }
}

/// The stage: of the command line, else of the provider, else `dev`.
pub(super) fn stage(
    resolver: &mut Resolver<'_>,
    site: Option<&Site>,
) -> Result<(String, Option<Id>), Reported> {
    let (stage, id) = match resolver.options.stage.clone() {
        Some(stage) => (stage, None),
        None => match resolver.walk(resolver.root, &["provider", "stage"])? {
            Ok(id) if !resolver.is_null(id) => match resolver.text(id) {
                Ok(text) => (text, Some(id)),
                Err(super::text::NoText::Reported(reported)) => return Err(reported),
                Err(super::text::NoText::Kind(_)) => (String::new(), Some(id)),
            },
            _ => ("dev".to_owned(), None),
        },
    };
    let is_name = !stage.is_empty() && stage.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_name { Ok((stage, id)) } else { Err(faults::no_stage(resolver, site, &stage, id)) }
}

/// `${sls:stage}` and `${sls:instanceId}`.
fn service(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let span = resolver.cells.get(ask.site.cell).span;
    match ask.need_address(resolver, ("value", "stage"))? {
        "stage" => {
            let (stage, id) = stage(resolver, Some(ask.site))?;
            let id = id.unwrap_or_else(|| resolver.cells.plain(span, &stage, Style::DoubleQuoted));
            Ok(Found::Value(id))
        }
        "instanceId" => {
            let id = instance(resolver);
            Ok(Found::Value(resolver.cells.plain(span, &id, Style::DoubleQuoted)))
        }
        other => {
            let what = format!("asks for `{other}`, which `sls` does not have");
            Err(faults::misused(resolver, ask.site, &what, "it has `stage` and `instanceId`"))
        }
    }
}

/// A number of 13 digits that changes with the service and what is said on the command line. The
/// Framework takes the time in milliseconds, with which no two builds would be the same.
fn instance(resolver: &Resolver<'_>) -> String {
    let options = resolver.options;
    let mut digest = Sha1::new();
    let mut add = |text: &str| {
        digest.update(text.as_bytes());
        digest.update([0]);
    };
    resolver.cells.texts_up_to(resolver.root).for_each(&mut add);
    add(options.stage.as_deref().unwrap_or_default());
    add(&options.region);
    for (name, value) in options.variables.iter().chain(&options.parameters) {
        add(name);
        add(value);
    }
    let digest = digest.finalize();
    let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    (1_000_000_000_000 + number % 9_000_000_000_000).to_string()
}

/// `${param:name}`: of the command line, else of the stage, else of all stages. What stands under
/// `stages` is that of the later, closed versions of the Framework.
fn param(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let name = ask.need_address(resolver, ("parameter", "NAME"))?;
    let span = resolver.cells.get(ask.site.cell).span;
    let (stage, _) = stage(resolver, Some(ask.site))?;
    resolver.asked.parameters.insert(name.to_owned());
    if let Some(value) = resolver.options.parameters.get(name) {
        return Ok(Found::Value(resolver.cells.plain(span, value, Style::DoubleQuoted)));
    }
    let places: [&[&str]; 4] = [
        &["params", &stage],
        &["stages", &stage, "params"],
        &["params", "default"],
        &["stages", "default", "params"],
    ];
    let mut near = String::new();
    for place in places {
        let Ok(section) = resolver.walk(resolver.root, place)? else { continue };
        match resolver.walk(section, &[name])? {
            Ok(value) if !resolver.is_null(value) => {
                resolver.complete(value)?;
                return Ok(Found::Value(value));
            }
            Ok(_) => {}
            Err(_) if near.is_empty() => near = near_key(resolver, section, &[name], 0)?,
            Err(_) => {}
        }
    }
    if near.is_empty() {
        near = format!("give it with --param {name}=VALUE, or set it under `params.{stage}`");
    }
    Ok(Missing::found(format!("there is no parameter `{name}` for the stage {stage}"), near))
}

/// `${strToBool(text)}`.
fn str_to_bool(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let Some(text) = ask.params.first().cloned().flatten() else {
        return Err(faults::misused(
            resolver,
            ask.site,
            "has nothing to turn into true or false",
            "write it in the parentheses: ${strToBool(${env:FLAG, 'false'})}",
        ));
    };
    let value = match text.trim().to_lowercase().as_str() {
        "true" | "1" => "true",
        "false" | "0" => "false",
        _ => {
            let what = format!("cannot turn `{text}` into true or false");
            return Err(faults::unusable(resolver, ask.site, &what, "it takes true, false, 1 and 0"));
        }
    };
    let span = resolver.cells.get(ask.site.cell).span;
    Ok(Found::Value(resolver.cells.plain(span, value, Style::Plain)))
}
