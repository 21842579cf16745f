//! In the place of the audit log, where it is not built in: nothing is recorded.

use std::time::Duration;

use super::Client;
use crate::config::Config;
use crate::error::ConnectionError;
use crate::id::{EventId, OrganizationId};
use crate::tenant::MembershipChange;
use crate::wire::{Ack, AuditHead, ServerError};

/// No log.
#[derive(Clone, Copy)]
pub(super) struct Trail;

impl Trail {
    pub(super) fn new(_: &Config, _: [u8; 32]) -> Self {
        Self
    }
}

#[expect(clippy::unused_self, reason = "the interface of the log")]
impl Client {
    pub(super) fn audit_connected(&mut self, _: &MembershipChange) {}

    pub(super) fn audit_memberships(&mut self, _: &MembershipChange) {}

    pub(super) fn audit_refused(&mut self, _: &ConnectionError) {}

    pub(super) fn audit_dropped(&mut self, _: &str, _: Option<&OrganizationId>) {}

    pub(super) fn audit_denied(
        &mut self,
        _: &str,
        _: Option<&EventId>,
        _: Option<&OrganizationId>,
    ) {
    }

    pub(super) fn audit_answered(&mut self, _: &Ack) {}

    pub(super) fn audit_purged(&mut self, _: &OrganizationId) {}

    pub(super) fn audit_sign_in_ends(&mut self, _: &str, _: bool) {}

    pub(super) fn audit_countersigned(&mut self, _: AuditHead) {}

    pub(super) fn audit_head_refused(&mut self, _: &ServerError) {}

    pub(super) fn audit_due(&mut self) {}

    pub(super) fn audit_deadline(&self) -> Option<Duration> {
        let Trail = self.audit;
        None
    }
}
