//! How samc talks with its own bootstraps: over a socket of each process, in frames.
//!
//! Other clients speak the Runtime API, which is there for every process.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UnixListener;

use super::call::Piece;
use super::frames::{Frames, Kind, garbage};
use super::pool::Next;
use super::runtime_api::{LARGEST, too_large};
use super::sandbox::{End, Sandbox};

/// The environment variable that tells a bootstrap where the socket is.
pub(crate) const VARIABLE: &str = "SAMC_RUNTIME_SOCKET";
/// Bytes of the path of a folder for sockets at most: what a system takes of the path of a socket is from 104
/// bytes on, and names of sockets are shorter than 40.
pub(crate) const LONGEST_FOLDER: usize = 60;
/// What a process may take to end that has said so.
const PARTING: Duration = Duration::from_secs(2);
/// Bytes of a type of content at most.
const LONGEST_TYPE: usize = 4096;

/// A socket that waits for its process. The file is gone once the process has come, as nobody else is meant.
#[derive(Debug)]
pub(crate) struct Door {
    listener: UnixListener,
    path: PathBuf,
}

impl Door {
    /// A socket in a folder that no other user may enter.
    pub(crate) fn open(folder: &Path, name: &str) -> io::Result<Door> {
        let path = folder.join(name);
        Ok(Door { listener: UnixListener::bind(&path)?, path })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // The folder goes in the end with all that is in it.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Talks with the process until it goes or the task is ended.
pub(crate) async fn serve(door: Door, sandbox: Arc<Sandbox>) {
    let Ok((stream, _)) = door.listener.accept().await else { return };
    drop(door);
    match talk(Frames::new(stream), &sandbox).await {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => sandbox.break_off(),
        // The connection is gone, and so is the process mostly: that is watched elsewhere.
        Err(_) => sandbox.lost(),
        // It has said that it ends.
        Ok(()) => {
            tokio::time::sleep(PARTING).await;
            sandbox.lost();
        }
    }
}

async fn talk(mut frames: Frames, sandbox: &Arc<Sandbox>) -> io::Result<()> {
    match frames.next().await? {
        (Kind::Ready, 0) => sandbox.asks(),
        (Kind::InitError, length) => {
            let payload = frames.text(length, LARGEST).await?;
            sandbox.init_error(payload.unwrap_or_else(too_large));
            return Ok(());
        }
        _ => return Err(garbage()),
    }
    loop {
        let call = match sandbox.pool.next() {
            Some(Next::Call(call)) => Some(call),
            Some(Next::Wait(mut seat)) => tokio::select! {
                biased;
                call = seat.call() => call,
                error = frames.broken() => return Err(error),
            },
            None => None,
        };
        let Some(call) = call else {
            // It is being ended, and need not notice before.
            sandbox.drain();
            return std::future::pending().await;
        };
        let begun = sandbox.begin(call);
        let deadline = begun.deadline_ms.to_string();
        let client = begun.client_context.as_deref().unwrap_or("");
        let about = [&begun.id, &deadline, &begun.trace, &sandbox.pool.arn, client];
        frames.send(&about, &begun.event).await?;
        if !answer(&mut frames, &begun.id, sandbox).await? {
            return Ok(());
        }
    }
}

/// Takes the answer to a call. Whether the process takes another.
async fn answer(frames: &mut Frames, id: &str, sandbox: &Sandbox) -> io::Result<bool> {
    let (kind, length) = frames.next().await?;
    match kind {
        Kind::Answer => {
            let payload = frames.text(length, LARGEST).await?;
            sandbox.end(id, payload.map_or_else(|| End::Error(too_large()), End::Answer));
            Ok(true)
        }
        Kind::Error | Kind::Last => {
            let payload = frames.text(length, LARGEST).await?;
            sandbox.end(id, End::Error(payload.unwrap_or_else(too_large)));
            Ok(kind == Kind::Error)
        }
        Kind::Begin => {
            let text = frames.text(length, LONGEST_TYPE).await?.ok_or_else(garbage)?;
            pieces(frames, id, String::from_utf8_lossy(&text).into_owned(), sandbox).await
        }
        Kind::Ready | Kind::InitError | Kind::Piece | Kind::End => Err(garbage()),
    }
}

/// Passes on an answer as it comes. Whether the process takes another call.
async fn pieces(frames: &mut Frames, id: &str, content_type: String, sandbox: &Sandbox) -> io::Result<bool> {
    let sender = sandbox.pieces(id, Some(content_type)).ok_or_else(garbage)?;
    loop {
        let (kind, length) = frames.next().await?;
        match kind {
            Kind::Piece => {
                let mut left = length;
                while left > 0 {
                    let data = frames.some(left).await?;
                    left -= data.len();
                    // Whoever asked may be gone; the function may finish nevertheless.
                    let _ = sender.send(Piece::Data(data)).await;
                }
            }
            Kind::End | Kind::Error | Kind::Last => {
                let error = frames.text(length, LARGEST).await?.unwrap_or_else(too_large);
                sandbox.end(id, some(error).map_or(End::Pieces, End::Error));
                return Ok(kind != Kind::Last);
            }
            Kind::Ready | Kind::InitError | Kind::Answer | Kind::Begin => return Err(garbage()),
        }
    }
}

fn some(text: Bytes) -> Option<Bytes> {
    Some(text).filter(|text| !text.is_empty())
}
