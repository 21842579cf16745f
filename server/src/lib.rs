//! The reference server of yewdux-socket: one binary that signs users in, keeps their organizations apart,
//! and speaks protocol v1 (`docs/protocol.md`) over a WebSocket.
//!
//! It is meant to be read as much as run: it shows what a back end owes to the clients of this protocol.
//! Tests start it inside their own process:
//!
//! ```
//! # async fn example() -> Result<(), yewdux_socket_server::StartError> {
//! use yewdux_socket_server::{Config, Server};
//!
//! let mut config = Config::default(); // 127.0.0.1, a free port, everything in memory
//! config.dev = true; // whoever names a user is that user
//! let running = Server::start(config).await?;
//! println!("listening on http://{}", running.addr());
//! running.shutdown().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! # Layout
//!
//! - `http`: the routes: sign-in, health, the built page, the upgrade to a WebSocket behind an origin check.
//! - `auth`: tokens and passwords.
//! - `connection`: one WebSocket: handshake, reader with its limits, writer. `outgoing`: what the hub has for it, in a queue.
//! - `hub`: everything shared, owned by one thread that carries out one command after the other: sessions,
//!   subscriptions, each organization's stream, presence, snapshots, idempotent acceptance.
//! - `store`: what survives a restart. `capabilities`: what `$welcome` offers.
//! - [`config`]: every setting and why its default is what it is. [`seed`]: the demonstration data.
//!
//! # Why one thread
//!
//! The guarantees are about order: an event's effect, its place in the history and its idempotency key are
//! recorded together; a snapshot holds at exactly one position; nothing newer overtakes what is replayed; a
//! fenced connection's frames no longer count. With one owner each of these is a matter of reading the code
//! from top to bottom. The hub handles whatever waits, commits it in one transaction, and only then lets acks
//! and events out; so the cost of a commit is shared by all who wait for it, and never blocks the runtime.

pub mod config;
pub mod seed;

mod auth;
mod capabilities;
mod clock;
mod connection;
mod http;
mod hub;
mod outgoing;
mod random;
mod running;
mod start;
mod store;

pub use auth::{PasswordError, hash_password};
pub use config::{Config, InvalidOrigin, Limits, Origin};
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use connection::fuzzing;
pub use hub::{PublishError, UpdateError};
pub use running::Running;
pub use seed::{Account, Seed};
pub use start::{Server, StartError};

/// The code of `docs/hosting.md` is compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../docs/hosting.md")]
mod hosting {}
