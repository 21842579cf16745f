//! How the user's changes get out, and what comes back.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use yew::platform::spawn_local;
use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::{
    EntitySlice, Envelope, EventId, EventQueueSlice, SocketManager, use_socket, use_socket_event,
};

use crate::edits::{Edits, FieldChange, RowKey};
use crate::words::time_of_day;

/// What the user does to a row.
#[derive(Debug, Clone)]
pub(crate) enum RowAction {
    /// Changes a field.
    Change(RowKey, FieldChange),
    /// Has read what went wrong.
    Dismiss(RowKey),
}

/// What [`use_edits`] returns.
#[derive(Clone, PartialEq)]
pub(crate) struct UseEdits {
    pub(crate) edits: Edits,
    pub(crate) act: Callback<RowAction>,
}

/// The changes of the user in all organizations, those that an earlier page could not send included. They stay when
/// another organization is opened.
#[hook]
pub(crate) fn use_edits() -> UseEdits {
    let manager = use_socket().manager;
    let edits = use_mut_ref(Edits::default);
    let update = use_force_update();

    use_socket_event({
        let (edits, update) = (edits.clone(), update.clone());
        move |event: &PatientUpdated, envelope: &Envelope| {
            let Some(organization) = envelope.organization.clone() else { return };
            let key = RowKey { organization, patient: event.patient.id.as_str().into() };
            edits.borrow_mut().received(&key, &event.patient);
            update.force_update();
        }
    });
    use_effect_with(manager.clone(), {
        let (edits, update) = (edits.clone(), update.clone());
        move |manager| {
            let subscription = manager.context().subscribe(move |queue: Rc<EventQueueSlice>| {
                let outcome = |id: &EventId| {
                    let found = queue.outcomes().rev().find(|(settled, _)| *settled == id);
                    found.map(|(_, outcome)| outcome.clone())
                };
                if edits.borrow_mut().follow_queue(&queue.queued_events, outcome, time_of_day) {
                    update.force_update();
                }
            });
            move || drop(subscription)
        }
    });
    let act = use_callback(manager, {
        let edits = edits.clone();
        move |action, manager| {
            match action {
                RowAction::Change(key, change) => emit(manager, &edits, &update, key, change),
                RowAction::Dismiss(key) => edits.borrow_mut().dismiss(&key),
            }
            update.force_update();
        }
    });
    let edits = edits.borrow().clone();
    UseEdits { edits, act }
}

/// Emits a change and follows it to its outcome.
fn emit(
    manager: &SocketManager,
    edits: &Rc<RefCell<Edits>>,
    update: &UseForceUpdateHandle,
    key: RowKey,
    change: FieldChange,
) {
    let delivery = match manager.emit(&key.organization, &change.event(&key.patient)) {
        Ok(delivery) => delivery,
        Err(error) => {
            tracing::info!(code = error.code(), "a change could not be emitted");
            edits.borrow_mut().refused(&key, change, &error);
            return;
        }
    };
    let id = delivery.id().clone();
    edits.borrow_mut().accepted(&key, id.clone(), change);

    let (manager, edits, update) = (manager.clone(), edits.clone(), update.clone());
    spawn_local(async move {
        let outcome = delivery.await;
        tracing::info!(%id, outcome = outcome.code(), "a change was settled");
        edits.borrow_mut().settled(&key, &id, &outcome, server_row(&manager, &key), &time_of_day());
        update.force_update();
    });
}

/// The row as the server last said it.
fn server_row(manager: &SocketManager, key: &RowKey) -> Option<Arc<Patient>> {
    manager
        .context()
        .get::<EntitySlice<Patient>>()
        .organization(&key.organization)
        .get(&key.patient)
        .cloned()
}
