//! Tokens in JWT form: their claims, their time, and who signed them where the keys are known.
//!
//! Source: "Control access to HTTP APIs with JWT authorizers" in the guide of API Gateway.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::keys::Key;

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Who issued it.
    pub(super) issuer: Option<&'a str>,
    /// For whom it is, any of them.
    pub(super) audience: &'a [String],
    /// What it allows, any of them.
    pub(super) scopes: &'a [String],
    /// The time in seconds since 1970.
    pub(super) now_s: u64,
}

/// A token that has the form of one.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// The algorithm that it says it is signed with.
    algorithm: String,
    /// The name of the key.
    pub(super) key: Option<String>,
    claims: Map<String, Value>,
    /// What is signed, and the signature in base64.
    signed: &'a str,
    signature: &'a str,
}

/// What is wrong with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no JWT.
    Form,
    /// Somebody else issued it.
    Issuer(String),
    /// It is for somebody else.
    Audience,
    /// Its time is over.
    Expired {
        /// Since how many seconds.
        ago_s: u64,
    },
    /// Its time has not come.
    Early,
    /// It does not allow this.
    Scope,
    /// It is not signed with a key of its issuer.
    Key,
    /// Somebody else signed it, or it was changed since.
    Signature {
        /// The algorithm that it names.
        algorithm: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Form => f.write_str("it is not a JWT"),
            Fault::Issuer(issuer) => write!(f, "the token has an invalid issuer {issuer:?}"),
            Fault::Audience => f.write_str("the token has none of the audiences"),
            Fault::Expired { ago_s } => write!(f, "the token has expired {ago_s} s ago"),
            Fault::Early => f.write_str("the token is not valid yet"),
            Fault::Scope => f.write_str("the token has none of the scopes"),
            Fault::Key => f.write_str("the token is signed with a key that its issuer does not have"),
            Fault::Signature { algorithm } => write!(f, "the token's signature by {algorithm} is not valid"),
        }
    }
}

impl<'a> Token<'a> {
    /// Reads a token, with the word `Bearer` before it or without.
    pub(super) fn read(token: &'a str) -> Result<Token<'a>, Fault> {
        let token = match token.get(..7) {
            Some(bearer) if bearer.eq_ignore_ascii_case("bearer ") => token[7..].trim(),
            _ => token.trim(),
        };
        let (signed, signature) = token.rsplit_once('.').ok_or(Fault::Form)?;
        let (head, claims) =
            signed.split_once('.').filter(|(_, claims)| !claims.contains('.')).ok_or(Fault::Form)?;
        let read = |part: &str| -> Option<Map<String, Value>> { serde_json::from_slice(&decode(part)?).ok() };
        let (head, claims) = (read(head).ok_or(Fault::Form)?, read(claims).ok_or(Fault::Form)?);
        let text = |name: &str| head.get(name).and_then(Value::as_str).map(str::to_owned);
        let (algorithm, key) = (text("alg").unwrap_or_default(), text("kid"));
        Ok(Token { algorithm, key, claims, signed, signature })
    }

    /// Whether the other half of a key signed it.
    pub(super) fn check_signature(&self, key: &Key) -> Result<(), Fault> {
        let signature = decode(self.signature).unwrap_or_default();
        match key.has_signed(&self.algorithm, self.signed.as_bytes(), &signature) {
            true => Ok(()),
            false => Err(Fault::Signature { algorithm: self.algorithm.clone() }),
        }
    }

    /// Its claims, if they say what they must.
    pub(super) fn check_claims(self, wanted: &Wanted<'_>) -> Result<Map<String, Value>, Fault> {
        let claims = self.claims;
        if let Some(issuer) = wanted.issuer {
            let own = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
            if own.trim_end_matches('/') != issuer.trim_end_matches('/') {
                return Err(Fault::Issuer(own.to_owned()));
            }
        }
        if !wanted.audience.is_empty() {
            // Access tokens of Cognito have no audience but the client that got them.
            let own = claims.get("aud").or_else(|| claims.get("client_id"));
            if !texts(own).iter().any(|own| wanted.audience.contains(own)) {
                return Err(Fault::Audience);
            }
        }
        let time = |name: &str| {
            claims.get(name).and_then(|time| time.as_u64().or_else(|| Some(time.as_f64()? as u64)))
        };
        match time("exp") {
            Some(end) if end <= wanted.now_s => return Err(Fault::Expired { ago_s: wanted.now_s - end }),
            Some(_) => {}
            None => return Err(Fault::Form),
        }
        if ["nbf", "iat"].iter().any(|name| time(name).is_some_and(|time| time > wanted.now_s + 60)) {
            return Err(Fault::Early);
        }
        if !wanted.scopes.is_empty() {
            let own = texts(claims.get("scope").or_else(|| claims.get("scp")));
            if !own
                .iter()
                .flat_map(|own| own.split(' '))
                .any(|own| wanted.scopes.iter().any(|scope| scope == own))
            {
                return Err(Fault::Scope);
            }
        }
        Ok(claims)
    }
}

/// The bytes of a part of a token.
fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
}

/// A text, or all texts of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| Some(item.as_str()?.to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// Claims as they are in events: all of them are text, lists in square brackets without commas.
pub(super) fn as_texts(claims: &Map<String, Value>) -> Map<String, Value> {
    fn text(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" ")),
            other => other.to_string(),
        }
    }
    claims.iter().map(|(name, value)| (name.clone(), text(value).into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(token: &str, wanted: &Wanted<'_>) -> Result<Map<String, Value>, Fault> {
        Token::read(token)?.check_claims(wanted)
    }

    fn token(claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
    }

    #[test]
    fn tokens_are_read_and_refused() {
        let (audience, scopes) = (["app".to_owned()], ["read".to_owned(), "write".to_owned()]);
        let wanted = Wanted { issuer: Some("https://i"), audience: &audience, scopes: &scopes, now_s: 1000 };
        let good = json!({"iss": "https://i", "aud": ["x", "app"], "exp": 1001, "scope": "a write"});
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            check(&token(&claims), &wanted)
        };
        assert!(check(&format!("Bearer {}", token(&good)), &wanted).is_ok());
        assert_eq!(with("iss", json!("https://j")), Err(Fault::Issuer("https://j".to_owned())));
        assert_eq!(with("aud", json!("y")), Err(Fault::Audience));
        assert_eq!(with("exp", json!(990)), Err(Fault::Expired { ago_s: 10 }));
        assert_eq!(with("exp", Value::Null), Err(Fault::Form));
        assert_eq!(with("nbf", json!(2000)), Err(Fault::Early));
        assert_eq!(with("scope", json!("reading")), Err(Fault::Scope));
        for bad in ["", "abc", "a.b", "a.b.c", "Bearer", "ä.ä.ä", "e30.W10.x"] {
            assert_eq!(check(bad, &wanted), Err(Fault::Form), "{bad}");
        }
        let access = json!({"iss": "https://i", "client_id": "app", "exp": 1001, "scope": "read"});
        assert!(check(&token(&access), &wanted).is_ok());
    }

    #[test]
    fn claims_are_text() {
        let claims = json!({"exp": 5, "groups": ["a", "b"], "on": true, "sub": "x"});
        let texts = as_texts(claims.as_object().unwrap());
        assert_eq!(Value::from(texts), json!({"exp": "5", "groups": "[a b]", "on": "true", "sub": "x"}));
    }
}
