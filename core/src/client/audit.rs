//! What the client records in its audit log, and how the log leaves: entries to the sink, heads to the server.

use std::sync::Arc;
use std::time::Duration;

use super::{Client, Effect, SocketId};
use crate::audit::{
    AuditAction, AuditAgent, AuditEntry, Draft, EntityKind, Handover, Heads, Log, Tally, Tenant,
    export,
};
use crate::config::Config;
use crate::error::{AuditError, ConnectionError};
use crate::id::{EventId, OrganizationId};
use crate::tenant::MembershipChange;
use crate::time::Now;
use crate::wire::{Ack, AckStatus, AuditHead, ClientMessage, ServerError, capability};

/// What refused heads are called in `$error`.
const AUDIT: &str = "$audit";
/// Longest code of a server that is recorded.
const MAX_CODE: usize = 64;

/// The audit log of a client.
pub(super) struct Trail {
    log: Log,
    tally: Tally,
    handover: Handover,
    heads: Heads,
}

impl Trail {
    pub(super) fn new(config: &Config, entropy: [u8; 32]) -> Self {
        Self {
            log: Log::new(entropy, config.audit.max_entries),
            tally: Tally::default(),
            handover: Handover::default(),
            heads: Heads::default(),
        }
    }
}

impl Client {
    /// The latest entries of the audit log, oldest first, at most `AuditConfig::max_entries`. They are those of the
    /// present sign-in; its end clears them, after they were handed to the sink.
    pub fn audit_entries(
        &self,
    ) -> impl ExactSizeIterator<Item = &Arc<AuditEntry>> + DoubleEndedIterator {
        self.audit.log.entries().iter()
    }

    /// The last head that the server has countersigned.
    pub fn audit_head(&self) -> Option<&AuditHead> {
        self.audit.heads.signed()
    }

    /// The audit log as JSON Lines, the countersigned head in the last line; [`verify`](crate::audit::verify) checks
    /// it. That it was exported is its last entry.
    ///
    /// Steps the client like [`Client::step`]: poll the effects afterwards.
    pub fn export_audit(&mut self, now: Now) -> String {
        self.advance(now);
        self.record_tally();
        self.record(Draft::success(AuditAction::Export, EntityKind::AuditLog));
        self.settle_down();
        export(self.audit.log.entries(), self.audit.heads.signed())
    }

    /// `$welcome`, from whoever is the principal now.
    pub(super) fn audit_connected(&mut self, change: &MembershipChange) {
        self.audit.heads.connected();
        self.record(Draft::success(AuditAction::Connect, EntityKind::Session));
        self.audit_memberships(change);
    }

    /// Organizations have become visible, or are no longer.
    pub(super) fn audit_memberships(&mut self, change: &MembershipChange) {
        for (action, organizations) in
            [(AuditAction::Join, &change.gained), (AuditAction::Leave, &change.lost)]
        {
            for organization in organizations {
                let draft = Draft::success(action, EntityKind::Organization);
                self.record(draft.of(Tenant::Own(organization.clone())));
            }
        }
    }

    /// The connection was given up. Recorded if that is because it was refused.
    pub(super) fn audit_refused(&mut self, error: &ConnectionError) {
        use ConnectionError::{
            Forbidden, ProtocolMismatch, RefreshFailed, TokenUnavailable, Unauthorized,
        };
        if let Unauthorized
        | Forbidden { .. }
        | ProtocolMismatch { .. }
        | RefreshFailed { .. }
        | TokenUnavailable { retryable: false, .. } = error
        {
            self.record(Draft::failure(AuditAction::Refuse, EntityKind::Session, error.code()));
        }
    }

    /// A message that came in was dropped.
    pub(super) fn audit_dropped(&mut self, code: &str, organization: Option<&OrganizationId>) {
        let tenant = self.tenant_of(organization);
        self.audit.tally.dropped(self.now.monotonic, &self.config.audit, code, tenant);
    }

    /// The user may not send an event.
    pub(super) fn audit_denied(
        &mut self,
        code: &str,
        id: Option<&EventId>,
        organization: Option<&OrganizationId>,
    ) {
        let tenant = self.tenant_of(organization);
        let audit = &self.config.audit;
        if self.audit.tally.denied(self.now.monotonic, audit, code, tenant.clone()) {
            let mut draft = Draft::failure(AuditAction::Deny, EntityKind::Event, code).of(tenant);
            draft.entity.what = id.map(ToString::to_string);
            self.record(draft);
        }
    }

    /// The server answered an event that still waits for its ack. Recorded if it was rejected.
    pub(super) fn audit_answered(&mut self, ack: &Ack) {
        let event = self.outbox.events().find(|event| event.id == ack.id).cloned();
        if let (AckStatus::Rejected, Some(event)) = (ack.status, event) {
            let code = ack.code.as_deref().filter(|code| is_code(code)).unwrap_or("rejected");
            self.audit_denied(code, Some(&event.id), event.organization_id.as_ref());
        }
    }

    /// All that was held of an organization is forgotten.
    pub(super) fn audit_purged(&mut self, organization: &OrganizationId) {
        let draft = Draft::success(AuditAction::Purge, EntityKind::Organization);
        self.record(draft.of(Tenant::Own(organization.clone())));
    }

    /// The sign-in ends in this step, and with it everything that is held of the user; so this is said before. The log
    /// goes to the sink, its head to the server if the connection `is_ours` still, and then it is forgotten too.
    pub(super) fn audit_sign_in_ends(&mut self, code: &str, is_ours: bool) {
        self.record_tally();
        let was_anybody = self.audit.log.head().0 > 0 || self.expected_user().is_some();
        if was_anybody {
            self.record(Draft::success(AuditAction::SignOut, EntityKind::Session).because(code));
            self.record(Draft::success(AuditAction::Purge, EntityKind::Everything));
            self.record_losses();
            if let Some(socket) = self.live_socket().filter(|_| is_ours && self.is_countersigned())
            {
                self.send_head(socket);
            }
            let entries = self.audit.handover.hand_over(self.now.monotonic);
            self.give_to_sink(entries);
        }
        self.audit.log.begin_anew();
        self.audit.tally = Tally::default();
        self.audit.heads = Heads::default();
    }

    /// The server has countersigned a head.
    pub(super) fn audit_countersigned(&mut self, head: AuditHead) {
        self.audit.heads.answered(&self.audit.log, head);
    }

    /// The server reports an error, perhaps about a head.
    pub(super) fn audit_head_refused(&mut self, error: &ServerError) {
        if error.regarding.as_deref() == Some(AUDIT) {
            self.audit.heads.refused();
        }
    }

    /// The sink took the entries of an operation, or did not.
    pub(super) fn audited(&mut self, operation: u64, result: Result<(), AuditError>) {
        if !self.audit.handover.answered(self.now.monotonic, operation, result.is_ok()) {
            return;
        }
        match result {
            Ok(()) => self.record_losses(),
            Err(error) => self.report(error),
        }
    }

    /// Carries out what is due.
    pub(super) fn audit_due(&mut self) {
        let now = self.now.monotonic;
        for draft in self.audit.tally.due(now) {
            self.record(draft);
        }
        if let Some(socket) = self.live_socket()
            && self.head_deadline().is_some_and(|at| now >= at)
        {
            self.send_head(socket);
        }
        if self.audit.handover.is_overdue(now) {
            self.report(AuditError::NotTaken { reason: "it was not taken in time".to_owned() });
        }
        let entries = self.audit.handover.due(now);
        self.give_to_sink(entries);
    }

    /// When something is due.
    pub(super) fn audit_deadline(&self) -> Option<Duration> {
        let deadlines =
            [self.audit.tally.deadline(), self.head_deadline(), self.audit.handover.deadline()];
        deadlines.into_iter().flatten().min()
    }

    fn record(&mut self, draft: Draft) {
        let session = self.principal.as_ref().map(|principal| &principal.session);
        let agent = AuditAgent {
            who: self.expected_user().cloned(),
            session_hash: session.map(|session| self.audit.log.session(session)),
        };
        let appended = self.audit.log.append(self.now, &agent, draft);
        if !self.config.audit.sink {
            return;
        }
        let max_entries = self.config.audit.max_entries;
        let lost = appended.into_iter().map(|entry| self.audit.handover.push(entry, max_entries));
        let entries = lost.sum();
        if entries > 0 {
            self.report(AuditError::Lost { entries });
        }
    }

    fn record_tally(&mut self) {
        for draft in self.audit.tally.take() {
            self.record(draft);
        }
    }

    fn record_losses(&mut self) {
        for draft in self.audit.handover.losses(self.audit.log.chain()) {
            self.record(draft);
        }
    }

    /// The organization as an entry may name it.
    fn tenant_of(&self, organization: Option<&OrganizationId>) -> Tenant {
        match organization {
            None => Tenant::None,
            Some(id) if self.tenant.memberships().any(|membership| membership.id == *id) => {
                Tenant::Own(id.clone())
            }
            Some(id) => self.audit.log.foreign(id),
        }
    }

    fn is_countersigned(&self) -> bool {
        self.offers(capability::AUDIT)
    }

    fn head_deadline(&self) -> Option<Duration> {
        self.live_socket().filter(|_| self.is_countersigned())?;
        self.audit.heads.deadline(&self.audit.log, self.config.audit.head_interval)
    }

    fn send_head(&mut self, socket: SocketId) {
        let head = self.audit.heads.send(&self.audit.log, self.now.monotonic);
        self.send(socket, &ClientMessage::Audit(head));
    }

    fn give_to_sink(&mut self, entries: Option<(u64, Vec<Arc<AuditEntry>>)>) {
        if let Some((operation, entries)) = entries {
            self.effect(Effect::Audit { operation, entries });
        }
    }
}

/// A server's code is recorded only if it looks like one: its words may be anything.
fn is_code(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.len() <= MAX_CODE && text.bytes().all(is_plain)
}
