//! From the open socket to the joined connection: one `$connect`, in time, with a good token.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::time::timeout;
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::wire::{
    ClientMessage, Connect, PROTOCOL_VERSION, capability, close, decode_client, split_frame,
};
use yewdux_socket_core::{Timestamp, UserId};

use super::farewell::Farewell;
use super::service::Service;
use crate::hub::{Command, ConnectionId, Join, Refusal};
use crate::outgoing::{Mode, Outgoing};

/// A connection that has joined.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) user: UserId,
    /// When the token stops being good.
    pub(super) expires_at: Timestamp,
}

/// Waits for `$connect` and joins.
pub(super) async fn run(
    service: &Service,
    id: ConnectionId,
    stream: &mut SplitStream<WebSocket>,
    outgoing: &Arc<Outgoing>,
) -> Result<Joined, Farewell> {
    let first = timeout(service.limits.connect_timeout, first_frame(stream)).await;
    let frame = first.map_err(|_| {
        Farewell::new(close::CONNECT_TIMEOUT, "connect_timeout", "No `$connect` came in time.")
    })?;
    let connect = read_connect(&frame.ok_or_else(Farewell::silent)??, service.limits.frame_bytes)?;
    if connect.protocol != PROTOCOL_VERSION {
        let message = format!("This server speaks protocol {PROTOCOL_VERSION}.");
        return Err(Farewell::new(close::PROTOCOL_ERROR, "protocol_version", message));
    }
    let Some(claims) = service.signer.verify(&connect.token) else {
        // Whoever tries many must not fill the log.
        let refused = service.refused_tokens.fetch_add(1, Ordering::Relaxed) + 1;
        if refused.is_power_of_two() {
            tracing::warn!(connection = id.0, refused, "a token was refused");
        }
        return Err(Refusal::Unauthorized.into());
    };
    let listed = |name: &str| connect.capabilities.iter().any(|capability| capability == name);
    let both = |name: &str| listed(name) && service.offer.has(name);
    outgoing
        .set_mode(Mode { binary: both(capability::BINARY), coalesce: both(capability::COALESCE) });
    let digests = both(capability::DIGEST);

    let joined = Joined { user: claims.user.clone(), expires_at: claims.expires_at() };
    let join = |reply| {
        Command::Join(Box::new(Join {
            connection: id,
            outgoing: outgoing.clone(),
            claims,
            organizations: connect.organizations,
            resume: connect.resume,
            digests,
            reply,
        }))
    };
    // A hub that is gone is a server that restarts.
    service.hub.ask(join).await.unwrap_or(Err(Refusal::Restarting))?;
    tracing::info!(connection = id.0, user = %joined.user, "joined");
    Ok(joined)
}

type Frame = Result<Vec<u8>, Farewell>;

/// The first frame with a message, or nothing if the other side left.
async fn first_frame(stream: &mut SplitStream<WebSocket>) -> Option<Frame> {
    loop {
        match stream.next().await? {
            Ok(Message::Text(text)) => return Some(Ok(text.as_bytes().to_vec())),
            Ok(Message::Binary(bytes)) => return Some(Ok(bytes.to_vec())),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) => return None,
            Err(_) => return Some(Err(unreadable())),
        }
    }
}

/// A frame that the WebSocket layer refused. It does not tell in a stable way why.
pub(super) fn unreadable() -> Farewell {
    Farewell::new(
        close::PROTOCOL_ERROR,
        "malformed",
        "A frame is far too large, or no WebSocket frame.",
    )
}

/// Refuses a frame that is over the limit that was announced.
pub(super) fn check_size(frame: &[u8], limit: usize) -> Result<(), ValidationError> {
    if frame.len() > limit {
        Err(ValidationError::FrameTooLarge { bytes: frame.len(), limit })
    } else {
        Ok(())
    }
}

pub(super) fn read_connect(frame: &[u8], limit: usize) -> Result<Connect, Farewell> {
    check_size(frame, limit)?;
    let mut items = split_frame(frame);
    let first = items.next().transpose()?;
    if let Some(item) = first
        && items.next().transpose()?.is_none()
        && let ClientMessage::Connect(connect) = decode_client(item)?
    {
        return Ok(connect);
    }
    Err(Farewell::new(
        close::CONNECT_TIMEOUT,
        "connect_expected",
        "The first message is `$connect`, alone in its frame.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_connect_alone() {
        let connect = r#"{"type":"$connect","protocol":1,"token":"t","capabilities":[]}"#;
        assert_eq!(read_connect(connect.as_bytes(), 1_000).unwrap().protocol, 1);
        assert!(read_connect(format!("[{connect}]").as_bytes(), 1_000).is_ok());
        for (frame, code) in [
            (format!("[{connect},{connect}]"), close::CONNECT_TIMEOUT),
            (r#"{"type":"$ping","id":1}"#.to_owned(), close::CONNECT_TIMEOUT),
            ("[]".to_owned(), close::CONNECT_TIMEOUT),
            ("{".to_owned(), close::PROTOCOL_ERROR),
            (r#"{"type":"patient_updated"}"#.to_owned(), close::PROTOCOL_ERROR),
            (" ".repeat(1_001), close::PROTOCOL_ERROR),
        ] {
            assert_eq!(read_connect(frame.as_bytes(), 1_000).unwrap_err().code(), code, "{frame}");
        }
    }
}
