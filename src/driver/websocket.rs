//! The browser's WebSocket, behind a size guard.
//!
//! What comes in is handed on within the browser's own event: no channel to bound, no task to wake.

use gloo_events::EventListener;
use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};
use yewdux_socket_core::error::ValidationError;

use crate::listen::listen;
use crate::transport::{AddressError, FrameLimits, Transport, TransportEvents, TransportSocket};

/// Carries frames over the browser's WebSocket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WebSocketTransport;

impl Transport for WebSocketTransport {
    fn open(
        &self,
        address: &str,
        limits: FrameLimits,
        events: TransportEvents,
    ) -> Result<Box<dyn TransportSocket>, AddressError> {
        let socket = WebSocket::new(address).map_err(|error| address_error(&error))?;
        // The other type, a blob, can only be read later, when frames behind it have come already.
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, closed) = (events.clone(), events.clone());
        let listeners = [
            listen(&socket, "open", move |_| opened.opened()),
            listen(&socket, "message", move |event| {
                match read(&event.unchecked_ref::<MessageEvent>().data(), limits) {
                    Ok(frame) => events.frame(frame),
                    Err(error) => events.refused(error),
                }
            }),
            // An error says nothing, and is followed by this.
            listen(&socket, "close", move |event| {
                closed.closed(event.unchecked_ref::<CloseEvent>().code());
            }),
        ];
        Ok(Box::new(BrowserSocket { socket, _listeners: listeners }))
    }
}

/// Copies a frame into wasm, unless it is over the limit: linear memory never shrinks. The size is read off the JavaScript
/// value; of a text it is the number of UTF-16 units, the least number of bytes that it can have in UTF-8. The core
/// counts the bytes themselves.
fn read(data: &JsValue, limits: FrameLimits) -> Result<Vec<u8>, ValidationError> {
    let limit = limits.frame_bytes;
    let guard = |size: u32| {
        let bytes = size as usize;
        if bytes > limit { Err(ValidationError::FrameTooLarge { bytes, limit }) } else { Ok(()) }
    };
    if data.is_string() {
        let text: &JsString = data.unchecked_ref();
        guard(text.length())?;
        Ok(String::from(text).into_bytes())
    } else {
        let buffer: &ArrayBuffer = data.unchecked_ref();
        guard(buffer.byte_length())?;
        Ok(Uint8Array::new(buffer).to_vec())
    }
}

fn address_error(error: &JsValue) -> AddressError {
    let reason = error.dyn_ref::<js_sys::Error>().map_or_else(
        || "the browser refuses the address".to_owned(),
        |error| String::from(error.message()),
    );
    AddressError { reason }
}

struct BrowserSocket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl TransportSocket for BrowserSocket {
    fn send(&mut self, frame: &str) {
        if let Err(error) = self.socket.send_with_str(frame) {
            // Only while connecting, when the core does not write. The heartbeat would find out.
            tracing::error!(?error, "a frame could not be written");
        }
    }

    fn close(self: Box<Self>, code: u16) {
        if let Err(error) = self.socket.close_with_code(code) {
            tracing::error!(?error, code, "the close code was refused; closing without");
        }
    }
}

impl Drop for BrowserSocket {
    fn drop(&mut self) {
        // On a socket that is closing or closed this does nothing.
        if let Err(error) = self.socket.close() {
            tracing::error!(?error, "a socket could not be closed");
        }
    }
}
