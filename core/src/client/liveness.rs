//! Whether the link lives: probes, heartbeat, and what the page says about it.

use super::connection::{Pace, Phase};
use super::{Client, Signal, SocketId};
use crate::backoff::Backoff;
use crate::error::ConnectionError;
use crate::heartbeat::{Beat, Heartbeat};
use crate::wire::{ClientMessage, Ping};

impl Client {
    /// News of the page: a live link is probed, a wait is cut short, but not below what the server asked
    /// for. A deliberate disconnect stays.
    pub(super) fn signal(&mut self, signal: Signal) {
        tracing::debug!(?signal, "page signal");
        if let Phase::Waiting { until, not_before } = self.phase
            && signal != Signal::Offline
        {
            let delay = Backoff::hurried_delay(&self.config.backoff, &mut self.rng);
            self.wait(until.min(self.now.monotonic + delay), not_before);
        }
        self.look_at_the_wall_clock();
        self.probe();
    }

    /// Puts a live link in doubt until something comes in.
    pub(super) fn probe(&mut self) {
        let now = self.now.monotonic;
        let Phase::Live { socket, heartbeat, .. } = &mut self.phase else { return };
        if heartbeat.is_probing() {
            return;
        }
        let (socket, beat) = (*socket, heartbeat.probe(now));
        self.beat(socket, beat);
    }

    pub(super) fn beat(&mut self, socket: SocketId, beat: Beat) {
        match beat {
            Beat::Ping(id) => {
                let patience = self.config.heartbeat.timeout;
                self.health.probed(id, self.now.monotonic, patience);
                self.send(socket, &ClientMessage::Ping(Ping { id }));
            }
            Beat::Dead => self.lose(ConnectionError::HeartbeatTimeout, Pace::Prompt),
        }
    }

    /// The heartbeat of the open session.
    pub(super) fn heartbeat(&mut self) -> Option<&mut Heartbeat> {
        match &mut self.phase {
            Phase::Live { heartbeat, .. } => Some(heartbeat),
            _ => None,
        }
    }
}
