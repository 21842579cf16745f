//! Changes that an earlier page made and could not send.
//!
//! They are in the queue again after a reload, and are shown as pending again. Nobody holds their `Delivery`, so
//! they are followed by the slice.

use std::rc::Rc;
use std::sync::Arc;

use yewdux_socket::event::PatientEdited;
use yewdux_socket::{EventId, Outcome, QueuedEvent, SocketEvent};

use super::{Edit, Edits, FieldChange, Maker, RowKey};

impl Edits {
    /// Takes over what an earlier page left in the queue, and settles what has left it since then. Returns whether
    /// there was anything to do.
    pub(crate) fn follow_queue(
        &mut self,
        queue: &[Arc<QueuedEvent>],
        outcome: impl Fn(&EventId) -> Option<Outcome>,
        time_of_day: impl Fn() -> String,
    ) -> bool {
        let gone: Vec<_> = self
            .open
            .iter()
            .filter_map(|(id, maker)| match maker {
                Maker::EarlierPage(key) => Some((id.clone(), key.clone())),
                Maker::ThisPage => None,
            })
            .filter(|(id, _)| !queue.iter().any(|event| event.id == *id))
            .collect();
        for (id, key) in &gone {
            // The slice keeps the latest outcomes only.
            let outcome = outcome(id).unwrap_or(Outcome::Unconfirmed);
            // Uncovered at once: the earlier page may have sent it, and then others may have changed the value since.
            self.settled(key, id, &outcome, None, &time_of_day());
        }
        let mut has_changed = !gone.is_empty();
        for event in queue.iter().filter(|event| *event.event_type == *PatientEdited::TYPE) {
            if !self.open.contains_key(&event.id) {
                has_changed |= self.adopt(event);
            }
        }
        has_changed
    }

    fn adopt(&mut self, event: &QueuedEvent) -> bool {
        let Some(organization) = event.organization_id.clone() else { return false };
        let Ok(edited) = event.payload.decode::<PatientEdited>() else { return false };
        let Some(change) = FieldChange::of(&edited) else { return false };
        let key = RowKey { organization, patient: edited.patient_id.as_str().into() };
        // What this page did while the queue was being loaded is newer.
        let is_older =
            |edit: &&Edit| matches!(self.open.get(&edit.id), Some(Maker::EarlierPage(_)));
        let index = self.row(&key).edits.iter().take_while(is_older).count();
        Rc::make_mut(&mut self.open).insert(event.id.clone(), Maker::EarlierPage(key.clone()));
        let edit = Edit { id: event.id.clone(), change, echoed: false, acknowledged_over: None };
        self.row_mut(&key).edits.insert(index, edit);
        true
    }
}
