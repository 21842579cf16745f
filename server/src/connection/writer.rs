//! Sends what waits, until the connection is to end.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::time::{sleep, timeout};
use yewdux_socket_core::wire::close;

use crate::outgoing::{Next, Outgoing};

/// Runs until the close frame is sent, or nothing can be sent any more.
pub(super) async fn run(
    mut sink: SplitSink<WebSocket, Message>,
    outgoing: Arc<Outgoing>,
    send_timeout: Duration,
    close_timeout: Duration,
) {
    loop {
        match outgoing.next().await {
            Next::Frame(frame) => {
                let message = if outgoing.mode().binary {
                    Message::Binary(frame.into_bytes().into())
                } else {
                    Message::Text(Utf8Bytes::from(frame))
                };
                // A frame may take its time while the connection is to go on, and little once it is to end.
                let sent = tokio::select! {
                    sent = sink.send(message) => sent.is_ok(),
                    () = sleep(send_timeout) => false,
                    () = async { outgoing.closed().await; sleep(close_timeout).await; } => false,
                };
                if !sent {
                    // The reader sees the end of the queue and ends too.
                    outgoing.abort(&[], close::OVERLOADED);
                    return;
                }
            }
            Next::Close(code) => {
                let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason(code)) };
                let _ = timeout(close_timeout, sink.send(Message::Close(Some(frame)))).await;
                return;
            }
        }
    }
}

/// The close frame's reason, for those who look at it with the browser's tools.
fn reason(code: u16) -> &'static str {
    match code {
        close::NORMAL => "bye",
        close::PROTOCOL_ERROR => "protocol error",
        close::UNAUTHORIZED => "unauthorized",
        close::REVOKED => "revoked",
        close::FORBIDDEN => "forbidden",
        close::CONNECT_TIMEOUT => "no $connect",
        close::OVERLOADED => "overloaded",
        close::RESTART => "restarting",
        close::PROBE_FAILED => "silent",
        close::REPLACED => "replaced",
        _ => "",
    }
}
