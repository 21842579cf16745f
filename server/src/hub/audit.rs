//! `$audit`: keeps the heads of clients' audit chains and countersigns them.

use yewdux_socket_core::wire::{AuditHead, ServerMessage};

use super::command::ConnectionId;
use super::state::State;
use crate::clock::now;
use crate::outgoing::Item;
use crate::store::{Change, StoredHead};

impl State {
    /// Keeps the head and answers with a signature over it, so that a chain that is cut short later does not go unnoticed.
    pub(super) fn countersign(&mut self, connection: ConnectionId, head: AuditHead) {
        let Some(user) =
            self.connections.get(&connection).map(|connection| connection.user.clone())
        else {
            return;
        };
        let signature = Some(self.signer.countersign(&user, &head));
        let signed = AuditHead { signature, ..head };
        let stored = StoredHead { head: signed.clone(), at: now() };
        let kept = self
            .audit
            .check(&user, &signed)
            .and_then(|()| self.audit.insert(&user, stored.clone()));
        let AuditHead { chain, sequence, hash, .. } = &signed;
        let gone = match kept {
            Ok(gone) => gone,
            Err(refusal) => {
                let code = refusal.code();
                tracing::warn!(connection = connection.0, %user, %chain, sequence, code, "an audit head is refused");
                let refused = Item::refused("$audit", code, refusal.message(), false);
                return self.send_to(connection, refused);
            }
        };
        // Also in the log, from which an operator takes the head to hold an export against.
        tracing::info!(%user, %chain, head = format!("{sequence}:{hash}"), "an audit head is countersigned");
        if let Some(gone) = gone {
            // The log of the server is the last place that knows it.
            let AuditHead { chain, sequence, hash, .. } = gone.head;
            tracing::warn!(%user, %chain, sequence, hash, "more audit chains than are kept; the head of the oldest is forgotten");
            self.change(Change::NoHead(user.clone(), chain));
        }
        self.change(Change::Head(user, stored));
        self.send_to(connection, Item::message(&ServerMessage::Audit(signed)));
    }
}
