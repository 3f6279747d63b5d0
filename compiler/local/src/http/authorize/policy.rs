//! Policies that authorizers answer with.
//!
//! Source: "Output from an API Gateway Lambda authorizer" in the guide of API Gateway.

use serde_json::Value;

/// What a policy says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may.
    Allow,
    /// A statement says that it may not.
    Deny,
    /// No statement says that it may.
    Nothing,
}

/// What a policy says of a method; none where it is no policy.
pub(super) fn verdict(policy: &Value, method_arn: &str) -> Option<Verdict> {
    let statements = match policy.get("Statement")? {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut verdict = Verdict::Nothing;
    for statement in statements {
        let effect = statement.get("Effect")?.as_str()?;
        let is_about = |name: &str, not: &str, value: &str, ignore_case: bool| match (
            statement.get(name),
            statement.get(not),
        ) {
            (Some(patterns), _) => Some(any(patterns, value, ignore_case)),
            (None, Some(patterns)) => Some(!any(patterns, value, ignore_case)),
            (None, None) => None,
        };
        let is_about = is_about("Action", "NotAction", "execute-api:Invoke", true)?
            && is_about("Resource", "NotResource", method_arn, false)?;
        match effect {
            "Deny" if is_about => return Some(Verdict::Deny),
            "Allow" if is_about => verdict = Verdict::Allow,
            "Allow" | "Deny" => {}
            _ => return None,
        }
    }
    Some(verdict)
}

fn any(patterns: &Value, value: &str, ignore_case: bool) -> bool {
    let patterns = match patterns {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    patterns.iter().filter_map(Value::as_str).any(|pattern| match ignore_case {
        true => is_like(pattern.to_lowercase().as_bytes(), value.to_lowercase().as_bytes()),
        false => is_like(pattern.as_bytes(), value.as_bytes()),
    })
}

/// Whether a text is like a pattern, with `*` for any text and `?` for one character.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where the last star was, and what it stands for so far: only that needs to be tried again.
    let mut star = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|c| *c == b'?' || *c == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, stood)) = star {
            star = Some((at, stood + 1));
            (p, t) = (at + 1, stood + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ARN: &str = "arn:aws:execute-api:eu-west-1:000000000000:api/dev/GET/orders/7";

    fn of(statements: Value) -> Option<Verdict> {
        verdict(&json!({"Version": "2012-10-17", "Statement": statements}), ARN)
    }

    #[test]
    fn statements_decide() {
        let one = |effect: &str, resource: Value| json!({"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource});
        let all = json!("arn:aws:execute-api:*:*:*/dev/GET/orders/*");
        assert_eq!(of(json!([one("Allow", all.clone())])), Some(Verdict::Allow));
        assert_eq!(of(one("Allow", json!(["x", "*"]))), Some(Verdict::Allow));
        assert_eq!(of(json!([one("Allow", json!("*")), one("Deny", all.clone())])), Some(Verdict::Deny));
        assert_eq!(of(json!([one("Allow", json!("arn:aws:execute-api:*/POST/*"))])), Some(Verdict::Nothing));
        let by_star = json!([{"Effect": "Allow", "Action": ["Execute-API:*"], "NotResource": "*/POST/*"}]);
        assert_eq!(of(by_star), Some(Verdict::Allow));
        assert_eq!(of(json!([{"Effect": "Allow", "Action": "execute-api:Invoke"}])), None);
        assert_eq!(of(json!([{"Effect": "Maybe", "Action": "*", "Resource": "*"}])), None);
        assert_eq!(verdict(&json!({}), ARN), None);
    }

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, like) in [
            ("a*c", "abbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b", "abX", false),
            ("", "a", false),
        ] {
            assert_eq!(is_like(pattern.as_bytes(), text.as_bytes()), like, "{pattern} {text}");
        }
    }
}
