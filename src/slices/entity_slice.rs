//! Entities by organization and id, kept up to date by one event type and one snapshot topic.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use litemap::LiteMap;
use serde::Serialize;
use yewdux::{Context, Store};
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::event::{EventRegistry, RegisterError, Scope};
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{OrganizationId, ReceivedEvent, SocketEvent};

use super::entities::Entities;
use super::entity::{Entity, EntityChange};
use super::realtime::RealtimeSlice;

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
