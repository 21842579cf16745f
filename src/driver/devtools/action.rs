//! A commit as the extension lists it: its name, its events without what is sensitive, and outcomes.

use std::fmt::Write;

use serde_json::{Value, json};
use yewdux_socket_core::{Inbound, ReceivedEvent, redact};

use super::Shown;
use super::bounds::{self, ENTRIES, EVENTS, TYPES};
use crate::driver::Driver;
use crate::driver::commit::Batch;

/// A commit as an action.
pub(super) fn action(driver: &Driver, batch: &Batch, before: Shown, now: Shown) -> Value {
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
    json!({
        "type": name(batch, before, now),
        "omittedEvents": number - events.len(),
        "events": events,
        "outcomes": outcomes,
    })
}

/// What a commit is called.
fn name(batch: &Batch, before: Shown, now: Shown) -> String {
    let inbound = batch.inbound.iter().map(|inbound| match inbound {
        Inbound::Event(event) => &*event.envelope.event_type,
        Inbound::Snapshot(_) => "snapshot",
        Inbound::Purge(_) => "purge",
        Inbound::PurgeAll => "purge of everything",
        _ => "change",
    });
    let settled = batch.settled.iter().map(|(_, outcome)| outcome.code());
    let counted = counted(inbound.chain(settled));
    match &*counted {
        [] if now.status != before.status => format!("connection: {}", now.status.as_str()),
        [] if now.waiting != before.waiting => format!("outbox: {} waiting", now.waiting),
        [] => "connection".to_owned(),
        [(name, 1)] => (*name).to_owned(),
        all => batch_name(all),
    }
}

/// How many there are of each, in the order in which they came first.
fn counted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(&'a str, usize)> {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for name in names {
        match counted.iter_mut().find(|(known, _)| *known == name) {
            Some((_, number)) => *number += 1,
            None => counted.push((name, 1)),
        }
    }
    counted
}

fn batch_name(counted: &[(&str, usize)]) -> String {
    let mut text = "batch: ".to_owned();
    for (index, (name, number)) in counted.iter().take(TYPES).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing into a string cannot fail.
        let _ = write!(text, "{comma}{number} × {name}");
    }
    if counted.len() > TYPES {
        let _ = write!(text, " and {} more types", counted.len() - TYPES);
    }
    text
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
        let counted = counted(names.into_iter());
        assert_eq!(batch_name(&counted), "batch: 2 × patient_updated, 1 × user_online");
    }

    #[test]
    fn the_name_of_a_batch_is_bounded() {
        let names: Vec<_> = (0..15).map(|number| format!("type_{number}")).collect();
        let name = batch_name(&counted(names.iter().map(String::as_str)));
        assert!(name.ends_with("1 × type_9 and 5 more types"), "{name}");
    }
}
