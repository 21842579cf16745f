//! The form in which an event is kept over a reload.
//!
//! Like presence, it can be read and written by serde as well; a test holds the two against each other.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{StorageError, ValidationError};
use crate::id::{EventId, OrganizationId, UserId};
use crate::json::{FromJson, Object, ToJson, Value, Wrong};
use crate::scan::RawJson;
use crate::time::Timestamp;

/// An event of the outbox as it is kept over a reload. It holds a payload, so whoever keeps it encrypts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredEvent {
    /// The idempotency key.
    pub id: EventId,
    /// The place in the order of emission. Later events have higher numbers, over reloads too.
    pub sequence: u64,
    /// The event type.
    #[serde(rename = "type")]
    pub event_type: Arc<str>,
    /// The organization that it belongs to, unless it is global.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// The event as it goes over the wire.
    pub payload: RawJson,
    /// When it was emitted, by the wall clock.
    pub timestamp: Timestamp,
    /// When its time to live ends, by the wall clock.
    pub expires_at: Timestamp,
}

impl StoredEvent {
    /// The event and whose it is, as JSON: `{"user":…,"event":…}`.
    pub fn to_json(&self, user: &UserId) -> String {
        let mut json = String::new();
        Object::new(&mut json).field("user", user).field("event", self).end();
        json
    }

    /// Reads what [`StoredEvent::to_json`] wrote.
    ///
    /// # Errors
    /// [`ValidationError::Malformed`] if it is not JSON; [`ValidationError::Structure`] if it is something else.
    pub fn from_json(json: &str) -> Result<(UserId, Self), ValidationError> {
        let [user, event] = Value::parse(json)?.object(&["user", "event"])?;
        Ok((user.required()?, event.required()?))
    }
}

impl ToJson for StoredEvent {
    fn write(&self, json: &mut String) {
        Object::new(json)
            .field("id", &self.id)
            .field("sequence", &self.sequence)
            .field("type", &&*self.event_type)
            .optional("organizationId", self.organization_id.as_ref())
            .field("payload", &self.payload)
            .field("timestamp", &self.timestamp)
            .field("expiresAt", &self.expires_at)
            .end();
    }
}

impl FromJson for StoredEvent {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        let [id, sequence, event_type, organization_id, payload, timestamp, expires_at] = value
            .object(&[
                "id",
                "sequence",
                "type",
                "organizationId",
                "payload",
                "timestamp",
                "expiresAt",
            ])?;
        Ok(Self {
            id: id.required()?,
            sequence: sequence.required()?,
            event_type: event_type.with(|text| Ok(text.string()?.into()))?,
            organization_id: organization_id.optional()?,
            payload: payload.required()?,
            timestamp: timestamp.required()?,
            expires_at: expires_at.required()?,
        })
    }
}

/// What an earlier page of the same user left.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The events, in any order.
    pub events: Vec<StoredEvent>,
    /// Why records were refused, one entry for each. They have been removed.
    pub refused: Vec<StorageError>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> StoredEvent {
        StoredEvent {
            id: EventId::from_bits(7),
            sequence: u64::MAX,
            event_type: "patient_\"edited\"".into(),
            organization_id: Some(OrganizationId::from("north")),
            payload: RawJson::parse(r#"{ "name": "Zoë\n\u0041", "n": [1.50, {}] }"#.to_owned())
                .unwrap(),
            timestamp: Timestamp::from_millis(1_764_000_000_123),
            expires_at: Timestamp::from_millis(1_764_000_600_000),
        }
    }

    #[test]
    fn it_is_written_and_read_as_serde_does() {
        let user = UserId::from("ana");
        for event in [event(), StoredEvent { organization_id: None, ..event() }] {
            let json = event.to_json(&user);
            let inside = serde_json::to_string(&event).unwrap();
            assert_eq!(json, format!(r#"{{"user":"ana","event":{inside}}}"#));
            assert_eq!(serde_json::from_str::<StoredEvent>(&inside).unwrap(), event);
            assert_eq!(StoredEvent::from_json(&json).unwrap(), (user.clone(), event));
        }
    }

    #[test]
    fn what_lacks_something_is_refused_as_serde_does() {
        let whole = serde_json::to_value(event()).unwrap();
        let mut broken: Vec<_> = ["id", "sequence", "type", "payload", "timestamp", "expiresAt"]
            .map(|field| {
                let mut event = whole.clone();
                event.as_object_mut().unwrap().remove(field);
                event
            })
            .into();
        for (field, wrong) in [
            ("id", json!("")),
            ("sequence", json!(-1)),
            ("type", json!(1)),
            ("timestamp", json!("now")),
        ] {
            let mut event = whole.clone();
            event[field] = wrong;
            broken.push(event);
        }
        for event in broken {
            let json = json!({ "user": "ana", "event": event }).to_string();
            assert!(StoredEvent::from_json(&json).is_err(), "{json}");
            assert!(serde_json::from_value::<StoredEvent>(event).is_err(), "{json}");
        }
        for json in ["", "{", "{}", "null", r#"{"user":"ana"}"#] {
            assert!(StoredEvent::from_json(json).is_err(), "{json}");
        }
    }
}
