//! The browser's WebSocket, behind a size guard.

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt;
use futures::future::{AbortHandle, abortable};
use gloo_events::EventListener;
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;
use yewdux_socket_core::error::ValidationError;

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
        let raw = web_sys::WebSocket::new(address).map_err(|error| address_error(&error))?;
        // The guard listens first: gloo's own listener copies every frame into wasm, whatever its size,
        // and into a channel without a bound.
        let pending = Rc::new(Cell::new(0));
        let guard = guard(&raw, limits, pending.clone(), events.clone());
        let socket = WebSocket::try_from(raw.clone())
            .map_err(|error| AddressError { reason: error.to_string() })?;
        let (reading, abort) = abortable(read(socket, pending, events));
        spawn_local(async move {
            // An error means that the socket was given up.
            let _ = reading.await;
        });
        Ok(Box::new(BrowserSocket { raw, _guard: guard, abort }))
    }
}

/// Refuses frames before they are copied.
fn guard(
    raw: &web_sys::WebSocket,
    limits: FrameLimits,
    pending: Rc<Cell<usize>>,
    events: TransportEvents,
) -> EventListener {
    EventListener::new(raw, "message", move |event| {
        let bytes = event.dyn_ref::<MessageEvent>().map_or(0, |message| size(&message.data()));
        let waiting = pending.get().saturating_add(bytes);
        let refusal = if bytes > limits.frame_bytes {
            Some(ValidationError::FrameTooLarge { bytes, limit: limits.frame_bytes })
        } else if waiting > limits.pending_bytes {
            Some(ValidationError::Backlog { limit: limits.pending_bytes })
        } else {
            None
        };
        match refusal {
            None => pending.set(waiting),
            Some(error) => {
                event.stop_immediate_propagation();
                events.refused(error);
            }
        }
    })
}

/// The size of a message, read off the JavaScript value. Of a text it is the number of UTF-16 units, the
/// least number of bytes that it can have in UTF-8; the core counts the bytes themselves.
fn size(data: &JsValue) -> usize {
    if let Some(buffer) = data.dyn_ref::<js_sys::ArrayBuffer>() {
        return buffer.byte_length() as usize;
    }
    data.dyn_ref::<js_sys::JsString>().map_or(0, |text| text.length() as usize)
}

async fn read(mut socket: WebSocket, pending: Rc<Cell<usize>>, events: TransportEvents) {
    let opened = std::future::poll_fn(|cx| {
        use futures::Sink;
        std::pin::Pin::new(&mut socket).poll_ready(cx)
    })
    .await;
    if opened.is_ok() && matches!(socket.state(), gloo_net::websocket::State::Open) {
        events.opened();
    }
    while let Some(message) = socket.next().await {
        match message {
            Ok(Message::Text(text)) => {
                pending.set(pending.get().saturating_sub(text.encode_utf16().count()));
                events.frame(text.into_bytes());
            }
            Ok(Message::Bytes(bytes)) => {
                pending.set(pending.get().saturating_sub(bytes.len()));
                events.frame(bytes);
            }
            // The close that follows an error says more than the error.
            Err(WebSocketError::ConnectionClose(close)) => events.closed(close.code),
            Err(error) => tracing::debug!(%error, "socket error"),
        }
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
    raw: web_sys::WebSocket,
    _guard: EventListener,
    abort: AbortHandle,
}

impl TransportSocket for BrowserSocket {
    fn send(&mut self, frame: &str) {
        if let Err(error) = self.raw.send_with_str(frame) {
            // Only while connecting, when the core does not write. The heartbeat would find out.
            tracing::error!(?error, "a frame could not be written");
        }
    }

    fn close(self: Box<Self>, code: u16) {
        if let Err(error) = self.raw.close_with_code(code) {
            tracing::error!(?error, code, "the close code was refused; closing without");
        }
    }
}

impl Drop for BrowserSocket {
    fn drop(&mut self) {
        // Ends the reading task and with it gloo's socket, which closes and takes its listeners off.
        self.abort.abort();
    }
}
