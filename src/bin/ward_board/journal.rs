//! What changed about patients, in words.
//!
//! An event says how a patient is now. To say what *changed* one must know how the patient was, and that is
//! state folded from events: a slice of the application, committed together with the library's own.

use std::rc::Rc;
use std::sync::Arc;

use imbl::{OrdMap, Vector};
use yewdux::{Context, Store};
use yewdux_socket::error::ValidationError;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::wire::RawJson;
use yewdux_socket::{OrganizationId, RealtimeSlice, ReceivedEvent};

use crate::words::status_name;

/// Descriptions that are kept of each organization: as many as the library keeps events.
const KEPT: usize = 100;

/// The latest changes of patients, by organization.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    organizations: OrdMap<OrganizationId, Chapter>,
}

#[derive(Debug, Clone, Default)]
struct Chapter {
    patients: OrdMap<Rc<str>, Arc<Patient>>,
    /// What changed, by the offset of the event.
    changes: Vector<(u64, Rc<str>)>,
}

impl Journal {
    /// What an event changed, if that is still known.
    pub(crate) fn change(&self, event: &ReceivedEvent) -> Option<Rc<str>> {
        let offset = event.envelope.position.as_ref()?.offset;
        let chapter = self.organizations.get(event.envelope.organization.as_ref()?)?;
        chapter.changes.iter().rev().find(|(of, _)| *of == offset).map(|(_, text)| text.clone())
    }
}

/// Two journals are equal if nothing was written between them.
impl PartialEq for Journal {
    fn eq(&self, other: &Self) -> bool {
        self.organizations.ptr_eq(&other.organizations)
    }
}

impl Store for Journal {
    fn new(_: &Context) -> Self {
        Self::default()
    }

    fn should_notify(&self, old: &Self) -> bool {
        self != old
    }
}

impl RealtimeSlice for Journal {
    const TOPIC: Option<&'static str> = Some("patients");

    fn apply(&mut self, events: &[Arc<ReceivedEvent>]) {
        for event in events {
            let (Some(PatientUpdated { patient }), Some(organization)) =
                (event.payload(), &event.envelope.organization)
            else {
                continue;
            };
            let chapter = self.organizations.entry(organization.clone()).or_default();
            let before = chapter.patients.insert(patient.id.as_str().into(), patient.clone());
            if let Some(position) = &event.envelope.position {
                if chapter.changes.len() >= KEPT {
                    chapter.changes.pop_front();
                }
                chapter
                    .changes
                    .push_back((position.offset, difference(before.as_deref(), patient).into()));
            }
        }
    }

    fn replace(
        &mut self,
        organization: &OrganizationId,
        entries: &[RawJson],
    ) -> Result<(), ValidationError> {
        let patients = entries
            .iter()
            .map(|entry| {
                entry
                    .decode()
                    .map(|patient: Patient| (Rc::from(patient.id.as_str()), Arc::new(patient)))
            })
            .collect::<Result<_, _>>()?;
        self.organizations.entry(organization.clone()).or_default().patients = patients;
        Ok(())
    }

    fn purge(&mut self, organization: Option<&OrganizationId>) {
        match organization {
            Some(organization) => {
                self.organizations.remove(organization);
            }
            None => self.organizations.clear(),
        }
    }
}

/// What is different now.
fn difference(before: Option<&Patient>, now: &Patient) -> String {
    let Some(before) = before else { return format!("new in {}", now.ward) };
    let mut changes = Vec::new();
    if before.name != now.name {
        changes.push(format!("was {}", before.name));
    }
    if before.status != now.status {
        let (was, is) = (status_name(before.status), status_name(now.status));
        changes.push(format!("{}\u{a0}→ {}", was.to_lowercase(), is.to_lowercase()));
    }
    if before.ward != now.ward {
        changes.push(format!("{}\u{a0}→ {}", before.ward, now.ward));
    }
    if before.heart_rate != now.heart_rate {
        changes.push(format!("heart rate {}\u{a0}→\u{a0}{}", before.heart_rate, now.heart_rate));
    }
    if changes.is_empty() { "confirmed as it was".to_owned() } else { changes.join(", ") }
}

#[cfg(test)]
mod tests {
    use yewdux_socket::Sensitive;
    use yewdux_socket::event::PatientStatus;

    use super::*;

    #[test]
    fn differences_are_said_in_words() {
        let before = Patient {
            id: "p1".into(),
            name: "Ida Holm".into(),
            ward: "Surgery".into(),
            status: PatientStatus::Stable,
            heart_rate: 88,
            diagnosis: Sensitive::default(),
        };
        let now = Patient { heart_rate: 131, status: PatientStatus::Critical, ..before.clone() };
        assert_eq!(
            difference(Some(&before), &now),
            "stable\u{a0}→ critical, heart rate 88\u{a0}→\u{a0}131"
        );
        assert_eq!(difference(Some(&before), &before), "confirmed as it was");
        assert_eq!(difference(None, &before), "new in Surgery");
    }
}
