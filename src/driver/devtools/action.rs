//! A commit as the extension lists it: its name, its events without what is sensitive, and outcomes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use yewdux_socket_core::{Inbound, QueuedEvent, ReceivedEvent, redact};

use super::Shown;
use super::bounds::{self, ENTRIES, EVENTS, TYPES};
use crate::driver::Driver;
use crate::driver::commit::Batch;

/// A commit as an action.
pub(super) fn action(driver: &Driver, batch: &Batch, before: &Shown, now: &Shown) -> Value {
    let of_event = |inbound: &Inbound| match inbound {
        Inbound::Event(received) => Some(event(driver, received)),
        _ => None,
    };
    let number = batch.inbound.iter().filter(|it| matches!(it, Inbound::Event(_))).count();
    let events: Vec<_> = batch.inbound.iter().filter_map(of_event).take(EVENTS).collect();
    let outcomes: Vec<_> = batch
        .settled
        .iter()
        .take(ENTRIES)
        .map(|(id, outcome)| json!({ "id": id, "outcome": outcome.code() }))
        .collect();
    let emitted = emitted(before, now);
    let shown: Vec<_> = emitted.iter().take(ENTRIES).map(|event| emission(event)).collect();
    json!({
        "type": name(batch, &emitted, before, now),
        "omittedEvents": number - events.len(),
        "events": events,
        "emitted": shown,
        "outcomes": outcomes,
    })
}

/// The events that entered the outbox and are there still.
fn emitted<'a>(before: &Shown, now: &'a Shown) -> Vec<&'a QueuedEvent> {
    let known: BTreeSet<_> = before.queued.iter().map(|event| &event.id).collect();
    now.queued.iter().map(|event| &**event).filter(|event| !known.contains(&event.id)).collect()
}

/// An event on its way out. Its payload is the user's own, and not sent yet.
fn emission(event: &QueuedEvent) -> Value {
    json!({ "id": event.id, "type": &*event.event_type, "organizationId": event.organization_id })
}

/// What a commit is called.
fn name(batch: &Batch, emitted: &[&QueuedEvent], before: &Shown, now: &Shown) -> String {
    let inbound = batch.inbound.iter().map(|inbound| match inbound {
        Inbound::Event(event) => Cow::from(&*event.envelope.event_type),
        Inbound::Snapshot(_) => "snapshot".into(),
        Inbound::Purge(_) => "purge".into(),
        Inbound::PurgeAll => "purge of everything".into(),
        _ => "change".into(),
    });
    let emitted = emitted.iter().map(|event| format!("emit {}", event.event_type).into());
    let settled = batch.settled.iter().map(|(_, outcome)| outcome.code().into());
    let counted = counted(inbound.chain(emitted).chain(settled));
    match &*counted {
        [] if now.status != before.status => format!("connection: {}", now.status.as_str()),
        [] if now.queued.len() != before.queued.len() => {
            format!("outbox: {} waiting", now.queued.len())
        }
        [] => "connection".to_owned(),
        [(name, 1)] => name.clone().into_owned(),
        all => batch_name(all),
    }
}

/// How many there are of each, in the order in which they came first.
fn counted<'a>(names: impl Iterator<Item = Cow<'a, str>>) -> Vec<(Cow<'a, str>, usize)> {
    let mut counted: Vec<(Cow<'_, str>, usize)> = Vec::new();
    for name in names {
        match counted.iter_mut().find(|(known, _)| *known == name) {
            Some((_, number)) => *number += 1,
            None => counted.push((name, 1)),
        }
    }
    counted
}

fn batch_name(counted: &[(Cow<'_, str>, usize)]) -> String {
    let listed: Vec<_> =
        counted.iter().take(TYPES).map(|(name, number)| format!("{number} × {name}")).collect();
    let listed = listed.join(", ");
    match counted.len().saturating_sub(TYPES) {
        0 => format!("batch: {listed}"),
        more => format!("batch: {listed} and {more} more types"),
    }
}

/// An event: its envelope, and the payload if it is known what of it is sensitive.
fn event(driver: &Driver, event: &ReceivedEvent) -> Value {
    let envelope = &event.envelope;
    let registry = &driver.parts().config.registry;
    let payload = registry.get(&envelope.event_type).and_then(|kind| {
        let json = kind.encode(event).ok()?;
        let redacted = redact(json.as_str(), kind.sensitive.iter().copied());
        serde_json::from_str(redacted.as_deref().unwrap_or(json.as_str())).ok()
    });
    json!({
        "type": &*envelope.event_type,
        "organizationId": envelope.organization,
        "timestamp": envelope.timestamp,
        "offset": envelope.position.as_ref().map(|position| position.offset),
        "payload": bounds::payload(payload.unwrap_or(Value::Null)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_named_by_what_is_in_them() {
        let names = ["patient_updated", "user_online", "patient_updated"];
        let counted = counted(names.into_iter().map(Cow::from));
        assert_eq!(batch_name(&counted), "batch: 2 × patient_updated, 1 × user_online");
    }

    #[test]
    fn the_name_of_a_batch_is_bounded() {
        let names: Vec<_> = (0..15).map(|number| format!("type_{number}")).collect();
        let name = batch_name(&counted(names.iter().map(Cow::from)));
        assert!(name.ends_with("1 × type_9 and 5 more types"), "{name}");
    }
}
