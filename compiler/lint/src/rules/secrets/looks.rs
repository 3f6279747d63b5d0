//! What credentials look like, and what they are called.

/// How the names of what holds a credential end.
const ENDS: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "secretkey",
    "secret_key",
    "accesskey",
    "access_key",
    "privatekey",
    "private_key",
    "credential",
    "credentials",
];

/// True for `DB_PASSWORD`, `/shop/api_key`, `ClientSecret`, `MYSECRET2`; not for `SECRET_NAME` or `TOKEN_URL`,
/// which tell where one is.
pub(in crate::rules) fn names_a_secret(name: &str) -> bool {
    let lower = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end))
}

/// True for keys of well-known kinds, which have a form of their own.
pub(super) fn is_known_key(text: &str) -> bool {
    let rest = |start: &str| text.strip_prefix(start).map(str::len);
    let long = |start: &str, least: usize| rest(start).is_some_and(|n| n >= least);
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let of_kind = (text.len() == 20 && (long("AKIA", 16) || long("ASIA", 16)))
        || long("ghp_", 30)
        || long("github_pat_", 30)
        || long("sk_live_", 16)
        || long("rk_live_", 16)
        || long("xoxb-", 20)
        || long("xoxp-", 20)
        || long("glpat-", 16)
        || long("AIza", 30);
    (plain && of_kind) || (text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----"))
}

/// True for what nobody would guess: long enough, letters and digits in no order, no address, path or sentence.
pub(super) fn is_random(text: &str) -> bool {
    let has = |what: fn(&u8) -> bool| text.bytes().any(|b| what(&b));
    // Secret access keys of AWS have slashes in them; shorter texts with slashes are paths.
    let path = text.contains('/') && (text.len() < 32 || !has(u8::is_ascii_uppercase));
    let plain = text.bytes().all(|b| b.is_ascii_graphic()) && !path && !text.contains([':', '{', '$', '<']);
    text.len() >= 8
        && plain
        && has(u8::is_ascii_alphabetic)
        && has(u8::is_ascii_digit)
        && !is_number_or_version(text)
}

/// `v1.2.3-beta` and `user-service-2` are names.
fn is_number_or_version(text: &str) -> bool {
    let words = text.split(['-', '.', '_']);
    let mut parts = words.map(|w| {
        w.bytes().all(|b| b.is_ascii_digit())
            || w.bytes().all(|b| b.is_ascii_lowercase())
            || w.starts_with('v')
    });
    text.contains(['-', '.', '_']) && parts.all(|plain| plain)
}

/// True for what stands in for a credential: `changeme`, `example`, a dynamic reference.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words = [
        "example",
        "test",
        "dummy",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "replace",
        "your",
        "xxxx",
        "todo",
    ];
    if lower.starts_with("{{resolve:")
        || lower.starts_with('<')
        || words.iter().any(|word| lower.contains(word))
    {
        return true;
    }
    let is_nothing = |text: &str| {
        !text.contains(|c: char| c.is_alphanumeric())
            || ["empty", "n/a", "none", "null", "tbd", "unset"].contains(&text)
    };
    is_nothing(&lower) || members(&lower).is_some_and(|values| values.iter().all(|value| is_nothing(value)))
}

/// The texts of a JSON object that holds nothing but texts.
fn members(text: &str) -> Option<Vec<String>> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    object.into_iter().map(|(_, value)| Some(value.as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_nothing_stands_in_for_a_credential() {
        for text in ["{}", "-", "***", "unset", "TBD", r#"{"user": "", "password": "unset"}"#] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["hunter2", r#"{"user": "", "password": "hunter2"}"#, r#"{"pin": 4711}"#] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn names_tell_what_is_held() {
        for name in ["DB_PASSWORD", "/shop/api_key", "ClientSecret", "MYSECRET2", "GithubToken"] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["SECRET_NAME", "TOKEN_URL", "SecretArn", "Passwords", "KEYS"] {
            assert!(!names_a_secret(name), "{name}");
        }
    }

    #[test]
    fn credentials_are_told_from_words() {
        assert!(is_known_key("AKIAQ7VT2MXW9LPR4SKD") && !is_known_key("AKIA-is-a-prefix"));
        for text in ["q7Vt2mXw9LpR4sKd", "hunter2hunter2", "q7Vt2mXw9LpR4sKd/q7Vt2mXw9LpR4sKd/q7Vt2mXw"] {
            assert!(is_random(text) && !is_placeholder(text), "{text}");
        }
        for text in [
            "orders",
            "shop/prod/token1",
            "user-service-2",
            "v1.2.3-beta",
            "https://a.example/1",
            "${Stage}1234567",
            "12345678",
        ] {
            assert!(!is_random(text), "{text}");
        }
        assert!(is_placeholder("{{resolve:ssm:/a:1}}") && is_placeholder("ChangeMe123"));
    }
}
