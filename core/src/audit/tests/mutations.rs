//! 10 000 single mutations of an export, each of which must be detected against the stored head.

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::*;

const MUTATIONS: usize = 10_000;

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u32()).unwrap() % end
    }

    /// Two different places, in order.
    fn two(&mut self, end: usize) -> (usize, usize) {
        let (one, step) = (self.below(end), 1 + self.below(end - 1));
        let two = (one + step) % end;
        (one.min(two), one.max(two))
    }
}

/// How the hashes are adapted to an edit, by somebody who knows how they are made.
#[derive(Debug, Clone, Copy)]
enum Forgery {
    /// They are not.
    None,
    /// That of the entry itself.
    Own,
    /// All from there to the end.
    All,
}

/// Changes one member of an entry.
fn edit(entry: &mut AuditEntry, dice: &mut Dice) {
    match dice.below(11) {
        0 => entry.sequence += 1,
        1 => entry.recorded = Timestamp::from_millis(entry.recorded.as_millis() - 1),
        2 => entry.monotonic_ms += 1,
        3 => {
            let at = AuditAction::ALL.iter().position(|action| *action == entry.action).unwrap();
            entry.action = AuditAction::ALL[(at + 1 + dice.below(9)) % 10];
        }
        4 => {
            entry.outcome.code = match entry.outcome.code {
                OutcomeCode::Success => OutcomeCode::Failure,
                OutcomeCode::Failure => OutcomeCode::Success,
            };
        }
        5 => entry.outcome.detail = Some(format!("{:?}", entry.outcome.detail)),
        6 => entry.agent.who = Some(UserId::from("eva")),
        7 => entry.organization = Some(OrganizationId::from("east-clinic")),
        8 => entry.count = Some(entry.count.map_or(1, |count| count + 1)),
        9 => entry.chain = AuditChainId::from_bits(1),
        _ => entry.previous = AuditHash::of(&[b"another"]),
    }
}

fn lines(entries: &[AuditEntry]) -> Vec<String> {
    entries.iter().map(AuditEntry::canonical).collect()
}

/// The lines after one mutation, and what it was. The head is the last line.
fn mutate(entries: &[AuditEntry], head: &str, dice: &mut Dice) -> (String, String) {
    let count = entries.len();
    let with_head = |mut lines: Vec<String>| {
        lines.push(head.to_owned());
        lines.join("\n") + "\n"
    };
    match dice.below(6) {
        0 | 1 => {
            let (at, mut entries) = (dice.below(count), entries.to_vec());
            edit(&mut entries[at], dice);
            let forgery = [Forgery::None, Forgery::Own, Forgery::All][dice.below(3)];
            let end = match forgery {
                Forgery::None => at,
                Forgery::Own => at + 1,
                Forgery::All => count,
            };
            for next in at..end {
                if next > at {
                    entries[next].previous = entries[next - 1].hash;
                }
                entries[next].hash = entries[next].true_hash();
            }
            (with_head(lines(&entries)), format!("edit of {at}, {forgery:?}"))
        }
        2 => {
            let mut lines = lines(entries);
            let at = dice.below(count);
            lines.remove(at);
            (with_head(lines), format!("deletion of {at}"))
        }
        3 => {
            let mut lines = lines(entries);
            let (one, two) = dice.two(count);
            lines.swap(one, two);
            (with_head(lines), format!("{one} and {two} swapped"))
        }
        4 => {
            let mut lines = lines(entries);
            let left = dice.below(count);
            lines.truncate(left);
            // With the head's line, without it, and with one that says there is none.
            let text = match dice.below(3) {
                0 => with_head(lines),
                1 => lines.join("\n") + "\n",
                _ => lines.join("\n") + "\n{\"head\":null}\n",
            };
            (text, format!("truncation to {left} entries"))
        }
        _ => {
            let mut text = (lines(entries).join("\n") + "\n").into_bytes();
            let (at, byte) = (dice.below(text.len()), u8::try_from(dice.below(128)).unwrap());
            text[at] = if text[at] == byte { byte ^ 1 } else { byte };
            let text = String::from_utf8(text).unwrap();
            (text + head + "\n", format!("byte {at} becomes {byte}"))
        }
    }
}

#[test]
fn ten_thousand_single_mutations_are_all_detected() {
    // The whole chain, and one whose beginning is no longer in memory.
    let logs = [log_of(120, 1_000), log_of(400, 120)];
    let mut dice = Dice(ChaCha8Rng::from_seed([3; 32]));
    for (round, log) in logs.iter().enumerate() {
        let entries: Vec<_> = log.entries().iter().map(|entry| (**entry).clone()).collect();
        let text = export(log.entries(), Some(&signed(log)));
        let stored = Some(head_of(log));
        assert!(verify(&text, stored).is_ok(), "unaltered, it is intact");
        let head = text.lines().last().unwrap();
        for number in 0..MUTATIONS / logs.len() {
            let (mutated, what) = mutate(&entries, head, &mut dice);
            assert_ne!(mutated, text, "{what}");
            let verdict = verify(&mutated, stored);
            assert!(verdict.is_err(), "log {round}, mutation {number}, {what}: {verdict:?}");
        }
    }
}
