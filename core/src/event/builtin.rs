//! The built-in events and the data that they carry. What an event says of an entity is shared with the state: it is moved
//! there, not copied.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::SocketEvent;
use crate::error::ValidationError;
use crate::id::{OrganizationId, UserId};
use crate::sensitive::Sensitive;
use crate::text;
use crate::time::Timestamp;

/// The rule of ids that are no [`UserId`] or [`OrganizationId`].
#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde passes its context so")]
fn is_id(text: &str, (): &()) -> garde::Result {
    crate::id::check(text).map_err(garde::Error::new)
}

/// Basic data of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The name to show, of at most 200 characters.
    #[serde(deserialize_with = "text::display")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub name: String,
    /// The address for mail, of at most 200 characters.
    #[serde(default, deserialize_with = "text::display")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub email: String,
    /// The first name, of at most 200 characters.
    #[serde(default, deserialize_with = "text::display")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub first_name: String,
}

impl User {
    /// Checks the values. Presence is part of every page, so its rules are plain code.
    ///
    /// # Errors
    /// [`ValidationError::Value`] with the first that is not acceptable.
    pub fn validate(&self) -> Result<(), ValidationError> {
        let texts =
            [("name", &self.name), ("email", &self.email), ("first_name", &self.first_name)];
        match texts.iter().find(|(_, text)| text.chars().nth(200).is_some()) {
            Some((field, _)) => Err(ValidationError::value(field, "length is greater than 200")),
            None => Ok(()),
        }
    }
}

/// `user_updated`: a user's data changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, SocketEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[socket_event(crate = "crate", type = "user_updated", subject = user.id, validate = Self::check)]
pub struct UserUpdated {
    /// The user after the change.
    pub user: Arc<User>,
}

impl UserUpdated {
    fn check(&self) -> Result<(), ValidationError> {
        self.user.validate().map_err(|error| error.within("user"))
    }
}

/// The presence of one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserPresence {
    /// The user's id.
    pub user_id: UserId,
    /// Basic data of the user.
    pub user: User,
    /// When the user was last seen.
    pub last_seen: Timestamp,
    /// How many sockets the user has open in the organization: at least one.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub socket_count: u32,
    /// The user's organizations, as far as the viewer shares them.
    #[serde(default)]
    pub organizations: Vec<OrganizationId>,
}

impl UserPresence {
    /// Checks the values.
    ///
    /// # Errors
    /// [`ValidationError::Value`] with the first that is not acceptable.
    pub fn validate(&self) -> Result<(), ValidationError> {
        self.user.validate().map_err(|error| error.within("user"))?;
        if self.socket_count == 0 {
            return Err(ValidationError::value("socket_count", "lower than 1"));
        }
        Ok(())
    }
}

/// `user_online`: a user came online in the organization, or opened or closed one of several sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, SocketEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[socket_event(crate = "crate", type = "user_online", direction = inbound, validate = Self::check)]
pub struct UserOnline {
    /// Whose presence it is.
    pub user_id: UserId,
    /// The user's presence from now on.
    pub user: UserPresence,
}

impl UserOnline {
    fn check(&self) -> Result<(), ValidationError> {
        self.user.validate().map_err(|error| error.within("user"))?;
        if self.user.user_id != self.user_id {
            return Err(ValidationError::value("user.user_id", "differs from user_id"));
        }
        Ok(())
    }
}

/// `user_offline`: the last socket of a user in the organization closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, SocketEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[socket_event(crate = "crate", type = "user_offline", direction = inbound)]
pub struct UserOffline {
    /// Who left.
    pub user_id: UserId,
}

/// How a patient is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PatientStatus {
    /// No concern.
    Stable,
    /// Watched more closely.
    Observation,
    /// In danger.
    Critical,
    /// Has left the ward.
    Discharged,
}

/// Data of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    /// The patient's id, unique within the organization.
    #[garde(custom(is_id))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::Id"))]
    pub id: String,
    /// The name to show, of at most 200 characters.
    #[serde(deserialize_with = "text::display")]
    #[garde(length(chars, max = 200))]
    pub name: String,
    /// The ward, of at most 200 characters.
    #[serde(deserialize_with = "text::display")]
    #[garde(length(chars, max = 200))]
    pub ward: String,
    /// How the patient is doing.
    #[garde(skip)]
    pub status: PatientStatus,
    /// Heart rate in beats per minute, 0 to 350.
    #[garde(range(max = 350))]
    pub heart_rate: u16,
    /// What the patient is treated for, of at most 200 characters. Not every member may see it.
    #[serde(
        default,
        skip_serializing_if = "Sensitive::is_redacted",
        deserialize_with = "text::display_sensitive"
    )]
    #[garde(inner(length(chars, max = 200)))]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub diagnosis: Sensitive<String>,
}

impl Patient {
    /// The paths of the fields that not every member may see.
    pub const SENSITIVE: &'static [&'static str] = &["diagnosis"];
}

/// `patient_updated`: a patient's data changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, SocketEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[socket_event(crate = "crate", type = "patient_updated", garde)]
pub struct PatientUpdated {
    /// The patient after the change.
    #[socket_event(sensitive = "diagnosis")]
    #[garde(dive)]
    pub patient: Arc<Patient>,
}

/// `patient_edited`: somebody changes some of a patient's data. The server folds the change into what the
/// patient is by then and tells everybody `patient_updated`.
///
/// An edit may wait in the outbox while others edit the same patient, so it says only what it changes.
#[derive(
    Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, garde::Validate, SocketEvent,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[socket_event(crate = "crate", type = "patient_edited", direction = outbound, garde)]
pub struct PatientEdited {
    /// Whose data change.
    #[garde(custom(is_id))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::id::Id"))]
    pub patient_id: String,
    /// The new ward, of at most 200 characters, if it changes.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "text::display_option"
    )]
    #[garde(length(chars, max = 200))]
    pub ward: Option<String>,
    /// The new status, if it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub status: Option<PatientStatus>,
    /// The new heart rate in beats per minute, 0 to 350, if it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(max = 350))]
    pub heart_rate: Option<u16>,
}

impl PatientEdited {
    /// The patient after the change.
    #[must_use]
    pub fn apply_to(&self, patient: &Patient) -> Patient {
        Patient {
            ward: self.ward.clone().unwrap_or_else(|| patient.ward.clone()),
            status: self.status.unwrap_or(patient.status),
            heart_rate: self.heart_rate.unwrap_or(patient.heart_rate),
            ..patient.clone()
        }
    }
}

/// Data of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Organization {
    /// The organization's id.
    #[garde(skip)]
    pub id: OrganizationId,
    /// The name to show, of at most 200 characters.
    #[serde(deserialize_with = "text::display")]
    #[garde(length(chars, max = 200))]
    pub name: String,
}

/// `organization_updated`: an organization's data changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, SocketEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[socket_event(crate = "crate", type = "organization_updated", garde)]
pub struct OrganizationUpdated {
    /// The organization after the change.
    #[garde(dive)]
    pub organization: Arc<Organization>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient() -> Patient {
        Patient {
            id: "p1".into(),
            name: "Ida Holm".into(),
            ward: "A1".into(),
            status: PatientStatus::Stable,
            heart_rate: 72,
            diagnosis: Sensitive::redacted(),
        }
    }

    #[test]
    fn patients_are_camel_case_json() {
        let json = serde_json::to_value(PatientUpdated { patient: patient().into() }).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"patient": {"id": "p1", "name": "Ida Holm", "ward": "A1", "status": "stable", "heartRate": 72}})
        );
    }

    #[test]
    fn an_edit_changes_what_it_names_and_leaves_the_rest() {
        let edit: PatientEdited =
            serde_json::from_str(r#"{"patientId":"p1","heartRate":90}"#).unwrap();
        assert_eq!(edit.apply_to(&patient()), Patient { heart_rate: 90, ..patient() });
        assert_eq!(edit.validate(), Ok(()));
        assert!(PatientEdited { heart_rate: Some(351), ..edit.clone() }.validate().is_err());
        assert!(PatientEdited { patient_id: String::new(), ..edit }.validate().is_err());
    }

    #[test]
    fn names_are_read_without_what_misleads() {
        let json = r#"{"patient":{"id":"p1","name":"Ida\u202e Holm","ward":"A1\u0007","status":"stable","heartRate":72}}"#;
        let read: PatientUpdated = serde_json::from_str(json).unwrap();
        assert_eq!(*read.patient, patient());
    }

    #[test]
    fn values_are_checked_by_field() {
        let refuse = |change: fn(&mut Patient), field: &str| {
            let mut patient = patient();
            change(&mut patient);
            let error = PatientUpdated { patient: patient.into() }.validate().unwrap_err();
            assert!(error.to_string().contains(field), "{error} names {field}");
        };
        assert_eq!(PatientUpdated { patient: patient().into() }.validate(), Ok(()));
        refuse(|p| p.id.clear(), "patient.id");
        refuse(|p| p.id = "p 1".into(), "patient.id");
        refuse(|p| p.heart_rate = 351, "patient.heart_rate");
        refuse(|p| p.name = "x".repeat(201), "patient.name");
        refuse(|p| p.ward = "x".repeat(201), "patient.ward");
        refuse(|p| p.diagnosis = Sensitive::new("x".repeat(201)), "patient.diagnosis");
    }
}
