use super::*;
use crate::time::Now;

const WINDOW: usize = 64;

fn event(name: &str, lane: Lane, time_to_live: u64) -> NewEvent {
    NewEvent {
        id: EventId::from(name),
        event_type: "patient_updated".into(),
        organization: Some(OrganizationId::from(if name.starts_with('s') {
            "south"
        } else {
            "north"
        })),
        payload: RawJson::parse("{}".into()).unwrap(),
        lane,
        timestamp: Timestamp::default(),
        time_to_live: Duration::from_secs(time_to_live),
        volatile: false,
    }
}

fn outbox(events: &[(&str, Lane)]) -> Outbox {
    let mut outbox = Outbox::default();
    for (name, lane) in events {
        outbox.push(Duration::ZERO, event(name, *lane, 100)).unwrap();
    }
    outbox
}

fn write_all(outbox: &mut Outbox) -> Vec<String> {
    std::iter::from_fn(|| {
        let next = outbox.next(WINDOW)?;
        outbox.mark_written(&next.id, Some(Duration::from_mins(1)));
        Some(next.id.to_string())
    })
    .collect()
}

#[test]
fn order_is_kept_within_a_lane_and_lanes_go_by_priority() {
    let mut subject = outbox(&[
        ("low", Lane::Low),
        ("a", Lane::Normal),
        ("high", Lane::High),
        ("b", Lane::Normal),
    ]);
    assert_eq!(write_all(&mut subject), ["high", "a", "b", "low"]);
}

#[test]
fn what_was_written_goes_again_first_in_order() {
    let mut subject = outbox(&[("a", Lane::Normal), ("b", Lane::Normal)]);
    write_all(&mut subject);
    subject.push(Duration::ZERO, event("high", Lane::High, 100)).unwrap();
    subject.connection_lost();
    assert_eq!(write_all(&mut subject), ["a", "b", "high"]);
    let retries: Vec<_> = subject.events().map(|event| event.retry_count).collect();
    assert_eq!(retries, [1, 1, 0]);
}

#[test]
fn an_event_is_not_repeated_once_its_key_may_be_forgotten() {
    let mut subject = outbox(&[("a", Lane::Normal)]);
    let (id, before, after) = (EventId::from("a"), Duration::from_secs(59), Duration::from_mins(1));
    assert!(subject.may_be_sent(&id, after, None), "it was never written");
    write_all(&mut subject);
    subject.connection_lost();
    assert!(subject.may_be_sent(&id, before, None) && !subject.may_be_sent(&id, after, None));
    subject.mark_written(&id, Some(Duration::from_secs(99)));
    assert!(!subject.may_be_sent(&id, after, None), "the server counts from the first time");
    subject.mark_written(&id, Some(Duration::from_secs(20)));
    assert!(!subject.may_be_sent(&id, Duration::from_secs(20), None), "or it forgets sooner now");
}

#[test]
fn settled_events_are_gone_and_settle_once() {
    let mut subject = outbox(&[("a", Lane::Normal)]);
    write_all(&mut subject);
    assert!(subject.settle(&EventId::from("a")));
    assert!(!subject.settle(&EventId::from("a")));
    assert_eq!((subject.events().count(), subject.bytes, subject.deadline()), (0, 0, None));
}

#[test]
fn expiry_tells_the_written_from_the_unwritten() {
    let mut subject = outbox(&[("a", Lane::Normal)]);
    write_all(&mut subject);
    subject.push(Duration::ZERO, event("b", Lane::Normal, 50)).unwrap();
    subject.push(Duration::ZERO, event("c", Lane::Normal, 200)).unwrap();
    assert_eq!(subject.deadline(), Some(Duration::from_secs(50)));
    assert_eq!(
        subject.expire(Duration::from_secs(100)),
        [(EventId::from("b"), Outcome::Expired), (EventId::from("a"), Outcome::Unconfirmed)]
    );
    assert_eq!(subject.events().count(), 1);
}

#[test]
fn purging_one_organization_leaves_the_others() {
    let mut subject = outbox(&[("n1", Lane::Normal), ("s1", Lane::Normal), ("n2", Lane::Normal)]);
    subject.mark_written(&EventId::from("n1"), None);
    assert_eq!(
        subject.purge(Some(&OrganizationId::from("north")), false),
        [(EventId::from("n1"), Outcome::Unconfirmed), (EventId::from("n2"), Outcome::Discarded)]
    );
    assert_eq!(subject.purge(None, false), [(EventId::from("s1"), Outcome::Discarded)]);
}

#[test]
fn bounds_in_count_and_bytes_refuse_and_lose_nothing() {
    let config = OutboxConfig { max_events: 2, ..OutboxConfig::default() };
    let mut subject = Outbox::new(config);
    subject.push(Duration::ZERO, event("a", Lane::Normal, 9)).unwrap();
    subject.push(Duration::ZERO, event("b", Lane::Normal, 9)).unwrap();
    assert_eq!(
        subject.push(Duration::ZERO, event("c", Lane::Normal, 9)),
        Err(EmitError::QueueFull { events: 2, bytes: 4 })
    );
    assert_eq!(subject.events().count(), 2);
    // Each takes two bytes: three fill six bytes to the last.
    let mut subject = Outbox::new(OutboxConfig { max_bytes: 6, ..OutboxConfig::default() });
    for name in ["a", "b", "c"] {
        subject.push(Duration::ZERO, event(name, Lane::Normal, 9)).unwrap();
    }
    assert_eq!(
        subject.push(Duration::ZERO, event("d", Lane::Normal, 9)),
        Err(EmitError::QueueFull { events: 3, bytes: 6 })
    );
}

#[test]
fn json_has_the_design_documents_fields() {
    let subject = outbox(&[("a", Lane::Normal)]);
    let json = serde_json::to_value(subject.events().next().unwrap()).unwrap();
    for key in ["id", "type", "payload", "timestamp", "retryCount"] {
        assert!(json.get(key).is_some(), "{key}");
    }
}

#[test]
fn what_is_volatile_is_written_at_once_or_not_at_all() {
    let mut subject = Outbox::default();
    for name in ["a", "b"] {
        subject
            .push(Duration::ZERO, NewEvent { volatile: true, ..event(name, Lane::Normal, 100) })
            .unwrap();
    }
    subject.mark_written(&EventId::from("a"), None);
    assert_eq!(subject.hand_over(&EventId::from("a")), None, "not kept over a reload either");
    assert_eq!(subject.discard_volatile(), [(EventId::from("b"), Outcome::Discarded)]);
    assert_eq!(subject.connection_lost(), [(EventId::from("a"), Outcome::Unconfirmed)]);
    assert_eq!(subject.events().count(), 0);
}

#[test]
fn organizations_take_turns_within_a_lane() {
    let mut subject = outbox(&[
        ("n1", Lane::Normal),
        ("n2", Lane::Normal),
        ("s1", Lane::Normal),
        ("s2", Lane::Normal),
        ("s3", Lane::High),
    ]);
    assert_eq!(write_all(&mut subject), ["s3", "n1", "s1", "n2", "s2"]);
}

#[test]
fn an_organization_whose_acks_do_not_come_blocks_no_other() {
    let names: Vec<_> = (0..20).map(|number| format!("n{number}")).collect();
    let waiting: Vec<_> = names.iter().map(|name| (name.as_str(), Lane::Normal)).collect();
    let mut subject = outbox(&waiting);
    let write = |subject: &mut Outbox| {
        let next = subject.next(8)?;
        subject.mark_written(&next.id, None);
        Some(next.id.to_string())
    };
    let written = std::iter::from_fn(|| write(&mut subject)).count();
    assert_eq!(written, 4, "half of the window");
    subject.push(Duration::ZERO, event("s1", Lane::Low, 100)).unwrap();
    assert_eq!(write(&mut subject).as_deref(), Some("s1"));
    subject.settle(&EventId::from("n0"));
    assert_eq!(write(&mut subject).as_deref(), Some("n4"), "an ack makes room for the next");
    assert_eq!(subject.next(1), None, "the window may shrink below what is in flight");
}

fn stored(name: &str, sequence: u64, emitted_at: i64, expires_at: i64) -> (StoredEvent, Lane) {
    let stored = StoredEvent {
        id: EventId::from(name),
        sequence,
        event_type: "patient_updated".into(),
        organization_id: Some(OrganizationId::from("north")),
        payload: RawJson::parse("{}".into()).unwrap(),
        timestamp: Timestamp::from_millis(emitted_at * 1_000),
        expires_at: Timestamp::from_millis(expires_at * 1_000),
    };
    (stored, Lane::Normal)
}

/// A minute after the page was loaded, at 1 000 s of the wall clock.
const LATER: Now =
    Now { monotonic: Duration::from_mins(1), wall: Timestamp::from_millis(1_000_000) };

#[test]
fn what_an_earlier_page_left_goes_first_and_keeps_its_order() {
    let mut subject = outbox(&[("own", Lane::Normal)]);
    let [first, second] = [stored("first", 3, 900, 1_100), stored("second", 7, 950, 1_100)];
    subject.restore(LATER, vec![second, first]);
    assert_eq!(write_all(&mut subject), ["first", "second", "own"]);
    let kept = subject.hand_over(&EventId::from("own")).unwrap();
    assert_eq!(kept.sequence, 8, "it comes after what is stored");
    assert_eq!(subject.hand_over(&EventId::from("first")), None, "it is stored already");
    assert!(subject.mark_durable(8) && !subject.mark_durable(9));
    assert_eq!(subject.hand_over(&EventId::from("own")), None);
}

#[test]
fn nobody_knows_whether_an_earlier_page_wrote_what_it_left() {
    let mut subject = Outbox::default();
    subject.restore(LATER, vec![stored("a", 0, 900, 1_100)]);
    let id = EventId::from("a");
    let sendable =
        |dedupe| subject.may_be_sent(&id, LATER.monotonic, Some(Duration::from_secs(dedupe)));
    assert!(!sendable(100) && sendable(101), "its key is known from when it was emitted at worst");
    assert_eq!(subject.expire(Duration::from_secs(159)), []);
    assert_eq!(
        subject.expire(Duration::from_secs(160)),
        [(id, Outcome::Unconfirmed)],
        "100 s were left"
    );
}

#[test]
fn a_clock_that_was_set_back_lengthens_no_life() {
    let mut subject = Outbox::default();
    subject.restore(LATER, vec![stored("a", 0, 5_000, 5_010)]);
    assert_eq!(subject.deadline(), Some(Duration::from_secs(70)), "a life of 10 s");
}

#[test]
fn what_is_loaded_again_is_not_doubled() {
    let mut subject = outbox(&[("a", Lane::Normal)]);
    subject.restore(LATER, vec![stored("a", 0, 900, 1_100)]);
    assert_eq!(subject.events().count(), 1);
}

#[test]
fn a_sleep_that_the_steady_clock_did_not_see_counts() {
    let mut subject = outbox(&[("written", Lane::Normal), ("waiting", Lane::Normal)]);
    subject.mark_written(&EventId::from("written"), Some(Duration::from_secs(50)));
    subject.restore(LATER, vec![stored("left", 9, 900, 2_000)]);
    subject.age(Duration::from_secs(45));
    let sendable = |name: &str, now| {
        let dedupe = Some(Duration::from_secs(150));
        subject.may_be_sent(&EventId::from(name), Duration::from_secs(now), dedupe)
    };
    assert!(sendable("written", 4) && !sendable("written", 5));
    assert!(sendable("left", 64) && !sendable("left", 65));
    assert_eq!(subject.deadline(), Some(Duration::from_secs(55)));
}

#[test]
fn what_is_stored_does_not_become_more_from_page_to_page() {
    let mut subject = Outbox::new(OutboxConfig { max_events: 2, ..OutboxConfig::default() });
    for name in ["a", "b"] {
        subject.push(Duration::ZERO, event(name, Lane::Normal, 100)).unwrap();
    }
    subject.restore(LATER, vec![stored("left", 0, 900, 1_100)]);
    let sequence = subject.hand_over(&EventId::from("a")).unwrap().sequence;
    assert_eq!(subject.hand_over(&EventId::from("b")), None, "two are stored, or will be");
    assert!(subject.hand_over(&EventId::from("a")).is_some(), "it may have had no room before");
    assert!(subject.mark_durable(sequence) && subject.mark_durable(sequence));
    assert_eq!(subject.hand_over(&EventId::from("b")), None);
    subject.settle(&EventId::from("left"));
    assert_eq!(subject.hand_over(&EventId::from("b")), None, "it is kept until it is let go");
    assert!(subject.let_go(&EventId::from("left")) && !subject.let_go(&EventId::from("left")));
    assert!(subject.hand_over(&EventId::from("b")).is_some());
}

#[test]
fn what_is_found_again_keeps_its_number_and_what_is_renumbered_is_stored_again() {
    let number = |subject: &mut Outbox, name: &str| {
        subject.hand_over(&EventId::from(name)).map(|event| event.sequence)
    };
    let mut subject = outbox(&[("a", Lane::Normal), ("b", Lane::Normal)]);
    let numbers = [number(&mut subject, "a"), number(&mut subject, "b")];
    subject.mark_all_lost();
    let b = stored("b", numbers[1].unwrap(), 900, 1_100);
    subject.restore(LATER, vec![b]);
    assert_eq!([number(&mut subject, "a"), number(&mut subject, "b")], numbers);

    for sequence in numbers.into_iter().flatten() {
        subject.mark_durable(sequence);
    }
    subject.restore(LATER, vec![stored("left", 50, 900, 1_100)]);
    assert_eq!([number(&mut subject, "a"), number(&mut subject, "b")], [Some(51), Some(52)]);
}
