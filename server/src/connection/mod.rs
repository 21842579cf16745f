//! One WebSocket, from its upgrade to its end.
//!
//! Two tasks serve it: the reader asks the hub, the writer sends what waits in the [`Outgoing`] queue. The
//! hub only ever touches the queue, so that no connection can hold it up.

mod farewell;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod handshake;
mod reader;
mod service;
mod throttle;
mod verify;
mod writer;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::ws::WebSocket;
use futures_util::StreamExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

pub(crate) use service::Service;

use self::reader::Reader;
use crate::hub::{Command, ConnectionId, Hub};
use crate::outgoing::Outgoing;

/// Serves a WebSocket to its end. The permit counts it among the open ones.
pub(crate) async fn serve(service: Arc<Service>, socket: WebSocket, permit: OwnedSemaphorePermit) {
    let limits = &service.limits;
    let id = ConnectionId(service.connections.fetch_add(1, Ordering::Relaxed));
    let outgoing = Arc::new(Outgoing::new(limits.queue_messages, limits.queue_bytes));
    let (sink, mut stream) = socket.split();
    let mut writer = tokio::spawn(writer::run(
        sink,
        outgoing.clone(),
        limits.send_timeout,
        limits.close_timeout,
    ));

    let farewell = match handshake::run(&service, id, &mut stream, &outgoing).await {
        Ok(joined) => {
            let _leave = Leave { hub: &service.hub, id };
            Reader::new(&service, id, &outgoing, joined).run(&mut stream).await
        }
        Err(farewell) => farewell,
    };
    tracing::debug!(connection = id.0, code = farewell.code(), "connection ends");
    farewell.say(&outgoing);

    // Reads on, and throws away what comes, until the other side has taken its leave: closing a socket with
    // unread data in it resets it, and the close frame would be lost on the way.
    let leave = async {
        while let Some(Ok(_)) = stream.next().await {}
        let _ = (&mut writer).await;
    };
    if timeout(limits.close_timeout * 2, leave).await.is_err() {
        writer.abort();
    }
    drop(permit);
}

/// Tells the hub that the connection ended, however it ended.
struct Leave<'a> {
    hub: &'a Hub,
    id: ConnectionId,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.hub.send(Command::Leave(self.id));
    }
}
