//! `$emit`: whether an event is accepted, and what it does.
//!
//! The effect, the place in the history and the idempotency key go into one transaction, and the ack goes out
//! after it. So an event that was acknowledged has happened, once, and one that was not may be sent again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use yewdux_socket_core::error::{PermissionError, ValidationError};
use yewdux_socket_core::event::{
    Organization, OrganizationUpdated, Patient, PatientEdited, PatientUpdated, Position,
    ReceivedEvent, Scope, SocketEvent, UserUpdated,
};
use yewdux_socket_core::wire::{Ack, AckStatus, RawJson, ServerMessage, capability};
use yewdux_socket_core::{EventId, OrganizationId, UserId, redact};

use super::command::{ConnectionId, Verified};
use super::error::{PublishError, Rejection};
use super::keys::Known;
use super::state::State;
use crate::clock::now;
use crate::outgoing::Item;
use crate::store::{Change, KeyRecord};

impl State {
    /// Handles an emitted event and acknowledges it, if acks are offered.
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
        let organization =
            event.as_ref().ok().and_then(|event| event.event.envelope.organization.clone());
        let (status, rejection) = match event.and_then(|event| self.accept(&user, &id, &event)) {
            Ok(status) => (status, None),
            Err(rejection) => (AckStatus::Rejected, Some(rejection)),
        };
        let code = rejection.as_ref().map(|rejection| rejection.code);
        if let Some(code) = code.filter(|code| PermissionError::REFUSALS.contains(code)) {
            self.refusals.count(&user, code, organization.as_ref());
        }
        tracing::debug!(%user, %id, ?status, code = rejection.as_ref().map(|rejection| rejection.code), "emit");
        if !self.offer.has(capability::ACK) {
            return;
        }
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
        // Comes first: what was decided stays decided, whatever has changed since.
        match self.keys.look_up(user, id, &body) {
            Known::Repeated => return Ok(AckStatus::Accepted),
            Known::Conflict => return Ok(AckStatus::Conflict),
            Known::Rejected(rejection) => return Err(rejection),
            Known::New => {}
        }
        let effect = self.permit(user, verified).and_then(|organization| {
            let seen = self.without_unseen(user, &organization, verified)?;
            self.take_effect(&organization, &seen)
        });
        if let Err(rejection) = effect {
            self.keys.reject(user, id.clone(), body, rejection.clone());
            return Err(rejection);
        }
        let record = KeyRecord { body, accepted_at: now() };
        for forgotten in self.keys.insert(user, id.clone(), record) {
            self.change(Change::NoKey(user.clone(), forgotten));
        }
        self.change(Change::Key(user.clone(), id.clone(), record));
        Ok(AckStatus::Accepted)
    }

    /// The organization of an event, if the user may emit it there.
    pub(super) fn permit(
        &self,
        user: &UserId,
        verified: &Verified,
    ) -> Result<OrganizationId, Rejection> {
        let not_permitted =
            || Rejection { code: "not_permitted", reason: "Your role does not allow this.".into() };
        let envelope = &verified.event.envelope;
        let member = self.members.get(user).ok_or_else(not_permitted)?;
        let subject = || verified.kind.subject(verified.payload.as_str());
        member.filter.validate_event_permission(envelope, &verified.kind, user, subject)?;
        // What is global would reach users that the emitter shares nothing with.
        envelope.organization.clone().ok_or_else(not_permitted)
    }

    /// The event without the fields that its emitter may not see: nobody writes over what is hidden from them.
    fn without_unseen<'a>(
        &self,
        user: &UserId,
        organization: &OrganizationId,
        verified: &'a Verified,
    ) -> Result<Cow<'a, Verified>, Rejection> {
        let Verified { kind, event, payload, .. } = verified;
        let hidden = self.members.get(user).map(|member| {
            member.filter.hidden(&kind.event_type, kind.sensitive, Some(organization))
        });
        let Some(redacted) = redact(payload.as_str(), hidden.unwrap_or_default()) else {
            return Ok(Cow::Borrowed(verified));
        };
        Ok(Cow::Owned(Verified {
            event: kind.decode(event.envelope.clone(), &redacted)?,
            payload: RawJson::parse(redacted).map_err(|_| ValidationError::PayloadShape)?,
            ..verified.clone()
        }))
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

    /// Changes the state as the event says, and appends the event, or what it leads to. Types that the server
    /// does not know the meaning of change nothing.
    pub(super) fn take_effect(
        &mut self,
        organization: &OrganizationId,
        verified: &Verified,
    ) -> Result<Position, Rejection> {
        let event = &verified.event;
        let tenant = self.tenants.get(organization).ok_or(PermissionError::ForeignOrganization)?;

        // First everything that can be refused, so that a refused event leaves no trace.
        let patient_update = patient_update(event, &tenant.patients)?;
        if let Some(update) = &patient_update
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
        let (event_type, payload) = match &patient_update {
            // Everybody hears what the patient is now, so that nobody has to know what it was.
            Some(update) => {
                let json =
                    serde_json::to_string(update).map_err(|_| ValidationError::PayloadShape)?;
                (PatientUpdated::TYPE, Cow::Owned(json))
            }
            None => (&*event.envelope.event_type, Cow::Borrowed(verified.payload.as_str())),
        };
        let position = self.append(organization, event_type, now(), &payload)?;

        let Some(tenant) = self.tenants.get_mut(organization) else { return Ok(position) };
        if let Some(PatientUpdated { patient }) = patient_update {
            tenant.patients.insert(patient.id.clone(), patient.clone());
            self.change(Change::Patient(organization.clone(), patient));
        } else if let Some(OrganizationUpdated { organization: data }) = event.payload() {
            tenant.organization = Organization::clone(data);
            self.change(Change::Organization(Organization::clone(data)));
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

/// What an event makes of a patient, if it is about one. An edit is folded into what the patient is now, not
/// into what its author saw: it may have waited while others edited the same patient.
fn patient_update(
    event: &ReceivedEvent,
    patients: &BTreeMap<String, Arc<Patient>>,
) -> Result<Option<PatientUpdated>, Rejection> {
    if let Some(update) = event.payload::<PatientUpdated>() {
        not_blank("patient.name", &update.patient.name)?;
        not_blank("patient.ward", &update.patient.ward)?;
        let mut update = update.clone();
        if update.patient.diagnosis.is_redacted()
            && let Some(known) = patients.get(&update.patient.id)
        {
            // Who may not see it cannot have meant to take it away.
            Arc::make_mut(&mut update.patient).diagnosis = known.diagnosis.clone();
        }
        return Ok(Some(update));
    }
    let Some(edit) = event.payload::<PatientEdited>() else { return Ok(None) };
    if let Some(ward) = &edit.ward {
        not_blank("ward", ward)?;
    }
    let patient = patients.get(&edit.patient_id).ok_or_else(|| Rejection {
        code: "unknown_patient",
        reason: "The organization has no such patient.".into(),
    })?;
    Ok(Some(PatientUpdated { patient: edit.apply_to(patient).into() }))
}

fn not_blank(field: &'static str, text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() { Err(ValidationError::value(field, "blank")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use yewdux_socket_core::event::PatientStatus;
    use yewdux_socket_core::{Envelope, EventRegistry, Sensitive};

    use super::*;

    /// What an event makes of a patient in ward A1 with a heart rate of 60, or the code of its rejection.
    fn outcome(event_type: &str, json: &str) -> Result<Option<Arc<Patient>>, &'static str> {
        let patient = Patient {
            id: "p".into(),
            name: "Ida Holm".into(),
            ward: "A1".into(),
            status: PatientStatus::Stable,
            heart_rate: 60,
            diagnosis: Sensitive::new("Influenza".into()),
        };
        let envelope = Envelope {
            event_type: event_type.into(),
            organization: Some(OrganizationId::from("north")),
            timestamp: now(),
            position: None,
        };
        let registry = EventRegistry::builtin();
        let event = registry.get(event_type).unwrap().decode(envelope, json).unwrap();
        patient_update(&event, &BTreeMap::from([(patient.id.clone(), patient.into())]))
            .map(|update| update.map(|update| update.patient))
            .map_err(|rejection| rejection.code)
    }

    #[test]
    fn an_edit_leaves_what_it_does_not_name() {
        let edited = |json| {
            let patient = outcome("patient_edited", json).unwrap().unwrap();
            (patient.name.clone(), patient.ward.clone(), patient.status, patient.heart_rate)
        };
        let ida = "Ida Holm".to_owned();
        assert_eq!(
            edited(r#"{"patientId":"p","ward":"B2"}"#),
            (ida.clone(), "B2".to_owned(), PatientStatus::Stable, 60)
        );
        assert_eq!(
            edited(r#"{"patientId":"p","status":"critical","heartRate":140}"#),
            (ida, "A1".to_owned(), PatientStatus::Critical, 140)
        );
    }

    #[test]
    fn what_no_patient_can_be_is_refused() {
        let updated = |name: &str, ward: &str| {
            let json = format!(
                r#"{{"patient":{{"id":"q","name":"{name}","ward":"{ward}","status":"stable","heartRate":1}}}}"#
            );
            outcome("patient_updated", &json)
        };
        assert_eq!(updated("Q", "A1").unwrap().unwrap().id, "q", "an update may bring a patient");
        let blind =
            r#"{"patient":{"id":"p","name":"P","ward":"A1","status":"stable","heartRate":1}}"#;
        let known = outcome("patient_updated", blind).unwrap().unwrap();
        assert_eq!(known.diagnosis, Sensitive::new("Influenza".into()), "nobody wrote over it");
        assert_eq!(updated(" ", "A1"), Err("invalid_value"));
        assert_eq!(updated("Q", "\u{2003}"), Err("invalid_value"));
        for (json, code) in [
            (r#"{"patientId":"q","heartRate":1}"#, "unknown_patient"),
            (r#"{"patientId":"p","ward":""}"#, "invalid_value"),
            (r#"{"patientId":"p","ward":"  "}"#, "invalid_value"),
        ] {
            assert_eq!(outcome("patient_edited", json), Err(code), "{json}");
        }
    }

    #[test]
    fn other_events_concern_no_patient() {
        assert_eq!(outcome("user_updated", r#"{"user":{"id":"ana","name":"A"}}"#), Ok(None));
    }
}
