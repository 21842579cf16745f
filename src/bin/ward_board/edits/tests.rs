use std::sync::Arc;

use yewdux_socket::wire::RawJson;
use yewdux_socket::{QueuedEvent, Sensitive, SocketEvent, Timestamp};

use super::*;

fn patient(rate: u16, ward: &str) -> Arc<Patient> {
    Arc::new(Patient {
        id: "p1".into(),
        name: "Ida Holm".into(),
        ward: ward.into(),
        status: PatientStatus::Stable,
        heart_rate: rate,
        diagnosis: Sensitive::default(),
    })
}

fn key() -> RowKey {
    RowKey { organization: OrganizationId::from("north-clinic"), patient: "p1".into() }
}

/// Emits a change as the board does, and returns its key.
fn emit(edits: &mut Edits, change: FieldChange) -> EventId {
    let id = EventId::from_bits(u128::try_from(edits.row(&key()).edits.len()).unwrap());
    edits.accepted(&key(), id.clone(), change);
    id
}

fn shown(edits: &Edits, server: &Arc<Patient>) -> (u16, String) {
    let shown = edits.row(&key()).over(server);
    (shown.heart_rate, shown.ward.clone())
}

#[test]
fn pending_changes_cover_their_fields_of_the_newest_state() {
    let mut edits = Edits::default();
    let before = patient(70, "Surgery");
    emit(&mut edits, FieldChange::HeartRate(80));
    emit(&mut edits, FieldChange::HeartRate(90));
    assert_eq!(shown(&edits, &before), (90, "Surgery".into()));
    let moved = patient(75, "Cardiology");
    edits.received(&key(), &moved);
    assert_eq!(shown(&edits, &moved), (90, "Cardiology".into()), "others' fields show through");
    assert_eq!(edits.row(&key()).touched, 1);
    assert_eq!(edits.row(&key()).pending().count(), 2);
}

#[test]
fn acks_in_order_uncover_nothing_old() {
    let mut edits = Edits::default();
    let before = patient(70, "Surgery");
    let first = emit(&mut edits, FieldChange::HeartRate(80));
    let second = emit(&mut edits, FieldChange::Ward("Cardiology".into()));

    edits.settled(&key(), &first, &Outcome::Acknowledged, Some(before.clone()), "08:00");
    assert_eq!(shown(&edits, &before), (80, "Cardiology".into()), "its echo is not here yet");
    let after_first = patient(80, "Surgery");
    edits.received(&key(), &after_first);
    assert_eq!(shown(&edits, &after_first), (80, "Cardiology".into()));

    edits.settled(&key(), &second, &Outcome::Acknowledged, Some(after_first), "08:01");
    let after_second = patient(80, "Cardiology");
    edits.received(&key(), &after_second);
    assert_eq!(shown(&edits, &after_second), (80, "Cardiology".into()));
    assert!(edits.row(&key()).edits.is_empty(), "nothing is left to cover");
    assert_eq!(edits.row(&key()).note, Some(Note::Saved { at: "08:01".into() }));
}

#[test]
fn an_echo_before_its_ack_counts() {
    let mut edits = Edits::default();
    let id = emit(&mut edits, FieldChange::HeartRate(80));
    edits.received(&key(), &patient(80, "Surgery"));
    let newer = patient(99, "Surgery");
    edits.received(&key(), &newer);
    edits.settled(&key(), &id, &Outcome::Acknowledged, Some(newer.clone()), "08:00");
    assert_eq!(shown(&edits, &newer).0, 99, "somebody else was later");
    assert_eq!(edits.row(&key()).touched, 1, "the echo is nobody else");
}

#[test]
fn a_snapshot_overtakes_an_acknowledged_change() {
    let mut edits = Edits::default();
    let before = patient(70, "Surgery");
    let id = emit(&mut edits, FieldChange::HeartRate(80));
    edits.settled(&key(), &id, &Outcome::Acknowledged, Some(before.clone()), "08:00");
    assert_eq!(shown(&edits, &before).0, 80);
    assert_eq!(shown(&edits, &patient(95, "Surgery")).0, 95);
}

#[test]
fn a_refused_change_reverts_and_stays_said() {
    let mut edits = Edits::default();
    let before = patient(70, "Surgery");
    let bad = emit(&mut edits, FieldChange::HeartRate(80));
    let good = emit(&mut edits, FieldChange::Ward("Cardiology".into()));
    let outcome = Outcome::Rejected {
        code: "not_permitted".into(),
        reason: "Your role does not allow this.".into(),
    };
    edits.settled(&key(), &bad, &outcome, Some(before.clone()), "08:00");
    assert_eq!(shown(&edits, &before), (70, "Cardiology".into()));
    edits.settled(&key(), &good, &Outcome::Acknowledged, Some(before.clone()), "08:01");
    let row = edits.row(&key());
    assert!(
        matches!(&row.note, Some(Note::NotSaved { outcome: "rejected", .. })),
        "{:?}",
        row.note
    );
    edits.dismiss(&key());
    assert_eq!(edits.row(&key()).note, None);
}

#[test]
fn an_event_says_only_what_changes() {
    let event = |change: FieldChange| serde_json::to_value(change.event("p1")).unwrap();
    assert_eq!(
        [
            event(FieldChange::Ward("Cardiology".into())),
            event(FieldChange::Status(PatientStatus::Critical)),
            event(FieldChange::HeartRate(80)),
        ],
        [
            serde_json::json!({ "patientId": "p1", "ward": "Cardiology" }),
            serde_json::json!({ "patientId": "p1", "status": "critical" }),
            serde_json::json!({ "patientId": "p1", "heartRate": 80 }),
        ]
    );
}

#[test]
fn an_echo_is_known_whatever_the_other_fields_hold() {
    let mut edits = Edits::default();
    let id = emit(&mut edits, FieldChange::HeartRate(80));
    edits.received(&key(), &patient(70, "Cardiology"));
    assert_eq!(edits.row(&key()).touched, 1, "somebody else moved the patient");
    let echo = patient(80, "Cardiology");
    edits.received(&key(), &echo);
    assert_eq!(edits.row(&key()).touched, 1, "the echo is nobody else");
    edits.settled(&key(), &id, &Outcome::Acknowledged, Some(echo), "08:00");
    assert!(edits.row(&key()).edits.is_empty());
}

#[test]
fn a_value_wanted_back_is_not_taken_for_its_echo() {
    let mut edits = Edits::default();
    let there = emit(&mut edits, FieldChange::HeartRate(80));
    let back = emit(&mut edits, FieldChange::HeartRate(70));
    edits.received(&key(), &patient(70, "Cardiology"));
    assert_eq!(edits.row(&key()).touched, 1);
    let over = patient(80, "Cardiology");
    edits.received(&key(), &over);
    edits.settled(&key(), &there, &Outcome::Acknowledged, Some(over.clone()), "08:00");
    edits.settled(&key(), &back, &Outcome::Acknowledged, Some(over.clone()), "08:00");
    assert_eq!(shown(&edits, &over).0, 70, "covered until its echo is here");
}

/// What is in the queue after a reload.
fn left_behind(number: u128, event: &PatientEdited) -> Arc<QueuedEvent> {
    Arc::new(QueuedEvent {
        id: EventId::from_bits(number),
        event_type: PatientEdited::TYPE.into(),
        payload: RawJson::of(event).unwrap(),
        timestamp: Timestamp::from_millis(0),
        retry_count: 0,
        organization_id: Some(key().organization),
        in_flight: false,
        durable: true,
    })
}

fn at_eight() -> String {
    "08:00".to_owned()
}

#[test]
fn changes_of_an_earlier_page_are_pending_again_and_older_than_this_pages() {
    let mut edits = Edits::default();
    let server = patient(70, "Surgery");
    emit(&mut edits, FieldChange::HeartRate(95));
    let queue = [
        left_behind(7, &FieldChange::HeartRate(80).event("p1")),
        left_behind(8, &FieldChange::HeartRate(85).event("p1")),
        left_behind(9, &FieldChange::Ward("Cardiology".into()).event("p1")),
    ];
    assert!(edits.follow_queue(&queue, |_| None, at_eight));
    let listed: Vec<_> =
        edits.pending().map(|(row, change)| (row.clone(), change.describe())).collect();
    let expected = ["Heart rate 80", "Heart rate 85", "Ward Cardiology", "Heart rate 95"];
    assert_eq!(listed, expected.map(|change| (key(), change.to_owned())));
    assert_eq!(shown(&edits, &server), (95, "Cardiology".into()));
    assert!(!edits.follow_queue(&queue, |_| None, at_eight), "each is taken over once");
    assert_eq!(edits.row(&key()).pending().count(), 4);
}

#[test]
fn changes_of_an_earlier_page_have_their_outcome() {
    for (outcome, note) in [
        (Some(Outcome::Acknowledged), None),
        (Some(Outcome::Expired), Some("expired")),
        (None, Some("unconfirmed")),
    ] {
        let mut edits = Edits::default();
        let queue = [left_behind(7, &FieldChange::HeartRate(80).event("p1"))];
        edits.follow_queue(&queue, |_| None, at_eight);
        assert!(edits.follow_queue(&[], |_| outcome.clone(), at_eight));
        let row = edits.row(&key());
        let expected = note.is_none().then(|| Note::Saved { at: "08:00".into() });
        match (&row.note, note) {
            (Some(Note::NotSaved { outcome, .. }), Some(note)) => assert_eq!(*outcome, note),
            (shown, _) => assert_eq!(*shown, expected),
        }
        assert_eq!(shown(&edits, &patient(99, "Surgery")).0, 99, "what others did since is seen");
        assert!(!edits.follow_queue(&[], |_| None, at_eight));
    }
}

#[test]
fn what_this_page_could_not_have_made_is_left_alone() {
    let mut edits = Edits::default();
    let both =
        PatientEdited { ward: Some("Cardiology".into()), ..FieldChange::HeartRate(80).event("p1") };
    let mut other = (*left_behind(8, &FieldChange::HeartRate(80).event("p1"))).clone();
    other.event_type = "note_added".into();
    let queue = [left_behind(7, &both), Arc::new(other)];
    assert!(!edits.follow_queue(&queue, |_| None, at_eight));
    assert_eq!(edits, Edits::default());
}
