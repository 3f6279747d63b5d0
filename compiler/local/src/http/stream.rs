//! Answers that are passed on piece by piece.
//!
//! Source: "Configure a Lambda function to stream responses" in the guide of Lambda: where the content type
//! is that of an integration response, the pieces begin with its head in JSON and eight zero bytes.

use bytes::{Bytes, BytesMut};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use samc_schema::manifest::Payload;
use serde_json::Value;
use tokio::sync::mpsc;

use super::body::Body;
use super::reply;
use crate::function::{Piece, Pieces};

/// What stands between the head and the body.
const DELIMITER: [u8; 8] = [0; 8];
/// Bytes of a head at most.
const HEAD: usize = 64 * 1024;
const WITH_HEAD: &str = "application/vnd.awslambda.http-integration-response";

/// The answer, as soon as its head is there.
pub(crate) async fn answer(mut all: Pieces) -> Result<Response<Body>, String> {
    let mut response = Response::new(Body::empty());
    let content_type = all.content_type.as_deref().unwrap_or("application/octet-stream");
    let mut first = BytesMut::new();
    if content_type.split(';').next() == Some(WITH_HEAD) {
        let end = loop {
            if let Some(end) = first.windows(DELIMITER.len()).position(|window| window == DELIMITER) {
                break end;
            }
            if first.len() > HEAD {
                return Err(format!("the head of its streamed answer is longer than {HEAD} bytes"));
            }
            match all.pieces.recv().await {
                Some(Piece::Data(data)) => first.extend_from_slice(&data),
                Some(Piece::End { error: Some(_), .. }) => {
                    return Err("it failed before the head of its answer".to_owned());
                }
                Some(Piece::End { .. }) | None => {
                    return Err("its streamed answer ends within the head".to_owned());
                }
            }
        };
        let body = first.split_off(end + DELIMITER.len());
        let head: Value = serde_json::from_slice(&first[..end])
            .map_err(|error| format!("the head of its streamed answer is not JSON: {error}"))?;
        let head = head.as_object().ok_or("the head of its streamed answer is not an object")?;
        let status = head.get("statusCode").and_then(Value::as_u64).unwrap_or(200);
        let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        *response.status_mut() = status.ok_or("the head of its streamed answer has no valid statusCode")?;
        reply::head(head, Payload::V2, response.headers_mut())?;
        first = body;
    } else if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    if !response.headers().contains_key(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    }
    let (sender, pieces) = mpsc::channel(1);
    *response.body_mut() = Body::Pieces(pieces);
    tokio::spawn(pass(all, first.freeze(), sender));
    Ok(response)
}

/// Passes pieces on until the end, or until nobody wants them; the function goes on by itself.
async fn pass(mut all: Pieces, first: Bytes, to: mpsc::Sender<Bytes>) {
    if !first.is_empty() && to.send(first).await.is_err() {
        return;
    }
    while let Some(Piece::Data(data)) = all.pieces.recv().await {
        if !data.is_empty() && to.send(data).await.is_err() {
            return;
        }
    }
}
