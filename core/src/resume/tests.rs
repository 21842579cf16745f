use super::*;
use crate::event::{Envelope, EventRegistry};
use crate::id::StreamEpoch;
use crate::time::Timestamp;

fn north() -> OrganizationId {
    OrganizationId::from("north")
}

fn at(epoch: &str, offset: u64) -> Position {
    Position { epoch: StreamEpoch::from(epoch), offset }
}

fn event(offset: u64) -> Arc<ReceivedEvent> {
    let envelope = Envelope {
        event_type: "user_offline".into(),
        organization: Some(north()),
        timestamp: Timestamp::default(),
        position: Some(at("e", offset)),
    };
    Arc::new(
        EventRegistry::builtin()
            .get("user_offline")
            .unwrap()
            .decode(envelope, r#"{"userId":"a"}"#)
            .unwrap(),
    )
}

fn part(id: u64, offset: u64, entries: usize, done: bool) -> SnapshotPart {
    let entries = vec![RawJson::parse("{}".into()).unwrap(); entries];
    SnapshotPart {
        id,
        organization_id: north(),
        epoch: StreamEpoch::from("e"),
        offset,
        topics: [("patients".to_owned(), entries)].into(),
        done,
    }
}

fn offsets(events: &[Arc<ReceivedEvent>]) -> Vec<u64> {
    events.iter().map(|event| event.envelope.position.clone().unwrap().offset).collect()
}

/// A stream that waits for a snapshot, and what it holds.
fn holding(places: &[u64]) -> (Streams, u64) {
    let mut subject = Streams::default();
    let request = subject.request(&north(), true, Duration::ZERO);
    for offset in places {
        assert_eq!(subject.place(&north(), Some(&at("e", *offset))), Verdict::Hold);
        subject.hold(&north(), event(*offset), 10).unwrap();
    }
    (subject, request)
}

#[test]
fn events_pass_in_order_and_once() {
    let mut subject = Streams::default();
    let mut place = |epoch, offset| subject.place(&north(), Some(&at(epoch, offset)));
    assert_eq!(place("e", 5), Verdict::Deliver, "the first event sets the place");
    assert_eq!(place("e", 6), Verdict::Deliver);
    assert_eq!(place("e", 6), Verdict::Duplicate);
    assert_eq!(place("e", 2), Verdict::Duplicate);
    assert_eq!(place("e", 8), Verdict::Gap);
    assert_eq!(place("other", 7), Verdict::Gap);
    assert_eq!(place("e", 7), Verdict::Deliver, "a gap does not move the place");
}

#[test]
fn a_snapshot_in_parts_lets_newer_held_events_follow() {
    let (mut subject, request) = holding(&[3, 4, 5]);
    assert!(subject.positions().is_empty(), "held events do not move the place");
    assert!(subject.part(part(request, 4, 2, false), 1_000, Duration::ZERO).unwrap().is_none());
    let arrived = subject.part(part(request, 4, 1, true), 1_000, Duration::ZERO).unwrap().unwrap();
    assert_eq!(arrived.topics["patients"].len(), 3);
    let whole = arrived.whole.unwrap();
    assert_eq!((offsets(&whole.held), whole.again), (vec![5], false));
    assert_eq!(subject.positions()[&north()], at("e", 5));
    assert_eq!(subject.place(&north(), Some(&at("e", 6))), Verdict::Deliver);
}

#[test]
fn held_events_are_in_order_and_once_too() {
    let (mut subject, _) = holding(&[3, 4]);
    assert_eq!(subject.place(&north(), Some(&at("e", 4))), Verdict::Duplicate);
    assert_eq!(subject.place(&north(), Some(&at("e", 5))), Verdict::Hold);
}

#[test]
fn a_gap_among_held_events_leaves_only_what_follows_it() {
    let (mut subject, request) = holding(&[3, 4]);
    assert_eq!(subject.place(&north(), Some(&at("e", 7))), Verdict::Hold);
    subject.hold(&north(), event(7), 10).unwrap();
    let arrived = subject.part(part(request, 6, 0, true), 9, Duration::ZERO).unwrap().unwrap();
    assert_eq!(offsets(&arrived.whole.unwrap().held), [7]);
    assert_eq!(subject.positions()[&north()], at("e", 7));
}

#[test]
fn a_dropped_event_keeps_its_place_among_the_held() {
    let (mut subject, request) = holding(&[3]);
    assert_eq!(
        subject.place(&north(), Some(&at("e", 4))),
        Verdict::Hold,
        "of a type that nobody knows"
    );
    subject.part(part(request, 3, 0, true), 9, Duration::ZERO).unwrap().unwrap();
    assert_eq!(subject.place(&north(), Some(&at("e", 5))), Verdict::Deliver);
}

#[test]
fn held_events_follow_on_the_snapshot() {
    for (snapshot, delivered, position) in [(6, vec![], 6), (4, vec![5, 6], 6)] {
        let (mut subject, request) = holding(&[5, 6]);
        let arrived =
            subject.part(part(request, snapshot, 0, true), 9, Duration::ZERO).unwrap().unwrap();
        assert_eq!(offsets(&arrived.whole.unwrap().held), delivered, "snapshot at {snapshot}");
        assert_eq!(subject.positions()[&north()], at("e", position), "snapshot at {snapshot}");
    }
}

#[test]
fn a_snapshot_that_is_too_old_is_no_answer_and_asked_for_again() {
    let timeout = Duration::from_secs(10);
    let late = Duration::from_secs(3);
    let (mut gap, gap_request) = holding(&[5, 6]);
    let mut back = Streams::default();
    back.place(&north(), Some(&at("e", 9)));
    let back_request = back.request(&north(), true, Duration::ZERO);
    for (subject, request, offset) in [(&mut gap, gap_request, 3), (&mut back, back_request, 8)] {
        let before = subject.positions();
        let stale = subject.part(part(request, offset, 1, true), 1_000, late).unwrap_err();
        assert_eq!(stale, PartError::Stale);
        assert_eq!(subject.positions(), before);
        assert!(subject.is_synchronizing(&north()));
        assert_eq!(subject.deadline(timeout), Some(late + timeout));
        assert!(subject.part(part(request, 9, 1, true), 1_000, late).unwrap().is_some());
    }
}

#[test]
fn late_foreign_and_oversized_parts_are_refused() {
    let mut subject = Streams::default();
    let old = subject.request(&north(), true, Duration::ZERO);
    let new = subject.request(&north(), true, Duration::ZERO);
    assert_eq!(
        subject.part(part(old, 1, 0, true), 9, Duration::ZERO).unwrap_err(),
        PartError::Late
    );
    let foreign =
        SnapshotPart { organization_id: OrganizationId::from("south"), ..part(new, 1, 0, true) };
    assert_eq!(subject.part(foreign, 9, Duration::ZERO).unwrap_err(), PartError::Late);
    assert_eq!(
        subject.part(part(new, 1, 5, true), 9, Duration::ZERO).unwrap_err(),
        PartError::TooLarge
    );
    assert_eq!(
        subject.part(part(new, 1, 0, true), 9, Duration::ZERO).unwrap_err(),
        PartError::Late,
        "once"
    );
    assert!(subject.is_synchronizing(&north()), "it is asked for again, not forgotten");
}

#[test]
fn presence_alone_does_not_hold_the_stream() {
    let mut subject = Streams::default();
    subject.place(&north(), Some(&at("e", 1)));
    let request = subject.request(&north(), false, Duration::ZERO);
    assert_eq!(subject.place(&north(), Some(&at("e", 2))), Verdict::Deliver);
    let arrived = subject.part(part(request, 7, 0, true), 9, Duration::ZERO).unwrap().unwrap();
    assert!(arrived.whole.is_none());
    assert_eq!(subject.positions()[&north()], at("e", 2), "nor does it move it");
}

#[test]
fn a_lost_connection_keeps_the_place_and_begins_again() {
    let mut subject = Streams::default();
    subject.place(&north(), Some(&at("e", 7)));
    let request = subject.request(&north(), true, Duration::ZERO);
    subject.hold(&north(), event(9), 10).unwrap();
    subject.connection_lost();
    assert_eq!(subject.positions()[&north()], at("e", 7));
    assert_eq!(
        subject.part(part(request, 9, 0, true), 9, Duration::ZERO).unwrap_err(),
        PartError::Late
    );
    assert!(subject.resume(&north()));
    assert_eq!(subject.place(&north(), Some(&at("e", 8))), Verdict::Deliver);
}

#[test]
fn holding_is_bounded_and_requests_become_overdue() {
    let mut subject = Streams::default();
    subject.request(&north(), true, Duration::from_secs(1));
    assert_eq!(subject.hold(&north(), event(1), 1), Ok(()));
    assert_eq!(subject.hold(&north(), event(2), 1), Err(()));
    let timeout = Duration::from_secs(10);
    assert_eq!(subject.deadline(timeout), Some(Duration::from_secs(11)));
    assert!(subject.overdue(Duration::from_secs(10), timeout).is_empty());
    assert_eq!(subject.overdue(Duration::from_secs(11), timeout), [(north(), true)]);
    subject.part(part(1, 1, 0, false), 99, Duration::from_secs(9)).unwrap();
    assert_eq!(subject.deadline(timeout), Some(Duration::from_secs(19)), "a part is progress");
}

#[test]
fn a_stream_without_a_place_does_not_resume() {
    let mut subject = Streams::default();
    assert!(!subject.resume(&north()));
    subject.request(&north(), true, Duration::ZERO);
    assert!(!subject.resume(&north()));
    assert!(subject.is_synchronizing(&north()));
}

#[test]
fn topics_of_a_snapshot_are_bounded_over_all_its_parts() {
    let mut subject = Streams::default();
    let request = subject.request(&north(), true, Duration::ZERO);
    let mut take = |names: std::ops::Range<usize>| {
        let topics = names.map(|name| (format!("t{name}"), Vec::new())).collect();
        let part = SnapshotPart { topics, ..part(request, 1, 0, false) };
        subject.part(part, 1 << 20, Duration::ZERO).map(|_| ())
    };
    assert_eq!(take(0..MAX_TOPICS), Ok(()));
    assert_eq!(take(0..MAX_TOPICS), Ok(()), "they are the same");
    assert_eq!(take(MAX_TOPICS..MAX_TOPICS + 1), Err(PartError::TooLarge));
    assert_eq!(take(0..1), Err(PartError::Late), "until it is asked for anew");
}

#[test]
fn parts_that_hold_at_several_positions_are_no_snapshot() {
    let restarted = |part: SnapshotPart| SnapshotPart { epoch: StreamEpoch::from("new"), ..part };
    for second in [|part| part, restarted] as [fn(SnapshotPart) -> SnapshotPart; 2] {
        let mut subject = Streams::default();
        let request = subject.request(&north(), true, Duration::ZERO);
        assert!(subject.part(part(request, 5, 1, false), 999, Duration::ZERO).unwrap().is_none());
        let later = Duration::from_secs(1);
        let moved = second(part(request, 6, 1, false));
        assert_eq!(subject.part(moved, 999, later).unwrap_err(), PartError::Stale);
        let last = second(part(request, 6, 1, true));
        assert_eq!(subject.part(last, 999, later).unwrap_err(), PartError::Late, "half is not all");
        let timeout = Duration::from_secs(10);
        assert_eq!(
            subject.overdue(later + timeout, timeout),
            [(north(), true)],
            "it is asked again"
        );
    }
}
