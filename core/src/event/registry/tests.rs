use serde::{Deserialize, Serialize};

use super::*;
use crate::time::Timestamp;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Ring {
    times: u8,
}
impl SocketEvent for Ring {
    const TYPE: &'static str = "ring";

    fn validate(&self) -> Result<(), ValidationError> {
        if self.times == 0 { Err(ValidationError::value("times", "must ring")) } else { Ok(()) }
    }
}

#[derive(Serialize, Deserialize)]
struct Other {}
impl SocketEvent for Other {
    const TYPE: &'static str = "ring";
}

#[derive(Serialize, Deserialize)]
struct Dollar {}
impl SocketEvent for Dollar {
    const TYPE: &'static str = "$ring";
}

#[derive(Serialize, Deserialize)]
struct Nameless {}
impl SocketEvent for Nameless {
    const TYPE: &'static str = "";
}

fn envelope() -> Envelope {
    Envelope {
        event_type: "ring".into(),
        organization: None,
        timestamp: Timestamp::default(),
        position: None,
    }
}

#[test]
fn decodes_and_validates_what_is_registered() {
    let mut registry = EventRegistry::empty();
    registry.register::<Ring>().unwrap();
    let kind = registry.get("ring").unwrap();
    let event = kind.decode(envelope(), r#"{"type":"ring","times":3}"#).unwrap();
    assert_eq!(event.payload::<Ring>(), Some(&Ring { times: 3 }));
    assert!(event.payload::<UserOffline>().is_none(), "another type is not this one");
    assert_eq!(
        kind.decode(envelope(), r#"{"times":0}"#).unwrap_err(),
        ValidationError::value("times", "must ring")
    );
    assert_eq!(
        kind.decode(envelope(), r#"{"times":"3"}"#).unwrap_err().code(),
        "invalid_structure"
    );
}

#[test]
fn refuses_reserved_and_double_types() {
    let mut registry = EventRegistry::builtin();
    assert_eq!(registry.register::<Dollar>().unwrap_err(), RegisterError::Reserved("$ring"));
    assert_eq!(registry.register::<Nameless>().unwrap_err(), RegisterError::InvalidName);
    registry.register::<Ring>().unwrap();
    assert!(registry.register::<Ring>().is_ok(), "it is the same");
    assert_eq!(registry.register::<Other>().unwrap_err(), RegisterError::Duplicate("ring"));
    assert!(registry.replace::<Other>().is_ok(), "replacing is explicit");
    assert_eq!(registry.kinds().count(), 7);
}

#[test]
fn the_built_in_events_are_added_to_those_of_presence_and_replace_none() {
    #[derive(Serialize, Deserialize)]
    struct Patients {}
    impl SocketEvent for Patients {
        const TYPE: &'static str = "patient_updated";
    }
    let mut registry = EventRegistry::presence();
    let names = |registry: &EventRegistry| {
        registry.kinds().map(|kind| kind.event_type.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&registry), ["user_offline", "user_online"]);
    registry.register::<Patients>().unwrap().add_builtin();
    assert_eq!(names(&registry), names(&EventRegistry::builtin()));
    assert!(registry.register::<Patients>().is_ok(), "it is still the application's");
}

#[test]
fn what_a_slice_follows_takes_the_place_of_a_built_in_type_and_of_no_other() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Patients {}
    impl SocketEvent for Patients {
        const TYPE: &'static str = "patient_updated";
    }
    let mut registry = EventRegistry::builtin();
    let is_own = |registry: &EventRegistry| {
        let kind = registry.get("patient_updated").unwrap();
        kind.decode(envelope(), "{}").is_ok_and(|event| event.payload::<Patients>().is_some())
    };
    assert!(!is_own(&registry));
    registry.follow::<Patients>().unwrap();
    assert!(is_own(&registry));
    registry.add_builtin();
    assert!(is_own(&registry));
    registry.register::<Ring>().unwrap();
    assert_eq!(registry.follow::<Other>().unwrap_err(), RegisterError::Duplicate("ring"));
}

#[test]
fn a_field_cannot_take_a_key_of_the_envelope() {
    #[derive(Serialize, Deserialize, crate::SocketEvent)]
    #[socket_event(type = "forged", crate = "crate")]
    struct Forged {
        epoch: u8,
    }
    let refused = EventRegistry::empty().register::<Forged>().unwrap_err();
    assert_eq!(refused, RegisterError::ReservedField("epoch"));
}

#[test]
fn what_the_protocol_binds_to_an_organization_is_never_global() {
    #[derive(Serialize, Deserialize)]
    struct Everybodys {}
    impl SocketEvent for Everybodys {
        const TYPE: &'static str = "patient_updated";
        const SCOPE: Scope = Scope::Global;
    }
    let refused = EventRegistry::empty().replace::<Everybodys>().unwrap_err();
    assert_eq!(refused, RegisterError::NotGlobal("patient_updated"));

    for kind in EventRegistry::builtin().kinds() {
        assert_eq!(kind.scope, Scope::Organization);
        let unknown = scope_of_unknown(&kind.event_type, None);
        assert_eq!(unknown, Scope::Organization, "{}", kind.event_type);
    }
    assert_eq!(scope_of_unknown("news", None), Scope::Global);
    assert_eq!(scope_of_unknown("news", Some("north")), Scope::Organization);
}

#[test]
fn debug_output_holds_no_payload() {
    let mut registry = EventRegistry::empty();
    registry.register::<Ring>().unwrap();
    let event = registry.get("ring").unwrap().decode(envelope(), r#"{"times":201}"#).unwrap();
    assert!(!format!("{event:?}").contains("201"));
}
