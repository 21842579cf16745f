//! What changed about patients, in words.
//!
//! An event says how a patient is now. To say what *changed* one must know how the patient was, and that is
//! state folded from events: a slice of the application, committed together with the library's own.

use std::rc::Rc;
use std::sync::Arc;

use yewdux::{Context, Store};
use yewdux_socket::error::ValidationError;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::wire::RawJson;
use yewdux_socket::{EntitySlice, OrganizationId, RealtimeSlice, ReceivedEvent};

use crate::words::status_code;

/// Descriptions that are kept of each organization: as many as the library keeps events.
const KEPT: usize = 100;

/// The latest changes of patients, by organization.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    /// How they were before the next event: the library's own slice, a second time.
    patients: EntitySlice<Patient>,
    /// A user has few organizations.
    chapters: Rc<Vec<Chapter>>,
}

#[derive(Debug, Clone)]
struct Chapter {
    organization: OrganizationId,
    /// What changed, by the offset of the event, the latest last.
    changes: Vec<(u64, Rc<str>)>,
}

impl Journal {
    /// What an event changed, if that is still known.
    pub(crate) fn change(&self, event: &ReceivedEvent) -> Option<Rc<str>> {
        let offset = event.envelope.position.as_ref()?.offset;
        let organization = event.envelope.organization.as_ref()?;
        let chapter = self.chapters.iter().find(|of| of.organization == *organization)?;
        chapter.changes.iter().rev().find(|(of, _)| *of == offset).map(|(_, text)| text.clone())
    }

    fn write(&mut self, organization: &OrganizationId, offset: u64, change: &str) {
        let chapters = Rc::make_mut(&mut self.chapters);
        let chapter = chapters.iter().position(|of| of.organization == *organization);
        let chapter = chapter.unwrap_or_else(|| {
            chapters.push(Chapter { organization: organization.clone(), changes: Vec::new() });
            chapters.len() - 1
        });
        let changes = &mut chapters[chapter].changes;
        if changes.len() >= KEPT {
            changes.remove(0);
        }
        changes.push((offset, change.into()));
    }
}

/// Two journals are equal if nothing was written between them.
impl PartialEq for Journal {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.chapters, &other.chapters)
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
            let before = self.patients.organization(organization).get(&patient.id).cloned();
            self.patients.apply(std::slice::from_ref(event));
            if let Some(position) = &event.envelope.position {
                let change = difference(before.as_deref(), patient);
                self.write(organization, position.offset, &change);
            }
        }
    }

    fn replace(
        &mut self,
        organization: &OrganizationId,
        entries: &[RawJson],
    ) -> Result<(), ValidationError> {
        self.patients.replace(organization, entries)
    }

    fn purge(&mut self, organization: Option<&OrganizationId>) {
        self.patients.purge(organization);
        Rc::make_mut(&mut self.chapters)
            .retain(|chapter| organization.is_some_and(|gone| chapter.organization != *gone));
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
        let (was, is) = (status_code(before.status), status_code(now.status));
        changes.push(format!("{was}\u{a0}→ {is}"));
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
