//! The sources of values, by name.

use samc_base::Reported;
use samc_syntax::Style;
use sha1::{Digest, Sha1};

use super::cells::{Cell, Content, Id, Member};
use super::faults;
use super::resolver::{Found, Missing, Resolver, Site};
use super::syntax::Call;
use super::{dotenv, files, lookups};

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

/// `${opt:name}`: what the command line says.
fn option(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let options = resolver.options;
    let stage = options.stage.as_deref().map(|stage| ("stage", stage));
    let region = options.region_given.then_some(("region", options.region.as_str()));
    let variables = options.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all = stage.into_iter().chain(region).chain(variables);
    let span = resolver.cells.get(ask.site.cell).span;
    let Some(address) = &ask.address else {
        let mut members = Vec::new();
        for (name, value) in all {
            let value = resolver.cells.plain(span, value, Style::DoubleQuoted);
            members.push(Member { key: name.into(), key_span: span, key_style: Style::Plain, value });
        }
        let content = Content::Mapping(members);
        return Ok(Found::Value(resolver.cells.add(Cell { span, tag: None, in_sub: false, content })));
    };
    let value = all.into_iter().find(|(name, _)| name == address).map(|(_, value)| value.to_owned());
    match value {
        Some(value) => Ok(Found::Value(resolver.cells.plain(span, &value, Style::DoubleQuoted))),
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
