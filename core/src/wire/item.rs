//! One item of a frame, and one that is an event.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::head::{EventHead, Head, message_type};
use crate::error::ValidationError;
use crate::event::{Envelope, Position};
use crate::id::{OrganizationId, StreamEpoch};
use crate::json::Value;
use crate::scan::{Fields, Over, RawJson, Scanned, ShapeLimits, scan_whole};
use crate::time::Timestamp;

/// One JSON value of a frame, unread.
#[derive(Clone, Copy)]
pub struct Item<'a>(pub(super) Scanned<'a>);

impl<'a> Item<'a> {
    /// JSON that was carried along, as an item of its own.
    pub(crate) fn of(json: &'a RawJson) -> Self {
        Self::within(json, &ShapeLimits::default())
    }

    /// The same, its parts held against bounds.
    pub(crate) fn within(json: &'a RawJson, limits: &ShapeLimits) -> Self {
        let json = json.as_str();
        let scanned = scan_whole(json, limits);
        Self(scanned.unwrap_or(Scanned {
            json,
            end: json.len(),
            over: None,
            fields: Fields::default(),
        }))
    }

    /// The text of the value.
    pub fn as_str(&self) -> &'a str {
        self.0.json
    }

    /// The value, to be read without serde.
    pub(super) fn value(&self) -> Value<'a> {
        Value::of(self.0.json)
    }

    /// The `type` of the object.
    pub(super) fn message_type(&self) -> Result<Cow<'a, str>, ValidationError> {
        message_type(self.0.json, &self.0.fields)
    }

    /// The same, where nothing else of the object can be relied on: empty if it cannot be read either.
    pub(crate) fn word(&self) -> Cow<'a, str> {
        self.message_type().unwrap_or_default()
    }

    /// The envelope of the object.
    pub(super) fn head(&self) -> Result<Head<'a>, ValidationError> {
        Head::read(self.0.json, &self.0.fields)
    }
}

impl fmt::Debug for Item<'_> {
    /// Leaves out what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({} bytes)", self.0.json.len())
    }
}

/// An event whose envelope was read and whose payload was not.
pub struct EventItem<'a> {
    head: EventHead<'a>,
    json: &'a str,
    over: Option<Over>,
}

impl<'a> EventItem<'a> {
    pub(super) fn new(head: EventHead<'a>, item: Item<'a>) -> Self {
        Self { head, json: item.0.json, over: item.0.over }
    }

    /// The event type.
    pub fn event_type(&self) -> &str {
        &self.head.event_type
    }

    /// The organization, or `None` for a global event.
    pub fn organization(&self) -> Option<&str> {
        self.head.organization.as_deref()
    }

    /// When the event happened, by the server's clock.
    pub fn timestamp(&self) -> Timestamp {
        self.head.timestamp
    }

    /// The whole JSON object, envelope included.
    pub fn json(&self) -> &'a str {
        self.json
    }

    /// The whole JSON object, in memory of its own.
    pub(crate) fn copy(&self) -> RawJson {
        RawJson::copy(Value::of(self.json))
    }

    /// Whether the parts of the object keep to the bounds that [the frame](super::Items::within) was split with.
    ///
    /// # Errors
    /// [`ValidationError::TooComplex`], naming the bound.
    pub fn shape(&self) -> Result<(), ValidationError> {
        self.over.map_or(Ok(()), |over| Err(over.into()))
    }

    /// The envelope, in memory of its own.
    pub fn envelope(&self) -> Envelope {
        let organization = self.organization().map(OrganizationId::from);
        self.envelope_with(self.event_type().into(), organization, |name| name.into())
    }

    /// The envelope, made from ids that the client has already. `epoch` gives the one of this name.
    pub(crate) fn envelope_with(
        &self,
        event_type: Arc<str>,
        organization: Option<OrganizationId>,
        epoch: impl FnOnce(&str) -> StreamEpoch,
    ) -> Envelope {
        let position = self.head.position.as_ref();
        Envelope {
            event_type,
            organization,
            timestamp: self.head.timestamp,
            position: position
                .map(|(name, offset)| Position { epoch: epoch(name), offset: *offset }),
        }
    }
}

impl fmt::Debug for EventItem<'_> {
    /// Leaves the payload out: it may hold what must not be printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventItem").field("head", &self.head).finish_non_exhaustive()
    }
}
