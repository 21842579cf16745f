//! `$audit`: countersigns the head of a client's audit chain.

use yewdux_socket_core::wire::{AuditHead, ServerMessage};

use super::command::ConnectionId;
use super::state::State;
use crate::connection::Item;
use crate::store::Change;

/// Longest hash in hexadecimal: that of SHA-512.
const MAX_HASH: usize = 128;

impl State {
    /// Keeps the head as the user's latest and answers with a signature over it, so that a chain that is cut
    /// short later does not go unnoticed.
    pub(super) fn countersign(&mut self, connection: ConnectionId, head: AuditHead) {
        let Some(user) =
            self.connections.get(&connection).map(|connection| connection.user.clone())
        else {
            return;
        };
        let hexadecimal = head.hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if head.hash.is_empty() || head.hash.len() > MAX_HASH || !hexadecimal {
            let message = "`hash` is no hash in hexadecimal.";
            let refused = Item::refused("$audit", "invalid_value", message, false);
            return self.send_to(connection, refused);
        }
        let signature = Some(self.signer.countersign(&user, &head));
        let signed = AuditHead { signature, ..head };
        self.audit.insert(user.clone(), signed.clone());
        self.change(Change::Audit(user, signed.clone()));
        self.send_to(connection, Item::message(&ServerMessage::Audit(signed)));
    }
}
