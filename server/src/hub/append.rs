//! An event into an organization's stream: its place, its history, and all who listen.

use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::{RawJson, encode_event};
use yewdux_socket_core::{Envelope, OrganizationId, Timestamp};

use super::error::Rejection;
use super::state::State;
use super::view::Views;
use crate::store::Change;

impl State {
    /// Appends an event to an organization's history and sends it to all who listen.
    pub(super) fn append(
        &mut self,
        organization: &OrganizationId,
        event_type: &str,
        timestamp: Timestamp,
        payload: &str,
    ) -> Result<Position, Rejection> {
        let Some(tenant) = self.tenants.get_mut(organization) else {
            return Err(Rejection {
                code: "unknown_organization",
                reason: "There is no such organization.".into(),
            });
        };
        let position = tenant.stream.next();
        let envelope = Envelope {
            event_type: event_type.into(),
            organization: Some(organization.clone()),
            timestamp,
            position: Some(position.clone()),
        };
        let event: RawJson = encode_event(&envelope, payload)?;
        let trimmed = tenant.stream.push(event.clone());
        let subscribers: Vec<_> =
            tenant.subscribers.iter().map(|(id, outgoing)| (*id, outgoing.clone())).collect();
        let mut views = Views::of(&envelope, &event);
        for (connection, outgoing) in subscribers {
            let user = self.connections.get(&connection).map(|connection| &connection.user);
            if let Some(item) = user.and_then(|user| self.view(&mut views, user)) {
                self.send(&outgoing, item);
            }
        }
        self.change(Change::Append {
            organization: organization.clone(),
            offset: position.offset,
            event,
        });
        if let Some(first) = trimmed {
            self.change(Change::Trim { organization: organization.clone(), first });
        }
        Ok(position)
    }
}
