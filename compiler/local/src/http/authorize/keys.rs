//! The keys with which issuers sign tokens: from a file that the user gives, or from the issuer itself where it
//! answers on this machine.
//!
//! Source: RFC 7517 for the form of sets of keys, "OpenID Connect Discovery 1.0" for where they are, and
//! "Control access to HTTP APIs with JWT authorizers" in the guide of API Gateway for what it takes of them:
//! keys of RSA that the token names.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hyper::Uri;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents};
use serde::Deserialize;
use tokio::time::Instant;

use crate::http::fetch;

/// How long keys are believed, and how soon they are looked up again for a token that names another one. API
/// Gateway keeps them for two hours; here whoever issues tokens is started anew more often.
const BELIEVED: Duration = Duration::from_secs(300);
const AGAIN: Duration = Duration::from_secs(2);

/// A key of RSA that checks signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// The one algorithm that it is for, where it says so.
    algorithm: Option<String>,
}

/// The algorithms that API Gateway takes, by their names in tokens. Source: RFC 7518.
const ALGORITHMS: [(&str, &RsaParameters); 3] = [
    ("RS256", &signature::RSA_PKCS1_2048_8192_SHA256),
    ("RS384", &signature::RSA_PKCS1_2048_8192_SHA384),
    ("RS512", &signature::RSA_PKCS1_2048_8192_SHA512),
];

impl Key {
    /// Whether a text was signed with the other half of this key.
    pub(super) fn has_signed(&self, algorithm: &str, text: &[u8], signature: &[u8]) -> bool {
        let of = self.algorithm.as_deref().is_none_or(|own| own == algorithm);
        let Some((_, parameters)) = ALGORITHMS.iter().find(|(name, _)| *name == algorithm && of) else {
            return false;
        };
        let public = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        public.verify(parameters, text, signature).is_ok()
    }
}

/// A set of keys by their names.
#[derive(Debug, Default)]
struct Set(BTreeMap<String, Key>);

#[derive(Deserialize)]
struct Written {
    keys: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Set {
    fn read(text: &[u8]) -> Result<Set, String> {
        let written: Written =
            serde_json::from_slice(text).map_err(|error| format!("it is no set of keys: {error}"))?;
        let number = |text: Option<String>| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(text?.trim_end_matches('=')).ok()?;
            // Those who write it may begin with zeros, which a number does not.
            Some(bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
        };
        let keys = written.keys.into_iter().filter(|item| item.kty == "RSA").filter_map(|item| {
            let (modulus, exponent) = (number(item.n)?, number(item.e)?);
            Some((item.kid?, Key { modulus, exponent, algorithm: item.alg }))
        });
        Ok(Set(keys.collect()))
    }
}

/// What is known of an issuer.
struct Kept {
    set: Arc<Set>,
    since: Instant,
}

/// The keys of all issuers.
#[derive(Default)]
pub(crate) struct Keys {
    /// The file with the keys of whoever issues tokens; none where the user gives none.
    file: Option<PathBuf>,
    kept: Mutex<BTreeMap<String, Kept>>,
    told: Mutex<BTreeSet<String>>,
}

/// What is known of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This one.
    Key(Key),
    /// The issuer has none of that name.
    Missing,
    /// Nobody knows the keys of the issuer: why.
    Unknown(String),
}

impl Keys {
    /// Keys of a file, where there is one; an error where it holds none.
    pub(crate) fn new(file: Option<PathBuf>) -> Result<Keys, String> {
        if let Some(file) = &file {
            read(file)?;
        }
        Ok(Keys { file, ..Keys::default() })
    }

    /// Whether this is said for the first time.
    pub(super) fn is_new(&self, text: &str) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned())
    }

    /// A key of an issuer.
    pub(super) async fn find(&self, issuer: Option<&str>, name: Option<&str>) -> Found {
        let place = match (&self.file, issuer) {
            (Some(_), _) => String::new(),
            (None, Some(issuer)) if is_here(issuer) => issuer.trim_end_matches('/').to_owned(),
            (None, Some(issuer)) => return Found::Unknown(format!("{issuer} is not on this machine")),
            (None, None) => return Found::Unknown("nothing says where its keys are".to_owned()),
        };
        let of = |set: &Set| name.and_then(|name| set.0.get(name).cloned());
        let kept = {
            let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(&place).map(|kept| (Arc::clone(&kept.set), kept.since.elapsed()))
        };
        if let Some((set, age)) = kept {
            match of(&set) {
                Some(key) if age < BELIEVED => return Found::Key(key),
                None if age < AGAIN => return Found::Missing,
                _ => {}
            }
        }
        match self.look_up(&place).await {
            Ok(set) => {
                let found = of(&set).map_or(Found::Missing, Found::Key);
                let kept = Kept { set: Arc::new(set), since: Instant::now() };
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(place, kept);
                found
            }
            // Whoever gives a file wants signatures to be checked.
            Err(_) if self.file.is_some() => Found::Missing,
            Err(why) => Found::Unknown(why),
        }
    }

    async fn look_up(&self, place: &str) -> Result<Set, String> {
        if let Some(file) = &self.file {
            return read(file);
        }
        #[derive(Deserialize)]
        struct Settings {
            jwks_uri: String,
        }
        let settings = fetch::get(&format!("{place}/.well-known/openid-configuration")).await?;
        let settings: Settings = serde_json::from_slice(&settings)
            .map_err(|error| format!("{place} does not say where its keys are: {error}"))?;
        let text = fetch::get(&settings.jwks_uri).await?;
        Set::read(&text).map_err(|why| format!("{}: {why}", settings.jwks_uri))
    }
}

fn read(file: &Path) -> Result<Set, String> {
    let name = file.display();
    let text = std::fs::read(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
    Set::read(&text).map_err(|why| format!("{name}: {why}"))
}

/// Whether an issuer answers on this machine, in clear.
fn is_here(issuer: &str) -> bool {
    let Ok(url) = issuer.parse::<Uri>() else { return false };
    let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    url.scheme_str() == Some("http")
        && (host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_issuers_of_this_machine_are_asked() {
        for here in ["http://localhost:8080/realms/a", "http://127.0.0.1:9229/pool", "http://[::1]:1"] {
            assert!(is_here(here), "{here}");
        }
        for other in ["https://localhost:8080", "http://example.com", "http://10.0.0.1", "issuer", ""] {
            assert!(!is_here(other), "{other}");
        }
    }

    #[test]
    fn keys_of_other_kinds_are_left_out() {
        let set = r#"{"keys": [{"kty": "RSA", "kid": "a", "n": "AAEC", "e": "AQAB"}, {"kty": "EC", "kid": "b"},
            {"kty": "RSA", "n": "AQ", "e": "AQAB"}, {"kty": "RSA", "kid": "c", "n": "?", "e": "AQAB"}]}"#;
        let set = Set::read(set.as_bytes()).unwrap();
        let key = Key { modulus: vec![1, 2], exponent: vec![1, 0, 1], algorithm: None };
        assert_eq!(set.0, BTreeMap::from([("a".to_owned(), key)]));
        assert!(Set::read(b"[]").is_err());
    }
}
