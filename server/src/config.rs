//! Every setting of the server, with the reason for its default.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use axum::http::Uri;
use thiserror::Error;
use yewdux_socket_core::wire::{EmitRate, ShapeLimits};
use yewdux_socket_core::{EventRegistry, PermissionPolicy};

use crate::seed::Seed;

/// What [`Server::start`](crate::Server::start) needs to know. Begin with the default and set fields.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen. Default: `127.0.0.1` and a free port, so that tests never meet; the binary's default
    /// port is 9000.
    pub listen: SocketAddr,
    /// Whether naming a user is enough to be signed in as that user. Default: no.
    pub dev: bool,
    /// A JSON object from user ids to argon2id hashes (PHC strings), against which passwords are checked.
    pub passwords: Option<PathBuf>,
    /// How long a token is good for. Default 15 minutes: short, since a token cannot be called back one by
    /// one, and long enough not to burden sign-in.
    pub token_ttl: Duration,
    /// Pages of these origins may connect, beside the server's own if it serves one. Default: none.
    pub allowed_origins: Vec<Origin>,
    /// Where state is kept over restarts. Default: nowhere, everything is in memory.
    pub data: Option<PathBuf>,
    /// A built page to serve. Default: none.
    pub dist: Option<PathBuf>,
    /// Other servers that the page may connect to, beside the one that serves it: its content security policy names them.
    /// Default: none.
    pub connect_origins: Vec<Origin>,
    /// What the server knows when it starts without stored state. Default: the demonstration data.
    pub seed: Seed,
    /// The event types. Default: the built-in ones.
    pub registry: EventRegistry,
    /// Which roles may emit and receive which types, and see which of their sensitive fields. Default: the table of
    /// [`PermissionPolicy::builtin`].
    pub permissions: PermissionPolicy,
    /// What to offer in `$welcome`, by the names of
    /// [`capability`](yewdux_socket_core::wire::capability). Default: `None`, all that the server can do. What
    /// is left out is not done either, so that an empty list makes a plain server to try clients with: frames
    /// stay single and text (`coalesce`, `binary`), every connection begins anew (`resume`), `$snapshot` and
    /// `$refresh` are answered by an `$error` and nothing says when the token expires (`snapshot`, `refresh`),
    /// events take effect without an `$ack` (`ack`), nobody is online (`presence`), `$pong` does not say who is
    /// (`digest`), and heads of audit chains are neither kept nor countersigned (`audit`).
    pub capabilities: Option<Vec<String>>,
    /// Bounds of everything that could grow.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dev: false,
            passwords: None,
            token_ttl: Duration::from_mins(15),
            allowed_origins: Vec::new(),
            data: None,
            dist: None,
            connect_origins: Vec::new(),
            seed: Seed::demo(),
            registry: EventRegistry::builtin(),
            permissions: PermissionPolicy::builtin(),
            capabilities: None,
            limits: Limits::default(),
        }
    }
}

/// Bounds of everything that could grow, and the times that the protocol is kept by.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Open connections of all users, signed in or not. Default 10 000.
    pub connections: usize,
    /// Open connections of one user. Default 50: a user with every tab open, not a user with a loop.
    pub connections_per_user: usize,
    /// The largest frame that a client may send, in bytes. Default 256 KiB: some events of the largest size.
    pub frame_bytes: usize,
    /// The largest event that is accepted, in bytes. Default 64 KiB.
    pub event_bytes: usize,
    /// Messages in one frame of a client, at most. Default 1 000.
    pub frame_messages: usize,
    /// How large the parts of an event may be.
    pub shape: ShapeLimits,
    /// How fast a client is told to emit. Default 50 a second, 100 at once. The server's own bucket is a
    /// quarter larger, because the network bunches what was sent evenly.
    pub emit_rate: EmitRate,
    /// How many emitted events of one connection may wait for their ack. Default 64.
    pub max_in_flight: usize,
    /// How long a connection may go on sending faster than allowed, held back all the while, before it is
    /// closed. Default 30 s.
    pub abuse_after: Duration,
    /// Messages that may wait to be sent on one connection. Default 8 192.
    pub queue_messages: usize,
    /// Bytes that may wait to be sent on one connection. Default 8 MiB.
    pub queue_bytes: usize,
    /// Events that an organization's history holds. Default 10 000.
    pub history_events: usize,
    /// Bytes that an organization's history holds. Default 64 MiB.
    pub history_bytes: usize,
    /// Idempotency keys that are remembered for each user. Default 20 000. The bound is each user's own, so
    /// that nobody can push out the keys of others.
    pub dedupe_keys: usize,
    /// How long idempotency keys are good for. Default 24 h, the longest time to live of a built-in event;
    /// they are kept an hour longer.
    pub dedupe: Duration,
    /// Audit chains of each user whose latest head is kept: one for each page and sign-in. Default 1 000. Beyond that, the
    /// one that was silent for longest goes, into the server's log, if that was an hour at least; or else a new one is refused.
    pub audit_heads: usize,
    /// Patients that an organization may have. Default 10 000.
    pub patients: usize,
    /// After how much silence the other side is asked for a sign of life. Default 15 s. A connection that is
    /// silent for two and a half times as long is closed.
    pub heartbeat: Duration,
    /// How long a new connection may take to send `$connect`. Default 5 s.
    pub connect_timeout: Duration,
    /// How long sending one frame may take. Default 30 s.
    pub send_timeout: Duration,
    /// How long to wait at the end for the other side to take its leave. Default 2 s.
    pub close_timeout: Duration,
    /// How long a shutdown waits for all connections. Default 5 s.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_user: 50,
            frame_bytes: 256 * 1024,
            event_bytes: 64 * 1024,
            frame_messages: 1_000,
            shape: ShapeLimits::default(),
            emit_rate: EmitRate { per_second: 50.0, burst: 100 },
            max_in_flight: 64,
            abuse_after: Duration::from_secs(30),
            queue_messages: 8_192,
            queue_bytes: 8 * 1024 * 1024,
            history_events: 10_000,
            history_bytes: 64 * 1024 * 1024,
            dedupe_keys: 20_000,
            dedupe: Duration::from_hours(24),
            audit_heads: 1_000,
            patients: 10_000,
            heartbeat: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
            send_timeout: Duration::from_secs(30),
            close_timeout: Duration::from_secs(2),
            drain_timeout: Duration::from_secs(5),
        }
    }
}

/// The origin of a page, as browsers write it: `https://ward.example`, `http://127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(String);

/// The text is no origin of a web page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "an origin is `http://` or `https://`, a host, and a port if it is not the usual one: nothing else"
)]
pub struct InvalidOrigin;

impl Origin {
    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same server by WebSocket: `wss://ward.example`.
    pub(crate) fn web_socket(&self) -> String {
        // `http` becomes `ws`, `https` becomes `wss`.
        format!("ws{}", self.0.strip_prefix("http").unwrap_or_default())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Accepts a slash at the end and the usual port, which browsers leave out. There is no wildcard: a
    /// server that lets every page connect has no allow-list.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| matches!(*scheme, "http" | "https"))
            .ok_or(InvalidOrigin)?;
        let authority = uri.authority().ok_or(InvalidOrigin)?;
        let host = authority.host();
        let no_more = matches!(uri.path(), "" | "/")
            && uri.query().is_none()
            && !authority.as_str().contains('@');
        // Neither a wildcard, nor what would mean something where the origin is written into a header.
        let is_plain = |part: char| part.is_ascii_alphanumeric() || "-._:[]".contains(part);
        if !no_more || host.is_empty() || !host.chars().all(is_plain) {
            return Err(InvalidOrigin);
        }
        let usual = if scheme == "http" { 80 } else { 443 };
        let host = host.to_ascii_lowercase();
        Ok(Self(match authority.port_u16() {
            Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_brought_into_the_form_of_browsers() {
        for (text, origin) in [
            ("https://Ward.Example", "https://ward.example"),
            ("https://ward.example:443/", "https://ward.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), origin);
        }
        for (origin, web_socket) in [
            ("https://http.example", "wss://http.example"),
            ("http://[::1]:8080", "ws://[::1]:8080"),
        ] {
            assert_eq!(origin.parse::<Origin>().unwrap().web_socket(), web_socket);
        }
        for bad in [
            "*",
            "null",
            "",
            "ward.example",
            "https://*.example",
            "https://a;script-src",
            "https://a,b",
            "https://a/b",
            "https://u@a",
            "ws://a",
            "https://a/?q",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
