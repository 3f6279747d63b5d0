//! Where CloudFront has its files from.

use samc_base::{Span, codes};
use samc_ir::{Expr, Kind, Map};

use crate::serverless::names::alphanumeric;
use crate::serverless::output::Output;
use crate::serverless::service::{Event, Function};
use crate::serverless::value::{given, stringify};

/// The origins of the distribution.
#[derive(Default)]
pub(super) struct Origins {
    list: Vec<(String, Map)>,
    /// The one that requests go to which fit no pattern, where an event says so.
    default: Option<String>,
}

impl Origins {
    /// Adds the origin of an event, or what it says more of one that is there, and gives its id. None where it
    /// is no origin, which is reported.
    pub(super) fn of(&mut self, function: &Function, event: &Event, out: &mut Output<'_>) -> Option<String> {
        let origin = event.setting("origin");
        let read = origin.and_then(read);
        let Some((id, origin)) = read else {
            out.error(
                codes::MISSING_PROPERTY,
                &event.origin,
                format!("a cloudFront event of {} does not say where the files come from", function.key),
                origin.unwrap_or(&event.value).span,
                "no origin",
                "write `origin: https://HOST/PATH`, `origin: s3://BUCKET.s3.amazonaws.com/PATH`, or a mapping with DomainName",
            );
            return None;
        };
        match self.list.iter_mut().find(|(other, _)| *other == id) {
            Some((_, there)) => extend(there, &origin),
            None => self.list.push((id.clone(), origin)),
        }
        if let Some(mark) =
            event.setting("isDefaultOrigin").filter(|_| event.flag("isDefaultOrigin") == Some(true))
        {
            match &self.default {
                Some(other) if *other != id => out.error(
                    codes::EXCLUSIVE_PROPERTIES,
                    &event.origin,
                    format!("{other} and {id} are both marked as the default origin"),
                    mark.span,
                    "a second one",
                    "leave `isDefaultOrigin` on one of them",
                ),
                _ => self.default = Some(id.clone()),
            }
        }
        Some(id)
    }

    /// The origin of requests that fit no pattern: the one that is marked, or the only one.
    pub(super) fn of_the_rest(&self) -> Option<&str> {
        match (&self.default, self.list.as_slice()) {
            (Some(id), _) | (None, [(id, _)]) => Some(id),
            _ => None,
        }
    }

    /// All origins.
    pub(super) fn into_list(self) -> Vec<Expr> {
        self.list.into_iter().map(|(_, origin)| origin.into()).collect()
    }
}

/// An origin as it is written, with its id.
fn read(origin: &Expr) -> Option<(String, Map)> {
    let mut made = match (origin.as_str(), origin.as_map()) {
        (Some(text), _) => of_url(text, origin.span)?,
        (None, Some(map)) => map.clone(),
        (None, None) => return None,
    };
    let kind = if given(&made, "S3OriginConfig").is_some() { "s3" } else { "custom" };
    let domain = made.get("DomainName").filter(|domain| !domain.is_null())?;
    let domain = domain.as_str().map_or_else(|| alphanumeric(&stringify(domain)), str::to_owned);
    let path = given(&made, "OriginPath").and_then(Expr::as_str).unwrap_or_default();
    let id = format!("{kind}/{domain}{path}");
    made.insert("Id", id.as_str());
    Some((id, made))
}

/// What a URL says: the host, the path, and whether it is a bucket.
fn of_url(text: &str, span: Option<Span>) -> Option<Map> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().filter(|host| !host.is_empty())?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut origin = Map::from([("DomainName", Expr::from(host.to_lowercase()).with_span(span))]);
    if path.len() > 1 {
        origin.insert("OriginPath", Expr::from(path).with_span(span));
    }
    match scheme.eq_ignore_ascii_case("s3") {
        true => origin.insert("S3OriginConfig", Map::new()),
        false => origin.insert("CustomOriginConfig", Map::from([("OriginProtocolPolicy", "match-viewer")])),
    };
    Some(origin)
}

/// Adds what another mapping has and this one has not: keys in mappings, items in lists.
pub(super) fn extend(target: &mut Map, source: &Map) {
    for entry in source.entries() {
        let Some(there) = target.get_mut(&entry.key) else {
            target.insert_spanned(entry.key.clone(), entry.key_span, entry.value.clone());
            continue;
        };
        match (&mut there.kind, &entry.value.kind) {
            (Kind::Map(there), Kind::Map(more)) => extend(there, more),
            (Kind::List(there), Kind::List(more)) => {
                for item in more {
                    if !there.contains(item) {
                        there.push(item.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_origins() {
        let id = |url: &str| read(&url.into()).map(|(id, _)| id);
        assert_eq!(id("https://Example.org:8443/a?b").as_deref(), Some("custom/example.org/a"));
        assert_eq!(id("s3://x.s3.amazonaws.com/files").as_deref(), Some("s3/x.s3.amazonaws.com/files"));
        assert_eq!(id("https://example.org/").as_deref(), Some("custom/example.org"));
        assert_eq!(id("example.org"), None);
    }
}
