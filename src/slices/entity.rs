//! Entities by organization and id, kept up to date by one event type and one snapshot topic.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use litemap::LiteMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use yewdux::{Context, Store};
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::event::{
    EventRegistry, Organization, OrganizationUpdated, Patient, PatientUpdated, RegisterError,
    Scope, User, UserUpdated,
};
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{OrganizationId, ReceivedEvent, SocketEvent};

use super::{Entities, RealtimeSlice};

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

/// The ready-made slice for domain state: entities by organization and id.
#[derive(Debug, Clone)]
pub struct EntitySlice<T> {
    organizations: Rc<LiteMap<OrganizationId, Entities<T>>>,
}

impl<T> EntitySlice<T> {
    /// Whether anything is known of an organization, be it that it has no entities. Until its first snapshot
    /// or event nothing is.
    pub fn holds(&self, organization: &OrganizationId) -> bool {
        self.organizations.contains_key(organization)
    }

    /// The entities of an organization; none for one that is not known.
    pub fn organization(&self, organization: &OrganizationId) -> Entities<T> {
        self.organizations.get(organization).cloned().unwrap_or_default()
    }
}

impl<T> Default for EntitySlice<T> {
    fn default() -> Self {
        Self { organizations: Rc::new(LiteMap::new()) }
    }
}

impl<T: Entity> Store for EntitySlice<T> {
    fn new(_: &Context) -> Self {
        Self::default()
    }

    fn should_notify(&self, old: &Self) -> bool {
        !Rc::ptr_eq(&self.organizations, &old.organizations)
    }
}

impl<T: Entity> RealtimeSlice for EntitySlice<T> {
    const TOPIC: Option<&'static str> = Some(T::TOPIC);
    const EVENT: Option<&'static str> = Some(T::Event::TYPE);
    const SENSITIVE: &'static [&'static str] = T::SENSITIVE;

    fn register(registry: &mut EventRegistry) -> Result<(), RegisterError> {
        const {
            assert!(
                matches!(T::Event::SCOPE, Scope::Organization),
                "entities belong to an organization"
            );
        };
        registry.follow::<T::Event>().map(|_| ())
    }

    fn apply(&mut self, events: &[Arc<ReceivedEvent>]) {
        let before = self.organizations.clone();
        let mut changed = false;
        for event in events {
            let (Some(payload), Some(organization)) =
                (event.payload::<T::Event>(), &event.envelope.organization)
            else {
                continue;
            };
            let organizations = Rc::make_mut(&mut self.organizations);
            if !organizations.contains_key(organization) {
                organizations.insert(organization.clone(), Entities::default());
                changed = true;
            }
            let Some(entities) = organizations.get_mut(organization) else { continue };
            changed |= match T::change(payload) {
                EntityChange::Set(entity) => entities.set(entity),
                EntityChange::Remove(id) => entities.remove(&id),
            };
        }
        if !changed {
            // Nobody is told of what is as it was.
            self.organizations = before;
        }
    }

    fn replace(
        &mut self,
        organization: &OrganizationId,
        entries: &[RawJson],
    ) -> Result<(), ValidationError> {
        let before = self.organization(organization);
        let mut entities = Entities::default();
        let mut result = Ok(());
        for entry in entries {
            let valid = |entity: T| entity.validate().map(|()| entity);
            match entry.decode::<T>().and_then(valid) {
                Ok(entity) => {
                    // What did not change stays the very same, so that its row does not render again.
                    let known = before.get(entity.id()).filter(|known| ***known == entity).cloned();
                    entities.set(known.unwrap_or_else(|| Arc::new(entity)));
                }
                Err(error) => result = result.and(Err(error)),
            }
        }
        Rc::make_mut(&mut self.organizations).insert(organization.clone(), entities);
        result
    }

    fn purge(&mut self, organization: Option<&OrganizationId>) {
        let organizations = Rc::make_mut(&mut self.organizations);
        match organization {
            Some(organization) => drop(organizations.remove(organization)),
            None => organizations.clear(),
        }
    }

    fn inspect(&self, most: usize) -> Option<RawJson> {
        let organizations = self.organizations.iter().take(most).map(|(id, entities)| {
            let entries = entities.iter().take(most).map(|entity| &**entity).collect();
            (id, Inspected { count: entities.len(), entries })
        });
        RawJson::of(&organizations.collect::<BTreeMap<_, _>>()).ok()
    }
}

/// What developer tools show of an organization's entities: the first of them, ordered by id.
#[derive(Serialize)]
struct Inspected<'a, T> {
    count: usize,
    entries: Vec<&'a T>,
}
