//! What waits for the sink.

use super::*;

/// A log whose entries go to a sink.
struct World {
    log: Log,
    handover: Handover,
    max_entries: usize,
    lost: usize,
    /// What the sink wrote down.
    file: Vec<Arc<AuditEntry>>,
}

impl World {
    fn new(max_entries: usize) -> Self {
        let log = log_of(0, 10_000);
        Self { log, handover: Handover::default(), max_entries, lost: 0, file: Vec::new() }
    }

    fn record(&mut self, entries: usize) {
        for _ in 0..entries {
            for entry in append(&mut self.log) {
                self.lost += self.handover.push(entry, self.max_entries);
            }
        }
    }

    fn take(&mut self, second: u64) -> bool {
        let Some((operation, entries)) = self.handover.due(now(second).monotonic) else {
            return false;
        };
        self.file.extend(entries);
        assert!(self.handover.answered(now(second).monotonic, operation, true));
        let chain = self.log.chain().clone();
        for draft in self.handover.losses(&chain) {
            let agent = AuditAgent::default();
            for entry in self.log.append(now(second), &agent, draft) {
                self.lost += self.handover.push(entry, self.max_entries);
            }
        }
        true
    }

    /// Verifies the sink's file.
    fn verify(&self) -> Result<AuditReport, AuditFlaw> {
        verify(&export(&self.file, None), Some(head_of(&self.log)))
    }
}

#[test]
fn entries_are_handed_over_once_and_in_order() {
    let mut world = World::new(100);
    world.record(3);
    assert!(world.take(0));
    assert!(!world.take(0), "nothing waits");
    assert_eq!(world.handover.deadline(), None);
    world.record(2);
    assert!(world.take(1));
    assert_eq!((world.verify().unwrap().missing, world.file.len()), (0, 5));
}

#[test]
fn what_was_not_taken_comes_again_after_a_wait_that_grows() {
    let mut world = World::new(100);
    world.record(3);
    let mut second = 0;
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        let (operation, entries) = world.handover.due(now(second).monotonic).unwrap();
        assert_eq!(entries.len(), 3);
        assert!(world.handover.due(now(second).monotonic).is_none(), "one at a time");
        assert!(world.handover.answered(now(second).monotonic, operation, false));
        assert!(!world.handover.answered(now(second).monotonic, operation, true), "once");
        assert_eq!(world.handover.deadline(), Some(now(second + wait).monotonic));
        second += wait;
    }
    assert!(world.take(second));
    world.record(1);
    assert!(world.take(second), "after a success nothing waits");
    assert_eq!(world.verify().unwrap().missing, 0);
}

#[test]
fn a_sink_that_does_not_answer_is_asked_again() {
    let mut world = World::new(100);
    world.record(1);
    let (operation, _) = world.handover.due(now(0).monotonic).unwrap();
    assert_eq!(world.handover.deadline(), Some(now(30).monotonic));
    assert!(
        !world.handover.is_overdue(now(29).monotonic)
            && world.handover.is_overdue(now(30).monotonic)
    );
    assert!(world.handover.due(now(30).monotonic).is_none());
    assert!(!world.handover.answered(now(30).monotonic, operation, true), "too late");
    assert!(world.take(31));
}

#[test]
fn the_end_of_a_sign_in_waits_for_no_answer_and_leaves_no_hole() {
    let mut world = World::new(100);
    world.record(2);
    let (first, _) = world.handover.due(now(0).monotonic).unwrap();
    world.record(1);
    let (second, entries) = world.handover.hand_over(now(0).monotonic).unwrap();
    assert_eq!(entries.len(), 3, "the sink may not take what it has");
    assert!(!world.handover.answered(now(1).monotonic, first, false), "that is over");
    assert!(world.handover.answered(now(1).monotonic, second, true));
    assert!(world.handover.hand_over(now(2).monotonic).is_none());
}

#[test]
fn what_is_lost_is_in_the_chain_which_stays_verifiable() {
    let mut world = World::new(20);
    world.record(5);
    assert!(world.take(0));
    world.record(100);
    assert!(world.lost >= 80, "{} lost", world.lost);
    assert!(world.take(1));
    world.record(1);
    assert!(world.take(2));
    let report = world.verify().unwrap();
    assert_eq!(report.missing, u64::try_from(world.lost).unwrap());
    assert_eq!(report.first, 1);

    // With the gap, what is before it is still tied to what is behind.
    let mut altered = World { file: world.file.clone(), ..World::new(20) };
    altered.log = world.log;
    let mut other = log_of(0, 10_000);
    append(&mut other);
    for entry in &mut altered.file[..5] {
        let mut forged = (**entry).clone();
        forged.monotonic_ms += 1;
        *entry = Arc::new(forged);
    }
    for at in 0..5 {
        let previous = if at == 0 { AuditHash::NONE } else { altered.file[at - 1].hash };
        let mut forged = (*altered.file[at]).clone();
        forged.previous = previous;
        forged.hash = forged.true_hash();
        altered.file[at] = Arc::new(forged);
    }
    assert!(matches!(altered.verify().unwrap_err().flaw, Flaw::Missing { from: 6, .. }));
}

#[test]
fn what_is_lost_of_an_earlier_chain_is_said_with_its_name() {
    let mut world = World::new(8);
    world.record(8);
    let earlier = world.log.chain().clone();
    world.log.begin_anew();
    world.record(1);
    assert_eq!(world.lost, 2);
    let chain = world.log.chain().clone();
    let losses = world.handover.losses(&chain);
    let agent = AuditAgent::default();
    let entry = world.log.append(now(0), &agent, losses[0].clone()).remove(0);
    let gone = entry.discarded.clone().unwrap();
    assert_eq!((gone.chain, gone.from, gone.to, losses.len()), (Some(earlier), 1, 2, 1));
}
