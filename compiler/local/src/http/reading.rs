//! Reading bodies within limits: of each, and of all that are being read at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};

/// Bytes of a body at most. Source: quotas of API Gateway, 10 MB.
const LARGEST: usize = 10 * 1024 * 1024;
/// Bytes of all bodies of a port that have begun and not ended.
const TOGETHER: usize = 128 * 1024 * 1024;

/// The bytes of bodies that are being read: many clients that send slowly do not fill the memory.
#[derive(Debug, Default)]
pub(crate) struct Budget(AtomicUsize);

/// The share of one body; it goes back when this is dropped.
struct Share<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Share<'_> {
    /// Whether so many more may be held.
    fn take(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        self.budget.0.fetch_add(bytes, Ordering::Relaxed) + bytes <= TOGETHER
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body, or says with which status to refuse it.
pub(crate) async fn read(mut body: Incoming, budget: &Budget) -> Result<Bytes, StatusCode> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > LARGEST as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut share = Share { budget, bytes: 0 };
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        if share.bytes + data.len() > LARGEST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        if !share.take(data.len()) {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        // Most bodies come in one piece, which need not be copied.
        if all.is_empty() && first.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.into() })
}
