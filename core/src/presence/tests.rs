use super::*;
use crate::event::EventRegistry;
use crate::id::StreamEpoch;

const NOW: Timestamp = Timestamp::from_millis(42);

fn north() -> OrganizationId {
    OrganizationId::from("north")
}

fn at(offset: u64) -> Position {
    Position { epoch: StreamEpoch::from("e"), offset }
}

fn presence(user: &str, sockets: u32) -> serde_json::Value {
    serde_json::json!({
        "userId": user, "user": {"id": user, "name": user}, "lastSeen": "2026-01-01T00:00:00Z",
        "socketCount": sockets, "organizations": ["north"]
    })
}

fn event(event_type: &str, offset: u64, payload: &serde_json::Value) -> ReceivedEvent {
    let envelope = Envelope {
        event_type: event_type.into(),
        organization: Some(north()),
        timestamp: NOW,
        position: Some(at(offset)),
    };
    EventRegistry::builtin()
        .get(event_type)
        .unwrap()
        .decode(envelope, &payload.to_string())
        .unwrap()
}

fn online(user: &str, sockets: u32, offset: u64) -> ReceivedEvent {
    event(
        "user_online",
        offset,
        &serde_json::json!({"userId": user, "user": presence(user, sockets)}),
    )
}

fn offline(user: &str, offset: u64) -> ReceivedEvent {
    event("user_offline", offset, &serde_json::json!({"userId": user}))
}

fn entries(users: &[(&str, u32)]) -> Vec<RawJson> {
    users.iter().map(|(user, sockets)| RawJson::of(&presence(user, *sockets)).unwrap()).collect()
}

fn ids(presence: &Presence) -> Vec<String> {
    presence.state().online_users(&north()).map(|user| user.user_id.to_string()).collect()
}

#[test]
fn differences_wait_for_the_snapshot_and_older_ones_are_part_of_it() {
    let mut subject = Presence::default();
    subject.expect_snapshot(&north());
    subject.apply(&offline("ana", 3), NOW).unwrap();
    subject.apply(&online("cleo", 1, 6), NOW).unwrap();
    assert!(ids(&subject).is_empty(), "nothing shows before the snapshot");
    subject.replace(&north(), &entries(&[("ana", 1), ("ben", 1)]), at(5), NOW).unwrap();
    assert_eq!(
        ids(&subject),
        ["ana", "ben", "cleo"],
        "offset 3 is older than the snapshot, 6 is newer"
    );
    subject.apply(&offline("ben", 7), NOW).unwrap();
    assert_eq!(ids(&subject), ["ana", "cleo"]);
}

#[test]
fn several_sockets_are_one_user() {
    let mut subject = Presence::default();
    subject.apply(&online("ana", 1, 1), NOW).unwrap();
    subject.apply(&online("ana", 2, 2), NOW).unwrap();
    assert_eq!(subject.state().online_count(&north()), 1);
    assert_eq!(subject.state().user(&north(), &UserId::from("ana")).unwrap().socket_count, 2);
}

#[test]
fn waiting_differences_are_bounded() {
    let mut subject = Presence::default();
    subject.expect_snapshot(&north());
    for offset in 0..MAX_WAITING as u64 {
        subject.apply(&offline("ana", offset), NOW).unwrap();
    }
    assert_eq!(subject.apply(&offline("ana", 9_999), NOW), Err(TooManyWaiting));
    subject.expect_snapshot(&north());
    assert_eq!(
        subject.apply(&offline("ana", 9_999), NOW),
        Ok(()),
        "another snapshot holds what came before"
    );
}

#[test]
fn entries_that_are_not_valid_are_left_out_of_a_snapshot() {
    let mut subject = Presence::default();
    subject.apply(&online("ana", 1, 1), NOW).unwrap();
    subject.expect_snapshot(&north());
    let mut broken = entries(&[("ben", 1), ("cleo", 0)]);
    broken.push(RawJson::parse("{\"userId\":1}".into()).unwrap());
    assert_eq!(subject.replace(&north(), &broken, at(2), NOW).unwrap_err().code(), "invalid_value");
    assert_eq!(ids(&subject), ["ben"]);
    subject.apply(&offline("ben", 3), NOW).unwrap();
    assert!(ids(&subject).is_empty(), "nothing waits any more");
}

#[test]
fn what_waited_on_a_lost_connection_is_no_part_of_the_next_ones_snapshot() {
    let mut subject = Presence::default();
    subject.expect_snapshot(&north());
    subject.apply(&online("ghost", 1, 9), NOW).unwrap();
    subject.connection_lost();
    subject.expect_snapshot(&north());
    let later = Position { epoch: StreamEpoch::from("restarted"), offset: 1 };
    subject.replace(&north(), &entries(&[("ana", 1)]), later, NOW).unwrap();
    assert_eq!(ids(&subject), ["ana"]);
}

#[test]
fn an_equal_snapshot_keeps_the_shared_map() {
    let mut subject = Presence::default();
    subject.replace(&north(), &entries(&[("ana", 1)]), at(1), NOW).unwrap();
    let before = subject.state().clone();
    subject.replace(&north(), &entries(&[("ana", 1)]), at(2), Timestamp::from_millis(99)).unwrap();
    assert_eq!(*subject.state(), before);
    assert!(subject.state().online[&north()].ptr_eq(&before.online[&north()]));
}

#[test]
fn purge_forgets_one_organization() {
    let mut subject = Presence::default();
    subject.apply(&online("ana", 1, 1), NOW).unwrap();
    subject.purge(&north());
    assert_eq!(subject.state().online_count(&north()), 0);
}

#[test]
fn json_has_the_design_documents_fields() {
    let mut subject = Presence::default();
    subject.set_organizations([north()].iter());
    subject.apply(&online("ana", 2, 1), NOW).unwrap();
    let json = serde_json::to_value(subject.state()).unwrap();
    assert_eq!(json["onlineCounts"]["north"], 1);
    assert_eq!(json["onlineUsers"]["north"][0]["socketCount"], 2);
    assert_eq!(json["lastUpdated"], "1970-01-01T00:00:00.042Z");
    assert_eq!(json["userOrganizations"][0], "north");
}

#[test]
fn values_of_presence_are_checked_and_the_path_says_where() {
    let check = |name: &str, sockets: u32| {
        let user = UserPresence {
            user: serde_json::from_value(serde_json::json!({"id": "ana", "name": name})).unwrap(),
            ..serde_json::from_value(presence("ana", sockets)).unwrap()
        };
        let online = UserOnline { user_id: UserId::from("ana"), user };
        crate::event::SocketEvent::validate(&online)
            .map_err(|error| error.path().map(str::to_owned))
    };
    assert_eq!(check(&"ö".repeat(200), 1), Ok(()), "characters count, not bytes");
    assert_eq!(check(&"a".repeat(201), 1), Err(Some("user.user.name".to_owned())));
    assert_eq!(check("Ana", 0), Err(Some("user.socket_count".to_owned())));
}
