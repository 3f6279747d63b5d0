//! Which route takes a request.
//!
//! Source: "Routing API requests" in the guide of API Gateway for HTTP APIs: a full match of method and path
//! first, then a greedy variable, then `$default`. A REST API finds the path first, segment by segment, and
//! then the method of just that path.

use std::borrow::Cow;

use samc_schema::manifest::{ApiKind, Route};

/// The routes of an API, ready to be looked up.
#[derive(Debug)]
pub(crate) struct Routes {
    kind: ApiKind,
    routes: Vec<(Vec<Segment>, Route)>,
    default: Option<Route>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Variable(String),
    Greedy(String),
}

/// The rank of a greedy variable, the last of all.
const GREEDY: u8 = 2;

/// What a path matches: how well, segment by segment, and its variables.
type Match<'a> = (Vec<u8>, Vec<(&'a str, String)>);

/// A route that takes a request.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// The route.
    pub(crate) route: &'a Route,
    /// The variables of its path.
    pub(crate) variables: Vec<(&'a str, String)>,
}

impl Routes {
    /// Routes in the order of the manifest.
    pub(crate) fn new(kind: ApiKind, all: &[Route]) -> Routes {
        let mut routes = Vec::new();
        let mut default = None;
        for route in all {
            if route.path == "$default" {
                default = Some(route.clone());
            } else {
                routes.push((segments(&route.path), route.clone()));
            }
        }
        Routes { kind, routes, default }
    }

    /// The route for a method and a path, which is without the stage and still encoded.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let mut best: Option<(Vec<u8>, bool, Found<'_>)> = None;
        let mut method_missing = false;
        let rest = self.kind == ApiKind::Rest;
        for (segments, route) in &self.routes {
            let any = route.method == "ANY";
            let takes = any || route.method.eq_ignore_ascii_case(method);
            if !takes && !rest {
                continue;
            }
            let Some((mut rank, variables)) = matches(segments, &parts) else { continue };
            if !rest && rank.last() == Some(&GREEDY) {
                // After every full match, however little of it is fixed.
                rank.insert(0, GREEDY);
            }
            let better = match &best {
                None => true,
                Some((best, best_any, _)) => match rank.cmp(best) {
                    std::cmp::Ordering::Less => true,
                    std::cmp::Ordering::Equal => takes && (method_missing || (*best_any && !any)),
                    std::cmp::Ordering::Greater => false,
                },
            };
            if better {
                method_missing = !takes;
                best = Some((rank, any, Found { route, variables }));
            }
        }
        match best {
            Some((_, _, found)) => (!method_missing).then_some(found),
            None => self.default.as_ref().map(|route| Found { route, variables: Vec::new() }),
        }
    }

    /// Whether there is a route just for this method and path.
    pub(crate) fn names(&self, method: &str, path: &str) -> bool {
        self.find(method, path).is_some_and(|found| found.route.method.eq_ignore_ascii_case(method))
    }
}

fn segments(path: &str) -> Vec<Segment> {
    path.trim_start_matches('/')
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Segment::Greedy(name.to_owned()),
                None => Segment::Variable(name.to_owned()),
            },
            None => Segment::Fixed(part.to_owned()),
        })
        .collect()
}

/// How well a path matches: the lower, the better, the first segment first.
fn matches<'a>(segments: &'a [Segment], parts: &[&str]) -> Option<Match<'a>> {
    let mut rank = Vec::with_capacity(segments.len());
    let mut variables = Vec::new();
    let mut at = 0;
    for segment in segments {
        let part = parts.get(at)?;
        match segment {
            Segment::Fixed(text) => {
                if text != part && *text != decode(part) {
                    return None;
                }
                rank.push(0);
            }
            Segment::Variable(name) => {
                if part.is_empty() {
                    return None;
                }
                variables.push((name.as_str(), decode(part).into_owned()));
                rank.push(1);
            }
            Segment::Greedy(name) => {
                let rest = parts[at..].join("/");
                // A greedy variable stands for something, not for nothing.
                if rest.is_empty() {
                    return None;
                }
                variables.push((name.as_str(), decode(&rest).into_owned()));
                rank.push(GREEDY);
                return Some((rank, variables));
            }
        }
        at += 1;
    }
    // A slash at the end is not told from its absence.
    let left = &parts[at..];
    (left.is_empty() || left == [""]).then_some((rank, variables))
}

/// Percent-encoding undone. What is not UTF-8 afterwards stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte =
            digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The pairs of a query, decoded, in their order.
pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| decode(&text.replace('+', " ")).into_owned();
            (plain(name), plain(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use samc_schema::manifest::Payload;

    use super::*;

    fn route(method: &str, path: &str) -> Route {
        Route {
            method: method.to_owned(),
            path: path.to_owned(),
            function: Some(format!("{method} {path}")),
            payload: Payload::V2,
            authorizer: None,
            scopes: Vec::new(),
            api_key: false,
            timeout_ms: 30_000,
            streaming: false,
            answers: false,
            fixed: None,
            unsupported: None,
        }
    }

    fn found(kind: ApiKind, routes: &[(&str, &str)], method: &str, path: &str) -> Option<String> {
        let routes: Vec<Route> = routes.iter().map(|(method, path)| route(method, path)).collect();
        Routes::new(kind, &routes).find(method, path).and_then(|found| found.route.function.clone())
    }

    #[test]
    fn the_most_specific_route_takes_a_request() {
        // The example of the guide of API Gateway.
        let routes = [
            ("GET", "/pets/dog/1"),
            ("GET", "/pets/dog/{id}"),
            ("GET", "/pets/{proxy+}"),
            ("ANY", "/{proxy+}"),
            ("ANY", "$default"),
        ];
        let take = |method, path| found(ApiKind::Http, &routes, method, path);
        assert_eq!(take("GET", "/pets/dog/1").as_deref(), Some("GET /pets/dog/1"));
        assert_eq!(take("GET", "/pets/dog/2").as_deref(), Some("GET /pets/dog/{id}"));
        assert_eq!(take("GET", "/pets/cat/1").as_deref(), Some("GET /pets/{proxy+}"));
        assert_eq!(take("POST", "/test/5").as_deref(), Some("ANY /{proxy+}"));
        assert_eq!(take("GET", "/").as_deref(), Some("ANY $default"));
    }

    #[test]
    fn a_full_match_of_an_http_api_goes_before_a_greedy_one() {
        let routes = [("GET", "/a/{proxy+}"), ("GET", "/{x}/b")];
        assert_eq!(found(ApiKind::Http, &routes, "GET", "/a/b").as_deref(), Some("GET /{x}/b"));
        assert_eq!(found(ApiKind::Rest, &routes, "GET", "/a/b").as_deref(), Some("GET /a/{proxy+}"));
    }

    #[test]
    fn a_method_goes_before_any() {
        let routes = [("ANY", "/a/{id}"), ("GET", "/a/{id}")];
        assert_eq!(found(ApiKind::Http, &routes, "GET", "/a/1").as_deref(), Some("GET /a/{id}"));
        assert_eq!(found(ApiKind::Http, &routes, "PUT", "/a/1").as_deref(), Some("ANY /a/{id}"));
    }

    #[test]
    fn a_rest_api_finds_the_path_before_the_method() {
        let routes = [("GET", "/a"), ("ANY", "/{proxy+}")];
        assert_eq!(found(ApiKind::Rest, &routes, "GET", "/a").as_deref(), Some("GET /a"));
        assert_eq!(found(ApiKind::Rest, &routes, "POST", "/a"), None);
        assert_eq!(found(ApiKind::Rest, &routes, "POST", "/b").as_deref(), Some("ANY /{proxy+}"));
        assert_eq!(found(ApiKind::Http, &routes, "POST", "/a").as_deref(), Some("ANY /{proxy+}"));
    }

    #[test]
    fn variables_are_decoded_and_never_empty() {
        let routes = [route("GET", "/users/{name}"), route("GET", "/files/{proxy+}")];
        let routes = Routes::new(ApiKind::Http, &routes);
        let one = routes.find("GET", "/users/a%20b%2Fc").map(|found| found.variables);
        assert_eq!(one, Some(vec![("name", "a b/c".to_owned())]));
        let two = routes.find("GET", "/files/a/b.txt").map(|found| found.variables);
        assert_eq!(two, Some(vec![("proxy", "a/b.txt".to_owned())]));
        assert!(routes.find("GET", "/users/").is_none());
        assert!(routes.find("GET", "/files").is_none());
        assert!(routes.find("GET", "/files/").is_none());
        assert!(routes.find("GET", "/users/x/y").is_none());
    }

    #[test]
    fn queries_are_taken_apart() {
        let pairs = query("a=1&b=x+y&a=%C3%A4&c&=d&&bad=%zz");
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "x y"), ("a", "ä"), ("c", ""), ("", "d"), ("bad", "%zz")]);
    }
}
