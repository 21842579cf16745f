//! The events.

use std::fmt::{Display, Write as _};

use fastrand::Rng;

use super::{EPOCH, FOREIGN, OWN};

/// One in so many events is not valid.
const MALFORMED: usize = 100;
/// All start alike.
const SEED: u64 = 20_261_124;

const NAMES: [&str; 8] = [
    "Ida Holm",
    "Noah Berger",
    "Mira Castell",
    "Elias Dubois",
    "Lena Iyer",
    "Tomas Jansen",
    "Aylin Moreno",
    "Jonas Farouk",
];
const WARDS: [&str; 5] = ["A1", "A2", "B1", "B2", "ICU"];
const STATUSES: [&str; 4] = ["stable", "observation", "critical", "discharged"];
const DIAGNOSES: [&str; 5] = ["Influenza", "Anaemia", "Pneumonia", "Migraine", "Asthma"];

/// What is to become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is applied.
    Accepted,
    /// It belongs to an organization that is none of the user's.
    Foreign,
    /// It is not valid.
    Malformed,
}

/// What an event says of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What is to become of it.
    pub kind: Kind,
    /// The organization: an index into [`OWN`], or one behind its end.
    pub organization: usize,
    /// The number of the patient within the organization.
    pub patient: usize,
    /// The text of the event.
    pub json: String,
    pub(super) ward: &'static str,
    pub(super) status: &'static str,
    pub(super) heart_rate: u16,
    pub(super) diagnosis: &'static str,
}

/// Makes events, always the same ones in the same order.
#[derive(Debug)]
pub struct Generator {
    random: Rng,
    offsets: [u64; OWN.len() + 1],
    /// Patients of each organization.
    patients: usize,
    filled: usize,
    made: usize,
}

impl Generator {
    /// A generator for a state of so many entities in all, rounded up to a multiple of the user's organizations.
    pub fn new(entities: usize) -> Self {
        let patients = entities.div_ceil(OWN.len()).max(1);
        Self { random: Rng::with_seed(SEED), offsets: [0; 4], patients, filled: 0, made: 0 }
    }

    /// The next of the events that fill the state, each entity once, ordered by organization and id.
    pub fn fill(&mut self) -> Option<Event> {
        let (organization, patient) = (self.filled / self.patients, self.filled % self.patients);
        self.filled += 1;
        (organization < OWN.len()).then(|| self.event(Kind::Accepted, organization, patient))
    }

    /// The next event.
    pub fn next_event(&mut self) -> Event {
        let organization = self.random.usize(..=OWN.len());
        let patient = self.random.usize(..self.patients);
        self.made += 1;
        let kind = if organization == OWN.len() {
            Kind::Foreign
        } else if self.made.is_multiple_of(MALFORMED) {
            Kind::Malformed
        } else {
            Kind::Accepted
        };
        self.event(kind, organization, patient)
    }

    fn event(&mut self, kind: Kind, organization: usize, patient: usize) -> Event {
        let ward = WARDS[self.random.usize(..WARDS.len())];
        let status = STATUSES[self.random.usize(..STATUSES.len())];
        let diagnosis = DIAGNOSES[self.random.usize(..DIAGNOSES.len())];
        let heart_rate = self.random.u16(40..180);
        self.offsets[organization] += 1;
        let offset = self.offsets[organization];
        let id = OWN.get(organization).unwrap_or(&FOREIGN);
        let (seconds, millis) = (offset / 1_000 % 60, offset % 1_000);
        let mut json = format!(
            r#"{{"type":"patient_updated","organizationId":"{id}","timestamp":"2026-11-24T09:00:{seconds:02}.{millis:03}Z","epoch":"{EPOCH}","offset":{offset},"patient":{{"id":"{}","name":"{}","ward":"{ward}","status":"{status}","heartRate":"#,
            patient_id(patient),
            name(patient),
        );
        let value: &dyn Display =
            if kind == Kind::Malformed { &r#""unknown""# } else { &heart_rate };
        // Writing to a string does not fail.
        let _ = write!(json, r#"{value},"diagnosis":"{diagnosis}"}}}}"#);
        Event { kind, organization, patient, json, ward, status, heart_rate, diagnosis }
    }
}

/// The id of a patient: ordered as the numbers are.
pub(super) fn patient_id(patient: usize) -> String {
    format!("p-{patient:06}")
}

pub(super) fn name(patient: usize) -> &'static str {
    NAMES[patient % NAMES.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_events_are_the_same_each_time() {
        let events = |entities| {
            let mut generator = Generator::new(entities);
            (0..1_000).map(|_| generator.next_event().json).collect::<Vec<_>>()
        };
        assert!(events(100) == events(100));
        assert!(events(100) != events(200), "they follow from the size of the state");
    }

    #[test]
    fn the_mixture_is_what_it_should_be() -> Result<(), serde_json::Error> {
        let mut generator = Generator::new(30);
        let events: Vec<_> = (0..10_000).map(|_| generator.next_event()).collect();
        let count = |kind| events.iter().filter(|event| event.kind == kind).count();
        assert!((2_300..2_700).contains(&count(Kind::Foreign)), "{}", count(Kind::Foreign));
        assert!((60..100).contains(&count(Kind::Malformed)), "{}", count(Kind::Malformed));
        let bytes: usize = events.iter().map(|event| event.json.len()).sum();
        assert!((217..=247).contains(&(bytes / events.len())), "{}", bytes / events.len());
        let mut offsets = [0; 4];
        for event in events {
            let json: Value = serde_json::from_str(&event.json)?;
            offsets[event.organization] += 1;
            assert_eq!(json["offset"], offsets[event.organization], "no gap");
            assert_eq!(json["patient"]["heartRate"].is_number(), event.kind != Kind::Malformed);
            assert_eq!(json["organizationId"] == FOREIGN, event.kind == Kind::Foreign);
        }
        Ok(())
    }

    #[test]
    fn the_state_is_filled_with_each_entity_once() {
        let mut generator = Generator::new(31);
        let mut filled = Vec::new();
        while let Some(event) = generator.fill() {
            filled.push((event.organization, event.patient));
        }
        assert_eq!(filled.len(), 33);
        filled.dedup();
        assert_eq!(filled.len(), 33);
        assert!(filled.is_sorted());
    }
}
