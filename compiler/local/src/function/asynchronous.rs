//! Calls that nobody waits for: they are tried again, and their outcome goes to destinations.
//!
//! Source: "Invoking a Lambda function asynchronously" and "Capturing records of asynchronous invocations"
//! in the guide of Lambda. Lambda waits one minute and then two between tries; here it is seconds, so that
//! a developer need not wait.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use samc_schema::manifest::Target;
use serde_json::{Value, json};

use super::{Functions, Pool};
use crate::invoke::{Invoke, Outcome, Refusal};
use crate::sink::LineKind;
use crate::{clock, ids};

/// How long to wait before each further try.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
/// How often a call is refused because too many run, before it is given up.
const REFUSALS: u32 = 600;

/// Starts a call and gives its request id.
pub(super) fn start(functions: &Functions, function: &str, event: Bytes) -> Result<String, Refusal> {
    let pool = functions.pool(function).ok_or(Refusal::Unknown)?;
    if let Err(why) = &pool.launch {
        return Err(Refusal::CannotRun(why.clone()));
    }
    let id = ids::uuid();
    let (functions, function, request) = (functions.clone(), function.to_owned(), id.clone());
    tokio::spawn(async move { run(&functions, &function, &pool, event, &request).await });
    Ok(id)
}

async fn run(functions: &Functions, function: &str, pool: &Arc<Pool>, event: Bytes, request: &str) {
    let tries = pool.function.retries.min(2) + 1;
    let mut last = None;
    let mut made = 0;
    let mut refused = 0;
    while made < tries && refused < REFUSALS {
        if made > 0 {
            tokio::time::sleep(PAUSES[usize::try_from(made).unwrap_or(1).min(2) - 1]).await;
        }
        match functions.invoke(function, event.clone()).await {
            Ok(outcome) => {
                made += 1;
                let done = outcome.error.is_none();
                last = Some(outcome);
                if done {
                    break;
                }
            }
            // Lambda keeps such events and tries for hours; they are no tries of the function.
            Err(Refusal::Throttled) => {
                refused += 1;
                tokio::time::sleep(PAUSES[0]).await;
            }
            Err(Refusal::Unknown | Refusal::TooLarge { .. } | Refusal::CannotRun(_)) => return,
        }
    }
    let Some(outcome) = last else { return };
    let destinations = &pool.function.destinations;
    let failed = outcome.error.is_some();
    if failed && let Some(target) = &destinations.dead_letters {
        send(functions, pool, target, event.clone());
    }
    let target = if failed { &destinations.on_failure } else { &destinations.on_success };
    if let Some(target) = target {
        let record = record(pool, &event, &outcome, request, made);
        send(functions, pool, target, record);
    }
}

/// What a destination gets.
fn record(pool: &Pool, event: &Bytes, outcome: &Outcome, request: &str, tries: u32) -> Bytes {
    let value = |bytes: &Bytes| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
    let failed = outcome.error.is_some();
    let mut response = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
    if let Some(error) = &outcome.error {
        response["functionError"] = json!(error);
    }
    let record = json!({
        "version": "1.0",
        "timestamp": clock::iso(clock::epoch_ms()),
        "requestContext": {
            "requestId": request,
            "functionArn": format!("{}:$LATEST", pool.arn),
            "condition": if failed { "RetriesExhausted" } else { "Success" },
            "approximateInvokeCount": tries,
        },
        "requestPayload": value(event),
        "responseContext": response,
        "responsePayload": value(&outcome.payload),
    });
    record.to_string().into()
}

fn send(functions: &Functions, pool: &Pool, target: &Target, message: Bytes) {
    let refused = match target {
        Target::Function(id) => functions.invoke_later(id, message).is_err(),
        Target::Queue(_) | Target::Topic(_) | Target::Bus(_) => match functions.inner.deliver.get() {
            Some(deliver) => !deliver.deliver(target, message),
            None => true,
        },
        Target::Unsupported(_) => true,
    };
    if refused {
        let (Target::Function(to)
        | Target::Queue(to)
        | Target::Topic(to)
        | Target::Bus(to)
        | Target::Unsupported(to)) = target;
        pool.say(LineKind::Notice, "", &format!("its destination {to} does not take the outcome of a call"));
    }
}
