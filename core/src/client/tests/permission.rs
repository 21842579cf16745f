//! Which roles may send, receive and see what.

use super::*;
use crate::config::TopicEntries;
use crate::error::PermissionError;
use crate::event::Patient;
use crate::sensitive::Sensitive;
use crate::wire::{self, SnapshotPart};

/// An event with a field that only doctors see.
#[derive(Serialize, Deserialize)]
struct Finding {
    text: String,
    #[serde(default)]
    diagnosis: Sensitive<String>,
}

impl SocketEvent for Finding {
    const TYPE: &'static str = "finding";
    const SENSITIVE: &'static [&'static str] = &["diagnosis"];
}

/// The patients that a client makes of a snapshot.
fn patients(world: &mut World, snapshot: SnapshotPart) -> Vec<RawJson> {
    let (socket, data) = (world.socket(), encode_server(&ServerMessage::Snapshot(snapshot)));
    world.client.step(world.now, Input::Frame { socket, data: data.into() });
    std::iter::from_fn(|| world.client.poll_effect())
        .find_map(|effect| match effect {
            Effect::Deliver(Inbound::Snapshot(snapshot)) => {
                Some(snapshot.topics["patients"].clone())
            }
            _ => None,
        })
        .unwrap()
}

/// Signs a nurse in, and returns what the client makes of these entries of the first snapshot.
fn shown_to_nurse<const N: usize>(world: &mut World, entries: [&str; N]) -> Vec<RawJson> {
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { organizations: with_roles(&["nurse"]), ..welcome() });
    let (id, name, _) = world.requests().remove(0);
    let mut snapshot = part(id, &name, 1);
    let entries = entries.map(|entry| RawJson::parse(entry.to_owned()).unwrap());
    snapshot.topics.insert("patients".to_owned(), entries.into());
    patients(world, snapshot)
}

fn with_roles(roles: &[&str]) -> Vec<Membership> {
    let roles = roles.iter().map(ToString::to_string).collect::<Vec<_>>();
    memberships(&["north", "south"])
        .into_iter()
        .map(|membership| Membership { roles: roles.clone(), ..membership })
        .collect()
}

/// Signed in with roles, where notes are for nurses, and diagnoses for doctors.
fn online(roles: &[&str]) -> World {
    let mut config = config();
    config.registry.register::<Finding>().unwrap();
    let nurses = Rule::any_of(["nurse"]);
    config.permissions.receive("note", nurses.clone()).emit("note", nurses);
    config.permissions.receive("finding", Rule::Member);
    config.permissions.see("finding", "diagnosis", Rule::any_of(["doctor"]));
    config.permissions.see("patients", "diagnosis", Rule::any_of(["doctor"]));
    let entries = TopicEntries { sensitive: vec!["diagnosis"], kept_by: vec!["finding"] };
    config.topic_entries.insert("patients".to_owned(), entries);
    let mut world = World::with(config);
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { organizations: with_roles(roles), ..welcome() });
    world.snapshots(0);
    world.forget();
    world
}

fn roles(world: &mut World, roles: &[&str]) {
    let organizations = with_roles(roles);
    world.say(&ServerMessage::Membership(wire::Membership { organizations }));
}

#[test]
fn what_a_role_may_not_receive_is_dropped_and_has_its_place() {
    let mut world = online(&["researcher"]);
    world.say_raw(&note("north", 1, "for nurses"));
    world.say_raw(&event("alarm", "north", Some(("e", 2)), "for all"));
    assert_eq!(world.delivered(), ["alarm"]);
    assert!(world.asked_for().is_empty(), "nothing is missing");
    assert_eq!(world.client.metrics().dropped_not_permitted, 1);
    assert_eq!(world.error_codes(), ["not_permitted"]);
}

#[test]
fn what_no_rule_permits_is_denied_both_ways() {
    let mut config = config();
    config.permissions = PermissionPolicy::builtin();
    let mut world = World::online_with(config);
    world.say_raw(&note("north", 1, "x"));
    assert!(world.delivered().is_empty());
    assert_eq!(world.error_codes(), ["no_rule"]);
    assert_eq!(world.emit("x").unwrap_err().code(), "no_rule");
}

#[test]
fn a_refused_emit_names_the_missing_role() {
    let mut world = online(&["researcher"]);
    let refused = PermissionError::RoleMissing {
        event_type: "note".to_owned(),
        roles: vec!["nurse".to_owned()],
    };
    assert_eq!(world.emit("x"), Err(EmitError::NotPermitted(refused)));
    assert!(world.client.connection_state().queued_events.is_empty());
}

#[test]
fn a_role_that_was_lost_meanwhile_keeps_a_replay_in() {
    let mut world = online(&["nurse"]);
    world.emit("a").unwrap();
    world.close(1006);
    world.emit("b").unwrap();
    world.forget();
    world.come_back(Welcome {
        organizations: with_roles(&["researcher"]),
        ..resumed(&["north", "south"])
    });
    assert!(world.written().is_empty());
    assert_eq!(world.outcomes(), ["unconfirmed", "rejected"], "a was written before");
}

#[test]
fn one_may_act_on_ones_own_where_the_rule_says_so() {
    let mut world = online(&[]);
    let mut update = |user: &str| {
        let payload = RawJson::of(&serde_json::json!({"user": {"id": user, "name": "A"}})).unwrap();
        let request = EmitRequest {
            event_type: "user_updated".into(),
            organization: Some(organization("north")),
            payload,
        };
        let accepted = world.client.emit(world.now, &request);
        world.drain();
        accepted.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(update("ana"), Ok(()));
    assert_eq!(update("ben"), Err("not_permitted"));
    let written = world.sent.iter().filter(|sent| matches!(sent, ClientMessage::Emit(_)));
    assert_eq!(written.count(), 1, "it is still one's own when it is written");
}

fn diagnosis(world: &mut World, offset: u64) -> Option<String> {
    let finding = event("finding", "north", Some(("e", offset)), "x");
    let finding = finding.replace(r#""text":"x""#, r#""text":"x","diagnosis":"influenza""#);
    let (socket, data) = (world.socket(), finding.into_bytes());
    world.client.step(world.now, Input::Frame { socket, data });
    let delivered = std::iter::from_fn(|| world.client.poll_effect()).find_map(|effect| {
        let Effect::Deliver(Inbound::Event(event)) = effect else { return None };
        Some(event.payload::<Finding>().unwrap().diagnosis.reveal().cloned())
    });
    delivered.expect("it was delivered")
}

#[test]
fn what_the_server_should_have_left_out_is_left_out() {
    let mut doctor = online(&["doctor"]);
    assert_eq!(diagnosis(&mut doctor, 1).as_deref(), Some("influenza"));
    assert_eq!(doctor.client.metrics().redacted, 0);
    let mut nurse = online(&["nurse"]);
    assert_eq!(diagnosis(&mut nurse, 1), None);
    assert_eq!(nurse.client.metrics().redacted, 1);
}

#[test]
fn other_roles_forget_what_the_old_ones_saw_and_fetch_it_again() {
    let mut world = online(&["doctor"]);
    diagnosis(&mut world, 1);
    world.emit_as("alarm", Some("north"), "mine").unwrap();
    world.forget();
    roles(&mut world, &["nurse"]);
    assert_eq!(world.delivered(), ["purge north", "purge south"]);
    assert!(world.outcomes().is_empty(), "what is to be sent stays");
    let requests = world.requests();
    assert_eq!(requests.len(), 2);
    // The connection may be lost before the answer comes: then it is fetched all the same.
    world.close(1006);
    world.come_back(Welcome {
        organizations: with_roles(&["nurse"]),
        ..resumed(&["north", "south"])
    });
    let (id, name, _) = world.requests().remove(0);
    let entry = RawJson::of(&serde_json::json!({"id": "p", "diagnosis": "influenza"})).unwrap();
    let mut snapshot = part(id, &name, 1);
    snapshot.topics.insert("patients".to_owned(), vec![entry]);
    let entries = patients(&mut world, snapshot);
    assert_eq!(entries[0].as_str(), r#"{"diagnosis":null,"id":"p"}"#);
}

#[test]
fn a_snapshot_is_held_to_the_rules_and_limits_of_its_events() {
    for (rule, expected) in [(Rule::Member, 1), (Rule::any_of(["doctor"]), 0)] {
        let mut config = config();
        config.registry.register::<Finding>().unwrap();
        config.permissions.receive("finding", rule);
        config.shape.nesting = 2;
        let entries = TopicEntries { sensitive: vec![], kept_by: vec!["finding"] };
        config.topic_entries.insert("patients".to_owned(), entries);
        let mut world = World::with(config);
        let shown = shown_to_nurse(&mut world, [r#"{"id":"p"}"#, r#"{"id":[[1]]}"#]);
        assert_eq!(shown.len(), expected);
    }
}

#[test]
fn roles_that_changed_while_away_count_from_the_welcome_on() {
    let mut world = online(&["doctor"]);
    diagnosis(&mut world, 1);
    world.close(1006);
    world.forget();
    world.come_back(Welcome {
        organizations: with_roles(&["nurse"]),
        ..resumed(&["north", "south"])
    });
    assert_eq!(world.delivered(), ["purge north", "purge south"]);
    assert_eq!(world.asked_for(), ["all north", "all south"], "in spite of the resumption");
}

#[test]
fn many_refusals_by_the_server_are_a_sign_of_abuse() {
    let mut world = online(&["nurse"]);
    let mut refuse = |code: &str| {
        let id = world.emit("x").unwrap().id;
        let ack = Ack { id, status: AckStatus::Rejected, code: Some(code.into()), reason: None };
        world.say(&ServerMessage::Ack(ack));
        world.error_codes()
    };
    for _ in 0..10 {
        assert!(refuse("unknown_patient").is_empty(), "a mistake is no abuse");
    }
    for _ in 0..4 {
        assert!(refuse("not_permitted").is_empty());
    }
    assert_eq!(refuse("foreign_organization"), ["refused_repeatedly"]);
}

fn withheld(name: &str, offset: u64) -> ServerMessage {
    ServerMessage::Withheld(wire::Withheld {
        organization_id: organization(name),
        epoch: StreamEpoch::from("e"),
        offset,
    })
}

#[test]
fn what_the_server_withholds_leaves_no_gap() {
    let mut world = online(&["nurse"]);
    world.say(&withheld("north", 1));
    world.say_raw(&note("north", 2, "a"));
    world.say(&withheld("north", 1));
    assert_eq!((world.delivered(), world.asked_for()), (vec!["a".to_owned()], vec![]));
    world.say(&withheld("north", 4));
    assert_eq!(world.asked_for(), ["all north"], "a gap before it is one");
    world.say(&withheld("research", 1));
    assert_eq!(world.client.metrics().dropped_foreign, 1);
}

#[test]
fn what_is_withheld_while_a_snapshot_is_on_its_way_has_its_place_there() {
    let mut world = online(&["nurse"]);
    world.resync("north");
    world.say_raw(&note("north", 5, "a"));
    world.say(&withheld("north", 6));
    world.say_raw(&note("north", 7, "b"));
    world.snapshots(5);
    world.say_raw(&note("north", 8, "c"));
    assert_eq!(world.delivered(), ["snapshot north@e/5", "b", "c"]);
    assert!(world.asked_for().is_empty());
}

#[test]
fn an_entry_of_a_snapshot_that_names_no_fields_is_left_out() {
    let mut config = config();
    config.permissions.see("patients", "diagnosis", Rule::any_of(["doctor"]));
    let entries = TopicEntries { sensitive: vec!["diagnosis"], kept_by: vec![] };
    config.topic_entries.insert("patients".to_owned(), entries);
    let mut world = World::with(config);
    let entries = [
        r#"{"id":"p1","name":"n","ward":"w","status":"stable","heartRate":60,"diagnosis":"influenza"}"#,
        // What a parser would read as the same type.
        r#"["p2","n","w","stable",60,"influenza"]"#,
    ];
    let shown = shown_to_nurse(&mut world, entries);
    assert_eq!(shown.len(), 1);
    let patient: Patient = shown[0].decode().unwrap();
    assert_eq!((patient.id.as_str(), patient.diagnosis), ("p1", Sensitive::redacted()));
    assert_eq!(world.client.metrics().dropped_invalid, 1);
}
