//! What an entity is: something with an id that an event keeps up to date.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use yewdux_socket_core::SocketEvent;
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::event::{
    Organization, OrganizationUpdated, Patient, PatientUpdated, User, UserUpdated,
};

/// What an event does to an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityChange<T> {
    /// The entity is added, or replaces the one with its id.
    Set(Arc<T>),
    /// The entity with this id is gone.
    Remove(String),
}

/// Something with an id that an event keeps up to date.
///
/// ```
/// use std::sync::Arc;
///
/// use serde::{Deserialize, Serialize};
/// use yewdux_socket::{Entity, EntityChange, SocketEvent};
///
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct Bed {
///     id: String,
///     free: bool,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct BedChanged {
///     bed: Arc<Bed>,
/// }
/// impl SocketEvent for BedChanged {
///     const TYPE: &'static str = "bed_changed";
/// }
///
/// impl Entity for Bed {
///     type Event = BedChanged;
///     const TOPIC: &'static str = "beds";
///
///     fn id(&self) -> &str {
///         &self.id
///     }
///     fn change(event: &BedChanged) -> EntityChange<Self> {
///         EntityChange::Set(event.bed.clone())
///     }
/// }
/// ```
///
/// An event that belongs to everybody keeps no entity up to date, since entities are those of an organization. It does not compile:
///
/// ```compile_fail
/// # use std::sync::Arc;
/// # use serde::{Deserialize, Serialize};
/// # use yewdux_socket::event::Scope;
/// # use yewdux_socket::{Entity, EntityChange, EntitySlice, SocketEvent, SocketOptions};
/// # #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// # struct Bed { id: String }
/// # #[derive(Serialize, Deserialize)]
/// # struct BedChanged { bed: Arc<Bed> }
/// impl SocketEvent for BedChanged {
///     const TYPE: &'static str = "bed_changed";
///     const SCOPE: Scope = Scope::Global;
/// }
/// # impl Entity for Bed {
/// #     type Event = BedChanged;
/// #     const TOPIC: &'static str = "beds";
/// #     fn id(&self) -> &str { &self.id }
/// #     fn change(event: &BedChanged) -> EntityChange<Self> { EntityChange::Set(event.bed.clone()) }
/// # }
/// let options = SocketOptions::new("wss://ward.example/ws").slice::<EntitySlice<Bed>>();
/// ```
pub trait Entity: Clone + PartialEq + Serialize + DeserializeOwned + 'static {
    /// The event that changes entities of this kind. It must belong to an organization.
    type Event: SocketEvent;
    /// The topic of their snapshots.
    const TOPIC: &'static str;
    /// The paths of the [`Sensitive`](crate::Sensitive) fields of a snapshot's entry.
    const SENSITIVE: &'static [&'static str] = &[];

    /// The id, unique within an organization.
    fn id(&self) -> &str;

    /// Checks the values of an entry of a snapshot, as [`SocketEvent::validate`] checks those of an event.
    fn validate(&self) -> Result<(), ValidationError> {
        Ok(())
    }

    /// What an event does. One that holds its entity in an `Arc` shares it with the state: nothing is copied. (That needs
    /// the feature `rc` of serde, which this library has on.)
    fn change(event: &Self::Event) -> EntityChange<Self>;
}

impl Entity for Patient {
    type Event = PatientUpdated;
    const TOPIC: &'static str = "patients";
    const SENSITIVE: &'static [&'static str] = Patient::SENSITIVE;

    fn id(&self) -> &str {
        &self.id
    }

    fn validate(&self) -> Result<(), ValidationError> {
        ValidationError::check(self)
    }

    fn change(event: &PatientUpdated) -> EntityChange<Self> {
        EntityChange::Set(event.patient.clone())
    }
}

impl Entity for Organization {
    type Event = OrganizationUpdated;
    const TOPIC: &'static str = "organization";

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn validate(&self) -> Result<(), ValidationError> {
        ValidationError::check(self)
    }

    fn change(event: &OrganizationUpdated) -> EntityChange<Self> {
        EntityChange::Set(event.organization.clone())
    }
}

impl Entity for User {
    type Event = UserUpdated;
    const TOPIC: &'static str = "users";

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn validate(&self) -> Result<(), ValidationError> {
        self.validate()
    }

    fn change(event: &UserUpdated) -> EntityChange<Self> {
        EntityChange::Set(event.user.clone())
    }
}
