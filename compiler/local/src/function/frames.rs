//! What samc and its own bootstraps send each other: frames over a connection of their own.
//!
//! A frame begins with the number of bytes of its text, four bytes with the highest first, and a byte that
//! says what it is. A call costs one frame each way, where the Runtime API takes two exchanges of HTTP.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Bytes before the text of a frame.
const HEAD: usize = 5;
/// Bytes that are read at once at least, as far as they are there.
const READ: usize = 8 * 1024;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The process can be called; once, at its beginning.
    Ready,
    /// It cannot, and ends: the error in JSON.
    InitError,
    /// The answer to the call, in JSON.
    Answer,
    /// The call failed: the error in JSON.
    Error,
    /// The call failed and the process ends: the error in JSON.
    Last,
    /// An answer in pieces begins: its type of content.
    Begin,
    /// A piece of it.
    Piece,
    /// It is complete, or failed on the way: the error in JSON.
    End,
}

impl Kind {
    fn of(byte: u8) -> Option<Kind> {
        Some(match byte {
            b'+' => Kind::Ready,
            b'!' => Kind::InitError,
            b'A' => Kind::Answer,
            b'E' => Kind::Error,
            b'L' => Kind::Last,
            b'B' => Kind::Begin,
            b'P' => Kind::Piece,
            b'.' => Kind::End,
            _ => return None,
        })
    }
}

/// What says that the other end does not keep to the form of frames or to their order.
pub(crate) fn garbage() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The connection with a process.
#[derive(Debug)]
pub(crate) struct Frames {
    stream: UnixStream,
    /// What was read and belongs to frames that come.
    read: BytesMut,
    /// What a frame begins with that is being sent.
    head: Vec<u8>,
}

impl Frames {
    /// The frames of a connection.
    pub(crate) fn new(stream: UnixStream) -> Frames {
        Frames { stream, read: BytesMut::new(), head: Vec::new() }
    }

    /// Sends a call: what is to be known of it, one thing a line, and its event.
    pub(crate) async fn send(&mut self, about: &[&str], event: &[u8]) -> io::Result<()> {
        let length: usize = about.iter().map(|text| text.len() + 1).sum();
        let all = u32::try_from(4 + length + event.len()).map_err(|_| garbage())?;
        self.head.clear();
        self.head.extend_from_slice(&all.to_be_bytes());
        self.head.push(b'C');
        self.head.extend_from_slice(&u32::try_from(length).map_err(|_| garbage())?.to_be_bytes());
        for text in about {
            self.head.extend_from_slice(text.as_bytes());
            self.head.push(b'\n');
        }
        self.stream.write_all_buf(&mut Buf::chain(self.head.as_slice(), event)).await
    }

    /// What the next frame is and the length of its text, which is still to be taken.
    pub(crate) async fn next(&mut self) -> io::Result<(Kind, usize)> {
        while self.read.len() < HEAD {
            self.fill(HEAD).await?;
        }
        let length = self.read.get_u32();
        let kind = Kind::of(self.read.get_u8()).ok_or_else(garbage)?;
        Ok((kind, usize::try_from(length).map_err(|_| garbage())?))
    }

    /// The text of a frame; none where it is longer than may be, and then it is passed over.
    pub(crate) async fn text(&mut self, length: usize, most: usize) -> io::Result<Option<Bytes>> {
        if length > most {
            let mut left = length;
            while left > 0 {
                left -= self.some(left).await?.len();
            }
            return Ok(None);
        }
        while self.read.len() < length {
            self.fill(length).await?;
        }
        Ok(Some(self.read.split_to(length).freeze()))
    }

    /// What is there of the text of a frame, at most so much of it.
    pub(crate) async fn some(&mut self, most: usize) -> io::Result<Bytes> {
        if self.read.is_empty() && most > 0 {
            self.fill(0).await?;
        }
        Ok(self.read.split_to(most.min(self.read.len())).freeze())
    }

    /// Waits until the other end goes or says something while it is not its turn: which of them.
    pub(crate) async fn broken(&self) -> io::Error {
        if !self.read.is_empty() {
            return garbage();
        }
        loop {
            let read = match self.stream.readable().await {
                Ok(()) => self.stream.try_read(&mut [0]),
                Err(error) => Err(error),
            };
            match read {
                Ok(0) => return io::ErrorKind::UnexpectedEof.into(),
                Ok(_) => return garbage(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return error,
            }
        }
    }

    /// Reads what is there, with room for so much in all.
    async fn fill(&mut self, all: usize) -> io::Result<()> {
        self.read.reserve(all.saturating_sub(self.read.len()).max(READ));
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn pair() -> (Frames, UnixStream) {
        let (own, other) = UnixStream::pair().unwrap();
        (Frames::new(own), other)
    }

    #[tokio::test]
    async fn frames_come_whole_however_they_are_cut() {
        let (mut frames, mut other) = pair();
        let all = b"\0\0\0\x00+\0\0\0\x05Ahello\0\0\0\x02P12\0\0\0\0.".to_vec();
        let writer = tokio::spawn(async move {
            for byte in all {
                other.write_all(&[byte]).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(frames.next().await.unwrap(), (Kind::Ready, 0));
        assert_eq!(frames.next().await.unwrap(), (Kind::Answer, 5));
        assert_eq!(frames.text(5, 5).await.unwrap().unwrap(), "hello");
        assert_eq!(frames.next().await.unwrap(), (Kind::Piece, 2));
        let one = frames.some(2).await.unwrap();
        let two = frames.some(2 - one.len()).await.unwrap();
        assert_eq!([one, two].concat(), b"12");
        assert_eq!(frames.next().await.unwrap(), (Kind::End, 0));
        writer.await.unwrap();
        assert_eq!(frames.next().await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_text_that_is_too_long_is_passed_over() {
        let (mut frames, mut other) = pair();
        let writer = tokio::spawn(async move {
            other.write_all(&[0, 0x10, 0, 0, b'A']).await.unwrap();
            other.write_all(&vec![b'x'; 0x10_0000]).await.unwrap();
            other.write_all(b"\0\0\0\x01Ey").await.unwrap();
        });
        let (kind, length) = frames.next().await.unwrap();
        assert_eq!((kind, length), (Kind::Answer, 0x10_0000));
        assert!(frames.text(length, 1000).await.unwrap().is_none());
        assert_eq!(frames.next().await.unwrap(), (Kind::Error, 1));
        assert_eq!(frames.text(1, 1000).await.unwrap().unwrap(), "y");
        writer.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_no_frame_is_told() {
        let (mut frames, mut other) = pair();
        other.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        assert_eq!(frames.next().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        let (mut frames, mut other) = pair();
        other.write_all(b"\0\0\0\x09Ahalf").await.unwrap();
        drop(other);
        assert_eq!(frames.next().await.unwrap(), (Kind::Answer, 9));
        assert_eq!(frames.text(9, 9).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_call_is_sent_in_one_frame() {
        let (mut frames, mut other) = pair();
        frames.send(&["id", "7", ""], b"{}").await.unwrap();
        let mut all = vec![0; 17];
        other.read_exact(&mut all).await.unwrap();
        assert_eq!(all, b"\0\0\0\x0cC\0\0\0\x06id\n7\n\n{}");
    }

    #[tokio::test]
    async fn whoever_speaks_out_of_turn_or_goes_is_noticed() {
        let (frames, mut other) = pair();
        let still = tokio::time::timeout(std::time::Duration::from_millis(20), frames.broken()).await;
        assert!(still.is_err());
        other.write_all(b"x").await.unwrap();
        assert_eq!(frames.broken().await.kind(), io::ErrorKind::InvalidData);
        let (frames, other) = pair();
        drop(other);
        assert_eq!(frames.broken().await.kind(), io::ErrorKind::UnexpectedEof);
    }
}
