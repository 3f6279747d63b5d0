//! The variables of a serverless.yml: what they may ask of this machine.

use std::path::PathBuf;

use samc_base::{Diagnostic, Diagnostics, Reported, Severity, Span, codes};
use samc_frontends::serverless::variables::{self, Surroundings};
use samc_syntax::Document;

use crate::compile::is_whole;
use crate::input;
use crate::nested::relative;
use crate::run::{Place, Run};

/// What stands around one service.
struct Around<'r> {
    run: &'r mut Run,
    /// The folder that paths are relative to.
    folder: PathBuf,
}

/// Puts values in the place of the variables of a service. False where one has none.
pub(crate) fn resolve(
    run: &mut Run,
    document: &mut Document,
    place: &Place,
    found: &mut Diagnostics,
) -> bool {
    let before = found.error_count();
    let options = run.settings.options.clone();
    let mut around = Around { run, folder: place.folder() };
    let asked = variables::resolve(document, &options, &mut around, found);
    run.asked_parameters.extend(asked.parameters);
    found.error_count() == before
}

impl Around<'_> {
    /// The text of a file that is there, and its name in findings.
    fn read(
        &mut self,
        path: &str,
        at: Span,
        found: &mut Diagnostics,
    ) -> Result<Option<(String, String)>, Reported> {
        let shown = relative(&self.folder, path);
        let is_there = self.run.settings.texts.contains_key(&shown) || std::path::Path::new(&shown).exists();
        if !is_there {
            return Ok(None);
        }
        match self.run.text_of(&shown) {
            Ok(text) => Ok(Some((shown, text))),
            Err(no_text) => Err(found.report(no_text.diagnostic.at(at, "asked for here"))),
        }
    }
}

impl Surroundings for Around<'_> {
    fn document(
        &mut self,
        path: &str,
        at: Span,
        found: &mut Diagnostics,
    ) -> Result<Option<Document>, Reported> {
        let Some((shown, text)) = self.read(path, at, found)? else { return Ok(None) };
        let mut own = Diagnostics::default();
        let document = self.run.read(&shown, text, &mut own);
        if is_whole(&own) {
            found.append(own);
            return Ok(Some(document));
        }
        let (mut faults, others): (Vec<&Diagnostic>, Vec<_>) =
            own.iter().partition(|finding| finding.severity == Severity::Error);
        others.into_iter().for_each(|finding| found.push(finding.clone()));
        let last = faults.pop().cloned().map(|fault| fault.label(at, "asked for here"));
        faults.into_iter().for_each(|fault| found.push(fault.clone()));
        let unread = || Diagnostic::error(codes::CANNOT_READ, format!("{shown} cannot be read"));
        Err(found.report(last.unwrap_or_else(unread)))
    }

    fn text(
        &mut self,
        path: &str,
        at: Span,
        found: &mut Diagnostics,
    ) -> Result<Option<(String, Span)>, Reported> {
        let Some((shown, text)) = self.read(path, at, found)? else { return Ok(None) };
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let file = self.run.sources.add(shown, text.as_str());
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(Some((text, Span::new(file, 0, end))))
    }

    fn near(&self, path: &str) -> Option<String> {
        let near = input::near_file(&relative(&self.folder, path))?;
        let name = near.rsplit('/').next().unwrap_or(&near);
        Some(match path.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{name}"),
            None => name.to_owned(),
        })
    }

    fn environment(&mut self, name: &str) -> Option<String> {
        // A name with `=` or NUL is none, and is not asked for.
        let is_name = !name.is_empty() && !name.contains(['=', '\0']);
        let value = is_name.then(|| std::env::var(name).ok()).flatten()?;
        self.run.environment.insert(name.to_owned());
        Some(value)
    }
}
