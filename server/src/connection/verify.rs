//! What can be found wrong with an emitted event without asking the hub.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use yewdux_socket_core::EventRegistry;
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::event::RESERVED_KEYS;
use yewdux_socket_core::wire::{RawJson, skim_event};

use crate::config::Limits;
use crate::hub::{Rejection, Verified};

/// Reads an event as a client emits it: size, nesting, envelope, type, payload.
pub(crate) fn verified(
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
    if nests_deeper(json, limits.nesting) {
        return Err(ValidationError::value("event", "arrays and objects nest too deeply").into());
    }
    let envelope = skim_event(event)?;
    if envelope.position.is_some() {
        return Err(ValidationError::value("offset", "is the server's to give").into());
    }
    let Some(kind) = registry.get(&envelope.event_type) else {
        let event_type = envelope.event_type.chars().take(64).collect();
        return Err(ValidationError::UnknownType { event_type }.into());
    };
    let payload = payload(event)?;
    Ok(Verified {
        kind: kind.clone(),
        event: kind.decode(envelope, json)?,
        payload,
        body: Sha256::digest(json.as_bytes()).into(),
    })
}

/// The fields beside the envelope's, as a JSON object. A key that comes twice is refused: two readers could
/// see two different events.
fn payload(event: &RawJson) -> Result<String, ValidationError> {
    let fields: Fields<'_> = event.read().map_err(|_| ValidationError::PayloadShape)?;
    let mut payload = String::with_capacity(event.as_str().len());
    for (key, value) in &fields.0 {
        payload.push(if payload.is_empty() { '{' } else { ',' });
        // A string is always JSON.
        payload.push_str(&serde_json::to_string(key).unwrap_or_default());
        payload.push(':');
        payload.push_str(value.get());
    }
    payload.push_str(if payload.is_empty() { "{}" } else { "}" });
    Ok(payload)
}

/// The fields of an event without the envelope's.
struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Fields<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = BTreeMap<String, &'de RawValue>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                mut map: M,
            ) -> Result<Self::Value, M::Error> {
                let mut fields = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    if !RESERVED_KEYS.contains(&&*key) && fields.insert(key, value).is_some() {
                        return Err(serde::de::Error::custom("a key comes twice"));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Visitor).map(Self)
    }
}

/// Whether arrays and objects of valid JSON nest deeper than the limit. Looks at the bytes only, so that deep
/// nesting costs no stack.
fn nests_deeper(json: &str, limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
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
        assert_eq!(verified.payload, format!("{{\"note\":[1],{PATIENT}}}"));
        assert_eq!(&*verified.event.envelope.event_type, "patient_updated");
        let other = verify(&format!("{{{ENVELOPE},{PATIENT},\"note\":[2]}}")).unwrap();
        assert_ne!(verified.body, other.body);
        assert_eq!(payload(&RawJson::parse(format!("{{{ENVELOPE}}}")).unwrap()).unwrap(), "{}");
    }

    #[test]
    fn bad_events_say_why() {
        let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
        for (json, code) in [
            (format!("{{{PATIENT}}}"), "invalid_structure"),
            (format!("{{{ENVELOPE}}}"), "invalid_structure"),
            (format!("{{{ENVELOPE},{PATIENT},\"type\":\"user_updated\"}}"), "invalid_structure"),
            (format!("{{{ENVELOPE},{PATIENT},\"note\":1,\"note\":2}}"), "payload_shape"),
            (format!("{{{ENVELOPE},{PATIENT},\"epoch\":\"e\",\"offset\":1}}"), "invalid_value"),
            (format!("{{{ENVELOPE},{PATIENT},\"note\":{deep}}}"), "invalid_value"),
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

    #[test]
    fn nesting_is_counted_outside_of_strings() {
        assert!(!nests_deeper("[[1],[2]]", 2));
        assert!(nests_deeper("[[1],[[2]]]", 2));
        assert!(!nests_deeper(r#"["[[[\"[[["]"#, 1));
        assert!(nests_deeper(&"[".repeat(1_000_000), 64));
    }
}
