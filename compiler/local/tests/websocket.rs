//! WebSocket APIs: connections, routes, and what functions send back.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed"
)]

mod common;

use std::path::Path;

use common::{App, ask, get, has, notes, route, wait};
use futures_util::{SinkExt, StreamExt};
use samc_local::Local;
use samc_schema::manifest::{ApiKind, Authorizer, Payload, Route, WebSocket};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// A function for all routes: it writes down its events and does what the message says.
const CHAT: &str = "
import json, os, urllib.request
def handler(event, context):
    with open(os.environ['NOTES'], 'a') as notes:
        notes.write(json.dumps(event) + '\\n')
    about = event['requestContext']
    if about['eventType'] == 'CONNECT':
        query = event.get('queryStringParameters') or {}
        if query.get('how') == 'refuse':
            return {'statusCode': 402, 'body': 'pay'}
        if query.get('how') == 'raise':
            raise Exception('no')
        return {'statusCode': 200, 'headers': {'Sec-WebSocket-Protocol': 'chat'}} if query.get('how') == 'chat' else {'statusCode': 200}
    if about['eventType'] == 'MESSAGE' and about['routeKey'] == 'echo':
        url = 'http://%s/%s/@connections/%s' % (about['domainName'], about['stage'], about['connectionId'])
        request = urllib.request.Request(url, event['body'].upper().encode(), method='POST')
        urllib.request.urlopen(request).read()
    if event.get('body') == 'raise':
        raise Exception('no')
    if about['routeKey'] == 'where':
        return {'statusCode': 200, 'body': os.environ['ENDPOINT']}
    return {'statusCode': 200}
";

const GUARD: &str = "
def handler(event, context):
    effect = 'Allow' if event['queryStringParameters']['token'] == 'yes' else 'Deny'
    statement = {'Action': 'execute-api:Invoke', 'Effect': effect, 'Resource': event['methodArn']}
    return {'principalId': 'me', 'policyDocument': {'Statement': [statement]}, 'context': {'who': event['type'], 'arn': event['methodArn']}}
";

fn app() -> App {
    let mut app = App::new();
    let notes = app.folder.path().join("notes").display().to_string();
    app.python("Chat", CHAT).environment.insert("NOTES".to_owned(), notes);
    let routes = ["$connect", "$disconnect", "$default", "echo"];
    let routes = routes.map(|key| route("ANY", key, "Chat", Payload::V1)).to_vec();
    let api = app.api("Chat", ApiKind::WebSocket, "live", routes);
    api.web_socket = Some(WebSocket { selector: "$request.body.action".to_owned() });
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_go_back_on_routes_that_have_a_response() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let chat = app.python("Chat", CHAT);
    let aws = "https://Chat.execute-api.eu-west-1.amazonaws.com/live";
    chat.environment.insert("ENDPOINT".to_owned(), aws.to_owned());
    let api = app.manifest.apis.get_mut("Chat").unwrap();
    api.routes.push(Route { answers: true, ..route("ANY", "where", "Chat", Payload::V1) });
    let local = app.start().await;
    let mut socket = open(&local, "").await.unwrap();
    socket.send(Message::text(r#"{"action": "where"}"#)).await.unwrap();
    let told = socket.next().await.unwrap().unwrap();
    // The endpoint that the function has is the one of this machine, and takes what is sent to connections.
    assert_eq!(told.to_text().unwrap(), format!("http://{}/live", common::address(&local, 0)));
    let id = notes(&app)[0]["requestContext"]["connectionId"].as_str().unwrap().to_owned();
    let sent = ask(&local, 0, "POST", &format!("/live/@connections/{id}"), &[], b"[1]").await;
    assert_eq!(sent.status, 200);
    // What the default route answers is not sent.
    socket.send(Message::text("plain")).await.unwrap();
    assert_eq!(next(&mut socket).await, json!([1]));
    local.end().await;
}

async fn open(local: &Local, query: &str) -> Result<WebSocketStream<TcpStream>, Error> {
    let address = common::address(local, 0);
    let mut request = format!("ws://{address}/live{query}").into_client_request().unwrap();
    request.headers_mut().insert("x-own", "1".parse().unwrap());
    let stream = TcpStream::connect(&address).await.unwrap();
    client_async(request, stream).await.map(|(socket, _)| socket)
}

/// The status with which a connection is refused, and what is said.
async fn refused(local: &Local, query: &str) -> (u16, String) {
    match open(local, query).await {
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status().as_u16(), String::from_utf8(body).unwrap())
        }
        other => panic!("not refused: {}", other.is_ok()),
    }
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Value {
    serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_take_their_routes_and_come_back() {
    if !has("python3") {
        return;
    }
    let app = app();
    let local = app.start().await;
    let mut socket = open(&local, "?a=1&a=2").await.unwrap();
    socket.send(Message::text(r#"{"action": "echo", "text": "hi"}"#)).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"ACTION": "ECHO", "TEXT": "HI"}));
    let came = notes(&app);
    let (connect, message) = (&came[0], &came[1]);
    assert_eq!(connect["headers"]["x-own"], "1");
    assert_eq!(connect["queryStringParameters"], json!({"a": "2"}));
    assert_eq!(connect["multiValueQueryStringParameters"], json!({"a": ["1", "2"]}));
    assert_eq!(connect["requestContext"]["eventType"], "CONNECT");
    assert_eq!(connect["requestContext"]["identity"]["sourceIp"], "127.0.0.1");
    let id = connect["requestContext"]["connectionId"].as_str().unwrap();
    assert_eq!(message["requestContext"]["connectionId"], id);
    assert_eq!(message["requestContext"]["routeKey"], "echo");
    assert!(message["requestContext"]["messageId"].is_string());
    assert_eq!(message["isBase64Encoded"], false);
    // What has no route of its own goes to the default one; bytes do as well.
    socket.send(Message::text("plain")).await.unwrap();
    socket.send(Message::text(r#"{"action": "$connect"}"#)).await.unwrap();
    socket.send(Message::binary(vec![0_u8, 255])).await.unwrap();
    wait("the messages", || notes(&app).len() == 5).await;
    let keys = notes(&app);
    let mut keys: Vec<(&str, &str)> = keys[2..]
        .iter()
        .map(|event| (event["requestContext"]["routeKey"].as_str().unwrap(), event["body"].as_str().unwrap()))
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [("$default", "AP8="), ("$default", "plain"), ("$default", "{\"action\": \"$connect\"}")]
    );
    socket.send(Message::text("raise")).await.unwrap();
    let told = next(&mut socket).await;
    assert_eq!((&told["message"], &told["connectionId"]), (&json!("Internal server error"), &json!(id)));

    let path = format!("/live/@connections/{}", id.replace('=', "%3D"));
    let state = get(&local, 0, &path).await;
    assert_eq!((state.status, &state.json()["identity"]["sourceIp"]), (200, &json!("127.0.0.1")));
    assert_eq!(ask(&local, 0, "DELETE", &path, &[], b"").await.status, 204);
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
    drop(socket);
    wait("the end", || notes(&app).len() == 7).await;
    let end = notes(&app).remove(6);
    assert_eq!(end["requestContext"]["eventType"], "DISCONNECT");
    assert_eq!(end["requestContext"]["disconnectStatusCode"], 1000);
    let gone = ask(&local, 0, "POST", &path, &[], b"x").await;
    assert_eq!((gone.status, gone.header("x-amzn-errortype")), (410, Some("GoneException")));
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_may_be_refused() {
    if !has("python3") {
        return;
    }
    let mut app = app();
    let local = app.start().await;
    assert_eq!(refused(&local, "?how=refuse").await, (402, "pay".to_owned()));
    assert_eq!(refused(&local, "?how=raise").await.0, 502);
    assert_eq!(get(&local, 0, "/live").await.status, 426);
    local.end().await;

    app.python("Guard", GUARD);
    let guard = Authorizer::Request {
        function: "Guard".to_owned(),
        payload: Payload::V1,
        simple: false,
        identity: vec!["$request.querystring.token".to_owned()],
        ttl_seconds: 300,
    };
    let api = &mut app.manifest.apis["Chat"];
    api.authorizers.insert("Guard".to_owned(), guard);
    api.routes[0].authorizer = Some("Guard".to_owned());
    // No route takes what has none of its own.
    api.routes.retain(|route| route.path != "$default");
    let local = app.start().await;
    assert_eq!(refused(&local, "").await.0, 401);
    assert_eq!(refused(&local, "?token=no").await.0, 403);
    let before = notes(&app).len();
    let mut socket = open(&local, "?token=yes").await.unwrap();
    socket.send(Message::text("x")).await.unwrap();
    assert_eq!(next(&mut socket).await["message"], "Forbidden");
    let known = &notes(&app)[before]["requestContext"]["authorizer"];
    assert_eq!((&known["principalId"], &known["who"]), (&json!("me"), &json!("REQUEST")));
    assert_eq!(known["arn"], "arn:aws:execute-api:eu-west-1:000000000000:chat/live/$connect");
    local.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_has_so_many_bytes_at_most() {
    if !has("python3") {
        return;
    }
    let app = app();
    let local = app.start().await;
    let mut socket = open(&local, "").await.unwrap();
    let _ = socket.send(Message::text("x".repeat(129 * 1024))).await;
    let closed = loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => break frame.map(|frame| u16::from(frame.code)),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break None,
        }
    };
    assert!(matches!(closed, Some(1009) | None), "{closed:?}");
    wait("the end", || notes(&app).len() == 2).await;
    assert_eq!(notes(&app)[1]["requestContext"]["disconnectStatusCode"], 1009);
    local.end().await;
}

const NODE: &str = "
const socket = new WebSocket(process.argv[2], ['chat']);
socket.onopen = () => socket.send(JSON.stringify({ action: 'echo', n: 1 }));
socket.onmessage = (event) => { console.log(socket.protocol + ' ' + event.data); socket.close(); };
socket.onerror = (event) => { console.log('error', event.message); process.exit(1); };
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_node_is_content() {
    if !has("python3") || !has("node") {
        return;
    }
    let app = app();
    app.write("client.js", NODE);
    let local = app.start().await;
    let url = format!("ws://{}/live?how=chat", common::address(&local, 0));
    let script = app.folder.path().join("client.js");
    let mut node = tokio::process::Command::new("node");
    let done = node.arg("--experimental-websocket").arg(script).arg(url).output().await.unwrap();
    let (told, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(told.trim(), "chat {\"ACTION\":\"ECHO\",\"N\":1}", "{error}");
    wait("the end", || notes(&app).iter().any(|event| event["requestContext"]["eventType"] == "DISCONNECT"))
        .await;
    local.end().await;
}

const BOTO: &str = "
import boto3, sys
client = boto3.client('apigatewaymanagementapi', endpoint_url=sys.argv[1], region_name='eu-west-1', aws_access_key_id='a', aws_secret_access_key='b')
client.post_to_connection(ConnectionId=sys.argv[2], Data=b'from boto3')
assert client.get_connection(ConnectionId=sys.argv[2])['Identity']['SourceIp'] == '127.0.0.1'
try:
    client.post_to_connection(ConnectionId='gone=', Data=b'x')
    assert False
except client.exceptions.GoneException:
    pass
client.delete_connection(ConnectionId=sys.argv[2])
print('all is well')
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boto3_sends_to_connections() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oracles/bin/python");
    let python = std::env::var("SAMC_PYTHON").unwrap_or_else(|_| own.display().to_string());
    let there = std::process::Command::new(&python).args(["-c", "import boto3"]).output();
    if !has("python3") || !there.is_ok_and(|done| done.status.success()) {
        eprintln!("no Python has boto3: nothing is tested");
        return;
    }
    let app = app();
    app.write("check.py", BOTO);
    let local = app.start().await;
    let mut socket = open(&local, "").await.unwrap();
    let id = notes(&app)[0]["requestContext"]["connectionId"].as_str().unwrap().to_owned();
    let script = app.folder.path().join("check.py");
    let url = format!("http://{}/live", common::address(&local, 0));
    let done = tokio::process::Command::new(python).arg(script).arg(url).arg(id).output().await.unwrap();
    let (told, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(told.trim(), "all is well", "{error}");
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("from boto3"));
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
    local.end().await;
}
