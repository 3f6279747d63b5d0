//! The patterns that rules of buses, filter policies of subscriptions and filters of event source mappings
//! are written in.
//!
//! Source: "Comparison operators for use in event patterns" in the guide of EventBridge, "Subscription filter
//! policies" in the guide of SNS, "Event filtering" in the guide of Lambda.

mod test;

use serde_json::{Map, Value};

use test::Test;

/// A pattern, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pattern {
    /// What must hold for members, by name.
    members: Vec<(String, Member)>,
    /// Alternatives of which one must match, for each `$or`.
    either: Vec<Vec<Pattern>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Member {
    /// One of these holds for the value.
    Value(Vec<Test>),
    /// This holds for its members.
    Object(Pattern),
}

impl Pattern {
    /// Reads a pattern, or says what is wrong with it.
    pub(crate) fn read(value: &Value) -> Result<Pattern, String> {
        let object = value.as_object().ok_or_else(|| format!("{value} is no pattern: it is an object"))?;
        let mut pattern = Pattern::default();
        for (name, value) in object {
            let within = |why: String| format!("{name}: {why}");
            match value {
                // A member of this name is one where what stands there cannot be alternatives.
                Value::Array(items) if name == "$or" && items.iter().all(is_pattern) => {
                    if items.is_empty() {
                        return Err("$or needs patterns".to_owned());
                    }
                    let all: Result<_, _> = items.iter().map(Pattern::read).collect();
                    pattern.either.push(all.map_err(within)?);
                }
                Value::Array(items) => {
                    if items.is_empty() {
                        return Err(within("an empty list matches nothing".to_owned()));
                    }
                    let all: Result<_, _> = items.iter().map(Test::read).collect();
                    pattern.members.push((name.clone(), Member::Value(all.map_err(within)?)));
                }
                Value::Object(_) => {
                    let inner = Pattern::read(value).map_err(within)?;
                    pattern.members.push((name.clone(), Member::Object(inner)));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    return Err(within(format!("{value} is not in a list")));
                }
            }
        }
        Ok(pattern)
    }

    /// Whether something matches.
    pub(crate) fn matches(&self, value: &Map<String, Value>) -> bool {
        let members = self.members.iter().all(|(name, member)| {
            let found = value.get(name);
            match member {
                Member::Value(tests) => tests.iter().any(|test| test.holds(found)),
                Member::Object(pattern) => pattern.matches_value(found),
            }
        });
        members && self.either.iter().all(|either| either.iter().any(|pattern| pattern.matches(value)))
    }

    fn matches_value(&self, value: Option<&Value>) -> bool {
        match value {
            Some(Value::Object(object)) => self.matches(object),
            // One of the things in a list must match as a whole.
            Some(Value::Array(items)) if !items.is_empty() => {
                items.iter().any(|item| self.matches_value(Some(item)))
            }
            // What is not there has no members; that may be what is asked for.
            _ => self.matches(&Map::new()),
        }
    }

    /// What must hold for a member: for filters on the body of a message, which has a meaning of its own.
    pub(crate) fn asks_for(&self, name: &str) -> Option<Asks> {
        let own = self.members.iter().find(|(own, _)| own == name).map(|(_, member)| match member {
            Member::Value(_) => Asks::Text,
            Member::Object(_) => Asks::Object,
        });
        own.or_else(|| self.either.iter().flatten().find_map(|pattern| pattern.asks_for(name)))
    }
}

/// What a pattern takes a member for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// A value.
    Text,
    /// An object.
    Object,
}

/// Whether an item of `$or` is a pattern rather than an operator.
fn is_pattern(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        !object.is_empty()
            && object.iter().all(|(name, value)| {
                !test::OPERATORS.contains(&name.as_str()) && (value.is_array() || value.is_object())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(pattern: Value, value: Value) -> bool {
        let pattern = Pattern::read(&pattern).unwrap_or_else(|why| panic!("{why}"));
        pattern.matches(value.as_object().unwrap_or(&Map::new()))
    }

    #[track_caller]
    fn check(pattern: Value, yes: &[Value], no: &[Value]) {
        for value in yes {
            assert!(matches(pattern.clone(), value.clone()), "{pattern} should match {value}");
        }
        for value in no {
            assert!(!matches(pattern.clone(), value.clone()), "{pattern} should not match {value}");
        }
    }

    #[test]
    fn values_are_compared_by_what_they_are() {
        check(
            json!({"a": ["x", 1, true, null, ""]}),
            &[
                json!({"a": "x"}),
                json!({"a": 1}),
                json!({"a": true}),
                json!({"a": null}),
                json!({"a": ""}),
                json!({"a": ["y", "x"]}),
            ],
            &[json!({"a": "1"}), json!({"a": 2}), json!({}), json!({"a": []}), json!({"a": {"x": 1}})],
        );
        check(
            json!({"a": {"b": ["x"]}, "c": ["y"]}),
            &[json!({"a": {"b": "x"}, "c": "y", "d": 1}), json!({"a": [{"b": 1}, {"b": "x"}], "c": "y"})],
            &[json!({"a": {"b": "x"}}), json!({"a": "x", "c": "y"})],
        );
    }

    #[test]
    fn operators_on_text() {
        check(
            json!({"a": [{"prefix": "ab"}]}),
            &[json!({"a": "abc"})],
            &[json!({"a": "xab"}), json!({"a": 1})],
        );
        check(json!({"a": [{"suffix": "bc"}]}), &[json!({"a": "abc"})], &[json!({"a": "bcd"})]);
        check(
            json!({"a": [{"prefix": {"equals-ignore-case": "AB"}}]}),
            &[json!({"a": "abc"})],
            &[json!({"a": "b"})],
        );
        check(
            json!({"a": [{"suffix": {"equals-ignore-case": "BC"}}]}),
            &[json!({"a": "abc"})],
            &[json!({"a": "b"})],
        );
        check(json!({"a": [{"equals-ignore-case": "ÄB"}]}), &[json!({"a": "äb"})], &[json!({"a": "äbc"})]);
        check(
            json!({"a": [{"wildcard": "dir/*/x*.png"}]}),
            &[json!({"a": "dir/a/b/x1.png"}), json!({"a": "dir//x.png"})],
            &[json!({"a": "dir/x.png"}), json!({"a": "dir/a/x.pngs"})],
        );
        check(json!({"a": [{"wildcard": "a\\*b"}]}), &[json!({"a": "a*b"})], &[json!({"a": "axb"})]);
        check(
            json!({"ip": [{"cidr": "10.0.0.0/24"}, {"cidr": "2001:db8::/32"}]}),
            &[json!({"ip": "10.0.0.255"}), json!({"ip": "2001:db8::1"})],
            &[json!({"ip": "10.0.1.0"}), json!({"ip": "2001:db9::1"}), json!({"ip": "ten"})],
        );
    }

    #[test]
    fn numbers_are_compared() {
        check(
            json!({"n": [{"numeric": [">", 0, "<=", 5]}]}),
            &[json!({"n": 0.5}), json!({"n": 5}), json!({"n": [9, 1]})],
            &[json!({"n": 0}), json!({"n": 5.1}), json!({"n": "3"}), json!({})],
        );
        check(json!({"n": [{"numeric": ["=", 300]}]}), &[json!({"n": 3.0e2})], &[json!({"n": 301})]);
    }

    #[test]
    fn what_is_not_there() {
        check(json!({"a": [{"exists": true}]}), &[json!({"a": null})], &[json!({}), json!({"a": {"b": 1}})]);
        check(json!({"a": [{"exists": false}]}), &[json!({}), json!({"b": 1})], &[json!({"a": 1})]);
        check(
            json!({"a": {"b": [{"exists": false}]}}),
            &[json!({}), json!({"a": {"c": 1}})],
            &[json!({"a": {"b": 1}})],
        );
        check(json!({"a": ["x", {"exists": false}]}), &[json!({}), json!({"a": "x"})], &[json!({"a": "y"})]);
    }

    #[test]
    fn all_but_some() {
        check(
            json!({"a": [{"anything-but": "x"}]}),
            &[json!({"a": "y"}), json!({"a": 1})],
            &[json!({"a": "x"}), json!({})],
        );
        check(
            json!({"a": [{"anything-but": ["x", 1]}]}),
            &[json!({"a": "y"})],
            &[json!({"a": "x"}), json!({"a": 1})],
        );
        check(json!({"a": [{"anything-but": {"prefix": "x"}}]}), &[json!({"a": "y"})], &[json!({"a": "xy"})]);
        check(
            json!({"a": [{"anything-but": {"suffix": ["x", "y"]}}]}),
            &[json!({"a": "z"})],
            &[json!({"a": "zy"})],
        );
        check(
            json!({"a": [{"anything-but": {"equals-ignore-case": ["X"]}}]}),
            &[json!({"a": "z"})],
            &[json!({"a": "x"})],
        );
        check(
            json!({"a": [{"anything-but": {"wildcard": "*/x"}}]}),
            &[json!({"a": "z"})],
            &[json!({"a": "z/x"})],
        );
    }

    #[test]
    fn one_of_several() {
        check(
            json!({"s": ["q"], "$or": [{"a": [1]}, {"b": {"c": [2]}}]}),
            &[json!({"s": "q", "a": 1}), json!({"s": "q", "b": {"c": 2}})],
            &[json!({"s": "q"}), json!({"a": 1}), json!({"s": "q", "a": 2})],
        );
        check(
            json!({"d": {"$or": [{"a": [1]}, {"b": [1]}]}}),
            &[json!({"d": {"b": 1}})],
            &[json!({"d": {}})],
        );
        check(json!({"$or": ["x"]}), &[json!({"$or": "x"})], &[json!({})]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (pattern, why) in [
            (json!({"a": "x"}), "a: \"x\" is not in a list"),
            (json!({"a": [{"starts": "x"}]}), "a: there is no operator \"starts\""),
            (json!({"a": []}), "a: an empty list matches nothing"),
            (json!({"a": [{"numeric": ["~", 1]}]}), "a: numeric: \"~\" is none of =, <, <=, >, >="),
            (json!([]), "[] is no pattern: it is an object"),
        ] {
            assert_eq!(Pattern::read(&pattern), Err(why.to_owned()));
        }
    }
}
