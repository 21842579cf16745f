//! Connections without sockets, so that fuzzing reaches what a client's frames reach: the checks of the handshake and
//! the reader, and the hub behind them. Not for applications.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use yewdux_socket_core::permission::PermissionPolicy;
use yewdux_socket_core::wire::{ClientMessage, Connect, Token, decode_client, split_frame};
use yewdux_socket_core::{EventRegistry, UserId};

use super::farewell::Farewell;
use super::handshake::{check_size, read_connect};
use super::verify::verified;
use crate::auth::{Claims, Signer};
use crate::capabilities::Offer;
use crate::clock::now;
use crate::config::Limits;
use crate::hub::{Command, ConnectionId, Join, Request, Setup, State};
use crate::outgoing::{Mode, Next, Outgoing};
use crate::seed::Seed;
use crate::store::Store;

/// A server without sockets, clocks and threads.
pub struct Server {
    state: State,
    signer: Signer,
    registry: Arc<EventRegistry>,
    limits: Limits,
    connections: u64,
}

/// One of its connections.
#[derive(Debug)]
pub struct Connection {
    id: ConnectionId,
    user: UserId,
    outgoing: Arc<Outgoing>,
    joined: bool,
    permits: Arc<Semaphore>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Server {
    /// A server that knows the seed and the built-in events, and keeps everything in memory.
    ///
    /// # Panics
    /// If the built-in rules have become unusable.
    #[expect(clippy::expect_used, reason = "no file is opened, and every capability is offered")]
    pub fn new(seed: &Seed) -> Self {
        let (store, stored) = Store::open(None, seed).expect("memory is always there");
        let (signer, limits) = (Signer::new(&stored.signing_key), Limits::default());
        let registry = Arc::new(EventRegistry::builtin());
        let setup = Setup {
            limits: limits.clone(),
            offer: Offer::new(None).expect("everything is offered"),
            registry: registry.clone(),
            permissions: PermissionPolicy::builtin(),
            signer: signer.clone(),
            store,
            stored,
        };
        Self { state: State::new(setup), signer, registry, limits, connections: 0 }
    }

    /// A connection of a user, who did not say `$connect` yet.
    pub fn connection(&mut self, user: &str) -> Connection {
        self.connections += 1;
        Connection {
            id: ConnectionId(self.connections),
            user: UserId::from(user),
            outgoing: Arc::new(Outgoing::new(self.limits.queue_messages, self.limits.queue_bytes)),
            joined: false,
            permits: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    /// Takes in a frame. Whatever token the first one brings is taken for a good one of the connection's user.
    ///
    /// # Errors
    /// The close code with which a connection ends after such a frame.
    pub fn frame(&mut self, connection: &mut Connection, frame: &[u8]) -> Result<(), u16> {
        let handled = if connection.joined {
            self.messages(connection, frame)
        } else {
            read_connect(frame, self.limits.frame_bytes)
                .and_then(|connect| self.join(connection, connect))
        };
        handled.map_err(|farewell| farewell.code())
    }

    /// Ends a connection.
    pub fn leave(&mut self, connection: &Connection) {
        self.carry_out(Command::Leave(connection.id));
    }

    fn join(&mut self, connection: &mut Connection, connect: Connect) -> Result<(), Farewell> {
        let now = now();
        let life = Duration::from_hours(1);
        let good = Claims::new(connection.user.clone(), BTreeMap::new(), 0, now, life);
        let claims = self.signer.verify(&connect.token).unwrap_or(good);
        connection.outgoing.set_mode(Mode { binary: false, coalesce: true });
        let (reply, mut answer) = oneshot::channel();
        self.carry_out(Command::Join(Box::new(Join {
            connection: connection.id,
            outgoing: connection.outgoing.clone(),
            claims,
            organizations: connect.organizations,
            resume: connect.resume,
            digests: true,
            reply,
        })));
        answer.try_recv().map_err(|_| Farewell::silent())??;
        connection.joined = true;
        Ok(())
    }

    fn messages(&mut self, connection: &Connection, frame: &[u8]) -> Result<(), Farewell> {
        check_size(frame, self.limits.frame_bytes)?;
        for item in split_frame(frame) {
            let request = match decode_client(item?)? {
                ClientMessage::Emit(emit) => {
                    let event = verified(&self.registry, &self.limits, &emit.event).map(Box::new);
                    Request::Emit { id: emit.id, event }
                }
                ClientMessage::Subscribe(list) => Request::Subscribe(list.organizations),
                ClientMessage::Unsubscribe(list) => Request::Unsubscribe(list.organizations),
                ClientMessage::Snapshot(request) => {
                    Request::Snapshot { request, permit: connection.permit()? }
                }
                ClientMessage::Audit(head) => Request::Audit(head),
                ClientMessage::Ping(ping) => Request::Ping(ping.id),
                ClientMessage::Refresh(refresh) => {
                    self.check(&refresh.token);
                    continue;
                }
                _ => continue,
            };
            let permit = connection.permit()?;
            self.carry_out(Command::Request { connection: connection.id, request, permit });
        }
        Ok(())
    }

    /// No token that fuzzing finds is a good one.
    fn check(&self, token: &Token) {
        assert!(self.signer.verify(token).is_none(), "a token that nobody signed is good");
    }

    #[expect(clippy::expect_used, reason = "memory does not fail")]
    fn carry_out(&mut self, command: Command) {
        self.state.handle(command);
        self.state.commit().expect("memory is always there");
    }
}

impl Connection {
    /// The frames that wait to be sent, until there is none or the connection is to be closed.
    pub fn said(&self) -> Vec<String> {
        std::iter::from_fn(|| match self.outgoing.try_next() {
            Some(Next::Frame(frame)) => Some(frame),
            Some(Next::Close(_)) | None => None,
        })
        .collect()
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, Farewell> {
        self.permits.clone().try_acquire_owned().map_err(|_| Farewell::silent())
    }
}
