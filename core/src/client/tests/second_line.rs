//! What a server should not have sent: the client holds the line once more.

use std::collections::BTreeMap;

use super::*;
use crate::EventRegistry;
use crate::config::UnknownEvents;
use crate::sensitive::Sensitive;
use crate::wire::ShapeLimits;

const PATIENT: &str = r#"{"type":"patient_updated","organizationId":"north","timestamp":"2026-11-23T08:00:00Z","epoch":"e","offset":1,"patient":{"id":"p1","name":"Ines","ward":"A","status":"stable","heartRate":80,"diagnosis":"influenza"}}"#;

/// The events that the client hands over of a frame.
fn events(world: &mut World, frame: &str) -> Vec<Arc<crate::ReceivedEvent>> {
    let (socket, data) = (world.socket(), frame.as_bytes().to_vec());
    world.client.step(world.now, Input::Frame { socket, data });
    std::iter::from_fn(|| world.client.poll_effect())
        .filter_map(|effect| match effect {
            Effect::Deliver(Inbound::Event(event)) => Some(event),
            _ => None,
        })
        .collect()
}

/// A researcher, with events whose type is not registered handed over as they are.
fn researcher() -> World {
    let config = Config { unknown_events: UnknownEvents::Raw, ..Config::default() };
    let mut world = World::with(config);
    world.step(Input::Connect(ConnectOptions::default()));
    let membership = memberships(&["north"]).remove(0);
    let organizations = vec![Membership { roles: vec!["researcher".to_owned()], ..membership }];
    world.accept(Welcome { organizations, ..welcome() });
    world.snapshots(0);
    world
}

#[test]
fn a_raw_event_lacks_what_the_rules_hide_from_the_user() {
    let mut world = researcher();
    let events = events(&mut world, PATIENT);
    let [event] = &*events else { panic!("{events:?}") };
    let json = event.raw_json().unwrap().as_str();
    assert!(json.contains("Ines") && !json.contains("influenza"), "{json}");
    assert_eq!(world.client.metrics().redacted, 1);
}

#[test]
fn a_raw_event_that_has_rules_but_none_to_receive_it_is_not_handed_over() {
    let edit = r#"{"type":"patient_edited","organizationId":"north","timestamp":"2026-11-23T08:00:00Z","epoch":"e","offset":1,"patientId":"p1","ward":"B"}"#;
    let mut world = researcher();
    assert!(events(&mut world, edit).is_empty());
    assert_eq!(world.client.metrics().dropped_not_permitted, 1);
}

#[test]
fn what_the_protocol_binds_to_an_organization_never_passes_as_global() {
    for known in [EventRegistry::empty(), EventRegistry::presence(), EventRegistry::builtin()] {
        let mut config = Config { unknown_events: UnknownEvents::Raw, ..Config::default() };
        config.registry = known;
        let mut world = World::with(config);
        world.step(Input::Connect(ConnectOptions::default()));
        world.accept(welcome());
        world.snapshots(0);
        for bound in EventRegistry::builtin().kinds() {
            let frame = format!(
                r#"{{"type":"{}","timestamp":"2026-11-23T08:00:00Z","userId":"u1"}}"#,
                bound.event_type
            );
            assert!(events(&mut world, &frame).is_empty(), "{}", bound.event_type);
        }
        assert_eq!(world.client.metrics().dropped_foreign, 6);
        let news = r#"{"type":"news","timestamp":"2026-11-23T08:00:00Z"}"#;
        assert_eq!(events(&mut world, news).len(), 1, "what it does not know may be global");
    }
}

#[test]
fn a_revocation_counts_however_it_is_written() {
    for revoked in [
        r#"{"type":"$revoked"}"#,
        r#"{"type":"$revoked","code":7}"#,
        r#"{"type":"$revoked","code":"a","code":"b"}"#,
    ] {
        let mut world = World::online();
        world.say_raw(revoked);
        assert_eq!(world.status(), Status::Error, "{revoked}");
        assert!(world.client.principal().is_none());

        let mut world = World::with(config());
        world.step(Input::Connect(ConnectOptions::default()));
        world.open();
        world.say_raw(revoked);
        assert_eq!(world.status(), Status::Error, "before `$welcome`: {revoked}");
    }
}

#[test]
fn memberships_that_cannot_be_read_leave_nobody_with_what_was_taken() {
    let many: Vec<_> = (0..1_001).map(|number| format!("o{number}")).collect();
    let names: Vec<_> = many.iter().map(String::as_str).collect();
    let too_many = serde_json::json!({"type": "$membership", "organizations": memberships(&names)});
    for unreadable in [
        too_many.to_string(),
        r#"{"type":"$membership"}"#.to_owned(),
        r#"{"type":"$membership","organizations":[{"id":"nor th","name":"","roles":[]}]}"#
            .to_owned(),
    ] {
        let mut world = World::online();
        world.say_raw(&unreadable);
        assert_eq!(world.status(), Status::Reconnecting, "{unreadable:.60}");
        world.come_back(Welcome { organizations: memberships(&["south"]), ..welcome() });
        let principal = world.client.principal().unwrap();
        assert_eq!(principal.organizations, memberships(&["south"]));
    }
}

#[derive(Serialize, Deserialize)]
struct Note {
    text: Sensitive<String>,
}

#[derive(Serialize, Deserialize, crate::SocketEvent)]
#[socket_event(crate = "crate", type = "notes_taken")]
struct NotesTaken {
    #[socket_event(sensitive = "text")]
    notes: BTreeMap<String, Option<Note>>,
}

#[test]
fn an_entry_that_is_called_like_a_sensitive_field_hides_no_other() {
    let mut config = config();
    config.registry.register::<NotesTaken>().unwrap();
    config.permissions.receive("notes_taken", Rule::Member);
    config.permissions.see("notes_taken", "notes.text", Rule::any_of(["doctor"]));
    let mut world = World::online_with(config);
    for named_text in ["null", r#"{"text":"fever"}"#] {
        let offset = world.client.metrics().redacted + 1;
        let frame = format!(
            r#"{{"type":"notes_taken","organizationId":"north","timestamp":"2026-11-23T08:00:00Z","epoch":"e","offset":{offset},"notes":{{"p1":{{"text":"influenza"}},"text":{named_text}}}}}"#
        );
        for event in events(&mut world, &frame) {
            let notes = &event.payload::<NotesTaken>().unwrap().notes;
            assert!(notes.values().flatten().all(|note| note.text.reveal().is_none()));
        }
        assert_eq!(world.client.metrics().redacted, offset, "{named_text}");
    }
}

#[test]
fn events_before_the_welcome_are_held_to_the_same_bounds() {
    let mut config = config();
    config.shape = ShapeLimits { string_bytes: 40, ..ShapeLimits::default() };
    let long = note("north", 1, &"x".repeat(50));
    let mut world = World::online_with(config.clone());
    world.say_raw(&long);
    assert_eq!(world.error_codes(), ["too_complex"]);

    let mut world = World::with(config);
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    world.say_raw(&long);
    world.say(&ServerMessage::Welcome(welcome()));
    world.snapshots(0);
    assert_eq!(world.error_codes(), ["too_complex"]);
}

/// A client that got one user's presence by a snapshot.
fn with_presence(config: Config, user: &serde_json::Value) -> World {
    let mut world = World::with(config);
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    let (id, name, _) = world.requests().remove(0);
    let mut snapshot = part(id, &name, 1);
    snapshot.topics.insert("presence".to_owned(), vec![RawJson::of(user).unwrap()]);
    world.say(&ServerMessage::Snapshot(snapshot));
    world
}

#[test]
fn presence_in_snapshots_is_held_to_the_same_bounds_as_in_events() {
    assert!(!with_presence(config(), &presence("ben")).shown().is_empty());
    let mut user = presence("ben");
    let many: Vec<_> = (0..20_000).map(|number| format!("o{number}")).collect();
    user["organizations"] = serde_json::json!(many);
    let world = with_presence(config(), &user);
    assert_eq!((world.shown(), world.error_codes()), (vec![], vec!["too_complex"]));
}

#[test]
fn presence_in_snapshots_is_held_to_the_rule_of_its_events() {
    let mut config = config();
    config.permissions.receive("user_online", Rule::any_of(["admin"]));
    let world = with_presence(config, &presence("ben"));
    assert_eq!((world.shown(), world.error_codes()), (vec![], vec!["not_permitted"]));
}

#[test]
fn nothing_is_built_of_what_is_over_the_bounds_to_know_whom_it_is_about() {
    let mut config = config();
    config.registry.add_builtin();
    config.permissions.receive("user_updated", Rule::own_or_any_of(["admin"]));
    config.shape = ShapeLimits { string_bytes: 40, ..ShapeLimits::default() };
    let mut world = World::online_with(config);
    for (offset, length, codes) in [(1, 10, vec![]), (2, 50, vec!["not_permitted"])] {
        let user = serde_json::json!({"id": "ana", "name": "x".repeat(length)});
        world.say_raw(&format!(
            r#"{{"type":"user_updated","organizationId":"north","timestamp":"2026-11-23T08:00:00Z","epoch":"e","offset":{offset},"user":{user}}}"#
        ));
        assert_eq!(world.error_codes(), codes);
    }
}
