//! Which event types exist, and how each is decoded and validated.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use litemap::LiteMap;
use thiserror::Error;

use super::locate::field_at;
use super::{
    Direction, Envelope, Lane, OrganizationUpdated, PatientEdited, PatientUpdated, RESERVED_KEYS,
    Scope, SocketEvent, UserOffline, UserOnline, UserUpdated,
};
use crate::error::ValidationError;
use crate::id::{MAX_ID_BYTES, UserId, check};
use crate::json::{FromJson, ToJson, Value};
use crate::rate_limit::Rate;
use crate::scan::RawJson;

/// What an event carries, of whatever type.
#[derive(Clone)]
pub(crate) struct Payload(Arc<dyn Any + Send + Sync>);

impl Payload {
    fn get<T: 'static>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }

    /// The event of this envelope and payload.
    pub(crate) fn with(self, envelope: Envelope) -> ReceivedEvent {
        ReceivedEvent { envelope, payload: self, received: Duration::ZERO }
    }
}

/// A type was not registered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// Types that begin with `$` belong to the protocol. Choose another name.
    #[error("`{0}` begins with `$`, which is kept for the protocol")]
    Reserved(&'static str),
    /// A field of the payload has the name of a key of the envelope. Give it another one.
    #[error("`{0}` is a key of the envelope and no field of a payload")]
    ReservedField(&'static str),
    /// Another Rust type has this name already. Use [`EventRegistry::replace`] if that is meant.
    #[error("`{0}` is registered already")]
    Duplicate(&'static str),
    /// The protocol binds events of this name to an organization, and the type says that they are global: they would pass
    /// the tenant filter without one. Choose another name.
    #[error("`{0}` belongs to an organization by the protocol and cannot be global")]
    NotGlobal(&'static str),
    /// The type has no name, or one that is too long or holds characters that no id has.
    #[error(
        "an event type has 1 to {MAX_ID_BYTES} visible ASCII characters other than \" < > \\ `"
    )]
    InvalidName,
}

/// The types whose events belong to an organization by the protocol, whether a client has registered them or not.
const BOUND_TO_AN_ORGANIZATION: [&str; 6] = [
    UserUpdated::TYPE,
    UserOnline::TYPE,
    UserOffline::TYPE,
    PatientUpdated::TYPE,
    PatientEdited::TYPE,
    OrganizationUpdated::TYPE,
];

/// To whom an event belongs whose type is not registered, by the organization that its envelope names. Without one it is
/// global only if the protocol does not bind it.
pub(crate) fn scope_of_unknown(event_type: &str, organization: Option<&str>) -> Scope {
    if organization.is_some() || BOUND_TO_AN_ORGANIZATION.contains(&event_type) {
        Scope::Organization
    } else {
        Scope::Global
    }
}

/// What the registry knows of one event type.
#[derive(Clone)]
pub struct EventKind {
    /// The `type` in the envelope.
    pub event_type: Arc<str>,
    /// To whom its events belong.
    pub scope: Scope,
    /// Which way its events may travel.
    pub direction: Direction,
    /// The lane in which its emitted events wait.
    pub lane: Lane,
    /// How long an emitted event is worth delivering.
    pub time_to_live: Duration,
    /// Whether an emitted event is written at once or not at all.
    pub volatile: bool,
    /// How fast its events may be emitted, if it has a rate of its own.
    pub emit_rate: Option<Rate>,
    /// The paths of the payload's sensitive fields.
    pub sensitive: &'static [&'static str],
    rust_type: TypeId,
    /// Reads the structure.
    read: fn(&str) -> Result<Payload, ValidationError>,
    /// Checks the values.
    validate: fn(&Payload) -> Result<(), ValidationError>,
    encode: fn(&Payload) -> Option<RawJson>,
    subject: fn(&Payload) -> Option<UserId>,
}

impl fmt::Debug for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventKind")
            .field("event_type", &self.event_type)
            .field("scope", &self.scope)
            .field("direction", &self.direction)
            .field("lane", &self.lane)
            .field("time_to_live", &self.time_to_live)
            .field("volatile", &self.volatile)
            .field("emit_rate", &self.emit_rate)
            .field("sensitive", &self.sensitive)
            .finish_non_exhaustive()
    }
}

impl EventKind {
    fn of<E: SocketEvent>() -> Self {
        let read = |json: &str| match serde_json::from_str::<E>(json) {
            Ok(event) => Ok(Payload(Arc::new(event))),
            Err(error) => Err(unreadable(json, E::FIELDS, &error)),
        };
        let encode = |payload: &Payload| RawJson::of(payload.get::<E>()?).ok();
        Self::by::<E>(read, encode)
    }

    /// An event type that is read and written without serde.
    fn plain<E: SocketEvent + FromJson + ToJson>() -> Self {
        let read = |json: &str| Ok(Payload(Arc::new(Value::parse(json)?.read::<E>()?)));
        let encode = |payload: &Payload| payload.get::<E>().map(|event| RawJson::written(event));
        Self::by::<E>(read, encode)
    }

    /// Whether it is one that [`EventRegistry::add_builtin`] adds.
    fn is_builtin(&self) -> bool {
        [
            TypeId::of::<UserUpdated>(),
            TypeId::of::<PatientUpdated>(),
            TypeId::of::<PatientEdited>(),
            TypeId::of::<OrganizationUpdated>(),
        ]
        .contains(&self.rust_type)
    }

    fn by<E: SocketEvent>(
        read: fn(&str) -> Result<Payload, ValidationError>,
        encode: fn(&Payload) -> Option<RawJson>,
    ) -> Self {
        Self {
            event_type: E::TYPE.into(),
            scope: E::SCOPE,
            direction: E::DIRECTION,
            lane: E::lane(),
            time_to_live: E::time_to_live(),
            volatile: E::VOLATILE,
            emit_rate: E::emit_rate(),
            sensitive: E::SENSITIVE,
            rust_type: TypeId::of::<E>(),
            read,
            validate: |payload| payload.get::<E>().map_or(Ok(()), E::validate),
            encode,
            subject: |payload| payload.get::<E>()?.subject().cloned(),
        }
    }

    /// The user whom an event is about, read from its JSON object.
    pub fn subject(&self, json: &str) -> Option<UserId> {
        (self.subject)(&(self.read)(json).ok()?)
    }

    /// Builds and validates the payload from the whole JSON object of an event.
    pub fn decode(&self, envelope: Envelope, json: &str) -> Result<ReceivedEvent, ValidationError> {
        Ok(self.payload(json)?.with(envelope))
    }

    /// The same without the envelope.
    pub(crate) fn payload(&self, json: &str) -> Result<Payload, ValidationError> {
        let payload = (self.read)(json)?;
        (self.validate)(&payload)?;
        Ok(payload)
    }

    /// The payload of an event of this type as JSON: what the type knows of it, and nothing else that came with it.
    ///
    /// # Errors
    /// [`ValidationError::PayloadShape`] if the event is of another type, or JSON cannot say it.
    pub fn encode(&self, event: &ReceivedEvent) -> Result<RawJson, ValidationError> {
        self.encode_payload(&event.payload)
    }

    /// The same of a payload alone.
    pub(crate) fn encode_payload(&self, payload: &Payload) -> Result<RawJson, ValidationError> {
        (self.encode)(payload).ok_or(ValidationError::PayloadShape)
    }
}

/// What is wrong with a payload, and where.
fn unreadable(
    json: &str,
    fields: &'static [&'static str],
    error: &serde_json::Error,
) -> ValidationError {
    let field = field_at(json, fields, error.line(), error.column());
    ValidationError::structure_of(field, error)
}

/// An event that passed tenant filter, permission and validation.
#[derive(Clone)]
pub struct ReceivedEvent {
    /// Type, organization, time and position.
    pub envelope: Envelope,
    payload: Payload,
    pub(crate) received: Duration,
}

impl ReceivedEvent {
    /// An event of a type that is not registered.
    pub(crate) fn raw(envelope: Envelope, json: RawJson) -> Self {
        Self { envelope, payload: Payload(Arc::new(json)), received: Duration::ZERO }
    }

    /// When the client took it in, on its steady clock; zero for an event that went through no client.
    pub fn received_at(&self) -> Duration {
        self.received
    }

    /// The payload, if the event is an `E`.
    pub fn payload<E: SocketEvent>(&self) -> Option<&E> {
        self.payload.get()
    }

    /// The whole JSON object of an event whose type is not registered, where the client was told to let such events
    /// pass ([`UnknownEvents::Raw`](crate::config::UnknownEvents)).
    pub fn raw_json(&self) -> Option<&RawJson> {
        self.payload.get()
    }
}

impl fmt::Debug for ReceivedEvent {
    /// Leaves the payload out: it may hold what must not be printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedEvent").field("envelope", &self.envelope).finish_non_exhaustive()
    }
}

/// The event types that a client knows. What is not registered is not delivered.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use yewdux_socket_core::event::{EventRegistry, SocketEvent};
///
/// #[derive(Serialize, Deserialize)]
/// struct BedAssigned {
///     bed: u16,
/// }
/// impl SocketEvent for BedAssigned {
///     const TYPE: &'static str = "bed_assigned";
/// }
///
/// let mut registry = EventRegistry::builtin();
/// registry.register::<BedAssigned>().unwrap();
/// assert!(registry.get("bed_assigned").is_some());
/// ```
#[derive(Debug, Clone, Default)]
pub struct EventRegistry {
    kinds: LiteMap<Arc<str>, Arc<EventKind>>,
}

impl EventRegistry {
    /// A registry that knows no event yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The events of presence: `user_online` and `user_offline`.
    pub fn presence() -> Self {
        let mut registry = Self::empty();
        registry.insert(EventKind::plain::<UserOnline>());
        registry.insert(EventKind::plain::<UserOffline>());
        registry
    }

    /// All built-in events: those of presence, `user_updated`, `patient_updated`, `organization_updated`; and
    /// `patient_edited`, by which patients are changed.
    pub fn builtin() -> Self {
        let mut registry = Self::presence();
        registry.add_builtin();
        registry
    }

    /// Adds the built-in events that are none of presence. Whatever is known by the name of one already, stays.
    pub fn add_builtin(&mut self) -> &mut Self {
        let kinds = [
            EventKind::of::<UserUpdated>(),
            EventKind::of::<PatientUpdated>(),
            EventKind::of::<PatientEdited>(),
            EventKind::of::<OrganizationUpdated>(),
        ];
        for kind in kinds {
            if !self.kinds.contains_key(&kind.event_type) {
                self.insert(kind);
            }
        }
        self
    }

    /// Adds an event type. Adding it once more changes nothing.
    pub fn register<E: SocketEvent>(&mut self) -> Result<&mut Self, RegisterError> {
        match self.kinds.get(E::TYPE) {
            Some(kind) if kind.rust_type == TypeId::of::<E>() => Ok(self),
            Some(_) => Err(RegisterError::Duplicate(E::TYPE)),
            None => self.replace::<E>(),
        }
    }

    /// Adds an event type, in the place of another of the same name if there is one: for an application
    /// whose patients, say, carry other data than the built-in ones.
    pub fn replace<E: SocketEvent>(&mut self) -> Result<&mut Self, RegisterError> {
        check(E::TYPE).map_err(|_| RegisterError::InvalidName)?;
        if E::TYPE.starts_with('$') {
            return Err(RegisterError::Reserved(E::TYPE));
        }
        if E::SCOPE == Scope::Global && BOUND_TO_AN_ORGANIZATION.contains(&E::TYPE) {
            return Err(RegisterError::NotGlobal(E::TYPE));
        }
        if let Some(field) = E::FIELDS.iter().find(|field| RESERVED_KEYS.contains(field)) {
            return Err(RegisterError::ReservedField(field));
        }
        self.insert(EventKind::of::<E>());
        Ok(self)
    }

    /// Adds the event type that a slice follows. It takes the place of a built-in one of the same name: patients of the
    /// application may carry other data.
    pub fn follow<E: SocketEvent>(&mut self) -> Result<&mut Self, RegisterError> {
        if self.kinds.get(E::TYPE).is_some_and(|kind| kind.is_builtin()) {
            self.replace::<E>()
        } else {
            self.register::<E>()
        }
    }

    fn insert(&mut self, kind: EventKind) {
        self.kinds.insert(kind.event_type.clone(), Arc::new(kind));
    }

    /// What is known of an event type.
    pub fn get(&self, event_type: &str) -> Option<&EventKind> {
        self.kinds.get(event_type).map(|kind| &**kind)
    }

    /// The same, to be kept.
    pub(crate) fn shared(&self, event_type: &str) -> Option<&Arc<EventKind>> {
        self.kinds.get(event_type)
    }

    /// All registered types in alphabetical order.
    pub fn kinds(&self) -> impl Iterator<Item = &EventKind> {
        self.kinds.values().map(|kind| &**kind)
    }
}

#[cfg(test)]
mod tests;
