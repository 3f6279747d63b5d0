//! Who may call: tokens, user pools, and functions that decide.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use common::{Answer, App, ask, has, notes, route};
use samc_local::Local;
use samc_schema::manifest::{ApiKind, Authorizer, Payload};
use serde_json::{Value, json};

/// A function that answers with what it knows of the caller.
const ECHO: &str = "
import json
def handler(event, context):
    return {'statusCode': 200, 'body': json.dumps(event['requestContext'].get('authorizer'))}
";

/// One that decides by what it is given, and writes down each time that it was asked.
const DECIDES: &str = "
import json, os
def handler(event, context):
    with open(os.environ['NOTES'], 'a') as notes:
        notes.write(json.dumps(event) + '\\n')
    headers = {k.lower(): v for k, v in (event.get('headers') or {}).items()}
    token = headers.get('x-token') or event.get('authorizationToken', '')
    arn = event.get('methodArn') or event.get('routeArn')
    if token == 'raise':
        raise Exception('no')
    if token == 'unauthorized':
        raise Exception('Unauthorized')
    if token == 'odd':
        return {'policyDocument': {}}
    if event.get('version') == '2.0':
        return {'isAuthorized': token == 'yes', 'context': {'who': 'me', 'n': 5}}
    effect = {'yes': 'Allow', 'deny': 'Deny'}.get(token)
    resource = arn if effect else 'arn:aws:execute-api:*:*:other/*'
    statement = {'Action': 'execute-api:Invoke', 'Effect': effect or 'Allow', 'Resource': resource}
    return {'principalId': 'me', 'policyDocument': {'Version': '2012-10-17', 'Statement': [statement]}, 'context': {'who': 'me', 'n': 5, 'on': True}}
";

fn app() -> App {
    let mut app = App::new();
    app.python("Echo", ECHO);
    let notes = app.folder.path().join("notes").display().to_string();
    app.python("Decides", DECIDES).environment.insert("NOTES".to_owned(), notes);
    app
}

/// Adds an API with one route behind an authorizer.
fn behind(app: &mut App, kind: ApiKind, payload: Payload, authorizer: Authorizer, scopes: &[&str]) {
    let mut own = route("GET", "/own/{id}", "Echo", payload);
    own.authorizer = Some("Auth".to_owned());
    own.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let stage = if kind == ApiKind::Rest { "dev" } else { "$default" };
    app.api("Api", kind, stage, vec![own]).authorizers.insert("Auth".to_owned(), authorizer);
}

async fn call(local: &Local, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(local, 0, "GET", path, headers, b"").await
}

fn token(claims: Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("Bearer {}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&claims))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_open_an_http_api() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let jwt = Authorizer::Jwt {
        issuer: Some("https://issuer".to_owned()),
        audience: vec!["app".to_owned()],
        identity: "$request.header.Authorization".to_owned(),
    };
    behind(&mut app, ApiKind::Http, Payload::V2, jwt, &["read"]);
    let local = app.start().await;
    let claims = json!({"iss": "https://issuer", "aud": "app", "exp": 99_999_999_999_u64, "scope": "read", "groups": ["a", "b"]});
    let with = async |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        call(&local, "/own/1", &[("authorization", &token(claims))]).await
    };
    let own = with("sub", json!("me")).await;
    assert_eq!(own.status, 200, "{}", own.text());
    let known = own.json();
    assert_eq!(known["jwt"]["claims"]["sub"], "me");
    assert_eq!(known["jwt"]["claims"]["exp"], "99999999999");
    assert_eq!(known["jwt"]["claims"]["groups"], "[a b]");
    assert_eq!(known["jwt"]["scopes"], json!(["read"]));
    let none = call(&local, "/own/1", &[]).await;
    assert_eq!((none.status, none.json()), (401, json!({"message": "Unauthorized"})));
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    for (name, value) in [("iss", json!("x")), ("aud", json!("x")), ("exp", json!(5))] {
        let refused = with(name, value).await;
        assert_eq!(refused.status, 401, "{name}");
        assert!(refused.header("www-authenticate").unwrap().contains("invalid_token"), "{name}");
    }
    let scope = with("scope", json!("write")).await;
    assert_eq!((scope.status, scope.json()), (403, json!({"message": "Forbidden"})));
    assert!(app.log.has("the token has expired"));
    local.end().await;
}

/// Tokens signed with a key that nobody has kept, and the half of it that checks them.
const KEYS: &str = include_str!("tokens/jwks.json");
const TOKENS: &str = include_str!("tokens/tokens.json");

/// An HTTP API behind tokens of an issuer.
fn of_issuer(issuer: &str) -> App {
    let mut app = app();
    let jwt = Authorizer::Jwt {
        issuer: Some(issuer.to_owned()),
        audience: vec!["app".to_owned()],
        identity: "$request.header.Authorization".to_owned(),
    };
    behind(&mut app, ApiKind::Http, Payload::V2, jwt, &["read"]);
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_are_checked_with_the_keys_of_a_file() {
    if !has("python3") {
        return;
    }
    let app = of_issuer("https://issuer");
    let mut options = app.options();
    options.jwks = Some(app.folder.path().join("keys.json"));
    app.write("keys.json", "{}");
    let refused = Local::start(options).await.err().unwrap().to_string();
    assert!(refused.contains("keys.json: it is no set of keys"), "{refused}");
    let mut options = app.options();
    options.jwks = Some(app.folder.path().join("keys.json"));
    app.write("keys.json", KEYS);
    let local = Local::start(options).await.unwrap();
    let tokens: Value = serde_json::from_str(TOKENS).unwrap();
    let with =
        async |token: &str| call(&local, "/own/1", &[("authorization", &format!("Bearer {token}"))]).await;
    for name in ["rs256", "rs512"] {
        let own = with(tokens[name].as_str().unwrap()).await;
        assert_eq!(own.status, 200, "{name}: {}", own.text());
        assert_eq!(own.json()["jwt"]["claims"]["sub"], "me");
    }
    // The claims of one and the signature of another; an algorithm that did not sign it; none; one without a key.
    let good = tokens["rs256"].as_str().unwrap();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();
    let claims = json!({"iss": "https://issuer", "aud": "app", "exp": 99_999_999_999_u64, "scope": "read", "sub": "you"});
    let forged = format!("{head}.{}.{signature}", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
    let plain = token(claims);
    for bad in [
        &forged,
        tokens["other algorithm"].as_str().unwrap(),
        &format!("{signed}."),
        plain.trim_start_matches("Bearer "),
    ] {
        let refused = with(bad).await;
        assert_eq!(refused.status, 401, "{bad}");
    }
    assert!(
        app.log.has("signature by RS256 is not valid") && app.log.has("a key that its issuer does not have")
    );
    assert!(!app.log.has("are not checked"));
    local.end().await;
}

/// A server of one issuer that tells where its keys are.
async fn issuer() -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let own = url.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let length = stream.read(&mut asked).await.unwrap();
            let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
            let body = match asked.split(' ').nth(1) {
                Some("/.well-known/openid-configuration") => {
                    json!({ "jwks_uri": format!("{own}/keys") }).to_string()
                }
                Some("/keys") => KEYS.to_owned(),
                _ => String::new(),
            };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_of_this_machine_is_asked_for_its_keys() {
    if !has("python3") {
        return;
    }
    let url = issuer().await;
    let app = of_issuer(&url);
    let local = app.start().await;
    let claims = json!({"iss": url, "aud": "app", "exp": 99_999_999_999_u64, "scope": "read"});
    let unsigned = call(&local, "/own/1", &[("authorization", &token(claims))]).await;
    assert_eq!(unsigned.status, 401);
    let tokens: Value = serde_json::from_str(TOKENS).unwrap();
    let header = format!("Bearer {}", tokens["rs256"].as_str().unwrap());
    // Its signature is right; it is of another issuer.
    let other = call(&local, "/own/1", &[("authorization", &header)]).await;
    assert_eq!(other.status, 401);
    assert!(app.log.has("invalid issuer") && app.log.has("a key that its issuer does not have"));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_keys_it_is_said_once_that_signatures_are_not_checked() {
    if !has("python3") {
        return;
    }
    let app = of_issuer("https://issuer");
    let local = app.start().await;
    let claims = json!({"iss": "https://issuer", "aud": "app", "exp": 99_999_999_999_u64, "scope": "read"});
    for _ in 0..2 {
        let own = call(&local, "/own/1", &[("authorization", &token(claims.clone()))]).await;
        assert_eq!(own.status, 200);
    }
    let told =
        app.log.lines().iter().filter(|line| line.contains("signatures of tokens are not checked")).count();
    assert_eq!(told, 1, "{:?}", app.log.lines());
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_pool_opens_a_rest_api() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let cognito = Authorizer::Cognito { header: "Authorization".to_owned() };
    behind(&mut app, ApiKind::Rest, Payload::V1, cognito, &[]);
    let local = app.start().await;
    let good = token(json!({"sub": "me", "exp": 99_999_999_999_u64, "cognito:groups": ["a"]}));
    let own = call(&local, "/dev/own/1", &[("authorization", good.trim_start_matches("Bearer "))]).await;
    assert_eq!(own.json()["claims"]["sub"], "me");
    assert_eq!(own.json()["claims"]["cognito:groups"], "[a]");
    let none = call(&local, "/dev/own/1", &[]).await;
    assert_eq!((none.status, none.json()), (401, json!({"message": "Unauthorized"})));
    assert_eq!(none.header("x-amzn-errortype"), Some("UnauthorizedException"));
    let old = call(&local, "/dev/own/1", &[("authorization", &token(json!({"exp": 5})))]).await;
    assert_eq!((old.status, old.json()), (401, json!({"message": "The incoming token has expired"})));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_decides_by_the_token() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let by_token = Authorizer::Token {
        function: "Decides".to_owned(),
        header: "X-Token".to_owned(),
        pattern: Some("[a-z]+".to_owned()),
        ttl_seconds: 300,
    };
    behind(&mut app, ApiKind::Rest, Payload::V1, by_token, &[]);
    let local = app.start().await;
    let with =
        async |token: &str, id: &str| call(&local, &format!("/dev/own/{id}"), &[("x-token", token)]).await;
    let own = with("yes", "1").await;
    assert_eq!(own.status, 200, "{}", own.text());
    let known = own.json();
    assert_eq!((&known["principalId"], &known["who"]), (&json!("me"), &json!("me")));
    // REST APIs pass on text only.
    assert_eq!((&known["n"], &known["on"]), (&json!("5"), &json!("true")));
    assert!(known["integrationLatency"].is_number());
    let asked = notes(&app);
    assert_eq!(
        asked,
        [json!({
            "type": "TOKEN",
            "methodArn": "arn:aws:execute-api:eu-west-1:000000000000:api/dev/GET/own/1",
            "authorizationToken": "yes",
        })]
    );
    // The policy is kept for the token, and is about the first method only.
    let other = with("yes", "2").await;
    assert_eq!(
        (other.status, other.json()),
        (403, json!({"Message": "User is not authorized to access this resource"}))
    );
    assert_eq!(with("yes", "1").await.status, 200);
    assert_eq!(notes(&app).len(), 1);
    let deny = with("deny", "1").await;
    assert_eq!(
        (deny.status, deny.json()),
        (403, json!({"Message": "User is not authorized to access this resource with an explicit deny"}))
    );
    for (token, status) in [("unauthorized", 401), ("raise", 500), ("odd", 500)] {
        assert_eq!(with(token, "1").await.status, status, "{token}");
    }
    assert_eq!(with("odd", "1").await.json(), json!({"message": null}));
    assert!(app.log.has("did not decide who may call: its answer needs a principalId"));
    let before = notes(&app).len();
    // What has not the form does not get as far as the function.
    assert_eq!(with("NO-1", "1").await.status, 401);
    assert_eq!(call(&local, "/dev/own/1", &[]).await.status, 401);
    assert_eq!(notes(&app).len(), before);
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_decides_by_the_request() {
    if !has("python3") {
        return;
    }
    let by_request = |payload: Payload, simple: bool, ttl_seconds: u64| Authorizer::Request {
        function: "Decides".to_owned(),
        payload,
        simple,
        identity: vec!["$request.header.X-Token".to_owned(), "$request.querystring.t".to_owned()],
        ttl_seconds,
    };
    let mut app = app();
    behind(&mut app, ApiKind::Http, Payload::V2, by_request(Payload::V2, true, 60), &[]);
    let local = app.start().await;
    let own = call(&local, "/own/1?t=9", &[("x-token", "yes")]).await;
    assert_eq!(own.json(), json!({"lambda": {"who": "me", "n": 5}}));
    let asked = notes(&app).remove(0);
    assert_eq!((&asked["type"], &asked["routeKey"]), (&json!("REQUEST"), &json!("GET /own/{id}")));
    assert_eq!(asked["identitySource"], json!(["yes", "9"]));
    assert_eq!(asked["routeArn"], "arn:aws:execute-api:eu-west-1:000000000000:api/$default/GET/own/1");
    assert_eq!(asked["pathParameters"], json!({"id": "1"}));
    assert!(asked.get("body").is_none() && asked.get("isBase64Encoded").is_none());
    assert_eq!(call(&local, "/own/2?t=9", &[("x-token", "yes")]).await.status, 200);
    assert_eq!(notes(&app).len(), 1);
    assert_eq!(call(&local, "/own/1?t=8", &[("x-token", "yes")]).await.status, 200);
    assert_eq!(notes(&app).len(), 2);
    let no = call(&local, "/own/1?t=9", &[("x-token", "no")]).await;
    assert_eq!((no.status, no.json()), (403, json!({"message": "Forbidden"})));
    assert_eq!(call(&local, "/own/1", &[("x-token", "yes")]).await.status, 401);
    assert_eq!(notes(&app).len(), 3);
    local.end().await;

    let mut app = self::app();
    behind(&mut app, ApiKind::Rest, Payload::V1, by_request(Payload::V1, false, 0), &[]);
    let local = app.start().await;
    // A REST API that keeps nothing asks the function even so.
    assert_eq!(call(&local, "/dev/own/1", &[("x-token", "yes")]).await.json()["principalId"], "me");
    let asked = notes(&app).remove(0);
    assert_eq!((&asked["type"], &asked["resource"]), (&json!("REQUEST"), &json!("/own/{id}")));
    assert_eq!(asked["headers"]["X-Token"], "yes");
    assert_eq!(asked["methodArn"], "arn:aws:execute-api:eu-west-1:000000000000:api/dev/GET/own/1");
    assert!(asked.get("body").is_none() && asked.get("version").is_none());
    local.end().await;

    let mut app = self::app();
    behind(&mut app, ApiKind::Http, Payload::V2, by_request(Payload::V1, false, 0), &[]);
    let local = app.start().await;
    let own = call(&local, "/own/1?t=9", &[("x-token", "yes")]).await;
    assert_eq!(own.json(), json!({"lambda": {"who": "me", "n": 5, "on": true}}));
    let asked = notes(&app).remove(0);
    assert_eq!((&asked["version"], &asked["identitySource"]), (&json!("1.0"), &json!("yes,9")));
    let deny = call(&local, "/own/1?t=9", &[("x-token", "deny")]).await;
    assert_eq!((deny.status, deny.json()), (403, json!({"message": "Forbidden"})));
    local.end().await;
}
