//! Snapshots and resynchronization.

use std::sync::Arc;

use super::{Client, Effect, Inbound, Snapshot};
use crate::error::{PerformanceError, ValidationError};
use crate::event::{SocketEvent, UserOnline};
use crate::id::OrganizationId;
use crate::redaction::redact;
use crate::resume::{Arrived, PartError, Whole};
use crate::wire::{
    ClientMessage, Map, PRESENCE_TOPIC, RawJson, Resync, SnapshotPart, SnapshotRequest, capability,
};

impl Client {
    /// Asks for all state of an organization. Its events are held until it comes.
    pub(super) fn synchronize(&mut self, organization: &OrganizationId) {
        let presence = self.offers(capability::PRESENCE).then(|| PRESENCE_TOPIC.to_owned());
        let topics = presence.into_iter().chain(self.config.topics.iter().cloned()).collect();
        self.request_snapshot(organization, true, topics);
    }

    /// Asks for presence alone: it may have changed without an event while nobody was connected.
    pub(super) fn synchronize_presence(&mut self, organization: &OrganizationId) {
        if self.offers(capability::PRESENCE) {
            self.request_snapshot(organization, false, vec![PRESENCE_TOPIC.to_owned()]);
        }
    }

    fn request_snapshot(
        &mut self,
        organization: &OrganizationId,
        whole: bool,
        topics: Vec<String>,
    ) {
        let Some(socket) = self.live_socket() else { return };
        if !self.offers(capability::SNAPSHOT) {
            // A plain server: there is nothing to fetch, events apply from here on.
            if whole && self.streams.purge(organization) {
                self.report(PerformanceError::EventsMissed { organization: organization.clone() });
            }
            return;
        }
        self.presence.expect_snapshot(organization);
        let id = self.streams.request(organization, whole, self.now.monotonic);
        tracing::debug!(%organization, whole, "snapshot requested");
        let request = SnapshotRequest { id, organization_id: organization.clone(), topics };
        self.send(socket, &ClientMessage::Snapshot(request));
    }

    /// `$resync`: what was missed cannot be replayed.
    pub(super) fn resync(&mut self, resync: &Resync) {
        let organization = &resync.organization_id;
        if !self.tenant.visible().any(|visible| visible == organization) {
            self.metrics.dropped_foreign += 1;
            return self.audit_dropped("foreign_organization", Some(organization));
        }
        // The server repeats it until the snapshot is fetched.
        if !self.streams.is_synchronizing(organization) {
            self.synchronize(organization);
        }
    }

    /// A part of a snapshot came in. With the last one the state is replaced, and what was held follows.
    pub(super) fn snapshot_part(&mut self, part: SnapshotPart) {
        let limit = self.config.inbound.max_snapshot_bytes;
        let arrived = match self.streams.part(part, limit, self.now.monotonic) {
            Ok(Some(arrived)) => arrived,
            Ok(None) | Err(PartError::Late) => return,
            Err(PartError::Stale) => {
                return tracing::warn!("a snapshot is older than what it should repair");
            }
            Err(PartError::TooLarge) => {
                return self.report(ValidationError::FrameTooLarge {
                    bytes: limit.saturating_add(1),
                    limit,
                });
            }
        };
        let Arrived { organization, position, mut topics, whole } = arrived;
        let mut presence = topics.remove(PRESENCE_TOPIC).unwrap_or_default();
        self.hold_entries(&[UserOnline::TYPE], &organization, &mut presence);
        if let Err(error) =
            self.presence.replace(&organization, &presence, position.clone(), self.now.wall)
        {
            self.audit_dropped(error.code(), Some(&organization));
            self.refuse(error);
        }
        tracing::debug!(%organization, offset = position.offset, whole = whole.is_some(), "snapshot applied");
        let Some(Whole { again, held }) = whole else { return };
        if again {
            self.metrics.resyncs += 1;
            let (organization, epoch) = (organization.clone(), position.epoch.clone());
            self.report(PerformanceError::Resynchronized { organization, epoch });
        }
        // A topic that the server left out is empty: what is held of it must go.
        for topic in &self.config.topics {
            topics.or_default(topic.clone());
        }
        self.redact_snapshot(&organization, &mut topics);
        let snapshot = Snapshot { organization, position, topics };
        self.effect(Effect::Deliver(Inbound::Snapshot(Arc::new(snapshot))));
        for event in held {
            self.deliver(event);
        }
    }

    /// Leaves out of the entries of a topic what the user may not receive, and what is no object or too complex.
    fn hold_entries(
        &mut self,
        kept_by: &[&str],
        organization: &OrganizationId,
        entries: &mut Vec<RawJson>,
    ) {
        let may_receive =
            kept_by.iter().try_for_each(|by| self.tenant.may_receive(by, organization));
        if let Err(error) = may_receive
            && !entries.is_empty()
        {
            entries.clear();
            self.metrics.dropped_not_permitted += 1;
            self.audit_dropped(error.code(), Some(organization));
            self.report(error);
        }
        let shape = self.config.shape;
        let check = |entry: &RawJson| {
            // An array of its values in a row has no names to redact by.
            if !entry.as_str().starts_with('{') {
                return Err(ValidationError::PayloadShape);
            }
            shape.check(entry.as_str())
        };
        if let Some(error) = entries.iter().find_map(|entry| check(entry).err()) {
            entries.retain(|entry| check(entry).is_ok());
            self.refuse(error);
        }
    }

    /// Leaves out of a snapshot what the user may not have, and the server should have left out.
    fn redact_snapshot(
        &mut self,
        organization: &OrganizationId,
        topics: &mut Map<String, Vec<RawJson>>,
    ) {
        for (topic, entries) in topics.entries_mut() {
            let known = self.config.topic_entries.get(topic).cloned().unwrap_or_default();
            self.hold_entries(&known.kept_by, organization, entries);
            let hidden = self.tenant.hidden(topic, &known.sensitive, Some(organization));
            if hidden.is_empty() {
                continue;
            }
            entries.retain_mut(|entry| {
                let Some(redacted) = redact(entry.as_str(), hidden.iter().copied()) else {
                    return true;
                };
                self.metrics.redacted += 1;
                RawJson::parse(redacted).map(|redacted| *entry = redacted).is_ok()
            });
        }
    }

    /// Asks again for what was not answered in time.
    pub(super) fn sync_due(&mut self) {
        for (organization, whole) in
            self.streams.overdue(self.now.monotonic, self.config.snapshot_timeout)
        {
            tracing::warn!(%organization, "a snapshot was not answered in time");
            if whole {
                self.synchronize(&organization);
            } else {
                self.synchronize_presence(&organization);
            }
        }
    }
}
