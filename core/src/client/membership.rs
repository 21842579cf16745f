//! Who is signed in, which organizations count, and what is forgotten when that changes.

use std::sync::Arc;
use std::time::Duration;

use super::renewal::Renewal;
use super::{Client, Effect, Inbound, Principal};
use crate::config::Rate;
use crate::error::ConnectionError;
use crate::id::{OrganizationId, UserId};
use crate::quarantine::Quarantine;
use crate::rate_limit::TokenBucket;
use crate::safeguards::Safeguard;
use crate::tenant::{Membership, MembershipChange, TenantFilter};
use crate::wire::{ClientMessage, OrganizationList, Welcome, capability, close};

/// What `$welcome` allows, where it says so.
#[derive(Default)]
pub(super) struct ServerLimits {
    /// How many emitted events may wait for their ack at once.
    pub(super) in_flight: Option<usize>,
    /// The largest frame, in bytes.
    pub(super) frame_bytes: Option<usize>,
    /// How long idempotency keys are known.
    pub(super) dedupe: Option<Duration>,
}

/// What becomes of stored events at the end of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Kept,
    /// The other tabs are told.
    Erased,
    /// Another tab erases, and may have stored something since: of a later sign-in.
    ErasedWhereHeld,
}

impl Client {
    /// Takes over what `$welcome` says. Another user than before begins with nothing of the former's.
    pub(super) fn open_session(&mut self, welcome: Welcome) {
        self.expect_user(&welcome.user_id);
        let change = self.tenant.set_server_organizations(&welcome.user_id, &welcome.organizations);
        self.principal = Some(Arc::new(Principal {
            user_id: welcome.user_id.clone(),
            session: welcome.session,
            organizations: Vec::new(),
            capabilities: welcome.capabilities,
        }));
        self.audit_connected(&change);
        self.own_storage(&welcome.user_id);
        self.limit_rate(
            welcome.emit_rate.map(|rate| Rate { per_second: rate.per_second, burst: rate.burst }),
        );
        self.limits = ServerLimits {
            in_flight: welcome.max_in_flight,
            frame_bytes: welcome.max_frame_bytes,
            dedupe: welcome.dedupe_ms.map(Duration::from_millis),
        };
        for name in [capability::RESUME, capability::SNAPSHOT, capability::ACK] {
            if !self.offers(name) {
                tracing::warn!(capability = name, "the server lacks this, so it is switched off");
            }
        }
        self.forget(&change.lost);
        for organization in &change.changed {
            self.forget_seen(organization);
        }
        self.publish_memberships();
        self.correct_subscriptions();
        self.effect(Effect::Connected);
        let visible: Vec<_> = self.tenant.visible().cloned().collect();
        for organization in visible {
            if welcome.resumed.get(&organization) == Some(&true)
                && self.streams.resume(&organization)
            {
                self.synchronize_presence(&organization);
            } else {
                self.synchronize(&organization);
            }
        }
    }

    /// The application may have chosen other organizations since `$connect` was written.
    fn correct_subscriptions(&mut self) {
        let named = self.named.take();
        let Some(socket) = self.live_socket().filter(|_| named != self.tenant.subscriptions())
        else {
            return;
        };
        let is_named = |id: &OrganizationId| named.as_ref().is_none_or(|named| named.contains(id));
        let visible: Vec<_> = self.tenant.visible().cloned().collect();
        let members = self.tenant.memberships().map(|membership| membership.id.clone());
        let (wanted, unwanted): (Vec<_>, Vec<_>) = members.partition(|id| visible.contains(id));
        let missing: Vec<_> = wanted.into_iter().filter(|id| !is_named(id)).collect();
        let unwanted: Vec<_> = unwanted.into_iter().filter(is_named).collect();
        if !missing.is_empty() {
            let list = OrganizationList { organizations: missing };
            self.send(socket, &ClientMessage::Subscribe(list));
        }
        if !unwanted.is_empty() {
            let list = OrganizationList { organizations: unwanted };
            self.send(socket, &ClientMessage::Unsubscribe(list));
        }
    }

    /// The server's rate counts where it is lower than our own.
    fn limit_rate(&mut self, offered: Option<Rate>) {
        let own = self.config.emit_rate;
        let rate = offered.map_or(own, |offered| Rate {
            per_second: own.per_second.min(offered.per_second.max(0.0)),
            burst: own.burst.min(offered.burst.max(1)),
        });
        self.pacing = TokenBucket::new(rate, self.now.monotonic);
        self.paced_until = None;
    }

    /// Whether the server offers a capability.
    pub(super) fn offers(&self, name: &str) -> bool {
        let offered = |principal: &Arc<Principal>| {
            principal.capabilities.iter().any(|offered| offered == name)
        };
        self.config.capabilities.allow(name) && self.principal.as_ref().is_some_and(offered)
    }

    /// `$membership`: organizations or roles changed.
    pub(super) fn membership(&mut self, organizations: &[Membership]) {
        let Some(user) = self.tenant.user().cloned() else { return };
        let change = self.tenant.set_server_organizations(&user, organizations);
        self.memberships_changed(&change);
    }

    /// The application narrows the user's organizations.
    pub(super) fn update_user_organizations(&mut self, organizations: &[OrganizationId]) {
        let change = self.tenant.update_user_organizations(organizations);
        self.memberships_changed(&change);
    }

    /// The application chooses the organizations that it listens to.
    pub(super) fn update_subscriptions(&mut self, organizations: Option<Vec<OrganizationId>>) {
        let change = self.tenant.update_subscriptions(organizations.as_deref());
        self.options.organizations = organizations;
        if let Some(socket) = self.live_socket()
            && !change.lost.is_empty()
        {
            let list = OrganizationList { organizations: change.lost.clone() };
            self.send(socket, &ClientMessage::Unsubscribe(list));
        }
        self.memberships_changed(&change);
    }

    fn memberships_changed(&mut self, change: &MembershipChange) {
        self.audit_memberships(change);
        self.forget(&change.lost);
        // What other roles could see must not stay; it is fetched as the present ones see it.
        for organization in &change.changed {
            self.forget_seen(organization);
        }
        self.publish_memberships();
        let Some(socket) = self.live_socket() else { return };
        if !change.gained.is_empty() {
            // Whatever the reason is: the server may have been told before that it is not wanted.
            let list = OrganizationList { organizations: change.gained.clone() };
            self.send(socket, &ClientMessage::Subscribe(list));
        }
        for organization in change.gained.iter().chain(&change.changed) {
            self.synchronize(organization);
        }
    }

    /// Forgets all that is held of some organizations, in every place at once.
    fn forget(&mut self, organizations: &[OrganizationId]) {
        if !self.config.safeguards.hold(Safeguard::Purge) {
            return;
        }
        for organization in organizations {
            tracing::info!(%organization, "purged");
            self.presence.purge(organization);
            self.forget_seen(organization);
            let gone = self.outbox.purge(Some(organization), false);
            self.settle_all(gone);
        }
    }

    /// Forgets what was received of an organization; what is to be sent to it stays.
    fn forget_seen(&mut self, organization: &OrganizationId) {
        self.audit_purged(organization);
        self.streams.purge(organization);
        self.repairs.purge(organization);
        self.quarantine.purge(organization);
        self.recall(|delivery| match delivery {
            Inbound::Event(event) => event.envelope.organization.as_ref() == Some(organization),
            Inbound::Snapshot(snapshot) => snapshot.organization == *organization,
            Inbound::Purge(_) | Inbound::PurgeAll => false,
        });
        self.effect(Effect::Deliver(Inbound::Purge(organization.clone())));
    }

    /// Takes back deliveries that nobody polled yet: at that moment they would no longer be permitted.
    fn recall(&mut self, gone: impl Fn(&Inbound) -> bool) {
        self.effects
            .retain(|effect| !matches!(effect, Effect::Deliver(delivery) if gone(delivery)));
    }

    fn publish_memberships(&mut self) {
        let organizations: Vec<_> = self.tenant.memberships().cloned().collect();
        self.presence.set_organizations(organizations.iter().map(|membership| &membership.id));
        if let Some(principal) = &mut self.principal {
            Arc::make_mut(principal).organizations = organizations;
        }
    }

    /// The user signed out.
    pub(super) fn sign_out(&mut self) {
        self.audit_sign_in_ends("signed_out", true);
        self.disconnect();
        self.end_principal(Stored::Erased);
        self.sign_in_ended = Some(ConnectionError::Unauthorized);
        self.state.last_connected = None;
    }

    /// The page's part ends. What is stored waits for the next page.
    pub(super) fn end(&mut self) {
        self.audit_sign_in_ends("page_ended", true);
        self.disconnect();
        self.end_principal(Stored::Kept);
    }

    /// `$revoked`, or its close code: as a sign-out, but by the server.
    pub(super) fn revoked(&mut self) {
        self.audit_sign_in_ends("revoked", false);
        self.give_up(ConnectionError::Revoked, close::NORMAL);
        self.end_principal(Stored::Erased);
        self.sign_in_ended = Some(ConnectionError::Revoked);
    }

    /// Another tab of the browser ended this user's sign-in.
    pub(super) fn signed_out_elsewhere(&mut self, user: &UserId) {
        if self.expected_user() == Some(user) {
            self.audit_sign_in_ends("signed_out_elsewhere", true);
            self.give_up(ConnectionError::SignedOutElsewhere, close::NORMAL);
            self.end_principal(Stored::ErasedWhereHeld);
            self.sign_in_ended = Some(ConnectionError::SignedOutElsewhere);
        }
    }

    /// This user is signed in, or will be. Another one's time ends: for good if that one was signed in, or else, if
    /// only expected, until another time, for which what is stored is kept.
    pub(super) fn expect_user(&mut self, user: &UserId) {
        if self.expected_user().is_some_and(|expected| expected != user) {
            self.audit_sign_in_ends("other_user", false);
            self.end_principal(if self.principal.is_some() {
                Stored::Erased
            } else {
                Stored::Kept
            });
        }
    }

    /// Who is signed in, or will be as soon as the server says so.
    pub(super) fn expected_user(&self) -> Option<&UserId> {
        let principal = self.principal.as_ref().map(|principal| &principal.user_id);
        principal.or(self.storage_owner()).or(self.options.user.as_ref())
    }

    /// The end of a principal epoch: all that is held of the user goes together.
    fn end_principal(&mut self, stored: Stored) {
        if stored == Stored::Erased
            && let Some(user) = self.expected_user().cloned()
        {
            self.effect(Effect::SignedOut { user });
        }
        self.principal = None;
        self.options.user = None;
        self.tenant = TenantFilter::new(self.config.permissions.clone());
        self.tenant.update_subscriptions(self.options.organizations.as_deref());
        if !self.config.safeguards.hold(Safeguard::Purge) {
            return;
        }
        self.streams.clear();
        self.repairs.clear();
        self.refusals.clear();
        self.quarantine = Quarantine::default();
        self.presence.clear();
        self.renewal = Renewal::default();
        self.storage_ends(stored);
        self.recent_errors = Arc::default();
        self.recall(|_| true);
        self.effect(Effect::Deliver(Inbound::PurgeAll));
        let gone = self.outbox.purge(None, stored == Stored::Kept);
        self.settle_all(gone);
    }
}
