//! State that heals itself: what is done about events that cannot be used and state that is wrong.

use std::time::Duration;

use litemap::LiteMap;

use super::Client;
use crate::error::{Error, PerformanceError, ValidationError};
use crate::event::Envelope;
use crate::id::OrganizationId;
use crate::recovery::{CorruptionRecovery, EventRecovery, StateCorruption};
use crate::wire::{Pong, PresenceSummary, capability};

/// Organizations that were fetched because of unusable events, and when they may be again.
#[derive(Debug, Default)]
pub(super) struct Repairs(LiteMap<OrganizationId, Repair>);

#[derive(Debug)]
struct Repair {
    not_before: Duration,
    /// Whether there is a reason to fetch once more then.
    wanted: bool,
}

impl Repairs {
    /// Forgets an organization.
    pub(super) fn purge(&mut self, organization: &OrganizationId) {
        self.0.remove(organization);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Client {
    /// An event that passed the tenant filter cannot be used.
    pub(super) fn unusable(&mut self, envelope: &Envelope, error: ValidationError, bytes: usize) {
        self.set_aside(Some(envelope), &error, bytes);
        let error = Error::from(error);
        let recovery = self.config.recovery.handle_event_error(envelope, &error);
        self.audit_dropped(error.code(), envelope.organization.as_ref());
        self.refuse(error);
        if let Some(organization) = &envelope.organization
            && envelope.position.is_some()
            && recovery == EventRecovery::Resynchronize
        {
            self.want_repair(organization);
        }
    }

    fn want_repair(&mut self, organization: &OrganizationId) {
        let now = self.now.monotonic;
        let first = || Repair { not_before: now, wanted: true };
        self.repairs.0.entry(organization.clone()).or_insert_with(first).wanted = true;
    }

    /// Fetches what is wanted and due.
    pub(super) fn repairs_due(&mut self) {
        let now = self.now.monotonic;
        if self.live_socket().is_none() {
            return;
        }
        let due = self
            .repairs
            .0
            .iter_mut()
            .filter(|(_, repair)| repair.wanted && now >= repair.not_before);
        let interval = self.config.repair_interval;
        let organizations: Vec<_> = due
            .map(|(organization, repair)| {
                *repair = Repair { not_before: now + interval, wanted: false };
                organization.clone()
            })
            .collect();
        for organization in organizations {
            if !self.offers(capability::SNAPSHOT) {
                // Nothing can be fetched. What follows still has its place.
                self.report(PerformanceError::EventsMissed { organization });
                continue;
            }
            tracing::info!(%organization, "fetched because of an unusable event");
            self.synchronize(&organization);
        }
    }

    /// When the next one is due.
    pub(super) fn repairs_deadline(&self) -> Option<Duration> {
        self.live_socket()?;
        let wanted = self.repairs.0.values().filter(|repair| repair.wanted);
        wanted.map(|repair| repair.not_before).min()
    }

    /// `$pong`: compares presence with the server's fingerprints. Only one that holds at the client's own position
    /// says anything.
    pub(super) fn compare_presence(&mut self, pong: &Pong) {
        if !(self.offers(capability::DIGEST) && self.offers(capability::PRESENCE)) {
            return;
        }
        for (organization, summary) in pong.presence.entries() {
            if let Some(corruption) = self.presence_corruption(organization, summary) {
                self.repair_presence(organization, &corruption);
            }
        }
    }

    fn presence_corruption(
        &self,
        organization: &OrganizationId,
        summary: &PresenceSummary,
    ) -> Option<StateCorruption> {
        let position = self.streams.live_position(organization)?;
        if position.epoch != summary.epoch || position.offset != summary.offset {
            return None;
        }
        let organization = organization.clone();
        let (users, digest) = self.presence.fingerprint(&organization)?;
        if users != self.presence.state().online_count(&organization) {
            Some(StateCorruption::PresenceCount { organization })
        } else if users != summary.users || digest != summary.digest {
            Some(StateCorruption::PresenceDigest { organization })
        } else {
            None
        }
    }

    fn repair_presence(&mut self, organization: &OrganizationId, corruption: &StateCorruption) {
        let recovery = self.config.recovery.handle_state_corruption(corruption);
        if recovery == CorruptionRecovery::Repair {
            self.metrics.repairs += 1;
            let (organization, code) = (organization.clone(), corruption.code());
            self.synchronize_presence(&organization);
            self.report(PerformanceError::Repaired { organization, corruption: code });
        }
    }
}
