//! What a user may see of an event or a snapshot, by the user's roles: the server's half of the permission policy. The
//! client decides the same once more by the same code.

use std::collections::BTreeMap;

use yewdux_socket_core::event::{
    OrganizationUpdated, Patient, PatientUpdated, SocketEvent, UserOnline, UserUpdated,
};
use yewdux_socket_core::tenant::TenantFilter;
use yewdux_socket_core::wire::{PRESENCE_TOPIC, RawJson, ServerMessage, Withheld, skim_event};
use yewdux_socket_core::{Envelope, OrganizationId, UserId, redact};

use super::state::State;
use crate::clock::now;
use crate::outgoing::Item;

/// The topic of patients.
pub(super) const PATIENTS: &str = "patients";
/// The topic of the organization's data.
pub(super) const ORGANIZATION: &str = "organization";
/// The topic of the members' data.
pub(super) const USERS: &str = "users";

/// The event type that keeps a topic up to date: who may not receive that, gets no entries either.
fn kept_by(topic: &str) -> Option<&'static str> {
    Some(match topic {
        PRESENCE_TOPIC => UserOnline::TYPE,
        PATIENTS => PatientUpdated::TYPE,
        ORGANIZATION => OrganizationUpdated::TYPE,
        USERS => UserUpdated::TYPE,
        _ => return None,
    })
}

/// How one event looks to its receivers: each variant is made once, however many receive it.
#[derive(Debug)]
pub(super) struct Views<'a> {
    envelope: &'a Envelope,
    event: &'a RawJson,
    redacted: BTreeMap<Vec<&'static str>, RawJson>,
}

impl<'a> Views<'a> {
    pub(super) fn of(envelope: &'a Envelope, event: &'a RawJson) -> Self {
        Self { envelope, event, redacted: BTreeMap::new() }
    }
}

impl State {
    /// An event as a user may see it. One that the user may not receive is only said to have its place.
    pub(super) fn view(&self, views: &mut Views<'_>, user: &UserId) -> Option<Item> {
        let Views { envelope, event, redacted } = views;
        let organization = envelope.organization.as_ref()?;
        let filter = &self.members.get(user)?.filter;
        let kind = self.registry.get(&envelope.event_type);
        let may = kind.map(|kind| {
            filter.validate_event_receipt(envelope, kind, || kind.subject(event.as_str()))
        });
        // A type that the configuration does not know any more is nobody's.
        let (Some(kind), Some(Ok(()))) = (kind, may) else { return withheld(envelope) };
        let hidden = filter.hidden(&envelope.event_type, kind.sensitive, Some(organization));
        if hidden.is_empty() {
            return Some(Item::event(organization, event));
        }
        let of_these = redacted.entry(hidden);
        let variant = match of_these {
            std::collections::btree_map::Entry::Occupied(made) => made.into_mut(),
            std::collections::btree_map::Entry::Vacant(missing) => {
                let variant = without(event, missing.key())?;
                missing.insert(variant)
            }
        };
        Some(Item::event(organization, variant))
    }

    /// An event of the history as a user may see it.
    pub(super) fn view_of_past(&self, event: &RawJson, user: &UserId) -> Option<Item> {
        let envelope = skim_event(event).ok()?;
        self.view(&mut Views::of(&envelope, event), user)
    }

    /// The entries of a topic as a user may see them.
    pub(super) fn view_of_topic(
        &self,
        topic: &str,
        entries: Vec<RawJson>,
        organization: &OrganizationId,
        user: &UserId,
    ) -> Vec<RawJson> {
        let Some(filter) = self.members.get(user).map(|member| &member.filter) else {
            return Vec::new();
        };
        if !self.may_see_topic(filter, topic, organization) {
            return Vec::new();
        }
        let sensitive = if topic == PATIENTS { Patient::SENSITIVE } else { &[] };
        let hidden = filter.hidden(topic, sensitive, Some(organization));
        if hidden.is_empty() {
            return entries;
        }
        entries.iter().filter_map(|entry| without(entry, &hidden)).collect()
    }

    fn may_see_topic(
        &self,
        filter: &TenantFilter,
        topic: &str,
        organization: &OrganizationId,
    ) -> bool {
        let kind = kept_by(topic).and_then(|event_type| self.registry.get(event_type));
        kind.is_some_and(|kind| {
            let envelope = Envelope {
                event_type: kind.event_type.clone(),
                organization: Some(organization.clone()),
                timestamp: now(),
                position: None,
            };
            filter.validate_event_receipt(&envelope, kind, || None).is_ok()
        })
    }
}

/// `None`, and nothing is sent, if the fields could not be left out of what is JSON.
fn without(json: &RawJson, hidden: &[&str]) -> Option<RawJson> {
    match redact(json.as_str(), hidden.iter().copied()) {
        None => Some(json.clone()),
        Some(redacted) => RawJson::parse(redacted).ok(),
    }
}

fn withheld(envelope: &Envelope) -> Option<Item> {
    let (organization, position) = (envelope.organization.clone()?, envelope.position.clone()?);
    let withheld = Withheld {
        organization_id: organization.clone(),
        epoch: position.epoch,
        offset: position.offset,
    };
    Some(Item::message(&ServerMessage::Withheld(withheld)).of(&organization))
}
