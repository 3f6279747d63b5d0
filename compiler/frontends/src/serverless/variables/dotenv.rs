//! `${env:NAME}`: variables of the environment, and of `.env` files where `useDotenv` asks for them.

use indexmap::IndexMap;
use samc_base::Reported;
use samc_syntax::Style;

use super::env_file;
use super::resolver::{Found, Missing, Resolver};
use super::sources::{self, Ask};

/// What the files of the environment hold.
#[derive(Debug, Default)]
pub(super) struct Dotenv(IndexMap<String, String>);

/// Reads `.env.<stage>`, or else `.env`, where `useDotenv` is true. Comes before everything else: until
/// then variables of the environment are those of the process, by which the stage may be chosen.
pub(super) fn read(resolver: &mut Resolver<'_>) -> Result<(), Reported> {
    let Ok(wanted) = resolver.walk(resolver.root, &["useDotenv"])? else { return Ok(()) };
    let is_wanted = resolver.text(wanted).is_ok_and(|text| !matches!(text.as_str(), "false" | "0" | ""));
    if !is_wanted {
        return Ok(());
    }
    let at = resolver.cells.get(wanted).span;
    let (stage, _) = sources::stage(resolver, None)?;
    for path in [format!(".env.{stage}"), ".env".to_owned()] {
        if let Some((text, _)) = resolver.around.text(&path, at, resolver.found)? {
            let mut process = |name: &str| resolver.around.environment(name);
            resolver.dotenv = Dotenv(env_file::parse(&text, &mut process));
            return Ok(());
        }
    }
    Ok(())
}

/// The answer of the source `env`.
pub(super) fn variable(resolver: &mut Resolver<'_>, ask: &Ask<'_>) -> Result<Found, Reported> {
    let name = ask.need_address(resolver, ("variable of the environment", "NAME"))?;
    let value = resolver.around.environment(name).or_else(|| resolver.dotenv.0.get(name).cloned());
    let span = resolver.cells.get(ask.site.cell).span;
    Ok(match value {
        Some(value) => Found::Value(resolver.cells.plain(span, &value, Style::DoubleQuoted)),
        None => Missing::found(
            format!("the environment variable {name} is not set"),
            format!("set it: {name}=VALUE samc build"),
        ),
    })
}
