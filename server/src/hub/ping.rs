//! `$ping`: a sign of life, and with it something to compare one's picture of presence with.
//!
//! Presence changes are events of the stream, so a summary is true at one position only. That is why the hub
//! answers, which takes summary and position together and queues the answer among the events: all up to the
//! position go before it, and none after.

use std::collections::BTreeMap;

use yewdux_socket_core::wire::Pong;

use super::command::ConnectionId;
use super::state::State;
use crate::clock::now;
use crate::outgoing::Item;

impl State {
    /// Answers a ping.
    pub(super) fn pong(&mut self, connection: ConnectionId, id: u64) {
        let Some(asking) = self.connections.get(&connection) else { return };
        let presence = if asking.digests {
            let known = asking.subscribed.iter().filter_map(|organization| {
                Some((organization.clone(), self.tenants.get(organization)?.presence_summary()))
            });
            known.collect()
        } else {
            BTreeMap::new()
        };
        self.send_to(
            connection,
            Item::pong(Pong { id, server_time: Some(now()), presence: presence.into() }),
        );
    }
}
