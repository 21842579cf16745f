//! What came in and could not be used: the latest of it, without what it said.

use std::sync::Arc;

use serde::Serialize;

use crate::error::ValidationError;
use crate::event::Envelope;
use crate::id::OrganizationId;
use crate::time::Timestamp;

/// Something that came in and could not be used. It holds no part of the payload. What belongs to an organization that
/// is not the user's never comes here: it is only counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Quarantined {
    /// The event type; `None` if not even the envelope could be read.
    pub event_type: Option<Arc<str>>,
    /// The organization, if the envelope named one. It is one of the user's.
    pub organization: Option<OrganizationId>,
    /// The stable code of the error.
    pub code: &'static str,
    /// The field that is wrong, where that is known: of a wrong structure as JSON names it, of a wrong value the path as
    /// Rust names it.
    pub path: Option<String>,
    /// What is wrong with it, without the value.
    pub reason: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// When it came.
    pub at: Timestamp,
}

/// The latest of what could not be used.
#[derive(Debug, Default)]
pub(crate) struct Quarantine(Arc<[Arc<Quarantined>]>);

impl Quarantine {
    /// Takes one in. The oldest goes if there are more than `limit`.
    pub(crate) fn take(
        &mut self,
        envelope: Option<&Envelope>,
        error: &ValidationError,
        bytes: usize,
        at: Timestamp,
        limit: usize,
    ) {
        let new = Arc::new(Quarantined {
            event_type: envelope.map(|envelope| envelope.event_type.clone()),
            organization: envelope.and_then(|envelope| envelope.organization.clone()),
            code: error.code(),
            path: error.path().map(str::to_owned),
            reason: error.to_string(),
            bytes,
            at,
        });
        let excess = (self.0.len() + 1).saturating_sub(limit);
        self.0 = self.0.iter().chain([&new]).skip(excess).cloned().collect();
    }

    /// What is in it, oldest first. Costs nothing while it stays the same.
    pub(crate) fn entries(&self) -> &Arc<[Arc<Quarantined>]> {
        &self.0
    }

    /// Forgets what belongs to an organization.
    pub(crate) fn purge(&mut self, organization: &OrganizationId) {
        let is_other =
            |entry: &&Arc<Quarantined>| entry.organization.as_ref() != Some(organization);
        if !self.0.iter().all(|entry| is_other(&entry)) {
            self.0 = self.0.iter().filter(is_other).cloned().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(quarantine: &mut Quarantine, organization: &str, bytes: usize) {
        let envelope = Envelope {
            event_type: "note".into(),
            organization: Some(OrganizationId::from(organization)),
            timestamp: Timestamp::default(),
            position: None,
        };
        let error = ValidationError::value("text", "too long");
        quarantine.take(Some(&envelope), &error, bytes, Timestamp::default(), 3);
    }

    fn sizes(quarantine: &Quarantine) -> Vec<usize> {
        quarantine.entries().iter().map(|entry| entry.bytes).collect()
    }

    #[test]
    fn the_oldest_goes_at_the_bound() {
        let mut quarantine = Quarantine::default();
        for bytes in 1..=5 {
            take(&mut quarantine, "north", bytes);
        }
        assert_eq!(sizes(&quarantine), [3, 4, 5]);
        let entry = &quarantine.entries()[0];
        assert_eq!((entry.code, entry.path.as_deref()), ("invalid_value", Some("text")));
        assert_eq!(entry.event_type.as_deref(), Some("note"));
    }

    #[test]
    fn an_organization_is_forgotten_alone() {
        let mut quarantine = Quarantine::default();
        take(&mut quarantine, "north", 1);
        take(&mut quarantine, "south", 2);
        quarantine.take(None, &ValidationError::PayloadShape, 3, Timestamp::default(), 3);
        quarantine.purge(&OrganizationId::from("north"));
        assert_eq!(sizes(&quarantine), [2, 3]);
        assert_eq!(quarantine.entries()[1].event_type, None);
    }
}
