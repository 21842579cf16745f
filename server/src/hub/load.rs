//! Changes that nobody made, for a development server: `POST /dev/load`.

use yewdux_socket_core::event::{PatientEdited, SocketEvent};
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{Envelope, OrganizationId};

use super::command::Verified;
use super::error::{LoadRefusal, Rejection};
use super::state::State;
use crate::auth::Claims;
use crate::clock::now;

/// Heart rates that people have, and how far apart the ones of two changes of a patient are.
const RATES: u64 = 90;
const LOWEST: u64 = 55;
const PACE: u64 = 7;

impl State {
    /// Changes the heart rates of so many patients, one after the other, as if the user had edited them. The user's right
    /// to it is asked for each one.
    pub(super) fn load(
        &mut self,
        claims: &Claims,
        organization: &OrganizationId,
        from: u64,
        count: u32,
    ) -> Result<(), LoadRefusal> {
        if self.closed {
            return Err(LoadRefusal::Stopped);
        }
        if !self.is_current(claims) {
            return Err(LoadRefusal::Unauthorized);
        }
        let tenant = self.tenants.get(organization).ok_or(LoadRefusal::NotPermitted)?;
        let patients: Vec<_> = tenant.patients.keys().cloned().collect();
        let number = patients.len() as u64;
        if number == 0 {
            return Err(LoadRefusal::NotPermitted);
        }
        // If none is wanted the first one is tried without effect: whoever asks learns whether it is permitted.
        for index in from..=from + u64::from(count).saturating_sub(1) {
            #[expect(clippy::cast_possible_truncation, reason = "below the number of patients")]
            let patient = &patients[(index % number) as usize];
            let rate = LOWEST + (index + index / number * PACE) % RATES;
            let edit = PatientEdited {
                patient_id: patient.clone(),
                heart_rate: u16::try_from(rate).ok(),
                ..PatientEdited::default()
            };
            self.edit(claims, organization, &edit, count > 0).map_err(|rejection| {
                tracing::info!(user = %claims.user, code = rejection.code, "a load is refused");
                LoadRefusal::NotPermitted
            })?;
        }
        Ok(())
    }

    /// Does what an emitted edit does, but for the idempotency key.
    fn edit(
        &mut self,
        claims: &Claims,
        organization: &OrganizationId,
        edit: &PatientEdited,
        take_effect: bool,
    ) -> Result<(), Rejection> {
        let unknown = || Rejection { code: "unknown_type", reason: "No such type.".to_owned() };
        let kind = self.registry.get(PatientEdited::TYPE).ok_or_else(unknown)?.clone();
        let envelope = Envelope {
            event_type: kind.event_type.clone(),
            organization: Some(organization.clone()),
            timestamp: now(),
            position: None,
        };
        let payload = RawJson::of(edit).map_err(|_| unknown())?;
        let event = kind.decode(envelope, payload.as_str())?;
        let verified = Verified { kind, event, payload, body: [0; 32] };
        self.permit(&claims.user, &verified)?;
        if take_effect {
            self.take_effect(organization, &verified)?;
        }
        Ok(())
    }
}
