//! The seam between the driver and what carries frames.
//!
//! An application uses the browser's WebSocket and has nothing to do here. A test can carry frames
//! within the page instead, through [`SocketOptions::transport`](crate::SocketOptions::transport).

use std::fmt;
use std::rc::Rc;

use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::{Input, SocketId};

/// Opens sockets.
pub trait Transport: 'static {
    /// Begins to open a socket. What comes of it goes to `events`.
    ///
    /// # Errors
    /// [`AddressError`] if the address can never be opened.
    fn open(
        &self,
        address: &str,
        limits: FrameLimits,
        events: TransportEvents,
    ) -> Result<Box<dyn TransportSocket>, AddressError>;
}

/// A socket. Dropping it closes it, and nothing comes from it afterwards.
pub trait TransportSocket {
    /// Writes a text frame.
    fn send(&mut self, frame: &str);

    /// Closes it with a WebSocket close code: 1000, or 3000 to 4999.
    fn close(self: Box<Self>, code: u16);
}

/// An address cannot be opened, whatever the network does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct AddressError {
    /// What is wrong with it.
    pub reason: String,
}

/// What a transport must refuse before it reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLimits {
    /// Bytes of one frame.
    pub frame_bytes: usize,
}

/// Where a transport reports what happens to one socket.
#[derive(Clone)]
pub struct TransportEvents {
    report: Rc<dyn Fn(Input)>,
    socket: SocketId,
}

impl TransportEvents {
    pub(crate) fn new(socket: SocketId, report: impl Fn(Input) + 'static) -> Self {
        Self { report: Rc::new(report), socket }
    }

    fn input(&self, input: Input) {
        (self.report)(input);
    }

    /// The socket is open.
    pub fn opened(&self) {
        self.input(Input::Opened { socket: self.socket });
    }

    /// A frame came in: the bytes of its UTF-8 JSON, whether it was a text or a binary frame.
    pub fn frame(&self, data: Vec<u8>) {
        self.input(Input::Frame { socket: self.socket, data });
    }

    /// A frame was refused because of the limits. The client gives the socket up.
    pub fn refused(&self, error: ValidationError) {
        self.input(Input::FrameRefused { socket: self.socket, error });
    }

    /// The socket closed, or could not be opened.
    pub fn closed(&self, code: u16) {
        self.input(Input::Closed { socket: self.socket, code });
    }
}

impl fmt::Debug for TransportEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportEvents").field("socket", &self.socket).finish_non_exhaustive()
    }
}
