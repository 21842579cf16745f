//! The slices as the extension shows them: what an application sees of them, without tokens, sessions, payloads of what is
//! not sent yet, words of errors, and what is sensitive.

use serde_json::{Map, Value, json};
use yewdux_socket_core::{OrganizationId, PresenceState, QueuedEvent, UserPresence, redact};

use super::bounds;
use crate::driver::Driver;
use crate::slices::{EventQueueSlice, Inspected, PresenceSlice, SocketSlice};

/// All slices of a socket.
pub(super) fn state(driver: &Driver) -> Value {
    let context = driver.context();
    let (socket, queue) = (context.get::<SocketSlice>(), context.get::<EventQueueSlice>());
    let presence = context.get::<PresenceSlice>();
    let mut state = Map::new();
    let mut show = |name: &str, make: &dyn Fn(usize) -> Option<Value>| {
        let Some(shown) = bounds::slice(make) else { return };
        // Two slices may follow one topic.
        let is_taken = state.contains_key(name);
        let key = if is_taken { format!("{name} ({})", state.len()) } else { name.to_owned() };
        state.insert(key, shown);
    };
    show("socket", &|most| Some(connection(&socket, most)));
    show("presence", &|most| Some(online(&presence.presence, most)));
    show("eventQueue", &|most| Some(queued(&queue, most)));
    for slice in &driver.parts().slices {
        show(slice.name(), &|most| slice.inspect(context, most).as_ref().map(own));
    }
    Value::Object(state)
}

/// What the application's slice shows, without what it names as sensitive.
fn own(slice: &Inspected) -> Value {
    let json = slice.json.as_str();
    let redacted = redact(json, slice.sensitive.iter().copied());
    serde_json::from_str(redacted.as_deref().unwrap_or(json)).unwrap_or_default()
}

fn connection(slice: &SocketSlice, most: usize) -> Value {
    let connection = &slice.connection;
    let codes = |reports: &[yewdux_socket_core::ErrorReport]| -> Vec<_> {
        reports.iter().map(|report| report.error.code()).collect()
    };
    let principal = slice.principal.as_ref().map(|principal| {
        let organizations: Vec<_> = principal.organizations.iter().take(most).collect();
        json!({ "userId": principal.user_id, "organizations": organizations })
    });
    json!({
        "status": connection.status,
        "lastConnected": connection.last_connected,
        "reconnectAttempts": connection.reconnect_attempts,
        "latency": connection.latency,
        "error": connection.error.as_ref().map(|report| report.error.code()),
        "isLost": connection.is_lost,
        "principal": principal,
        "synchronizing": &*slice.synchronizing,
        "recentErrors": codes(&slice.recent_errors),
        "quarantined": slice.quarantine.len(),
    })
}

fn online(state: &PresenceState, most: usize) -> Value {
    let user = |user: &UserPresence| {
        json!({
            "userId": user.user_id,
            "name": user.user.name,
            "socketCount": user.socket_count,
            "lastSeen": user.last_seen,
        })
    };
    let of = |organization: &OrganizationId| {
        let users = state.online_users(organization).take(most).map(|it| user(it));
        let seen = json!({ "count": state.online_count(organization), "users": users.collect::<Vec<_>>() });
        (organization.to_string(), seen)
    };
    state.user_organizations().iter().take(most).map(of).collect::<Map<_, _>>().into()
}

fn queued(slice: &EventQueueSlice, most: usize) -> Value {
    let waiting = |event: &QueuedEvent| {
        json!({
            "id": event.id,
            "type": &*event.event_type,
            "organizationId": event.organization_id,
            "inFlight": event.in_flight,
            "durable": event.durable,
            "retryCount": event.retry_count,
        })
    };
    let outcomes = slice.outcomes().rev().take(most);
    let outcomes = outcomes.map(|(id, outcome)| json!({ "id": id, "outcome": outcome.code() }));
    let events = slice.queued_events.iter().take(most).map(|event| waiting(event));
    json!({
        "count": slice.queued_events.len(),
        "queuedEvents": events.collect::<Vec<_>>(),
        "latestOutcomes": outcomes.collect::<Vec<_>>(),
    })
}
