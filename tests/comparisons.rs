//! What it costs to find out whether anything changed.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::cell::Cell;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use yewdux::Store;
use yewdux_socket::event::EventRegistry;
use yewdux_socket::wire::RawJson;
use yewdux_socket::{
    Entity, EntityChange, EntitySlice, Envelope, OrganizationId, RealtimeSlice, SocketEvent,
    Timestamp,
};

const MANY: u32 = 100_000;
/// A leaf of the map and its neighbours on the way down, at most.
const FEW: usize = 200;

thread_local! {
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// Counts how often one is compared with another.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bed {
    id: String,
    free: bool,
}

impl PartialEq for Bed {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.set(COMPARED.get() + 1);
        (&self.id, self.free) == (&other.id, other.free)
    }
}

#[derive(Serialize, Deserialize)]
struct BedChanged {
    bed: Arc<Bed>,
}

impl SocketEvent for BedChanged {
    const TYPE: &'static str = "bed_changed";
}

impl Entity for Bed {
    type Event = BedChanged;
    const TOPIC: &'static str = "beds";

    fn id(&self) -> &str {
        &self.id
    }

    fn change(event: &BedChanged) -> EntityChange<Self> {
        EntityChange::Set(event.bed.clone())
    }
}

fn bed(number: u32, free: bool) -> Bed {
    Bed { id: format!("{number:06}"), free }
}

fn north() -> OrganizationId {
    OrganizationId::from("north")
}

fn full() -> EntitySlice<Bed> {
    let mut slice = EntitySlice::default();
    let beds: Vec<_> = (0..MANY).map(|number| RawJson::of(&bed(number, false)).unwrap()).collect();
    slice.replace(&north(), &beds).unwrap();
    slice
}

/// The slice after an event about one bed.
fn after(slice: &EntitySlice<Bed>, bed: Bed) -> EntitySlice<Bed> {
    let mut registry = EventRegistry::empty();
    let kind = registry.register::<BedChanged>().unwrap().get(BedChanged::TYPE).unwrap();
    let envelope = Envelope {
        event_type: BedChanged::TYPE.into(),
        organization: Some(north()),
        timestamp: Timestamp::from_millis(0),
        position: None,
    };
    let event = kind
        .decode(envelope, RawJson::of(&BedChanged { bed: bed.into() }).unwrap().as_str())
        .unwrap();
    let mut slice = slice.clone();
    slice.apply(&[Arc::new(event)]);
    slice
}

/// Whether two slices show the same, and how many entities were compared for it.
fn compare(one: &EntitySlice<Bed>, two: &EntitySlice<Bed>) -> (bool, usize) {
    COMPARED.set(0);
    let is_same = one.organization(&north()) == two.organization(&north());
    (is_same, COMPARED.get())
}

#[test]
fn where_nothing_changed_nothing_is_compared() {
    let slice = full();
    assert_eq!(compare(&slice, &slice.clone()), (true, 0));
}

#[test]
fn one_change_among_many_is_found_without_looking_at_all() {
    let slice = full();
    for number in [0, 1, MANY / 2, MANY - 1] {
        let (is_same, compared) = compare(&slice, &after(&slice, bed(number, true)));
        assert!(!is_same && compared <= FEW, "bed {number}: {compared} were compared");
        let (is_same, compared) = compare(&slice, &after(&slice, bed(number, false)));
        assert!(is_same && compared <= FEW, "bed {number} as before: {compared} were compared");
    }
    let (is_same, compared) = compare(&slice, &after(&slice, bed(MANY, false)));
    assert!(!is_same && compared <= FEW, "another one: {compared} were compared");
}

#[test]
fn an_event_that_says_what_is_known_changes_nothing() {
    let slice = full();
    let same = after(&slice, bed(7, false));
    assert!(!same.should_notify(&slice), "nobody is told");
    assert!(after(&slice, bed(7, true)).should_notify(&slice));
    assert!(after(&EntitySlice::default(), bed(7, true)).should_notify(&EntitySlice::default()));
}

#[test]
fn what_did_not_change_stays_the_very_same() {
    let slice = full();
    let changed = after(&slice, bed(7, true));
    let (before, now) = (slice.organization(&north()), changed.organization(&north()));
    let is_same = |(one, two)| Arc::ptr_eq(one, two);
    let others = before.iter().zip(now.iter()).filter(|pair| !is_same(*pair)).count();
    assert_eq!(others, 1);
}
