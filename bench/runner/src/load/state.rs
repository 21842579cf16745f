//! What the events leave behind: each page has to end in the same state.

use std::collections::BTreeMap;

use super::OWN;
use super::generate::{Event, Kind, name, patient_id};

/// The latest event of each patient, without its text.
#[derive(Debug, Clone, Default)]
pub struct State {
    patients: BTreeMap<(usize, usize), Event>,
}

impl State {
    /// Folds an event in, if it is to be applied.
    pub fn apply(&mut self, event: &Event) {
        if event.kind == Kind::Accepted {
            let event = Event { json: String::new(), ..event.clone() };
            self.patients.insert((event.organization, event.patient), event);
        }
    }

    /// FNV-1a with 32 bits over a line for each entity, as `bench/harness.js` makes it.
    pub fn checksum(&self) -> u32 {
        let mut hash = 0x811c_9dc5_u32;
        for (&(organization, patient), event) in &self.patients {
            let Event { ward, status, heart_rate, diagnosis, .. } = event;
            let (id, name) = (patient_id(patient), name(patient));
            let line = format!(
                "{}|{id}|{name}|{ward}|{status}|{heart_rate}|{diagnosis}\n",
                OWN[organization]
            );
            for byte in line.bytes() {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Generator;

    #[test]
    fn an_empty_state_has_the_offset_basis() {
        assert_eq!(State::default().checksum(), 0x811c_9dc5);
    }

    #[test]
    fn what_is_not_applied_changes_nothing_and_what_is_does() {
        let mut generator = Generator::new(3);
        let (mut state, mut last) = (State::default(), State::default().checksum());
        for _ in 0..1_000 {
            let event = generator.next_event();
            let held = state.patients.get(&(event.organization, event.patient)).cloned();
            state.apply(&event);
            let same = |held: &Event| {
                (held.ward, held.status, held.heart_rate, held.diagnosis)
                    == (event.ward, event.status, event.heart_rate, event.diagnosis)
            };
            let unchanged = event.kind != Kind::Accepted || held.as_ref().is_some_and(same);
            assert_eq!(state.checksum() == last, unchanged, "{event:?}");
            last = state.checksum();
        }
    }
}
