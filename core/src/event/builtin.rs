//! The events of the design document and the data that they carry.

use serde::{Deserialize, Serialize};

use super::{Direction, SocketEvent};
use crate::error::ValidationError;
use crate::id::{OrganizationId, UserId};
use crate::presence::UserPresence;

/// Longest text in a built-in field, in characters.
const MAX_TEXT: usize = 200;

fn check_text(field: &'static str, text: &str) -> Result<(), ValidationError> {
    if text.chars().count() > MAX_TEXT {
        return Err(ValidationError::value(field, "longer than 200 characters"));
    }
    if text.chars().any(char::is_control) {
        return Err(ValidationError::value(field, "holds control characters"));
    }
    Ok(())
}

/// Basic data of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The name to show.
    pub name: String,
    /// The address for mail.
    #[serde(default)]
    pub email: String,
    /// The first name.
    #[serde(default)]
    pub first_name: String,
}

impl User {
    pub(crate) fn validate(&self) -> Result<(), ValidationError> {
        check_text("user.name", &self.name)?;
        check_text("user.email", &self.email)?;
        check_text("user.firstName", &self.first_name)
    }
}

/// `user_updated`: a user's data changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserUpdated {
    /// The user after the change.
    pub user: User,
}

impl SocketEvent for UserUpdated {
    const TYPE: &'static str = "user_updated";

    fn validate(&self) -> Result<(), ValidationError> {
        self.user.validate()
    }
}

/// `user_online`: a user came online in the organization, or opened or closed one of several sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserOnline {
    /// Whose presence it is.
    pub user_id: UserId,
    /// The user's presence from now on.
    pub user: UserPresence,
}

impl SocketEvent for UserOnline {
    const TYPE: &'static str = "user_online";
    const DIRECTION: Direction = Direction::Inbound;

    fn validate(&self) -> Result<(), ValidationError> {
        if self.user.user_id != self.user_id {
            return Err(ValidationError::value("user.userId", "differs from userId"));
        }
        self.user.validate()
    }
}

/// `user_offline`: the last socket of a user in the organization closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserOffline {
    /// Who left.
    pub user_id: UserId,
}

impl SocketEvent for UserOffline {
    const TYPE: &'static str = "user_offline";
    const DIRECTION: Direction = Direction::Inbound;
}

/// How a patient is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    /// The patient's id, unique within the organization.
    pub id: String,
    /// The name to show.
    pub name: String,
    /// The ward.
    pub ward: String,
    /// How the patient is doing.
    pub status: PatientStatus,
    /// Heart rate in beats per minute, 0 to 350.
    pub heart_rate: u16,
}

/// `patient_updated`: a patient's data changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientUpdated {
    /// The patient after the change.
    pub patient: Patient,
}

impl SocketEvent for PatientUpdated {
    const TYPE: &'static str = "patient_updated";

    fn validate(&self) -> Result<(), ValidationError> {
        let patient = &self.patient;
        if patient.id.is_empty() {
            return Err(ValidationError::value("patient.id", "empty"));
        }
        check_text("patient.id", &patient.id)?;
        check_text("patient.name", &patient.name)?;
        check_text("patient.ward", &patient.ward)?;
        if patient.heart_rate > 350 {
            return Err(ValidationError::value("patient.heartRate", "above 350 beats per minute"));
        }
        Ok(())
    }
}

/// Data of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The organization's id.
    pub id: OrganizationId,
    /// The name to show.
    pub name: String,
}

/// `organization_updated`: an organization's data changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationUpdated {
    /// The organization after the change.
    pub organization: Organization,
}

impl SocketEvent for OrganizationUpdated {
    const TYPE: &'static str = "organization_updated";

    fn validate(&self) -> Result<(), ValidationError> {
        check_text("organization.name", &self.organization.name)
    }
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
        }
    }

    #[test]
    fn patients_are_camel_case_json() {
        let json = serde_json::to_value(PatientUpdated { patient: patient() }).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"patient": {"id": "p1", "name": "Ida Holm", "ward": "A1", "status": "stable", "heartRate": 72}})
        );
    }

    #[test]
    fn values_are_checked_by_field() {
        let refuse = |change: fn(&mut Patient), field: &str| {
            let mut patient = patient();
            change(&mut patient);
            let error = PatientUpdated { patient }.validate().unwrap_err();
            assert!(error.to_string().contains(field), "{error} names {field}");
        };
        assert_eq!(PatientUpdated { patient: patient() }.validate(), Ok(()));
        refuse(|p| p.id.clear(), "patient.id");
        refuse(|p| p.heart_rate = 351, "patient.heartRate");
        refuse(|p| p.name = "x".repeat(201), "patient.name");
        refuse(|p| p.ward = "A\u{7}".into(), "patient.ward");
    }
}
