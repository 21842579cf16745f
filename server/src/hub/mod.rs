//! Everything that connections share, owned by one thread.
//!
//! [`Hub`] is the way to that thread. Each file beside this one is one concern of the [`State`] behind it.

mod accept;
mod audit;
mod command;
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

use std::time::SystemTime;

use tokio::sync::{mpsc, oneshot, watch};
use yewdux_socket_core::Timestamp;

pub(crate) use command::{Command, ConnectionId, Join, Refusal, Rejection, Request, Verified};
pub(crate) use load::LoadRefusal;
pub(crate) use state::{Setup, State};

/// Commands that are carried out in one transaction, at most.
const BATCH: usize = 256;

/// The server's clock.
pub(crate) fn now() -> Timestamp {
    let millis = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// How many milliseconds are left until then.
pub(crate) fn until(then: Timestamp) -> u64 {
    u64::try_from(then.since(now()).as_millis()).unwrap_or(u64::MAX)
}

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
