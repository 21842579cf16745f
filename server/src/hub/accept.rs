//! `$emit`: whether an event is accepted, and what it does.
//!
//! The effect, the place in the history and the idempotency key go into one transaction, and the ack goes out
//! after it. So an event that was acknowledged has happened, once, and one that was not may be sent again.

use yewdux_socket_core::error::{PermissionError, ValidationError};
use yewdux_socket_core::event::{
    OrganizationUpdated, PatientUpdated, Position, Scope, UserUpdated,
};
use yewdux_socket_core::wire::{Ack, AckStatus, ServerMessage};
use yewdux_socket_core::{EventId, OrganizationId, UserId};

use super::command::{ConnectionId, Rejection, Verified};
use super::keys::Known;
use super::now;
use super::state::State;
use crate::connection::Item;
use crate::running::PublishError;
use crate::store::{Change, KeyRecord};

impl State {
    /// Handles an emitted event and acknowledges it.
    pub(super) fn emit(
        &mut self,
        connection: ConnectionId,
        id: EventId,
        event: Result<Box<Verified>, Rejection>,
    ) {
        let Some(emitter) = self.connections.get(&connection) else { return };
        let (user, outgoing) = (emitter.user.clone(), emitter.outgoing.clone());
        // The emitter hears of the ack before the event itself.
        let place = self.place();
        let (status, rejection) = match event.and_then(|event| self.accept(&user, &id, &event)) {
            Ok(status) => (status, None),
            Err(rejection) => (AckStatus::Rejected, Some(rejection)),
        };
        tracing::debug!(%user, %id, ?status, code = rejection.as_ref().map(|rejection| rejection.code), "emit");
        let (code, reason) =
            rejection.map(|rejection| (rejection.code.to_owned(), rejection.reason)).unzip();
        let ack = ServerMessage::Ack(Ack { id, status, code, reason });
        self.send_at(place, &outgoing, Item::message(&ack));
    }

    fn accept(
        &mut self,
        user: &UserId,
        id: &EventId,
        verified: &Verified,
    ) -> Result<AckStatus, Rejection> {
        let body = verified.body;
        // Comes first: what was accepted stays accepted, whatever has changed since.
        match self.keys.look_up(user, id, &body) {
            Known::Repeated => return Ok(AckStatus::Accepted),
            Known::Conflict => return Ok(AckStatus::Conflict),
            Known::New => {}
        }
        let organization = self.permit(user, verified)?;
        self.take_effect(&organization, verified)?;
        let record = KeyRecord { body, accepted_at: now() };
        for forgotten in self.keys.insert(user, id.clone(), record) {
            self.change(Change::NoKey(user.clone(), forgotten));
        }
        self.change(Change::Key(user.clone(), id.clone(), record));
        Ok(AckStatus::Accepted)
    }

    /// The organization of an event, if the user may emit it there.
    fn permit(&self, user: &UserId, verified: &Verified) -> Result<OrganizationId, Rejection> {
        let not_permitted =
            || Rejection { code: "not_permitted", reason: "Your role does not allow this.".into() };
        let envelope = &verified.event.envelope;
        let member = self.members.get(user).ok_or_else(not_permitted)?;
        member.filter.validate_event_permission(envelope, &verified.kind, user)?;
        // What is global would reach users that the emitter shares nothing with.
        let organization = envelope.organization.as_ref().ok_or_else(not_permitted)?;
        let roles =
            member.stored.account.memberships.get(organization).ok_or_else(not_permitted)?;
        let subject = verified.event.payload::<UserUpdated>().map(|event| &event.user.id);
        if !self.policy.permits(&envelope.event_type, user, roles, subject) {
            return Err(not_permitted());
        }
        Ok(organization.clone())
    }

    /// An event of the program around this library. There is nobody whose permission could be asked.
    pub(super) fn publish(&mut self, verified: &Verified) -> Result<Position, PublishError> {
        if verified.kind.scope == Scope::Global || !verified.kind.direction.allows_receiving() {
            return Err(PublishError::NotPublishable);
        }
        let organization =
            verified.event.envelope.organization.clone().ok_or(PublishError::NotPublishable)?;
        if !self.tenants.contains_key(&organization) {
            return Err(PublishError::UnknownOrganization);
        }
        self.take_effect(&organization, verified).map_err(|rejection| PublishError::Rejected {
            code: rejection.code,
            reason: rejection.reason,
        })
    }

    /// Changes the state as the event says, and appends the event. Types that the server does not know the
    /// meaning of change nothing.
    fn take_effect(
        &mut self,
        organization: &OrganizationId,
        verified: &Verified,
    ) -> Result<Position, Rejection> {
        let event = &verified.event;
        let tenant = self.tenants.get(organization).ok_or(PermissionError::ForeignOrganization)?;

        // First everything that can be refused, so that a refused event leaves no trace.
        if let Some(update) = event.payload::<PatientUpdated>()
            && tenant.patients.len() >= self.limits.patients
            && !tenant.patients.contains_key(&update.patient.id)
        {
            return Err(Rejection {
                code: "limit_reached",
                reason: "The organization has too many patients.".into(),
            });
        }
        if let Some(update) = event.payload::<OrganizationUpdated>()
            && update.organization.id != *organization
        {
            return Err(
                ValidationError::value("organization.id", "differs from organizationId").into()
            );
        }
        if let Some(update) = event.payload::<UserUpdated>()
            && !tenant.profiles.contains_key(&update.user.id)
        {
            return Err(
                ValidationError::value("user.id", "is no member of the organization").into()
            );
        }
        let position =
            self.append(organization, &event.envelope.event_type, now(), &verified.payload)?;

        let Some(tenant) = self.tenants.get_mut(organization) else { return Ok(position) };
        if let Some(PatientUpdated { patient }) = event.payload() {
            tenant.patients.insert(patient.id.clone(), patient.clone());
            self.change(Change::Patient(organization.clone(), patient.clone()));
        } else if let Some(OrganizationUpdated { organization: data }) = event.payload() {
            tenant.organization = data.clone();
            self.change(Change::Organization(data.clone()));
        } else if let Some(UserUpdated { user }) = event.payload() {
            // The organization's own copy, so that no organization writes what another one shows.
            tenant.profiles.insert(user.id.clone(), user.clone());
            self.change(Change::Profile(organization.clone(), user.clone()));
            // Presence shows the user's data too, and a snapshot would show the new ones.
            self.announce_if_online(organization, &user.id);
        }
        Ok(position)
    }
}
