//! A connection that is given up when its other end takes nothing for long, so that what is to be sent does not
//! stay in memory.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// A connection that is given up when its other end takes nothing for long.
pub(crate) struct Impatient {
    stream: TcpStream,
    patience: Duration,
    /// Runs while something waits to be sent.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Whether others have had their turn before what is sent next.
    polite: bool,
}

impl Impatient {
    /// A connection, and how long it may take nothing.
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Impatient {
        Impatient { stream, patience, waiting: None, polite: false }
    }

    /// Whether everything else that is ready goes first. Answers that are ready at the same time are then sent one
    /// right after the other: a client with many connections is woken once for all of them, which costs less than
    /// to wake it for each.
    fn lets_others(&mut self, context: &mut Context<'_>) -> bool {
        if self.polite {
            return false;
        }
        self.polite = true;
        context.waker().wake_by_ref();
        true
    }

    /// What comes of an attempt to send.
    fn sent<T>(&mut self, attempt: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            self.waiting = None;
            return attempt;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let attempt = Pin::new(&mut own.stream).poll_write(context, data);
        own.sent(attempt, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        if own.lets_others(context) {
            return Poll::Pending;
        }
        let attempt = Pin::new(&mut own.stream).poll_write_vectored(context, data);
        own.polite = attempt.is_pending();
        own.sent(attempt, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
