//! What can be found wrong with an emitted event without asking the hub.

use sha2::{Digest, Sha256};
use yewdux_socket_core::EventRegistry;
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::wire::{RawJson, skim_event};

use crate::config::Limits;
use crate::hub::{Rejection, Verified};

/// Reads an event as a client emits it: size, shape, envelope, type, payload.
pub(super) fn verified(
    registry: &EventRegistry,
    limits: &Limits,
    event: &RawJson,
) -> Result<Verified, Rejection> {
    let json = event.as_str();
    if json.len() > limits.event_bytes {
        return Err(ValidationError::EventTooLarge {
            bytes: json.len(),
            limit: limits.event_bytes,
        }
        .into());
    }
    limits.shape.check(json)?;
    let envelope = skim_event(event)?;
    if envelope.position.is_some() {
        return Err(ValidationError::value("offset", "is the server's to give").into());
    }
    let Some(kind) = registry.get(&envelope.event_type) else {
        let event_type = envelope.event_type.chars().take(64).collect();
        return Err(ValidationError::UnknownType { event_type }.into());
    };
    let decoded = kind.decode(envelope, json)?;
    Ok(Verified {
        kind: kind.clone(),
        payload: kind.encode(&decoded)?,
        event: decoded,
        body: Sha256::digest(json.as_bytes()).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: &str =
        r#""patient":{"id":"p","name":"n","ward":"w","status":"stable","heartRate":60}"#;
    const ENVELOPE: &str =
        r#""type":"patient_updated","organizationId":"north","timestamp":"2026-11-23T00:00:00Z""#;

    fn verify(json: &str) -> Result<Verified, Rejection> {
        verified(
            &EventRegistry::builtin(),
            &Limits::default(),
            &RawJson::parse(json.to_owned()).unwrap(),
        )
    }

    #[test]
    fn a_good_event_is_taken_apart() {
        let verified = verify(&format!("{{{ENVELOPE},{PATIENT},\"note\":[1]}}")).unwrap();
        let known = format!("{{{PATIENT}}}");
        assert_eq!(
            verified.payload.as_str(),
            known,
            "what the type does not know of goes no further"
        );
        assert_eq!(&*verified.event.envelope.event_type, "patient_updated");
        let other = verify(&format!("{{{ENVELOPE},{PATIENT},\"note\":[2]}}")).unwrap();
        assert_ne!(verified.body, other.body);
    }

    #[test]
    fn bad_events_say_why() {
        let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
        for (json, code) in [
            (format!("{{{PATIENT}}}"), "invalid_structure"),
            (format!("{{{ENVELOPE}}}"), "invalid_structure"),
            (format!("{{{ENVELOPE},{PATIENT},\"type\":\"user_updated\"}}"), "invalid_structure"),
            (format!("{{{ENVELOPE},{PATIENT},{PATIENT}}}"), "invalid_structure"),
            (format!("{{{ENVELOPE},{PATIENT},\"epoch\":\"e\",\"offset\":1}}"), "invalid_value"),
            (format!("{{{ENVELOPE},{PATIENT},\"note\":{deep}}}"), "too_complex"),
            (
                format!("{{{ENVELOPE},{PATIENT},\"note\":\"{}\"}}", "x".repeat(64 * 1024)),
                "event_too_large",
            ),
            (format!("{{{ENVELOPE},{PATIENT}}}").replace("60", "400"), "invalid_value"),
            (
                format!("{{{ENVELOPE},{PATIENT}}}").replace("patient_updated", "made_up"),
                "unknown_type",
            ),
            (
                format!("{{{ENVELOPE},{PATIENT}}}").replace("patient_updated", "$emit"),
                "invalid_value",
            ),
            ("[]".to_owned(), "invalid_structure"),
        ] {
            assert_eq!(verify(&json).unwrap_err().code, code, "{json}");
        }
    }
}
