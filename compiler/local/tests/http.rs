//! APIs and function URLs: what functions get, what becomes of their answers.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use common::{App, ask, get, has, route};
use samc_schema::manifest::{ApiKind, Cors, Fixed, Payload};
use serde_json::{Value, json};

/// A function that answers with its event, or as its query says.
const ECHO: &str = "
import json
ANSWERS = {
    'plain': {'message': 'no status'},
    'text': 'just text',
    'none': None,
    'cookies': {'statusCode': 201, 'cookies': ['a=1', 'b=2'], 'headers': {'X-Number': 5, 'X-None': None}, 'body': 'made'},
    'several': {'statusCode': 200, 'multiValueHeaders': {'X-A': ['1', '2']}, 'headers': {'X-B': '3'}, 'body': ''},
    'binary': {'statusCode': 200, 'isBase64Encoded': True, 'headers': {'Content-Type': 'image/png'}, 'body': 'AAH/'},
    'object': {'statusCode': 200, 'body': {'a': 1}},
    'status': {'statusCode': 'abc'},
    'header': {'statusCode': 200, 'headers': {'X-A': {'b': 1}}},
    'bad64': {'statusCode': 200, 'isBase64Encoded': True, 'body': '%'},
    'unknown': {'statusCode': 200, 'extra': 1},
}
def handler(event, context):
    how = (event.get('queryStringParameters') or {}).get('how')
    if how == 'raise':
        raise Exception('no')
    if how == 'sleep':
        import time; time.sleep(30)
    if how in ANSWERS:
        return ANSWERS[how]
    return {'statusCode': 200, 'headers': {'content-type': 'application/json'}, 'body': json.dumps(event)}
";

fn app() -> App {
    let mut app = App::new();
    app.python("Echo", ECHO);
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_http_api_gives_format_2_and_takes_its_answers() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let mut late = route("GET", "/late", "Echo", Payload::V2);
    late.timeout_ms = 200;
    let mut other = route("GET", "/other", "Echo", Payload::V2);
    other.function = None;
    other.unsupported = Some("it calls another server".to_owned());
    let routes = vec![
        route("GET", "/orders/{id}", "Echo", Payload::V2),
        route("ANY", "/files/{proxy+}", "Echo", Payload::V2),
        route("POST", "/old", "Echo", Payload::V1),
        late,
        other,
    ];
    app.api("Http", ApiKind::Http, "$default", routes);
    let local = app.start().await;
    let headers = [("X-One", "1"), ("x-one", "2"), ("cookie", "a=1; b=2"), ("user-agent", "test")];
    let answer = ask(&local, 0, "GET", "/orders/a%20b?x=1&x=2&y=%C3%A4", &headers, b"").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert!(answer.header("apigw-requestid").is_some());
    let event = answer.json();
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "GET /orders/{id}");
    assert_eq!(event["rawPath"], "/orders/a b");
    assert_eq!(event["rawQueryString"], "x=1&x=2&y=%C3%A4");
    assert_eq!(event["queryStringParameters"], json!({"x": "1,2", "y": "ä"}));
    assert_eq!(event["pathParameters"], json!({"id": "a b"}));
    assert_eq!(event["headers"]["x-one"], "1,2");
    assert_eq!(event["headers"]["cookie"], Value::Null);
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(event["isBase64Encoded"], false);
    assert!(event.get("body").is_none() && event.get("stageVariables").is_none());
    let context = &event["requestContext"];
    assert_eq!(context["http"]["method"], "GET");
    assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["http"]["userAgent"], "test");
    assert_eq!(context["accountId"], "000000000000");
    assert_eq!(context["stage"], "$default");

    let text = ask(&local, 0, "PUT", "/files/a/b", &[("content-type", "application/json")], b"{\"a\":1}")
        .await
        .json();
    assert_eq!((text["body"].as_str(), text["isBase64Encoded"].as_bool()), (Some("{\"a\":1}"), Some(false)));
    assert_eq!(text["pathParameters"]["proxy"], "a/b");
    let bytes =
        ask(&local, 0, "PUT", "/files/a", &[("content-type", "image/png")], b"\x00\x01\xff").await.json();
    assert_eq!((bytes["body"].as_str(), bytes["isBase64Encoded"].as_bool()), (Some("AAH/"), Some(true)));
    let old = ask(&local, 0, "POST", "/old?a=1&a=2", &[], b"x").await.json();
    assert_eq!((old["version"].as_str(), old["resource"].as_str()), (Some("1.0"), Some("/old")));
    assert_eq!(old["queryStringParameters"]["a"], "2");
    assert_eq!(old["multiValueQueryStringParameters"]["a"], json!(["1", "2"]));
    assert_eq!(old["pathParameters"], Value::Null);

    let how = async |how: &str| get(&local, 0, &format!("/orders/1?how={how}")).await;
    let plain = how("plain").await;
    assert_eq!((plain.status, plain.header("content-type")), (200, Some("application/json")));
    assert_eq!(plain.json(), json!({"message": "no status"}));
    assert_eq!(how("text").await.text(), "\"just text\"");
    let cookies = how("cookies").await;
    assert_eq!((cookies.status, cookies.text().as_str()), (201, "made"));
    assert_eq!(cookies.header("x-number"), Some("5"));
    assert_eq!(cookies.header("content-type"), Some("text/plain;charset=UTF-8"));
    let set: Vec<&str> = cookies
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(set, ["a=1", "b=2"]);
    assert_eq!(how("binary").await.body, b"\x00\x01\xff");
    for bad in ["raise", "object", "status", "header", "bad64"] {
        let answer = how(bad).await;
        assert_eq!(
            (answer.status, answer.json()),
            (500, json!({"message": "Internal Server Error"})),
            "{bad}"
        );
    }
    assert!(app.log.has("its body is an object: a text is needed"));
    let late = get(&local, 0, "/late?how=sleep").await;
    assert_eq!((late.status, late.json()), (503, json!({"message": "Service Unavailable"})));
    let other = get(&local, 0, "/other").await;
    assert_eq!(other.status, 501);
    assert!(other.text().contains("it calls another server"));
    let nothing = get(&local, 0, "/nothing").await;
    assert_eq!((nothing.status, nothing.json()), (404, json!({"message": "Not Found"})));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rest_api_gives_format_1_under_its_stage() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let mut fixed = route("OPTIONS", "/orders/{id}", "Echo", Payload::V1);
    fixed.function = None;
    fixed.fixed = Some(Fixed {
        status: 200,
        headers: [("Access-Control-Allow-Origin".to_owned(), "*".to_owned())].into_iter().collect(),
        body: String::new(),
    });
    let mut late = route("GET", "/late", "Echo", Payload::V1);
    late.timeout_ms = 200;
    let mut keyed = route("GET", "/keyed", "Echo", Payload::V1);
    keyed.api_key = true;
    let routes = vec![
        route("GET", "/orders/{id}", "Echo", Payload::V1),
        fixed,
        late,
        keyed,
        route("POST", "/", "Echo", Payload::V1),
    ];
    let api = app.api("Rest", ApiKind::Rest, "dev", routes);
    api.binary_media_types.push("image/*".to_owned());
    api.stage_variables.insert("color".to_owned(), "blue".to_owned());
    let local = app.start().await;
    let answer =
        ask(&local, 0, "GET", "/dev/orders/7?a=1&a=2", &[("x-thing", "1"), ("x-thing", "2")], b"").await;
    assert!(answer.header("x-amzn-requestid").is_some());
    let event = answer.json();
    assert!(event.get("version").is_none());
    assert_eq!(
        (event["resource"].as_str(), event["path"].as_str()),
        (Some("/orders/{id}"), Some("/orders/7"))
    );
    assert_eq!(event["httpMethod"], "GET");
    assert_eq!(event["headers"]["X-Thing"], "2");
    assert_eq!(event["multiValueHeaders"]["X-Thing"], json!(["1", "2"]));
    assert_eq!(event["queryStringParameters"], json!({"a": "2"}));
    assert_eq!(event["stageVariables"], json!({"color": "blue"}));
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&Value::Null, &json!(false)));
    let context = &event["requestContext"];
    assert_eq!((context["path"].as_str(), context["stage"].as_str()), (Some("/dev/orders/7"), Some("dev")));
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["identity"]["userArn"], Value::Null);
    // Without the stage, as under a domain of one's own.
    let event = ask(&local, 0, "POST", "/", &[("content-type", "image/png")], b"\x00\x01\xff").await.json();
    assert_eq!((event["path"].as_str(), event["requestContext"]["path"].as_str()), (Some("/"), Some("/")));
    assert_eq!((event["queryStringParameters"].clone(), event["body"].as_str()), (Value::Null, Some("AAH/")));

    let how = async |how: &str| get(&local, 0, &format!("/dev/orders/1?how={how}")).await;
    let several = how("several").await;
    let values: Vec<&str> =
        several.headers.iter().filter(|(name, _)| name == "x-a").map(|(_, value)| value.as_str()).collect();
    assert_eq!((values, several.header("x-b")), (vec!["1", "2"], Some("3")));
    assert_eq!(several.header("content-type"), Some("application/json"));
    for bad in ["raise", "plain", "text", "none", "object", "unknown"] {
        let answer = how(bad).await;
        assert_eq!(
            (answer.status, answer.json()),
            (502, json!({"message": "Internal server error"})),
            "{bad}"
        );
    }
    let late = get(&local, 0, "/dev/late?how=sleep").await;
    assert_eq!((late.status, late.json()), (504, json!({"message": "Endpoint request timed out"})));
    let missing = get(&local, 0, "/dev/nothing").await;
    assert_eq!((missing.status, missing.json()), (403, json!({"message": "Missing Authentication Token"})));
    assert_eq!(get(&local, 0, "/dev/keyed").await.status, 403);
    assert_eq!(ask(&local, 0, "GET", "/dev/keyed", &[("x-api-key", "k")], b"").await.status, 200);
    let options = ask(&local, 0, "OPTIONS", "/dev/orders/1", &[], b"").await;
    assert_eq!((options.status, options.header("access-control-allow-origin")), (200, Some("*")));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_are_told_what_they_may() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let api = app.api("Http", ApiKind::Http, "$default", vec![route("GET", "/a", "Echo", Payload::V2)]);
    api.cors = Some(Cors {
        allow_origins: vec!["https://a.example".to_owned(), "http://*.local".to_owned()],
        allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
        allow_headers: vec!["content-type".to_owned()],
        expose_headers: vec!["x-id".to_owned()],
        max_age_seconds: Some(60),
        credentials: true,
    });
    let local = app.start().await;
    let preflight = async |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        ask(&local, 0, "OPTIONS", "/a", &headers, b"").await
    };
    let answer = preflight("https://a.example").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("content-type"));
    assert_eq!(answer.header("access-control-max-age"), Some("60"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(
        preflight("http://x.local").await.header("access-control-allow-origin"),
        Some("http://x.local")
    );
    assert_eq!(preflight("https://b.example").await.header("access-control-allow-origin"), None);
    let answer = ask(&local, 0, "GET", "/a", &[("origin", "https://a.example")], b"").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(answer.header("access-control-expose-headers"), Some("x-id"));
    assert_eq!(get(&local, 0, "/a").await.header("access-control-allow-origin"), None);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_url_takes_everything() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.api("Url", ApiKind::FunctionUrl, "$default", vec![route("ANY", "$default", "Echo", Payload::V2)]);
    let local = app.start().await;
    let event = ask(&local, 0, "DELETE", "/any/thing?x=1", &[], b"").await.json();
    assert_eq!(
        (event["routeKey"].as_str(), event["rawPath"].as_str()),
        (Some("$default"), Some("/any/thing"))
    );
    assert_eq!(event["requestContext"]["stage"], "$default");
    let failed = get(&local, 0, "/?how=raise").await;
    assert_eq!((failed.status, failed.text().as_str()), (502, "Internal Server Error"));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_and_giants_are_refused() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.api("Http", ApiKind::Http, "$default", vec![route("POST", "/a", "Echo", Payload::V2)]);
    let local = app.start().await;
    let stranger = ask(&local, 0, "POST", "/a", &[("host", "evil.example:3000")], b"x").await;
    assert_eq!(stranger.status, 421);
    let body = vec![b'x'; 10 * 1024 * 1024 + 1];
    assert_eq!(ask(&local, 0, "POST", "/a", &[("content-type", "text/plain")], &body).await.status, 413);
    let body = vec![b'x'; 7 * 1024 * 1024];
    assert_eq!(ask(&local, 0, "POST", "/a", &[("content-type", "text/plain")], &body).await.status, 413);
    let long = "x".repeat(40_000);
    assert_eq!(ask(&local, 0, "POST", "/a", &[("x-long", &long)], b"").await.status, 431);
    assert_eq!(ask(&local, 0, "POST", "/a", &[], b"fine").await.status, 200);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_can_be_asked_for() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.api("Http", ApiKind::Http, "$default", vec![route("GET", "/a", "Echo", Payload::V2)]);
    let local = app.start().await;
    assert_eq!(get(&local, 0, "/_samc/health").await.json(), json!({"status": "ok"}));
    get(&local, 0, "/a?how=text").await;
    let state = get(&local, 0, "/_samc/state").await.json();
    assert_eq!((state["calls"].as_u64(), state["functions"][0]["id"].as_str()), (Some(1), Some("Echo")));
    let record = &state["records"][0];
    assert_eq!(
        (record["function"].as_str(), record["answer"].as_str()),
        (Some("Echo"), Some("\"just text\""))
    );
    assert!(record["log"].as_str().unwrap().contains("REPORT RequestId"));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_samcs_own_answers_no_strangers() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    app.api("Http", ApiKind::Http, "$default", vec![route("GET", "/a", "Echo", Payload::V2)]);
    let local = app.start().await;
    let invoke = "/2015-03-31/functions/Echo/invocations";
    let own = [("GET", "/_samc/"), ("GET", "/_samc/page.js"), ("GET", "/_samc/state"), ("GET", "/a")];
    let acts = [("POST", invoke), ("POST", "/_samc/events/Echo")];
    // A name that was made to point here gets nothing at all.
    for (method, path) in own.iter().chain(&acts).chain(&[("GET", "/_samc/events"), ("GET", "/_samc/health")])
    {
        for name in [
            "rebound.example",
            "rebound.example:3000",
            "127.0.0.1.rebound.example",
            "localhost.rebound.example",
        ] {
            assert_eq!(
                ask(&local, 0, method, path, &[("host", name)], b"{}").await.status,
                421,
                "{name} {path}"
            );
        }
    }
    for (method, path) in own {
        assert_eq!(ask(&local, 0, method, path, &[], b"").await.status, 200, "{path}");
    }
    // A page of another origin starts nothing, whatever it may send without asking.
    let before = get(&local, 0, "/_samc/state").await.json()["calls"].clone();
    for (method, path) in acts {
        for headers in [
            [("origin", "http://127.0.0.1:1"), ("content-type", "text/plain")],
            [("origin", "null"), ("content-type", "text/plain")],
            [("sec-fetch-site", "cross-site"), ("content-type", "application/json")],
        ] {
            let answer = ask(&local, 0, method, path, &headers, b"{}").await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert!(answer.header("access-control-allow-origin").is_none());
        }
    }
    assert_eq!(get(&local, 0, "/_samc/state").await.json()["calls"], before);
    let page = get(&local, 0, "/_samc/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(!page.text().contains("http://") && !page.text().contains("https://"), "it loads something");
    for (method, path) in [("POST", "/_samc/"), ("DELETE", "/_samc/state"), ("GET", "/_samc/events/Echo")] {
        assert_eq!(ask(&local, 0, method, path, &[], b"").await.status, 405, "{path}");
    }
    local.end().await;
}
