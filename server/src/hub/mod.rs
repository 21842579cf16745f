//! Everything that connections share, owned by one thread.
//!
//! [`Hub`] is the way to that thread, and [`State`] what it owns.
//!
//! # Layout
//!
//! From the top down:
//!
//! - `handle`: which command is carried out where.
//! - `join`, `subscriptions`, `accept`, `snapshot`, `audit`, `ping`: what a connection asks for. `membership`, `load`: what
//!   others do.
//! - `announce`: presence as events. `append`: an event into its stream. `view`: what a user may see of it.
//! - `state`: what all of these work on, and the two ways out of it.
//! - `stream`, `presence`, `sessions`, `keys`, `heads`, `refusals`: its parts, each with rules of its own.
//! - `command`: what the hub can be asked. `error`: why it does not do it.

mod accept;
mod announce;
mod append;
mod audit;
mod command;
mod error;
mod handle;
mod heads;
mod join;
mod keys;
mod load;
mod membership;
mod ping;
mod presence;
mod refusals;
mod sessions;
mod snapshot;
mod state;
mod stream;
mod subscriptions;
mod view;

use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use command::{Command, ConnectionId, Join, Request, Verified};
pub(crate) use error::{LoadRefusal, Refusal, Rejection};
pub use error::{PublishError, UpdateError};
pub(crate) use state::{Setup, State};

/// Commands that are carried out in one transaction, at most.
const BATCH: usize = 256;

/// How the hub's thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As it was told to.
    Stopped,
    /// The store failed.
    Failed,
}

/// The hub's thread has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// The way to the hub's thread. Cheap to clone.
///
/// The channel itself has no bound, so that a connection that ends can always say so. What fills it has: each
/// connection lets only a fixed number of requests wait, and the number of connections is limited.
#[derive(Debug, Clone)]
pub(crate) struct Hub {
    commands: mpsc::UnboundedSender<Command>,
    end: watch::Receiver<Option<End>>,
}

impl Hub {
    /// Starts the thread.
    pub(crate) fn start(state: State) -> std::io::Result<Self> {
        let (commands, received) = mpsc::unbounded_channel();
        let (ended, end) = watch::channel(None);
        std::thread::Builder::new().name("hub".into()).spawn(move || {
            // Also said if the thread panics: a hub without a thread answers nobody.
            let mut end = SayEnd(ended, End::Failed);
            // The state is dropped before the end is said: whoever waits for it may open the store again.
            end.1 = run(state, received);
        })?;
        Ok(Self { commands, end })
    }

    /// Has a command carried out after those sent before it.
    pub(crate) fn send(&self, command: Command) {
        // A hub that is gone has closed all connections already.
        let _ = self.commands.send(command);
    }

    /// Has a command carried out and waits for the answer.
    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply));
        answer.await.map_err(|_| Gone)
    }

    /// Resolves once the hub's thread has ended.
    pub(crate) async fn ended(&self) -> End {
        let mut end = self.end.clone();
        let ended = end.wait_for(Option::is_some).await.ok().and_then(|end| *end);
        ended.unwrap_or(End::Failed)
    }

    /// Whether the hub answers.
    pub(crate) fn is_alive(&self) -> bool {
        self.end.borrow().is_none()
    }
}

struct SayEnd(watch::Sender<Option<End>>, End);

impl Drop for SayEnd {
    fn drop(&mut self) {
        self.0.send_replace(Some(self.1));
    }
}

/// Carries out what waits, commits it, and only then lets answers and events out.
fn run(mut state: State, mut commands: mpsc::UnboundedReceiver<Command>) -> End {
    while let Some(command) = commands.blocking_recv() {
        let mut stop = state.handle(command);
        for _ in 1..BATCH {
            let Ok(command) = commands.try_recv() else { break };
            stop |= state.handle(command);
        }
        if let Err(error) = state.commit() {
            // What is in memory is ahead of what is stored, so nothing that follows can be trusted.
            tracing::error!(%error, "the store failed; the server stops");
            state.give_up();
            return End::Failed;
        }
        if stop {
            break;
        }
    }
    End::Stopped
}
